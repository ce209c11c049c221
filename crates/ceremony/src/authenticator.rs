//! What can be touched.

use crate::error::CeremonyError;
use bailiwick_authority::{Assertion, Digest, PublicKey, WebAuthnKey};
use bailiwick_protocol::Shown;

/// What a new key is made for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The person's name, as authenticators show it.
    pub person: String,
    /// Why it is made, in a sentence of ours.
    pub headline: String,
    /// Credential ids that the person has already: an authenticator that holds one makes no second.
    pub known: Vec<Vec<u8>>,
}

/// An authenticator, wherever it is. Both calls wait for a person, for at most two minutes.
pub trait Authenticator: Send + Sync {
    /// Makes a key. It is not proven to be anybody's until it has signed something.
    fn enrol(&self, wish: &Wish) -> Result<PublicKey, CeremonyError>;

    /// Asks for an assertion of `key` over `statement`, after showing it. What is returned verifies.
    fn assert(
        &self,
        key: &WebAuthnKey,
        statement: &Digest,
        shown: &Shown,
    ) -> Result<Assertion, CeremonyError>;
}
