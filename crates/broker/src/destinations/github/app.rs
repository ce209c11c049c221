//! The App's identity: its root secret, and the assertions that it signs.
//!
//! An assertion (JWT, RS256) is a credential too: it lives 60 s at most, of which the first five lie
//! before its making, for clocks that are a little behind.

use bailiwick_authority::{Connection, Digest, Timestamp};
use bailiwick_keystore::{RootFingerprintError, root_fingerprint};
use jsonwebtoken::crypto::aws_lc;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

const BACK_S: u64 = 5;
const LIFE_S: u64 = 60;

/// Why a root secret cannot be used for a connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RootSecretError {
    /// It is not an App's private key.
    #[error(transparent)]
    NotAKey(#[from] RootFingerprintError),
    /// It is another key than the one that the connection statement pins.
    #[error("the App's private key has the fingerprint {found}, the connection names {expected}")]
    Another {
        /// What was signed.
        expected: Digest,
        /// What is there.
        found: Digest,
    },
    /// It is damaged.
    #[error("the App's private key does not sign")]
    Damaged,
}

/// The fingerprint of an App's private key in PEM, as connection statements pin it.
pub fn fingerprint(pem: &SecretString) -> Result<Digest, RootSecretError> {
    Ok(Digest::from_bytes(root_fingerprint(pem.expose_secret())?))
}

/// The App with its key.
pub(super) struct App {
    id: u64,
    key: EncodingKey,
}

/// An assertion of the App's, with what a ledger may know of it.
#[derive(Clone)]
pub struct Assertion {
    pub(super) value: SecretString,
    sha256: Digest,
    app: u64,
    issued: Timestamp,
    expires: Timestamp,
}

#[derive(Serialize)]
struct Claims {
    iat: u64,
    exp: u64,
    iss: String,
}

impl App {
    /// The App of a connection, if the key is the one that the connection names.
    pub(super) fn new(connection: &Connection, pem: &SecretString) -> Result<App, RootSecretError> {
        let found = fingerprint(pem)?;
        if found != connection.root {
            return Err(RootSecretError::Another { expected: connection.root, found });
        }
        // By name, so that no other crate's choice of features decides who signs. A second call changes
        // nothing and says so.
        if aws_lc::DEFAULT_PROVIDER.install_default().is_err() {
            tracing::trace!("the signing provider was chosen before");
        }
        let key = EncodingKey::from_rsa_pem(pem.expose_secret().as_bytes())
            .map_err(|_| RootSecretError::Damaged)?;
        Ok(App { id: connection.github.app, key })
    }

    /// A new assertion.
    pub(super) fn assertion(&self, now: Timestamp) -> Result<Assertion, RootSecretError> {
        let issued = now.seconds().saturating_sub(BACK_S);
        let claims = Claims { iat: issued, exp: issued + LIFE_S, iss: self.id.to_string() };
        let value = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.key)
            .map_err(|_| RootSecretError::Damaged)?;
        let time = |seconds| Timestamp::from_seconds(seconds).ok_or(RootSecretError::Damaged);
        Ok(Assertion {
            sha256: Digest::of(value.as_bytes()),
            value: SecretString::from(value),
            app: self.id,
            issued: time(issued)?,
            expires: time(claims.exp)?,
        })
    }
}

impl Assertion {
    /// SHA-256 of its value.
    pub fn sha256(&self) -> Digest {
        self.sha256
    }

    /// The App that it speaks for.
    pub fn app(&self) -> u64 {
        self.app
    }

    /// Since when it is good; a little before its making.
    pub fn issued(&self) -> Timestamp {
        self.issued
    }

    /// When it ends by itself.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }
}

impl std::fmt::Debug for Assertion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assertion").field("sha256", &self.sha256).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("id", &self.id).finish_non_exhaustive()
    }
}
