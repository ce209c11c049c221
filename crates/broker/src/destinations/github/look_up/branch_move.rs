//! What became of moving a branch. A commit of ours carries the operation's name; a ref says of nobody who moved it.

use bailiwick_authority::Value;

use super::{Asked, Found, other_facts};
use crate::destinations::github::act::{TRAILER, sha, whole};
use crate::destinations::github::answer::{BranchAnswer, MessagesAnswer, PullAnswer};
use crate::destinations::github::call::{Caller, segment};
use crate::destinations::github::catalogue::BranchMove;
use crate::destinations::github::evidence::At;
use crate::destinations::github::failure::Failure;

/// Looks at the branch.
pub(super) async fn look_up(
    caller: &Caller<'_>,
    at: &At<'_>,
    asked: &Asked<'_>,
    how: &BranchMove,
) -> Result<Found, Failure> {
    if let BranchMove::Update { .. } = how {
        return updated(caller, at, asked).await;
    }
    let path = format!("{}/branches/{}", at.base, segment(how.moved()));
    let tip = caller.get_if_there::<BranchAnswer>(&path).await?.map(|branch| branch.commit.sha);
    let before = sha(asked.facts, "head");
    match (how, tip) {
        (BranchMove::Create { .. }, None) => Ok(asked.absent("there is no such branch")),
        (BranchMove::Create { .. }, Some(_)) => Ok(untold("there is such a branch")),
        (_, Some(tip)) if Some(tip.as_str()) == before => Ok(asked.absent("the branch is where it was")),
        (BranchMove::Delete { .. }, None) => Ok(untold("the branch is gone")),
        (BranchMove::Forward { .. } | BranchMove::Delete { .. }, Some(_)) => Ok(untold("the branch moved")),
        (_, None) => Ok(Found::CannotTell("the branch is gone, and what was on it with it".to_owned())),
        (_, Some(tip)) => committed(caller, at, asked, before.ok_or_else(other_facts)?, &tip).await,
    }
}

fn untold(what: &str) -> Found {
    Found::CannotTell(format!("{what}, and GitHub does not say who did that"))
}

/// A commit since then that carries the operation's name.
async fn committed(
    caller: &Caller<'_>,
    at: &At<'_>,
    asked: &Asked<'_>,
    before: &str,
    tip: &str,
) -> Result<Found, Failure> {
    let found: MessagesAnswer = caller.get(&format!("{}/compare/{before}...{tip}", at.base)).await?;
    let mark = format!("{TRAILER}: {}", asked.operation_id);
    let ours = found.commits.iter().find(|one| one.commit.message.lines().any(|line| line == mark));
    match ours {
        Some(ours) => Ok(Found::Happened(Value::object([("commit", Value::from(ours.sha.as_str()))]))),
        None if found.commits.len() < found.total_commits => {
            Ok(Found::CannotTell("more commits came since than GitHub lists".to_owned()))
        }
        None => Ok(asked.absent("no commit since carries the operation's name")),
    }
}

async fn updated(caller: &Caller<'_>, at: &At<'_>, asked: &Asked<'_>) -> Result<Found, Failure> {
    let number = whole(asked.facts, "pull").ok_or_else(other_facts)?;
    let pull: PullAnswer = caller.get(&format!("{}/pulls/{number}", at.base)).await?;
    if Some(pull.head.sha.as_str()) == sha(asked.facts, "head") {
        return Ok(asked.absent("the branch is where it was"));
    }
    Ok(untold("the branch moved"))
}
