//! Why the person's side did not do what was asked: a kind to branch on, what happened and why, what to do.

use bailiwick_authority::{FormatError, NameError};
use bailiwick_ceremony::{CeremonyError, TouchedKeyError};
use bailiwick_client::{ConfigError, StartError};
use bailiwick_keystore::{AgentKeyError, KeychainError, PersonKeyError, RootStoreError};
use bailiwick_protocol::{ApiError, ErrorCode};
use std::io;
use std::path::Path;

/// Whose fault, and what can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// What was asked for cannot be meant.
    Usage,
    /// Something must be set up first.
    NotSetUp,
    /// A check did not hold: ledger, realm or broker is not the one that was pinned.
    Unverified,
    /// The person did not say yes. Nothing was signed.
    NotConfirmed,
    /// No statement of ours may say this.
    Unsignable,
    /// The delegation key cannot be had, or the passphrase is not its.
    Key,
    /// The keychain is locked, absent or refuses.
    Keychain,
    /// An agent's key file cannot be had.
    AgentKey,
    /// A root secret cannot be had or kept.
    RootSecret,
    /// The configuration cannot be used: it is not what it should be.
    BadConfiguration,
    /// The configuration cannot be read or written.
    Configuration,
    /// The system refused something about a file.
    File(io::ErrorKind),
    /// Nothing can be proved of a policy here: there is no prover, or no solver.
    NoProof,
    /// What must hold of every policy was not proved of this one.
    Unproved,
    /// The broker said no, or is not there.
    Broker(ErrorCode),
    /// A defect of this program.
    Defect,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What to branch on.
    pub kind: FailureKind,
    /// What happened and why, as a lower-case sentence.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

impl Failure {
    /// A failure with its hint.
    pub fn new(kind: FailureKind, message: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure { kind, message: message.into(), hint: hint.into() }
    }

    /// What was asked for cannot be meant.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure::new(FailureKind::Usage, message, hint)
    }

    /// Something must be set up first.
    pub fn not_set_up(message: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure::new(FailureKind::NotSetUp, message, hint)
    }

    /// A check did not hold.
    pub fn unverified(message: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure::new(FailureKind::Unverified, message, hint)
    }

    /// The person said no.
    pub fn not_confirmed() -> Failure {
        Failure::new(
            FailureKind::NotConfirmed,
            "it was not confirmed; nothing was signed or sent",
            "answer `y` to go on",
        )
    }

    /// The system refused something about a file.
    pub fn file(action: &str, path: &Path, error: &io::Error) -> Failure {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => "check the path",
            io::ErrorKind::AlreadyExists => "choose another path; nothing is written over",
            io::ErrorKind::PermissionDenied => "check who may read and write there",
            io::ErrorKind::StorageFull => "make room on the disk, then try again",
            _ => "check the path and the disk",
        };
        let message = format!("cannot {action} `{}`: {error}", path.display());
        Failure::new(FailureKind::File(error.kind()), message, hint)
    }

    /// A defect of this program.
    pub fn defect(message: impl Into<String>) -> Failure {
        Failure::new(
            FailureKind::Defect,
            message,
            "this is a defect: report it with `bailiwick doctor --report`",
        )
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Failure {
        Failure::new(FailureKind::Broker(error.code), error.message, error.hint)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Failure {
        ApiError::from(error).into()
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Failure {
        let (kind, hint) = match &error {
            ConfigError::Io { .. } => {
                (FailureKind::Configuration, "check the folder's permissions and the disk")
            }
            ConfigError::Malformed { .. } => {
                (FailureKind::BadConfiguration, "mend the file; docs/cli.md lists what may stand in it")
            }
        };
        Failure::new(kind, error.to_string(), hint)
    }
}

impl From<PersonKeyError> for Failure {
    fn from(error: PersonKeyError) -> Failure {
        Failure::new(FailureKind::Key, error.to_string(), error.hint())
    }
}

impl From<CeremonyError> for Failure {
    fn from(error: CeremonyError) -> Failure {
        match error {
            CeremonyError::Declined => Failure::new(
                FailureKind::NotConfirmed,
                "the key was not touched for it; nothing was signed",
                "say yes where you are asked for it to go on",
            ),
            CeremonyError::Cancelled => Failure::new(
                FailureKind::NotConfirmed,
                "the waiting for the key was cancelled; nothing was signed",
                "start again to go on",
            ),
            error => Failure::new(FailureKind::Key, error.to_string(), error.hint()),
        }
    }
}

impl From<TouchedKeyError> for Failure {
    fn from(error: TouchedKeyError) -> Failure {
        let hint = "restore the file from a backup, or enrol a new key";
        Failure::new(FailureKind::Key, error.to_string(), hint)
    }
}

impl From<KeychainError> for Failure {
    fn from(error: KeychainError) -> Failure {
        Failure::new(FailureKind::Keychain, error.to_string(), error.hint())
    }
}

impl From<AgentKeyError> for Failure {
    fn from(error: AgentKeyError) -> Failure {
        Failure::new(FailureKind::AgentKey, error.to_string(), error.hint())
    }
}

impl From<RootStoreError> for Failure {
    fn from(error: RootStoreError) -> Failure {
        Failure::new(FailureKind::RootSecret, error.to_string(), error.hint())
    }
}

/// For a value that is not in the form of its kind.
pub fn bad_value(what: &str, given: &str, why: &NameError) -> Failure {
    Failure::usage(format!("`{given}` is not {what}: {why}"), "see `--help` for the form that it has")
}

/// As [`bad_value`], where a statement's format refuses.
pub fn bad_format(what: &str, given: &str, why: &FormatError) -> Failure {
    Failure::usage(format!("`{given}` is not {what}: {why}"), "see `--help` for the form that it has")
}
