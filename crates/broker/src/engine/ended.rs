//! How operations end when they do not succeed: every refusal, failure and interruption in one place.

use super::CREDENTIAL_LIFE;
use crate::destinations::github::Failure;
use crate::gate::Pass;
use crate::policy::{Decision, PolicyOutcome};
use crate::record::{Ended, printable};
use bailiwick_authority::{Outcome, Refused, Value};
use bailiwick_protocol::{ApiError, ErrorCode};
use std::future::Future;
use tokio::time::Instant;

/// What cut an effect short.
pub(super) enum Cut {
    Late,
    Stopped,
}

impl Cut {
    pub(super) fn ended(self) -> Ended {
        match self {
            Cut::Stopped => stopped(),
            Cut::Late => Ended::because(
                Outcome::Expired,
                ApiError::new(
                    ErrorCode::Expired,
                    format!(
                        "it took longer than the {} s that a credential lives",
                        CREDENTIAL_LIFE.as_secs()
                    ),
                    "try again; the destination is slow",
                ),
            ),
        }
    }

    pub(super) fn ended_while_acting(self) -> Ended {
        let what = match self {
            Cut::Stopped => "it was stopped while the request was on its way",
            Cut::Late => "the destination did not answer in time",
        };
        Ended::because(
            Outcome::Unknown,
            ApiError::new(
                ErrorCode::OutcomeUnknown,
                format!("{what}; whether it happened is being found out"),
                "look at the operation again in a moment",
            ),
        )
    }
}

/// Runs `work` until `deadline`, or until a revocation stops the operation.
pub(super) async fn until<T>(
    deadline: Instant,
    pass: &Pass,
    work: impl Future<Output = T>,
) -> Result<T, Cut> {
    tokio::select! {
        biased;
        result = work => Ok(result),
        () = pass.stopped() => Err(Cut::Stopped),
        () = tokio::time::sleep_until(deadline) => Err(Cut::Late),
    }
}

/// Waits for `work` unless a revocation stops the operation first.
pub(super) async fn until_stopped<T>(pass: &Pass, work: impl Future<Output = T>) -> Result<T, Ended> {
    tokio::select! {
        biased;
        result = work => Ok(result),
        () = pass.stopped() => Err(stopped()),
    }
}

/// A reason as it is shown: whatever was quoted in it, nothing in it moves or hides other text.
pub(super) fn shown(reason: ApiError) -> ApiError {
    ApiError { message: printable(&reason.message), hint: printable(&reason.hint), ..reason }
}

pub(super) fn refused_by(decision: &Decision) -> Result<(), Ended> {
    let titles =
        || decision.refusals.iter().map(|refusal| refusal.title.as_str()).collect::<Vec<_>>().join("; ");
    let remedies =
        || decision.refusals.iter().map(|refusal| refusal.remedy.as_str()).collect::<Vec<_>>().join("; ");
    match decision.outcome {
        PolicyOutcome::Allow | PolicyOutcome::NeedsApproval => Ok(()),
        PolicyOutcome::Deny => Err(denied(ApiError::new(
            ErrorCode::Denied,
            format!("refused by policy: {}", titles()),
            remedies(),
        ))),
    }
}

pub(crate) fn refused_error(refused: &Refused) -> ApiError {
    let (code, hint) = match refused {
        Refused::Revoked(_) => (ErrorCode::Revoked, "ask whoever delegated for another capability"),
        Refused::LinkExpired(_) => (ErrorCode::NotAuthorised, "ask whoever delegated to renew it"),
        Refused::NotYetValid(_) => {
            (ErrorCode::NotAuthorised, "wait until it is valid, or compare the clocks")
        }
        Refused::InvocationExpired | Refused::InvocationFutureDated | Refused::TooLongLived => {
            (ErrorCode::NotAuthorised, "sign a new invocation; compare the clocks if this goes on")
        }
        Refused::NotGranted(_) | Refused::Argument { .. } => (
            ErrorCode::NotAuthorised,
            "ask for what the capability grants, or ask whoever delegated for more",
        ),
        Refused::LinkFormat(..) | Refused::InvocationFormat(_) => {
            (ErrorCode::BadStatement, "present the envelopes as they were signed")
        }
        _ => (ErrorCode::NotAuthorised, "present the whole chain, root first, as it was delegated"),
    };
    ApiError::new(code, refused.to_string(), hint)
}

pub(crate) fn outcome_of(reason: &ApiError) -> Outcome {
    match reason.code {
        ErrorCode::Revoked => Outcome::Halted,
        _ => Outcome::Denied,
    }
}

pub(super) fn failed(reason: ApiError) -> Ended {
    Ended::because(Outcome::Failed, reason)
}

pub(super) fn denied(reason: ApiError) -> Ended {
    Ended::because(Outcome::Denied, reason)
}

pub(super) fn stopped() -> Ended {
    Ended::because(
        Outcome::Halted,
        ApiError::new(
            ErrorCode::Revoked,
            "it was stopped: the authority for it was taken back",
            "ask whoever delegated for another capability",
        ),
    )
}

/// Evidence that cannot be had denies: what was asked for cannot be judged.
pub(super) fn evidence_failure(failure: &Failure) -> Ended {
    let reason = failure.to_api_error();
    if failure.is_stopped() {
        return stopped();
    }
    match reason.code {
        ErrorCode::Unreachable | ErrorCode::NoAnswer | ErrorCode::RateLimited | ErrorCode::WrongAnswer => {
            failed(reason)
        }
        _ => denied(reason),
    }
}

pub(super) fn act_failure(failure: &Failure) -> Ended {
    if failure.may_have_happened {
        let reason = failure.to_api_error();
        return Ended::because(
            Outcome::Unknown,
            ApiError::new(
                ErrorCode::OutcomeUnknown,
                format!("{}; whether it happened is being found out", reason.message),
                "look at the operation again in a moment",
            ),
        );
    }
    if failure.is_stopped() { stopped() } else { failed(failure.to_api_error()) }
}

pub(super) fn outcome_value(ended: &Ended) -> Value {
    let mut members = vec![("outcome", Value::from(ended.outcome.as_str()))];
    members.extend(ended.output.clone().map(|output| ("output", output)));
    members.push(("unpinned", Value::List(ended.unpinned.iter().map(Value::from).collect())));
    if let Some(reason) = &ended.reason {
        members.push((
            "reason",
            Value::object([
                ("code", Value::from(reason.code.as_str())),
                ("message", Value::from(reason.message.as_str())),
                ("hint", Value::from(reason.hint.as_str())),
            ]),
        ));
    }
    Value::object(members)
}
