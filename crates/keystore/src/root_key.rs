//! A signing key of the broker's own (the ledger key), kept in a root store.
//!
//! It signs without anybody at hand, so it stays loaded while the broker runs. It must
//! never be used for a person.

use std::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey};
use secrecy::{ExposeSecret, SecretString};

use crate::encoding;
use crate::root_store::{RootStore, RootStoreError, SecretName};

/// Why a root key was not loaded or made.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    /// The root store failed, or has no such key.
    #[error(transparent)]
    Store(#[from] RootStoreError),
    /// The secret of that name is something else.
    #[error("the root secret `{name}` is not an Ed25519 private key in PEM")]
    NotAKey {
        /// The secret.
        name: SecretName,
    },
    /// The system gave no randomness for a new key.
    #[error("the system gave no randomness: {0}")]
    NoRandomness(getrandom::Error),
}

impl RootKeyError {
    /// What the person can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Store(error) => error.hint(),
            Self::NotAKey { .. } => "store an Ed25519 key there (`openssl genpkey -algorithm ed25519`)",
            Self::NoRandomness(_) => "try again",
        }
    }
}

/// A fresh Ed25519 private key in PEM, for a root store that is filled from outside.
pub fn new_root_key() -> Result<SecretString, getrandom::Error> {
    let key = encoding::generate()?;
    // A key that was just made is one that can be written.
    encoding::to_pem(&key)
        .map(|pem| SecretString::from(pem.as_str()))
        .map_err(|_| getrandom::Error::UNEXPECTED)
}

/// An Ed25519 key loaded from a root store; zeroized when dropped.
pub struct RootKey {
    name: SecretName,
    key: SigningKey,
}

impl RootKey {
    /// Loads the key.
    pub fn load(store: &dyn RootStore, name: &SecretName) -> Result<Self, RootKeyError> {
        let pem = store.get(name)?;
        let key = encoding::from_pem(pem.expose_secret().as_bytes())
            .map_err(|_| RootKeyError::NotAKey { name: name.clone() })?;
        Ok(Self { name: name.clone(), key })
    }

    /// Makes a new key and stores it, durably, only where the store has none.
    pub fn create(store: &dyn RootStore, name: &SecretName) -> Result<Self, RootKeyError> {
        let key = encoding::generate().map_err(RootKeyError::NoRandomness)?;
        let pem = encoding::to_pem(&key).map_err(|_| RootKeyError::NotAKey { name: name.clone() })?;
        store.create_only(name, &SecretString::from(pem.as_str()))?;
        Ok(Self { name: name.clone(), key })
    }

    /// The Ed25519 public key.
    pub fn public(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// Signs (RFC 8032, deterministic).
    pub fn sign(&self, message: &[u8]) -> Signature {
        self.key.sign(message)
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RootKey")
            .field("name", &self.name)
            .field("public", &encoding::hex(&self.public()))
            .finish_non_exhaustive()
    }
}
