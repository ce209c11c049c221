//! What a revocation or a halt stopped, in words: every capability, operation and credential, with what
//! became of it and after how many milliseconds.

use crate::escape;
use crate::moment;
use crate::operation_text::{short, stage};
use crate::output::{Output, Tone};
use bailiwick_protocol::Stopped;

/// What would stop, several lines.
pub(crate) fn preview(output: &Output, stopped: &Stopped) -> String {
    let mut text = format!(
        "this would end {} and stop {}\n",
        count(stopped.capabilities.len(), "capability", "capabilities"),
        count(stopped.operations.len(), "operation", "operations")
    );
    text.push_str(&rows(output, stopped));
    text
}

/// What was stopped, several lines.
pub(crate) fn stopped(output: &Output, stopped: &Stopped) -> String {
    let mut text = format!(
        "{} after {}: no request head is written from there on\n",
        output.tone(Tone::Good, "stopped"),
        moment::microseconds(stopped.acknowledged_us)
    );
    if !stopped.durable {
        text.push_str(&format!(
            "{}\n",
            output.tone(
                Tone::Bad,
                "  the disk refuses: this holds in memory until the broker ends; make room, then do it again"
            )
        ));
    }
    text.push_str(&format!("  {} ended\n", count(stopped.capabilities.len(), "capability", "capabilities")));
    text.push_str(&rows(output, stopped));
    text
}

fn rows(output: &Output, stopped: &Stopped) -> String {
    let mut text = String::new();
    for capability in &stopped.capabilities {
        text.push_str(&format!("  capability  {}\n", short(capability)));
    }
    for operation in &stopped.operations {
        let became = operation.outcome.as_deref().map_or_else(
            || format!("was {}", stage(operation.stage)),
            |outcome| output.tone(Tone::Strong, escape::line(outcome)),
        );
        let after =
            operation.after_ms.map(|ms| format!(" after {}", moment::milliseconds(ms))).unwrap_or_default();
        text.push_str(&format!(
            "  operation   {} {}: {became}{after}\n",
            short(&operation.id),
            escape::line(&operation.sentence)
        ));
    }
    for credential in &stopped.credentials {
        let became = match (credential.became.as_str(), credential.dies_at) {
            ("dead", _) => output.tone(Tone::Good, "dead (proven)"),
            ("dies-at", Some(at)) => output.tone(Tone::Bad, format_args!("dies at {}", moment::local(at))),
            (other, Some(at)) => format!("{}, dies at {}", escape::line(other), moment::local(at)),
            (other, None) => output.tone(Tone::Bad, escape::line(other)),
        };
        text.push_str(&format!(
            "  credential  for {} of {}: {became}\n",
            escape::line(&credential.purpose),
            short(&credential.operation)
        ));
    }
    text
}

fn count(number: usize, one: &str, several: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {several}") }
}
