//! An operation in words: what it is, how it ended and why, what would make it pass, and the life of its
//! credentials.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Tone};
use crate::{escape, moment};
use bailiwick_protocol::{ErrorCode, OperationView, Stage, Waiting};

/// One line: when, how it ended, what it is, for whom.
pub(crate) fn row(output: &Output, operation: &OperationView) -> String {
    format!(
        "{}  {}  {}  {}",
        moment::local(operation.received),
        ended(output, operation),
        escape::line(&sentence(operation)),
        output.tone(
            Tone::Dim,
            format_args!("{} {}", escape::line(&operation.path.join(" / ")), short(&operation.id))
        )
    )
}

/// Everything about it, several lines.
pub(crate) fn whole(output: &Output, operation: &OperationView) -> String {
    let mut text = format!(
        "{}  {} after {}\n",
        ended(output, operation),
        escape::line(&sentence(operation)),
        moment::milliseconds(operation.elapsed_ms)
    );
    let mut row = |name: &str, value: String| text.push_str(&format!("  {name:<11} {value}\n"));
    if let Some(reason) = &operation.reason {
        row("why", escape::line(&reason.message));
        if !reason.hint.is_empty() {
            row("hint", escape::line(&reason.hint));
        }
    }
    if let Some(one) = &operation.waiting {
        row("waits", waiting(one));
    }
    for refusal in &operation.refusals {
        row("policy", format!("{} ({})", escape::line(&refusal.title), escape::line(&refusal.policy)));
        row("", escape::line(&refusal.because));
        for missing in &refusal.missing {
            row("missing", escape::line(missing));
        }
        row("remedy", escape::line(&refusal.remedy));
    }
    if let Some(output) = &operation.output {
        row("output", escape::line(&output.to_string()));
    }
    for credential in &operation.credentials {
        let life = credential.life_ms.map(|life| format!(" after {}", moment::milliseconds(life)));
        row(
            "credential",
            format!(
                "{} for {}: {}{}",
                escape::line(&credential.kind),
                escape::line(&credential.purpose),
                escape::line(&credential.end),
                life.unwrap_or_default()
            ),
        );
    }
    if let Some(person) = &operation.person {
        row("by", format!("{} / {}", escape::line(person), escape::line(&operation.path.join(" / "))));
    }
    row("received", moment::local(operation.received));
    if let Some(receipt) = &operation.receipt {
        row("receipt", escape::line(receipt));
    }
    row("operation", escape::line(&operation.id));
    text
}

/// Whom an operation waits for, and the four words that whoever approves it sees too.
pub(crate) fn waiting(waiting: &Waiting) -> String {
    let held = if waiting.held { ", held" } else { "" };
    format!(
        "for {} to agree, until {}{held}; the code is: {}",
        escape::line(&waiting.needs.join(" and ")),
        moment::local(waiting.expires),
        escape::line(&waiting.code.join(" "))
    )
}

/// Whether it has an outcome.
pub(crate) fn is_finished(operation: &OperationView) -> bool {
    operation.stage == Stage::Finished || operation.outcome.is_some()
}

/// The exit code of an operation as it stands, with the error that goes with it.
pub(crate) fn verdict(operation: &OperationView) -> Result<Exit, Failure> {
    let failure = |exit: Exit, fallback: &str| {
        let (code, message, hint) = match &operation.reason {
            Some(reason) => (reason.code.as_str(), reason.message.clone(), reason.hint.clone()),
            None => (fallback.to_owned(), format!("the operation is {fallback}"), String::new()),
        };
        let remedy = operation.refusals.first().map(|refusal| refusal.remedy.clone());
        Failure::new(exit, code, message, remedy.unwrap_or(hint))
    };
    let by_reason =
        |otherwise: Exit| operation.reason.as_ref().map_or(otherwise, |reason| Exit::of(reason.code));
    if operation.replayed {
        let outcome = operation.outcome.as_deref().unwrap_or("not known yet");
        return Err(Failure::new(
            Exit::Refused,
            ErrorCode::Replayed.as_str(),
            format!("this invocation was received before, and nothing ran again; its outcome is {outcome}"),
            "sign a new request if it is to happen once more",
        ));
    }
    match operation.outcome.as_deref() {
        Some("succeeded") => Ok(Exit::Done),
        Some("denied") => Err(failure(
            // A denial is a refusal whatever its cause, but for what the caller wrote wrongly and for
            // evidence that the destination did not give.
            match by_reason(Exit::Refused) {
                exit @ (Exit::Usage | Exit::Destination | Exit::Unreachable | Exit::NotReady) => exit,
                _ => Exit::Refused,
            },
            "denied",
        )),
        Some("failed") => Err(failure(
            match by_reason(Exit::Destination) {
                Exit::Done => Exit::Destination,
                exit => exit,
            },
            "failed",
        )),
        Some("expired") => Err(failure(by_reason(Exit::Refused), "expired")),
        Some("halted") => Err(failure(Exit::Refused, "halted")),
        Some(_) => Err(failure(Exit::Unknown, "unknown")),
        None => Err(Failure::new(
            Exit::Unknown,
            ErrorCode::OutcomeUnknown.as_str(),
            format!("the operation is not finished: {}", stage(operation.stage)),
            format!("come back with `bailiwick wait {}`", operation.id),
        )),
    }
}

/// A stage in words.
pub(crate) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Received => "received",
        Stage::Verified => "verified",
        Stage::Evidence => "gathering evidence",
        Stage::Decided => "decided",
        Stage::AwaitingApproval => "waiting for a person",
        Stage::Minting => "minting a credential",
        Stage::Acting => "acting",
        Stage::Finished => "finished",
    }
}

/// The first eight digits of a digest.
pub(crate) fn short(digest: &str) -> String {
    escape::line(digest).trim_start_matches("sha256:").chars().take(8).collect()
}

fn sentence(operation: &OperationView) -> String {
    if operation.sentence.is_empty() {
        return format!("{} in {}", operation.action, operation.resource.name);
    }
    operation.sentence.clone()
}

fn ended(output: &Output, operation: &OperationView) -> String {
    match operation.outcome.as_deref() {
        Some("succeeded") => output.tone(Tone::Good, "succeeded"),
        Some(other) => output.tone(Tone::Bad, escape::line(other)),
        None => output.tone(Tone::Strong, stage(operation.stage)),
    }
}
