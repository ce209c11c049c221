//! `approve` and `deny`: a person's answer to something that waits, signed after it was shown.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use crate::unlock::UnlockArguments;
use bailiwick_authority::{Answer, Text};
use bailiwick_person::{escape, waiting};
use clap::Args;

/// What to approve.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  bailiwick approve ocean ladder velvet promote")]
pub(crate) struct Arguments {
    /// What to approve: its four words as the agent shows them, or its digest
    #[arg(value_name = "CODE", required = true)]
    which: Vec<String>,
    /// Why, in your words; for the ledger
    #[arg(long, value_name = "TEXT")]
    reason: Option<Text>,
    /// Sign without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    unlock: UnlockArguments,
}

/// What to deny.
#[derive(Args, Debug)]
pub(crate) struct DenyArguments {
    /// What to deny: its four words as the agent shows them, or its digest
    #[arg(value_name = "CODE", required = true)]
    which: Vec<String>,
    /// Why, in your words; the agent is told
    #[arg(long, value_name = "TEXT")]
    reason: Option<Text>,
    /// Sign without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    unlock: UnlockArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let Arguments { which, reason, yes, unlock } = arguments;
    answer(&which, Answer::Approve, reason, yes, &unlock, setting).await
}

pub(crate) async fn deny(arguments: DenyArguments, setting: &Setting) -> Result<Exit, Failure> {
    let DenyArguments { which, reason, yes, unlock } = arguments;
    answer(&which, Answer::Deny, reason, yes, &unlock, setting).await
}

async fn answer(
    which: &[String],
    answer: Answer,
    reason: Option<Text>,
    yes: bool,
    unlock: &UnlockArguments,
    setting: &Setting,
) -> Result<Exit, Failure> {
    let (console, status, realm) = setting.realm().await?;
    let pending = waiting::find(console.pending().await?, which)?;
    let face = waiting::face(&console, &status, &pending).await?;
    let steward = setting.steward(unlock, yes)?;
    let said = (answer, reason);
    let admitted = waiting::answer(&console, &steward, realm, (&face, &pending), said, status.now).await?;
    setting.output.result(&admitted, || {
        let word = if answer == Answer::Approve { "approved" } else { "denied" };
        format!("{word}: {} (entry {})", escape::line(face.headline()), admitted.sequence)
    })?;
    Ok(Exit::Done)
}
