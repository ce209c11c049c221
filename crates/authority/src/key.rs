//! Keys that sign statements. The suite belongs to the enrolled key, never to the envelope.

mod strict;

use crate::digest::{Digest, KeyId};
use crate::fields::{At, Fields, FormatError, Members};
use crate::json::{Node, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use std::fmt;

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// Ed25519, RFC 8032, verified strictly: canonical points and scalars, no small-order points.
    Ed25519,
}

impl Suite {
    /// The suite's name in statements. `webauthn` and `p256` are reserved.
    pub fn as_str(self) -> &'static str {
        match self {
            Suite::Ed25519 => "ed25519",
        }
    }
}

/// The public half of a key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    id: KeyId,
}

impl PublicKey {
    /// An Ed25519 public key: 32 bytes, canonical, not of small order.
    pub fn ed25519(bytes: &[u8]) -> Result<PublicKey, FormatError> {
        let refuse = |why: &str| FormatError::Invalid { field: "public".into(), why: why.into() };
        let bytes: &[u8; 32] = bytes.try_into().map_err(|_| refuse("an Ed25519 public key has 32 bytes"))?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| refuse("not a point of the curve"))?;
        if !strict::is_canonical(bytes) {
            return Err(refuse("not the canonical encoding of its point"));
        }
        if key.is_weak() {
            return Err(refuse("a point of small order"));
        }
        Ok(PublicKey { key, id: KeyId(Digest::of_parts(&[b"bailiwick key v1\ned25519\n", bytes])) })
    }

    /// `SHA-256("bailiwick key v1\n" + suite + "\n" + public bytes)`.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// How the key signs.
    pub fn suite(&self) -> Suite {
        Suite::Ed25519
    }

    /// The public bytes in the suite's own encoding.
    pub fn bytes(&self) -> &[u8] {
        self.key.as_bytes()
    }

    /// Whether `signature` over `message` is this key's.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifies_parts(&[message], signature)
    }

    /// As [`PublicKey::verifies`], of a message that lies in several places.
    pub(crate) fn verifies_parts(&self, message: &[&[u8]], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| strict::verifies(&self.key, message, &signature))
    }

    /// `ed25519:<base64>`, as `bailiwick agent new` prints it.
    pub fn to_line(&self) -> String {
        format!("{}:{}", self.suite().as_str(), STANDARD.encode(self.bytes()))
    }

    /// Reads what [`PublicKey::to_line`] wrote.
    pub fn from_line(line: &str) -> Result<PublicKey, FormatError> {
        let bad = |why: &str| FormatError::Invalid { field: "public key".into(), why: why.into() };
        let base64 = line.strip_prefix("ed25519:").ok_or_else(|| bad("it starts with `ed25519:`"))?;
        PublicKey::ed25519(&STANDARD.decode(base64).map_err(|_| bad("not base64"))?)
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<PublicKey, FormatError> {
        match fields.str("suite")?.as_ref() {
            "ed25519" => {}
            other => {
                return Err(
                    fields.invalid("suite", format_args!("no suite named `{}`", other.escape_default()))
                );
            }
        }
        let text = fields.str("public")?;
        let bytes =
            STANDARD.decode(text.as_ref()).map_err(|_| fields.invalid("public", "not canonical base64"))?;
        PublicKey::ed25519(&bytes).map_err(|error| match error {
            FormatError::Invalid { why, .. } => fields.invalid("public", why),
            other => other,
        })
    }

    pub(crate) fn decode(node: Node<'_>, at: At) -> Result<PublicKey, FormatError> {
        let mut fields = Fields::of(node, at)?;
        let key = PublicKey::read(&mut fields)?;
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
