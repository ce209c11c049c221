//! The facts of a merge.

use std::time::Duration;

use bailiwick_authority::Value;

use super::{At, is_sha, whole};
use super::{checks, paths, people};
use crate::destinations::github::answer::{CommitRow, PullAnswer, PullRow, ReviewRow};
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
    branch: &str,
    target: &str,
    app: u64,
) -> Result<Value, Failure> {
    let (base, rules, row) = tokio::join!(
        at.branch(caller, target),
        checks::rules(caller, at, target),
        the_one(caller, at, branch, target)
    );
    let (base, rules, row) = (base?, rules?, row?);
    let required = checks::required(caller, &base, rules, target)?;
    let (number, head, tip) = (row.number, row.head.sha.as_str(), base.commit.sha.as_str());
    let pull_path = format!("{}/pulls/{number}", at.base);
    let review_path = format!("{pull_path}/reviews?per_page=100");
    let commit_path = format!("{pull_path}/commits?per_page=100");
    let (pull, reviews, commits, checks, changed_paths) = tokio::try_join!(
        mergeable(caller, &pull_path),
        caller.list::<ReviewRow>(&review_path),
        caller.list::<CommitRow>(&commit_path),
        checks::on(caller, at, head, app),
        paths::changed(caller, at, number, tip, head)
    )?;
    let contradictory = |what| caller.refused(Refusal::Contradictory(what));
    if pull.head != row.head || pull.base != row.base || pull.state != "open" || pull.merged {
        return Err(contradictory("the pull request in its list and by its number"));
    }
    if pull.commits >= MAX_COMMITS || commits.len() >= MAX_COMMITS {
        return Err(caller.refused(Refusal::AtCap { what: "commits", cap: MAX_COMMITS }));
    }
    if commits.len() != pull.commits || !commits.iter().any(|commit| commit.sha == head) {
        return Err(contradictory("the pull request and its commits"));
    }
    let changed_paths = paths::complete(caller, changed_paths, &pull)?;
    let author = pull
        .user
        .clone()
        .ok_or_else(|| caller.failure(Cause::WrongAnswer("a pull request that nobody opened".to_owned())))?;
    let people = people::People::of(head, &author, &commits, &reviews);
    let verdicts = people.verdicts(caller, at).await?;
    // Read again at the end: what was read in between belongs to one state.
    let again: PullAnswer = caller.get(&pull_path).await?;
    if again.head != pull.head
        || again.base != pull.base
        || (again.commits, again.changed_files) != (pull.commits, pull.changed_files)
        || (again.state.as_str(), again.draft) != (pull.state.as_str(), pull.draft)
    {
        return Err(contradictory("the pull request before and after"));
    }
    let from_fork = pull.head.repo.as_ref().is_none_or(|repo| repo.id != at.repository());
    let mut facts = vec![
        ("repository", whole(caller, at.repository())?),
        ("pull", whole(caller, number)?),
        ("branch", Value::from(branch)),
        ("head", Value::from(head)),
        ("target", Value::from(format!("refs/heads/{target}"))),
        ("base", Value::from(tip)),
        ("from_fork", Value::Bool(from_fork)),
        ("draft", Value::Bool(pull.draft)),
        ("mergeable", Value::Bool(pull.mergeable == Some(true))),
        ("author", people::account(caller, &author)?),
        ("checks_missing", Value::strings(checks.missing(&required))),
        ("required_checks", Value::strings(checks::names(&required))),
        ("checks", checks.to_value()),
        ("changed_paths", Value::strings(changed_paths)),
    ];
    facts.extend(people.facts(caller)?);
    facts.extend(verdicts.facts());
    Ok(Value::object(facts))
}

/// The one open pull request from `branch` into `target`.
async fn the_one(caller: &Caller<'_>, at: &At<'_>, branch: &str, target: &str) -> Result<PullRow, Failure> {
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
