//! What a crash left, resolved at start by the code that ends an operation normally; and operations
//! whose outcome is unknown, looked up at their destination until it is known.

use crate::approval::Settled;
use crate::broker::{Broker, Live, internal, store_error};
use crate::destinations::github::{Found, parse};
use crate::destinations::http::Way;
use crate::engine::{Asked, CREDENTIAL_LIFE, outcome_of, refused_error};
use crate::journal::{CredentialEnd, CredentialRow, Left, LeftAct, PendingRow};
use crate::process::Peer;
use crate::realm::Past as _;
use crate::record::{Ended, Record, cut_text, to_json};
use crate::stop::dies_at;
use bailiwick_authority::{
    Authorised, Capability, Credential, Digest, Finding, Invocation, KeyId, Kind, Name, Outcome, Presented,
    PublicKey, Roster, Setting, Signed, Text, Unverified, Value, verify_chain,
};
use bailiwick_ledger::StoreError;
use bailiwick_protocol::{ApiError, ErrorCode};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

/// How long to wait before an unknown outcome is looked up again: first, and at most.
const LOOK_UP_AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// How long start waits for the receipts of what was left; those that the disk refuses come later.
const RECEIPTS_LIMIT: Duration = Duration::from_secs(5);

impl Broker {
    /// Ends every operation that the last run left open. Nothing is sent again.
    pub(crate) async fn resolve_what_was_left(self: &Arc<Self>) -> Result<(), StoreError> {
        let now = self.clock.now();
        let unknown = self.journal.unknown()?;
        for credential in self.journal.open_credentials()? {
            let end = if dies_at(&credential) <= now { "expired" } else { "value-lost" };
            self.journal.ended(vec![(credential.id, CredentialEnd { end, life_ms: None })]).await?;
        }
        let mut finishing = JoinSet::new();
        for left in self.journal.unfinished()? {
            let asked = self.journal.asked_about(&left.id)?;
            if let Some(row) = asked.filter(|_| left.act.is_none()) {
                self.wait_on(&left, row, &mut finishing);
                continue;
            }
            match self.record_of(&left) {
                Ok(record) => {
                    let (broker, ended) = (Arc::clone(self), ended_of(&left, &Break::Restart));
                    finishing
                        .spawn(self.tasks.track_future(async move { broker.finish(record, ended).await }));
                }
                Err(error) => {
                    tracing::error!(%error, operation = %left.id, "an operation could not be resolved")
                }
            }
        }
        // As `finish` does for those that become unknown now.
        for unknown in unknown {
            self.look_up_later(unknown.id);
        }
        // Whoever wants to stop something must not wait for a disk that refuses receipts.
        let all = async { while finishing.join_next().await.is_some() {} };
        tokio::time::timeout(RECEIPTS_LIMIT, all).await.ok();
        finishing.detach_all();
        Ok(())
    }

    /// Takes up an operation that had asked persons and had not acted: it waits as before, or ends as it
    /// was answered. What was minted for the act is not minted twice: that fails.
    fn wait_on(self: &Arc<Self>, left: &Left, row: PendingRow, finishing: &mut JoinSet<()>) {
        let broker = Arc::clone(self);
        match self.asked_again(left, &row) {
            Ok((record, Ok((authorised, asked)))) => {
                let (view, _) = watch::channel(record.view.clone());
                self.live.lock().insert(record.id, Live { view, pass: None });
                self.tasks.spawn(async move { broker.live_on(record, authorised, asked).await });
            }
            Ok((record, Err(ended))) => {
                finishing.spawn(self.tasks.track_future(async move { broker.finish(record, ended).await }));
            }
            Err(error) => tracing::error!(%error, operation = %left.id, "an operation could not be resolved"),
        }
    }

    /// The record of an operation that waits, and how it goes on.
    #[allow(clippy::type_complexity, reason = "the record comes with how it goes on or how it ends")]
    fn asked_again(
        &self,
        left: &Left,
        row: &PendingRow,
    ) -> Result<(Record, Result<(Authorised, Asked), Ended>), ApiError> {
        let mut record = self.record_of(left)?;
        record.started_at(self.clock.now());
        let minted = record.credentials.iter().any(|one| one.purpose.as_str() != "evidence");
        if minted {
            return Ok((record, Err(ended_of(left, &Break::Restart))));
        }
        let authorised = match self.authorise_again(&record) {
            Ok(authorised) => authorised,
            Err(reason) => return Ok((record, Err(Ended::because(outcome_of(&reason), reason)))),
        };
        let request = self.past().request(&row.target)?.ok_or_else(|| internal("a request is gone"))?;
        let (send, settled) = oneshot::channel();
        match row.how {
            None => drop(self.waiters.lock().insert(row.target, send)),
            Some(how) => {
                let heard = self.heard_of(&row.target)?;
                send.send(Settled { how, heard, why: None }).ok();
            }
        }
        Ok((record, Ok((authorised, Asked { request: Box::new(request), settled }))))
    }

    /// The chain and the invocation of an operation, judged as they were when it was received, and by what
    /// was revoked since. What time has done to them is judged before it acts.
    fn authorise_again(&self, record: &Record) -> Result<Authorised, ApiError> {
        let chain = record.chain.iter().map(|link| self.envelope_of(link)).collect::<Result<Vec<_>, _>>()?;
        let invocation = self.envelope_of(&record.id)?;
        let realm = self.realm();
        let (Some(digest), Some(roster)) = (realm.digest, realm.roster.as_ref()) else {
            return Err(crate::realm::not_set_up());
        };
        let setting = Setting {
            realm: digest,
            roster: roster.body(),
            broker: self.key_id(),
            now: record.received,
            admissions: &crate::standing_roots::Ledger(self.journal.store()),
            revocations: self.gate.as_ref(),
            known: &self.links,
        };
        let presented = Presented { chain: &chain, invocation: &invocation };
        verify_chain(presented, &setting).map_err(|refused| refused_error(&refused))
    }

    /// Ends an operation that a defect of ours cut short, by what the journal has of it.
    pub(crate) async fn resolve_interrupted(self: &Arc<Self>, id: &Digest) {
        let left = self.journal.unfinished().map(|all| all.into_iter().find(|left| left.id == *id));
        let record = match left {
            Ok(Some(left)) => self.record_of(&left).map(|record| (record, ended_of(&left, &Break::Defect))),
            Ok(None) => return,
            Err(error) => Err(store_error(error)),
        };
        match record {
            // A credential of it that had no end destroys itself; what its receipt says is the worst case.
            Ok((record, ended)) => self.finish(record, ended).await,
            Err(error) => tracing::error!(%error, operation = %id, "an operation could not be resolved"),
        }
    }

    /// The record of an operation, read back from the ledger and the journal.
    fn record_of(&self, left: &Left) -> Result<Record, ApiError> {
        let invocation: Signed<Invocation> =
            self.read_back(&left.id, |leaf: &Unverified<Invocation>| leaf.body().leaf)?;
        let mut chain: Vec<Signed<Capability>> = Vec::new();
        for digest in &left.view.chain {
            let digest: Digest = digest.parse().map_err(|_| internal("a stored digest is damaged"))?;
            chain.push(self.capability_of(&digest)?);
        }
        let person: Name = left
            .view
            .person
            .as_deref()
            .and_then(|person| person.parse().ok())
            .ok_or_else(|| internal("an operation has no person"))?;
        let received = bailiwick_authority::Timestamp::from_seconds(left.view.received)
            .ok_or_else(|| internal("a stored time is damaged"))?;
        let mut record = Record::new(&invocation, chain.iter(), &person, &Peer::new(0, None), received);
        record.process = Value::object([("gone", Value::from(true))]);
        record.credentials = self
            .journal
            .credentials_of(&left.id)
            .map_err(store_error)?
            .iter()
            .filter_map(credential_of)
            .collect();
        record.facts = left.act.as_ref().map(|act| act.facts.clone());
        record.view = left.view.clone();
        let asked = self.journal.asked_about(&left.id).map_err(store_error)?;
        if let Some(decided) = left.act.as_ref().and_then(|act| act.decided.as_ref()) {
            record.take_up(decided);
        } else if let Some(row) = &asked {
            record.facts = row.facts.clone();
            if let Some(decided) = &row.decided {
                record.take_up(decided);
            }
        }
        if let Some(row) = &asked {
            record.heard = self.heard_of(&row.target)?;
        }
        if let Ok(operation) = parse(record.invocation.body()) {
            record.effects = operation.effects();
        }
        Ok(record)
    }

    /// An invocation of the ledger, verified again with its leaf's holder.
    fn read_back(
        &self,
        digest: &Digest,
        leaf: impl Fn(&Unverified<Invocation>) -> Digest,
    ) -> Result<Signed<Invocation>, ApiError> {
        let invocation: Unverified<Invocation> =
            Unverified::parse(&self.envelope_of(digest)?).map_err(|error| internal(error.to_string()))?;
        let holder = self.capability_of(&leaf(&invocation))?.body().holder.clone();
        invocation.verify(&holder).map_err(|error| internal(error.to_string()))
    }

    /// A capability of the ledger, verified again up to the roster's key or its parent's holder.
    pub(crate) fn capability_of(&self, digest: &Digest) -> Result<Signed<Capability>, ApiError> {
        let capability: Unverified<Capability> =
            Unverified::parse(&self.envelope_of(digest)?).map_err(|error| internal(error.to_string()))?;
        let key = match capability.body().parent {
            Some(parent) => self.capability_of(&parent)?.body().holder.clone(),
            None => {
                let issuer = capability.common().issuer;
                self.ever_enrolled(issuer)?.ok_or_else(|| internal("a root's key was never on a roster"))?
            }
        };
        capability.verify(&key).map_err(|error| internal(error.to_string()))
    }

    /// A key that was ever enrolled, by the newest roster that has it: what rested on it was admitted then.
    fn ever_enrolled(&self, id: KeyId) -> Result<Option<PublicKey>, ApiError> {
        let in_roster = |roster: &Roster| {
            let mut keys = roster.persons.iter().flat_map(|person| &person.keys);
            keys.find(|key| key.key.id() == id).map(|key| key.key.clone())
        };
        let realm = self.realm();
        let mut next = realm.roster.as_ref().map(|roster| roster.body().clone());
        while let Some(roster) = next {
            if let Some(key) = in_roster(&roster) {
                return Ok(Some(key));
            }
            next = match roster.previous {
                None => None,
                Some(previous) => {
                    let before: Unverified<Roster> = Unverified::parse(&self.envelope_of(&previous)?)
                        .map_err(|error| internal(error.to_string()))?;
                    Some(before.body().clone())
                }
            };
        }
        Ok(None)
    }

    fn envelope_of(&self, digest: &Digest) -> Result<Vec<u8>, ApiError> {
        self.journal.store().envelope(digest).map_err(store_error)?.ok_or_else(|| {
            ApiError::new(ErrorCode::NotFound, format!("there is no statement {digest}"), "check the digest")
        })
    }

    /// Looks an unknown outcome up until it is known, or until the broker ends.
    pub(crate) fn look_up_later(self: &Arc<Self>, id: Digest) {
        let broker = Arc::clone(self);
        self.tasks.spawn(async move {
            let (mut wait, most) = LOOK_UP_AGAIN;
            loop {
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = broker.ending.cancelled() => return,
                }
                match broker.look_up(&id).await {
                    Ok(true) => return,
                    Ok(false) => {}
                    Err(error) => {
                        tracing::warn!(%error, operation = %id, "an outcome could not be looked up yet")
                    }
                }
                wait = (wait * 2).min(most);
            }
        });
    }

    /// Asks the destination once; true when nothing remains to be found out.
    async fn look_up(self: &Arc<Self>, id: &Digest) -> Result<bool, ApiError> {
        let unknown = self.journal.unknown().map_err(store_error)?;
        let Some(left) = unknown.into_iter().find(|left| left.id == *id) else { return Ok(true) };
        let record = self.record_of(&left)?;
        let (_, github) = self.destination(&record.invocation.body().connection).await?;
        let operation = github.operation(record.invocation.body()).map_err(|error| error.to_api_error())?;
        let facts = record.facts.clone().unwrap_or_else(|| Value::object::<&str>([]));
        // The broker's own reading, not the agent's: no revocation keeps anybody from finding out.
        let held = self
            .mint(*id, "finding", &github, &operation.look_up_scope(), &Way::Ungated)
            .await
            .map_err(|error| error.to_api_error())?;
        // What is not there yet may still arrive for a while after it was sent, not after it was asked for.
        let sent = left.act.as_ref().map_or(record.received, |act| act.at);
        let looking = github.look_up(&operation, &facts, id, &held.token, sent, self.clock.now());
        let found = tokio::time::timeout_at(held.deadline(), looking).await;
        self.destroy(&github, held).await;
        let found = found.map_err(|_| too_slow())?.map_err(|failure| failure.to_api_error())?;
        let (outcome, text, output) = match found {
            Found::Happened(output) => {
                (Outcome::Succeeded, "the destination shows that it happened".to_owned(), Some(output))
            }
            Found::DidNotHappen(why) => {
                (Outcome::Failed, format!("the destination shows that it did not happen: {why}"), None)
            }
            Found::CannotTell(_) => return Ok(false),
        };
        self.record_finding(&left, outcome, &text, output).await?;
        Ok(true)
    }

    async fn record_finding(
        &self,
        left: &Left,
        outcome: Outcome,
        text: &str,
        output: Option<Value>,
    ) -> Result<(), ApiError> {
        let receipt = left.view.receipt.as_deref().and_then(|digest| digest.parse().ok());
        let text: Text = cut_text(text).ok_or_else(|| internal("a finding says nothing"))?;
        let finding = self.seal(Finding {
            operation: left.id,
            receipt: receipt.ok_or_else(|| internal("an unknown outcome has no receipt"))?,
            outcome,
            text: text.clone(),
            output: output.clone(),
        })?;
        let mut view = left.view.clone();
        view.outcome = Some(outcome.as_str().to_owned());
        view.output = output.as_ref().map(to_json);
        view.reason = (outcome != Outcome::Succeeded)
            .then(|| ApiError::new(ErrorCode::NoAnswer, text.to_string(), "ask again with a new invocation"));
        let bytes = finding.envelope().to_bytes();
        let sequence = self
            .journal
            .found(view.clone(), left.id, (finding.digest(), bytes), self.clock.now())
            .await
            .map_err(store_error)?;
        let Some(sequence) = sequence else { return Ok(()) };
        self.announce_statement(sequence, Kind::Finding, finding.digest());
        self.publish(view);
        Ok(())
    }
}

/// What cut an operation short.
enum Break {
    /// The broker ended.
    Restart,
    /// A defect of ours.
    Defect,
}

/// How an operation that was cut short ended.
fn ended_of(left: &Left, by: &Break) -> Ended {
    let (code, what, hint) = match by {
        Break::Restart => {
            (ErrorCode::Restarted, "the broker was restarted", "ask again with a new invocation")
        }
        Break::Defect => (
            ErrorCode::Internal,
            "a defect interrupted the broker",
            "look into the broker's log, and report it",
        ),
    };
    match &left.act {
        Some(LeftAct { outcome: Some(outcome), .. }) => known_outcome(outcome),
        Some(_) => Ended::because(
            Outcome::Unknown,
            ApiError::new(
                ErrorCode::OutcomeUnknown,
                format!("{what} while the request was on its way; whether it happened is being found out"),
                "look at the operation again in a moment",
            ),
        ),
        None => Ended::because(
            Outcome::Failed,
            ApiError::new(code, format!("{what} before anything was done"), hint),
        ),
    }
}

/// The outcome as it was written right after the act.
fn known_outcome(value: &Value) -> Ended {
    let outcome = value.get("outcome").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let part = |name: &str| {
        let text = value.get("reason").and_then(|reason| reason.get(name)).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let code = serde_json::from_value(serde_json::Value::String(part("code"))).ok();
    let unpinned = match value.get("unpinned") {
        Some(Value::List(items)) => items.iter().filter_map(Value::as_str).filter_map(cut_text).collect(),
        _ => Vec::new(),
    };
    Ended {
        outcome: outcome.unwrap_or(Outcome::Unknown),
        reason: code.map(|code| ApiError::new(code, part("message"), part("hint"))),
        output: value.get("output").cloned(),
        unpinned,
    }
}

pub(crate) fn too_slow() -> ApiError {
    ApiError::new(
        ErrorCode::NoAnswer,
        format!(
            "the destination took longer than the {} s that a credential lives",
            CREDENTIAL_LIFE.as_secs()
        ),
        "try again; the destination is slow",
    )
}

fn credential_of(row: &CredentialRow) -> Option<Credential> {
    Some(Credential {
        purpose: row.purpose.parse().ok()?,
        kind: row.kind.parse().ok()?,
        scope: row.scope.clone(),
        sha256: row.sha256,
        requested: row.requested,
        expires: row.expires,
        end: row.end.as_deref().unwrap_or("value-lost").parse().ok()?,
        life_ms: row.life_ms,
    })
}
