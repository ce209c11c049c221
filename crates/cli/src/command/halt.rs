//! `halt`: ends everything in the realm until a resume names this halt.

use super::revoke::report;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::person::Steward;
use crate::setting::{Setting, submit};
use crate::stopped_text;
use crate::unlock::UnlockArguments;
use bailiwick_authority::{Halt, Target, Text};
use clap::Args;

/// Why to end everything.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Why, in your words
    #[arg(long, value_name = "TEXT", default_value = "not stated")]
    reason: Text,
    /// Sign without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    unlock: UnlockArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, _, realm) = setting.realm().await?;
    let before = console.preview(&crate::target_argument::view(&Target::Everything)).await?;
    let output = &setting.output;
    let what = format!(
        "halt everything
{}",
        stopped_text::preview(output, &before)
    );
    output.confirm(what.trim_end(), "Sign this?", arguments.yes)?;
    let steward = Steward::of(setting, &arguments.unlock)?;
    let signed = steward.seal(realm, Halt { reason: arguments.reason }).await?;
    let admitted = submit(&console, &signed, None).await?;
    report(&console, admitted, setting).await
}
