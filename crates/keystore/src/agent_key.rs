//! An agent's own key: an unencrypted file that only the agent's user may read.
//!
//! Nobody is there to type a passphrase for an agent. What the file can do is bounded by
//! the capabilities that its public half holds, each short-lived and revocable.

use std::fmt;
use std::path::{Path, PathBuf};

use ed25519_dalek::{Signature, Signer, SigningKey};

use crate::encoding;
use crate::private_file::{self, Audience, PrivateFileError};

/// Why an agent's key file was not made or not read.
#[derive(Debug, thiserror::Error)]
pub enum AgentKeyError {
    /// The file itself: absent, there already, exposed, …
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// It does not hold an Ed25519 private key in PEM (`PRIVATE KEY`).
    #[error("`{}` holds no Ed25519 private key in PEM", .path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// The system gave no randomness for a new key.
    #[error("the system gave no randomness: {0}")]
    NoRandomness(getrandom::Error),
}

impl AgentKeyError {
    /// What the person can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::File(file) => file.hint(),
            Self::NotAKey { .. } => "make a new key with `bailiwick agent new`",
            Self::NoRandomness(_) => "try again",
        }
    }
}

/// An agent's key, loaded. It is zeroized when dropped.
pub struct AgentKeyFile {
    path: PathBuf,
    key: SigningKey,
}

impl AgentKeyFile {
    /// Makes a new key and writes it with mode 0600 as PKCS#8 PEM; durable when it
    /// returns. Never writes over a file.
    pub fn create(path: &Path) -> Result<Self, AgentKeyError> {
        let key = encoding::generate().map_err(AgentKeyError::NoRandomness)?;
        let pem = encoding::to_pem(&key).map_err(|_| AgentKeyError::NotAKey { path: path.to_owned() })?;
        private_file::create(path, pem.as_bytes())?;
        Ok(Self { path: path.to_owned(), key })
    }

    /// Reads a key file; refused when anyone but its owner may read or write it.
    pub fn open(path: &Path) -> Result<Self, AgentKeyError> {
        let bytes = private_file::read(path, Audience::OwnerOnly)?;
        let key = encoding::from_pem(&bytes).map_err(|_| AgentKeyError::NotAKey { path: path.to_owned() })?;
        Ok(Self { path: path.to_owned(), key })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
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

impl fmt::Debug for AgentKeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentKeyFile")
            .field("path", &self.path)
            .field("public", &encoding::hex(&self.public()))
            .finish_non_exhaustive()
    }
}
