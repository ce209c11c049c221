//! Root secrets in the operating system's keychain, under purpose `root`.
//!
//! For a broker that runs under the person's own user. CAUTION: whatever runs as that user
//! can read them from the unlocked keychain; that is the advisory mode of SECURITY.md.

use secrecy::{ExposeSecret, SecretString};

use super::{RootStore, RootStoreError, RootStoreKind, SecretName};
use crate::item::ItemName;
use crate::keychain::{Keychain, KeychainError, Secret};

/// The keychain's items `<profile>/root/<name>`.
#[derive(Debug, Clone)]
pub struct KeychainRootStore {
    keychain: Keychain,
    profile: String,
}

impl KeychainRootStore {
    /// Secrets of one profile (a data folder or realm) in `keychain`.
    pub fn new(keychain: Keychain, profile: &str) -> Self {
        Self { keychain, profile: profile.to_owned() }
    }

    /// The keychain item that a secret of this name has.
    pub fn item(&self, name: &SecretName) -> Result<ItemName, RootStoreError> {
        ItemName::new(&self.profile, "root", name.as_str())
            .map_err(|e| RootStoreError::BadName { name: e.to_string() })
    }
}

impl RootStore for KeychainRootStore {
    fn kind(&self) -> RootStoreKind {
        RootStoreKind::Keychain
    }

    fn get(&self, name: &SecretName) -> Result<SecretString, RootStoreError> {
        let secret = self.keychain.get(&self.item(name)?).map_err(|e| translate(name, e))?;
        let text = std::str::from_utf8(secret.expose_secret());
        text.map(SecretString::from).map_err(|_| RootStoreError::NotText { name: name.clone() })
    }

    fn create_only(&self, name: &SecretName, secret: &SecretString) -> Result<(), RootStoreError> {
        let secret = bytes(secret);
        self.keychain.create_only(&self.item(name)?, move || Ok(secret)).map_err(|e| translate(name, e))
    }

    fn replace(&self, name: &SecretName, secret: &SecretString) -> Result<(), RootStoreError> {
        self.keychain.replace(&self.item(name)?, &bytes(secret)).map_err(|e| translate(name, e))
    }

    fn delete(&self, name: &SecretName) -> Result<(), RootStoreError> {
        self.keychain.delete(&self.item(name)?).map_err(|e| translate(name, e))
    }
}

fn bytes(secret: &SecretString) -> Secret {
    Secret::from(secret.expose_secret().as_bytes().to_vec())
}

fn translate(name: &SecretName, error: KeychainError) -> RootStoreError {
    let (name, kind) = (name.clone(), RootStoreKind::Keychain);
    match error {
        KeychainError::Absent { .. } => RootStoreError::Absent { name, kind },
        KeychainError::Exists { .. } => RootStoreError::Exists { name, kind },
        other => RootStoreError::Keychain(other),
    }
}
