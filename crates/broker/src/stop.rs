//! Taking authority back: what stands under a target, and what became of it.

use crate::broker::{Broker, store_error};
use crate::journal::CredentialRow;
use bailiwick_authority::{
    Digest, Kind, Link, Name, Pause, Revocation, Setting, Target, Timestamp, Unverified, trace,
};
use bailiwick_protocol::{
    ApiError, ErrorCode, OperationView, PauseRequest, PauseView, Revoke, Stopped, StoppedCredential,
    StoppedOperation,
};
use rusqlite::params;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long the answer to a revocation waits for what was under way to end. The gate is closed before.
const SETTLE: Duration = Duration::from_secs(5);

/// What stood under a target when it was closed.
pub(crate) struct Under {
    capabilities: Vec<String>,
    operations: Vec<(Digest, watch::Receiver<OperationView>)>,
    /// Credentials whose value was lost while they still live.
    lost: Vec<CredentialRow>,
}

impl Broker {
    /// What a revocation of `target` would stop.
    pub(crate) fn preview(&self, target: &Target) -> Result<Stopped, ApiError> {
        let under = self.under(target)?;
        let operations =
            under.operations.iter().map(|(id, view)| stopped_operation(*id, &view.borrow(), None)).collect();
        let credentials = under
            .operations
            .iter()
            .flat_map(|(id, view)| {
                let alive: Vec<_> =
                    view.borrow().credentials.iter().filter(|one| one.end == "alive").cloned().collect();
                alive.into_iter().map(|credential| StoppedCredential {
                    operation: id.to_string(),
                    purpose: credential.purpose,
                    became: "alive".into(),
                    dies_at: credential.expires,
                })
            })
            .chain(under.lost.iter().map(lost_credential))
            .collect();
        Ok(Stopped {
            durable: false,
            acknowledged_us: 0,
            capabilities: under.capabilities,
            operations,
            credentials,
        })
    }

    /// Everything under `target` that could still do something.
    pub(crate) fn under(&self, target: &Target) -> Result<Under, ApiError> {
        let capabilities = self.capabilities_under(target)?;
        let live = self.live.lock();
        let operations = live
            .iter()
            .filter(|(_, live)| match &live.pass {
                Some(pass) => pass.is_under(target),
                None => stands_under(&live.view.borrow(), target),
            })
            .map(|(id, live)| (*id, live.view.subscribe()))
            .collect();
        drop(live);
        let mut lost = self.journal.undead_credentials(self.clock.now()).map_err(store_error)?;
        lost.retain(|credential| {
            let view = self.journal.operation(&credential.operation).ok().flatten();
            view.is_some_and(|view| stands_under(&view, target))
        });
        Ok(Under { capabilities, operations, lost })
    }

    /// Waits, for a bounded time, until what was under way has ended, and says how it ended.
    pub(crate) async fn what_stopped(
        &self,
        under: Under,
        durable: bool,
        arrived: Instant,
        acknowledged: Duration,
    ) -> Stopped {
        let deadline = tokio::time::Instant::now() + SETTLE;
        let mut operations = Vec::new();
        let mut credentials: Vec<StoppedCredential> = under.lost.iter().map(lost_credential).collect();
        for (id, mut view) in under.operations {
            let ended = tokio::time::timeout_at(deadline, view.wait_for(|view| view.outcome.is_some())).await;
            let after = ended.is_ok_and(|ended| ended.is_ok()).then(|| arrived.elapsed());
            let view = view.borrow();
            credentials.extend(view.credentials.iter().filter(|one| one.kind == "installation-token").map(
                |credential| {
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
                },
            ));
            operations.push(stopped_operation(id, &view, after));
        }
        Stopped {
            durable,
            acknowledged_us: u64::try_from(acknowledged.as_micros()).unwrap_or(u64::MAX),
            capabilities: under.capabilities,
            operations,
            credentials,
        }
    }

    /// Holds an agent or everything. Needs no signature: stopping is easy.
    pub(crate) async fn pause(&self, request: PauseRequest, uid: u32) -> Result<PauseView, ApiError> {
        let bad = |message: String| {
            ApiError::new(ErrorCode::BadRequest, message, "pause an agent by its key id, or everything")
        };
        let target = Target::from_parts(&request.target.kind, &request.target.id)
            .map_err(|error| bad(error.to_string()))?;
        if !matches!(target, Target::Agent(_) | Target::Everything) {
            return Err(bad(format!("a {} cannot be paused", target.kind())));
        }
        let _one_at_a_time = self.admissions.lock().await;
        let pause = self.seal(Pause { target, uid: u64::from(uid) })?;
        let (digest, bytes, now) = (pause.digest(), pause.envelope().to_bytes(), self.clock.now());
        // In force before it is on disk: a full disk must not keep anybody from stopping.
        *self.realm.write() = Arc::new(self.realm().pause(&pause));
        let written = self
            .journal
            .write(move |transaction| transaction.append(Kind::Pause.as_str(), digest, &bytes, now))
            .await;
        match written {
            Ok(sequence) => self.announce_statement(sequence, Kind::Pause, digest),
            Err(error) => tracing::error!(%error, "a pause could not be written; it holds in memory"),
        }
        Ok(PauseView { id: digest.to_string(), target: request.target, since: now.seconds() })
    }

    /// An agent ends what descends from it: proven by the chain of what ends.
    pub(crate) async fn revoke_by_agent(&self, request: Revoke) -> Result<Stopped, ApiError> {
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
        let before = self.under(&target)?;
        let new: Vec<_> = links
            .iter()
            .zip(&chain)
            .map(|(link, envelope)| {
                crate::admission::new_capability(link.capability(), &person, envelope.clone())
            })
            .collect();
        let (digest, now) = (signed.digest(), self.clock.now());
        let sequence = self
            .journal
            .write(move |transaction| {
                for capability in &new {
                    crate::journal::keep_capability(transaction, capability, now)?;
                }
                let fresh = transaction
                    .connection()
                    .prepare_cached("INSERT OR IGNORE INTO revoked (kind, id) VALUES ('capability', ?1)")?
                    .execute(params![target_id(&new)])?;
                if fresh == 0 {
                    Ok(None)
                } else {
                    transaction.append("revocation", digest, &bytes, now).map(Some)
                }
            })
            .await
            .map_err(store_error)?;
        self.gate.close(&target);
        if let Some(sequence) = sequence {
            self.announce_statement(sequence, Kind::Revocation, digest);
        }
        let acknowledged = arrived.elapsed();
        Ok(self.what_stopped(before, true, arrived, acknowledged).await)
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
            // Which capabilities name a connection stands in their statements, not in the table.
            Target::Connection(_) => return Ok(Vec::new()),
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
}

fn target_id(chain: &[crate::journal::NewCapability]) -> String {
    chain.last().map(|capability| capability.digest.to_string()).unwrap_or_default()
}

fn stands_under(view: &OperationView, target: &Target) -> bool {
    match target {
        Target::Capability(digest) => view.chain.contains(&digest.to_string()),
        Target::Agent(key) => view.agent == key.to_string(),
        Target::Person(name) => view.person.as_deref() == Some(name.as_str()),
        Target::Connection(name) => view.connection == name.as_str(),
        Target::Everything => true,
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
