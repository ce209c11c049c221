//! What the page is told when something did not work: a code to branch on, what happened and why, what to do.

use bailiwick_client::ConfigError;
use bailiwick_person::FailureKind;
use bailiwick_protocol::ApiError;
use serde::Serialize;

/// Every command that fails answers with one of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl Failure {
    pub(crate) fn new(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure { code: code.to_owned(), message: message.into(), hint: hint.into() }
    }

    /// A value that the page sent cannot be what it should be.
    pub(crate) fn bad_value(what: &str, given: &str, why: impl std::fmt::Display) -> Failure {
        Failure::new("bad-value", format!("`{given}` is not {what}: {why}"), "mend the value")
    }

    /// A defect of this program.
    pub(crate) fn defect(message: impl Into<String>) -> Failure {
        Failure::new("internal", message, "start the console again; if it stays, report it")
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Failure {
        Failure::new(&error.code.as_str(), error.message, error.hint)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Failure {
        bailiwick_person::Failure::from(error).into()
    }
}

impl From<bailiwick_person::Failure> for Failure {
    fn from(failure: bailiwick_person::Failure) -> Failure {
        let code = match failure.kind {
            FailureKind::Broker(code) => code.as_str(),
            FailureKind::Usage | FailureKind::Unsignable | FailureKind::BadConfiguration => {
                "bad-value".into()
            }
            FailureKind::NotSetUp => "not-set-up".into(),
            FailureKind::Unverified => "not-verified".into(),
            FailureKind::NotConfirmed => "cancelled".into(),
            FailureKind::Key => "key-file".into(),
            FailureKind::Keychain => "keychain".into(),
            FailureKind::RootSecret => "root-secret".into(),
            FailureKind::NoProof => "no-proof".into(),
            FailureKind::Unproved => "unproved".into(),
            FailureKind::AgentKey
            | FailureKind::Configuration
            | FailureKind::File(_)
            | FailureKind::Defect => "internal".into(),
        };
        Failure { code, message: failure.message, hint: failure.hint }
    }
}
