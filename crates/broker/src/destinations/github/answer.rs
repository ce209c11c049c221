//! GitHub's answers, as far as facts are read from them. A missing or wrongly typed member refuses.

use std::collections::BTreeMap;

use serde::Deserialize;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct UserAnswer {
    pub(super) login: String,
    pub(super) id: u64,
    #[serde(rename = "type")]
    pub(super) kind: String,
}

/// An account, or `{}` where GitHub knows none.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct MaybeUserAnswer {
    pub(super) login: Option<String>,
    pub(super) id: Option<u64>,
}

/// `GET /app/installations/{id}`.
#[derive(Debug, Deserialize)]
pub(super) struct InstallationAnswer {
    pub(super) account: Option<AccountAnswer>,
    pub(super) permissions: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) suspended_at: Option<String>,
}

/// An account that may be a person's, an organisation's or an enterprise's.
#[derive(Debug, Deserialize)]
pub(super) struct AccountAnswer {
    pub(super) login: Option<String>,
    pub(super) slug: Option<String>,
}

/// `GET /app`.
#[derive(Debug, Deserialize)]
pub(super) struct AppAnswer {
    pub(super) id: u64,
    pub(super) name: String,
}

/// `GET /repos/{owner}/{repo}`.
#[derive(Debug, Deserialize)]
pub(super) struct RepositoryAnswer {
    pub(super) id: u64,
    pub(super) full_name: String,
}

/// The repository of one end of a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct EndRepository {
    pub(super) id: u64,
}

/// The branch with the change. Its repository is absent when a fork was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct HeadEnd {
    #[serde(rename = "ref")]
    pub(super) branch: String,
    pub(super) sha: String,
    pub(super) repo: Option<EndRepository>,
}

/// The branch that it goes into.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct BaseEnd {
    #[serde(rename = "ref")]
    pub(super) branch: String,
    pub(super) repo: EndRepository,
}

/// A row of `GET /repos/{owner}/{repo}/pulls`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct PullRow {
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) state: String,
    pub(super) user: Option<UserAnswer>,
    pub(super) head: HeadEnd,
    pub(super) base: BaseEnd,
}

/// `GET /repos/{owner}/{repo}/pulls/{number}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct PullAnswer {
    pub(super) number: u64,
    pub(super) state: String,
    #[serde(default)]
    pub(super) draft: bool,
    pub(super) merged: bool,
    pub(super) mergeable: Option<bool>,
    pub(super) merge_commit_sha: Option<String>,
    #[serde(default)]
    pub(super) merged_by: Option<UserAnswer>,
    pub(super) user: Option<UserAnswer>,
    pub(super) head: HeadEnd,
    pub(super) base: BaseEnd,
    pub(super) commits: usize,
    pub(super) changed_files: usize,
}

/// A row of `GET …/pulls/{number}/reviews`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ReviewRow {
    pub(super) user: Option<UserAnswer>,
    pub(super) state: String,
    pub(super) commit_id: Option<String>,
    #[serde(default)]
    pub(super) author_association: Option<String>,
}

/// A row of `GET …/pulls/{number}/commits`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct CommitRow {
    pub(super) sha: String,
    pub(super) author: Option<MaybeUserAnswer>,
    pub(super) committer: Option<MaybeUserAnswer>,
}

/// A changed file, of a pull request or a comparison.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct FileRow {
    pub(super) filename: String,
    #[serde(default)]
    pub(super) previous_filename: Option<String>,
}

/// `GET …/compare/{base}...{head}`.
#[derive(Debug, Deserialize)]
pub(super) struct CompareAnswer {
    pub(super) status: String,
    #[serde(default)]
    pub(super) files: Option<Vec<FileRow>>,
}

/// `GET …/commits/{ref}/check-runs`.
#[derive(Debug, Deserialize)]
pub(super) struct CheckRunsPage {
    pub(super) total_count: usize,
    pub(super) check_runs: Vec<CheckRunRow>,
}

/// A check run.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct CheckRunRow {
    pub(super) name: String,
    pub(super) head_sha: String,
    pub(super) status: String,
    pub(super) conclusion: Option<String>,
    pub(super) app: Option<CheckApp>,
}

/// The App that reports a check run.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct CheckApp {
    pub(super) id: u64,
    pub(super) slug: Option<String>,
}

/// A row of `GET …/commits/{ref}/statuses`, newest first.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct StatusRow {
    pub(super) context: String,
    pub(super) state: String,
    pub(super) creator: Option<UserAnswer>,
}

/// `GET …/branches/{branch}`.
#[derive(Debug, Deserialize)]
pub(super) struct BranchAnswer {
    pub(super) name: String,
    pub(super) commit: CommitName,
    pub(super) protected: bool,
    #[serde(default)]
    pub(super) protection: Option<ProtectionAnswer>,
}

/// A commit by its name alone; also `GET …/commits/{ref}`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct CommitName {
    pub(super) sha: String,
}

/// What a protected branch asks.
#[derive(Debug, Deserialize)]
pub(super) struct ProtectionAnswer {
    #[serde(default)]
    pub(super) required_status_checks: Option<RequiredChecks>,
}

/// The checks that a branch asks for.
#[derive(Debug, Deserialize)]
pub(super) struct RequiredChecks {
    #[serde(default)]
    pub(super) contexts: Vec<String>,
    #[serde(default)]
    pub(super) checks: Vec<RequiredCheck>,
}

/// One of them. Without an App, or with -1, any App may report it.
#[derive(Debug, Deserialize)]
pub(super) struct RequiredCheck {
    pub(super) context: String,
    #[serde(default, alias = "integration_id")]
    pub(super) app_id: Option<i64>,
}

/// A row of `GET …/rules/branches/{branch}`.
#[derive(Debug, Deserialize)]
pub(super) struct RuleRow {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) parameters: Option<serde_json::Value>,
}

/// The parameters of a rule of the type `required_status_checks`.
#[derive(Debug, Deserialize)]
pub(super) struct RequiredChecksRule {
    pub(super) required_status_checks: Vec<RequiredCheck>,
}

/// `GET …/collaborators/{login}/permission`.
#[derive(Debug, Deserialize)]
pub(super) struct PermissionAnswer {
    pub(super) permission: String,
    #[serde(default)]
    pub(super) user: Option<UserAnswer>,
}

/// `GET …/issues/{number}`.
#[derive(Debug, Deserialize)]
pub(super) struct IssueAnswer {
    pub(super) number: u64,
    pub(super) state: String,
    #[serde(default)]
    pub(super) locked: bool,
    #[serde(default)]
    pub(super) pull_request: Option<serde_json::Value>,
}

/// Something that was made by an App, or not.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ByApp {
    pub(super) id: u64,
}

/// A comment.
#[derive(Debug, Deserialize)]
pub(super) struct CommentAnswer {
    pub(super) id: u64,
    pub(super) body: Option<String>,
    pub(super) created_at: String,
    #[serde(default)]
    pub(super) performed_via_github_app: Option<ByApp>,
}

/// A pull request that was just opened.
#[derive(Debug, Deserialize)]
pub(super) struct OpenedAnswer {
    pub(super) number: u64,
    pub(super) head: HeadEnd,
}

/// `PUT …/pulls/{number}/merge`.
#[derive(Debug, Deserialize)]
pub(super) struct MergeAnswer {
    pub(super) sha: String,
    pub(super) merged: bool,
}

/// A deployment.
#[derive(Debug, Deserialize)]
pub(super) struct DeploymentAnswer {
    pub(super) id: u64,
    pub(super) sha: String,
    pub(super) environment: String,
    #[serde(default)]
    pub(super) payload: serde_json::Value,
}

/// A page of `GET /installation/repositories`.
#[derive(Debug, Deserialize)]
pub(super) struct RepositoriesPage {
    pub(super) total_count: usize,
    pub(super) repositories: Vec<RepositoryAnswer>,
}
