//! Evidence: the facts of an operation, fetched by the broker itself, now, from the destination.
//!
//! Facts are what policy and person judge by; their shapes are in `docs/github.md`. They are read
//! completely or not at all: a fact that cannot be had is an error, never a default. Lists are sorted,
//! so equal states of the destination give equal facts. Titles, bodies and messages are no facts: an
//! agent may have written them.

mod bots;
mod branch_move;
mod checks;
mod code_owners;
mod demands;
mod deployment;
mod merge;
mod paths;
mod people;
mod repository;

pub(super) use branch_move::file_path;

use bailiwick_authority::Value;

use super::answer::{BranchAnswer, IssueAnswer, PullRow};
use super::call::{Caller, Observation, segment};
use super::catalogue::{Action, Operation};
use super::failure::{Cause, Failure};
use super::known::Known;
use super::refusal::Refusal;
use super::token::Token;

/// The largest facts, encoded. A receipt holds them beside everything else, in 64 KiB.
pub const MAX_FACTS_BYTES: usize = 40 * 1024;

/// Facts and how they were come by.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The facts: a strict object, equal for equal states of the destination.
    pub facts: Value,
    /// The exchanges that they were read from, for commitments; they may carry private text.
    pub observations: Vec<Observation>,
}

/// Who asks for evidence.
pub(super) struct Asking<'a> {
    /// Who is who in the realm.
    pub(super) known: &'a Known,
    /// Our own App, whose word counts for nothing.
    pub(super) app: u64,
}

/// Where the requests about one repository go.
pub(super) struct At<'a> {
    pub(super) operation: &'a Operation,
    /// `/repos/owner/name`.
    pub(super) base: String,
}

impl<'a> At<'a> {
    pub(super) fn of(operation: &'a Operation) -> At<'a> {
        let repository = operation.repository();
        At { operation, base: format!("/repos/{}", repository.full_name()) }
    }

    pub(super) fn repository(&self) -> u64 {
        self.operation.repository().id()
    }

    pub(super) fn owner(&self) -> &str {
        self.operation.repository().owner()
    }

    /// The branch, if it exists. Branches are named in one segment.
    pub(super) async fn branch(&self, caller: &Caller<'_>, name: &str) -> Result<BranchAnswer, Failure> {
        let path = format!("{}/branches/{}", self.base, segment(name));
        let found: Option<BranchAnswer> = caller.get_if_there(&path).await?;
        match found {
            Some(branch) if branch.name == name && is_sha(&branch.commit.sha) => Ok(branch),
            Some(_) => Err(caller.failure(Cause::WrongAnswer("another branch than asked for".to_owned()))),
            // GitHub redirects from a renamed branch, which is a refusal of its own.
            None => Err(caller.refused(Refusal::NoBranch(name.to_owned()))),
        }
    }

    /// The open pull requests from `branch` into `target`.
    pub(super) async fn open_pulls(
        &self,
        caller: &Caller<'_>,
        branch: &str,
        target: &str,
    ) -> Result<Vec<PullRow>, Failure> {
        let head = segment(&format!("{}:{branch}", self.owner()));
        let path =
            format!("{}/pulls?state=open&head={head}&base={}&per_page=100", self.base, segment(target));
        let rows: Vec<PullRow> = caller.list(&path).await?;
        // Some servers do not filter by everything that they are asked to.
        let fits = |row: &PullRow| {
            row.state == "open"
                && row.head.branch == branch
                && row.base.branch == target
                && row.base.repo.id == self.repository()
        };
        Ok(rows.into_iter().filter(fits).collect())
    }
}

/// The facts of an operation.
pub(super) async fn facts(
    caller: &Caller<'_>,
    operation: &Operation,
    token: &Token,
    asking: &Asking<'_>,
) -> Result<Value, Failure> {
    let at = At::of(operation);
    // Side by side, and judged in this order: of a repository that is gone, that is what is said.
    let (repository, facts) =
        tokio::join!(repository::check(caller, &at, token), of_action(caller, &at, asking));
    repository?;
    let facts = facts?;
    let bytes = facts.encode().len();
    if bytes > MAX_FACTS_BYTES {
        return Err(caller.refused(Refusal::FactsTooLarge(bytes)));
    }
    Ok(facts)
}

async fn of_action(caller: &Caller<'_>, at: &At<'_>, asking: &Asking<'_>) -> Result<Value, Failure> {
    match at.operation.action() {
        Action::Merge { branch, target, .. } => merge::facts(caller, at, (branch, target), asking).await,
        Action::Comment { issue, .. } => comment(caller, at, *issue).await,
        Action::OpenPullRequest { branch, target, .. } => open_pull(caller, at, branch, target).await,
        Action::Deploy { reference, environment } => {
            deployment::facts(caller, at, reference, environment).await
        }
        Action::Move(how) => branch_move::facts(caller, at, how).await,
    }
}

/// `{repository, issue, is_pull, state, locked}`.
async fn comment(caller: &Caller<'_>, at: &At<'_>, number: u64) -> Result<Value, Failure> {
    let found: Option<IssueAnswer> = caller.get_if_there(&format!("{}/issues/{number}", at.base)).await?;
    let issue = found.ok_or_else(|| caller.refused(Refusal::NoIssue(number)))?;
    if issue.number != number {
        return Err(caller.failure(Cause::WrongAnswer("another issue than asked for".to_owned())));
    }
    Ok(Value::object([
        ("repository", whole(caller, at.repository())?),
        ("issue", whole(caller, number)?),
        ("is_pull", Value::Bool(issue.pull_request.is_some())),
        ("state", Value::from(issue.state)),
        ("locked", Value::Bool(issue.locked)),
    ]))
}

/// `{repository, branch, head, target, base}`.
async fn open_pull(caller: &Caller<'_>, at: &At<'_>, branch: &str, target: &str) -> Result<Value, Failure> {
    let (head, base, pulls) = tokio::join!(
        at.branch(caller, branch),
        at.branch(caller, target),
        at.open_pulls(caller, branch, target)
    );
    let (head, base, pulls) = (head?, base?, pulls?);
    if let Some(pull) = pulls.first() {
        return Err(caller.refused(Refusal::PullExists(pull.number)));
    }
    if head.commit.sha == base.commit.sha {
        return Err(caller.refused(Refusal::NothingToMerge));
    }
    Ok(Value::object([
        ("repository", whole(caller, at.repository())?),
        ("branch", Value::from(branch)),
        ("head", Value::from(head.commit.sha)),
        ("target", Value::from(format!("refs/heads/{target}"))),
        ("base", Value::from(base.commit.sha)),
    ]))
}

/// The name of a commit: 40 hexadecimal digits, or 64 of a repository in SHA-256.
pub(super) fn is_sha(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}

/// A number as facts have it.
fn whole(caller: &Caller<'_>, number: u64) -> Result<Value, Failure> {
    match i64::try_from(number) {
        Ok(number) if number < 1 << 53 => Ok(Value::Int(number)),
        _ => Err(caller.failure(Cause::WrongAnswer("a number of 2^53 or beyond".to_owned()))),
    }
}
