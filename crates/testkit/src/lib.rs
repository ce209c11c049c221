//! What the tests of several crates stand on.
//!
//! INVARIANT: a dev-dependency only; no binary of ours links it. Its keys are made from seeds that
//! everybody can read, and must never be enrolled.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on ends"
)]

mod passkey;
mod security_key;

pub use passkey::{Ceremony, ORIGIN, RP_ID, SoftwarePasskey, UP, UV};
pub use security_key::{After, Before, Habits, SoftwareSecurityKey};
