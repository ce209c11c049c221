//! Where an operation waits for persons, and what must still hold when they have agreed.
//!
//! INVARIANT: nobody's approval is taken over: after the wait facts are fetched again and compared, and time,
//! capability, pauses, connection and policy are judged again before anything is minted, and once more with
//! the credential in hand.

use super::ended::{denied, failed, stopped};
use crate::approval::{Countdown, Heard, How, Matter, Settled, What, approved, what_is_asked};
use crate::broker::{Broker, internal, store_error};
use crate::destinations::github::Operation;
use crate::gate::Pass;
use crate::journal::{About, put_pending};
use crate::policy::{Decision, Obligation, PolicyOutcome};
use crate::record::{Ended, Record, cut_text};
use bailiwick_authority::{
    Answer, Ask, Authorised, Digest, KeyId, Kind, Name, Request, Signed, Timestamp, Value,
};
use bailiwick_protocol::{ApiError, ErrorCode, Stage};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How often the clock is looked at while something waits: it may be set, and a test sets it.
const TICK: Duration = Duration::from_millis(250);

/// How many operations of one agent wait at once, and how many of everything below one agent that a person
/// delegated to: whoever makes itself sub-agents has no more of a person's attention.
const MOST_WAITING: (usize, usize) = (8, 32);

/// What persons were asked, until they have answered.
pub(crate) struct Asked {
    pub(crate) request: Box<Signed<Request>>,
    pub(crate) settled: oneshot::Receiver<Settled>,
}

/// Why an operation is not carried on.
pub(crate) enum Leaving {
    /// It has an outcome.
    Ended(Ended),
    /// The broker ends while it waits; it is on disk, and the next start takes it up.
    Waiting,
}

impl From<Ended> for Leaving {
    fn from(ended: Ended) -> Leaving {
        Leaving::Ended(ended)
    }
}

impl Broker {
    /// What is still to be asked, once the rules that persons made have answered what they answer.
    pub(super) fn asks_left(
        &self,
        record: &mut Record,
        authorised: &Authorised,
        decision: &Decision,
    ) -> Result<Vec<Ask>, Ended> {
        let now = self.clock.trusted().map_err(failed)?;
        let mut left = Vec::new();
        for obligation in &decision.obligations {
            let ask = self.ask_of(record, authorised, obligation);
            match self.rule_for(&ask, record.agent(), authorised.invocation().body(), now) {
                Some(rule) if record.rules.contains(&rule) => {}
                Some(rule) => record.rules.push(rule),
                None => left.push(ask),
            }
        }
        Ok(left)
    }

    /// An obligation as a request carries it: with those who cannot meet it because the operation is theirs.
    fn ask_of(&self, record: &Record, authorised: &Authorised, obligation: &Obligation) -> Ask {
        Ask {
            policy: obligation.policy.clone(),
            title: obligation.title.clone(),
            because: obligation.because.clone(),
            count: u64::from(obligation.count),
            role: obligation.role,
            assurance: obligation.assurance,
            excluded: self.excluded(record, authorised, obligation.others),
        }
    }

    /// Whose approval does not count: whoever holds the key that asks, always; and where the policy wants
    /// others, whoever delegated it along the chain, and the author of what would be done.
    fn excluded(&self, record: &Record, authorised: &Authorised, others: bool) -> Vec<Name> {
        let realm = self.realm();
        let Some(roster) = &realm.roster else { return Vec::new() };
        let holders: Vec<KeyId> = authorised.chain().map(|link| link.body().holder.id()).collect();
        let author = record.facts.as_ref().and_then(|facts| facts.get("author")?.get("id"));
        let author = match author {
            Some(Value::Int(id)) => Some(id.to_string()),
            _ => None,
        };
        let connection = &authorised.invocation().body().connection;
        let persons = roster.body().persons.iter().filter(|person| {
            let has = |key: &KeyId| person.keys.iter().any(|own| own.key.id() == *key);
            let wrote = || {
                let account = person.identities.get(connection).map(|id| id.as_str());
                account.is_some() && account == author.as_deref()
            };
            has(&record.agent())
                || (others && (person.name == *authorised.person() || holders.iter().any(has) || wrote()))
        });
        let mut names: Vec<Name> = persons.map(|person| person.name.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Signs a request and puts it on disk: from now on the operation waits, whatever happens to the broker.
    pub(super) async fn ask_persons(
        &self,
        record: &mut Record,
        authorised: &Authorised,
        operation: &Operation,
        asks: Vec<Ask>,
        timeout_seconds: u64,
    ) -> Result<Asked, Ended> {
        let mut owed = self.admissions.lock().await;
        self.check_anybody_there(record, &asks)?;
        let now = self.clock.trusted().map_err(failed)?;
        let above = authorised.chain().next().map_or(record.agent(), |root| root.body().holder.id());
        self.check_flood(record.agent(), above)?;
        let countdown = Countdown::until(now.plus(timeout_seconds));
        let body = self.request_body(record, authorised, operation, asks.clone(), countdown.expires)?;
        let what = what_is_asked(&body, &above.to_string());
        self.check_denied_before(&what)?;
        let request = self.seal(body).map_err(|error| {
            denied(ApiError::new(
                ErrorCode::TooLarge,
                format!("it cannot be put to a person: {}", error.message),
                "ask for less at once: shorter arguments or claims",
            ))
        })?;
        let target = request.digest();
        let matter = Matter {
            target,
            what: What::Request { request: Box::new(request.clone()), above },
            asks,
            facts: record.facts.as_ref().map(|facts| String::from_utf8_lossy(&facts.encode()).into_owned()),
            since: now,
            countdown,
        };
        record.request = Some(target);
        let (send, settled) = oneshot::channel();
        let about = About {
            operation: Some(record.id),
            decided: Some(record.decided()),
            agent: Some(record.agent()),
            label: Some(record.path.iter().map(ToString::to_string).collect::<Vec<_>>().join(" / ")),
            action: Some(request.body().action.to_string()),
            resource: Some(request.body().resource.id.to_string()),
            asked_ms: self.now_ms(),
            ..About::default()
        };
        // In memory before it is on disk, so that the view that goes to disk says what it waits for.
        let matter = Arc::new(matter);
        self.waiters.lock().insert(target, send);
        self.remember(Arc::clone(&matter));
        record.view.waiting = self.waiting_for(&target);
        let (view, id, bytes) =
            (record.at(Stage::AwaitingApproval), record.id, request.envelope().to_bytes());
        let written = self
            .write_in_order(&mut owed, move |transaction| {
                let place = transaction.append(Kind::Request.as_str(), target, &bytes, now)?;
                put_pending(transaction.connection(), &matter, &about)?;
                crate::journal::put_view(transaction.connection(), &id, &view)?;
                crate::journal::note_time(transaction.connection(), now)?;
                Ok(place)
            })
            .await;
        match written {
            Ok(place) => {
                self.announce_statement(place, Kind::Request, target);
                self.publish(record.at(Stage::AwaitingApproval));
                Ok(Asked { request: Box::new(request), settled })
            }
            Err(error) => {
                record.request = None;
                record.view.waiting = None;
                self.forget(target, How::Halted, None);
                Err(failed(store_error(error)))
            }
        }
    }

    fn request_body(
        &self,
        record: &Record,
        authorised: &Authorised,
        operation: &Operation,
        asks: Vec<Ask>,
        expires: Timestamp,
    ) -> Result<Request, Ended> {
        let body = authorised.invocation().body();
        let missing = || failed(internal("an operation that is decided lacks what it was decided on"));
        let facts = record.facts.as_ref().ok_or_else(missing)?;
        let mut effects = Vec::new();
        for effect in &record.effects {
            // An effect that cannot be shown is one that nobody can agree to.
            effects.push(effect.to_text().ok_or_else(missing)?);
        }
        Ok(Request {
            operation: record.id,
            chain: record.chain.clone(),
            person: record.person.clone(),
            path: record.path.clone(),
            agent: record.agent(),
            process: record.process.clone(),
            action: body.action.clone(),
            sentence: cut_text(&operation.sentence()).ok_or_else(missing)?,
            effects,
            connection: body.connection.clone(),
            connection_statement: record.connection.ok_or_else(missing)?,
            resource: body.resource.clone(),
            arguments: body.arguments.clone(),
            facts: Digest::of(&facts.encode()),
            policy: record.policy.ok_or_else(missing)?,
            asks,
            credential: credential_of(operation),
            claims: body.claims.clone(),
            expires,
        })
    }

    /// Whether the roster has enough persons who could meet each ask. If nobody is there to ask, it is denied.
    fn check_anybody_there(&self, record: &Record, asks: &[Ask]) -> Result<(), Ended> {
        let realm = self.realm();
        let persons =
            realm.roster.as_ref().map(|roster| roster.body().persons.as_slice()).unwrap_or_default();
        for ask in asks {
            let able = persons.iter().flat_map(|person| person.keys.iter().map(move |key| (person, key)));
            let able = able.filter(|(_, key)| key.end.is_none() && key.key.id() != record.agent());
            if ask.approved_by(able) < ask.count {
                let role = ask.role.as_str();
                return Err(denied(ApiError::new(
                    ErrorCode::NobodyToAsk,
                    format!(
                        "{} of {role} would have to agree, and the roster has fewer who may: {}",
                        ask.count, ask.title
                    ),
                    format!(
                        "have a steward enrol persons in the role `{role}` whose keys are kept well enough"
                    ),
                )));
            }
        }
        Ok(())
    }

    fn check_flood(&self, agent: KeyId, above: KeyId) -> Result<(), Ended> {
        let realm = self.realm();
        let (mut own, mut all) = (0, 0);
        for matter in realm.matters.values() {
            if let What::Request { request, above: other } = &matter.what {
                own += usize::from(request.body().agent == agent);
                all += usize::from(*other == above);
            }
        }
        if own < MOST_WAITING.0 && all < MOST_WAITING.1 {
            return Ok(());
        }
        Err(denied(ApiError::new(
            ErrorCode::UsesSpent,
            format!("{own} operations of this agent wait for persons already, {all} with its sub-agents"),
            "wait until some of them are answered",
        )))
    }

    /// What a person denied is answered again without asking, as long as the policy is in force.
    fn check_denied_before(&self, what: &Digest) -> Result<(), Ended> {
        let Some(request) = self.journal.refused(what).map_err(|error| failed(store_error(error)))? else {
            return Ok(());
        };
        let heard = self.heard_of(&request).map_err(failed)?;
        Err(denied_by(&heard, " before; nobody was asked again"))
    }

    /// The answers to a statement, read from the ledger.
    pub(crate) fn heard_of(&self, target: &Digest) -> Result<Vec<Heard>, ApiError> {
        let realm = self.realm();
        let answers = self.journal.answers(target).map_err(store_error)?;
        let heard = answers.into_iter().filter_map(|(time, bytes)| realm.recall(&bytes, time));
        Ok(heard.collect())
    }

    /// Waits until persons have agreed. Everything else is an end, or the end of the broker.
    pub(super) async fn await_persons(
        &self,
        record: &mut Record,
        authorised: &Authorised,
        asked: &mut Asked,
        pass: &Pass,
    ) -> Result<(), Leaving> {
        let target = asked.request.digest();
        let mut changed = self.matters_changed.subscribe();
        loop {
            tokio::select! {
                biased;
                () = pass.stopped() => return Err(stopped().into()),
                settled = &mut asked.settled => return agreed(record, settled).map_err(Leaving::from),
                () = self.ending.cancelled() => return Err(Leaving::Waiting),
                moved = changed.changed() => {
                    if moved.is_ok() {
                        self.show_waiting(record, &target);
                    }
                }
                () = tokio::time::sleep(TICK) => {}
            }
            self.end_what_is_over(authorised, &target).await;
        }
    }

    /// Ends a request that nobody answered in time, or whose capability expired meanwhile.
    async fn end_what_is_over(&self, authorised: &Authorised, target: &Digest) {
        // A clock that stands behind freezes approvals: nothing ends and nothing begins by it.
        let Ok(now) = self.clock.trusted() else { return };
        let Some(matter) = self.realm().matters.get(target).cloned() else { return };
        let expired = authorised.chain().any(|link| now >= link.body().expires);
        let settled = if matter.countdown.is_over(now) {
            self.settle(*target, How::Expired, None).await
        } else if expired {
            let why = ApiError::new(
                ErrorCode::ApprovalVoid,
                "the capability expired while it waited for persons",
                "ask whoever delegated to renew it",
            );
            self.settle(*target, How::Void, Some(why)).await
        } else {
            return;
        };
        if let Err(error) = settled {
            tracing::error!(%error, request = %target, "how a request ended could not be written yet");
        }
    }

    fn show_waiting(&self, record: &mut Record, target: &Digest) {
        let waiting = self.waiting_for(target);
        if waiting.is_some() && waiting != record.view.waiting {
            record.view.waiting = waiting;
            self.publish(record.at(Stage::AwaitingApproval));
        }
    }

    /// Whether what the policy wants now is what persons agreed to: by this request, or by rules of theirs.
    pub(super) fn check_agreed(
        &self,
        record: &Record,
        authorised: &Authorised,
        decision: &Decision,
        request: Option<&Signed<Request>>,
        pass: &Pass,
    ) -> Result<(), Ended> {
        if let Some(request) = request {
            self.check_approved(record, request.body())?;
        }
        if decision.outcome == PolicyOutcome::Allow {
            return Ok(());
        }
        let now = self.clock.trusted().map_err(failed)?;
        let body = authorised.invocation().body();
        for obligation in &decision.obligations {
            let ask = self.ask_of(record, authorised, obligation);
            let asked = request.is_some_and(|request| request.body().asks.contains(&ask));
            // Only by a rule under which the gate was passed: its revocation stops what is done by it.
            let rule = self.rule_for(&ask, record.agent(), body, now).filter(|rule| {
                record.rules.contains(rule) && pass.is_under(&bailiwick_authority::Target::Standing(*rule))
            });
            if !asked && rule.is_none() {
                return Err(void("who must agree is not the same any more"));
            }
        }
        Ok(())
    }

    /// Whether the approvals are of exactly this, and still stand.
    fn check_approved(&self, record: &Record, request: &Request) -> Result<(), Ended> {
        if record.policy != Some(request.policy) {
            return Err(void("the policy was changed"));
        }
        if record.facts.as_ref().map(|facts| Digest::of(&facts.encode())) != Some(request.facts) {
            return Err(void("the facts changed"));
        }
        if record.connection != Some(request.connection_statement) || request.operation != record.id {
            return Err(void("the connection was changed"));
        }
        let realm = self.realm();
        let roster = realm.roster.as_ref().ok_or_else(|| failed(crate::realm::not_set_up()))?;
        let met = |ask: &Ask| approved(ask, &record.heard, roster.body()) >= ask.count;
        if request.asks.is_empty() || !request.asks.iter().all(met) {
            return Err(void("somebody who approved it may not any more"));
        }
        Ok(())
    }
}

/// What an operation that waited is told becomes how it goes on, or ends.
fn agreed(record: &mut Record, settled: Result<Settled, oneshot::error::RecvError>) -> Result<(), Ended> {
    let Ok(Settled { how, heard, why }) = settled else {
        return Err(failed(internal("what was asked of persons was forgotten")));
    };
    record.heard = heard;
    record.view.waiting = None;
    match how {
        How::Approved => Ok(()),
        How::Denied => Err(denied_by(&record.heard, "")),
        How::Expired => Err(denied(ApiError::new(
            ErrorCode::NobodyAnswered,
            "nobody answered in time, and what nobody answers is denied",
            "ask again when somebody is there to answer",
        ))),
        How::Halted => Err(stopped()),
        How::Void => Err(denied(why.unwrap_or_else(|| void_reason("what it rested on changed")))),
    }
}

fn denied_by(heard: &[Heard], when: &str) -> Ended {
    let denial = heard.iter().find(|one| one.answer == Answer::Deny);
    let who = denial.map_or("a person".to_owned(), |one| format!("`{}`", one.person));
    let why =
        denial.and_then(|one| one.reason.as_ref()).map(|reason| format!(": {reason}")).unwrap_or_default();
    denied(ApiError::new(
        ErrorCode::DeniedByPerson,
        format!("{who} denied it{when}{why}"),
        "change what was objected to; the same is answered the same without asking",
    ))
}

fn void_reason(what: &str) -> ApiError {
    ApiError::new(
        ErrorCode::ApprovalVoid,
        format!("{what} since persons were asked, so what they approved is void"),
        "ask again with a new invocation",
    )
}

pub(super) fn void(what: &str) -> Ended {
    denied(void_reason(what))
}

/// The facts that are not what they were, by name.
pub(super) fn changed_facts(before: &Value, after: &Value) -> String {
    let (Value::Object(old), Value::Object(new)) = (before, after) else { return "the facts".to_owned() };
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    let changed: Vec<&str> =
        names.filter(|name| old.get(*name) != new.get(*name)).map(String::as_str).collect();
    changed.join(", ")
}

/// The credential that would exist.
fn credential_of(operation: &Operation) -> Value {
    let Value::Object(mut scope) = operation.act_scope().to_value() else { return Value::Bool(false) };
    scope.insert("kind".to_owned(), Value::from("installation-token"));
    Value::Object(scope)
}
