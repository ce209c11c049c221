//! Admission: a person's statement becomes part of the ledger, and takes effect.

use crate::broker::{Broker, store_error};
use crate::destinations::github::{BadOperation, CATALOGUE, spec};
use crate::journal::{self, NewCapability};
use crate::owed::Owed;
use crate::policy::{Policy, PolicyProblem};
use crate::realm::{Change, Judged};
use crate::stop::Stop;
use bailiwick_authority::{
    Capability, Digest, Envelope, Kind, Name, PolicySet, Signed, Target, Timestamp, Unverified,
};
use bailiwick_ledger::{Store, StoreError, Transaction};
use bailiwick_protocol::{Admitted, ApiError, ErrorCode, PolicyTexts, Submission};
use rusqlite::{OptionalExtension as _, params};
use std::sync::Arc;
use std::time::Instant;

impl Broker {
    /// Judges a statement, writes it, and lets it take effect, in this order. What ends authority takes
    /// effect even when the disk refuses, and says so.
    pub(crate) async fn admit(self: &Arc<Self>, submission: Submission) -> Result<Admitted, ApiError> {
        let broker = Arc::clone(self);
        self.to_the_end(async move {
            let envelope = submission.envelope.clone();
            let answer = broker.judge_and_write(submission).await;
            broker.watch(&envelope, &answer).await;
            answer
        })
        .await
    }

    async fn judge_and_write(self: &Arc<Self>, submission: Submission) -> Result<Admitted, ApiError> {
        let arrived = Instant::now();
        let bytes = submission.envelope.into_bytes();
        let envelope = Envelope::parse(&bytes).map_err(|error| {
            ApiError::new(ErrorCode::BadStatement, error.to_string(), "submit the envelope as it was signed")
        })?;
        let mut owed = self.admissions.lock().await;
        let judged = self.realm().judge(envelope.clone(), self.clock.now(), &self.past())?;
        let policy = match (&judged.change, judged.kind) {
            (Change::Policy(set), _) => Some(check_texts(submission.policy, set)?),
            (Change::Proposed(_), Kind::Policy) => {
                Some(check_texts(submission.policy, &body_of(&envelope)?)?)
            }
            _ => None,
        };
        if let Some((_, policy)) = &policy {
            self.check_meetable(policy)?;
        }
        match &judged.change {
            Change::Revoked(_) | Change::Halted => {
                let stop = self.admit_stop(&mut owed, judged, bytes, arrived).await?;
                // What was under way ends in its own time; the next statement need not wait for it.
                drop(owed);
                return Ok(self.describe_stop(stop).await);
            }
            Change::Answered(_) => return self.admit_answer(&mut owed, judged, bytes).await,
            Change::SignedIn(broker) if *broker != self.key_id() => {
                return Err(ApiError::new(
                    ErrorCode::BadStatement,
                    "this sign-in is for another broker",
                    "sign in again, at this one",
                ));
            }
            Change::Proposed(_) => {
                if judged.kind == Kind::Standing {
                    self.check_rule(&body_of(&envelope)?)?;
                }
                return self.propose(&mut owed, judged, envelope, policy.map(|(texts, _)| texts)).await;
            }
            Change::Capability(capability, _) => check_actions(capability)?,
            Change::Ruled => self.check_rule(&body_of(&envelope)?)?,
            Change::Policy(_)
            | Change::Connected(_)
            | Change::SignedIn(_)
            | Change::Roster(_)
            | Change::Opened
            | Change::None => {}
        }
        let connected = match &judged.change {
            Change::Connected(name) => Some(name.clone()),
            _ => None,
        };
        let (texts, policy) = policy.unzip();
        let policy = policy.map(Arc::new);
        let entry = Entry::of(&judged, bytes, texts, policy.as_deref());
        let admitted = self.write_statement(&mut owed, entry).await?;
        self.bring_about(&mut owed, judged, admitted.sequence, policy).await?;
        drop(owed);
        if let Some(name) = connected {
            self.read_root_secret(&name).await;
        }
        Ok(admitted)
    }

    /// Lets what was written take effect. The lock of admissions is held.
    pub(crate) async fn bring_about(
        &self,
        owed: &mut Vec<Owed>,
        mut judged: Judged,
        place: u64,
        policy: Option<Arc<Policy>>,
    ) -> Result<(), ApiError> {
        if let Some(policy) = policy {
            judged.next.largest_ask = policy.largest_ask();
            *self.policy.write() = Some((judged.digest, policy));
        }
        if matches!(judged.change, Change::Opened) {
            self.gate.open(&Target::Everything);
        }
        let moves = matches!(judged.kind, Kind::Roster | Kind::Policy | Kind::Connection);
        let before = match &judged.change {
            Change::Roster(before) => before.clone(),
            _ => None,
        };
        self.take_effect(judged, place);
        // What fell with a key is closed before anything waits for a disk again.
        let fell = before.map_or(Ok(()), |before| self.let_fall(before.body()));
        if moves {
            self.void_what_no_longer_holds(owed).await;
        }
        fell
    }

    /// An ask that the persons on the roster cannot meet would refuse for ever.
    fn check_meetable(&self, policy: &Policy) -> Result<(), ApiError> {
        let realm = self.realm();
        let unmet = realm.roster.as_ref().map(|roster| policy.unmeetable(roster.body())).unwrap_or_default();
        if unmet.is_empty() {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::BadStatement,
            format!("the policy asks for what nobody can give: {}", first(&unmet)),
            "enrol more persons first, or ask for fewer; the policy in force stays",
        ))
    }

    /// Once it stands in the ledger, at this place.
    fn take_effect(&self, judged: Judged, place: u64) {
        *self.realm.write() = Arc::new(judged.next.placed(&judged.digest, place));
    }

    /// The gate, then the disk: from the first on no request head is written under the target, and what
    /// the disk refuses holds in memory until it does not.
    async fn admit_stop(
        self: &Arc<Self>,
        owed: &mut Vec<Owed>,
        judged: Judged,
        bytes: Vec<u8>,
        arrived: Instant,
    ) -> Result<Stop, ApiError> {
        let (digest, kind) = (judged.digest, judged.kind);
        // What cannot be read is not known to be a replay, and stops.
        if self.journal.store().read(|connection| is_known(connection, &digest)).unwrap_or(false) {
            return Err(replayed());
        }
        let (target, revoked) = match &judged.change {
            Change::Revoked(target) => (target.clone(), Some(target.clone())),
            _ => (Target::Everything, None),
        };
        let (under_way, acknowledged) = self.close(&target, arrived);
        *self.realm.write() = Arc::new(judged.next);
        let now = self.clock.now();
        let stop = Owed { kind, digest, envelope: bytes, revoked, capabilities: Vec::new(), now };
        let written = self.write_stop(owed, stop).await;
        let durable = written.is_ok();
        let sequence = written.ok().flatten().unwrap_or(0);
        if durable {
            self.announce_statement(sequence, kind, digest);
        }
        Ok(Stop { digest, sequence, target, under_way, durable, arrived, acknowledged })
    }

    async fn describe_stop(&self, stop: Stop) -> Admitted {
        let (digest, sequence) = (stop.digest.to_string(), stop.sequence);
        Admitted { digest, sequence, stopped: Some(self.what_stopped(stop).await), waits_for: None }
    }

    async fn write_statement(&self, owed: &mut Vec<Owed>, entry: Entry) -> Result<Admitted, ApiError> {
        let (kind, digest, now) = (entry.kind, entry.digest, self.clock.trusted()?);
        let work = move |transaction: &mut Transaction<'_>| {
            if is_known(transaction.connection(), &digest)? {
                return Ok(None);
            }
            journal::note_time(transaction.connection(), now)?;
            entry.write(transaction, now)
        };
        let sequence = self.write_in_order(owed, work).await.map_err(store_error)?.ok_or_else(replayed)?;
        self.announce_statement(sequence, kind, digest);
        Ok(Admitted { digest: digest.to_string(), sequence, stopped: None, waits_for: None })
    }
}

/// A statement as the ledger is to have it, with what the store keeps beside it.
pub(crate) struct Entry {
    kind: Kind,
    digest: Digest,
    bytes: Vec<u8>,
    texts: Option<PolicyTexts>,
    /// For a policy: the most persons that it asks for.
    largest_ask: Option<u64>,
    capability: Option<NewCapability>,
}

impl Entry {
    pub(crate) fn of(
        judged: &Judged,
        bytes: Vec<u8>,
        texts: Option<PolicyTexts>,
        policy: Option<&Policy>,
    ) -> Entry {
        let capability = match &judged.change {
            Change::Capability(capability, person) => Some(new_capability(capability, person, bytes.clone())),
            _ => None,
        };
        let largest_ask = policy.map(Policy::largest_ask);
        Entry { kind: judged.kind, digest: judged.digest, bytes, texts, largest_ask, capability }
    }

    /// Writes it and answers its place; `None` for a capability that is there already.
    pub(crate) fn write(
        &self,
        transaction: &mut Transaction<'_>,
        now: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let connection = transaction.connection();
        for text in self.texts.iter().flat_map(|texts| [&texts.guard, &texts.ask, &texts.schema, &texts.data])
        {
            connection
                .prepare_cached("INSERT OR IGNORE INTO text (digest, text) VALUES (?1, ?2)")?
                .execute(params![Digest::of(text.as_bytes()).as_bytes(), text])?;
        }
        if let Some(largest) = self.largest_ask {
            connection
                .prepare_cached("INSERT OR REPLACE INTO quorum (policy, largest) VALUES (?1, ?2)")?
                .execute(params![self.digest.as_bytes(), journal::as_i64(largest)])?;
        }
        if self.kind == Kind::Standing {
            connection
                .prepare_cached("INSERT INTO standing (digest) VALUES (?1)")?
                .execute([self.digest.as_bytes()])?;
        }
        match &self.capability {
            Some(capability) => journal::keep_capability(transaction, capability, now),
            None => transaction.append(self.kind.as_str(), self.digest, &self.bytes, now).map(Some),
        }
    }
}

/// What a statement says whose signature was checked before.
fn body_of<T: bailiwick_authority::Payload + Clone>(envelope: &Envelope) -> Result<T, ApiError> {
    let read: Unverified<T> = Unverified::read(envelope.clone())
        .map_err(|error| ApiError::new(ErrorCode::BadStatement, error.to_string(), "make it again"))?;
    Ok(read.body().clone())
}

/// Every action that a root capability grants must be in the catalogue that it was read from.
fn check_actions(capability: &Signed<Capability>) -> Result<(), ApiError> {
    for grant in &capability.body().grants {
        if grant.catalogue.as_str() != CATALOGUE {
            return Err(ApiError::new(
                ErrorCode::UnknownAction,
                format!("there is no catalogue `{}`", grant.catalogue),
                format!("this version has the catalogue `{CATALOGUE}`"),
            ));
        }
        for action in &grant.actions {
            if spec(action.as_str()).is_none() {
                return Err(BadOperation::UnknownAction(action.to_string()).to_api_error());
            }
        }
    }
    Ok(())
}

pub(crate) fn new_capability(
    capability: &Signed<Capability>,
    person: &Name,
    envelope: Vec<u8>,
) -> NewCapability {
    NewCapability {
        digest: capability.digest(),
        parent: capability.body().parent,
        holder: *capability.body().holder.id().digest(),
        person: person.to_string(),
        envelope,
    }
}

/// The texts of a policy, held against the digests that were signed, and compiled.
pub(crate) fn check_texts(
    texts: Option<PolicyTexts>,
    set: &PolicySet,
) -> Result<(PolicyTexts, Policy), ApiError> {
    let refuse = |message: String| {
        ApiError::new(ErrorCode::BadStatement, message, "submit the texts that were signed")
    };
    let texts = texts.ok_or_else(|| refuse("a policy statement comes with its texts".into()))?;
    for (name, text, digest) in [
        ("guard", &texts.guard, set.guard),
        ("ask", &texts.ask, set.ask),
        ("schema", &texts.schema, set.schema),
        ("data", &texts.data, set.data),
    ] {
        if Digest::of(text.as_bytes()) != digest {
            return Err(refuse(format!("the {name} text is not the one that was signed")));
        }
    }
    let policy = Policy::load(&texts).map_err(|problems| {
        ApiError::new(
            ErrorCode::BadStatement,
            format!("the policy does not load: {}", first(&problems)),
            "mend the policy; the one in force stays",
        )
    })?;
    Ok((texts, policy))
}

/// The first problem in a sentence, and how many more there are.
pub(crate) fn first(problems: &[PolicyProblem]) -> String {
    match problems {
        [] => "no reason was given".into(),
        [one] => one.to_string(),
        [one, rest @ ..] => format!("{one} (and {} more)", rest.len()),
    }
}

/// The stored texts of a policy.
pub(crate) fn read_texts(store: &Store, set: &PolicySet) -> Result<PolicyTexts, StoreError> {
    let text = |digest: &Digest| {
        store.read(|connection| {
            let mut query = connection.prepare_cached("SELECT text FROM text WHERE digest = ?1")?;
            let text: Option<String> = query.query_row([digest.as_bytes()], |row| row.get(0)).optional()?;
            text.ok_or_else(|| StoreError::Damaged(format!("the policy text {digest} is missing")))
        })
    };
    Ok(PolicyTexts {
        guard: text(&set.guard)?,
        ask: text(&set.ask)?,
        schema: text(&set.schema)?,
        data: text(&set.data)?,
    })
}

/// Whether the ledger has this statement.
pub(crate) fn is_known(connection: &rusqlite::Connection, digest: &Digest) -> Result<bool, StoreError> {
    let mut query = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM leaf WHERE statement = ?1)")?;
    Ok(query.query_row([digest.as_bytes()], |row| row.get(0))?)
}

pub(crate) fn replayed() -> ApiError {
    ApiError::new(ErrorCode::Replayed, "this statement was admitted before", "nothing needs to be done")
}
