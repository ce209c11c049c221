//! What the range holds when it starts: accounts, the App, repositories and the state of their pull requests.
//!
//! A seed is plain data, so it can be written as JSON. Unknown fields are refused. Logins, slugs and
//! branch names refer to what the same seed defines; [`Seed::story`] is the world of the demonstration.

mod story;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::permission::Permissions;

/// The whole of a practice world at its start.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// Organisations: they own repositories and installations.
    pub organisations: Vec<AccountSeed>,
    /// People. Each gets a personal token of its own at start.
    pub users: Vec<AccountSeed>,
    /// The App that the broker connects as, with its one installation.
    pub app: AppSeed,
    /// Other Apps, that only report checks.
    #[serde(default)]
    pub reporters: Vec<ReporterSeed>,
    /// Repositories with their branches and pull requests.
    pub repositories: Vec<RepositorySeed>,
}

/// An organisation or a person.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSeed {
    /// GitHub's number for it; never reused.
    pub id: u64,
    /// Letters, digits and single hyphens.
    pub login: String,
    /// The name shown.
    #[serde(default)]
    pub name: String,
}

/// A GitHub App and where it is installed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppSeed {
    /// The App's number.
    pub id: u64,
    /// The App's client id, which is as good an issuer as the number.
    pub client_id: String,
    /// Its name in addresses; its bot is called `<slug>[bot]`.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// The account that it belongs to.
    pub owner: String,
    /// What it may do where it is installed.
    pub permissions: Permissions,
    /// Where it is installed.
    pub installation: InstallationSeed,
}

/// An installation of the App.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstallationSeed {
    /// The installation's number.
    pub id: u64,
    /// The account that installed it.
    pub account: String,
    /// The repositories it may use, by name; all of the account's when absent.
    #[serde(default)]
    pub repositories: Option<Vec<String>>,
}

/// An App that reports checks, such as a CI service.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReporterSeed {
    /// The App's number.
    pub id: u64,
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
}

/// What a person may do in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May look.
    Read,
    /// May push, review with effect, and merge.
    Write,
    /// May administer.
    Admin,
}

/// A repository at its start.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepositorySeed {
    /// GitHub's number for it; it survives renaming and is never reused.
    pub id: u64,
    /// The owner's login.
    pub owner: String,
    /// Its name under the owner.
    pub name: String,
    /// One line about it.
    #[serde(default)]
    pub description: String,
    /// Whether it is hidden from those without access.
    #[serde(default = "yes")]
    pub private: bool,
    /// The branch that is made first.
    #[serde(default = "main")]
    pub default_branch: String,
    /// The files of the first commit: path to text.
    pub files: BTreeMap<String, String>,
    /// People and what they may do.
    pub collaborators: BTreeMap<String, Role>,
    /// Names of deployment environments.
    #[serde(default)]
    pub environments: Vec<String>,
    /// What protects them, by name.
    #[serde(default)]
    pub environment_rules: BTreeMap<String, EnvironmentRules>,
    /// Protected branches.
    #[serde(default)]
    pub protection: BTreeMap<String, Protection>,
    /// Commits, in the order in which they are made; a branch may come up several times.
    #[serde(default)]
    pub branches: Vec<BranchSeed>,
    /// Pull requests, numbered from 1 in this order, before the issues.
    #[serde(default)]
    pub pulls: Vec<PullSeed>,
    /// Issues.
    #[serde(default)]
    pub issues: Vec<IssueSeed>,
}

/// What a protected branch asks of a merge.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Protection {
    /// Checks that must have succeeded on the head commit.
    pub required_checks: Vec<RequiredCheck>,
    /// Whether the head must contain the tip of the base.
    pub strict: bool,
    /// How many approving reviews by people with write access.
    pub approvals: u32,
    /// Whether a push dismisses approvals.
    pub dismiss_stale_reviews: bool,
    /// Whether administrators are held to this too.
    pub enforce_admins: bool,
    /// Whether owners of changed paths must approve. Said, and not enforced here.
    pub code_owners: bool,
}

/// What protects a deployment environment. As at GitHub it holds back jobs, not deployments made through the API.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnvironmentRules {
    /// How long a job waits, in minutes.
    pub wait_minutes: u64,
    /// Logins of people of whom one must agree.
    pub reviewers: Vec<String>,
    /// Whether who started it may not agree to it.
    pub prevent_self_review: bool,
    /// Patterns of branches that may be deployed; every branch when absent, protected ones when empty.
    pub branches: Option<Vec<String>>,
}

/// A check that a protected branch requires.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredCheck {
    /// The name of the check run, or the context of the status.
    pub context: String,
    /// The App that must report it, by slug; any when absent.
    #[serde(default)]
    pub reporter: Option<String>,
}

/// Commits on one branch.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BranchSeed {
    /// The branch.
    pub name: String,
    /// Where it starts when it is new; the default branch when absent.
    #[serde(default)]
    pub from: Option<String>,
    /// The commits to add.
    pub commits: Vec<CommitSeed>,
}

/// A commit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitSeed {
    /// Who wrote it.
    pub author: String,
    /// Its message.
    pub message: String,
    /// Files to write: path to text.
    #[serde(default)]
    pub write: BTreeMap<String, String>,
    /// Files to remove.
    #[serde(default)]
    pub delete: Vec<String>,
    /// Files to move: from and to.
    #[serde(default)]
    pub rename: BTreeMap<String, String>,
}

/// A pull request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PullSeed {
    /// Its title.
    pub title: String,
    /// Its description.
    #[serde(default)]
    pub body: String,
    /// The branch with the change.
    pub head: String,
    /// The branch that it goes into; the default branch when absent.
    #[serde(default)]
    pub base: Option<String>,
    /// Who opened it.
    pub author: String,
    /// Whether it is a draft.
    #[serde(default)]
    pub draft: bool,
    /// Reviews, oldest first.
    #[serde(default)]
    pub reviews: Vec<ReviewSeed>,
    /// Check runs on the head commit.
    #[serde(default)]
    pub checks: Vec<CheckSeed>,
    /// Commit statuses on the head commit.
    #[serde(default)]
    pub statuses: Vec<StatusSeed>,
}

/// What a review says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// The change may go in.
    Approved,
    /// The change may not go in as it is.
    ChangesRequested,
    /// Neither.
    Commented,
    /// Taken back by somebody.
    Dismissed,
    /// Not submitted yet.
    Pending,
}

impl Verdict {
    /// GitHub's word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approved => "APPROVED",
            Self::ChangesRequested => "CHANGES_REQUESTED",
            Self::Commented => "COMMENTED",
            Self::Dismissed => "DISMISSED",
            Self::Pending => "PENDING",
        }
    }
}

/// A review.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewSeed {
    /// Who reviewed.
    pub user: String,
    /// What they said.
    pub state: Verdict,
    /// How many commits before the head the reviewed commit lies; 0 is the head.
    #[serde(default)]
    pub commits_back: usize,
    /// Words.
    #[serde(default)]
    pub body: String,
}

/// A check run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckSeed {
    /// The App that reports it, by slug.
    pub reporter: String,
    /// The name of the check.
    pub name: String,
    /// `success`, `failure`, …; absent while it runs.
    #[serde(default)]
    pub conclusion: Option<String>,
}

/// A commit status.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusSeed {
    /// Who set it.
    pub creator: String,
    /// Its context.
    pub context: String,
    /// `error`, `failure`, `pending` or `success`.
    pub state: String,
}

/// An issue.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueSeed {
    /// Its title.
    pub title: String,
    /// Its text.
    #[serde(default)]
    pub body: String,
    /// Who opened it.
    pub author: String,
}

fn yes() -> bool {
    true
}

fn main() -> String {
    "main".to_owned()
}
