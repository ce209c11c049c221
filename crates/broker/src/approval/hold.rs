//! Holding a request: its clock stands still until somebody lets it go. It allows nothing.

use crate::approval::Matter;
use crate::broker::{Broker, store_error};
use crate::journal::put_countdown;
use bailiwick_authority::Digest;
use bailiwick_protocol::{ApiError, ErrorCode, Pending};
use std::sync::Arc;

impl Broker {
    /// Stops or starts the clock of something that waits.
    pub(crate) async fn hold_matter(
        self: &Arc<Self>,
        target: Digest,
        held: bool,
    ) -> Result<Pending, ApiError> {
        let broker = Arc::clone(self);
        self.to_the_end(async move { broker.hold_to_the_end(target, held).await }).await
    }

    async fn hold_to_the_end(&self, target: Digest, held: bool) -> Result<Pending, ApiError> {
        let mut owed = self.admissions.lock().await;
        let now = self.clock.trusted()?;
        let realm = self.realm();
        let gone = || {
            ApiError::new(
                ErrorCode::NotFound,
                format!("nothing waits under {target}"),
                "`bailiwick pending` lists what waits",
            )
        };
        let matter = realm.matters.get(&target).ok_or_else(gone)?;
        if matter.countdown.is_over(now) {
            return Err(gone());
        }
        let countdown = matter.countdown.hold(held, now);
        self.write_in_order(&mut owed, move |transaction| {
            put_countdown(transaction.connection(), &target, &countdown)?;
            crate::journal::note_time(transaction.connection(), now)
        })
        .await
        .map_err(store_error)?;
        self.remember(Arc::new(Matter { countdown, ..(**matter).clone() }));
        self.pending_one(&target).ok_or_else(gone)
    }
}
