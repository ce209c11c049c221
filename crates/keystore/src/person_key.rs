//! A person's delegation key: made here, used here, never handed out.
//!
//! What is known about it without unlocking (its public half and where it rests) is a
//! small card, which the caller keeps as a file. A card is not secret and not trusted: a
//! key that does not fit its card does not sign.

use std::path::{Path, PathBuf};

use ed25519_dalek::{Signature, Signer, SigningKey};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::encoding;
use crate::item::{DelegationItem, ItemNameError};
use crate::key_file::{KeyFile, KeyFileError};
use crate::keychain::{Keychain, KeychainError, Secret};
use crate::private_file::{self, Audience, PrivateFileError};

/// Where a delegation key rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyLocation {
    /// In the operating system's keychain.
    Keychain(DelegationItem),
    /// In a passphrase-encrypted file.
    File(PathBuf),
}

/// What opens a delegation key for one signature.
#[derive(Debug, Clone, Copy)]
pub enum Unlock<'a> {
    /// The keychain, which may show its own prompt.
    Keychain(&'a Keychain),
    /// The passphrase of the key file.
    Passphrase(&'a SecretString),
}

/// Why a delegation key was not made, not found or not used.
#[derive(Debug, thiserror::Error)]
pub enum PersonKeyError {
    /// The keychain failed.
    #[error(transparent)]
    Keychain(#[from] KeychainError),
    /// The key file failed.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The card's file failed.
    #[error(transparent)]
    Card(#[from] PrivateFileError),
    /// The card is not one.
    #[error("`{}` does not describe a key: {reason}", .path.display())]
    BadCard {
        /// The card's file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// The unlocked key is not the one on the card.
    #[error("the key found in {place} is not the one on record")]
    AnotherKey {
        /// Where the key was found.
        place: String,
    },
    /// What was found there is no key at all.
    #[error("what is stored in {place} is not an Ed25519 private key")]
    NotAKey {
        /// Where it was found.
        place: String,
    },
    /// A passphrase was given for a keychain key, or a keychain for a file.
    #[error("this key rests in {place}, which is not unlocked that way")]
    WrongUnlock {
        /// Where the key rests.
        place: String,
    },
}

impl PersonKeyError {
    /// What the person can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Keychain(error) => error.hint(),
            Self::File(error) => error.hint(),
            Self::Card(error) => error.hint(),
            Self::BadCard { .. } => "restore the file from a backup, or enrol a new key",
            Self::AnotherKey { .. } | Self::NotAKey { .. } => {
                "somebody or something replaced it: restore it from a backup, or enrol a new \
                 key and retire the old one"
            }
            Self::WrongUnlock { .. } => "use the keychain or the passphrase, as the key needs",
        }
    }
}

/// A delegation key, as far as it is known without unlocking it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonKey {
    location: KeyLocation,
    public: [u8; 32],
}

impl PersonKey {
    /// Makes a key in the keychain, only when the keychain says that there is none.
    pub fn create_in_keychain(keychain: &Keychain, item: DelegationItem) -> Result<Self, PersonKeyError> {
        keychain.create_only(item.item(), new_secret)?;
        // The key was made and read back on the keychain's own thread; its public half is
        // taken from what the keychain really holds.
        let public = from_keychain(keychain, &item)?.verifying_key().to_bytes();
        Ok(Self { location: KeyLocation::Keychain(item), public })
    }

    /// Makes a key in a passphrase-encrypted file; never writes over one.
    pub fn create_file(path: &Path, passphrase: &SecretString) -> Result<Self, PersonKeyError> {
        let file = KeyFile::create(path, passphrase)?;
        Ok(Self { location: KeyLocation::File(path.to_owned()), public: file.public() })
    }

    /// Takes up a key that is in the keychain already.
    pub fn find_in_keychain(keychain: &Keychain, item: DelegationItem) -> Result<Self, PersonKeyError> {
        let public = from_keychain(keychain, &item)?.verifying_key().to_bytes();
        Ok(Self { location: KeyLocation::Keychain(item), public })
    }

    /// Takes up a key file that exists already; needs no passphrase.
    pub fn find_file(path: &Path) -> Result<Self, PersonKeyError> {
        let file = KeyFile::open(path)?;
        Ok(Self { location: KeyLocation::File(path.to_owned()), public: file.public() })
    }

    /// Deletes a key from the keychain for good. A key file is deleted like any file.
    pub fn delete_from_keychain(keychain: &Keychain, item: &DelegationItem) -> Result<(), PersonKeyError> {
        Ok(keychain.delete(item.item())?)
    }

    /// Where the key rests.
    pub fn location(&self) -> &KeyLocation {
        &self.location
    }

    /// The Ed25519 public key; needs no unlocking.
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    /// Unlocks the key, signs `message` (RFC 8032) and forgets the key. Can block on the
    /// keychain's prompt, up to the keychain's limit.
    pub fn sign(&self, message: &[u8], unlock: Unlock<'_>) -> Result<Signature, PersonKeyError> {
        match (&self.location, unlock) {
            (KeyLocation::Keychain(item), Unlock::Keychain(keychain)) => {
                let key = from_keychain(keychain, item)?;
                if key.verifying_key().to_bytes() != self.public {
                    return Err(self.replaced());
                }
                Ok(key.sign(message))
            }
            (KeyLocation::File(path), Unlock::Passphrase(passphrase)) => {
                let file = KeyFile::open(path)?;
                if file.public() != self.public {
                    return Err(self.replaced());
                }
                Ok(file.sign(message, passphrase)?)
            }
            (location, _) => Err(PersonKeyError::WrongUnlock { place: place(location) }),
        }
    }

    /// Writes the card to a new file (mode 0600, although it is not secret).
    pub fn save(&self, path: &Path) -> Result<(), PersonKeyError> {
        let bad = |reason: String| PersonKeyError::BadCard { path: path.to_owned(), reason };
        let rests = match &self.location {
            KeyLocation::Keychain(item) => Rests::Keychain(item.as_str().to_owned()),
            KeyLocation::File(file) => Rests::File(
                file.to_str().ok_or_else(|| bad("the key file's path is not UTF-8".to_owned()))?.to_owned(),
            ),
        };
        let card = Card { version: CARD_VERSION, public: encoding::hex(&self.public), rests };
        let mut text = serde_json::to_vec_pretty(&card).map_err(|e| bad(e.to_string()))?;
        text.push(b'\n');
        Ok(private_file::create(path, &text)?)
    }

    /// Reads a card; touches neither the keychain nor the key file.
    pub fn load(path: &Path) -> Result<Self, PersonKeyError> {
        let bad = |reason: String| PersonKeyError::BadCard { path: path.to_owned(), reason };
        let bytes = private_file::read(path, Audience::OwnerOnly)?;
        let card: Card = serde_json::from_slice(&bytes).map_err(|e| bad(e.to_string()))?;
        if card.version != CARD_VERSION {
            return Err(bad(format!("version {} is not known", card.version)));
        }
        let public = encoding::unhex32(&card.public)
            .ok_or_else(|| bad("`public` is not 64 hexadecimal digits".to_owned()))?;
        let location = match card.rests {
            Rests::File(file) => KeyLocation::File(PathBuf::from(file)),
            Rests::Keychain(item) => KeyLocation::Keychain(
                DelegationItem::parse(&item).map_err(|e: ItemNameError| bad(e.to_string()))?,
            ),
        };
        Ok(Self { location, public })
    }

    fn replaced(&self) -> PersonKeyError {
        PersonKeyError::AnotherKey { place: place(&self.location) }
    }
}

const CARD_VERSION: u32 = 1;

/// What [`PersonKey::save`] writes, as JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
    version: u32,
    public: String,
    rests: Rests,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Rests {
    Keychain(String),
    File(String),
}

fn new_secret() -> Result<Secret, KeychainError> {
    let failed = |detail: String| KeychainError::Other { detail };
    let key = encoding::generate().map_err(|e| failed(e.to_string()))?;
    let pem = encoding::to_pem(&key).map_err(|e| failed(e.to_string()))?;
    Ok(Secret::from(pem.as_bytes().to_vec()))
}

fn from_keychain(keychain: &Keychain, item: &DelegationItem) -> Result<SigningKey, PersonKeyError> {
    let secret = keychain.get(item.item())?;
    encoding::from_pem(secret.expose_secret())
        .map_err(|_| PersonKeyError::NotAKey { place: format!("the keychain as `{item}`") })
}

fn place(location: &KeyLocation) -> String {
    match location {
        KeyLocation::Keychain(item) => format!("the keychain as `{item}`"),
        KeyLocation::File(path) => format!("the file `{}`", path.display()),
    }
}
