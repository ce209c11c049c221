//! How a matter ends, and who is told.

use super::matter::Heard;
use crate::broker::Broker;
use crate::owed::Owed;
use bailiwick_authority::{Digest, Kind, Timestamp};
use bailiwick_ledger::StoreError;
use bailiwick_protocol::{ApiError, Event};
use rusqlite::{Connection, params};
use std::sync::Arc;

/// How a matter ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Everybody who had to has agreed.
    Approved,
    /// A person denied it.
    Denied,
    /// Nobody answered in time.
    Expired,
    /// What it rested on changed.
    Void,
    /// What asked was stopped.
    Halted,
}

impl How {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            How::Approved => "approved",
            How::Denied => "denied",
            How::Expired => "expired",
            How::Void => "void",
            How::Halted => "halted",
        }
    }

    /// As the store has it; `None` while it waits.
    pub(crate) fn of(state: &str) -> Option<How> {
        [How::Approved, How::Denied, How::Expired, How::Void, How::Halted]
            .into_iter()
            .find(|how| how.as_str() == state)
    }
}

/// What the operation that waited is told.
#[derive(Clone, Debug)]
pub(crate) struct Settled {
    pub(crate) how: How,
    /// What persons answered.
    pub(crate) heard: Vec<Heard>,
    /// For what is void: why.
    pub(crate) why: Option<ApiError>,
}

/// Settles a matter on disk, once: what ended stays as it ended.
pub(crate) fn write(
    connection: &Connection,
    target: &Digest,
    how: How,
    now_ms: u64,
) -> Result<bool, StoreError> {
    let settled = connection
        .prepare_cached(
            "UPDATE pending SET state = ?2, settled_ms = ?3 WHERE target = ?1 AND state = 'waiting'",
        )?
        .execute(params![target.as_bytes(), how.as_str(), crate::journal::as_i64(now_ms)])?;
    Ok(settled > 0)
}

impl Broker {
    /// Ends a matter that nobody answered: on disk, then in memory. False when it had ended before.
    pub(crate) async fn settle(
        &self,
        target: Digest,
        how: How,
        why: Option<ApiError>,
    ) -> Result<bool, StoreError> {
        let mut owed = self.admissions.lock().await;
        self.settle_locked(&mut owed, target, how, why).await
    }

    /// As [`Broker::settle`], for whoever holds the lock of admissions.
    pub(crate) async fn settle_locked(
        &self,
        owed: &mut Vec<Owed>,
        target: Digest,
        how: How,
        why: Option<ApiError>,
    ) -> Result<bool, StoreError> {
        if !self.realm().matters.contains_key(&target) {
            return Ok(false);
        }
        let (now, now_ms) = (self.clock.now(), self.now_ms());
        let alarm = self.lapsed(&target, how);
        let told = self
            .write_in_order(owed, move |transaction| {
                let ended = write(transaction.connection(), &target, how, now_ms)?;
                let Some((digest, bytes)) = alarm.filter(|_| ended) else { return Ok(None) };
                let place = transaction.append(Kind::Alarm.as_str(), digest, &bytes, now)?;
                Ok(Some((place, digest)))
            })
            .await?;
        if let Some((place, digest)) = told {
            self.announce_statement(place, Kind::Alarm, digest);
        }
        self.forget(target, how, why);
        Ok(true)
    }

    /// Takes a matter that is settled on disk out of memory, and tells whoever waits for it. The lock of
    /// admissions is held.
    pub(crate) fn forget(&self, target: Digest, how: How, why: Option<ApiError>) {
        let mut next = (*self.realm()).clone();
        let heard = next.forget(&target);
        *self.realm.write() = Arc::new(next);
        self.tell(target, Settled { how, heard, why });
    }

    /// Tells the operation that waited, and every console.
    pub(crate) fn tell(&self, target: Digest, settled: Settled) {
        let how = settled.how.as_str().to_owned();
        if let Some(waiter) = self.waiters.lock().remove(&target) {
            waiter.send(settled).ok();
        }
        self.announce(Event::Settled { target: target.to_string(), how });
        self.matters_changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// The time in milliseconds, for measuring how long persons take.
    pub(crate) fn now_ms(&self) -> u64 {
        let system = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let millis = system.map_or(0, |since| u64::from(since.subsec_millis()));
        self.clock.now().seconds().saturating_mul(1_000).saturating_add(millis)
    }

    /// The time until which a matter can be answered, as it is shown.
    pub(crate) fn shown_now(&self) -> Timestamp {
        self.clock.now().max(self.clock.high_water())
    }
}
