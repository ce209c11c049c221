//! A repository: its names, its settings, and everything that hangs on it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::{CheckRun, Comment, Deployment, Issue, Pull, Status};
use crate::git::{Sha, Store};
use crate::seed::{EnvironmentRules, Protection, Role};

/// A repository and all its records.
pub(crate) struct Repository {
    pub(crate) id: u64,
    pub(crate) owner: u64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) private: bool,
    pub(crate) default_branch: String,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) pushed: Timestamp,
    pub(crate) store: Arc<Store>,
    /// Branches and tags by full name. Every writer refreshes this while it holds the store's lock.
    pub(crate) refs: BTreeMap<String, Sha>,
    pub(crate) protection: BTreeMap<String, Protection>,
    pub(crate) collaborators: BTreeMap<u64, Role>,
    pub(crate) environments: Vec<String>,
    pub(crate) environment_rules: BTreeMap<String, EnvironmentRules>,
    pub(crate) allow_merge: bool,
    pub(crate) allow_squash: bool,
    pub(crate) allow_rebase: bool,
    pub(crate) pulls: BTreeMap<u64, Pull>,
    pub(crate) issues: BTreeMap<u64, Issue>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) checks: Vec<CheckRun>,
    pub(crate) statuses: Vec<Status>,
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) last_number: u64,
    /// The heads that git has under `refs/pull`.
    pub(crate) heads: BTreeMap<u64, Sha>,
}

impl Repository {
    /// Where `branch` points.
    pub(crate) fn branch(&self, branch: &str) -> Option<&Sha> {
        self.refs.get(&format!("refs/heads/{branch}"))
    }

    /// What GitHub takes for a ref: a branch, a tag, a full name, or a whole commit name.
    pub(crate) fn resolve(&self, name: &str) -> Option<Sha> {
        let full = name.strip_prefix("refs/").unwrap_or(name);
        self.branch(name)
            .or_else(|| self.refs.get(&format!("refs/tags/{name}")))
            .or_else(|| self.refs.get(&format!("refs/{full}")))
            .cloned()
            .or_else(|| if name == "HEAD" { self.branch(&self.default_branch).cloned() } else { None })
    }

    /// The next number for an issue or a pull request.
    pub(crate) fn fresh_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Takes over where the refs point now, and what that does to open pull requests: a moved head is a
    /// new head (and may dismiss approvals), a vanished branch closes the pull request.
    pub(crate) fn take_refs(&mut self, refs: BTreeMap<String, Sha>, now: Timestamp) {
        if self.refs == refs {
            return;
        }
        self.refs = refs;
        self.pushed = now;
        let refs = &self.refs;
        for pull in self.pulls.values_mut().filter(|p| p.open) {
            let base = refs.get(&format!("refs/heads/{}", pull.base_ref));
            let Some(head) = refs.get(&format!("refs/heads/{}", pull.head_ref)) else {
                pull.open = false;
                pull.closed = Some(now);
                continue;
            };
            if *head == pull.head_sha {
                continue;
            }
            let stale = self.protection.get(&pull.base_ref).is_some_and(|p| p.dismiss_stale_reviews);
            pull.move_head(head.clone(), base.cloned(), stale, now);
        }
    }

    /// The heads of open pull requests that git does not have yet under `refs/pull/<number>/head`.
    pub(crate) fn fresh_heads(&mut self) -> Vec<(String, Sha, Option<Sha>)> {
        let open = self.pulls.values().filter(|pull| pull.open);
        let fresh: Vec<(u64, Sha)> = open
            .filter(|pull| self.heads.get(&pull.number) != Some(&pull.head_sha))
            .map(|pull| (pull.number, pull.head_sha.clone()))
            .collect();
        self.heads.extend(fresh.iter().cloned());
        fresh.into_iter().map(|(number, sha)| (format!("refs/pull/{number}/head"), sha, None)).collect()
    }

    /// Branches that are protected have an entry.
    pub(crate) fn protected(&self, branch: &str) -> Option<&Protection> {
        self.protection.get(branch)
    }

    /// The newest run of every check of every App on a commit, in the order of their numbers.
    pub(crate) fn latest_checks(&self, sha: &Sha) -> Vec<&CheckRun> {
        let mut latest: BTreeMap<(u64, &str), &CheckRun> = BTreeMap::new();
        for run in self.checks.iter().filter(|run| run.sha == *sha) {
            latest.insert((run.app, &run.name), run);
        }
        let mut all: Vec<&CheckRun> = latest.into_values().collect();
        all.sort_by_key(|run| run.id);
        all
    }

    /// The newest status of every context on a commit, newest first.
    pub(crate) fn latest_statuses(&self, sha: &Sha) -> Vec<&Status> {
        let mut latest: BTreeMap<&str, &Status> = BTreeMap::new();
        for status in self.statuses.iter().filter(|status| status.sha == *sha) {
            latest.insert(&status.context, status);
        }
        let mut all: Vec<&Status> = latest.into_values().collect();
        all.sort_by_key(|status| std::cmp::Reverse(status.id));
        all
    }
}
