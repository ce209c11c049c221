//! The rows of the performance page, measured in one run: ours, the physics underneath, and what others
//! have, side by side, because only ratios of one run hold on a shared machine.
//!
//! `make bench` runs everything; `cargo bench -p bailiwick-benches -- chain durable` runs some of it.
//! Nothing here is a figure that was written down: every cell was measured a moment before it is printed.

mod biscuit;
mod chain;
mod console;
mod direct;
mod durable;
mod machine;
mod merge;
mod policy;
mod policy_texts;
mod raw;
mod realm;
mod receipt;
mod revoke;
mod rounds;
mod row;
mod tenuo;
mod writers;

use row::Line;
use std::io::Write as _;
use std::path::Path;

/// What ends the bench: the message of whatever failed.
pub(crate) type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Where ledgers and raw files are: on the file system that the project lies on.
const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");

type Part = (&'static str, fn(&Path) -> Result<Vec<Line>, Failed>);

/// The parts, by the names that choose them.
const PARTS: [Part; 6] = [
    ("chain", |_| chain::lines()),
    ("durable", durable::lines),
    ("policy", |_| policy::lines()),
    ("merge", merge::lines),
    ("revoke", revoke::lines),
    ("console", console::lines),
];

fn main() -> Result<(), Failed> {
    // Cargo hands `--bench` on; every other word is a part's name.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if let Some(unknown) = wanted.iter().find(|word| !PARTS.iter().any(|(name, _)| name == word)) {
        let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
        return Err(format!("there is no part `{unknown}`; the parts are {}", names.join(", ")).into());
    }
    let folder = tempfile::tempdir_in(FOLDER)?;
    let mut out = std::io::stdout().lock();
    for fact in machine::facts(folder.path())? {
        writeln!(out, "{fact}")?;
    }
    writeln!(out, "load before: {}", machine::load())?;
    let (mut lines, mut failed) = (Vec::new(), Vec::new());
    for (name, part) in PARTS.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|w| w == name))
    {
        eprint_part(name);
        match part(folder.path()) {
            Ok(more) => lines.extend(more),
            // Minutes were spent on the others: their rows are printed first.
            Err(error) => failed.push(format!("{name}: {error}")),
        }
    }
    writeln!(out, "load after: {}\n", machine::load())?;
    row::print(&mut out, &lines)?;
    if failed.is_empty() { Ok(()) } else { Err(failed.join("; ").into()) }
}

/// Says on the side what is being measured, since it takes minutes.
fn eprint_part(name: &str) {
    // Whoever closed the error stream does not want to know.
    writeln!(std::io::stderr(), "measuring: {name}").ok();
}
