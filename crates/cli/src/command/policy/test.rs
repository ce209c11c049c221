//! `policy test`: the tables of shipped sets or of a folder, each case with its result.

use super::check::loads;
use super::choice::{Choice, no_such_set};
use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Tone;
use crate::setting::Setting;
use bailiwick_broker::policy::{CaseResult, Policy, SETS, Table, shipped, together};
use bailiwick_protocol::PolicyTexts;
use clap::Args;
use serde_json::json;
use std::path::Path;

/// What to test; without anything, every shipped set.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  bailiwick policy test ./our-policy")]
pub(crate) struct Arguments {
    #[command(flatten)]
    choice: Choice,
}

/// A table that was run.
struct Ran {
    name: String,
    about: String,
    cases: Vec<CaseResult>,
}

pub(crate) fn run(arguments: &Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let mut ran = Vec::new();
    match &arguments.choice.folder {
        Some(folder) => folder_tables(folder, &arguments.choice, setting, &mut ran)?,
        None => shipped_tables(&arguments.choice.sets, setting, &mut ran)?,
    }
    let (cases, wrong) =
        ran.iter().flat_map(|table| &table.cases).fold((0_usize, 0_usize), |(all, bad), one| {
            (all.saturating_add(1), bad.saturating_add(usize::from(one.wrong.is_some())))
        });
    let output = &setting.output;
    let value: Vec<_> = ran.iter().map(json_of).collect();
    output.result(&json!({"tables": value, "cases": cases, "wrong": wrong}), || {
        let mut text = String::new();
        for table in &ran {
            text.push_str(&format!(
                "{}  {}\n",
                output.tone(Tone::Strong, escape::line(&table.name)),
                escape::line(&table.about)
            ));
            for case in &table.cases {
                let mark = match case.wrong {
                    None => output.tone(Tone::Good, "as expected"),
                    Some(_) => output.tone(Tone::Bad, "WRONG      "),
                };
                let by = if case.refusals.is_empty() {
                    String::new()
                } else {
                    format!("  by {}", case.refusals.join(", "))
                };
                let line = format!(
                    "  {mark}  {:<13}  {}{by}\n",
                    escape::line(&case.outcome),
                    escape::line(&case.name)
                );
                text.push_str(&line);
                if let Some(why) = &case.wrong {
                    text.push_str(&format!("               {}\n", escape::line(why)));
                }
            }
        }
        text + &format!("{cases} cases, {wrong} wrong\n")
    })?;
    if wrong == 0 {
        return Ok(Exit::Done);
    }
    Err(Failure::unverified(
        format!("{wrong} of {cases} cases are not as their table says"),
        "mend the policy, or the table if it is the one that is wrong",
    ))
}

fn json_of(table: &Ran) -> serde_json::Value {
    let cases: Vec<_> = table
        .cases
        .iter()
        .map(|case| {
            json!({"name": case.name, "outcome": case.outcome, "refusals": case.refusals, "wrong": case.wrong})
        })
        .collect();
    json!({"table": table.name, "about": table.about, "cases": cases})
}

fn shipped_tables(names: &[String], setting: &Setting, ran: &mut Vec<Ran>) -> Result<(), Failure> {
    let all: Vec<String> = SETS.iter().map(|set| set.texts.name.to_owned()).collect();
    for name in if names.is_empty() { &all } else { names } {
        let set = shipped(name).ok_or_else(|| no_such_set(name))?;
        for (file, text) in set.tables {
            let table = Table::parse(text).map_err(Failure::defect)?;
            let alone = vec![name.clone()];
            let sets = if table.sets.is_empty() { &alone } else { &table.sets };
            let texts = together(sets).map_err(|why| Failure::defect(why.to_string()))?;
            run_one(format!("{name}/{file}"), &table, &texts, setting, ran)?;
        }
    }
    Ok(())
}

/// A folder's tables lie in `tests`; each may name shipped sets that the folder is tested together with.
fn folder_tables(
    folder: &Path,
    choice: &Choice,
    setting: &Setting,
    ran: &mut Vec<Ran>,
) -> Result<(), Failure> {
    let tests = folder.join("tests");
    let entries = std::fs::read_dir(&tests).map_err(|error| Failure::file("read", &tests, &error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Failure::file("read", &tests, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    for path in files {
        let text = std::fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?;
        let name = path.display().to_string();
        let table = Table::parse(&text).map_err(|why| {
            Failure::usage(format!("`{name}` is no table: {why}"), "docs/policy.md has its form")
        })?;
        let mut together = choice.clone();
        together.sets.extend(table.sets.iter().cloned());
        run_one(name, &table, &together.needed()?, setting, ran)?;
    }
    Ok(())
}

fn run_one(
    name: String,
    table: &Table,
    texts: &PolicyTexts,
    setting: &Setting,
    ran: &mut Vec<Ran>,
) -> Result<(), Failure> {
    let Ok(policy) = Policy::load(texts) else {
        return loads(texts, setting).map(drop);
    };
    ran.push(Ran { name, about: table.about.clone(), cases: table.run(&policy) });
    Ok(())
}
