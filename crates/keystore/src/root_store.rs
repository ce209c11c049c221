//! Where the broker's root secrets (a GitHub App's private key, the ledger key) rest.
//!
//! The broker names a secret and gets its text; what a secret is for, and whether its
//! fingerprint fits the signed connection, the broker judges.

mod credentials;
mod keychain;
mod memory;

use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;

use crate::keychain::KeychainError;
use crate::private_file::PrivateFileError;

pub use credentials::CredentialsRootStore;
pub use keychain::KeychainRootStore;
pub use memory::MemoryRootStore;

/// Longest name of a root secret, in bytes.
const MAX_NAME_BYTES: usize = 128;

/// The name of a root secret: 1 to 128 bytes of `a-z`, `0-9`, `.`, `_`, `-`, beginning
/// with a letter or a digit. So it is a file name and a credential name everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretName(String);

impl SecretName {
    /// Accepts a name in the form above.
    pub fn new(name: &str) -> Result<Self, RootStoreError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let fits = (1..=MAX_NAME_BYTES).contains(&name.len())
            && name.bytes().all(|byte| plain(byte) || b"._-".contains(&byte))
            && name.bytes().next().is_some_and(plain);
        if fits {
            Ok(Self(name.to_owned()))
        } else {
            Err(RootStoreError::BadName { name: name.chars().take(80).collect() })
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which kind of root store this is; for `config show` and `doctor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootStoreKind {
    /// The operating system's keychain.
    Keychain,
    /// systemd's credentials of a service.
    Credentials,
    /// Handed over at start, in memory only.
    Memory,
}

impl RootStoreKind {
    /// The word in configuration and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::Credentials => "credentials",
            Self::Memory => "memory",
        }
    }
}

impl FromStr for RootStoreKind {
    type Err = RootStoreError;

    fn from_str(word: &str) -> Result<Self, RootStoreError> {
        [Self::Keychain, Self::Credentials, Self::Memory]
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| RootStoreError::UnknownKind { word: word.chars().take(80).collect() })
    }
}

impl fmt::Display for RootStoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a root secret was not read or stored.
#[derive(Debug, thiserror::Error)]
pub enum RootStoreError {
    /// The store works and has no such secret.
    #[error("the {kind} root store has no `{name}`")]
    Absent {
        /// The secret asked for.
        name: SecretName,
        /// The store.
        kind: RootStoreKind,
    },
    /// There is such a secret already; it was left as it is.
    #[error("the {kind} root store has a `{name}` already; it was left as it is")]
    Exists {
        /// The secret that was to be stored.
        name: SecretName,
        /// The store.
        kind: RootStoreKind,
    },
    /// The text is no name for a root secret.
    #[error("`{name}` is not a name for a root secret: use a-z, 0-9, `.`, `_` and `-`")]
    BadName {
        /// The text.
        name: String,
    },
    /// The word names no kind of root store.
    #[error("`{word}` is no root store: use `keychain`, `credentials` or `memory`")]
    UnknownKind {
        /// The word.
        word: String,
    },
    /// This store is filled from outside.
    #[error("the {kind} root store cannot be written: {instead}")]
    NotWritable {
        /// The store.
        kind: RootStoreKind,
        /// How the secret gets there instead, as a sentence.
        instead: String,
    },
    /// The secret is not UTF-8 text.
    #[error("the secret `{name}` is not text")]
    NotText {
        /// The secret.
        name: SecretName,
    },
    /// systemd handed no credentials to this process.
    #[error("there is no credentials folder: $CREDENTIALS_DIRECTORY is not set")]
    NoCredentials,
    /// What was handed over on standard input is not what it should be.
    #[error("the secrets handed over cannot be used: {reason}")]
    BadHandover {
        /// What does not fit; never any of the secrets.
        reason: String,
    },
    /// The keychain failed.
    #[error(transparent)]
    Keychain(KeychainError),
    /// A credential's file failed.
    #[error(transparent)]
    File(PrivateFileError),
}

impl RootStoreError {
    /// What the person can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Absent { .. } => "connect the destination again, or hand the secret over",
            Self::Exists { .. } => "use it, or delete it first if you are sure",
            Self::BadName { .. } | Self::UnknownKind { .. } => "choose another one",
            Self::NotWritable { .. } => "put the secret where the store is filled from",
            Self::NotText { .. } => "root secrets are text, such as a key in PEM",
            Self::NoCredentials => "start the broker as a service with LoadCredential=",
            Self::BadHandover { .. } => "hand over one JSON object: {\"name\": \"secret\", …}",
            Self::Keychain(error) => error.hint(),
            Self::File(error) => error.hint(),
        }
    }
}

/// A place that holds root secrets. Calls block and may be made from any thread at any
/// time; none may be made from an asynchronous worker.
pub trait RootStore: Send + Sync + fmt::Debug {
    /// Which kind this is.
    fn kind(&self) -> RootStoreKind;

    /// Reads a secret. [`RootStoreError::Absent`] only when the store is sure.
    fn get(&self, name: &SecretName) -> Result<SecretString, RootStoreError>;

    /// Stores a new secret; durable when it returns, as far as the system's store is.
    /// Never replaces one.
    fn create_only(&self, name: &SecretName, secret: &SecretString) -> Result<(), RootStoreError>;

    /// Replaces a secret that exists.
    fn replace(&self, name: &SecretName, secret: &SecretString) -> Result<(), RootStoreError>;

    /// Deletes a secret that exists.
    fn delete(&self, name: &SecretName) -> Result<(), RootStoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_back() {
        for word in ["keychain", "credentials", "memory"] {
            assert_eq!(word.parse::<RootStoreKind>().unwrap().as_str(), word);
        }
        assert!("Keychain".parse::<RootStoreKind>().is_err());
    }

    #[test]
    fn names_are_plain() {
        for good in ["a", "github-app.12345", "ledger_key", "0", &"x".repeat(128)] {
            assert_eq!(SecretName::new(good).unwrap().as_str(), good);
        }
        for bad in
            ["", ".", "..", ".hidden", "-f", "a/b", "../a", "A", "a b", "ä", "a\0", "a\n", &"x".repeat(129)]
        {
            assert!(SecretName::new(bad).is_err(), "{bad:?}");
        }
    }
}
