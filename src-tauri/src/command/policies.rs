//! Policies: asked about freely, put in force with a signature.

use super::approvals::Proposed;
use crate::asking::Windows;
use crate::failure::Failure;
use crate::shell::Shell;
use bailiwick_authority::Digest;
use bailiwick_person::{FailureKind, Shown, Steward, proving, sentence, shipped_policy, submit};
use bailiwick_protocol::{
    PolicyAnswer, PolicyCheck, PolicyDiff, PolicyDiffRequest, PolicySource, PolicyTexts, PolicyTry,
    PolicyVersion, ProofView, RuleChange,
};
use tauri::{AppHandle, State};

#[tauri::command]
pub(crate) async fn policy_texts(
    statement: Option<String>,
    shell: State<'_, Shell>,
) -> Result<PolicyTexts, Failure> {
    let (console, _) = shell.console().await?;
    Ok(match statement {
        Some(statement) => console.policy_version(&statement).await?,
        None => console.policy().await?,
    })
}

#[tauri::command]
pub(crate) async fn policy_check(
    texts: PolicyTexts,
    shell: State<'_, Shell>,
) -> Result<PolicyCheck, Failure> {
    Ok(shell.console().await?.0.policy_check(&texts).await?)
}

#[tauri::command]
pub(crate) async fn policy_try(
    question: PolicyTry,
    shell: State<'_, Shell>,
) -> Result<PolicyAnswer, Failure> {
    Ok(shell.console().await?.0.policy_try(&question).await?)
}

#[tauri::command]
pub(crate) async fn policy_diff(
    question: PolicyDiffRequest,
    shell: State<'_, Shell>,
) -> Result<PolicyDiff, Failure> {
    Ok(shell.console().await?.0.policy_diff(&question).await?)
}

#[tauri::command]
pub(crate) async fn policy_history(shell: State<'_, Shell>) -> Result<Vec<PolicyVersion>, Failure> {
    Ok(shell.console().await?.0.policy_history().await?)
}

/// What a solver can show of these texts, and of them beside the policy in force. Takes seconds.
#[tauri::command]
pub(crate) async fn policy_prove(
    texts: PolicyTexts,
    compare: bool,
    shell: State<'_, Shell>,
) -> Result<Vec<ProofView>, Failure> {
    let before = if compare { Some(shell.console().await?.0.policy().await?) } else { None };
    Ok(proving::prove(&texts, before.as_ref()).await?)
}

/// Shows what changes, signs the successor of the policy in force, and hands it in with its texts.
#[tauri::command]
pub(crate) async fn activate_policy(
    texts: PolicyTexts,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Proposed, Failure> {
    let (console, status, realm) = shell.realm().await?;
    let check = console.policy_check(&texts).await?;
    if let Some(problem) = check.problems.first() {
        return Err(Failure::bad_value(
            "a policy",
            &problem.text,
            format!("line {}, column {}: {}", problem.line, problem.column, problem.message),
        ));
    }
    let previous = status.policy.as_deref().map(read).transpose()?;
    let (before, changed) = match &previous {
        None => (None, "It is the first policy of this realm.".to_owned()),
        Some(_) => {
            let diff = console.policy_diff(&in_force_against(&texts)).await?;
            (Some(console.policy().await?), changes(&diff))
        }
    };
    let beside = format!("{}\n{changed}", proved(proving::prove(&texts, before.as_ref()).await)?);
    let set = shipped_policy::statement(&texts, previous);
    let steward = Steward::of(&shell.profile()?, Windows::of(&app))?;
    let signed = steward
        .seal(realm, &set, |unsigned| {
            let words = sentence::policy(unsigned.body(), &texts);
            Shown::of("Activate a policy", &words, unsigned).beside(&beside)
        })
        .await?;
    Ok(submit(&console, &signed, Some(texts)).await?.into())
}

/// What was proved, as it stands over the signature: the page asked before, and is not taken at its word. What is
/// not proved is refused; where nothing could be asked, whoever signs reads that.
fn proved(
    proofs: Result<Vec<ProofView>, bailiwick_person::Failure>,
) -> Result<String, bailiwick_person::Failure> {
    let proofs = match proofs {
        Ok(proofs) => proofs,
        Err(failure) if failure.kind == FailureKind::NoProof => {
            return Ok("Nothing is proved of it: there is no prover or no solver here.".to_owned());
        }
        Err(failure) => return Err(failure),
    };
    proving::refuse_unproved(&proofs)?;
    let differs = proofs.iter().filter(|one| proving::is_comparison(one) && one.answer != "proved");
    let mut lines = vec![
        "Proved: no agent can approve, enrol or connect by it, or move `main` but by a merge.".to_owned(),
    ];
    lines.extend(
        differs.map(|one| bailiwick_person::escape::line(&format!("Not so: {} ({})", one.claim, one.action))),
    );
    Ok(lines.join("\n"))
}

fn read(text: &str) -> Result<Digest, Failure> {
    text.parse().map_err(|why| Failure::bad_value("a policy's digest", text, why))
}

fn in_force_against(texts: &PolicyTexts) -> PolicyDiffRequest {
    PolicyDiffRequest { old: PolicySource::InForce, new: PolicySource::Texts { texts: texts.clone() } }
}

/// What changes, in words; what is softened first.
fn changes(diff: &PolicyDiff) -> String {
    let count = |what: &str, changes: &[RuleChange]| {
        (!changes.is_empty()).then(|| format!("{what}: {}", changes.len()))
    };
    let parts = [
        count("forbids that only ask from now on", &diff.guard_to_ask),
        count("rules that go", &diff.removed),
        count("rules that come", &diff.added),
        count("rules that say something else", &diff.changed),
        count("asks that refuse from now on", &diff.ask_to_guard),
        (!diff.backtest.different.is_empty()).then(|| {
            format!(
                "of the last {} operations {} would have ended otherwise",
                diff.backtest.judged,
                diff.backtest.different.len()
            )
        }),
    ];
    let headline = bailiwick_person::escape::line(&diff.headline);
    std::iter::once(headline).chain(parts.into_iter().flatten()).collect::<Vec<_>>().join("\n")
}
