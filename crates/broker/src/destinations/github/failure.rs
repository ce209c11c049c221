//! Every way in which dealing with GitHub goes wrong, and whether it may have happened all the same.

use std::fmt;

use bailiwick_authority::Timestamp;
use bailiwick_protocol::{ApiError, ErrorCode};

use super::quote::fit;
use super::refusal::Refusal;
use crate::destinations::http::Unreachable;

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A credential was being minted.
    Mint,
    /// Facts were being fetched.
    Evidence,
    /// The operation itself was being carried out.
    Act,
    /// What became of it was being looked up.
    LookUp,
    /// The connection was being checked.
    Check,
}

/// What GitHub said, ready to be shown: quoted, escaped and cut. Empty when it said nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said(pub(crate) String);

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", self.0) }
    }
}

/// Why it went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// 401: the credential opens nothing.
    Unauthorised(Said),
    /// 403: the credential does not reach this.
    Forbidden(Said),
    /// 403 or 429 with nothing left until this time: the primary rate limit.
    RateLimited {
        /// When it is lifted, if that was said.
        until: Option<Timestamp>,
    },
    /// 403 or 429 while the primary limit has room: asked too much at once.
    SlowDown {
        /// How long to wait, in seconds, if that was said.
        wait_s: Option<u64>,
    },
    /// 301, 302, 307 or 308: it is elsewhere now. Never followed.
    Redirected,
    /// 404: it is not there, or not for this credential to see.
    Missing(Said),
    /// 405: not in this state.
    NotAllowed(Said),
    /// 409: what was evaluated is not what is there now.
    Conflict(Said),
    /// 422: the destination finds fault with it.
    Unprocessable(Said),
    /// 5xx.
    ServerError(u16, Said),
    /// A status that was not to be expected.
    Unexpected(u16, Said),
    /// The address was not reached.
    Unreachable(Unreachable),
    /// No answer in time.
    TimedOut,
    /// The connection ended before the answer did.
    HungUp,
    /// The answer is over the limit.
    TooLarge,
    /// The answer cannot be understood, with what is wrong with it.
    WrongAnswer(String),
    /// The gate closed.
    Stopped,
    /// The credential is wider than asked, with what it has too much. It was destroyed.
    WiderThanAsked(String),
    /// The installation lacks permissions that the action needs.
    LacksPermissions(Vec<String>),
    /// The root secret does not sign.
    RootSecret,
    /// What was found does not bear the operation.
    Refused(Refusal),
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was being done.
    pub step: Step,
    /// Why it went wrong.
    pub cause: Cause,
    /// Whether what was asked may have been done all the same: it was sent, and no answer rules it out.
    pub may_have_happened: bool,
    /// The request: `PUT /repos/acme/backend/pulls/1/merge`. Empty when there was none.
    pub request: String,
}

impl Failure {
    /// A failure without a request of its own.
    pub(crate) fn of(step: Step, cause: Cause) -> Failure {
        Failure { step, cause, may_have_happened: false, request: String::new() }
    }

    /// Whether it ended because the authority was taken back.
    pub fn is_stopped(&self) -> bool {
        self.cause == Cause::Stopped
    }

    /// The code to branch on.
    pub fn code(&self) -> ErrorCode {
        if self.may_have_happened && self.step == Step::Act {
            return ErrorCode::OutcomeUnknown;
        }
        match &self.cause {
            Cause::RateLimited { .. } | Cause::SlowDown { .. } => ErrorCode::RateLimited,
            Cause::Conflict(_) if self.step == Step::Act => ErrorCode::Moved,
            Cause::Unreachable(_) => ErrorCode::Unreachable,
            Cause::TimedOut | Cause::HungUp | Cause::ServerError(..) => ErrorCode::NoAnswer,
            Cause::TooLarge | Cause::WrongAnswer(_) => ErrorCode::WrongAnswer,
            Cause::Stopped => ErrorCode::Revoked,
            Cause::WiderThanAsked(_) => ErrorCode::WiderThanAsked,
            Cause::RootSecret => ErrorCode::RootSecret,
            Cause::Refused(refusal) => refusal.code(),
            _ => ErrorCode::DestinationRefused,
        }
    }

    /// As it crosses a boundary. The message fits into a receipt.
    pub fn to_api_error(&self) -> ApiError {
        ApiError::new(self.code(), fit(self.to_string()), self.hint())
    }

    fn hint(&self) -> String {
        if self.may_have_happened && self.step == Step::Act {
            return "do not repeat it: what became of it is looked up and recorded".to_owned();
        }
        let hint = match &self.cause {
            Cause::Unauthorised(_) if self.step == Step::Mint => {
                "look whether the App's private key is still valid at GitHub, and whether this machine's clock is right"
            }
            Cause::Missing(_) if self.step == Step::Mint => {
                "look whether the App is still installed, and whether the connection names its installation"
            }
            Cause::Unauthorised(_) => "look whether the App is still installed",
            Cause::Forbidden(_) => {
                "look whether the App has the permission and is not suspended, and whether a rule of the repository forbids it"
            }
            Cause::RateLimited { .. } | Cause::SlowDown { .. } => "ask again after that time",
            Cause::Redirected | Cause::Missing(_) => {
                "look whether the repository was renamed, moved or deleted, and whether the App still has it"
            }
            Cause::NotAllowed(_) => {
                "look at the pull request: it is closed, conflicts, or a rule of the branch is not met"
            }
            Cause::Conflict(_) => "it changed after it was evaluated: ask again, and it is evaluated anew",
            Cause::Unprocessable(_) | Cause::Unexpected(..) => "see what GitHub says, and mend it there",
            Cause::ServerError(..) | Cause::TimedOut | Cause::HungUp => {
                "look at GitHub's status page, and ask again later"
            }
            Cause::Unreachable(Unreachable::Tls(_)) => {
                "a private certificate authority is named when connecting: `bailiwick connect github --ca FILE`"
            }
            Cause::Unreachable(_) => {
                "look at the network and at the connection's address and proxy: nothing was sent"
            }
            Cause::TooLarge | Cause::WrongAnswer(_) => {
                "look whether the connection's address is that of GitHub's REST API, and whether something stands between"
            }
            Cause::Stopped => "ask whoever took it back",
            Cause::WiderThanAsked(_) => {
                "the credential was destroyed; report this to whoever runs the destination"
            }
            Cause::LacksPermissions(_) => {
                "give the App these permissions in its settings, and accept them for the installation"
            }
            Cause::RootSecret => "import the App's private key again",
            Cause::Refused(refusal) => return refusal.hint(),
        };
        hint.to_owned()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Step::Mint if self.may_have_happened => {
                f.write_str("no credential came back, and whether one was minted is unknown")?
            }
            Step::Mint => f.write_str("no credential was minted")?,
            Step::Evidence => f.write_str("no evidence")?,
            Step::Act if self.may_have_happened => {
                f.write_str("it was sent, and whether it happened is unknown")?
            }
            Step::Act => f.write_str("it did not happen")?,
            Step::LookUp => f.write_str("its outcome was not found out")?,
            Step::Check => f.write_str("the connection was not checked")?,
        }
        f.write_str(": ")?;
        write_cause(&self.cause, f)?;
        if !self.request.is_empty() {
            write!(f, " ({})", self.request)?;
        }
        Ok(())
    }
}

fn write_cause(cause: &Cause, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match cause {
        Cause::Unauthorised(said) => write!(f, "GitHub does not accept the credential (401){said}"),
        Cause::Forbidden(said) => write!(f, "GitHub does not permit it (403){said}"),
        Cause::RateLimited { until: Some(until) } => {
            let at = i64::try_from(until.seconds()).ok().and_then(|s| jiff::Timestamp::from_second(s).ok());
            match at {
                Some(at) => write!(f, "GitHub's rate limit is used up until {at}"),
                None => f.write_str("GitHub's rate limit is used up"),
            }
        }
        Cause::RateLimited { until: None } => f.write_str("GitHub's rate limit is used up"),
        Cause::SlowDown { wait_s: Some(wait_s) } => write!(f, "GitHub asks to wait {wait_s} s"),
        Cause::SlowDown { wait_s: None } => f.write_str("GitHub asks to slow down"),
        Cause::Redirected => {
            f.write_str("GitHub says that it is elsewhere now, and redirects are not followed")
        }
        Cause::Missing(said) => write!(f, "GitHub does not find it (404){said}"),
        Cause::NotAllowed(said) => write!(f, "GitHub does not allow it in this state (405){said}"),
        Cause::Conflict(said) => write!(f, "it is not what it was when it was evaluated (409){said}"),
        Cause::Unprocessable(said) => write!(f, "GitHub finds fault with it (422){said}"),
        Cause::ServerError(status, said) => write!(f, "GitHub failed ({status}){said}"),
        Cause::Unexpected(status, said) => write!(f, "GitHub answered {status}{said}"),
        Cause::Unreachable(why) => write!(f, "GitHub is unreachable: {why}"),
        Cause::TimedOut => f.write_str("GitHub did not answer in time"),
        Cause::HungUp => f.write_str("GitHub hung up before it had answered"),
        Cause::TooLarge => f.write_str("GitHub's answer is over the limit"),
        Cause::WrongAnswer(why) => write!(f, "GitHub's answer cannot be understood: {why}"),
        Cause::Stopped => f.write_str("the authority for it was taken back"),
        Cause::WiderThanAsked(what) => {
            write!(f, "GitHub gave more than was asked for: {what}; the credential was not used")
        }
        Cause::LacksPermissions(names) => {
            write!(f, "the installation lacks {}", names.join(", "))
        }
        Cause::RootSecret => f.write_str("the App's private key does not sign"),
        Cause::Refused(refusal) => write!(f, "{refusal}"),
    }
}
