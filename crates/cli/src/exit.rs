//! The exit codes: one table, which `--help` and docs/cli.md show.

use bailiwick_protocol::ErrorCode;
use std::process::ExitCode;

/// How a command ended. The numbers are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what was asked.
    Done = 0,
    /// A defect, or the system failed: disk, memory, store.
    Internal = 1,
    /// The command line or a file given on it is not right.
    Usage = 2,
    /// Refused: by policy, for want of authority, or because it was revoked, paused or used up.
    Refused = 3,
    /// The destination refused or failed, or what was evaluated is gone.
    Destination = 4,
    /// The broker or the destination cannot be reached.
    Unreachable = 5,
    /// Something that was verified does not hold.
    Unverified = 6,
    /// It was sent, and the outcome is not known yet.
    Unknown = 7,
    /// Something has to be set up first, or a key is not to be had.
    NotReady = 8,
    /// Stopped by Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    /// The table, as `--help` shows it.
    pub(crate) const TABLE: &str = "\
Exit codes:
  0    done
  1    a defect, or the system failed (disk, store)
  2    the command line, or a file given on it, is not right
  3    refused: by policy, not authorised, revoked, paused, used up
  4    the destination refused or failed, or something moved meanwhile
  5    the broker or the destination cannot be reached
  6    something that was verified does not hold
  7    sent, and the outcome is not known yet
  8    not set up yet, or a key is not to be had
  130  stopped by Ctrl-C";

    /// The exit code of an error that crossed the boundary.
    pub(crate) fn of(code: ErrorCode) -> Exit {
        match code {
            ErrorCode::Internal | ErrorCode::Store => Exit::Internal,
            ErrorCode::BadRequest
            | ErrorCode::TooLarge
            | ErrorCode::NotFound
            | ErrorCode::UnknownAction
            | ErrorCode::BadArgument => Exit::Usage,
            ErrorCode::BadStatement
            | ErrorCode::NotTheSuccessor
            | ErrorCode::NotPermitted
            | ErrorCode::Replayed
            | ErrorCode::NotAuthorised
            | ErrorCode::Revoked
            | ErrorCode::Paused
            | ErrorCode::UsesSpent
            | ErrorCode::Denied
            | ErrorCode::NobodyToAsk
            | ErrorCode::DeniedByPerson
            | ErrorCode::NobodyAnswered
            | ErrorCode::ApprovalVoid
            | ErrorCode::OtherResource
            | ErrorCode::Expired => Exit::Refused,
            ErrorCode::NoEvidence
            | ErrorCode::WiderThanAsked
            | ErrorCode::DestinationRefused
            | ErrorCode::Moved
            | ErrorCode::RateLimited
            | ErrorCode::WrongAnswer => Exit::Destination,
            ErrorCode::Unreachable | ErrorCode::NoAnswer | ErrorCode::NoBroker => Exit::Unreachable,
            ErrorCode::OutcomeUnknown | ErrorCode::Restarted => Exit::Unknown,
            ErrorCode::NotSetUp
            | ErrorCode::ClockBehind
            | ErrorCode::RootSecret
            | ErrorCode::AlreadyRunning
            | ErrorCode::OtherVersion => Exit::NotReady,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
