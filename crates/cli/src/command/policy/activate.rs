//! `policy activate`: the only verb here that signs. What changes is shown before anything is signed, and a
//! policy of which it could not be shown what must hold is not signed at all.

use super::check::loads;
use super::choice::Choice;
use super::diff::compare;
use super::proof::{self, ProofArguments, prove, refuse_unproved};
use super::text;
use crate::exit::Exit;
use crate::failure::{Failure, bad_value};
use crate::setting::Setting;
use crate::unlock::UnlockArguments;
use crate::{escape, sentence};
use bailiwick_authority::{Digest, NameError};
use bailiwick_broker::policy::PolicyDigests;
use bailiwick_person::{Shown, submit};
use bailiwick_protocol::PolicySource;
use clap::Args;

/// What to activate.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  bailiwick policy activate --set ship-to-main --set quiet-hours")]
pub(crate) struct Arguments {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    proof: ProofArguments,
    /// Sign without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    unlock: UnlockArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let texts = arguments.choice.needed()?;
    let check = loads(&texts, setting)?;
    let (console, status, realm) = setting.realm().await?;
    let output = &setting.output;
    let head = |text: &str| -> Result<Digest, Failure> {
        text.parse().map_err(|why: NameError| bad_value("a policy's digest", text, &why))
    };
    let previous = status.policy.as_deref().map(head).transpose()?;
    let (what, proofs) = match previous {
        Some(_) => {
            let old = PolicySource::InForce;
            let (diff, proofs) = compare(&console, old, &texts, arguments.proof, setting).await?;
            (text::difference(output, &diff), proofs)
        }
        None => {
            let proofs = match arguments.proof.without_proof {
                true => Vec::new(),
                false => prove(&texts, None, setting).await?,
            };
            (format!("the first policy of this realm, with {} rules\n", check.rules.len()), proofs)
        }
    };
    refuse_unproved(&proofs)?;
    let what = format!(
        "activate {}\n{what}{}",
        escape::line(&arguments.choice.name()),
        proof::text(output, &proofs)
    );
    let steward = setting.steward(&arguments.unlock, arguments.yes)?;
    let set = PolicyDigests::of(&texts).into_set(previous);
    let signed = steward
        .seal(realm, &set, |unsigned| {
            Shown::of("Sign the policy", &sentence::policy(unsigned.body(), &texts), unsigned).beside(&what)
        })
        .await?;
    let admitted = submit(&console, &signed, Some(texts)).await?;
    output.result(&admitted, || match admitted.waits_for {
        None => format!("in force from entry {} on: {}", admitted.sequence, escape::line(&admitted.digest)),
        Some(more) => format!(
            "proposed: {more} more must agree (`bailiwick pending`): {}",
            escape::line(&admitted.digest)
        ),
    })?;
    Ok(Exit::Done)
}
