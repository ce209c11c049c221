//! A WebAuthn assertion as the signature of a statement (WebAuthn Level 3, 7.2), with the statement's
//! digest as its challenge.
//!
//! Pure and stateless: which assertion counts depends on the enrolled key and the bytes alone. Counters
//! are readable, so that a broker can raise an alarm; they never decide.

use crate::digest::Digest;
use crate::fields::{At, Fields};
use crate::json::{Node, Value};
use crate::key::webauthn::WebAuthnKey;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// The largest assertion in its encoding: with it, the largest payload still fits into an envelope.
const MAX_ASSERTION_BYTES: usize = 4_096;

/// SHA-256 of the relying party, flags, counter.
const FIXED_BYTES: usize = 37;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;
const EXTENDED: u8 = 0x80;

/// What an authenticator answered, with what the client said to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// The authenticator data, as they were signed.
    pub authenticator_data: Vec<u8>,
    /// The client data, as they were hashed.
    pub client_data: Vec<u8>,
    /// The signature over the authenticator data and the hash of the client data.
    pub signature: Vec<u8>,
}

/// Why an assertion is not the enrolled key's signature of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// The client data are not strict JSON, or lack something.
    #[error("the client data are not what a browser writes")]
    ClientData,
    /// Not an assertion but, for instance, an enrolment.
    #[error("it is not an assertion")]
    Type,
    /// Made for another statement.
    #[error("it was made for another statement")]
    Challenge,
    /// Made at another origin.
    #[error("it was made at another origin than those that were enrolled")]
    Origin,
    /// Made in a frame of another page.
    #[error("it was made inside another page")]
    CrossOrigin,
    /// The authenticator data have another form.
    #[error("the authenticator data have another form")]
    AuthenticatorData,
    /// Made for another relying party.
    #[error("it was made for another relying party")]
    RelyingParty,
    /// Nobody touched the key.
    #[error("nobody was present")]
    NotPresent,
    /// Nobody was verified by the key.
    #[error("nobody was verified")]
    NotVerified,
    /// The authenticator says of copies what it did not say when the key was enrolled.
    #[error("the key may be copied to other devices, or may no longer, unlike when it was enrolled")]
    Synced,
    /// The signature is not the enrolled key's.
    #[error("the signature is not the enrolled key's")]
    Signature,
}

impl Assertion {
    /// As it stands in an envelope: strict JSON in its one encoding.
    pub fn encode(&self) -> Vec<u8> {
        Value::object([
            ("authenticator_data", Value::from(STANDARD.encode(&self.authenticator_data))),
            ("client_data", Value::from(STANDARD.encode(&self.client_data))),
            ("signature", Value::from(STANDARD.encode(&self.signature))),
        ])
        .encode()
    }

    /// Reads what [`Assertion::encode`] wrote, and nothing else.
    pub fn decode(bytes: &[u8]) -> Option<Assertion> {
        if bytes.len() > MAX_ASSERTION_BYTES {
            return None;
        }
        let mut fields = Fields::of(Node::parse(bytes).ok()?, At::unknown()).ok()?;
        let assertion = Assertion {
            authenticator_data: fields.base64("authenticator_data").ok()?,
            client_data: fields.base64("client_data").ok()?,
            signature: fields.base64("signature").ok()?,
        };
        fields.finish().ok()?;
        (assertion.encode() == bytes).then_some(assertion)
    }

    /// How often the authenticator says that it has signed; 0 if it does not count.
    pub fn counter(&self) -> Option<u32> {
        let bytes = self.authenticator_data.get(33..FIXED_BYTES)?;
        bytes.try_into().ok().map(u32::from_be_bytes)
    }
}

impl WebAuthnKey {
    /// Whether `assertion` is this key's signature of what has the digest `challenge`.
    pub fn check(&self, challenge: &Digest, assertion: &Assertion) -> Result<(), AssertionError> {
        self.check_client_data(challenge, &assertion.client_data)?;
        self.check_authenticator_data(&assertion.authenticator_data)?;
        let hash = Digest::of(&assertion.client_data);
        let message = [assertion.authenticator_data.as_slice(), hash.as_bytes()].concat();
        if self.signed(&message, &assertion.signature) { Ok(()) } else { Err(AssertionError::Signature) }
    }

    /// Browsers add members of their own to client data, on purpose; those are ignored.
    fn check_client_data(&self, challenge: &Digest, client_data: &[u8]) -> Result<(), AssertionError> {
        let data = Value::parse(client_data).map_err(|_| AssertionError::ClientData)?;
        let text = |member: &str| data.get(member).and_then(Value::as_str).ok_or(AssertionError::ClientData);
        if text("type")? != "webauthn.get" {
            return Err(AssertionError::Type);
        }
        if text("challenge")? != URL_SAFE_NO_PAD.encode(challenge.as_bytes()) {
            return Err(AssertionError::Challenge);
        }
        let origin = text("origin")?;
        if !self.enrolment().origins.iter().any(|enrolled| enrolled == origin) {
            return Err(AssertionError::Origin);
        }
        match (data.get("crossOrigin"), data.get("topOrigin")) {
            (None | Some(Value::Bool(false)), None) => Ok(()),
            _ => Err(AssertionError::CrossOrigin),
        }
    }

    fn check_authenticator_data(&self, data: &[u8]) -> Result<(), AssertionError> {
        let (hash, rest) = data.split_at_checked(32).ok_or(AssertionError::AuthenticatorData)?;
        let flags = *rest.first().ok_or(AssertionError::AuthenticatorData)?;
        // Extensions follow if the flag says so, and are not read. An assertion attests no credential.
        let length_fits =
            if flags & EXTENDED == 0 { data.len() == FIXED_BYTES } else { data.len() > FIXED_BYTES };
        let copies_fit = flags & BACKED_UP == 0 || flags & BACKUP_ELIGIBLE != 0;
        if !length_fits || !copies_fit || flags & ATTESTED != 0 {
            return Err(AssertionError::AuthenticatorData);
        }
        if hash != Digest::of(self.enrolment().rp_id.as_bytes()).as_bytes() {
            return Err(AssertionError::RelyingParty);
        }
        if flags & USER_PRESENT == 0 {
            return Err(AssertionError::NotPresent);
        }
        if flags & USER_VERIFIED == 0 {
            return Err(AssertionError::NotVerified);
        }
        if (flags & BACKUP_ELIGIBLE != 0) != self.enrolment().synced {
            return Err(AssertionError::Synced);
        }
        Ok(())
    }
}
