//! The gate: after a revocation is acknowledged, no request head is written under it.
//!
//! Every outward byte of an operation is written through its [`Pass`], which checks the tombstones under
//! a shared lock held for that one non-blocking write. Closing takes the lock exclusively, shard by
//! shard, so it waits for writes that are happening and for nothing else. One tombstone ends a whole
//! subtree: a pass carries every link of its chain, so nothing below is visited.
//!
//! INVARIANT: the tombstones here are the ones that chain verification asks.

use bailiwick_authority::{Revocations, Target};
use parking_lot::{Mutex, RwLock};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio_util::sync::CancellationToken;

const SHARDS: usize = 8;

/// The gate of one broker.
#[derive(Debug)]
pub struct Gate {
    /// Each shard holds all tombstones; a pass reads one shard only.
    shards: [RwLock<HashSet<Target>>; SHARDS],
    live: Mutex<HashMap<Target, HashMap<u64, CancellationToken>>>,
    next: AtomicU64,
}

/// Something under this pass was revoked, or the operation was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped: the authority for this operation was taken back")]
pub struct Closed;

/// One operation's way through the gate, for as long as it lives.
#[derive(Debug)]
pub struct Pass {
    gate: Arc<Gate>,
    number: u64,
    targets: Vec<Target>,
    stop: CancellationToken,
}

impl Gate {
    /// A gate in which these targets are already closed.
    pub fn new(tombstones: impl IntoIterator<Item = Target>) -> Arc<Gate> {
        let set: HashSet<Target> = tombstones.into_iter().collect();
        Arc::new(Gate {
            shards: std::array::from_fn(|_| RwLock::new(set.clone())),
            live: Mutex::default(),
            next: AtomicU64::new(0),
        })
    }

    /// A pass for an operation that stands under `targets`: its capabilities, their holders, the
    /// person, the connection. `Everything` is added.
    pub fn admit(self: &Arc<Gate>, targets: impl IntoIterator<Item = Target>) -> Result<Arc<Pass>, Closed> {
        let mut targets: Vec<Target> = targets.into_iter().collect();
        targets.push(Target::Everything);
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let stop = CancellationToken::new();
        {
            let mut live = self.live.lock();
            for target in &targets {
                live.entry(target.clone()).or_default().insert(number, stop.clone());
            }
        }
        // Registered before it is checked: a closing in between cancels it, one before is seen here.
        let pass = Pass { gate: Arc::clone(self), number, targets, stop };
        pass.write(|| ())?;
        Ok(Arc::new(pass))
    }

    /// Closes `target` and everything under it. When this returns, no further byte is written there.
    pub fn close(&self, target: &Target) {
        for shard in &self.shards {
            shard.write().insert(target.clone());
        }
        let stops: Vec<CancellationToken> =
            self.live.lock().get(target).map(|under| under.values().cloned().collect()).unwrap_or_default();
        for stop in stops {
            stop.cancel();
        }
    }

    /// Opens `target` again, after a resume. What was cancelled stays cancelled.
    pub fn open(&self, target: &Target) {
        for shard in &self.shards {
            shard.write().remove(target);
        }
    }

    fn shard(&self, number: u64) -> &RwLock<HashSet<Target>> {
        let [first, ..] = &self.shards;
        usize::try_from(number).ok().and_then(|number| self.shards.get(number % SHARDS)).unwrap_or(first)
    }
}

impl Revocations for Gate {
    fn is_revoked(&self, target: &Target) -> bool {
        self.shard(0).read().contains(target)
    }
}

impl Pass {
    /// Runs `write`, which must not block, unless the gate is closed for this operation.
    pub fn write<R>(&self, write: impl FnOnce() -> R) -> Result<R, Closed> {
        let tombstones = self.gate.shard(self.number).read();
        if self.stop.is_cancelled() || self.targets.iter().any(|target| tombstones.contains(target)) {
            return Err(Closed);
        }
        Ok(write())
    }

    /// Whether `target` is one of those that this pass stands under.
    pub fn is_under(&self, target: &Target) -> bool {
        self.targets.contains(target)
    }

    /// Waits until this operation is stopped.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Whether this operation is stopped.
    pub fn is_stopped(&self) -> bool {
        self.write(|| ()).is_err()
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut live = self.gate.live.lock();
        for target in &self.targets {
            if let Some(under) = live.get_mut(target) {
                under.remove(&self.number);
                if under.is_empty() {
                    live.remove(target);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_authority::Digest;

    fn capability(text: &str) -> Target {
        Target::Capability(Digest::of(text.as_bytes()))
    }

    #[test]
    fn closing_a_parent_stops_what_is_below_and_nothing_else() {
        let gate = Gate::new([]);
        let below = gate.admit([capability("root"), capability("child")]).unwrap();
        let beside = gate.admit([capability("other")]).unwrap();
        gate.close(&capability("root"));
        assert_eq!(below.write(|| ()), Err(Closed));
        assert!(below.is_stopped() && !beside.is_stopped());
        assert!(gate.admit([capability("root")]).is_err());
        assert!(gate.is_revoked(&capability("root")));
    }

    #[test]
    fn everything_closes_and_opens_but_what_was_stopped_stays_so() {
        let gate = Gate::new([Target::Everything]);
        assert!(gate.admit([capability("a")]).is_err());
        gate.open(&Target::Everything);
        let pass = gate.admit([capability("a")]).unwrap();
        gate.close(&Target::Everything);
        gate.open(&Target::Everything);
        assert!(pass.is_stopped());
    }

    #[test]
    fn a_pass_that_ends_leaves_nothing_behind() {
        let gate = Gate::new([]);
        drop(gate.admit([capability("a")]).unwrap());
        assert!(gate.live.lock().is_empty());
    }

    #[test]
    fn nothing_is_written_after_closing_returned() {
        for _ in 0..200 {
            let gate = Gate::new([]);
            let pass = gate.admit([capability("a")]).unwrap();
            let log = Mutex::new(Vec::new());
            std::thread::scope(|scope| {
                scope.spawn(|| while pass.write(|| log.lock().push("write")).is_ok() {});
                scope.spawn(|| {
                    gate.close(&capability("a"));
                    log.lock().push("acknowledged");
                });
            });
            assert_eq!(log.lock().last(), Some(&"acknowledged"));
        }
    }
}
