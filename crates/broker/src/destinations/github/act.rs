//! The act itself: one request that changes something, pinned to what was evaluated where GitHub can.
//!
//! INVARIANT: sent once. An answer that leaves its outcome open is `may_have_happened`, and is looked up.

mod branch_move;

use std::time::Duration;

pub(super) use branch_move::TRAILER;

use bailiwick_authority::{Digest, Text, Value};
use http::Method;
use serde_json::json;

use super::answer::{CommentAnswer, CompareAnswer, DeploymentAnswer, MergeAnswer, OpenedAnswer};
use super::call::Caller;
use super::catalogue::{Action, MergeMethod, Operation};
use super::evidence::{At, is_sha};
use super::failure::{Cause, Failure, Step};
use super::refusal::Refusal;

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The destination's ids: `{"merge_commit": …}`, see `docs/github.md`.
    pub output: Value,
    /// What no precondition held between the last read and the act, in words.
    pub unpinned: Vec<Text>,
}

/// How long what follows a confirmed act may take: with the act itself it stays below a credential's life.
const AFTERWARDS: Duration = Duration::from_secs(3);

/// The member of a deployment's payload that names the operation.
pub(super) const MARK: &str = "bailiwick_operation";

/// Carries an operation out on these facts.
pub(super) async fn act(
    caller: &Caller<'_>,
    operation: &Operation,
    facts: &Value,
    operation_id: &Digest,
) -> Result<Done, Failure> {
    let at = At::of(operation);
    let repository = whole(facts, "repository");
    if repository != Some(at.repository()) {
        return Err(other_facts());
    }
    match operation.action() {
        Action::Merge { target, method, .. } => merge(caller, &at, target, *method, facts).await,
        Action::Comment { issue, body } => comment(caller, &at, *issue, body, facts).await,
        Action::OpenPullRequest { branch, target, title, body } => {
            open_pull(caller, &at, (branch, target), title, body.as_deref(), facts).await
        }
        Action::Deploy { environment, .. } => deploy(caller, &at, environment, facts, operation_id).await,
        Action::Move(how) => branch_move::act(caller, &at, how, facts, operation_id).await,
    }
}

async fn merge(
    caller: &Caller<'_>,
    at: &At<'_>,
    target: &str,
    method: MergeMethod,
    facts: &Value,
) -> Result<Done, Failure> {
    let pull = whole(facts, "pull").ok_or_else(other_facts)?;
    let head = sha(facts, "head").ok_or_else(other_facts)?;
    if facts.get("target").and_then(Value::as_str) != Some(&format!("refs/heads/{target}")) {
        return Err(other_facts());
    }
    let path = format!("{}/pulls/{pull}/merge", at.base);
    let body = json!({"sha": head, "merge_method": method.as_str()});
    let answer = caller.send(Method::PUT, &path, &body).await?;
    let merged: MergeAnswer = serde_json::from_slice(&answer.body)
        .map_err(|_| caller.wrong(Method::PUT, &path, "it does not say whether it was merged"))?;
    if !merged.merged || !is_sha(&merged.sha) {
        return Err(caller.wrong(Method::PUT, &path, "it names no merge commit"));
    }
    let verifying = landed(caller, at, target, &merged.sha);
    let landed = tokio::time::timeout(AFTERWARDS, verifying).await.unwrap_or_default();
    let mut output = vec![
        ("pull", Value::Int(number(pull)?)),
        ("head", Value::from(head)),
        ("merge_commit", Value::from(merged.sha)),
        ("verified", Value::Bool(landed.verified)),
    ];
    // A rebase makes one commit of each, so only the other two lie right upon the target's tip.
    if let (Some(onto), false) = (landed.onto, method == MergeMethod::Rebase) {
        let evaluated = sha(facts, "base") == Some(onto.as_str());
        output.extend([("onto", Value::from(onto)), ("onto_as_evaluated", Value::Bool(evaluated))]);
    }
    Ok(Done {
        output: Value::object(output),
        unpinned: texts(&[
            "the tip of the target: GitHub pins the head commit, and merges it onto whatever the target is by then",
            "checks, reviews and rules between the last read and the merge, but for those that GitHub enforces itself",
        ]),
    })
}

/// What became of a merge commit.
#[derive(Default)]
struct Landed {
    /// Whether the target contains it now.
    verified: bool,
    /// The commit before it on the target, where that was said.
    onto: Option<String>,
}

/// Whether the target contains the merge commit now. What cannot be read is not verified; the merge
/// itself was confirmed before.
async fn landed(caller: &Caller<'_>, at: &At<'_>, target: &str, commit: &str) -> Landed {
    let Ok(tip) = at.branch(caller, target).await else { return Landed::default() };
    if tip.commit.sha == commit {
        let onto = tip.commit.parents.first().map(|parent| parent.sha.clone());
        return Landed { verified: true, onto: onto.filter(|sha| is_sha(sha)) };
    }
    let path = format!("{}/compare/{commit}...{}", at.base, tip.commit.sha);
    let ahead = matches!(caller.get::<CompareAnswer>(&path).await, Ok(found) if found.status == "ahead");
    Landed { verified: ahead, onto: None }
}

async fn comment(
    caller: &Caller<'_>,
    at: &At<'_>,
    issue: u64,
    body: &str,
    facts: &Value,
) -> Result<Done, Failure> {
    if whole(facts, "issue") != Some(issue) {
        return Err(other_facts());
    }
    let path = format!("{}/issues/{issue}/comments", at.base);
    let answer = caller.send(Method::POST, &path, &json!({"body": body})).await?;
    let comment: CommentAnswer = serde_json::from_slice(&answer.body)
        .map_err(|_| caller.wrong(Method::POST, &path, "it names no comment"))?;
    Ok(Done {
        output: Value::object([
            ("issue", Value::Int(number(issue)?)),
            ("comment", Value::Int(number(comment.id)?)),
        ]),
        unpinned: texts(&[
            "the issue: GitHub knows no precondition for a comment, so it may have been closed or edited before",
        ]),
    })
}

async fn open_pull(
    caller: &Caller<'_>,
    at: &At<'_>,
    (branch, target): (&str, &str),
    title: &str,
    description: Option<&str>,
    facts: &Value,
) -> Result<Done, Failure> {
    let head = sha(facts, "head").ok_or_else(other_facts)?;
    if facts.get("branch").and_then(Value::as_str) != Some(branch) {
        return Err(other_facts());
    }
    let path = format!("{}/pulls", at.base);
    let mut body = json!({"title": title, "head": branch, "base": target});
    if let (Some(description), Some(body)) = (description, body.as_object_mut()) {
        body.insert("body".to_owned(), json!(description));
    }
    let answer = caller.send(Method::POST, &path, &body).await?;
    let opened: OpenedAnswer = serde_json::from_slice(&answer.body)
        .map_err(|_| caller.wrong(Method::POST, &path, "it names no pull request"))?;
    Ok(Done {
        output: Value::object([
            ("pull", Value::Int(number(opened.number)?)),
            ("head", Value::from(opened.head.sha.as_str())),
            ("head_as_evaluated", Value::Bool(opened.head.sha == head)),
        ]),
        unpinned: texts(&[
            "the branch: GitHub knows no precondition for opening a pull request, and shows the branch as it is",
        ]),
    })
}

async fn deploy(
    caller: &Caller<'_>,
    at: &At<'_>,
    environment: &str,
    facts: &Value,
    operation_id: &Digest,
) -> Result<Done, Failure> {
    let commit = sha(facts, "sha").ok_or_else(other_facts)?;
    if facts.get("environment").and_then(Value::as_str) != Some(environment) {
        return Err(other_facts());
    }
    let path = format!("{}/deployments", at.base);
    // `required_contexts` is left out on purpose: then GitHub demands that every status of the commit
    // is a success, and answers 409 if not. Naming none would weaken that. `auto_merge` must be off:
    // it would deploy another commit than the one that was evaluated.
    let body = json!({
        "ref": commit,
        "environment": environment,
        "auto_merge": false,
        "description": format!("Bailiwick operation {}", operation_id.short()),
        "payload": {MARK: operation_id.to_string()},
    });
    let answer = caller.send(Method::POST, &path, &body).await?;
    let deployment: DeploymentAnswer = serde_json::from_slice(&answer.body)
        .map_err(|_| caller.wrong(Method::POST, &path, "it names no deployment"))?;
    let path = format!("{path}/{}/statuses", deployment.id);
    let status = json!({"state": "queued", "description": "asked for through Bailiwick"});
    // The deployment stands whatever becomes of its first status: that is a fact of the output.
    let reporting = caller.send(Method::POST, &path, &status);
    let queued = match tokio::time::timeout(AFTERWARDS, reporting).await {
        Ok(Ok(_)) => true,
        Ok(Err(failure)) => {
            tracing::warn!(%failure, "a deployment was created and its status was not");
            false
        }
        Err(_) => false,
    };
    Ok(Done {
        output: Value::object([
            ("deployment", Value::Int(number(deployment.id)?)),
            ("sha", Value::from(deployment.sha.as_str())),
            ("environment", Value::from(deployment.environment)),
            ("status", Value::from(if queued { "queued" } else { "none" })),
        ]),
        unpinned: texts(&[
            "what the environment makes of it: what runs is decided by those who listen there",
        ]),
    })
}

/// A whole number among facts.
pub(super) fn whole(facts: &Value, name: &str) -> Option<u64> {
    match facts.get(name)? {
        Value::Int(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

/// A commit among facts.
pub(super) fn sha<'a>(facts: &'a Value, name: &str) -> Option<&'a str> {
    facts.get(name)?.as_str().filter(|text| is_sha(text))
}

/// A number as outputs have it.
pub(super) fn number(number: u64) -> Result<i64, Failure> {
    i64::try_from(number).ok().filter(|number| *number < 1 << 53).ok_or_else(|| Failure {
        may_have_happened: true,
        ..Failure::of(Step::Act, Cause::WrongAnswer("a number of 2^53 or beyond".to_owned()))
    })
}

pub(super) fn other_facts() -> Failure {
    Failure::of(Step::Act, Cause::Refused(Refusal::OtherFacts))
}

fn texts(sentences: &[&str]) -> Vec<Text> {
    sentences.iter().filter_map(|sentence| sentence.parse().ok()).collect()
}
