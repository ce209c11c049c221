//! `receipts`: the broker's signed statements of what happened, each verified before it is shown.

use super::operations::find;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Tone};
use crate::setting::Setting;
use crate::{constraint_text, escape, moment, operation_text};
use bailiwick_authority::{Digest, Receipt, Signed, Value};
use bailiwick_client::Console;
use bailiwick_person::receipt::verified;
use bailiwick_protocol::{ApiError, ErrorCode, Status};
use clap::Args;

/// Which receipts.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// One receipt, by its digest or by the operation that it is about; the newest are listed if absent
    id: Option<String>,
    /// How many, newest first
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=1000))]
    limit: u64,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, status) = setting.console().await?;
    let output = &setting.output;
    match arguments.id.as_deref() {
        None | Some("list") => list(&console, arguments.limit, output).await,
        Some(id) => one(&console, &status, id, output).await,
    }
}

async fn list(console: &Console, limit: u64, output: &Output) -> Result<Exit, Failure> {
    let mut operations = console.operations(1_000.min(limit.saturating_mul(4).max(limit)), None).await?;
    operations.retain(|operation| operation.receipt.is_some());
    operations.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let values: Vec<serde_json::Value> = operations
        .iter()
        .map(|operation| {
            serde_json::json!({
                "receipt": operation.receipt,
                "operation": operation.id,
                "outcome": operation.outcome,
                "sentence": operation.sentence,
                "received": operation.received,
            })
        })
        .collect();
    output.result(&values, || {
        if operations.is_empty() {
            return "there is no receipt yet".to_owned();
        }
        let row = |operation: &bailiwick_protocol::OperationView| {
            let receipt = operation_text::short(operation.receipt.as_deref().unwrap_or_default());
            format!("{receipt}  {}\n", operation_text::row(output, operation))
        };
        operations.iter().map(row).collect()
    })?;
    Ok(Exit::Done)
}

async fn one(console: &Console, status: &Status, id: &str, output: &Output) -> Result<Exit, Failure> {
    let envelope = envelope(console, id).await?;
    let receipt = verified(&envelope, &status.broker_key)?;
    let raw: serde_json::Value = serde_json::from_slice(receipt.envelope().payload())
        .map_err(|error| Failure::defect(error.to_string()))?;
    let value = serde_json::json!({
        "receipt": receipt.digest().to_string(),
        "verified": true,
        "statement": raw,
        "envelope": envelope,
    });
    output.result(&value, || text(output, &receipt))?;
    Ok(Exit::Done)
}

/// The receipt's envelope, by the receipt's digest or by its operation.
async fn envelope(console: &Console, id: &str) -> Result<String, Failure> {
    // An operation's digest names its invocation, so what it names is asked for first.
    let operation = match find(console, id).await {
        Ok(operation) => operation,
        Err(failure) => by_first_digits(console, id).await?.ok_or(failure)?,
    };
    match console.operation(&operation).await {
        Ok(view) => {
            let receipt = view.receipt.ok_or_else(|| {
                Failure::new(
                    Exit::Unknown,
                    ErrorCode::OutcomeUnknown.as_str(),
                    "the operation has no receipt yet: it is not finished",
                    "come back later, or follow it with `bailiwick operations --follow`",
                )
            })?;
            Ok(console.statement(&receipt).await?)
        }
        Err(ApiError { code: ErrorCode::NotFound, .. }) => Ok(console.statement(&operation).await?),
        Err(error) => Err(error.into()),
    }
}

/// The whole digest of a receipt that is named by its first digits.
async fn by_first_digits(console: &Console, text: &str) -> Result<Option<String>, Failure> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    let recent = console.operations(1_000, None).await?;
    let mut meant = recent.iter().filter_map(|view| view.receipt.as_ref()).filter(|receipt| {
        digits.len() >= 8 && receipt.strip_prefix("sha256:").is_some_and(|hex| hex.starts_with(digits))
    });
    Ok(match (meant.next(), meant.next()) {
        (Some(one), None) => Some(one.clone()),
        _ => None,
    })
}

fn text(output: &Output, signed: &Signed<Receipt>) -> String {
    let receipt = signed.body();
    let outcome = receipt.outcome.as_str();
    let tone = if outcome == "succeeded" { Tone::Good } else { Tone::Bad };
    let mut text = format!(
        "{}  {} in {}, signed by the broker\n",
        output.tone(tone, outcome),
        receipt.action,
        escape::line(receipt.resource.name.as_str())
    );
    let mut row = |name: &str, value: String| text.push_str(&format!("  {name:<11} {value}\n"));
    if let Some((code, message)) = &receipt.reason {
        row("why", format!("{} ({code})", escape::line(message.as_str())));
    }
    let path: Vec<String> = receipt.path.iter().map(|label| escape::line(label.as_str())).collect();
    match &receipt.person {
        Some(person) => row("who", format!("{person} / {}", path.join(" / "))),
        None => row("who", "nobody: the chain did not hold".to_owned()),
    }
    row("agent", receipt.agent.to_string());
    row("process", json(&receipt.process));
    let effects: Vec<String> = receipt.effects.iter().map(|effect| escape::line(effect.as_str())).collect();
    row("effects", effects.join(", "));
    row("through", receipt.connection.to_string());
    row("on", format!("{} ({})", escape::line(receipt.resource.name.as_str()), receipt.resource.id));
    for (name, value) in &receipt.arguments {
        row("with", format!("{name} = {}", constraint_text::argument(value)));
    }
    if let Some(policy) = &receipt.policy {
        row("policy", policy.to_string());
    }
    if let Some(decision) = &receipt.decision {
        row("decision", json(decision));
    }
    if let Some(facts) = &receipt.facts {
        row("facts", json(facts));
    }
    for credential in &receipt.credentials {
        let life = credential.life_ms.map(|ms| format!(" after {}", moment::milliseconds(ms)));
        row(
            "credential",
            format!(
                "{} for {}: {}{}, scope {}",
                credential.kind,
                credential.purpose,
                credential.end,
                life.unwrap_or_default(),
                json(&credential.scope)
            ),
        );
    }
    if let Some(output) = &receipt.output {
        row("output", json(output));
    }
    for sentence in &receipt.unpinned {
        row("unpinned", escape::line(sentence.as_str()));
    }
    row(
        "when",
        format!(
            "{}, {} long",
            moment::local(receipt.received.seconds()),
            moment::milliseconds(receipt.elapsed_ms)
        ),
    );
    row("engine", json(&receipt.engine));
    for link in &receipt.chain {
        row("capability", Digest::to_string(link));
    }
    row("operation", receipt.operation.to_string());
    row("receipt", signed.digest().to_string());
    text
}

fn json(value: &Value) -> String {
    escape::line(&String::from_utf8_lossy(&value.encode()))
}
