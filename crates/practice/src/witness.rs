//! The witness: every request head that arrived and every token that was made, as the destination saw it.
//!
//! It is what tests hold the broker's own account against, so it knows nothing of the broker and never
//! holds a token's value.

use std::time::{Instant, SystemTime};

use jiff::Timestamp;

use crate::permission::Permissions;

/// Who a request came from, as far as its credentials said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sender {
    /// No credentials.
    Nobody,
    /// The App itself, by an assertion of its key.
    App {
        /// When the assertion says it was issued (seconds since 1970).
        issued: i64,
        /// When the assertion ends (seconds since 1970).
        expires: i64,
    },
    /// A token of the installation, by its public number.
    Installation {
        /// The number that [`TokenLife::id`] has too.
        token: u64,
    },
    /// A person's token.
    User {
        /// Whose.
        login: String,
        /// The number that [`TokenLife::id`] has too.
        token: u64,
    },
    /// Credentials that were refused. The number is there when the token once was good.
    Refused {
        /// The public number of a revoked or expired token.
        token: Option<u64>,
    },
}

/// One request head, from the moment it was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Seen {
    /// Its place among all requests, from 0.
    pub number: u64,
    /// When its head had been read, on the machine's monotonic clock.
    pub at: Instant,
    /// The same moment on the machine's wall clock.
    pub time: SystemTime,
    /// The method.
    pub method: String,
    /// The path as it was sent.
    pub path: String,
    /// The query as it was sent, without the question mark.
    pub query: Option<String>,
    /// GitHub's operation id, such as `pulls/merge`; none where no route matched.
    pub operation: Option<&'static str>,
    /// Who sent it.
    pub sender: Sender,
    /// The repository it was about, where there is one and it was found.
    pub repository: Option<u64>,
    /// What was answered; none while it is being worked on, or when nothing was.
    pub status: Option<u16>,
    /// When the answer was ready.
    pub answered_at: Option<Instant>,
    /// The fault that was injected, if one was.
    pub fault: Option<String>,
}

/// One token's life. The value is not in it; its SHA-256 is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TokenLife {
    /// The public number.
    pub id: u64,
    /// The installation, none for a person's token.
    pub installation: Option<u64>,
    /// The person's login, none for an installation's token.
    pub user: Option<String>,
    /// The repositories that it was narrowed to; none when it reaches all of its holder's.
    pub repositories: Option<Vec<u64>>,
    /// What it may do.
    pub permissions: Permissions,
    /// When it was made, on the range's clock.
    pub minted: Timestamp,
    /// The same on the machine's monotonic clock.
    pub minted_at: Instant,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
    /// The same on the machine's monotonic clock.
    pub revoked_at: Option<Instant>,
    /// When it was last accepted.
    pub last_used: Option<Timestamp>,
    /// How often it was accepted, its revocation included.
    pub uses: u64,
    /// SHA-256 of the value, in hexadecimal.
    pub sha256: String,
    /// Whether it opened anything when this was asked.
    pub alive: bool,
}
