//! The live check of a connection: what it may do at its destination now.

use crate::broker::{Broker, store_error};
use crate::destinations::github::Scope;
use crate::destinations::http::Way;
use crate::journal::CredentialEnd;
use crate::recovery::too_slow;
use bailiwick_authority::{Digest, Name, Target};
use bailiwick_protocol::{ApiError, ConnectionCheck, ErrorCode};
use std::sync::Arc;

const PURPOSE: &str = "check";

impl Broker {
    /// Asks the destination, with a credential that lists and nothing else. It is recorded as every
    /// other, under an id of its own, and stops like every other when the connection or everything is
    /// stopped.
    pub(crate) async fn check(self: &Arc<Self>, connection: Name) -> Result<ConnectionCheck, ApiError> {
        let broker = Arc::clone(self);
        self.to_the_end(async move { broker.ask_for_listing(&connection).await }).await
    }

    async fn ask_for_listing(&self, connection: &Name) -> Result<ConnectionCheck, ApiError> {
        let (_, github) = self.destination(connection).await?;
        let pass = self.gate.admit([Target::Connection(connection.clone())]).map_err(|_| {
            ApiError::new(
                ErrorCode::Revoked,
                format!("the connection `{connection}` was revoked, or everything is halted"),
                "nothing is asked there until that is lifted",
            )
        })?;
        let id = Digest::of_parts(&[b"connection check\n", &crate::fresh_nonce()?.0]);
        let way = Way::Gated(pass);
        let held = self
            .mint(id, PURPOSE, &github, &Scope::listing(), &way)
            .await
            .map_err(|error| error.to_api_error())?;
        let checked = async {
            let now = self.clock.trusted()?;
            // The App's own questions need an assertion of their own: a credential like the others.
            let assertion = github.assertion(now).map_err(|failure| failure.to_api_error())?;
            let known = (assertion.sha256(), assertion.expires());
            let row = self.journal.intend_assertion(id, PURPOSE, known, now).await.map_err(store_error)?;
            let asking = github.check(&assertion, &held.token, &way, now);
            let checked = tokio::time::timeout_at(held.deadline(), asking).await;
            drop(assertion);
            let end = CredentialEnd { end: "discarded", life_ms: None };
            if let Err(error) = self.journal.ended(vec![(*row.get(), end)]).await {
                tracing::error!(%error, "how an assertion ended could not be written");
            }
            checked.map_err(|_| too_slow())?.map_err(|failure| failure.to_api_error())
        }
        .await;
        self.destroy(&github, held).await;
        checked
    }
}
