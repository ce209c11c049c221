//! The prover beside this program: `bailiwick-proof` puts the questions, a solver answers them.
//!
//! A program of its own, because the symbolic compiler brings parts of the policy engine that the broker does
//! without. What it says is read and never executed; what it refutes is refused.

use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Tone};
use crate::setting::Setting;
use bailiwick_broker::policy::FACTS;
use bailiwick_protocol::{PolicyTexts, ProofView};
use clap::Args;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The program.
const PROGRAM: &str = "bailiwick-proof";

/// What only holds if the guard allows nothing new; a difference, and no fault of a policy.
const COMPARISONS: [&str; 2] = [
    "the new guard allows nothing that the old one refused",
    "the new guard refuses nothing that the old one allowed",
];

/// Whether to prove.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ProofArguments {
    /// Leave out what a solver has to show
    #[arg(long)]
    pub(crate) without_proof: bool,
}

/// What the solver answers about a policy, and about it and the one before.
pub(crate) async fn prove(
    new: &PolicyTexts,
    old: Option<&PolicyTexts>,
    setting: &Setting,
) -> Result<Vec<ProofView>, Failure> {
    let program = program()?;
    let facts: BTreeMap<&str, &str> = FACTS.into_iter().collect();
    let old = old.map(|old| json!({"guard": old.guard}));
    let asked = json!({"guard": new.guard, "schema": new.schema, "facts": facts, "old": old});
    setting.output.remark("asking the solver what can be shown of this policy");
    tokio::task::spawn_blocking(move || ask(&program, &asked.to_string()))
        .await
        .map_err(|error| Failure::defect(format!("the proof was cut off: {error}")))?
}

/// It lies beside this program; nothing else is started under its name.
fn program() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe().map_err(|error| Failure::defect(error.to_string()))?;
    let beside = own.with_file_name(PROGRAM);
    if beside.is_file() {
        return Ok(beside);
    }
    Err(no_proof(format!("`{PROGRAM}` does not lie beside `{}`", own.display())))
}

fn no_proof(why: String) -> Failure {
    Failure::new(
        Exit::NotReady,
        "no-proof",
        format!("nothing can be proved of this policy: {why}"),
        "install `bailiwick-proof` beside `bailiwick` and the solver `cvc5`, or say `--without-proof`",
    )
}

fn ask(program: &PathBuf, asked: &str) -> Result<Vec<ProofView>, Failure> {
    let failed = |error: std::io::Error| no_proof(error.to_string());
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        // One that ends early says why on its standard error.
        input.write_all(asked.as_bytes()).ok();
    }
    let output = child.wait_with_output().map_err(failed)?;
    if !output.status.success() {
        return Err(no_proof(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| no_proof(error.to_string()))
}

/// Every answer, a line each; an example under what is refuted.
pub(crate) fn text(output: &Output, proofs: &[ProofView]) -> String {
    let mut text = String::new();
    for proof in proofs {
        let answer = match (proof.answer.as_str(), is_comparison(proof)) {
            ("proved", _) => output.tone(Tone::Good, "proved "),
            ("refuted", true) => output.tone(Tone::Strong, "differs"),
            ("refuted", false) => output.tone(Tone::Bad, "refuted"),
            _ => output.tone(Tone::Bad, "unknown"),
        };
        text.push_str(&format!(
            "{answer}  {}  {}\n",
            escape::line(&proof.claim),
            output.tone(Tone::Dim, escape::line(&proof.action))
        ));
        if let Some(example) = &proof.example {
            text.push_str(&format!("         for instance {}\n", escape::line(&example.to_string())));
        }
    }
    text
}

/// What the solver did not prove of a policy by itself: any of these refuses it.
pub(crate) fn refuse_unproved(proofs: &[ProofView]) -> Result<(), Failure> {
    let Some(first) = proofs.iter().find(|proof| proof.answer != "proved" && !is_comparison(proof)) else {
        return Ok(());
    };
    let example = first.example.as_ref().map(|example| format!(": {example}")).unwrap_or_default();
    let not = if first.answer == "refuted" { "does not hold" } else { "could not be shown" };
    Err(Failure::new(
        Exit::Refused,
        "unproved",
        format!("it {not} that {} ({}){example}", first.claim, first.action),
        "add a forbid, or narrow the permits that let this through",
    ))
}

fn is_comparison(proof: &ProofView) -> bool {
    COMPARISONS.contains(&proof.claim.as_str())
}
