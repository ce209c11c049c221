//! `policy show`: the rules of a policy in words, its texts, or a folder of them to go on from.

use super::check::loads;
use super::choice::Choice;
use super::text;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use bailiwick_broker::policy::SETS;
use bailiwick_protocol::PolicyTexts;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// What to show; the policy in force if nothing is named.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  bailiwick policy show --into ./our-policy")]
pub(crate) struct Arguments {
    #[command(flatten)]
    choice: Choice,
    /// A policy that was in force, by its statement digest
    #[arg(long, value_name = "DIGEST", conflicts_with_all = ["folder", "sets"])]
    statement: Option<String>,
    /// One of its texts as it is
    #[arg(long, value_name = "TEXT")]
    text: Option<TextName>,
    /// Write its texts into a new folder
    #[arg(long, value_name = "FOLDER", conflicts_with = "text")]
    into: Option<PathBuf>,
    /// The names of the sets that are shipped
    #[arg(long, conflicts_with_all = ["folder", "sets", "statement", "text", "into"])]
    list: bool,
}

/// One of the four.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum TextName {
    /// What may happen at all
    Guard,
    /// Who must agree
    Ask,
    /// What policies can speak about
    Schema,
    /// Calendars, protected paths, zones
    Data,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let output = &setting.output;
    if arguments.list {
        let sets: Vec<_> =
            SETS.iter().map(|set| serde_json::json!({"name": set.texts.name, "about": set.about})).collect();
        output.result(&sets, || {
            SETS.iter().map(|set| format!("{:<21} {}\n", set.texts.name, set.about)).collect()
        })?;
        return Ok(Exit::Done);
    }
    let texts = match (arguments.choice.texts()?, &arguments.statement) {
        (Some(texts), _) => texts,
        (None, Some(statement)) => setting.console().await?.0.policy_version(statement).await?,
        (None, None) => setting.console().await?.0.policy().await?,
    };
    if let Some(folder) = &arguments.into {
        write_into(folder, &texts)?;
        output.result(&serde_json::json!({"folder": folder}), || format!("wrote {}", folder.display()))?;
        return Ok(Exit::Done);
    }
    if let Some(name) = arguments.text {
        let text = match name {
            TextName::Guard => &texts.guard,
            TextName::Ask => &texts.ask,
            TextName::Schema => &texts.schema,
            TextName::Data => &texts.data,
        };
        // A text in force was checked for what acts on a terminal; one from a folder was not.
        let shown = || text.lines().map(|line| crate::escape::line(line) + "\n").collect();
        output.result(&serde_json::json!({"text": text}), shown)?;
        return Ok(Exit::Done);
    }
    let check = loads(&texts, setting)?;
    output.result(&check, || check.rules.iter().map(|rule| text::rule(output, rule)).collect())?;
    Ok(Exit::Done)
}

/// Into a folder that is not there yet: nothing is written over.
fn write_into(folder: &Path, texts: &PolicyTexts) -> Result<(), Failure> {
    std::fs::create_dir(folder).map_err(|error| Failure::file("make", folder, &error))?;
    for (name, text) in [
        ("guard.cedar", &texts.guard),
        ("ask.cedar", &texts.ask),
        ("schema.cedarschema", &texts.schema),
        ("data.json", &texts.data),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| Failure::file("write", &path, &error))?;
    }
    Ok(())
}
