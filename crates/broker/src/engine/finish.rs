//! The end of every operation: its receipt on disk, then its answer.

use super::ended::shown;
use crate::approval::How;
use crate::broker::Broker;
use crate::record::{Ended, Record, to_json};
use bailiwick_authority::{Digest, Kind, Outcome, Receipt, Signed};
use bailiwick_protocol::{ApiError, Stage};
use std::sync::Arc;
use std::time::Duration;

/// How long to wait before a receipt is tried again when the disk refuses.
const RETRY: Duration = Duration::from_secs(1);

impl Broker {
    /// The one end of every operation: the receipt is on disk before the agent is answered. Returns
    /// without one only when the broker ends first; the next start writes it then.
    pub(crate) async fn finish(self: &Arc<Self>, mut record: Record, mut ended: Ended) {
        let output = ended.output.as_ref().map(to_json);
        // Sealed once: the same receipt is tried again, so that no operation ever has two.
        let mut sealed = None;
        let sequence = loop {
            match self.write_receipt(&mut record, &mut ended, &mut sealed, output.as_ref()).await {
                Ok(sequence) => break sequence,
                Err(error) => tracing::error!(%error, operation = %record.id, "a receipt waits"),
            }
            tokio::select! {
                () = tokio::time::sleep(RETRY) => {}
                () = self.ending.cancelled() => return,
            }
        };
        if let Some(digest) = record.view.receipt.as_deref().and_then(|digest| digest.parse().ok()) {
            self.announce_statement(sequence, Kind::Receipt, digest);
        }
        if let Some(request) = record.request {
            self.forget_request(request, ended.outcome).await;
        }
        self.publish(record.view);
        self.live.lock().remove(&record.id);
        if ended.outcome == Outcome::Unknown {
            self.look_up_later(record.id);
        }
    }

    /// What an operation that ended otherwise had asked persons is asked no more: its row is settled.
    async fn forget_request(&self, request: Digest, outcome: Outcome) {
        let _lock = self.admissions.lock().await;
        if self.realm().matters.contains_key(&request) {
            let how = if outcome == Outcome::Halted { How::Halted } else { How::Void };
            self.forget(request, how, None);
        }
    }

    async fn write_receipt(
        &self,
        record: &mut Record,
        ended: &mut Ended,
        sealed: &mut Option<Signed<Receipt>>,
        output: Option<&serde_json::Value>,
    ) -> Result<u64, ApiError> {
        let receipt = match sealed {
            Some(receipt) => receipt,
            None => sealed.insert(self.seal_receipt(record, ended)?),
        };
        record.at(Stage::Finished);
        let view = &mut record.view;
        view.waiting = None;
        view.outcome = Some(ended.outcome.as_str().to_owned());
        view.reason = ended.reason.clone().map(shown);
        view.output = output.cloned();
        view.receipt = Some(receipt.digest().to_string());
        let written = (receipt.digest(), receipt.envelope().to_bytes());
        let finish = self.journal.finish(record, written, self.clock.now());
        finish.await.map_err(crate::broker::store_error)
    }

    /// Seals the receipt. What does not fit is named by digest, so that an operation that was carried out
    /// always has one.
    fn seal_receipt(&self, record: &mut Record, ended: &mut Ended) -> Result<Signed<Receipt>, ApiError> {
        loop {
            match self.seal(record.receipt(ended)) {
                Err(error) if record.shorten(ended) => {
                    tracing::warn!(%error, operation = %record.id, "a receipt is shortened");
                }
                sealed => return sealed,
            }
        }
    }
}
