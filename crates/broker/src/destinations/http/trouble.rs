//! Why a request has no answer.

use super::{MAX_BODY_BYTES, MAX_HEAD_BYTES};

/// Why an address was not reached. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// No address for the name.
    #[error("its name has no address")]
    NoAddress,
    /// Plain HTTP is for loopback, and the name stands for another address.
    #[error("plain http is for this machine only, and its name stands for another address")]
    NotLoopback,
    /// Nobody listens there.
    #[error("it refuses connections")]
    Refused,
    /// No answer to the attempt to connect.
    #[error("it does not answer connections")]
    Silent,
    /// No TLS connection, with the reason.
    #[error("no TLS connection came about: {0}")]
    Tls(String),
    /// The proxy did not connect us.
    #[error("the proxy does not connect to it")]
    Proxy,
    /// Another failure of the network, with its kind.
    #[error("the network failed: {0}")]
    Network(String),
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// It was not reached.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// The deadline passed.
    #[error("no answer in time")]
    TimedOut,
    /// The connection ended first.
    #[error("the connection ended before the answer did")]
    HungUp,
    /// The answer is over the limit.
    #[error("the answer is larger than {MAX_BODY_BYTES} bytes or its head larger than {MAX_HEAD_BYTES}")]
    TooLarge,
    /// The answer is not HTTP.
    #[error("the answer is not HTTP")]
    NotHttp,
    /// The gate closed.
    #[error("stopped: the authority for this operation was taken back")]
    Stopped,
}

/// A request without an answer, and whether any byte of it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Why.
    pub why: NoAnswer,
    /// Whether the request, or part of it, was written to the connection.
    pub sent: bool,
}
