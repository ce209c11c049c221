//! The facts of a deployment: the commit that a ref stands for, and what the environment demands.
//!
//! GitHub holds back the *jobs* of an environment by its rules; a deployment that is made through its API is not held
//! back by them. So they are facts here, for policy to hold to.

use std::collections::BTreeSet;

use bailiwick_authority::Value;

use super::{At, is_sha, whole};
use crate::destinations::github::answer::{BranchPoliciesPage, CommitName, EnvironmentAnswer};
use crate::destinations::github::call::{Caller, segment};
use crate::destinations::github::failure::{Cause, Failure};
use crate::destinations::github::refusal::Refusal;

/// `{repository, ref, sha, environment}` and what the environment demands; see `docs/github.md`.
pub(super) async fn facts(
    caller: &Caller<'_>,
    at: &At<'_>,
    reference: &str,
    environment: &str,
) -> Result<Value, Failure> {
    let (sha, rules) =
        tokio::join!(commit(caller, at, reference), environment_rules(caller, at, environment));
    let mut facts = vec![
        ("repository", whole(caller, at.repository())?),
        ("ref", Value::from(reference)),
        ("sha", Value::from(sha?)),
        ("environment", Value::from(environment)),
    ];
    facts.extend(rules?);
    Ok(Value::object(facts))
}

/// The commit that a branch, tag or commit stands for.
pub(super) async fn commit(caller: &Caller<'_>, at: &At<'_>, reference: &str) -> Result<String, Failure> {
    let path = format!("{}/commits/{}", at.base, segment(reference));
    let gone = || caller.refused(Refusal::NoRef(reference.to_owned()));
    let commit: CommitName = match caller.get_if_there(&path).await {
        Ok(Some(commit)) => commit,
        // GitHub's answer for a commit that it does not know.
        Ok(None) | Err(Failure { cause: Cause::Unprocessable(_), .. }) => return Err(gone()),
        Err(failure) => return Err(failure),
    };
    if !is_sha(&commit.sha) {
        return Err(caller.failure(Cause::WrongAnswer("a commit without its name".to_owned())));
    }
    Ok(commit.sha)
}

/// `environment_exists`, `wait_minutes`, `required_reviewers`, `prevents_self_review`, `branch_policy`,
/// `branch_patterns`, `custom_rules`.
async fn environment_rules(
    caller: &Caller<'_>,
    at: &At<'_>,
    environment: &str,
) -> Result<Vec<(&'static str, Value)>, Failure> {
    let path = format!("{}/environments/{}", at.base, segment(environment));
    let found: Option<EnvironmentAnswer> = caller.get_if_there(&path).await?;
    if found.as_ref().is_some_and(|found| !found.name.eq_ignore_ascii_case(environment)) {
        return Err(caller.failure(Cause::WrongAnswer("another environment than asked for".to_owned())));
    }
    let exists = found.is_some();
    let (rules, branches) =
        found.map(|found| (found.protection_rules, found.deployment_branch_policy)).unwrap_or_default();
    let mut reviewers = BTreeSet::new();
    let (mut wait, mut prevents, mut custom) = (0, false, 0);
    for rule in rules {
        match rule.kind.as_str() {
            "wait_timer" => wait = wait.max(rule.wait_timer.unwrap_or_default()),
            "required_reviewers" => {
                prevents |= rule.prevent_self_review.unwrap_or_default();
                for one in rule.reviewers {
                    let name = match one.kind.as_str() {
                        "Team" => one.reviewer.slug.map(|slug| format!("@{}/{slug}", at.owner())),
                        _ => one.reviewer.login,
                    };
                    let nameless =
                        || caller.failure(Cause::WrongAnswer("a reviewer without a name".to_owned()));
                    reviewers.insert(name.ok_or_else(nameless)?);
                }
            }
            "branch_policy" => {}
            // A rule of an App: what it asks for is not said.
            _ => custom += 1,
        }
    }
    let (policy, patterns) = match branches {
        None => ("none", BTreeSet::new()),
        Some(policy) if policy.custom_branch_policies => ("custom", patterns(caller, &path).await?),
        Some(policy) if policy.protected_branches => ("protected", BTreeSet::new()),
        Some(_) => ("none", BTreeSet::new()),
    };
    Ok(vec![
        ("environment_exists", Value::Bool(exists)),
        ("wait_minutes", whole(caller, wait)?),
        ("required_reviewers", Value::strings(reviewers)),
        ("prevents_self_review", Value::Bool(prevents)),
        ("branch_policy", Value::from(policy)),
        ("branch_patterns", Value::strings(patterns)),
        ("custom_rules", whole(caller, custom)?),
    ])
}

async fn patterns(caller: &Caller<'_>, environment: &str) -> Result<BTreeSet<String>, Failure> {
    let path = format!("{environment}/deployment-branch-policies?per_page=100");
    let page = |page: BranchPoliciesPage| vec![(page.total_count, page.branch_policies)];
    let pages = caller.pages(&path, page).await?;
    let total = pages.first().map_or(0, |(total, _)| *total);
    let names: Vec<String> = pages.into_iter().flat_map(|(_, rows)| rows).map(|row| row.name).collect();
    if names.len() < total {
        return Err(caller.refused(Refusal::Contradictory("the branch policies and their number")));
    }
    Ok(names.into_iter().collect())
}
