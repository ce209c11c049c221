//! One operation's life: received → verified → evidence → decided → (awaiting approval) → minting → acting →
//! finished.
//!
//! Each step takes what the step before proved, and writes what it is about to do before it does it.
//! Whatever fails ends here, in [`Broker::finish`], with a receipt.

mod asking;
mod ended;
mod finish;
mod received;

use crate::broker::{Broker, store_error};
use crate::credentials::{Held, NotMinted, Pair};
use crate::destinations::github::{Evidence, GitHub, Known, Observation, Operation, Scope};
use crate::destinations::http::Way;
use crate::gate::Pass;
use crate::journal::{ActIntent, Recorded};
use crate::policy::{Decision, Obligation, PolicyOutcome, Question};
use crate::record::{Ended, Record, to_json};
use crate::standing_roots::Ledger;
pub(crate) use asking::Asked;
use asking::{Leaving, changed_facts, void};
use bailiwick_authority::{
    Admissions as _, Authorised, Digest, Outcome, Request, Signed, Target, Timestamp, Value,
};
use bailiwick_protocol::{ApiError, ErrorCode, Stage};
use ended::{
    act_failure, denied, evidence_failure, failed, outcome_value, refused_by, stopped, until, until_stopped,
};
pub(crate) use ended::{outcome_of, refused_error};
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

/// No credential lives longer than this, whatever the operation does.
pub const CREDENTIAL_LIFE: Duration = Duration::from_secs(15);

/// The most bytes of bodies that are kept of one operation. Agents choose what is looked at, and how often;
/// a commitment to what is not kept is like one to what was erased.
const MOST_KEPT: usize = 8 << 20;

impl Broker {
    /// As [`Broker::live_through`]; even a defect of ours in the middle ends in a receipt.
    async fn live_through_all(self: Arc<Self>, record: Record, verdict: Result<Authorised, ApiError>) {
        let id = record.id;
        let living = AssertUnwindSafe(Arc::clone(&self).live_through(record, verdict));
        if living.catch_unwind().await.is_err() {
            tracing::error!(operation = %id, "an operation was interrupted by a defect");
            self.resolve_interrupted(&id).await;
        }
    }

    /// From received to finished, whatever happens in between.
    async fn live_through(self: Arc<Self>, mut record: Record, verdict: Result<Authorised, ApiError>) {
        let ended = match verdict.and_then(|authorised| self.check_paused(&authorised).map(|()| authorised)) {
            Ok(authorised) => {
                self.publish(record.at(Stage::Verified));
                self.carry_out(&mut record, &authorised).await
            }
            Err(reason) => Err(Ended::because(outcome_of(&reason), reason).into()),
        };
        self.leave(record, ended).await;
    }

    /// What waited for persons when the broker ended goes on as if nothing had been.
    pub(crate) async fn live_on(self: Arc<Self>, record: Record, authorised: Authorised, asked: Asked) {
        let id = record.id;
        let broker = Arc::clone(&self);
        let living = AssertUnwindSafe(async move {
            let mut record = record;
            let ended = match broker.admit_to_gate(&record, &authorised) {
                Ok(pass) => broker.go_on(&mut record, &authorised, &pass, Some(asked)).await,
                Err(ended) => Err(ended.into()),
            };
            broker.leave(record, ended).await;
        });
        if living.catch_unwind().await.is_err() {
            tracing::error!(operation = %id, "an operation was interrupted by a defect");
            self.resolve_interrupted(&id).await;
        }
    }

    async fn leave(self: &Arc<Self>, record: Record, ended: Result<Ended, Leaving>) {
        match ended {
            Ok(ended) | Err(Leaving::Ended(ended)) => self.finish(record, ended).await,
            // Whoever waits for it is answered with where it stands; the next start takes it up.
            Err(Leaving::Waiting) => drop(self.live.lock().remove(&record.id)),
        }
    }

    async fn carry_out(&self, record: &mut Record, authorised: &Authorised) -> Result<Ended, Leaving> {
        let pass = self.admit_to_gate(record, authorised)?;
        let body = authorised.invocation().body();
        let (connection, github) =
            until_stopped(&pass, self.destination(&body.connection)).await?.map_err(failed)?;
        record.connection = Some(connection);
        let operation = github.operation(body).map_err(|error| denied(error.to_api_error()))?;
        record.view.sentence = operation.sentence();
        record.effects = operation.effects();

        let evidence = self.gather(record, "evidence", &github, &operation, &pass).await?;
        record.facts = Some(evidence.facts.clone());
        record.view.facts = Some(to_json(&evidence.facts));
        record.observations = self.keep(evidence.observations).await?;

        let decision = self.decide(record, authorised)?;
        self.publish(record.at(Stage::Decided));

        let asks = self.asks_left(record, authorised, &decision)?;
        // What is done by a rule stands under it: the rule's end stops it.
        let pass = if record.rules.is_empty() { pass } else { self.admit_to_gate(record, authorised)? };
        let asked = if asks.is_empty() {
            None
        } else {
            let timeout = Obligation::shortest_timeout(&decision.obligations);
            Some(self.ask_persons(record, authorised, &operation, asks, timeout).await?)
        };
        self.go_on(record, authorised, &pass, asked).await
    }

    /// From the decision on: waits for persons where they were asked, and acts.
    async fn go_on(
        &self,
        record: &mut Record,
        authorised: &Authorised,
        pass: &Arc<Pass>,
        asked: Option<Asked>,
    ) -> Result<Ended, Leaving> {
        let request = match asked {
            None => None,
            Some(mut asked) => {
                self.await_persons(record, authorised, &mut asked, pass).await?;
                Some(asked.request)
            }
        };
        let request = request.as_deref();
        let body = authorised.invocation().body();
        let (connection, github) =
            until_stopped(pass, self.destination(&body.connection)).await?.map_err(failed)?;
        if record.connection != Some(connection) {
            return Err(void("the connection was changed").into());
        }
        let operation = github.operation(body).map_err(|error| denied(error.to_api_error()))?;
        if request.is_some() {
            self.judge_again(record, authorised, request, pass)?;
            self.gather_again(record, &github, &operation, pass).await?;
        }
        Ok(self.act(record, authorised, &github, &operation, pass, request).await?)
    }

    /// Fetches the facts once more: what persons approved is what is there now, or nothing.
    async fn gather_again(
        &self,
        record: &mut Record,
        github: &GitHub,
        operation: &Operation,
        pass: &Arc<Pass>,
    ) -> Result<(), Ended> {
        let evidence = self.gather(record, "evidence-again", github, operation, pass).await?;
        let mut observations = self.keep(evidence.observations).await?;
        record.observations.append(&mut observations);
        let before = record.facts.clone().unwrap_or_else(|| Value::object::<&str>([]));
        if evidence.facts.encode() != before.encode() {
            let what = format!("{} changed", changed_facts(&before, &evidence.facts));
            record.view.facts = Some(to_json(&evidence.facts));
            record.facts = Some(evidence.facts);
            return Err(void(&what));
        }
        Ok(())
    }

    fn admit_to_gate(&self, record: &Record, authorised: &Authorised) -> Result<Arc<Pass>, Ended> {
        let mut targets: Vec<Target> = Vec::new();
        for link in authorised.chain() {
            targets.push(Target::Capability(link.digest()));
            targets.push(Target::Agent(link.body().holder.id()));
        }
        targets.push(Target::Person(authorised.person().clone()));
        targets.push(Target::Connection(authorised.invocation().body().connection.clone()));
        targets.extend(record.rules.iter().map(|rule| Target::Standing(*rule)));
        let pass = self.gate.admit(targets).map_err(|_| stopped())?;
        if let Some(live) = self.live.lock().get_mut(&record.id) {
            live.pass = Some(Arc::clone(&pass));
        }
        Ok(pass)
    }

    /// A paused agent's sub-agents are held with it.
    fn check_paused(&self, authorised: &Authorised) -> Result<(), ApiError> {
        let realm = self.realm();
        let paused = realm.pauses.iter().find(|pause| match &pause.target {
            Target::Agent(key) => authorised.chain().any(|link| link.body().holder.id() == *key),
            _ => true,
        });
        match paused {
            None => Ok(()),
            Some(pause) => Err(ApiError::new(
                ErrorCode::Paused,
                match pause.target {
                    Target::Agent(_) => "this agent is paused: nothing new starts".to_owned(),
                    _ => "everything is paused: nothing new starts".to_owned(),
                },
                "wait until a person resumes it (`bailiwick resume`)",
            )),
        }
    }

    /// Evidence, fetched with a read-only credential of its own.
    async fn gather(
        &self,
        record: &mut Record,
        purpose: &'static str,
        github: &GitHub,
        operation: &Operation,
        pass: &Arc<Pass>,
    ) -> Result<Evidence, Ended> {
        self.publish(record.at(Stage::Evidence));
        let way = Way::Gated(Arc::clone(pass));
        let held = self.mint_for(record, purpose, github, &operation.evidence_scope(), &way).await?;
        let known = self.known_to(record);
        let fetching = github.evidence(operation, &known, &held.token, &way);
        let fetched = until(held.deadline(), pass, fetching).await;
        self.destroy_for(record, github, held).await;
        match fetched {
            Ok(evidence) => evidence.map_err(|failure| evidence_failure(&failure)),
            Err(cut) => Err(cut.ended()),
        }
    }

    /// The persons of the realm as they are at the operation's connection.
    fn known_to(&self, record: &Record) -> Known {
        let realm = self.realm();
        let roster = realm.roster.as_ref().map(|roster| roster.body());
        Known::of(roster, &record.invocation.body().connection, &record.person)
    }

    /// Commits to what the facts were read from, under salts, so that it can be erased later.
    async fn keep(&self, observations: Vec<Observation>) -> Result<Vec<Digest>, Ended> {
        let (mut commitments, mut bodies, mut size) = (Vec::with_capacity(observations.len()), Vec::new(), 0);
        for observation in observations {
            let salt = crate::fresh_nonce().map_err(failed)?.0;
            let bytes = observation_bytes(&observation);
            let commitment = Digest::of_parts(&[&salt, &bytes]);
            commitments.push(commitment);
            size += bytes.len();
            if size <= MOST_KEPT {
                bodies.push((commitment, salt, bytes));
            }
        }
        self.journal.keep_bodies(bodies).await.map_err(|error| failed(store_error(error)))?;
        Ok(commitments)
    }

    /// What the policy in force says; an end where it refuses.
    fn decide(&self, record: &mut Record, authorised: &Authorised) -> Result<Decision, Ended> {
        let Some((head, policy)) = self.policy.read().clone() else {
            return Err(denied(ApiError::new(
                ErrorCode::Denied,
                "no policy is in force, and without one nothing is allowed",
                "activate a policy: `bailiwick init` signs the shipped one",
            )));
        };
        let body = authorised.invocation().body();
        let realm = self.realm();
        let roles = realm.roles_of(authorised.person());
        let decision = policy.decide(&Question {
            agent: record.agent(),
            path: &record.path,
            person: authorised.person(),
            roles,
            assurance: authorised.assurance(),
            capability: body.leaf,
            expires: leaf_expiry(authorised),
            action: &body.action,
            effects: &record.effects,
            connection: &body.connection,
            resource: &body.resource,
            arguments: &body.arguments,
            facts: record.facts.as_ref(),
            now: self.clock.trusted().map_err(failed)?,
        });
        record.policy = Some(head);
        record.decision = Some(with_assurance(decision.to_value(), authorised));
        if decision.outcome == PolicyOutcome::Deny {
            record.view.refusals = decision.refusals.clone();
        }
        refused_by(&decision)?;
        Ok(decision)
    }

    /// Mints, acts, destroys. What was judged at the beginning is judged again with the credential in
    /// hand, so that nothing lies between the judgement and the act but the act's own intent.
    async fn act(
        &self,
        record: &mut Record,
        authorised: &Authorised,
        github: &GitHub,
        operation: &Operation,
        pass: &Arc<Pass>,
        request: Option<&Signed<Request>>,
    ) -> Result<Ended, Ended> {
        self.publish(record.at(Stage::Minting));
        let way = Way::Gated(Arc::clone(pass));
        let held = self.mint_for(record, "operation", github, &operation.act_scope(), &way).await?;
        let intent = match self.judge_again(record, authorised, request, pass) {
            Ok(()) => until(held.deadline(), pass, self.intend_act(record, pass))
                .await
                .unwrap_or_else(|cut| Err(cut.ended())),
            Err(ended) => Err(ended),
        };
        let (intent, facts) = match intent {
            Ok(intent) => intent,
            Err(ended) => {
                self.destroy_for(record, github, held).await;
                return Err(ended);
            }
        };
        self.publish(record.at(Stage::Acting));
        let acting = github.act(operation, &facts, &held.token, &way, &record.id);
        let ended = match until(held.deadline(), pass, acting).await {
            Ok(Ok(done)) => Ended {
                outcome: Outcome::Succeeded,
                reason: None,
                output: Some(done.output),
                unpinned: done.unpinned,
            },
            Ok(Err(failure)) => act_failure(&failure),
            Err(cut) => cut.ended_while_acting(),
        };
        // The credential's end waits for no disk.
        let outcome = outcome_value(&ended);
        let (acted, ()) = tokio::join!(
            self.journal.acted(&intent, record.id, &outcome),
            self.destroy_for(record, github, held)
        );
        if let Err(error) = acted {
            // The intent is on disk: should the broker end now, start finds it and looks the outcome up.
            tracing::error!(%error, operation = %record.id, "the outcome could not be written yet");
        }
        Ok(ended)
    }

    /// Whether all that allowed it still does: no pause, the time, the root's key, the connection, the
    /// policy in force. What is revoked is the gate's to know.
    fn judge_again(
        &self,
        record: &mut Record,
        authorised: &Authorised,
        request: Option<&Signed<Request>>,
        pass: &Pass,
    ) -> Result<(), Ended> {
        self.check_paused(authorised).map_err(denied)?;
        let now = self.clock.trusted().map_err(failed)?;
        let code = if request.is_some() { ErrorCode::ApprovalVoid } else { ErrorCode::NotAuthorised };
        let over = |message: &str, hint: &str| Err(denied(ApiError::new(code, message, hint)));
        if authorised.chain().any(|link| now >= link.body().expires) {
            return over(
                "the capability expired while it was being carried out",
                "ask whoever delegated to renew it",
            );
        }
        let realm = self.realm();
        let steward = authorised.chain().next().zip(realm.roster.as_ref()).and_then(|(root, roster)| {
            let admitted = || Ledger(self.journal.store()).place(&root.digest());
            roster.body().steward_of_root(root.common().issuer, admitted)
        });
        if steward.is_none_or(|(person, _)| person.name != *authorised.person()) {
            return over(
                "the key at the root of the chain ended while it was being carried out",
                "ask whoever delegated for another capability",
            );
        }
        let connection = realm.connections.get(&authorised.invocation().body().connection);
        if connection.map(|connection| connection.digest()) != record.connection {
            return over(
                "the connection was changed while it was being carried out",
                "ask again with a new invocation",
            );
        }
        let decision = self.decide(record, authorised)?;
        self.check_agreed(record, authorised, &decision, request, pass)
    }

    async fn intend_act(
        &self,
        record: &mut Record,
        pass: &Arc<Pass>,
    ) -> Result<(Recorded<ActIntent>, Value), Ended> {
        if pass.is_stopped() {
            return Err(stopped());
        }
        let now = self.clock.trusted().map_err(failed)?;
        let view = record.at(Stage::Acting);
        let facts = record.facts.clone().unwrap_or_else(|| Value::object::<&str>([]));
        let counted = (record.chain.clone(), self.limits_of(&record.rules));
        let intent = self
            .journal
            .intend_act(record.id, (&facts, &record.decided()), counted, &view, now)
            .await
            .map_err(|error| failed(store_error(error)))?;
        let spent = || {
            denied(ApiError::new(
                ErrorCode::UsesSpent,
                "the uses of the rule that answers for persons were spent in the meantime",
                "ask again: persons are asked then",
            ))
        };
        Ok((intent.ok_or_else(spent)?, facts))
    }

    async fn mint_for(
        &self,
        record: &mut Record,
        purpose: &'static str,
        github: &GitHub,
        scope: &Scope,
        way: &Way,
    ) -> Result<Held, Ended> {
        match self.mint(record.id, purpose, github, scope, way).await {
            Ok(held) => {
                record.note(held.pair());
                self.publish(record.at(record.view.stage));
                Ok(held)
            }
            Err(not_minted) => {
                if let NotMinted::Asked(_, pair) | NotMinted::Unrecorded(_, pair) = &not_minted {
                    record.note(pair);
                }
                match not_minted {
                    NotMinted::Asked(failure, _) if failure.is_stopped() => Err(stopped()),
                    other => Err(failed(other.to_api_error())),
                }
            }
        }
    }

    async fn destroy_for(&self, record: &mut Record, github: &GitHub, held: Held) {
        let pair: Pair = self.destroy(github, held).await;
        record.note(&pair);
        self.publish(record.at(record.view.stage));
    }
}

fn leaf_expiry(authorised: &Authorised) -> Timestamp {
    authorised.chain().last().map_or(Timestamp::LAST, |leaf| leaf.body().expires)
}

/// What is kept of an observation: what was asked and answered, then the body.
fn observation_bytes(observation: &Observation) -> Vec<u8> {
    let mut head = vec![
        ("method", Value::from(observation.method.as_str())),
        ("path", Value::from(observation.path.as_str())),
        ("status", Value::from(u32::from(observation.status))),
    ];
    head.extend(observation.etag.as_deref().map(|etag| ("etag", Value::from(etag))));
    head.extend(observation.date.as_deref().map(|date| ("date", Value::from(date))));
    let mut bytes = Value::object(head).encode();
    bytes.push(b'\n');
    bytes.extend_from_slice(&observation.body);
    bytes
}

/// A decision with how the key at the root is kept, which policies can ask about.
fn with_assurance(decision: Value, authorised: &Authorised) -> Value {
    match decision {
        Value::Object(mut members) => {
            members.insert("assurance".to_owned(), Value::from(authorised.assurance().as_str()));
            Value::Object(members)
        }
        other => other,
    }
}
