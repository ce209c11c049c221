//! `halt`: ends everything in the realm until a resume names this halt.

use super::revoke::report;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use crate::stopped_text;
use crate::unlock::UnlockArguments;
use bailiwick_authority::{Halt, Target, Text};
use bailiwick_person::{Shown, submit};
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
    let steward = setting.steward(&arguments.unlock, arguments.yes)?;
    let signed = steward
        .seal(realm, &Halt { reason: arguments.reason }, |unsigned| {
            Shown::of("Sign a halt", "halt everything", unsigned)
                .beside(&stopped_text::preview(output, &before))
        })
        .await?;
    let admitted = submit(&console, &signed, None).await?;
    report(&console, admitted, setting).await
}
