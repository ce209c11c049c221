//! `policy check`: every problem with its line, the tables beside it, and the proof.

use super::choice::Choice;
use super::proof::{self, ProofArguments, prove, refuse_unproved};
use super::text;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use bailiwick_broker::policy::Policy;
use bailiwick_protocol::{PolicyCheck, PolicyTexts, ProofView};
use clap::Args;
use serde_json::json;

/// What to check.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  bailiwick policy check --set ship-to-main --set quiet-hours")]
pub(crate) struct Arguments {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    proof: ProofArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let texts = arguments.choice.needed()?;
    let check = loads(&texts, setting)?;
    let proofs = match arguments.proof.without_proof {
        true => Vec::new(),
        false => prove(&texts, None, setting).await?,
    };
    let output = &setting.output;
    let value = json!({"problems": check.problems, "rules": check.rules, "proofs": proofs});
    output.result(&value, || {
        let permits = check.rules.iter().filter(|rule| rule.permits).count();
        let asks = check.rules.iter().filter(|rule| rule.approval.is_some()).count();
        let refuses = check.rules.len().saturating_sub(permits).saturating_sub(asks);
        let counts = format!("{permits} permits, {refuses} refusals, {asks} asks: it loads\n");
        counts + &proof::text(output, &proofs)
    })?;
    done(&proofs)
}

/// Whether nothing stands against a policy.
fn done(proofs: &[ProofView]) -> Result<Exit, Failure> {
    refuse_unproved(proofs).map(|()| Exit::Done)
}

/// What the texts say; every problem is printed, and any refuses.
pub(super) fn loads(texts: &PolicyTexts, setting: &Setting) -> Result<PolicyCheck, Failure> {
    let check = Policy::check(texts);
    let Some(first) = check.problems.first() else { return Ok(check) };
    let value = json!({"problems": check.problems, "rules": [], "proofs": []});
    setting
        .output
        .result(&value, || check.problems.iter().map(|problem| text::problem(problem) + "\n").collect())?;
    let more = check.problems.len().saturating_sub(1);
    let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
    Err(Failure::new(
        Exit::Usage,
        "policy",
        format!("the policy does not load: {}{more}", text::problem(first)),
        first.hint.clone(),
    ))
}
