//! A delegation key, as far as it is known without using it: its public half, and where it rests.

use crate::failure::Failure;
use bailiwick_authority::{Assurance, PublicKey};
use bailiwick_ceremony::{TouchedKey, Way};
use bailiwick_keystore::{KeyLocation, PersonKey};
use std::path::Path;

/// What the file says that `init` keeps of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyCard {
    /// A key that this machine keeps: in the keychain, or in a file.
    Kept(PersonKey),
    /// A key that is touched.
    Touched {
        /// Its public half.
        public: PublicKey,
        /// How it is touched.
        way: Way,
    },
}

impl KeyCard {
    /// Reads a card; touches neither keychain, key file nor key.
    pub fn load(path: &Path) -> Result<KeyCard, Failure> {
        match TouchedKey::load(path)? {
            Some((public, way)) => Ok(KeyCard::Touched { public, way }),
            None => Ok(KeyCard::Kept(PersonKey::load(path)?)),
        }
    }

    /// Writes it to a new file.
    pub fn save(&self, path: &Path) -> Result<(), Failure> {
        match self {
            KeyCard::Kept(key) => Ok(key.save(path)?),
            KeyCard::Touched { public, way } => Ok(TouchedKey::save(public, *way, path)?),
        }
    }

    /// The public half.
    pub fn public(&self) -> Result<PublicKey, Failure> {
        match self {
            KeyCard::Kept(key) => {
                PublicKey::ed25519(&key.public()).map_err(|error| Failure::defect(error.to_string()))
            }
            KeyCard::Touched { public, .. } => Ok(public.clone()),
        }
    }

    /// How well the private half is kept.
    pub fn assurance(&self) -> Assurance {
        match self {
            KeyCard::Kept(key) => match key.location() {
                KeyLocation::Keychain(_) => Assurance::Keychain,
                KeyLocation::File(_) => Assurance::File,
            },
            KeyCard::Touched { public, .. } => Assurance::said_by(public).unwrap_or(Assurance::SyncedPasskey),
        }
    }

    /// What kind of place it rests in: `keychain`, `file`, `passkey`, `security-key`.
    pub fn kind(&self) -> &'static str {
        match self {
            KeyCard::Kept(key) => match key.location() {
                KeyLocation::Keychain(_) => "keychain",
                KeyLocation::File(_) => "file",
            },
            KeyCard::Touched { way: Way::Browser, .. } => "passkey",
            KeyCard::Touched { way: Way::Usb, .. } => "security-key",
        }
    }

    /// The place in words.
    pub fn place(&self) -> String {
        match self {
            KeyCard::Kept(key) => match key.location() {
                KeyLocation::Keychain(item) => item.to_string(),
                KeyLocation::File(path) => path.display().to_string(),
            },
            KeyCard::Touched { way: Way::Browser, public } => match Assurance::said_by(public) {
                Some(Assurance::SyncedPasskey) => {
                    "touched in the browser; it may be copied by its provider".into()
                }
                _ => "touched in the browser; it stays on its device".into(),
            },
            KeyCard::Touched { way: Way::Usb, .. } => "touched over USB; it stays on its device".into(),
        }
    }
}
