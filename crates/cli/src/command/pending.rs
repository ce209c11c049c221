//! `pending`: what waits for persons, and how each looks to whoever is asked.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Tone;
use crate::setting::Setting;
use bailiwick_authority::Digest;
use bailiwick_person::waiting::{face, find, until, whole, words};
use bailiwick_person::{escape, moment};
use bailiwick_protocol::Pending;
use clap::Args;

/// Which one.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Show one in full, by its four words or its digest
    #[arg(value_name = "CODE")]
    which: Vec<String>,
    /// Stop its clock until it is let go, a day at most; needs no signature
    #[arg(long, requires = "which", conflicts_with = "release")]
    hold: bool,
    /// Let its clock run again
    #[arg(long, requires = "which")]
    release: bool,
    /// Show the change that it is about, file by file
    #[arg(long, requires = "which", conflicts_with_all = ["hold", "release"])]
    diff: bool,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, status, _) = setting.realm().await?;
    let output = &setting.output;
    let all = console.pending().await?;
    if arguments.which.is_empty() {
        output.result(&all, || {
            if all.is_empty() {
                return "nothing waits for a person".to_owned();
            }
            all.iter().map(|one| row(setting, one, status.now)).collect::<Vec<_>>().join("\n")
        })?;
        return Ok(Exit::Done);
    }
    let mut one = find(all, &arguments.which)?;
    if arguments.hold || arguments.release {
        one = console.hold(&one.target, arguments.hold).await?;
        output.result(&one, || until(&one, status.now))?;
        return Ok(Exit::Done);
    }
    if arguments.diff {
        let diff = console.diff(&one.target).await?;
        output.result(&diff, || changes(&diff))?;
        return Ok(Exit::Done);
    }
    let face = face(&console, &status, &one).await?;
    output.result(&one, || whole(&face, &one, status.now))?;
    match face.broken() {
        None => Ok(Exit::Done),
        Some(broken) => {
            Err(Failure::unverified(broken.to_owned(), "answer nothing, and look into the broker"))
        }
    }
}

fn row(setting: &Setting, one: &Pending, now: u64) -> String {
    let code = one.target.parse::<Digest>().map(|target| bailiwick_card::code(&target).join(" "));
    let asks: Vec<String> = one
        .asks
        .iter()
        .map(|ask| format!("{} of {} ({} so far)", ask.count, ask.role, ask.approved))
        .collect();
    let headline = bailiwick_authority::Envelope::parse(one.envelope.as_bytes())
        .ok()
        .and_then(|envelope| bailiwick_card::shown(&envelope).ok())
        .map_or_else(|| one.kind.clone(), |shown| shown.headline);
    format!(
        "{}\n  {}  {}",
        escape::line(&headline),
        setting.output.tone(Tone::Strong, words(&[code.unwrap_or_default()])),
        setting.output.tone(
            Tone::Dim,
            format_args!(
                "{}; until {}; asked {}",
                asks.join(", "),
                until(one, now),
                moment::local(one.since)
            )
        ),
    )
}

fn changes(diff: &bailiwick_protocol::Diff) -> String {
    let mut text = format!("{}..{}\n", escape::line(&diff.base), escape::line(&diff.head));
    for file in &diff.files {
        let from =
            file.from.as_deref().map(|from| format!(" (was {})", escape::line(from))).unwrap_or_default();
        let protected = if file.protected { "  PROTECTED" } else { "" };
        text.push_str(&format!(
            "{} {}{from}  +{} -{}{protected}\n",
            escape::line(&file.status),
            escape::line(&file.path),
            file.added,
            file.removed
        ));
        for line in file.patch.iter().flat_map(|patch| patch.lines()) {
            text.push_str(&format!("    {}\n", escape::line(line)));
        }
    }
    if !diff.complete {
        text.push_str("this is not all of it: look at it at the destination\n");
    }
    text
}
