//! What a command fails with: a code to branch on, what happened and why, what to do, and the exit code.
//!
//! There is one renderer for it, [`crate::output::Output::fail`].

use crate::exit::Exit;
use bailiwick_authority::{FormatError, NameError};
use bailiwick_client::ConfigError;
use bailiwick_keystore::{PersonKeyError, RootStoreError};
use bailiwick_person::FailureKind;
use bailiwick_protocol::{ApiError, PlacesError};
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
        bailiwick_person::Failure::usage(message, hint).into()
    }

    /// Something must be set up first.
    pub(crate) fn not_set_up(message: impl Into<String>, hint: impl Into<String>) -> Failure {
        bailiwick_person::Failure::not_set_up(message, hint).into()
    }

    /// A check did not hold.
    pub(crate) fn unverified(message: impl Into<String>, hint: impl Into<String>) -> Failure {
        bailiwick_person::Failure::unverified(message, hint).into()
    }

    /// The system refused something about a file.
    pub(crate) fn file(action: &str, path: &Path, error: &io::Error) -> Failure {
        bailiwick_person::Failure::file(action, path, error).into()
    }

    /// A defect of this program.
    pub(crate) fn defect(message: impl Into<String>) -> Failure {
        bailiwick_person::Failure::defect(message).into()
    }
}

impl From<bailiwick_person::Failure> for Failure {
    fn from(failure: bailiwick_person::Failure) -> Failure {
        let bailiwick_person::Failure { kind, message, hint } = failure;
        let (exit, code) = match kind {
            FailureKind::Usage => (Exit::Usage, "usage"),
            FailureKind::NotSetUp => (Exit::NotReady, "not-set-up"),
            FailureKind::Unverified => (Exit::Unverified, "unverified"),
            FailureKind::NotConfirmed => (Exit::Refused, "not-confirmed"),
            FailureKind::Unsignable => (Exit::Usage, "bad-statement"),
            FailureKind::Key => (Exit::NotReady, "key-unavailable"),
            FailureKind::Keychain => (Exit::NotReady, "keychain"),
            FailureKind::AgentKey => (Exit::NotReady, "agent-key"),
            FailureKind::RootSecret => (Exit::NotReady, "root-secret"),
            FailureKind::NoProof => (Exit::NotReady, "no-proof"),
            FailureKind::Unproved => (Exit::Refused, "unproved"),
            FailureKind::BadConfiguration => (Exit::Usage, "configuration"),
            FailureKind::Configuration => (Exit::Internal, "configuration"),
            FailureKind::File(io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists) => {
                (Exit::Usage, "file")
            }
            FailureKind::File(_) => (Exit::Internal, "file"),
            FailureKind::Broker(code) => return Failure::new(Exit::of(code), code.as_str(), message, hint),
            FailureKind::Defect => (Exit::Internal, "internal"),
        };
        Failure::new(exit, code, message, hint)
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Failure {
        bailiwick_person::Failure::from(error).into()
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Failure {
        bailiwick_person::Failure::from(error).into()
    }
}

impl From<PersonKeyError> for Failure {
    fn from(error: PersonKeyError) -> Failure {
        bailiwick_person::Failure::from(error).into()
    }
}

impl From<RootStoreError> for Failure {
    fn from(error: RootStoreError) -> Failure {
        bailiwick_person::Failure::from(error).into()
    }
}

impl From<PlacesError> for Failure {
    fn from(error: PlacesError) -> Failure {
        Failure::usage(error.to_string(), "name a short folder of your own with `--data-dir`")
    }
}

/// For a value from the command line that is not in the form of its kind.
pub(crate) fn bad_value(what: &str, given: &str, why: &NameError) -> Failure {
    bailiwick_person::bad_value(what, given, why).into()
}

/// As [`bad_value`], where a statement's format refuses.
pub(crate) fn bad_format(what: &str, given: &str, why: &FormatError) -> Failure {
    bailiwick_person::bad_format(what, given, why).into()
}
