//! GitHub's answers, as far as facts are read from them. A missing or wrongly typed member refuses.

use std::collections::BTreeMap;

use base64::Engine as _;
use serde::Deserialize;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct UserAnswer {
    pub(super) login: String,
    pub(super) id: u64,
    #[serde(rename = "type")]
    pub(super) kind: String,
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

/// The same, for the branch that is made first.
#[derive(Debug, Deserialize)]
pub(super) struct DefaultBranch {
    pub(super) default_branch: String,
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
    /// An account, or `{}` or nothing where GitHub knows none.
    pub(super) author: Option<serde_json::Value>,
    /// The same of who committed it.
    pub(super) committer: Option<serde_json::Value>,
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

/// A comparison with the messages of its commits.
#[derive(Debug, Deserialize)]
pub(super) struct MessagesAnswer {
    pub(super) total_commits: usize,
    pub(super) commits: Vec<MessageRow>,
}

/// A commit with its message.
#[derive(Debug, Deserialize)]
pub(super) struct MessageRow {
    pub(super) sha: String,
    pub(super) commit: MessageText,
}

/// The message.
#[derive(Debug, Deserialize)]
pub(super) struct MessageText {
    pub(super) message: String,
}

/// What was made of writing or removing a file.
#[derive(Debug, Deserialize)]
pub(super) struct FileCommitAnswer {
    pub(super) commit: CommitName,
}

/// A ref.
#[derive(Debug, Deserialize)]
pub(super) struct RefAnswer {
    #[serde(rename = "ref")]
    pub(super) name: String,
    pub(super) object: CommitName,
}

/// A comparison with what changed in each file.
#[derive(Debug, Deserialize)]
pub(super) struct PatchedAnswer {
    pub(super) files: Vec<PatchRow>,
}

/// A changed file with its change.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct PatchRow {
    pub(super) filename: String,
    #[serde(default)]
    pub(super) previous_filename: Option<String>,
    pub(super) status: String,
    pub(super) additions: u64,
    pub(super) deletions: u64,
    #[serde(default)]
    pub(super) sha: Option<String>,
    #[serde(default)]
    pub(super) patch: Option<String>,
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

/// A commit by its name, with those before it where they are said; also `GET …/commits/{ref}`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct CommitName {
    pub(super) sha: String,
    #[serde(default)]
    pub(super) parents: Vec<ParentName>,
}

/// A commit before another.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ParentName {
    pub(super) sha: String,
}

/// What a protected branch asks.
#[derive(Debug, Deserialize)]
pub(super) struct ProtectionAnswer {
    #[serde(default)]
    pub(super) required_status_checks: Option<RequiredChecks>,
}

/// `GET …/branches/{branch}/protection`, which says more than the branch does.
#[derive(Debug, Deserialize)]
pub(super) struct ProtectionDetails {
    #[serde(default)]
    pub(super) required_status_checks: Option<RequiredChecks>,
    #[serde(default)]
    pub(super) required_pull_request_reviews: Option<RequiredReviews>,
}

/// The reviews that a branch asks for.
#[derive(Debug, Deserialize)]
pub(super) struct RequiredReviews {
    #[serde(default)]
    pub(super) required_approving_review_count: Option<u64>,
    pub(super) require_code_owner_reviews: bool,
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
#[derive(Clone, Debug, Deserialize)]
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

/// The parameters of a rule of the type `pull_request`.
#[derive(Debug, Deserialize)]
pub(super) struct PullRequestRule {
    pub(super) required_approving_review_count: u64,
    pub(super) require_code_owner_review: bool,
}

/// `GET /apps/{slug}`.
#[derive(Debug, Deserialize)]
pub(super) struct AppSlug {
    pub(super) id: u64,
}

/// A row of `GET /orgs/{org}/teams/{team}/members`.
#[derive(Debug, Deserialize)]
pub(super) struct TeamMember {
    pub(super) login: String,
}

/// `GET …/contents/{path}` of a file.
#[derive(Debug, Deserialize)]
pub(super) struct ContentAnswer {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    encoding: String,
    #[serde(default)]
    content: String,
    pub(super) sha: String,
}

impl ContentAnswer {
    /// Whether it is a file, and no link or submodule.
    pub(super) fn is_file(&self) -> bool {
        self.kind == "file"
    }

    /// The text of a file that came whole.
    pub(super) fn text(&self) -> Option<String> {
        if !self.is_file() || self.encoding != "base64" {
            return None;
        }
        let packed: String = self.content.split_ascii_whitespace().collect();
        String::from_utf8(base64::engine::general_purpose::STANDARD.decode(packed).ok()?).ok()
    }
}

/// `GET …/environments/{name}`.
#[derive(Debug, Deserialize)]
pub(super) struct EnvironmentAnswer {
    pub(super) name: String,
    #[serde(default)]
    pub(super) protection_rules: Vec<EnvironmentRule>,
    #[serde(default)]
    pub(super) deployment_branch_policy: Option<BranchPolicy>,
}

/// One rule of an environment.
#[derive(Debug, Deserialize)]
pub(super) struct EnvironmentRule {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) wait_timer: Option<u64>,
    #[serde(default)]
    pub(super) prevent_self_review: Option<bool>,
    #[serde(default)]
    pub(super) reviewers: Vec<EnvironmentReviewer>,
}

/// Somebody who must agree to a deployment: a `User` or a `Team`.
#[derive(Debug, Deserialize)]
pub(super) struct EnvironmentReviewer {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) reviewer: EnvironmentReviewerName,
}

/// The name of such a reviewer.
#[derive(Debug, Deserialize)]
pub(super) struct EnvironmentReviewerName {
    #[serde(default)]
    pub(super) login: Option<String>,
    #[serde(default)]
    pub(super) slug: Option<String>,
}

/// From which branches an environment is deployed to.
#[derive(Debug, Deserialize)]
pub(super) struct BranchPolicy {
    pub(super) protected_branches: bool,
    pub(super) custom_branch_policies: bool,
}

/// A page of `GET …/environments/{name}/deployment-branch-policies`.
#[derive(Debug, Deserialize)]
pub(super) struct BranchPoliciesPage {
    pub(super) total_count: usize,
    pub(super) branch_policies: Vec<BranchPattern>,
}

/// A pattern of branches or tags.
#[derive(Debug, Deserialize)]
pub(super) struct BranchPattern {
    pub(super) name: String,
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
