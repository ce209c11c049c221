//! Tokens: installation tokens that the App mints, and the personal tokens of the seeded people.
//!
//! Values are kept as secrets so that the canary scan can ask for them; they are found by their SHA-256
//! and never printed. What the witness speaks of is the small public number.

use std::collections::HashMap;
use std::time::Instant;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use crate::permission::Permissions;

/// Whose token it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// An installation's. The repositories are those asked for; all of the installation's when none.
    Installation { repositories: Option<Vec<u64>> },
    /// A person's.
    User(u64),
}

/// One token and its life.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) public: u64,
    pub(crate) holder: Holder,
    pub(crate) permissions: Permissions,
    pub(crate) value: SecretString,
    pub(crate) sha256: [u8; 32],
    pub(crate) minted: Timestamp,
    pub(crate) minted_at: Instant,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) revoked: Option<Timestamp>,
    pub(crate) revoked_at: Option<Instant>,
    pub(crate) last_used: Option<Timestamp>,
    pub(crate) uses: u64,
}

impl Token {
    /// Whether it opens anything at `now`.
    pub(crate) fn alive(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|end| now < end)
    }
}

/// Every token ever made.
#[derive(Default)]
pub(crate) struct Tokens {
    all: Vec<Token>,
    by_digest: HashMap<[u8; 32], usize>,
}

impl Tokens {
    /// Keeps a new token and gives it the next public number.
    pub(crate) fn add(
        &mut self,
        value: SecretString,
        holder: Holder,
        permissions: Permissions,
        (minted, expires): (Timestamp, Option<Timestamp>),
    ) -> Token {
        let sha256: [u8; 32] = Sha256::digest(value.expose_secret().as_bytes()).into();
        let place = self.all.len();
        self.by_digest.insert(sha256, place);
        let token = Token {
            public: place as u64 + 1,
            holder,
            permissions,
            value,
            sha256,
            minted,
            minted_at: Instant::now(),
            expires,
            revoked: None,
            revoked_at: None,
            last_used: None,
            uses: 0,
        };
        self.all.push(token.clone());
        token
    }

    /// The token with this value, dead or alive.
    pub(crate) fn find(&mut self, value: &str) -> Option<&mut Token> {
        let digest: [u8; 32] = Sha256::digest(value.as_bytes()).into();
        let place = *self.by_digest.get(&digest)?;
        self.all.get_mut(place)
    }

    /// The token with this public number.
    pub(crate) fn get_mut(&mut self, public: u64) -> Option<&mut Token> {
        self.all.iter_mut().find(|token| token.public == public)
    }

    pub(crate) fn all(&self) -> &[Token] {
        &self.all
    }

    /// The personal token of an account.
    pub(crate) fn personal(&self, account: u64) -> Option<&Token> {
        self.all.iter().find(|token| token.holder == Holder::User(account))
    }
}

/// A value in GitHub's newer, longer format for installation tokens: `ghs_<app>_` and three random parts
/// joined by dots, about 520 characters. Nothing in it means anything.
pub(crate) fn mint_value(app: u64) -> Result<SecretString, getrandom::Error> {
    let (head, body, tail) = (random::<60>()?, random::<240>()?, random::<64>()?);
    Ok(SecretString::from(format!("ghs_{app}_{head}.{body}.{tail}")))
}

/// A value in the format of a fine-grained personal token.
pub(crate) fn personal_value() -> Result<SecretString, getrandom::Error> {
    let mut bytes = [0_u8; 81];
    getrandom::fill(&mut bytes)?;
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let letters: String = bytes
        .iter()
        .filter_map(|b| ALPHABET.get(usize::from(*b) % ALPHABET.len()))
        .map(|b| char::from(*b))
        .collect();
    let (first, second) = letters.split_at_checked(22).unwrap_or((letters.as_str(), ""));
    Ok(SecretString::from(format!("github_pat_{first}_{second}")))
}

fn random<const N: usize>() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
