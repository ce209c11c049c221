//! The facts of moving a branch without a pull request: where it is, what it would become, which paths that changes.
//!
//! No checks and no reviews: what needs those goes through a pull request, and policy says where that is so.

use std::collections::BTreeSet;

use bailiwick_authority::Value;

use super::deployment::commit;
use super::merge::the_one;
use super::{At, is_sha, paths, whole};
use crate::destinations::github::answer::{BranchAnswer, CompareAnswer, ContentAnswer, DefaultBranch};
use crate::destinations::github::call::{Caller, segment};
use crate::destinations::github::catalogue::BranchMove;
use crate::destinations::github::failure::{Cause, Failure};
use crate::destinations::github::refusal::Refusal;

/// Where GitHub stops listing a comparison's files.
const MAX_COMPARED: usize = 300;

/// What one move has for facts beside the branch.
#[derive(Default)]
struct Found {
    /// The branch as it is, if it is.
    branch: Option<BranchAnswer>,
    changed: BTreeSet<String>,
    more: Vec<(&'static str, Value)>,
}

/// See `docs/github.md` for each member.
pub(super) async fn facts(caller: &Caller<'_>, at: &At<'_>, how: &BranchMove) -> Result<Value, Failure> {
    let found = match how {
        BranchMove::WriteFile { branch, path, .. } => file(caller, at, branch, path, false).await?,
        BranchMove::DeleteFile { branch, path, .. } => file(caller, at, branch, path, true).await?,
        BranchMove::Create { branch, commit } => create(caller, at, branch, commit).await?,
        BranchMove::Forward { branch, commit } => forward(caller, at, branch, commit).await?,
        BranchMove::Delete { branch } => {
            Found { branch: Some(at.branch(caller, branch).await?), ..Found::default() }
        }
        BranchMove::Merge { branch, target, .. } => {
            let (into, from) = tokio::try_join!(at.branch(caller, target), at.branch(caller, branch))?;
            taken_in(caller, at, into, from.commit.sha).await?
        }
        BranchMove::Update { branch, target } => update(caller, at, branch, target).await?,
    };
    let mut facts = vec![
        ("repository", whole(caller, at.repository())?),
        ("branch", Value::from(how.moved())),
        ("target", Value::from(format!("refs/heads/{}", how.moved()))),
        ("exists", Value::Bool(found.branch.is_some())),
        ("protected", Value::Bool(found.branch.as_ref().is_some_and(|branch| branch.protected))),
        ("changed_paths", Value::strings(found.changed)),
    ];
    facts.extend(found.branch.map(|branch| ("head", Value::from(branch.commit.sha))));
    facts.extend(found.more);
    Ok(Value::object(facts))
}

/// One file on a branch: what lies there is the precondition of the act.
async fn file(
    caller: &Caller<'_>,
    at: &At<'_>,
    branch: &str,
    path: &str,
    must_be_there: bool,
) -> Result<Found, Failure> {
    let branch = at.branch(caller, branch).await?;
    let there: Option<ContentAnswer> =
        caller.get_if_there(&format!("{}?ref={}", file_path(at, path), branch.commit.sha)).await?;
    if let Some(found) = &there
        && (!found.is_file() || !is_sha(&found.sha))
    {
        return Err(caller.refused(Refusal::NoFile(path.to_owned())));
    }
    if there.is_none() && must_be_there {
        return Err(caller.refused(Refusal::NoFile(path.to_owned())));
    }
    let mut more = vec![("path", Value::from(path))];
    more.extend(there.map(|found| ("blob", Value::from(found.sha))));
    Ok(Found { branch: Some(branch), changed: BTreeSet::from([path.to_owned()]), more })
}

/// Where a file is read, written and removed.
pub(in crate::destinations::github) fn file_path(at: &At<'_>, path: &str) -> String {
    let path: Vec<String> = path.split('/').map(segment).collect();
    format!("{}/contents/{}", at.base, path.join("/"))
}

/// A branch that is not there yet. It changes what lies between the default branch and its commit.
async fn create(caller: &Caller<'_>, at: &At<'_>, branch: &str, sha: &str) -> Result<Found, Failure> {
    let absent = async {
        match at.branch(caller, branch).await {
            Ok(_) => Err(caller.refused(Refusal::BranchExists(branch.to_owned()))),
            Err(Failure { cause: Cause::Refused(Refusal::NoBranch(_)), .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    };
    let default = caller.get::<DefaultBranch>(&at.base);
    let ((), found, default) = tokio::try_join!(absent, known(caller, at, sha), default)?;
    let main = at.branch(caller, &default.default_branch).await?;
    let (changed, _) = between(caller, at, &main.commit.sha, &found).await?;
    Ok(Found { branch: None, changed, more: vec![("commit", Value::from(found))] })
}

async fn forward(caller: &Caller<'_>, at: &At<'_>, branch: &str, sha: &str) -> Result<Found, Failure> {
    let (branch, found) = tokio::try_join!(at.branch(caller, branch), known(caller, at, sha))?;
    let (changed, status) = between(caller, at, &branch.commit.sha, &found).await?;
    if status != "ahead" {
        return Err(caller.refused(Refusal::NotForward));
    }
    Ok(Found { branch: Some(branch), changed, more: vec![("commit", Value::from(found))] })
}

/// The commit of exactly this name.
async fn known(caller: &Caller<'_>, at: &At<'_>, sha: &str) -> Result<String, Failure> {
    let found = commit(caller, at, sha).await?;
    if found != sha {
        return Err(caller.failure(Cause::WrongAnswer("another commit than asked for".to_owned())));
    }
    Ok(found)
}

async fn update(caller: &Caller<'_>, at: &At<'_>, branch: &str, target: &str) -> Result<Found, Failure> {
    let (head, base, row) = tokio::join!(
        at.branch(caller, branch),
        at.branch(caller, target),
        the_one(caller, at, branch, target)
    );
    let (head, base, row) = (head?, base?, row?);
    if row.head.repo.as_ref().is_none_or(|repo| repo.id != at.repository()) {
        return Err(caller.refused(Refusal::BranchElsewhere));
    }
    if row.head.sha != head.commit.sha {
        return Err(caller.refused(Refusal::Contradictory("the pull request and its branch")));
    }
    let mut found = taken_in(caller, at, head, base.commit.sha).await?;
    found.more.push(("pull", whole(caller, row.number)?));
    Ok(found)
}

/// What a branch gets by taking a commit in.
async fn taken_in(
    caller: &Caller<'_>,
    at: &At<'_>,
    into: BranchAnswer,
    from: String,
) -> Result<Found, Failure> {
    let (changed, status) = between(caller, at, &into.commit.sha, &from).await?;
    if matches!(status.as_str(), "identical" | "behind") {
        return Err(caller.refused(Refusal::NothingToMerge));
    }
    Ok(Found { branch: Some(into), changed, more: vec![("commit", Value::from(from))] })
}

/// The paths that the second commit changes since it left the first, and how the two stand.
async fn between(
    caller: &Caller<'_>,
    at: &At<'_>,
    base: &str,
    head: &str,
) -> Result<(BTreeSet<String>, String), Failure> {
    let found: CompareAnswer = caller.get(&format!("{}/compare/{base}...{head}", at.base)).await?;
    let files = found.files.unwrap_or_default();
    if files.len() >= MAX_COMPARED {
        return Err(caller.refused(Refusal::AtCap { what: "changed files", cap: MAX_COMPARED }));
    }
    Ok((paths::both(&files), found.status))
}
