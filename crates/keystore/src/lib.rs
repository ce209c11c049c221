//! Where secrets rest: a person's delegation key, an agent's key, the broker's root secrets.
//!
//! | what | where | who uses it |
//! |---|---|---|
//! | delegation key ([`PersonKey`]) | [`Keychain`], or a passphrase-encrypted [`KeyFile`] | the person's side only |
//! | agent key ([`AgentKeyFile`]) | an unencrypted file, mode 0600 | the agent's side only |
//! | root secrets, ledger key ([`RootStore`], [`RootKey`]) | keychain, systemd credentials, or memory | the broker only |
//!
//! INVARIANT: a delegation key never leaves this crate. It is made here, signs here
//! ([`PersonKey::sign`]) and is zeroized right after; no function returns it, and no
//! [`ItemName`] can name it ([`DelegationItem`] does).
//!
//! INVARIANT: nothing here replaces a key that might exist. A key is made only when the
//! store, unlocked, says that there is none ([`Keychain::create_only`]), and a key file is
//! never written over.
//!
//! The crate holds no asynchronous runtime and decides nothing about authority: it does
//! not know what it signs. Its calls block; none belongs on an asynchronous worker.

mod agent_key;
mod encoding;
mod item;
mod key_file;
mod keychain;
mod person_key;
mod private_file;
mod root_fingerprint;
mod root_key;
mod root_store;

pub use agent_key::{AgentKeyError, AgentKeyFile};
pub use item::{DelegationItem, ItemName, ItemNameError};
pub use key_file::{KeyFile, KeyFileError, MIN_PASSPHRASE_CHARS};
pub use keychain::{Keychain, KeychainError, KeychainOptions, KeychainState, Prompts, Secret};
pub use person_key::{KeyLocation, PersonKey, PersonKeyError, Unlock};
pub use private_file::PrivateFileError;
pub use root_fingerprint::{RootFingerprintError, root_fingerprint};
pub use root_key::{RootKey, RootKeyError, new_root_key};
pub use root_store::{
    CredentialsRootStore, KeychainRootStore, MemoryRootStore, RootStore, RootStoreError, RootStoreKind,
    SecretName,
};

pub use ed25519_dalek::Signature;
pub use secrecy::{ExposeSecret, SecretString};
