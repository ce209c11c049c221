//! `policy diff`: what would change, softened rules first; how past operations would end; and what a solver
//! says of the two guards.

use super::check::loads;
use super::choice::Choice;
use super::proof::{self, ProofArguments, prove};
use super::text;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use bailiwick_client::Console;
use bailiwick_protocol::{PolicyDiff, PolicyDiffRequest, PolicySource, PolicyTexts, ProofView};
use clap::Args;
use serde_json::json;

/// What to compare with the policy in force.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  bailiwick policy diff ./our-policy")]
pub(crate) struct Arguments {
    #[command(flatten)]
    choice: Choice,
    /// A policy that was in force, by its statement digest, instead of a new one
    #[arg(long, value_name = "DIGEST", conflicts_with_all = ["folder", "sets"])]
    to: Option<String>,
    /// Compare with this policy instead of the one in force
    #[arg(long, value_name = "DIGEST")]
    from: Option<String>,
    #[command(flatten)]
    proof: ProofArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let chosen = arguments.choice.texts()?;
    if let Some(texts) = &chosen {
        loads(texts, setting)?;
    }
    let (console, _) = setting.console().await?;
    let new = match (chosen, &arguments.to) {
        (Some(texts), _) => texts,
        (None, Some(statement)) => console.policy_version(statement).await?,
        (None, None) => arguments.choice.needed()?,
    };
    let old = match &arguments.from {
        Some(statement) => PolicySource::Statement { statement: statement.clone() },
        None => PolicySource::InForce,
    };
    let (diff, proofs) = compare(&console, old, &new, arguments.proof, setting).await?;
    let output = &setting.output;
    output.result(&json!({"diff": diff, "proofs": proofs}), || {
        text::difference(output, &diff) + &proof::text(output, &proofs)
    })?;
    Ok(Exit::Done)
}

/// The difference as the broker sees it, with what a solver says of it.
pub(super) async fn compare(
    console: &Console,
    old: PolicySource,
    new: &PolicyTexts,
    proof: ProofArguments,
    setting: &Setting,
) -> Result<(PolicyDiff, Vec<ProofView>), Failure> {
    let before = match &old {
        PolicySource::InForce => console.policy().await?,
        PolicySource::Statement { statement } => console.policy_version(statement).await?,
        PolicySource::Texts { texts } => texts.clone(),
    };
    let new_source = PolicySource::Texts { texts: new.clone() };
    let diff = console.policy_diff(&PolicyDiffRequest { old, new: new_source }).await?;
    let proofs = match proof.without_proof {
        true => Vec::new(),
        false => prove(new, Some(&before), setting).await?,
    };
    Ok((diff, proofs))
}
