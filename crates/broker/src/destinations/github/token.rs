//! Installation tokens: minted for one purpose, compared with what was asked, destroyed and proven dead.
//!
//! INVARIANT: a token's value is nowhere but in [`Token`], and no token is lost silently. Minting runs
//! in a task of its own, so that a caller that goes away leaves a token that destroys itself; a token
//! that is dropped is destroyed.

mod destroy;
mod mint;

use std::sync::Arc;
use std::time::Instant;

use bailiwick_authority::{Digest, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;

use super::scope::Scope;
use crate::destinations::http::Outward;

pub(super) use destroy::destroy;
pub(super) use mint::{lacking, mint};

/// A repository as GitHub names it in the answer to a mint.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NamedRepository {
    /// GitHub's number.
    pub id: u64,
    /// `owner/name`.
    pub full_name: String,
}

/// A live installation token. Dropping it destroys it in the background.
pub struct Token {
    value: Option<SecretString>,
    outward: Arc<Outward>,
    sha256: Digest,
    scope: Scope,
    repositories: Vec<NamedRepository>,
    expires: Timestamp,
    minted: Instant,
}

/// How a credential ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Death {
    /// Revoked, and a request with it was answered 401 after.
    RevokedProven,
    /// Revoked, but no request proved it.
    Revoked,
    /// The destination cannot revoke: it ends when it expires.
    NotRevocable,
    /// Revoking failed, and the value is gone from memory: it ends when it expires.
    ValueLost,
}

impl Death {
    /// As receipts write it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Death::RevokedProven => "revoked-proven",
            Death::Revoked => "revoked",
            Death::NotRevocable => "not-revocable",
            Death::ValueLost => "value-lost",
        }
    }

    /// Whether it is known to open nothing any more.
    pub fn is_dead(&self) -> bool {
        matches!(self, Death::RevokedProven | Death::Revoked)
    }
}

impl Token {
    /// SHA-256 of its value.
    pub fn sha256(&self) -> Digest {
        self.sha256
    }

    /// What was asked for, which is what it may.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// When GitHub says that it ends by itself.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// From the answer that carried it to now, in milliseconds.
    pub fn age_ms(&self) -> u64 {
        millis(self.minted)
    }

    /// The repositories that it reaches, as GitHub names them now.
    pub fn repositories(&self) -> &[NamedRepository] {
        &self.repositories
    }

    pub(super) fn value(&self) -> Option<&SecretString> {
        self.value.as_ref()
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        let Some(value) = self.value.take() else { return };
        tracing::warn!(sha256 = %self.sha256, "a token was dropped alive; destroying it");
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let outward = Arc::clone(&self.outward);
            runtime.spawn(async move { destroy::end(&outward, value).await });
        }
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("sha256", &self.sha256)
            .field("scope", &self.scope)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
