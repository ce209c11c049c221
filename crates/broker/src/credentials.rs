//! Credentials with the journal's word for them: intended on disk before they are asked for, their
//! digest on disk before they are used, their end on disk when it is known.

use crate::broker::{Broker, internal, store_error};
use crate::destinations::github::{Assertion, Failure, GitHub, Scope, Token};
use crate::destinations::http::Way;
use crate::engine::CREDENTIAL_LIFE;
use crate::journal::{CredentialEnd, MintIntent, Recorded};
use bailiwick_authority::{Credential, Digest, Name, Timestamp, Value};
use bailiwick_ledger::StoreError;
use bailiwick_protocol::ApiError;
use std::time::Duration;
use tokio::time::Instant;

/// A live credential.
pub(crate) struct Held {
    pub(crate) token: Token,
    intent: Recorded<MintIntent>,
    pair: Pair,
}

/// The App's assertion and the token that it was exchanged for, as receipts write them.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) assertion: Credential,
    pub(crate) token: Credential,
}

/// Why there is no credential.
pub(crate) enum NotMinted {
    /// Nothing was asked for.
    Before(ApiError),
    /// It was asked for; this is what is known about it.
    Asked(Failure, Box<Pair>),
    /// It was minted, could not be recorded, and was destroyed.
    Unrecorded(ApiError, Box<Pair>),
}

impl NotMinted {
    /// As it crosses a boundary.
    pub(crate) fn to_api_error(&self) -> ApiError {
        match self {
            NotMinted::Before(error) | NotMinted::Unrecorded(error, _) => error.clone(),
            NotMinted::Asked(failure, _) => failure.to_api_error(),
        }
    }
}

impl Held {
    pub(crate) fn pair(&self) -> &Pair {
        &self.pair
    }

    /// When it is destroyed, whatever it is used for then.
    pub(crate) fn deadline(&self) -> Instant {
        deadline(&self.token)
    }
}

impl Broker {
    /// Mints a credential for one purpose of one operation.
    pub(crate) async fn mint(
        &self,
        operation: Digest,
        purpose: &'static str,
        github: &GitHub,
        scope: &Scope,
        way: &Way,
    ) -> Result<Held, NotMinted> {
        let now = self.clock.trusted().map_err(NotMinted::Before)?;
        let assertion = github.assertion(now).map_err(|failure| NotMinted::Before(failure.to_api_error()))?;
        let mut pair = Pair::new(purpose, scope, &assertion, now).map_err(NotMinted::Before)?;
        let intent = self
            .journal
            .intend_mint(
                operation,
                purpose,
                &scope.to_value(),
                (assertion.sha256(), assertion.expires()),
                now,
            )
            .await
            .map_err(|error| NotMinted::Before(store_error(error)))?;
        let asked = std::time::Instant::now();
        let minted = github.mint(scope, &assertion, way).await;
        // The only copy of the assertion ends here.
        drop(assertion);
        pair.assertion.end = name("discarded").map_err(NotMinted::Before)?;
        pair.assertion.life_ms = u64::try_from(asked.elapsed().as_millis()).ok();
        let token = match minted {
            Ok(token) => token,
            Err(failure) => {
                let end = if failure.may_have_happened { "value-lost" } else { "not-minted" };
                self.end_pair(&intent, &mut pair, end, None).await;
                return Err(NotMinted::Asked(failure, Box::new(pair)));
            }
        };
        pair.token.sha256 = Some(token.sha256());
        pair.token.expires = Some(token.expires());
        pair.token.end = name("alive").map_err(NotMinted::Before)?;
        let recording = self.journal.minted(intent.get().token, token.sha256(), token.expires());
        // A disk that hangs keeps no credential alive.
        let recorded = tokio::time::timeout_at(deadline(&token), recording).await;
        let held = Held { token, intent, pair };
        match recorded.unwrap_or_else(|_| Err(StoreError::Other("it does not answer in time".into()))) {
            Ok(_) => Ok(held),
            Err(error) => {
                let pair = self.destroy(github, held).await;
                Err(NotMinted::Unrecorded(store_error(error), Box::new(pair)))
            }
        }
    }

    /// Destroys a credential at its destination and records how that went. Never gated: what was revoked
    /// must still be able to end what it had.
    pub(crate) async fn destroy(&self, github: &GitHub, held: Held) -> Pair {
        let Held { token, intent, mut pair } = held;
        let (death, life_ms) = github.destroy(token).await;
        self.end_pair(&intent, &mut pair, death.as_str(), Some(life_ms)).await;
        pair
    }

    async fn end_pair(
        &self,
        intent: &Recorded<MintIntent>,
        pair: &mut Pair,
        end: &'static str,
        life_ms: Option<u64>,
    ) {
        if let Ok(end) = name(end) {
            pair.token.end = end;
        }
        pair.token.life_ms = life_ms;
        let ends = vec![
            (intent.get().assertion, CredentialEnd { end: "discarded", life_ms: pair.assertion.life_ms }),
            (intent.get().token, CredentialEnd { end, life_ms }),
        ];
        if let Err(error) = self.journal.ended(ends).await {
            // The row stays open and is resolved at the next start; the receipt says how it went.
            tracing::error!(%error, "how a credential ended could not be written");
        }
    }
}

impl Pair {
    fn new(
        purpose: &'static str,
        scope: &Scope,
        assertion: &Assertion,
        requested: Timestamp,
    ) -> Result<Pair, ApiError> {
        let blank = Credential {
            purpose: name(purpose)?,
            kind: name("app-jwt")?,
            scope: Value::object::<&str>([]),
            sha256: Some(assertion.sha256()),
            requested,
            expires: Some(assertion.expires()),
            end: name("alive")?,
            life_ms: None,
        };
        let token = Credential {
            kind: name("installation-token")?,
            scope: scope.to_value(),
            sha256: None,
            expires: None,
            end: name("requested")?,
            ..blank.clone()
        };
        Ok(Pair { assertion: blank, token })
    }
}

fn deadline(token: &Token) -> Instant {
    Instant::now() + CREDENTIAL_LIFE.saturating_sub(Duration::from_millis(token.age_ms()))
}

fn name(constant: &'static str) -> Result<Name, ApiError> {
    constant.parse().map_err(|_| internal(format!("`{constant}` is not a name")))
}
