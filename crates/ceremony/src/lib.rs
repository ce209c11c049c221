//! Keys that are touched: a person's WebAuthn key as a signer of statements.
//!
//! | how it is touched | where |
//! |---|---|
//! | on a page of ours in the system browser | [`Browser`] |
//! | a security key over USB, without a browser | [`SecurityKeys`] |
//!
//! Both are an [`Authenticator`]; [`TouchedKey`] signs through either, and is what commands hold.
//!
//! INVARIANT: an assertion is asked for over the digest of one statement, which is shown first, rendered from
//! the very bytes that are signed. A random challenge is never signed.
//! INVARIANT: what comes back is held against the enrolled key before anybody else sees it.
//! INVARIANT: nothing listens but on loopback, and nothing is answered but to our own page, once.
//!
//! Calls wait for a person; none belongs on an asynchronous worker.

mod authenticator;
mod browser;
mod error;
mod new_key;
mod security_key;
mod spki;
mod touched_key;

pub use authenticator::{Authenticator, Wish};
pub use browser::{Browser, Cancel, PORT, Page, origin};
pub use error::CeremonyError;
pub use security_key::{
    About, CtapKey, Hand, Made, Patience, Plugged, REPORT_BYTES, Report, Reports, SecurityKeys, Verification,
};
pub use touched_key::{TouchedKey, TouchedKeyError, Way};

/// The relying party of every key that is enrolled here. Not `localhost`, which every program on this machine
/// may be: a credential belongs to its relying party.
pub const RP_ID: &str = "bailiwick.localhost";
