//! `revoke`: ends a capability, an agent, a person's delegations or a connection, for ever, and shows what
//! became of everything that stood under it.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use crate::target_argument::{TargetKind, find, view};
use crate::unlock::UnlockArguments;
use crate::{sentence, stopped_text};
use bailiwick_authority::{Revocation, Text};
use bailiwick_client::Console;
use bailiwick_person::{Shown, submit};
use bailiwick_protocol::{Admitted, Stopped};
use clap::Args;
use std::time::{Duration, Instant};

/// How long operations that had no outcome yet are watched.
const WATCH_LIMIT: Duration = Duration::from_secs(20);

/// How often they are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What to end.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// What kind of thing
    kind: TargetKind,
    /// Which one
    name: String,
    /// Why, in your words
    #[arg(long, value_name = "TEXT", default_value = "not stated")]
    reason: Text,
    /// Show what would stop, and do nothing
    #[arg(long)]
    preview: bool,
    /// Sign without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    unlock: UnlockArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, _, realm) = setting.realm().await?;
    let target = find(arguments.kind, &arguments.name, &console, setting).await?;
    let output = &setting.output;
    let before = console.preview(&view(&target)).await?;
    if arguments.preview {
        output.result(&before, || stopped_text::preview(output, &before))?;
        return Ok(Exit::Done);
    }
    let steward = setting.steward(&arguments.unlock, arguments.yes)?;
    let revocation = Revocation { target, reason: arguments.reason };
    let signed = steward
        .seal(realm, &revocation, |unsigned| {
            let words = sentence::revocation(&view(&unsigned.body().target));
            Shown::of("Sign a revocation", &words, unsigned).beside(&stopped_text::preview(output, &before))
        })
        .await?;
    let admitted = submit(&console, &signed, None).await?;
    report(&console, admitted, setting).await
}

/// Shows what a revocation or a halt stopped, once the outcome of everything is known or after a while.
pub(crate) async fn report(
    console: &Console,
    admitted: Admitted,
    setting: &Setting,
) -> Result<Exit, Failure> {
    let output = &setting.output;
    let Some(mut stopped) = admitted.stopped.clone() else {
        output.result(&admitted, || format!("admitted as entry {}", admitted.sequence))?;
        return Ok(Exit::Done);
    };
    watch(console, &mut stopped).await;
    let admitted = Admitted { stopped: Some(stopped.clone()), ..admitted };
    output.result(&admitted, || stopped_text::stopped(output, &stopped))?;
    if stopped.durable {
        return Ok(Exit::Done);
    }
    Err(Failure::new(
        Exit::Internal,
        "store",
        "it holds in the broker's memory only: the disk refuses",
        "make room on the broker's disk, then do it again before the broker ends",
    ))
}

/// Fills in the outcomes that were not known when the revocation was acknowledged.
async fn watch(console: &Console, stopped: &mut Stopped) {
    let started = Instant::now();
    while stopped.operations.iter().any(|operation| operation.outcome.is_none())
        && started.elapsed() < WATCH_LIMIT
    {
        tokio::time::sleep(LOOK_EVERY).await;
        for operation in stopped.operations.iter_mut().filter(|operation| operation.outcome.is_none()) {
            // What cannot be looked up now stays without an outcome, and is shown so.
            let Ok(view) = console.operation(&operation.id).await else { return };
            operation.stage = view.stage;
            operation.outcome = view.outcome;
        }
    }
}
