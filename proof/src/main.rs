//! `bailiwick-proof`: reads policies on standard input, puts questions about them to a solver (cvc5), and
//! writes its answers as JSON on standard output.
//!
//! In: `{"guard": …, "schema": …, "facts": {action: name}, "old": {"guard": …}}`; `facts` says under which name
//! of the context the broker puts an action's facts, `old` is there only where two are compared. Out: a list of [`bailiwick_protocol::ProofView`]. Ends with 0 when every question was put, whatever the answers
//! are; with 1 and a sentence on standard error when one could not be.
//!
//! It must not decide anything: what an answer means for a policy is for whoever asked to say.

mod claim;
mod example;
mod prover;
mod schema;

use bailiwick_protocol::ProofView;
use prover::{Failed, Prover};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::process::ExitCode;

/// The most that is read, in bytes.
const MOST_BYTES: u64 = 32 << 20;

/// The stack on which policies are read: the engine's parser recurses.
const STACK: usize = 64 << 20;

/// What is asked about.
#[derive(Deserialize)]
struct Asked {
    guard: String,
    schema: String,
    #[serde(default)]
    facts: BTreeMap<String, String>,
    old: Option<Old>,
}

/// What it is compared with, in the new one's schema.
#[derive(Deserialize)]
struct Old {
    guard: String,
}

fn main() -> ExitCode {
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(run);
    let said = match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => return ExitCode::SUCCESS,
        Ok(Ok(Err(failed))) => failed.to_string(),
        Ok(Err(_)) => "the prover met a defect".to_owned(),
        Err(error) => error.to_string(),
    };
    // There is nobody to tell when standard error is gone.
    writeln!(std::io::stderr(), "{said}").ok();
    ExitCode::FAILURE
}

fn run() -> Result<(), Failed> {
    let mut text = String::new();
    std::io::stdin().take(MOST_BYTES).read_to_string(&mut text)?;
    let asked: Asked = serde_json::from_str(&text).map_err(|error| Failed::Input(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answers = runtime.block_on(answers(&asked))?;
    let text = serde_json::to_string(&answers).map_err(|error| Failed::Input(error.to_string()))?;
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}

async fn answers(asked: &Asked) -> Result<Vec<ProofView>, Failed> {
    let mut prover = Prover::start(&asked.guard, &asked.schema, asked.facts.clone())?;
    let mut answers = prover.never_for_agents().await?;
    answers.extend(prover.only_a_reviewed_merge_moves_main().await?);
    if let Some(old) = &asked.old {
        answers.extend(prover.compared_with(&old.guard).await?);
    }
    prover.end().await;
    Ok(answers)
}
