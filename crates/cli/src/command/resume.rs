//! `resume`: lifts a pause or a halt. Starting again needs a signature.

use crate::exit::Exit;
use crate::failure::{Failure, bad_value};
use crate::output::Tone;
use crate::setting::Setting;
use crate::unlock::UnlockArguments;
use crate::{escape, moment, sentence};
use bailiwick_authority::{Digest, Resume};
use bailiwick_person::{Shown, submit};
use bailiwick_protocol::Status;
use clap::Args;
use serde_json::json;

/// What to lift.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The pause or halt, by its digest or the first eight digits; the only one in force if absent
    id: Option<String>,
    /// Lift every pause and halt in force
    #[arg(long, conflicts_with = "id")]
    all: bool,
    /// Sign without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    unlock: UnlockArguments,
}

/// A pause or halt in force, and what it is in words.
struct Hold {
    id: String,
    words: String,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, status, realm) = setting.realm().await?;
    let chosen = choose(in_force(&status), &arguments)?;
    let output = &setting.output;
    let steward = setting.steward(&arguments.unlock, arguments.yes)?;
    let (mut lifted, mut rows) = (Vec::new(), Vec::new());
    let mut next = chosen;
    while !next.is_empty() {
        let mut unsigned = Vec::new();
        for hold in &next {
            let lifts: Digest =
                hold.id.parse().map_err(|why| bad_value("a pause or halt", &hold.id, &why))?;
            unsigned.push(steward.write(realm, &Resume { lifts })?);
        }
        let each = next
            .iter()
            .zip(&unsigned)
            .map(|(hold, one)| Shown::of("Sign a resume", &format!("lift the {}", hold.words), one));
        let Some(shown) = each.reduce(Shown::with) else { break };
        let consent = steward.ask(shown).await?;
        for (hold, unsigned) in next.iter().zip(unsigned) {
            let signed = steward.sign(unsigned, &consent).await?;
            let admitted = submit(&console, &signed, None).await?;
            lifted
                .push(json!({"lifts": hold.id, "statement": admitted.digest, "sequence": admitted.sequence}));
            rows.push(format!("{} the {}", output.tone(Tone::Good, "lifted"), hold.words));
        }
        // A status names one halt, and behind it there may be another.
        next = if arguments.all { in_force(&console.status().await?) } else { Vec::new() };
    }
    output.result(&lifted, || rows.join("\n"))?;
    Ok(Exit::Done)
}

fn in_force(status: &Status) -> Vec<Hold> {
    let halt = status
        .halted
        .iter()
        .map(|id| Hold { id: id.clone(), words: format!("halt of everything ({})", escape::line(id)) });
    let pauses = status.paused.iter().map(|pause| Hold {
        id: pause.id.clone(),
        words: format!(
            "pause of {} since {} ({})",
            sentence::target_words(&pause.target),
            moment::local(pause.since),
            escape::line(&pause.id)
        ),
    });
    halt.chain(pauses).collect()
}

fn choose(holds: Vec<Hold>, arguments: &Arguments) -> Result<Vec<Hold>, Failure> {
    let listed = |holds: &[Hold]| holds.iter().map(|hold| hold.words.as_str()).collect::<Vec<_>>().join("; ");
    if holds.is_empty() {
        return Err(Failure::usage("nothing is paused or halted", "there is nothing to lift"));
    }
    if arguments.all {
        return Ok(holds);
    }
    let Some(id) = &arguments.id else {
        if holds.len() == 1 {
            return Ok(holds);
        }
        return Err(Failure::usage(
            format!("several are in force: {}", listed(&holds)),
            "name one by its digest, or lift all with `--all`",
        ));
    };
    let digits = id.strip_prefix("sha256:").unwrap_or(id);
    let all = listed(&holds);
    let meant: Vec<Hold> = holds
        .into_iter()
        .filter(|hold| digits.len() >= 8 && hold.id.trim_start_matches("sha256:").starts_with(digits))
        .collect();
    if meant.len() == 1 {
        return Ok(meant);
    }
    Err(Failure::usage(format!("no pause or halt `{id}` is in force"), format!("in force: {all}")))
}
