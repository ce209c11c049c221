//! `policy explain`: why an operation was decided as it was, or how another policy would decide it.
//!
//! The broker answers, from what it kept: the same answer whoever asks.

use super::choice::Choice;
use super::text;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use bailiwick_protocol::{PolicySource, PolicySubject, PolicyTry};
use clap::Args;

/// Which operation.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  bailiwick policy explain sha256:… --set ship-to-main --set incident-freeze"
)]
pub(crate) struct Arguments {
    /// The operation, by its digest
    operation: String,
    #[command(flatten)]
    choice: Choice,
    /// By a policy that was in force, by its statement digest
    #[arg(long, value_name = "DIGEST", conflicts_with_all = ["folder", "sets"])]
    statement: Option<String>,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let policy = match (arguments.choice.texts()?, arguments.statement) {
        (Some(texts), _) => PolicySource::Texts { texts },
        (None, Some(statement)) => PolicySource::Statement { statement },
        (None, None) => PolicySource::InForce,
    };
    let (console, _) = setting.console().await?;
    let subject = PolicySubject::Operation { id: arguments.operation };
    let answer = console.policy_try(&PolicyTry { policy, subject }).await?;
    setting.output.result(&answer, || text::answer(&setting.output, &answer))?;
    Ok(Exit::Done)
}
