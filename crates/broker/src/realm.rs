//! What persons have decided and is in force: roster, policy, connections, halts, revocations.
//!
//! [`Realm::judge`] is the one place where a person's statement is accepted. Start folds the ledger
//! through it, admission calls it for each new statement, so both always agree.

mod answer;

pub(crate) use answer::Past;

use crate::approval::{Answered, Heard, Matter};
use bailiwick_authority::{
    Ask, Capability, Connection, Digest, Envelope, Halt, KeyEnd, KeyId, Kind, MAX_SESSION_SECONDS,
    MAX_SKEW_SECONDS, Name, Pause, Payload, Person, PolicySet, PublicKey, Realm as RealmOf, Resume,
    Revocation, Role, Roster, Session, Signed, Standing, Target, Timestamp, Unverified,
};
use bailiwick_protocol::{ApiError, ErrorCode};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is in force.
#[derive(Clone, Debug, Default)]
pub(crate) struct Realm {
    /// The genesis roster's digest.
    pub(crate) digest: Option<Digest>,
    pub(crate) roster: Option<Arc<Signed<Roster>>>,
    pub(crate) policy: Option<Arc<Signed<PolicySet>>>,
    pub(crate) connections: BTreeMap<Name, Arc<Signed<Connection>>>,
    /// The head of each series but the roster's, in force or void: what the next one must follow.
    heads: BTreeMap<String, Head>,
    pub(crate) halts: Vec<Digest>,
    pub(crate) pauses: Vec<PauseInForce>,
    /// What waits for persons.
    pub(crate) matters: Arc<BTreeMap<Digest, Arc<Matter>>>,
    /// What persons answered to that.
    pub(crate) heard: Arc<BTreeMap<Digest, Vec<Heard>>>,
    /// The rules that persons made from answers, whether or not they still answer anything.
    pub(crate) rules: Arc<BTreeMap<Digest, Arc<Signed<Standing>>>>,
    /// The most persons that the policy in force asks for.
    pub(crate) largest_ask: u64,
}

/// The last statement of a series.
#[derive(Clone, Copy, Debug)]
struct Head {
    digest: Digest,
    issuer: KeyId,
    /// Its place in the ledger, once it has one.
    place: Option<u64>,
}

/// A pause that nobody has lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PauseInForce {
    pub(crate) id: Digest,
    pub(crate) target: Target,
    pub(crate) since: Timestamp,
}

/// A statement that is entitled to take effect, and what is in force once it has.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) kind: Kind,
    pub(crate) digest: Digest,
    pub(crate) next: Realm,
    pub(crate) change: Change,
}

/// What a statement does beside what the realm holds.
#[derive(Debug)]
pub(crate) enum Change {
    /// Nothing.
    None,
    /// The roster changed; this is the one before, if there was one.
    Roster(Option<Arc<Signed<Roster>>>),
    /// A root capability.
    Capability(Box<Signed<Capability>>, Name),
    /// A policy, whose texts must be at hand.
    Policy(PolicySet),
    /// A connection, whose root secret can be read now.
    Connected(Name),
    /// A person signed in at a console of this broker.
    SignedIn(KeyId),
    /// Something ends for ever.
    Revoked(Target),
    /// Everything ends until it is lifted.
    Halted,
    /// The last halt was lifted.
    Opened,
    /// A person answered something that waits.
    Answered(Box<Answered>),
    /// It takes effect once others agree: what it still needs.
    Proposed(Vec<Ask>),
    /// A rule answers from now on what it names.
    Ruled,
}

impl Realm {
    /// Judges a person's statement against what is in force.
    pub(crate) fn judge(
        &self,
        envelope: Envelope,
        now: Timestamp,
        past: &dyn Past,
    ) -> Result<Judged, ApiError> {
        let kind = Kind::of(&envelope).ok_or_else(|| {
            bad(format!("no statement has the payload type `{}`", envelope.payload_type().escape_default()))
        })?;
        match kind {
            Kind::Roster => self.roster(envelope, now),
            Kind::Connection => self.connection(envelope, now),
            Kind::Policy => self.policy(envelope, now),
            Kind::Capability => self.capability(envelope, now),
            // Whatever the clocks say, nobody is kept from stopping: these two may come from the future.
            Kind::Revocation => {
                let signed: Signed<Revocation> = self.by_person(envelope, STOPPERS, Timestamp::LAST)?.0;
                let target = signed.body().target.clone();
                Ok(self.judged(&signed, self.clone(), Change::Revoked(target)))
            }
            Kind::Halt => {
                let signed: Signed<Halt> = self.by_person(envelope, STOPPERS, Timestamp::LAST)?.0;
                let mut next = self.clone();
                next.halts.push(signed.digest());
                Ok(self.judged(&signed, next, Change::Halted))
            }
            Kind::Resume => self.resume(envelope, now),
            Kind::Session => self.session(envelope, now),
            Kind::Approval => self.answer(envelope, now, past),
            Kind::Standing => self.standing(envelope, now, past),
            // A person's program hands in one that it refuses, for the ledger to know.
            Kind::Invitation => Err(not_permitted("it lets nobody in by itself")),
            Kind::Pause
            | Kind::Receipt
            | Kind::Finding
            | Kind::Alarm
            | Kind::Invocation
            | Kind::Fetch
            | Kind::Request => Err(ApiError::new(
                ErrorCode::NotPermitted,
                format!("a {} is not a statement that a person submits", kind.as_str()),
                "submit a roster, connection, policy, capability, approval, standing, revocation, halt, resume or \
                 session",
            )),
        }
    }

    /// The roles of a person on the roster; none for anybody else.
    pub(crate) fn roles_of(&self, name: &Name) -> &[Role] {
        let persons = self.roster.as_ref().map(|roster| roster.body().persons.as_slice()).unwrap_or_default();
        persons
            .iter()
            .find(|person| person.name == *name)
            .map(|person| person.roles.as_slice())
            .unwrap_or_default()
    }

    /// Takes up a pause of the broker's own.
    pub(crate) fn pause(&self, pause: &Signed<Pause>) -> Realm {
        let mut next = self.clone();
        next.pauses.push(PauseInForce {
            id: pause.digest(),
            target: pause.body().target.clone(),
            since: pause.common().issued,
        });
        next
    }

    /// Reads a statement of the broker's own from the ledger.
    pub(crate) fn own<T: Payload>(
        &self,
        envelope: Envelope,
        broker: &PublicKey,
    ) -> Result<Signed<T>, ApiError> {
        let statement: Unverified<T> = Unverified::read(envelope).map_err(|error| bad(error.to_string()))?;
        self.check_realm(statement.common().realm)?;
        statement.verify(broker).map_err(|error| bad(error.to_string()))
    }

    fn roster(&self, envelope: Envelope, now: Timestamp) -> Result<Judged, ApiError> {
        let Some(current) = &self.roster else { return self.genesis(envelope, now) };
        if let Ok(other) = Unverified::<Roster>::read(envelope.clone())
            && other.common().realm == RealmOf::Genesis
        {
            return Err(ApiError::new(
                ErrorCode::NotTheSuccessor,
                "this broker has its realm already; a genesis is never replaced",
                "use another `--data-dir` for another realm",
            ));
        }
        let (signed, issuer) = self.by_person::<Roster>(envelope, ROSTER_MAKERS, now)?;
        let recovery = self.recovery_ask(&signed, &issuer)?;
        let steward = self.roles_of(&issuer).contains(&Role::Steward);
        if !steward && recovery.is_none() {
            return Err(not_permitted(&format!("`{issuer}` has no role for a roster")));
        }
        follows("roster", Some(current.digest()), signed.body().previous)?;
        signed.body().succeeds(current.body()).map_err(|why| {
            ApiError::new(
                ErrorCode::NotTheSuccessor,
                format!("this roster cannot follow the one in force: {why}"),
                "make the change again on top of what is in force, and leave nothing out",
            )
        })?;
        check_stewards(signed.body())?;
        let ordinary = if steward { self.lacks(&signed)? } else { Some(Vec::new()) };
        // A person who lost every key: those who are named for it may agree in place of the stewards.
        let lacks = match (ordinary, recovery) {
            (Some(_), Some(ask)) => {
                let asks = vec![ask];
                (!self.agreed(&signed, &asks)?).then_some(asks)
            }
            (ordinary, _) => ordinary,
        };
        if let Some(asks) = lacks {
            return Ok(self.judged(&signed, self.clone(), Change::Proposed(asks)));
        }
        let before = Some(Arc::clone(current));
        let mut next = self.clone();
        next.roster = Some(Arc::new(signed.clone()));
        next.void_what_is_compromised(signed.body());
        Ok(self.judged(&signed, next, Change::Roster(before)))
    }

    /// What a key signed since it was in other hands is not in force, though its series goes on from it:
    /// without a policy nothing is allowed, and without its connection nothing is reached.
    fn void_what_is_compromised(&mut self, roster: &Roster) {
        let void = |head: &&Head| match roster.enrolled(head.issuer).and_then(|(_, key)| key.end) {
            // A head without a place is being admitted: that is later than any entry that can be named.
            Some(KeyEnd::CompromisedSince(entry)) => head.place.is_none_or(|place| place >= entry),
            _ => false,
        };
        let voided: Vec<Digest> = self.heads.values().filter(void).map(|head| head.digest).collect();
        self.policy.take_if(|policy| voided.contains(&policy.digest()));
        self.connections.retain(|_, connection| !voided.contains(&connection.digest()));
    }

    /// Takes note of where a statement stands in the ledger.
    pub(crate) fn placed(mut self, statement: &Digest, place: u64) -> Realm {
        for head in self.heads.values_mut().filter(|head| head.digest == *statement) {
            head.place = Some(place);
        }
        self
    }

    fn head(&self, series: &str) -> Option<Digest> {
        self.heads.get(series).map(|head| head.digest)
    }

    fn set_head<T>(&mut self, series: String, signed: &Signed<T>) {
        let head = Head { digest: signed.digest(), issuer: signed.common().issuer, place: None };
        self.heads.insert(series, head);
    }

    fn genesis(&self, envelope: Envelope, now: Timestamp) -> Result<Judged, ApiError> {
        let roster: Unverified<Roster> =
            Unverified::read(envelope).map_err(|error| bad(error.to_string()))?;
        check_issued(roster.common().issued, now)?;
        if roster.common().realm != RealmOf::Genesis || roster.body().previous.is_some() {
            return Err(ApiError::new(
                ErrorCode::NotSetUp,
                "the first statement of a realm is its genesis roster",
                "run `bailiwick init`",
            ));
        }
        let key = match roster.body().active_as(roster.common().issuer, Role::Steward) {
            Some((_, key)) => key.key.clone(),
            None => return Err(not_permitted("the genesis does not enrol its own issuer as a steward")),
        };
        let signed = roster.verify(&key).map_err(|error| bad(error.to_string()))?;
        check_stewards(signed.body())?;
        let next = Realm {
            digest: Some(signed.digest()),
            roster: Some(Arc::new(signed.clone())),
            ..Realm::default()
        };
        Ok(self.judged(&signed, next, Change::Roster(None)))
    }

    fn connection(&self, envelope: Envelope, now: Timestamp) -> Result<Judged, ApiError> {
        let (signed, _) = self.by_person::<Connection>(envelope, &[Role::Steward], now)?;
        let body = signed.body();
        let series = format!("connection/{}", body.series);
        follows("connection", self.head(&series), body.previous)?;
        let current = self.connections.get(&body.series);
        if current.is_some_and(|current| {
            current.body().api != body.api || current.body().github.app != body.github.app
        }) {
            return Err(not_permitted(
                "a connection keeps its address and its App, because resource ids mean nothing elsewhere",
            ));
        }
        if let Some(asks) = self.lacks(&signed)? {
            return Ok(self.judged(&signed, self.clone(), Change::Proposed(asks)));
        }
        let mut next = self.clone();
        next.connections.insert(body.series.clone(), Arc::new(signed.clone()));
        next.set_head(series, &signed);
        let name = body.series.clone();
        Ok(self.judged(&signed, next, Change::Connected(name)))
    }

    fn policy(&self, envelope: Envelope, now: Timestamp) -> Result<Judged, ApiError> {
        let (signed, _) = self.by_person::<PolicySet>(envelope, &[Role::Steward], now)?;
        follows("policy", self.head("policy"), signed.body().previous)?;
        if let Some(asks) = self.lacks(&signed)? {
            return Ok(self.judged(&signed, self.clone(), Change::Proposed(asks)));
        }
        let mut next = self.clone();
        next.policy = Some(Arc::new(signed.clone()));
        next.set_head("policy".into(), &signed);
        let set = signed.body().clone();
        Ok(self.judged(&signed, next, Change::Policy(set)))
    }

    fn capability(&self, envelope: Envelope, now: Timestamp) -> Result<Judged, ApiError> {
        let (signed, person) = self.by_person::<Capability>(envelope, &[Role::Steward], now)?;
        let body = signed.body();
        if body.parent.is_some() {
            return Err(not_permitted(
                "a child capability is not submitted; its holder presents it with its chain",
            ));
        }
        for grant in &body.grants {
            if !self.connections.contains_key(&grant.connection) {
                return Err(ApiError::new(
                    ErrorCode::NotSetUp,
                    format!("there is no connection named `{}`", grant.connection),
                    "connect it first: `bailiwick connect github`",
                ));
            }
        }
        let boxed = Box::new(signed.clone());
        Ok(self.judged(&signed, self.clone(), Change::Capability(boxed, person)))
    }

    fn resume(&self, envelope: Envelope, now: Timestamp) -> Result<Judged, ApiError> {
        let (signed, _) = self.by_person::<Resume>(envelope, STOPPERS, now)?;
        let lifts = signed.body().lifts;
        let mut next = self.clone();
        next.halts.retain(|halt| *halt != lifts);
        next.pauses.retain(|pause| pause.id != lifts);
        if next.halts.len() == self.halts.len() && next.pauses.len() == self.pauses.len() {
            return Err(ApiError::new(
                ErrorCode::NotTheSuccessor,
                format!("no halt or pause {lifts} is in force"),
                "`bailiwick doctor` lists those that are",
            ));
        }
        let opened = !self.halts.is_empty() && next.halts.is_empty();
        Ok(self.judged(&signed, next, if opened { Change::Opened } else { Change::None }))
    }

    fn session(&self, envelope: Envelope, now: Timestamp) -> Result<Judged, ApiError> {
        let (signed, _) = self.by_person::<Session>(envelope, ANYBODY, now)?;
        let (issued, expires) = (signed.common().issued, signed.body().expires);
        if expires <= now || expires.since(issued) > MAX_SESSION_SECONDS {
            return Err(ApiError::new(
                ErrorCode::BadStatement,
                "a session ends at most 12 hours after it was signed, and this one has ended or ends later",
                "sign in again",
            ));
        }
        let broker = signed.body().broker;
        Ok(self.judged(&signed, self.clone(), Change::SignedIn(broker)))
    }

    /// The statement, if an active person with one of `roles` signed it in this realm.
    fn by_person<T: Payload>(
        &self,
        envelope: Envelope,
        roles: &[Role],
        now: Timestamp,
    ) -> Result<(Signed<T>, Name), ApiError> {
        let statement: Unverified<T> = Unverified::read(envelope).map_err(|error| bad(error.to_string()))?;
        let roster = self.roster.as_ref().ok_or_else(not_set_up)?;
        self.check_realm(statement.common().realm)?;
        check_issued(statement.common().issued, now)?;
        let (person, key) = roster
            .body()
            .active(statement.common().issuer)
            .ok_or_else(|| not_permitted("it was not signed by an active key of anybody on the roster"))?;
        if !roles.is_empty() && !person.roles.iter().any(|role| roles.contains(role)) {
            return Err(not_permitted(&format!("`{}` has no role for a {}", person.name, T::KIND.as_str())));
        }
        let name = person.name.clone();
        let signed = statement.verify(&key.key).map_err(|error| bad(error.to_string()))?;
        Ok((signed, name))
    }

    fn check_realm(&self, realm: RealmOf) -> Result<(), ApiError> {
        match self.digest {
            Some(own) if realm == RealmOf::Of(own) => Ok(()),
            Some(_) => Err(bad("it belongs to another realm")),
            None => Err(not_set_up()),
        }
    }

    fn judged<T: Payload>(&self, signed: &Signed<T>, next: Realm, change: Change) -> Judged {
        Judged { kind: T::KIND, digest: signed.digest(), next, change }
    }
}

/// No role is asked for.
const ANYBODY: &[Role] = &[];

/// Stewards, and approvers who are named for recovery.
const ROSTER_MAKERS: &[Role] = &[Role::Steward, Role::Approver];

const STOPPERS: &[Role] = &[Role::Steward, Role::Security];

fn follows(series: &str, head: Option<Digest>, previous: Option<Digest>) -> Result<(), ApiError> {
    if head == previous {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::NotTheSuccessor,
        format!("this {series} does not follow the one in force: an older one never takes effect again"),
        "make the change again on top of what is in force",
    ))
}

/// A change needs so many stewards: a roster that has fewer could never be changed again.
fn check_stewards(roster: &Roster) -> Result<(), ApiError> {
    let able = |person: &&Person| {
        person.roles.contains(&Role::Steward) && person.keys.iter().any(|key| key.end.is_none())
    };
    let stewards = u64::try_from(roster.persons.iter().filter(able).count()).unwrap_or(u64::MAX);
    if stewards >= roster.change_quorum {
        return Ok(());
    }
    Err(not_permitted(&format!(
        "it asks {} stewards to agree to changes and has {stewards}: nobody could ever change it again",
        roster.change_quorum
    )))
}

fn check_issued(issued: Timestamp, now: Timestamp) -> Result<(), ApiError> {
    if issued > now.plus(MAX_SKEW_SECONDS) {
        return Err(ApiError::new(
            ErrorCode::BadStatement,
            format!("it says that it was issued {} s in the future", issued.since(now)),
            "compare the clocks of the machine that signed and of the broker",
        ));
    }
    Ok(())
}

fn bad(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::BadStatement, message, "make and sign the statement again")
}

fn not_permitted(message: &str) -> ApiError {
    ApiError::new(ErrorCode::NotPermitted, message, "ask a person who is entitled to it")
}

pub(crate) fn not_set_up() -> ApiError {
    ApiError::new(ErrorCode::NotSetUp, "this broker has no realm yet", "run `bailiwick init`")
}
