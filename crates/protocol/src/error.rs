//! Errors as they cross a boundary: a code to branch on, a sentence, and what to do.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a client may branch on. Everything else is in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// The request is not what this route takes.
    BadRequest,
    /// The body is over the limit.
    TooLarge,
    /// There is no such thing, or it is not for this client to see.
    NotFound,
    /// A statement is not well-formed, or not its issuer's.
    BadStatement,
    /// The statement's series has moved on: it does not follow the head.
    NotTheSuccessor,
    /// The issuer may not say this.
    NotPermitted,
    /// This statement, or this nonce, was already used.
    Replayed,
    /// The chain does not authorise the request.
    NotAuthorised,
    /// A capability, agent, person or connection was revoked, or everything was halted.
    Revoked,
    /// An agent, or everything, is paused.
    Paused,
    /// A capability's uses, or its rate, are spent.
    UsesSpent,
    /// The policy refused.
    Denied,
    /// A person would have to agree, and nobody can be asked.
    NobodyToAsk,
    /// A person denied it.
    DeniedByPerson,
    /// Nobody answered in time.
    NobodyAnswered,
    /// What had been approved changed before it could be done.
    ApprovalVoid,
    /// The action is in no catalogue.
    UnknownAction,
    /// An argument is missing or is not what the action takes.
    BadArgument,
    /// The resource is not what the capability was signed for: gone, renamed, recreated.
    OtherResource,
    /// Evidence could not be had, was contradictory or incomplete.
    NoEvidence,
    /// The destination gave more than was asked for.
    WiderThanAsked,
    /// The destination refused.
    DestinationRefused,
    /// What was evaluated is not what is there now.
    Moved,
    /// The destination asks to wait.
    RateLimited,
    /// The destination cannot be reached.
    Unreachable,
    /// The destination did not answer in time, or hung up.
    NoAnswer,
    /// The destination answered what cannot be understood.
    WrongAnswer,
    /// It took longer than an operation may.
    Expired,
    /// It was sent, and the outcome is not known yet.
    OutcomeUnknown,
    /// Nothing is set up yet, or no such connection.
    NotSetUp,
    /// The clock stands behind the time that was already recorded.
    ClockBehind,
    /// The store refuses: disk full, read only, damaged.
    Store,
    /// The root secret cannot be had: keychain locked or absent, or it is another one.
    RootSecret,
    /// The broker was restarted in the middle.
    Restarted,
    /// Another broker has this folder.
    AlreadyRunning,
    /// The other side speaks another version of the protocol.
    OtherVersion,
    /// The broker cannot be reached.
    NoBroker,
    /// A defect of ours.
    Internal,
}

impl ErrorCode {
    /// The code as it is written: `not-authorised`.
    pub fn as_str(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}

/// An error as it crosses a boundary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ApiError {
    /// What to branch on.
    pub code: ErrorCode,
    /// What happened and why, as a lower-case sentence.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl ApiError {
    /// An error with its hint.
    pub fn new(code: ErrorCode, message: impl Into<String>, hint: impl Into<String>) -> ApiError {
        ApiError { code, message: message.into(), hint: hint.into() }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
