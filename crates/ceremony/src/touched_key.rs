//! A person's touched key: what is known of it without touching it, as a file; and the signer.
//!
//! The card is neither secret nor trusted: what an authenticator answers is held against the key that the
//! roster enrols, and a card of another key signs nothing there.

use crate::authenticator::Authenticator;
use crate::error::CeremonyError;
use bailiwick_authority::{Digest, Envelope, Kind, PublicKey, SignError, Signer};
use bailiwick_card::NotShown;
use bailiwick_protocol::Shown;
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// In which way a key is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// On a page in the system browser.
    Browser,
    /// A security key over USB.
    Usb,
}

/// Why a card was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum TouchedKeyError {
    /// The file cannot be used.
    #[error("`{path}` cannot be used: {error}", path = .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is no card.
    #[error("`{path}` does not describe a key that is touched: {why}", path = .path.display())]
    NoCard {
        /// Which.
        path: PathBuf,
        /// What does not fit.
        why: String,
    },
}

/// A person's key that is touched, and what touches it.
pub struct TouchedKey {
    public: PublicKey,
    authenticator: Box<dyn Authenticator>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
    version: u32,
    public: String,
    touched: Way,
}

const VERSION: u32 = 1;

impl TouchedKey {
    /// A key that this authenticator has.
    pub fn new(
        public: PublicKey,
        authenticator: Box<dyn Authenticator>,
    ) -> Result<TouchedKey, CeremonyError> {
        if public.as_webauthn().is_none() {
            return Err(CeremonyError::OtherWay("by touching it"));
        }
        Ok(TouchedKey { public, authenticator })
    }

    /// Writes a key's card to a new file.
    pub fn save(public: &PublicKey, touched: Way, path: &Path) -> Result<(), TouchedKeyError> {
        let file_error = |error| TouchedKeyError::File { path: path.to_owned(), error };
        let card = Card { version: VERSION, public: public.to_line(), touched };
        let mut text = serde_json::to_vec_pretty(&card).map_err(|error| file_error(error.into()))?;
        text.push(b'\n');
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(file_error)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(file_error)
    }

    /// Reads a card; `None` if the file describes a key that is not touched.
    pub fn load(path: &Path) -> Result<Option<(PublicKey, Way)>, TouchedKeyError> {
        let bytes =
            std::fs::read(path).map_err(|error| TouchedKeyError::File { path: path.to_owned(), error })?;
        let no_card = |why: String| TouchedKeyError::NoCard { path: path.to_owned(), why };
        let value: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|error| no_card(error.to_string()))?;
        if value.get("touched").is_none() {
            return Ok(None);
        }
        let card: Card = serde_json::from_value(value).map_err(|error| no_card(error.to_string()))?;
        if card.version != VERSION {
            return Err(no_card(format!("version {} is not known", card.version)));
        }
        let public = PublicKey::from_line(&card.public).map_err(|error| no_card(error.to_string()))?;
        if public.as_webauthn().is_none() {
            return Err(no_card("its key is of another suite".into()));
        }
        Ok(Some((public, card.touched)))
    }

    /// Signs a statement. An answer to `about` is shown with it: by itself it names a digest only.
    pub fn touch(&self, message: &[u8], about: Option<&Shown>) -> Result<Vec<u8>, CeremonyError> {
        let key = self.public.as_webauthn().ok_or(CeremonyError::OtherWay("by touching it"))?;
        let cannot = |why: String| CeremonyError::System(format!("it cannot be shown: {why}"));
        let envelope = Envelope::of_encoding(message).ok_or_else(|| cannot("it is no statement".into()))?;
        let shown = shown(&envelope, about).map_err(|error| cannot(error.to_string()))?;
        let assertion = self.authenticator.assert(key, &Digest::of(message), &shown)?;
        Ok(assertion.encode())
    }
}

fn shown(envelope: &Envelope, about: Option<&Shown>) -> Result<Shown, NotShown> {
    if let Some(about) = about
        && Kind::of(envelope) == Some(Kind::Approval)
        && let Some(shown) = bailiwick_card::answer(about, envelope)?
    {
        return Ok(shown);
    }
    bailiwick_card::shown(envelope)
}

impl Signer for TouchedKey {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.touch(message, None).map_err(|error| SignError(error.to_string()))
    }
}

impl std::fmt::Debug for TouchedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "touched key {:?}", self.public)
    }
}
