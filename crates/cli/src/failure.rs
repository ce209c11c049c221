//! What a command fails with: a code to branch on, what happened and why, what to do, and the exit code.
//!
//! There is one renderer for it, [`crate::output::Output::fail`].

use crate::exit::Exit;
use bailiwick_authority::{FormatError, NameError};
use bailiwick_client::{ConfigError, StartError};
use bailiwick_keystore::{AgentKeyError, KeychainError, PersonKeyError, RootStoreError};
use bailiwick_protocol::{ApiError, ErrorCode, PlacesError};
use std::io;
use std::path::Path;

/// Why a command ended without doing what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something to say.
    Said(Box<Said>),
    /// Whoever read our output has closed it: nothing is left to say, and nobody to say it to.
    ClosedPipe,
}

/// What there is to say.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) exit: Exit,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl Failure {
    pub(crate) fn new(
        exit: Exit,
        code: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Failure {
        Failure::Said(Box::new(Said { exit, code: code.into(), message: message.into(), hint: hint.into() }))
    }

    /// The command line asks for something that cannot be meant.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, "usage", message, hint)
    }

    /// Something must be set up first.
    pub(crate) fn not_set_up(message: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure::new(Exit::NotReady, "not-set-up", message, hint)
    }

    /// A check did not hold.
    pub(crate) fn unverified(message: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure::new(Exit::Unverified, "unverified", message, hint)
    }

    /// The system refused something about a file.
    pub(crate) fn file(action: &str, path: &Path, error: &io::Error) -> Failure {
        let exit = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists => Exit::Usage,
            _ => Exit::Internal,
        };
        Failure::new(
            exit,
            "file",
            format!("cannot {action} `{}`: {error}", path.display()),
            match error.kind() {
                io::ErrorKind::NotFound => "check the path",
                io::ErrorKind::AlreadyExists => "choose another path; nothing is written over",
                io::ErrorKind::PermissionDenied => "check who may read and write there",
                io::ErrorKind::StorageFull => "make room on the disk, then try again",
                _ => "check the path and the disk",
            },
        )
    }

    /// A defect of this program.
    pub(crate) fn defect(message: impl Into<String>) -> Failure {
        Failure::new(
            Exit::Internal,
            "internal",
            message,
            "this is a defect: report it with `bailiwick doctor --report`",
        )
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Failure {
        Failure::new(Exit::of(error.code), error.code.as_str(), error.message, error.hint)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Failure {
        ApiError::from(error).into()
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Failure {
        let (exit, hint) = match &error {
            ConfigError::Io { .. } => (Exit::Internal, "check the folder's permissions and the disk"),
            ConfigError::Malformed { .. } => {
                (Exit::Usage, "mend the file; docs/cli.md lists what may stand in it")
            }
        };
        Failure::new(exit, "configuration", error.to_string(), hint)
    }
}

impl From<PlacesError> for Failure {
    fn from(error: PlacesError) -> Failure {
        Failure::usage(error.to_string(), "name a short folder of your own with `--data-dir`")
    }
}

impl From<PersonKeyError> for Failure {
    fn from(error: PersonKeyError) -> Failure {
        Failure::new(Exit::NotReady, "key-unavailable", error.to_string(), error.hint())
    }
}

impl From<KeychainError> for Failure {
    fn from(error: KeychainError) -> Failure {
        Failure::new(Exit::NotReady, "keychain", error.to_string(), error.hint())
    }
}

impl From<AgentKeyError> for Failure {
    fn from(error: AgentKeyError) -> Failure {
        Failure::new(Exit::NotReady, "agent-key", error.to_string(), error.hint())
    }
}

impl From<RootStoreError> for Failure {
    fn from(error: RootStoreError) -> Failure {
        Failure::new(Exit::NotReady, ErrorCode::RootSecret.as_str(), error.to_string(), error.hint())
    }
}

/// For a value from the command line that is not in the form of its kind.
pub(crate) fn bad_value(what: &str, given: &str, why: &NameError) -> Failure {
    Failure::usage(format!("`{given}` is not {what}: {why}"), "see `--help` for the form that it has")
}

/// As [`bad_value`], where a statement's format refuses.
pub(crate) fn bad_format(what: &str, given: &str, why: &FormatError) -> Failure {
    Failure::usage(format!("`{given}` is not {what}: {why}"), "see `--help` for the form that it has")
}
