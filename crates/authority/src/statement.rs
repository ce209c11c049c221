//! A statement: common fields, a body of one kind, and the proof that its issuer signed it.

use crate::digest::{Digest, KeyId};
use crate::envelope::{Envelope, EnvelopeError, pre_authentication_encoding};
use crate::fields::{At, Fields, FormatError, Members};
use crate::json::{Node, Value};
use crate::key::{PublicKey, SignError, Signer};
use crate::name::NameError;
use crate::time::Timestamp;
use std::fmt;
use std::str::FromStr;

/// What a statement says. The kind and its version are the envelope's payload type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Persons and their keys; the first is the genesis.
    Roster,
    /// A destination and how the broker reaches it.
    Connection,
    /// The policy sets in force.
    Policy,
    /// What a key may ask for.
    Capability,
    /// A request for one operation.
    Invocation,
    /// The end of a capability, a key, a person's delegations or a connection.
    Revocation,
    /// The end of everything.
    Halt,
    /// The broker's record that somebody paused an agent or everything.
    Pause,
    /// The lifting of a halt or a pause.
    Resume,
    /// A holder's proof that it may fetch its capabilities.
    Fetch,
    /// The broker's description of an operation that persons must agree to.
    Request,
    /// A person's answer to one statement.
    Approval,
    /// A rule that persons made from answers.
    Standing,
    /// A person's sign-in at a console.
    Session,
    /// A newcomer's key, on its way to a steward.
    Invitation,
    /// What the broker noticed about a statement.
    Alarm,
    /// What became of an operation.
    Receipt,
    /// What was learned about an operation later.
    Finding,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 18] = [
        Kind::Roster,
        Kind::Connection,
        Kind::Policy,
        Kind::Capability,
        Kind::Invocation,
        Kind::Revocation,
        Kind::Halt,
        Kind::Pause,
        Kind::Resume,
        Kind::Fetch,
        Kind::Request,
        Kind::Approval,
        Kind::Standing,
        Kind::Session,
        Kind::Invitation,
        Kind::Alarm,
        Kind::Receipt,
        Kind::Finding,
    ];

    /// The kind's name, as it stands in ledger leaves.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Roster => "roster",
            Kind::Connection => "connection",
            Kind::Policy => "policy",
            Kind::Capability => "capability",
            Kind::Invocation => "invocation",
            Kind::Revocation => "revocation",
            Kind::Halt => "halt",
            Kind::Pause => "pause",
            Kind::Resume => "resume",
            Kind::Fetch => "fetch",
            Kind::Request => "request",
            Kind::Approval => "approval",
            Kind::Standing => "standing",
            Kind::Session => "session",
            Kind::Invitation => "invitation",
            Kind::Alarm => "alarm",
            Kind::Receipt => "receipt",
            Kind::Finding => "finding",
        }
    }

    /// The media type that carries kind and version. Receipts and findings are in-toto Statements and
    /// carry theirs in `predicateType`, as in-toto wants it.
    pub fn payload_type(self) -> &'static str {
        match self {
            Kind::Roster => "application/vnd.bailiwick.roster.v1+json",
            Kind::Connection => "application/vnd.bailiwick.connection.v1+json",
            Kind::Policy => "application/vnd.bailiwick.policy.v1+json",
            Kind::Capability => "application/vnd.bailiwick.capability.v1+json",
            Kind::Invocation => "application/vnd.bailiwick.invocation.v1+json",
            Kind::Revocation => "application/vnd.bailiwick.revocation.v1+json",
            Kind::Halt => "application/vnd.bailiwick.halt.v1+json",
            Kind::Pause => "application/vnd.bailiwick.pause.v1+json",
            Kind::Resume => "application/vnd.bailiwick.resume.v1+json",
            Kind::Fetch => "application/vnd.bailiwick.fetch.v1+json",
            Kind::Request => "application/vnd.bailiwick.request.v1+json",
            Kind::Approval => "application/vnd.bailiwick.approval.v1+json",
            Kind::Standing => "application/vnd.bailiwick.standing.v1+json",
            Kind::Session => "application/vnd.bailiwick.session.v1+json",
            Kind::Invitation => "application/vnd.bailiwick.invitation.v1+json",
            Kind::Alarm => "application/vnd.bailiwick.alarm.v1+json",
            Kind::Receipt | Kind::Finding => IN_TOTO,
        }
    }

    /// The in-toto predicate type, for the kinds that are in-toto Statements.
    pub(crate) fn predicate_type(self) -> Option<&'static str> {
        match self {
            Kind::Receipt => Some("urn:bailiwick:receipt:v1"),
            Kind::Finding => Some("urn:bailiwick:finding:v1"),
            _ => None,
        }
    }

    /// The kind of an envelope's payload, if it has one of ours.
    pub fn of(envelope: &Envelope) -> Option<Kind> {
        if envelope.payload_type() == IN_TOTO {
            let value = Value::parse(envelope.payload()).ok()?;
            let predicate = value.get("predicateType")?.as_str()?;
            return Kind::ALL.into_iter().find(|kind| kind.predicate_type() == Some(predicate));
        }
        Kind::ALL.into_iter().find(|kind| kind.payload_type() == envelope.payload_type())
    }
}

const IN_TOTO: &str = "application/vnd.in-toto+json";
const IN_TOTO_STATEMENT: &str = "https://in-toto.io/Statement/v1";

/// The trust domain of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Realm {
    /// Written `genesis`: the statement founds its realm.
    Genesis,
    /// The realm founded by the roster with this statement digest.
    Of(Digest),
}

impl FromStr for Realm {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Realm, NameError> {
        if text == "genesis" { Ok(Realm::Genesis) } else { text.parse().map(Realm::Of) }
    }
}

impl fmt::Display for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Realm::Genesis => f.write_str("genesis"),
            Realm::Of(digest) => digest.fmt(f),
        }
    }
}

/// 128 random bits that make a statement unlike any other: 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Nonce(pub [u8; 16]);

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Nonce {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Nonce, NameError> {
        let digest = format!("sha256:{text}{text}").parse::<Digest>().map_err(|_| NameError::NotANonce)?;
        let (half, _) = digest.as_bytes().split_at(16);
        half.try_into().map(Nonce).map_err(|_| NameError::NotANonce)
    }
}

/// What every statement says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Common {
    /// The trust domain it belongs to.
    pub realm: Realm,
    /// The key that signs it.
    pub issuer: KeyId,
    /// When its issuer says it was made.
    pub issued: Timestamp,
    /// What makes it unlike any other.
    pub nonce: Nonce,
}

/// The body of one kind of statement.
pub trait Payload: Sized {
    /// The kind.
    const KIND: Kind;
    #[doc(hidden)]
    fn read(fields: &mut PayloadFields<'_>) -> Result<Self, FormatError>;
    #[doc(hidden)]
    fn write(&self, members: &mut PayloadMembers);
    /// The digests that an in-toto Statement is about; empty for every other kind.
    #[doc(hidden)]
    fn subject(&self) -> Vec<(&'static str, Digest)> {
        Vec::new()
    }
}

/// The fields of a payload; opaque outside this crate.
#[doc(hidden)]
pub struct PayloadFields<'a>(pub(crate) Fields<'a>);

/// The members of a payload; opaque outside this crate.
#[doc(hidden)]
pub struct PayloadMembers(pub(crate) Members);

/// A well-formed statement whose signature nobody has checked. Its content is a claim.
#[derive(Clone, Debug)]
pub struct Unverified<T> {
    envelope: Envelope,
    digest: Digest,
    common: Common,
    body: T,
}

/// A statement whose signature is its issuer's.
///
/// INVARIANT: made only by [`Unverified::verify`], which [`Unsigned::sign`] ends in.
#[derive(Clone, Debug)]
pub struct Signed<T>(Unverified<T>);

/// Why a statement is not its issuer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The key is not the one that the payload names as issuer.
    #[error("the statement names another key as its issuer")]
    OtherIssuer,
    /// The signature does not verify.
    #[error("the signature is not the issuer's over these bytes")]
    Wrong,
}

impl<T: Payload> Unverified<T> {
    /// Reads the statement in `envelope`: its type, then its payload, whole and strict.
    pub fn read(envelope: Envelope) -> Result<Unverified<T>, FormatError> {
        if envelope.payload_type() != T::KIND.payload_type() {
            return Err(FormatError::Invalid {
                field: "payloadType".into(),
                why: format!("expected `{}`", T::KIND.payload_type()),
            });
        }
        let payload = envelope.payload();
        let (common, body) =
            read_payload(payload, At::unknown()).or_else(|_| read_payload(payload, At::top()))?;
        let digest = envelope.statement_digest();
        Ok(Unverified { envelope, digest, common, body })
    }

    /// Parses the envelope in `bytes` and reads its statement.
    pub fn parse(bytes: &[u8]) -> Result<Unverified<T>, EnvelopeError> {
        Ok(Unverified::read(Envelope::parse(bytes)?)?)
    }

    /// Checks that `key` is the issuer and that it signed these bytes.
    pub fn verify(self, key: &PublicKey) -> Result<Signed<T>, SignatureError> {
        if key.id() != self.common.issuer {
            return Err(SignatureError::OtherIssuer);
        }
        if !self.envelope.is_signed_by(key) {
            return Err(SignatureError::Wrong);
        }
        Ok(Signed(self))
    }

    /// The envelope as it was read.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The common fields, as claimed.
    pub fn common(&self) -> &Common {
        &self.common
    }

    /// The body, as claimed.
    pub fn body(&self) -> &T {
        &self.body
    }

    /// The statement digest.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

impl<T> Signed<T> {
    /// The common fields.
    pub fn common(&self) -> &Common {
        &self.0.common
    }

    /// The body.
    pub fn body(&self) -> &T {
        &self.0.body
    }

    /// The statement digest: identity and parent link.
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// The envelope as it was signed.
    pub fn envelope(&self) -> &Envelope {
        &self.0.envelope
    }
}

/// A statement that nobody has signed yet: the exact bytes that a signature will cover, so that what a person
/// is shown is what is signed.
///
/// INVARIANT: made only by [`Unsigned::write`]; body and digest are read from the bytes, never beside them.
#[derive(Clone, Debug)]
pub struct Unsigned<T> {
    payload: Vec<u8>,
    digest: Digest,
    common: Common,
    body: T,
}

impl<T: Payload> Unsigned<T> {
    /// Writes a statement of `issuer`. The caller supplies time and nonce. What was written is read back:
    /// nothing comes to be signed that this crate would refuse.
    pub fn write(
        issuer: KeyId,
        realm: Realm,
        issued: Timestamp,
        nonce: Nonce,
        body: &T,
    ) -> Result<Unsigned<T>, FormatError> {
        let mut members = Members::default();
        members.put("realm", realm.to_string());
        members.put("issuer", issuer);
        members.put("issued", issued);
        members.put("nonce", nonce.to_string());
        let mut members = PayloadMembers(members);
        body.write(&mut members);
        let payload = match T::KIND.predicate_type() {
            None => members.0.into_value(),
            Some(predicate_type) => Value::object([
                ("_type", Value::from(IN_TOTO_STATEMENT)),
                ("subject", in_toto_subject(body)),
                ("predicateType", Value::from(predicate_type)),
                ("predicate", members.0.into_value()),
            ]),
        }
        .encode();
        let envelope = Envelope::new(T::KIND.payload_type(), payload, Vec::new());
        let digest = envelope.statement_digest();
        let Unverified { envelope, common, body, .. } = Unverified::read(envelope)?;
        Ok(Unsigned { payload: envelope.payload().to_vec(), digest, common, body })
    }

    /// The envelope as it will be, without its signature: for showing.
    pub fn envelope(&self) -> Envelope {
        Envelope::new(T::KIND.payload_type(), self.payload.clone(), Vec::new())
    }

    /// The common fields, as they will be signed.
    pub fn common(&self) -> &Common {
        &self.common
    }

    /// The body, as it will be signed.
    pub fn body(&self) -> &T {
        &self.body
    }

    /// The statement digest, which no signature changes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Signs these bytes.
    pub fn sign(self, signer: &dyn Signer) -> Result<Signed<T>, SignError> {
        let Unsigned { payload, digest, common, body } = self;
        let payload_type = T::KIND.payload_type();
        let signature = signer.sign(&pre_authentication_encoding(payload_type, &payload))?;
        let envelope = Envelope::new(payload_type, payload, signature);
        let unverified = Unverified { envelope, digest, common, body };
        unverified.verify(signer.public()).map_err(|error| SignError(error.to_string()))
    }
}

/// Writes and signs a statement. The caller supplies time and nonce.
pub fn seal<T: Payload>(
    signer: &dyn Signer,
    realm: Realm,
    issued: Timestamp,
    nonce: Nonce,
    body: T,
) -> Result<Signed<T>, SignError> {
    Unsigned::write(signer.public().id(), realm, issued, nonce, &body)
        .map_err(|error| SignError(error.to_string()))?
        .sign(signer)
}

fn read_payload<T: Payload>(payload: &[u8], at: At) -> Result<(Common, T), FormatError> {
    let mut outer = Fields::of(Node::parse(payload)?, at)?;
    let (mut fields, subject) = match T::KIND.predicate_type() {
        None => (outer, None),
        Some(predicate_type) => {
            let subject = outer.value("subject")?;
            (open_in_toto(outer, predicate_type)?, Some(subject))
        }
    };
    let common = Common {
        realm: fields.parsed("realm")?,
        issuer: fields.key_id("issuer")?,
        issued: fields.time("issued")?,
        nonce: fields.parsed("nonce")?,
    };
    let mut fields = PayloadFields(fields);
    let body = T::read(&mut fields)?;
    fields.0.finish()?;
    if subject.is_some_and(|subject| subject != in_toto_subject(&body)) {
        return Err(FormatError::Invalid {
            field: "subject".into(),
            why: "not what the predicate is about".into(),
        });
    }
    Ok((common, body))
}

fn open_in_toto<'a>(mut outer: Fields<'a>, predicate_type: &str) -> Result<Fields<'a>, FormatError> {
    for (field, expected) in [("_type", IN_TOTO_STATEMENT), ("predicateType", predicate_type)] {
        if outer.str(field)? != expected {
            return Err(outer.invalid(field, format_args!("expected `{expected}`")));
        }
    }
    let predicate = outer.object("predicate")?;
    outer.finish()?;
    Ok(predicate)
}

fn in_toto_subject<T: Payload>(body: &T) -> Value {
    let descriptor = |(name, digest): (&str, Digest)| {
        Value::object([
            ("name", Value::from(name)),
            ("digest", Value::object([("sha256", Value::Str(digest.hex()))])),
        ])
    };
    Value::List(body.subject().into_iter().map(descriptor).collect())
}
