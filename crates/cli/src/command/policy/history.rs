//! `policy history`: the policies that were in force, newest first, from the ledger.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Tone;
use crate::setting::Setting;
use crate::{escape, moment};
use clap::Args;

/// Nothing to choose.
#[derive(Args, Debug)]
pub(crate) struct Arguments {}

pub(crate) async fn run(_: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, _) = setting.console().await?;
    let history = console.policy_history().await?;
    let output = &setting.output;
    output.result(&history, || {
        let mut text = String::new();
        for version in &history {
            let mark =
                if version.in_force { output.tone(Tone::Good, "in force") } else { "        ".to_owned() };
            text.push_str(&format!(
                "{mark}  {}  entry {:>5}  by {}  {}\n",
                moment::local(version.time),
                version.sequence,
                escape::line(&version.person),
                escape::line(&version.statement)
            ));
        }
        text
    })?;
    Ok(Exit::Done)
}
