//! Moving a branch without a pull request: one request, pinned to what was evaluated where GitHub can.

use bailiwick_authority::{Digest, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, StatusCode};
use serde_json::json;

use super::{Done, number, other_facts, sha, texts, whole};
use crate::destinations::github::answer::{CommitName, FileCommitAnswer, RefAnswer};
use crate::destinations::github::call::{Caller, segment};
use crate::destinations::github::catalogue::BranchMove;
use crate::destinations::github::evidence::{At, file_path, is_sha};
use crate::destinations::github::failure::Failure;

/// The line of a commit's message that names the operation.
pub(in crate::destinations::github) const TRAILER: &str = "Bailiwick-Operation";

const TIP: &str = "the tip of the branch: GitHub commits on top of whatever it is by then";

/// Carries it out on these facts.
pub(super) async fn act(
    caller: &Caller<'_>,
    at: &At<'_>,
    how: &BranchMove,
    facts: &Value,
    operation_id: &Digest,
) -> Result<Done, Failure> {
    if facts.get("target").and_then(Value::as_str) != Some(&format!("refs/heads/{}", how.moved())) {
        return Err(other_facts());
    }
    let marked = |message: &str| format!("{message}\n\n{TRAILER}: {operation_id}");
    match how {
        BranchMove::WriteFile { branch, path, content, message } => {
            let mut body =
                json!({"message": marked(message), "content": STANDARD.encode(content), "branch": branch});
            if let (Some(blob), Some(body)) = (sha(facts, "blob"), body.as_object_mut()) {
                body.insert("sha".to_owned(), json!(blob));
            }
            file(caller, at, (Method::PUT, path), &body, facts).await
        }
        BranchMove::DeleteFile { branch, path, message } => {
            let blob = sha(facts, "blob").ok_or_else(other_facts)?;
            let body = json!({"message": marked(message), "sha": blob, "branch": branch});
            file(caller, at, (Method::DELETE, path), &body, facts).await
        }
        BranchMove::Create { branch, commit } => {
            let body = json!({"ref": format!("refs/heads/{branch}"), "sha": commit});
            let path = format!("{}/git/refs", at.base);
            moved(caller, (Method::POST, &path), &body, branch, commit, &[]).await
        }
        BranchMove::Forward { branch, commit } => {
            let body = json!({"sha": commit, "force": false});
            let unpinned = "the tip of the branch: GitHub moves it from wherever it is by then, as long as that is forward";
            moved(caller, (Method::PATCH, &ref_path(at, branch)), &body, branch, commit, &[unpinned]).await
        }
        BranchMove::Delete { branch } => {
            caller.send_bare(Method::DELETE, &ref_path(at, branch)).await?;
            let was = sha(facts, "head").ok_or_else(other_facts)?;
            Ok(Done {
                output: Value::object([("branch", Value::from(branch.as_str())), ("was", Value::from(was))]),
                unpinned: texts(&["the tip of the branch: GitHub removes it wherever it is by then"]),
            })
        }
        BranchMove::Merge { target, message, .. } => {
            let head = sha(facts, "commit").ok_or_else(other_facts)?;
            merge(caller, at, (target, head), &marked(message), facts).await
        }
        BranchMove::Update { .. } => update(caller, at, facts).await,
    }
}

/// The ref of a branch; its slashes divide segments.
fn ref_path(at: &At<'_>, branch: &str) -> String {
    let name: Vec<String> = branch.split('/').map(segment).collect();
    format!("{}/git/refs/heads/{}", at.base, name.join("/"))
}

/// A commit with one file in it. What lay there before is the precondition.
async fn file(
    caller: &Caller<'_>,
    at: &At<'_>,
    (method, path): (Method, &str),
    body: &serde_json::Value,
    facts: &Value,
) -> Result<Done, Failure> {
    let path = file_path(at, path);
    let answer = caller.send(method.clone(), &path, body).await?;
    let made: FileCommitAnswer = serde_json::from_slice(&answer.body)
        .map_err(|_| caller.wrong(method.clone(), &path, "it names no commit"))?;
    if !is_sha(&made.commit.sha) {
        return Err(caller.wrong(method, &path, "it names no commit"));
    }
    Ok(Done { output: landed(&made.commit, facts), unpinned: texts(&[TIP]) })
}

/// `{commit, onto?, onto_as_evaluated?}`.
fn landed(commit: &CommitName, facts: &Value) -> Value {
    let mut output = vec![("commit", Value::from(commit.sha.as_str()))];
    if let Some(onto) = commit.parents.first().filter(|parent| is_sha(&parent.sha)) {
        output.push(("onto", Value::from(onto.sha.as_str())));
        output.push(("onto_as_evaluated", Value::Bool(sha(facts, "head") == Some(onto.sha.as_str()))));
    }
    Value::object(output)
}

async fn moved(
    caller: &Caller<'_>,
    (method, path): (Method, &str),
    body: &serde_json::Value,
    branch: &str,
    commit: &str,
    unpinned: &[&str],
) -> Result<Done, Failure> {
    let answer = caller.send(method.clone(), path, body).await?;
    let found: Option<RefAnswer> = serde_json::from_slice(&answer.body).ok();
    let is = |found: &RefAnswer| found.name == format!("refs/heads/{branch}") && found.object.sha == commit;
    if !found.as_ref().is_some_and(is) {
        return Err(caller.wrong(method, path, "it names another ref or commit"));
    }
    let output = Value::object([("branch", Value::from(branch)), ("commit", Value::from(commit))]);
    Ok(Done { output, unpinned: texts(unpinned) })
}

async fn merge(
    caller: &Caller<'_>,
    at: &At<'_>,
    (target, head): (&str, &str),
    message: &str,
    facts: &Value,
) -> Result<Done, Failure> {
    let path = format!("{}/merges", at.base);
    // The commit instead of the branch: what is taken in is what was evaluated.
    let body = json!({"base": target, "head": head, "commit_message": message});
    let answer = caller.send(Method::POST, &path, &body).await?;
    let unpinned = texts(&[TIP]);
    if answer.status == StatusCode::NO_CONTENT {
        let output = Value::object([("contained", Value::Bool(true)), ("head", Value::from(head))]);
        return Ok(Done { output, unpinned });
    }
    let made: CommitName = serde_json::from_slice(&answer.body)
        .map_err(|_| caller.wrong(Method::POST, &path, "it names no commit"))?;
    Ok(Done { output: landed(&made, facts), unpinned })
}

async fn update(caller: &Caller<'_>, at: &At<'_>, facts: &Value) -> Result<Done, Failure> {
    let pull = whole(facts, "pull").ok_or_else(other_facts)?;
    let head = sha(facts, "head").ok_or_else(other_facts)?;
    let path = format!("{}/pulls/{pull}/update-branch", at.base);
    caller.send(Method::PUT, &path, &json!({"expected_head_sha": head})).await?;
    let output = Value::object([("pull", Value::Int(number(pull)?)), ("head", Value::from(head))]);
    Ok(Done {
        output,
        unpinned: texts(&[
            "the tip of the target: GitHub takes in whatever it is by then",
            "the merge itself: GitHub accepts it and makes it a moment later",
        ]),
    })
}
