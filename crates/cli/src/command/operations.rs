//! `operations`: what was asked for and how it ended; with `--follow`, as it happens.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::operation_text;
use crate::setting::Setting;
use bailiwick_client::Console;
use bailiwick_protocol::Event;
use clap::Args;
use std::collections::HashMap;

/// Which operations.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// One operation, by its id or the first eight digits of it, with everything about it
    #[arg(conflicts_with = "follow")]
    id: Option<String>,
    /// Go on and show each step as it happens; with `--json` one operation a line
    #[arg(long, short)]
    follow: bool,
    /// How many, newest first
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=1000))]
    limit: u64,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, _) = setting.console().await?;
    let output = &setting.output;
    if let Some(id) = &arguments.id {
        let operation = console.operation(&find(&console, id).await?).await?;
        output.result(&operation, || operation_text::whole(output, &operation))?;
        return Ok(Exit::Done);
    }
    if arguments.follow {
        return follow(&console, arguments.limit, setting).await;
    }
    let operations = console.operations(arguments.limit, None).await?;
    output.result(&operations, || {
        if operations.is_empty() {
            return "nothing was asked for yet".to_owned();
        }
        operations.iter().map(|operation| operation_text::row(output, operation) + "\n").collect()
    })?;
    Ok(Exit::Done)
}

/// The whole id of an operation that is named by its first digits.
pub(crate) async fn find(console: &Console, text: &str) -> Result<String, Failure> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    if digits.len() == 64 {
        return Ok(format!("sha256:{digits}"));
    }
    let recent = console.operations(1_000, None).await?;
    let matches = |id: &str| id.strip_prefix("sha256:").is_some_and(|hex| hex.starts_with(digits));
    let mut meant = recent.iter().filter(|view| digits.len() >= 8 && matches(&view.id));
    match (meant.next(), meant.next()) {
        (Some(one), None) => Ok(one.id.clone()),
        (Some(_), Some(_)) => {
            Err(Failure::usage(format!("several operations begin with `{text}`"), "write more digits"))
        }
        (None, _) => Err(Failure::usage(
            format!("no operation `{text}` is among the last 1,000"),
            "name it by its whole id; `bailiwick operations` lists the newest",
        )),
    }
}

async fn follow(console: &Console, limit: u64, setting: &Setting) -> Result<Exit, Failure> {
    // The stream is opened before the list is read, so that nothing falls between the two.
    let mut events = console.events().await?;
    let mut shown = HashMap::new();
    show_newest(console, limit, setting, &mut shown).await?;
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Interrupted),
        };
        match event {
            Some(Event::Operation { operation }) => show(&operation, setting, &mut shown)?,
            Some(Event::Statement { .. } | Event::Pending { .. } | Event::Settled { .. }) => {}
            // Whoever was away reads everything again.
            Some(Event::Missed { .. }) => match show_newest(console, limit, setting, &mut shown).await {
                // Gone again: the stream says so once more when it is back.
                Err(Failure::Said(said)) if said.exit == Exit::Unreachable => {}
                shown => shown?,
            },
            None => return Ok(Exit::Done),
        }
    }
}

/// What was shown of each operation: how far it had come, and its outcome.
type Shown = HashMap<String, (bailiwick_protocol::Stage, Option<String>)>;

async fn show_newest(
    console: &Console,
    limit: u64,
    setting: &Setting,
    shown: &mut Shown,
) -> Result<(), Failure> {
    let mut newest = console.operations(limit, None).await?;
    newest.reverse();
    newest.iter().try_for_each(|operation| show(operation, setting, shown))
}

fn show(
    operation: &bailiwick_protocol::OperationView,
    setting: &Setting,
    shown: &mut Shown,
) -> Result<(), Failure> {
    let now = (operation.stage, operation.outcome.clone());
    if shown.insert(operation.id.clone(), now.clone()).is_some_and(|before| before == now) {
        return Ok(());
    }
    setting.output.result(operation, || operation_text::row(&setting.output, operation))
}
