//! `config`: every value that this profile goes by, and where it comes from.

use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Tone};
use crate::setting::Setting;
use bailiwick_person::configured::{Row, rows};
use clap::Subcommand;

/// What to do about the configuration.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Show every value and where it comes from
    Show,
}

pub(crate) fn run(verb: &Verb, setting: &Setting) -> Result<Exit, Failure> {
    let Verb::Show = verb;
    let rows = rows(&setting.profile, setting.data_dir_from);
    setting.output.result(&rows, || text(&setting.output, &rows))?;
    Ok(Exit::Done)
}

fn text(output: &Output, rows: &[Row]) -> String {
    rows.iter()
        .map(|row| {
            let value = row.value.as_deref().filter(|value| !value.is_empty()).unwrap_or("-");
            format!(
                "{:<22} {}  {}\n",
                row.name,
                escape::line(value),
                output.tone(Tone::Dim, format_args!("({})", row.from))
            )
        })
        .collect()
}
