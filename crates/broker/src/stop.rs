//! Taking authority back: what stands under a target, and what became of it.

use crate::broker::{Broker, store_error};
use crate::journal::CredentialRow;
use crate::owed::Owed;
use crate::standing_roots::Ledger;
use bailiwick_authority::{
    Digest, KeyId, Kind, Link, Name, Pause, Revocation, Revocations as _, Setting, Target, Timestamp,
    Unverified, trace,
};
use bailiwick_protocol::{
    ApiError, CredentialView, ErrorCode, OperationView, PauseRequest, PauseView, Revoke, Stopped,
    StoppedCredential, StoppedOperation,
};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long the answer to a revocation waits for what was under way to end. The gate is closed before.
const SETTLE: Duration = Duration::from_secs(5);

/// How many revocations an agent may make, and within how long.
const PACE: (usize, Duration) = (30, Duration::from_secs(60));

/// An operation that was under way, and how to see what becomes of it.
pub(crate) type UnderWay = Vec<(Digest, watch::Receiver<OperationView>)>;

/// Something that was stopped: the gate is closed, what was under way is ending.
pub(crate) struct Stop {
    pub(crate) digest: Digest,
    pub(crate) sequence: u64,
    pub(crate) target: Target,
    pub(crate) under_way: UnderWay,
    pub(crate) durable: bool,
    pub(crate) arrived: Instant,
    pub(crate) acknowledged: Duration,
}

impl Broker {
    /// What a revocation of `target` would stop.
    pub(crate) fn preview(&self, target: &Target) -> Result<Stopped, ApiError> {
        let under_way = self.under_way(target);
        let alive = |id: &Digest, view: &watch::Receiver<OperationView>| -> Vec<StoppedCredential> {
            let view = view.borrow();
            let alive = view.credentials.iter().filter(|one| one.end == "alive");
            let stopped = alive.map(|credential| StoppedCredential {
                operation: id.to_string(),
                purpose: credential.purpose.clone(),
                became: "alive".into(),
                dies_at: credential.expires,
            });
            stopped.collect()
        };
        let lost = self.lost_under(target)?;
        Ok(Stopped {
            durable: false,
            acknowledged_us: 0,
            capabilities: self.capabilities_under(target)?,
            operations: under_way
                .iter()
                .map(|(id, view)| stopped_operation(*id, &view.borrow(), None))
                .collect(),
            credentials: under_way
                .iter()
                .flat_map(|(id, view)| alive(id, view))
                .chain(lost.iter().map(lost_credential))
                .collect(),
        })
    }

    /// The operations under way under `target`. In memory: nothing that stops waits for a disk.
    pub(crate) fn under_way(&self, target: &Target) -> UnderWay {
        let live = self.live.lock();
        let under = live.iter().filter(|(_, live)| match &live.pass {
            Some(pass) => pass.is_under(target),
            None => stands_under(&live.view.borrow(), target),
        });
        under.map(|(id, live)| (*id, live.view.subscribe())).collect()
    }

    /// Closes the gate for `target`. Hands back what was under way there before or at that moment, and how
    /// long after `arrived` no request head is written any more.
    pub(crate) fn close(&self, target: &Target, arrived: Instant) -> (UnderWay, Duration) {
        let mut under_way = self.under_way(target);
        self.gate.close(target);
        let acknowledged = arrived.elapsed();
        for (id, view) in self.under_way(target) {
            if !under_way.iter().any(|(known, _)| *known == id) {
                under_way.push((id, view));
            }
        }
        (under_way, acknowledged)
    }

    /// Credentials under `target` that nobody could destroy and that live on.
    fn lost_under(&self, target: &Target) -> Result<Vec<CredentialRow>, ApiError> {
        let mut lost = self.journal.undead_credentials(self.clock.now()).map_err(store_error)?;
        if lost.is_empty() {
            return Ok(lost);
        }
        // An agent's end is that of everything below what it holds, whoever asked.
        let below = match target {
            Target::Agent(_) => self.capabilities_under(target)?,
            _ => Vec::new(),
        };
        lost.retain(|credential| {
            let view = self.journal.operation(&credential.operation).ok().flatten();
            let held = |view: &OperationView| view.chain.iter().any(|link| below.contains(link));
            view.is_some_and(|view| stands_under(&view, target) || held(&view))
        });
        Ok(lost)
    }

    /// Waits, for a bounded time, until what was under way has ended, and says how it ended.
    pub(crate) async fn what_stopped(&self, stop: Stop) -> Stopped {
        let deadline = tokio::time::Instant::now() + SETTLE;
        // The target is closed already; what cannot be read of it now is missing from the list only.
        let unread = |error: ApiError| tracing::error!(%error, "what stood under a target could not be read");
        let capabilities = self.capabilities_under(&stop.target).map_err(unread).unwrap_or_default();
        let lost = self.lost_under(&stop.target).map_err(unread).unwrap_or_default();
        let mut credentials: Vec<StoppedCredential> = lost.iter().map(lost_credential).collect();
        let mut operations = Vec::new();
        for (id, mut view) in stop.under_way {
            let ended = tokio::time::timeout_at(deadline, view.wait_for(|view| view.outcome.is_some())).await;
            let after = ended.is_ok_and(|ended| ended.is_ok()).then(|| stop.arrived.elapsed());
            let view = view.borrow();
            let tokens = view.credentials.iter().filter(|one| one.kind == "installation-token");
            credentials.extend(tokens.map(|credential| stopped_credential(id, credential)));
            operations.push(stopped_operation(id, &view, after));
        }
        Stopped {
            durable: stop.durable,
            acknowledged_us: u64::try_from(stop.acknowledged.as_micros()).unwrap_or(u64::MAX),
            capabilities,
            operations,
            credentials,
        }
    }

    /// Holds an agent or everything. Needs no signature: stopping is easy.
    pub(crate) async fn pause(
        self: &Arc<Self>,
        request: PauseRequest,
        uid: u32,
    ) -> Result<PauseView, ApiError> {
        let broker = Arc::clone(self);
        self.to_the_end(async move { broker.hold(request, uid).await }).await
    }

    async fn hold(self: &Arc<Self>, request: PauseRequest, uid: u32) -> Result<PauseView, ApiError> {
        let bad = |message: String| {
            ApiError::new(ErrorCode::BadRequest, message, "pause an agent by its key id, or everything")
        };
        let target = Target::from_parts(&request.target.kind, &request.target.id)
            .map_err(|error| bad(error.to_string()))?;
        if !matches!(target, Target::Agent(_) | Target::Everything) {
            return Err(bad(format!("a {} cannot be paused", target.kind())));
        }
        let mut owed = self.admissions.lock().await;
        let pause = self.seal(Pause { target, uid: u64::from(uid) })?;
        let (digest, envelope, now) = (pause.digest(), pause.envelope().to_bytes(), self.clock.now());
        // In force before it is on disk: a full disk must not keep anybody from stopping.
        *self.realm.write() = Arc::new(self.realm().pause(&pause));
        let kind = Kind::Pause;
        let stop = Owed { kind, digest, envelope, revoked: None, capabilities: Vec::new(), now };
        if let Ok(Some(sequence)) = self.write_stop(&mut owed, stop).await {
            self.announce_statement(sequence, kind, digest);
        }
        Ok(PauseView { id: digest.to_string(), target: request.target, since: now.seconds() })
    }

    /// An agent ends what descends from it: proven by the chain of what ends.
    pub(crate) async fn revoke_by_agent(self: &Arc<Self>, request: Revoke) -> Result<Stopped, ApiError> {
        let broker = Arc::clone(self);
        self.to_the_end(async move { broker.end_what_descends(request).await }).await
    }

    async fn end_what_descends(self: &Arc<Self>, request: Revoke) -> Result<Stopped, ApiError> {
        let arrived = Instant::now();
        let bytes = request.envelope.into_bytes();
        let revocation: Unverified<Revocation> = Unverified::parse(&bytes).map_err(|error| {
            ApiError::new(ErrorCode::BadStatement, error.to_string(), "sign a revocation of a capability")
        })?;
        let chain: Vec<Vec<u8>> = request.chain.into_iter().map(String::into_bytes).collect();
        let (links, person) = self.trace(&chain)?;
        let refuse = || {
            ApiError::new(
                ErrorCode::NotPermitted,
                "an agent may end only what was made from a capability that it holds",
                "present the chain of the capability that ends, that capability last",
            )
        };
        let (last, above) = links.split_last().ok_or_else(refuse)?;
        let target = Target::Capability(last.capability().digest());
        if revocation.body().target != target {
            return Err(refuse());
        }
        let holder = above
            .iter()
            .map(|link| &link.capability().body().holder)
            .find(|holder| holder.id() == revocation.common().issuer)
            .ok_or_else(refuse)?;
        let signed = revocation.verify(holder).map_err(|error| {
            ApiError::new(
                ErrorCode::BadStatement,
                error.to_string(),
                "sign it with the key that holds the parent",
            )
        })?;
        let realm = self.realm().digest.ok_or_else(crate::realm::not_set_up)?;
        if signed.common().realm != bailiwick_authority::Realm::Of(realm) {
            return Err(refuse());
        }
        self.check_pace(signed.common().issuer)?;
        let capabilities: Vec<_> = links
            .iter()
            .zip(&chain)
            .map(|(link, envelope)| {
                crate::admission::new_capability(link.capability(), &person, envelope.clone())
            })
            .collect();
        let (kind, digest, now) = (Kind::Revocation, signed.digest(), self.clock.now());
        let mut owed = self.admissions.lock().await;
        // What has ended already needs no second entry.
        let ended = self.gate.is_revoked(&target);
        let (under_way, acknowledged) = self.close(&target, arrived);
        let written = if ended {
            Ok(None)
        } else {
            let revoked = Some(target.clone());
            let stop = Owed { kind, digest, envelope: bytes, revoked, capabilities, now };
            self.write_stop(&mut owed, stop).await
        };
        if let Ok(Some(place)) = written {
            self.announce_statement(place, kind, digest);
        }
        let durable = !owed.iter().any(|one| one.revoked.as_ref() == Some(&target));
        let sequence = written.ok().flatten().unwrap_or(0);
        drop(owed);
        let stop = Stop { digest, sequence, target, under_way, durable, arrived, acknowledged };
        Ok(self.what_stopped(stop).await)
    }

    /// An agent's revocations are rate-limited: each is an entry of the ledger for ever.
    fn check_pace(&self, issuer: KeyId) -> Result<(), ApiError> {
        let now = Instant::now();
        let mut paces = self.agent_stops.lock();
        paces.retain(|_, times: &mut Vec<Instant>| {
            times.retain(|time| now.duration_since(*time) < PACE.1);
            !times.is_empty()
        });
        let times = paces.entry(issuer).or_default();
        if times.len() >= PACE.0 {
            return Err(ApiError::new(
                ErrorCode::UsesSpent,
                format!("an agent revokes at most {} times within {} s", PACE.0, PACE.1.as_secs()),
                "wait, or have a person revoke the capability above",
            ));
        }
        times.push(now);
        Ok(())
    }

    /// The links of a chain that an agent presents, and the person at its root.
    fn trace(&self, chain: &[Vec<u8>]) -> Result<(Vec<Arc<Link>>, Name), ApiError> {
        let realm = self.realm();
        let (Some(digest), Some(roster)) = (realm.digest, realm.roster.as_ref()) else {
            return Err(crate::realm::not_set_up());
        };
        let setting = Setting {
            realm: digest,
            roster: roster.body(),
            broker: self.key_id(),
            now: self.clock.now(),
            admissions: &Ledger(self.journal.store()),
            revocations: self.gate.as_ref(),
            known: &self.links,
        };
        trace(chain, &setting).map_err(|refused| {
            ApiError::new(
                ErrorCode::NotAuthorised,
                refused.to_string(),
                "present the whole chain, root first",
            )
        })
    }

    fn capabilities_under(&self, target: &Target) -> Result<Vec<String>, ApiError> {
        let (condition, key): (&str, Vec<u8>) = match target {
            Target::Capability(digest) => ("digest = ?1", digest.as_bytes().to_vec()),
            Target::Agent(key) => ("holder = ?1", key.digest().as_bytes().to_vec()),
            Target::Person(name) => ("person = CAST(?1 AS TEXT)", name.as_str().as_bytes().to_vec()),
            Target::Everything => ("parent IS NULL AND ?1 IS NOT NULL", Vec::new()),
            Target::Connection(name) => return self.capabilities_over(name),
            // A rule has no capabilities below it.
            Target::Standing(_) => return Ok(Vec::new()),
        };
        let digests: Vec<[u8; 32]> = self
            .journal
            .store()
            .read(|connection| {
                let mut query = connection.prepare(&format!(
                    "WITH RECURSIVE below (digest) AS (
                        SELECT digest FROM capability WHERE {condition}
                        UNION SELECT capability.digest FROM capability JOIN below ON capability.parent = below.digest
                     ) SELECT digest FROM below"
                ))?;
                let rows = query.query_map([key], |row| row.get(0))?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .map_err(store_error)?;
        Ok(digests.into_iter().map(|digest| Digest::from_bytes(digest).to_string()).collect())
    }

    /// The capabilities that name a connection: that stands in their statements, not in the table.
    fn capabilities_over(&self, connection: &Name) -> Result<Vec<String>, ApiError> {
        let mut all = self.capabilities()?;
        all.retain(|one| one.grants.iter().any(|grant| grant.connection == connection.as_str()));
        Ok(all.into_iter().map(|one| one.id).collect())
    }
}

fn stands_under(view: &OperationView, target: &Target) -> bool {
    match target {
        Target::Capability(digest) => view.chain.contains(&digest.to_string()),
        Target::Agent(key) => view.agent == key.to_string(),
        Target::Person(name) => view.person.as_deref() == Some(name.as_str()),
        Target::Connection(name) => view.connection == name.as_str(),
        // What is done by a rule has passed the gate, and is found by its pass.
        Target::Standing(_) => false,
        Target::Everything => true,
    }
}

fn stopped_credential(id: Digest, credential: &CredentialView) -> StoppedCredential {
    let became = match credential.end.as_str() {
        "revoked-proven" | "revoked" | "expired" | "not-minted" => "dead",
        "not-revocable" => "cannot-be-revoked",
        _ => "dies-at",
    };
    StoppedCredential {
        operation: id.to_string(),
        purpose: credential.purpose.clone(),
        became: became.into(),
        dies_at: (became != "dead").then_some(credential.expires).flatten(),
    }
}

fn stopped_operation(id: Digest, view: &OperationView, after: Option<Duration>) -> StoppedOperation {
    StoppedOperation {
        id: id.to_string(),
        sentence: view.sentence.clone(),
        stage: view.stage,
        outcome: view.outcome.clone(),
        after_ms: after.map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
    }
}

/// When a credential ends by itself: as the destination said, or an hour after it was asked for.
pub(crate) fn dies_at(credential: &CredentialRow) -> Timestamp {
    credential.expires.unwrap_or_else(|| credential.requested.plus(3_600))
}

fn lost_credential(credential: &CredentialRow) -> StoppedCredential {
    StoppedCredential {
        operation: credential.operation.to_string(),
        purpose: credential.purpose.clone(),
        became: "dies-at".into(),
        dies_at: Some(dies_at(credential).seconds()),
    }
}
