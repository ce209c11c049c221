//! What a solver shows of a policy, asked for and said on a terminal.

use crate::escape;
use crate::failure::Failure;
use crate::output::{Output, Tone};
use crate::setting::Setting;
use bailiwick_person::proving::{self, is_comparison};
use bailiwick_protocol::{PolicyTexts, ProofView};
use clap::Args;

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
    setting.output.remark("asking the solver what can be shown of this policy");
    Ok(proving::prove(new, old).await?)
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
    proving::refuse_unproved(proofs).map_err(Failure::from)
}
