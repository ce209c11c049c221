//! Keys that sign statements. The suite belongs to the enrolled key, never to the envelope.
//!
//! [`PublicKey::verifies`] is the one door: whatever the suite, nothing is taken for signed beside it.

mod assertion;
mod strict;
mod webauthn;

pub use assertion::{Assertion, AssertionError};
pub use webauthn::{Algorithm, Enrolment, SECURITY_KEY_ORIGIN, WebAuthnKey};

use crate::digest::{Digest, KeyId};
use crate::fields::{At, Fields, FormatError, Members};
use crate::json::{Node, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use std::fmt;
use std::sync::Arc;

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// Ed25519, RFC 8032, verified strictly: canonical points and scalars, no small-order points.
    Ed25519,
    /// A WebAuthn assertion whose challenge is the digest of what is signed.
    WebAuthn,
}

impl Suite {
    /// The suite's name in statements. `p256` is reserved.
    pub fn as_str(self) -> &'static str {
        match self {
            Suite::Ed25519 => "ed25519",
            Suite::WebAuthn => "webauthn",
        }
    }

    fn of_name(name: &str) -> Option<Suite> {
        [Suite::Ed25519, Suite::WebAuthn].into_iter().find(|suite| suite.as_str() == name)
    }
}

/// The public half of a key.
#[derive(Clone)]
pub struct PublicKey {
    inside: Inside,
    id: KeyId,
}

#[derive(Clone)]
enum Inside {
    Ed25519(VerifyingKey),
    WebAuthn(Arc<WebAuthnKey>),
}

impl PublicKey {
    /// An Ed25519 public key: 32 bytes, canonical, not of small order.
    pub fn ed25519(bytes: &[u8]) -> Result<PublicKey, FormatError> {
        let key = strict::read(bytes).map_err(not_a_key)?;
        Ok(PublicKey::of(Inside::Ed25519(key)))
    }

    /// A WebAuthn key as it was enrolled.
    pub fn webauthn(enrolment: Enrolment) -> Result<PublicKey, FormatError> {
        let key = WebAuthnKey::new(enrolment).map_err(not_a_key)?;
        Ok(PublicKey::of(Inside::WebAuthn(Arc::new(key))))
    }

    /// A key from its suite and its public bytes.
    pub fn of_suite(suite: Suite, public: &[u8]) -> Result<PublicKey, FormatError> {
        match suite {
            Suite::Ed25519 => PublicKey::ed25519(public),
            Suite::WebAuthn => {
                let key = WebAuthnKey::read(public).map_err(not_a_key)?;
                Ok(PublicKey::of(Inside::WebAuthn(Arc::new(key))))
            }
        }
    }

    /// `SHA-256("bailiwick key v1\n" + suite + "\n" + public bytes)`.
    fn of(inside: Inside) -> PublicKey {
        let id = match &inside {
            Inside::Ed25519(key) => Digest::of_parts(&[b"bailiwick key v1\ned25519\n", key.as_bytes()]),
            Inside::WebAuthn(key) => Digest::of_parts(&[b"bailiwick key v1\nwebauthn\n", key.public()]),
        };
        PublicKey { inside, id: KeyId(id) }
    }

    /// What names the key: the digest of its suite and public bytes.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// How the key signs.
    pub fn suite(&self) -> Suite {
        match self.inside {
            Inside::Ed25519(_) => Suite::Ed25519,
            Inside::WebAuthn(_) => Suite::WebAuthn,
        }
    }

    /// The public bytes in the suite's own encoding.
    pub fn bytes(&self) -> &[u8] {
        match &self.inside {
            Inside::Ed25519(key) => key.as_bytes(),
            Inside::WebAuthn(key) => key.public(),
        }
    }

    /// What was enrolled, if it is a WebAuthn key.
    pub fn as_webauthn(&self) -> Option<&WebAuthnKey> {
        match &self.inside {
            Inside::Ed25519(_) => None,
            Inside::WebAuthn(key) => Some(key),
        }
    }

    /// Whether `signature` over `message` is this key's.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifies_parts(&[message], signature)
    }

    /// As [`PublicKey::verifies`], of a message that lies in several places.
    pub(crate) fn verifies_parts(&self, message: &[&[u8]], signature: &[u8]) -> bool {
        match &self.inside {
            Inside::Ed25519(key) => Signature::from_slice(signature)
                .is_ok_and(|signature| strict::verifies(key, message, &signature)),
            Inside::WebAuthn(key) => Assertion::decode(signature)
                .is_some_and(|assertion| key.check(&Digest::of_parts(message), &assertion).is_ok()),
        }
    }

    /// `suite:<base64>`, as `bailiwick agent new` prints it.
    pub fn to_line(&self) -> String {
        format!("{}:{}", self.suite().as_str(), STANDARD.encode(self.bytes()))
    }

    /// Reads what [`PublicKey::to_line`] wrote.
    pub fn from_line(line: &str) -> Result<PublicKey, FormatError> {
        let bad = |why: &str| FormatError::Invalid { field: "public key".into(), why: why.into() };
        let (suite, base64) = line.split_once(':').ok_or_else(|| bad("it starts with `ed25519:`"))?;
        let suite = Suite::of_name(suite).ok_or_else(|| bad("it starts with `ed25519:`"))?;
        PublicKey::of_suite(suite, &STANDARD.decode(base64).map_err(|_| bad("not base64"))?)
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<PublicKey, FormatError> {
        let name = fields.str("suite")?;
        let suite = Suite::of_name(&name).ok_or_else(|| {
            fields.invalid("suite", format_args!("no suite named `{}`", name.escape_default()))
        })?;
        let bytes = fields.base64("public")?;
        PublicKey::of_suite(suite, &bytes).map_err(|error| match error {
            FormatError::Invalid { why, .. } => fields.invalid("public", why),
            other => other,
        })
    }

    /// The key of a holder: an agent signs by itself, so that there is nobody to touch anything.
    pub(crate) fn decode_holder(node: Node<'_>, at: At) -> Result<PublicKey, FormatError> {
        let mut fields = Fields::of(node, at)?;
        let key = PublicKey::read(&mut fields)?;
        if key.suite() != Suite::Ed25519 {
            return Err(fields.invalid("suite", "a holder's key is an `ed25519` key"));
        }
        fields.finish()?;
        Ok(key)
    }

    pub(crate) fn write(&self, members: &mut Members) {
        members.put("suite", self.suite().as_str());
        members.put("public", STANDARD.encode(self.bytes()));
    }

    pub(crate) fn encode(&self) -> Value {
        let mut members = Members::default();
        self.write(&mut members);
        members.into_value()
    }
}

fn not_a_key(why: &'static str) -> FormatError {
    FormatError::Invalid { field: "public".into(), why: why.into() }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &PublicKey) -> bool {
        self.id == other.id
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_line())
    }
}

/// A key could not be brought to sign: the keychain is locked, the person said no, the token is gone.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SignError(pub String);

/// Something that signs for one key.
pub trait Signer {
    /// The public half.
    fn public(&self) -> &PublicKey;

    /// Signs `message` (a pre-authentication encoding). May wait for a person.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// A signer whose private key is in this process's memory, zeroised when dropped.
pub struct Ed25519Signer {
    secret: SigningKey,
    public: PublicKey,
}

impl Ed25519Signer {
    /// The signer of a 32-byte seed.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Ed25519Signer, FormatError> {
        let secret = SigningKey::from_bytes(seed);
        let public = PublicKey::ed25519(secret.verifying_key().as_bytes())?;
        Ok(Ed25519Signer { secret, public })
    }
}

impl Signer for Ed25519Signer {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(ed25519_dalek::Signer::sign(&self.secret, message).to_vec())
    }
}

impl fmt::Debug for Ed25519Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "signer of {:?}", self.public)
    }
}
