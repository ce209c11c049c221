//! Stops that hold in memory and that the ledger is owed, because the disk refused them.
//!
//! They are written before anything else that persons decide: a resume must not stand in the ledger
//! before the pause that it lifts. A crash before they are written forgets them, which is why the answer
//! to a revocation says whether it is durable.

use crate::admission::is_known;
use crate::broker::Broker;
use crate::journal::{self, NewCapability};
use bailiwick_authority::{Digest, Kind, Target, Timestamp};
use bailiwick_ledger::{StoreError, Transaction};
use rusqlite::params;
use std::sync::Arc;
use std::time::Duration;

/// How long to wait before the disk is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// A stop: a revocation, a halt or a pause, as the ledger is to have it.
#[derive(Clone, Debug)]
pub(crate) struct Owed {
    pub(crate) kind: Kind,
    pub(crate) digest: Digest,
    pub(crate) envelope: Vec<u8>,
    /// For a revocation: what it ends.
    pub(crate) revoked: Option<Target>,
    /// Capabilities that the ledger must have before it.
    pub(crate) capabilities: Vec<NewCapability>,
    pub(crate) now: Timestamp,
}

impl Owed {
    /// Writes it and answers its place; `None` when it is there already.
    fn write(&self, transaction: &mut Transaction<'_>) -> Result<Option<u64>, StoreError> {
        if is_known(transaction.connection(), &self.digest)? {
            return Ok(None);
        }
        for capability in &self.capabilities {
            journal::keep_capability(transaction, capability, self.now)?;
        }
        if let Some(target) = &self.revoked {
            transaction
                .connection()
                .prepare_cached("INSERT OR IGNORE INTO revoked (kind, id) VALUES (?1, ?2)")?
                .execute(params![target.kind(), target.id()])?;
        }
        transaction.append(self.kind.as_str(), self.digest, &self.envelope, self.now).map(Some)
    }
}

impl Broker {
    /// Runs `work` durably, after what the ledger is owed and in one transaction with it.
    pub(crate) async fn write_in_order<T: Send + 'static>(
        &self,
        owed: &mut Vec<Owed>,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let before = owed.clone();
        let (places, done) = self
            .journal
            .write(move |transaction| {
                let places =
                    before.iter().map(|one| one.write(transaction)).collect::<Result<Vec<_>, _>>()?;
                Ok((places, work(transaction)?))
            })
            .await?;
        for (one, place) in owed.drain(..).zip(places) {
            if let Some(place) = place {
                self.announce_statement(place, one.kind, one.digest);
            }
        }
        Ok(done)
    }

    /// Writes a stop that is in force already; `None` when the ledger had it. If the disk refuses, it is
    /// owed from now on, and tried again until the broker ends.
    pub(crate) async fn write_stop(
        self: &Arc<Self>,
        owed: &mut Vec<Owed>,
        stop: Owed,
    ) -> Result<Option<u64>, StoreError> {
        let written = stop.clone();
        let result = self.write_in_order(owed, move |transaction| written.write(transaction)).await;
        if let Err(error) = &result {
            tracing::error!(%error, kind = stop.kind.as_str(), statement = %stop.digest, "a stop could not be written; it holds in memory");
            if owed.is_empty() {
                let broker = Arc::clone(self);
                self.tasks.spawn(async move { broker.pay_what_is_owed().await });
            }
            owed.push(stop);
        }
        result
    }

    async fn pay_what_is_owed(&self) {
        loop {
            let ending = tokio::select! {
                () = tokio::time::sleep(RETRY) => false,
                () = self.ending.cancelled() => true,
            };
            let mut owed = self.admissions.lock().await;
            if owed.is_empty() || self.write_in_order(&mut owed, |_| Ok(())).await.is_ok() {
                return;
            }
            if ending {
                tracing::error!(count = owed.len(), "stops that the disk refused end with this broker");
                return;
            }
        }
    }
}
