//! The facts of a merge: read in three rounds, each at once, and held against each other at the end.

use std::time::Duration;

use bailiwick_authority::Value;

use super::bots::Bots;
use super::demands::{self, Demands};
use super::people::{People, Words};
use super::{Asking, At, is_sha, whole};
use super::{checks, code_owners, paths};
use crate::destinations::github::answer::{CommitRow, PullAnswer, PullRow};
use crate::destinations::github::call::Caller;
use crate::destinations::github::failure::{Cause, Failure};
use crate::destinations::github::refusal::Refusal;

/// GitHub lists no more commits of a pull request than this.
const MAX_COMMITS: usize = 250;

/// How long to wait before asking again whether it can be merged.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_millis(1_000),
    Duration::from_millis(1_500),
];

/// See `docs/github.md` for each member.
pub(super) async fn facts(
    caller: &Caller<'_>,
    at: &At<'_>,
    (branch, target): (&str, &str),
    asking: &Asking<'_>,
) -> Result<Value, Failure> {
    let (base, protection, rules, row) = tokio::join!(
        at.branch(caller, target),
        demands::protection(caller, at, target),
        demands::rules(caller, at, target),
        the_one(caller, at, branch, target)
    );
    let (base, row) = (base?, row?);
    let demands = Demands::of(caller, &base, protection?, rules?)?;
    let (head, tip) = (row.head.sha.as_str(), base.commit.sha.as_str());
    let pull_path = format!("{}/pulls/{}", at.base, row.number);
    let commit_path = format!("{pull_path}/commits?per_page=100");
    let (pull, words, commits, checks, changed_paths, owners) = tokio::try_join!(
        mergeable(caller, &pull_path),
        Words::read(caller, at, &pull_path, head),
        caller.list::<CommitRow>(&commit_path),
        checks::on(caller, at, head, asking.app),
        paths::changed(caller, at, row.number, tip, head),
        code_owners::at(caller, at, tip)
    )?;
    agree(caller, &row, &pull, &commits)?;
    let changed_paths = paths::complete(caller, changed_paths, &pull)?;
    let author = pull
        .user
        .clone()
        .ok_or_else(|| caller.failure(Cause::WrongAnswer("a pull request that nobody opened".to_owned())))?;
    let people = People::of(author, &commits, words);
    let bots = Bots::of(caller, people.logins().chain(checks.creators()), asking.app).await?;
    let verdicts = people.verdicts(&bots);
    let owners_missing = owners.missing(caller, &changed_paths, &verdicts.approving()).await?;
    still_so(caller, &pull_path, &pull).await?;
    let from_fork = pull.head.repo.as_ref().is_none_or(|repo| repo.id != at.repository());
    let mut facts = vec![
        ("repository", whole(caller, at.repository())?),
        ("pull", whole(caller, row.number)?),
        ("branch", Value::from(branch)),
        ("head", Value::from(head)),
        ("target", Value::from(format!("refs/heads/{target}"))),
        ("base", Value::from(tip)),
        ("from_fork", Value::Bool(from_fork)),
        ("draft", Value::Bool(pull.draft)),
        ("mergeable", Value::Bool(pull.mergeable == Some(true))),
        ("checks_missing", Value::strings(checks.missing(&demands.checks, &bots))),
        ("checks", checks.to_value(caller, &bots)?),
        ("changed_paths", Value::strings(changed_paths)),
        ("code_owners_missing", Value::strings(owners_missing)),
    ];
    facts.extend(demands.facts(caller)?);
    facts.extend(people.facts(caller, asking.known, &bots)?);
    facts.extend(verdicts.facts(caller, asking.known, demands.approvals)?);
    Ok(Value::object(facts))
}

/// What was listed and what was read by number are one state.
fn agree(
    caller: &Caller<'_>,
    row: &PullRow,
    pull: &PullAnswer,
    commits: &[CommitRow],
) -> Result<(), Failure> {
    let contradictory = |what| Err(caller.refused(Refusal::Contradictory(what)));
    if pull.head != row.head || pull.base != row.base || pull.state != "open" || pull.merged {
        return contradictory("the pull request in its list and by its number");
    }
    if pull.commits >= MAX_COMMITS || commits.len() >= MAX_COMMITS {
        return Err(caller.refused(Refusal::AtCap { what: "commits", cap: MAX_COMMITS }));
    }
    if commits.len() != pull.commits || !commits.iter().any(|commit| commit.sha == row.head.sha) {
        return contradictory("the pull request and its commits");
    }
    Ok(())
}

/// Read again at the end: what was read in between belongs to one state.
async fn still_so(caller: &Caller<'_>, path: &str, pull: &PullAnswer) -> Result<(), Failure> {
    let again: PullAnswer = caller.get(path).await?;
    if again.head != pull.head
        || again.base != pull.base
        || (again.commits, again.changed_files) != (pull.commits, pull.changed_files)
        || (again.state.as_str(), again.draft) != (pull.state.as_str(), pull.draft)
    {
        return Err(caller.refused(Refusal::Contradictory("the pull request before and after")));
    }
    Ok(())
}

/// The one open pull request from `branch` into `target`.
pub(super) async fn the_one(
    caller: &Caller<'_>,
    at: &At<'_>,
    branch: &str,
    target: &str,
) -> Result<PullRow, Failure> {
    let mut pulls = at.open_pulls(caller, branch, target).await?;
    let (branch, target) = (branch.to_owned(), target.to_owned());
    match (pulls.pop(), pulls.is_empty()) {
        (None, _) => Err(caller.refused(Refusal::NoOpenPull { branch, target })),
        (Some(last), false) => {
            let mut numbers: Vec<u64> = pulls.iter().map(|pull| pull.number).chain([last.number]).collect();
            numbers.sort_unstable();
            Err(caller.refused(Refusal::SeveralPulls { branch, target, pulls: numbers }))
        }
        (Some(one), true) if is_sha(&one.head.sha) => Ok(one),
        (Some(_), true) => Err(caller.failure(Cause::WrongAnswer("a head without its commit".to_owned()))),
    }
}

/// The pull request, once GitHub knows whether it can be merged; it finds that out when first asked.
async fn mergeable(caller: &Caller<'_>, path: &str) -> Result<PullAnswer, Failure> {
    for pause in PAUSES {
        let pull: PullAnswer = caller.get(path).await?;
        if pull.mergeable.is_some() {
            return Ok(pull);
        }
        tokio::time::sleep(pause).await;
    }
    Err(caller.refused(Refusal::MergeabilityUnknown))
}
