//! The live check of a connection: what it may do at its destination now.

use crate::broker::Broker;
use crate::destinations::github::Scope;
use crate::destinations::http::Way;
use bailiwick_authority::{Digest, Name};
use bailiwick_protocol::{ApiError, ConnectionCheck};
use std::sync::Arc;

impl Broker {
    /// Asks the destination, with a credential that lists and nothing else. It is recorded as every
    /// other, under an id of its own.
    pub(crate) async fn check(self: &Arc<Self>, connection: Name) -> Result<ConnectionCheck, ApiError> {
        let broker = Arc::clone(self);
        self.to_the_end(async move { broker.ask_for_listing(&connection).await }).await
    }

    async fn ask_for_listing(&self, connection: &Name) -> Result<ConnectionCheck, ApiError> {
        let github = self.destination(connection).await?;
        let id = Digest::of_parts(&[b"connection check\n", &crate::fresh_nonce()?.0]);
        let way = Way::Ungated;
        let held = self
            .mint(id, "check", &github, &Scope::listing(), &way)
            .await
            .map_err(|error| error.to_api_error())?;
        let now = self.clock.now();
        let checked = match github.assertion(now) {
            Ok(assertion) => github.check(&assertion, &held.token, &way, now).await,
            Err(failure) => Err(failure),
        };
        self.destroy(&github, held).await;
        checked.map_err(|failure| failure.to_api_error())
    }
}
