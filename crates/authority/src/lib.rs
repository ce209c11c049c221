//! Who may ask for what, and how that is proved.
//!
//! Every decision of a person, an agent or the broker is a *signed statement*: strict JSON in a DSSE
//! envelope with exactly one signature. This crate parses, signs and verifies statements, and judges
//! whether a chain of capabilities reaches from an active steward to the key that asks.
//!
//! INVARIANT: pure. No input or output, no clock, no randomness: times and nonces are arguments.
//! INVARIANT: a payload is parsed once, from the bytes that were signed, and never re-serialised.
//!
//! The formats are normative in `spec/`; what this crate accepts and what `spec/verify.py` accepts
//! must be the same set.

mod digest;
mod fields;
mod json;
mod name;
mod time;

mod envelope;
mod key;
mod statement;

mod alarm;
mod approval;
mod capability;
mod connection;
mod constraint;
mod fetch;
mod grant;
mod invitation;
mod invocation;
mod policy;
mod receipt;
mod recovery;
mod roster;
mod session;
mod stop;
mod succession;

mod attenuation;
mod chain;

pub use alarm::Alarm;
pub use approval::{Answer, Approval, Ask, Request, Standing};
pub use attenuation::Widening;
pub use capability::{Capability, Rate};
pub use chain::{
    Admissions, Attributed, Authorised, KnownLinks, Link, NoAdmissions, NoKnownLinks, Presented, Refused,
    Revocations, Setting, attribute, trace, verify_chain,
};
pub use connection::{Connection, GitHubApp};
pub use constraint::{Argument, Constraint};
pub use digest::{Digest, KeyId};
pub use envelope::{Envelope, EnvelopeError, MAX_ENVELOPE_BYTES};
pub use fetch::Fetch;
pub use fields::FormatError;
pub use grant::{Arguments, Bounds, Grant, Resource};
pub use invitation::Invitation;
pub use invocation::{Invocation, MAX_INVOCATION_SECONDS};
pub use json::{MAX_DEPTH, MAX_PAYLOAD_BYTES, Value};
pub use key::{
    Algorithm, Assertion, AssertionError, Ed25519Signer, Enrolment, PublicKey, SECURITY_KEY_ORIGIN,
    SignError, Signer, Suite, WebAuthnKey,
};
pub use name::{ActionId, Name, NameError, ResourceId, Text};
pub use policy::PolicySet;
pub use receipt::{Credential, Finding, Outcome, Receipt};
pub use recovery::Recovery;
pub use roster::{Assurance, EnrolledKey, KeyEnd, Person, Role, Roster};
pub use session::{MAX_SESSION_SECONDS, Session};
pub use statement::{
    Common, Kind, Nonce, Payload, Realm, SignatureError, Signed, Unsigned, Unverified, seal,
};
pub use stop::{Halt, Pause, Resume, Revocation, Target};
pub use succession::NotASuccession;
pub use time::Timestamp;

/// The longest chain that is ever looked at, root included.
pub const MAX_CHAIN: usize = 8;

/// How far a statement's `issued` may lie ahead of the verifier's clock, in seconds.
pub const MAX_SKEW_SECONDS: u64 = 5;
