//! `status`: the broker, the realm, what is stopped, and the three numbers.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Tone};
use crate::setting::Setting;
use crate::{escape, moment, sentence};
use bailiwick_protocol::Status;
use clap::Args;

/// Nothing to choose.
#[derive(Args, Debug)]
pub(crate) struct Arguments {}

pub(crate) async fn run(_: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (_, status) = setting.console().await?;
    let output = &setting.output;
    output.result(&status, || text(output, &status))?;
    Ok(Exit::Done)
}

fn text(output: &Output, status: &Status) -> String {
    let mut text = String::new();
    let mut row = |name: &str, value: String| text.push_str(&format!("{name:<13} {value}\n"));
    row(
        "broker",
        format!(
            "{} ({}), {}",
            escape::line(&status.version),
            escape::line(&status.mode),
            escape::line(&status.broker_key)
        ),
    );
    row("realm", status.realm.as_deref().map_or_else(|| "none yet: `bailiwick init`".into(), escape::line));
    row("policy", status.policy.as_deref().map_or_else(|| "none".into(), escape::line));
    row("ledger", format!("{} entries, head {}", status.entries, escape::line(&status.head)));
    for connection in &status.connections {
        row("connection", format!("{} at {}", escape::line(&connection.name), escape::line(&connection.api)));
    }
    if let Some(halt) = &status.halted {
        row("halted", output.tone(Tone::Bad, escape::line(halt)));
    }
    for pause in &status.paused {
        row(
            "paused",
            output.tone(
                Tone::Bad,
                format_args!(
                    "{} since {}",
                    sentence::target_words(&pause.target),
                    moment::local(pause.since)
                ),
            ),
        );
    }
    if status.clock_behind {
        row(
            "clock",
            output.tone(Tone::Bad, "behind what was recorded: nothing is minted until it catches up"),
        );
    }
    if status.advisory {
        row(
            "mode",
            output.tone(
                Tone::Bad,
                "advisory: agents that run unconfined as this user could read the root secret",
            ),
        );
    }
    let numbers = &status.numbers;
    let life = |ms: Option<u64>| ms.map_or_else(|| "none yet".to_owned(), moment::milliseconds);
    row("held", format!("{} credentials held by agents", numbers.held_by_agents));
    row(
        "life",
        format!(
            "{} median, {} longest, of {} credentials; {} alive",
            life(numbers.median_life_ms),
            life(numbers.longest_life_ms),
            numbers.minted,
            numbers.alive
        ),
    );
    row(
        "attributed",
        format!("{} of {} operations to a named person", numbers.attributed, numbers.operations),
    );
    text
}
