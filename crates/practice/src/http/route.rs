//! The route table: the only place where a path is served. What is not in it is 404.
//!
//! Paths are GitHub's OpenAPI templates, operations GitHub's operation ids. A parameter called `ref`,
//! `branch`, `path` or `basehead` may span several segments, so the longer template comes first.

use futures_util::future::BoxFuture;

use super::answer::Outcome;
use crate::api::{self, Call};
use crate::permission::Level::{self, Read, Write};

/// Who a route is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Access {
    /// Anybody, with or without credentials.
    Anyone,
    /// The App itself.
    App,
    /// The App itself, about a repository where it is installed.
    AppOnRepository,
    /// An installation's token.
    Installation,
    /// A person.
    User,
    /// Who holds one of these permissions in the repository.
    Repository(&'static [(&'static str, Level)]),
}

type Handler = fn(Call) -> BoxFuture<'static, Outcome>;

/// One route of the range.
#[derive(Debug)]
pub struct Route {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path template of GitHub's OpenAPI description.
    pub path: &'static str,
    /// The operation id of GitHub's OpenAPI description.
    pub operation: &'static str,
    pub(crate) docs: &'static str,
    pub(crate) access: Access,
    pub(crate) handler: Handler,
}

/// Every route that the range serves under its API address. Beside them there are only
/// `/repositories/{id}/…`, GitHub's undocumented second name for `/repos/{owner}/{repo}/…` that its redirects
/// and `Link` headers lead to, smart HTTP for git, and `GET /_practice/health`.
#[must_use]
pub fn routes() -> &'static [Route] {
    ROUTES
}

/// The values of a template's parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(&'static str, String)>);

impl Params {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| value.as_str())
    }

    /// A template with these values in it, encoded.
    pub(crate) fn fill(&self, template: &str) -> String {
        let mut path = template.to_owned();
        for (name, value) in &self.0 {
            path = path.replace(&format!("{{{name}}}"), &super::path::encode(value));
        }
        path
    }
}

/// Finds the route for a method and the segments of a path. As on GitHub, a path with another method is
/// not there either.
pub(crate) fn find(method: &str, segments: &[String]) -> Option<(&'static Route, Params)> {
    let method = if method == "HEAD" { "GET" } else { method };
    ROUTES.iter().filter(|route| route.method == method).find_map(|route| {
        let mut params = Params::default();
        matches(&parts(route.path), segments, &mut params).then_some((route, params))
    })
}

fn parts(template: &'static str) -> Vec<&'static str> {
    template.trim_start_matches('/').split('/').collect()
}

fn matches(template: &[&'static str], segments: &[String], params: &mut Params) -> bool {
    let Some((part, rest)) = template.split_first() else { return segments.is_empty() };
    let Some(name) = part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) else {
        return segments
            .split_first()
            .is_some_and(|(first, left)| first == part && matches(rest, left, params));
    };
    let most = match name {
        "ref" | "branch" | "path" | "basehead" => segments.len(),
        _ => 1.min(segments.len()),
    };
    let least = usize::from(name != "path");
    for taken in (least..=most).rev() {
        let (value, left) = segments.split_at(taken);
        let whole = name == "path" || value.iter().all(|segment| !segment.is_empty());
        let kept = params.0.len();
        params.0.push((name, value.join("/")));
        if whole && matches(rest, left, params) {
            return true;
        }
        params.0.truncate(kept);
    }
    false
}

const METADATA: Access = Access::Repository(&[("metadata", Read)]);
const CONTENTS: Access = Access::Repository(&[("contents", Read)]);
const PULLS: Access = Access::Repository(&[("pull_requests", Read)]);
const PULLS_WRITE: Access = Access::Repository(&[("pull_requests", Write)]);
const TALK: Access = Access::Repository(&[("issues", Read), ("pull_requests", Read)]);
const TALK_WRITE: Access = Access::Repository(&[("issues", Write), ("pull_requests", Write)]);
const STATUSES: Access = Access::Repository(&[("statuses", Read)]);
const CONTENTS_WRITE: Access = Access::Repository(&[("contents", Write)]);
const ACTIONS: Access = Access::Repository(&[("actions", Read)]);
const DEPLOYMENTS: Access = Access::Repository(&[("deployments", Read)]);
const DEPLOYMENTS_WRITE: Access = Access::Repository(&[("deployments", Write)]);
const CHECKS_WRITE: Access = Access::Repository(&[("checks", Write)]);

macro_rules! route {
    ($method:literal $path:literal, $operation:literal, $docs:literal, $access:expr, $handler:path) => {
        Route {
            method: $method,
            path: $path,
            operation: $operation,
            docs: $docs,
            access: $access,
            handler: |call| Box::pin($handler(call)),
        }
    };
}

static ROUTES: &[Route] = &[
    // The App, its installation and its tokens.
    route!("GET" "/app", "apps/get-authenticated", "apps/apps#get-the-authenticated-app", Access::App, api::app::get),
    route!("GET" "/app/installations", "apps/list-installations", "apps/apps#list-installations-for-the-authenticated-app", Access::App, api::app::installations),
    route!("GET" "/app/installations/{installation_id}", "apps/get-installation", "apps/apps#get-an-installation-for-the-authenticated-app", Access::App, api::app::installation),
    route!("POST" "/app/installations/{installation_id}/access_tokens", "apps/create-installation-access-token", "apps/apps#create-an-installation-access-token-for-an-app", Access::App, api::token::mint),
    route!("GET" "/repos/{owner}/{repo}/installation", "apps/get-repo-installation", "apps/apps#get-a-repository-installation-for-the-authenticated-app", Access::AppOnRepository, api::app::repository_installation),
    route!("GET" "/installation/repositories", "apps/list-repos-accessible-to-installation", "apps/installations#list-repositories-accessible-to-the-app-installation", Access::Installation, api::token::repositories),
    route!("DELETE" "/installation/token", "apps/revoke-installation-access-token", "apps/installations#revoke-an-installation-access-token", Access::Installation, api::token::revoke),
    route!("GET" "/apps/{app_slug}", "apps/get-by-slug", "apps/apps#get-an-app", Access::Anyone, api::app::by_slug),
    // Repositories and what git holds.
    route!("GET" "/repos/{owner}/{repo}", "repos/get", "repos/repos#get-a-repository", METADATA, api::repository::get),
    route!("GET" "/repos/{owner}/{repo}/collaborators/{username}/permission", "repos/get-collaborator-permission-level", "collaborators/collaborators#get-repository-permissions-for-a-user", METADATA, api::repository::permission),
    route!("GET" "/repos/{owner}/{repo}/branches/{branch}/protection", "repos/get-branch-protection", "branches/branch-protection#get-branch-protection", Access::Repository(&[("administration", Read)]), api::branch::protection),
    route!("GET" "/repos/{owner}/{repo}/branches/{branch}", "repos/get-branch", "branches/branches#get-a-branch", CONTENTS, api::branch::get),
    route!("GET" "/repos/{owner}/{repo}/rules/branches/{branch}", "repos/get-branch-rules", "repos/rules#get-rules-for-a-branch", METADATA, api::branch::rules),
    route!("GET" "/repos/{owner}/{repo}/git/ref/{ref}", "git/get-ref", "git/refs#get-a-reference", CONTENTS, api::branch::reference),
    route!("GET" "/repos/{owner}/{repo}/compare/{basehead}", "repos/compare-commits-with-basehead", "commits/commits#compare-two-commits", CONTENTS, api::commit::compare),
    route!("GET" "/repos/{owner}/{repo}/contents/{path}", "repos/get-content", "repos/contents#get-repository-content", CONTENTS, api::content::get),
    route!("PUT" "/repos/{owner}/{repo}/contents/{path}", "repos/create-or-update-file-contents", "repos/contents#create-or-update-file-contents", CONTENTS_WRITE, api::file::write),
    route!("DELETE" "/repos/{owner}/{repo}/contents/{path}", "repos/delete-file", "repos/contents#delete-a-file", CONTENTS_WRITE, api::file::delete),
    route!("POST" "/repos/{owner}/{repo}/git/refs", "git/create-ref", "git/refs#create-a-reference", CONTENTS_WRITE, api::reference::create),
    route!("PATCH" "/repos/{owner}/{repo}/git/refs/{ref}", "git/update-ref", "git/refs#update-a-reference", CONTENTS_WRITE, api::reference::update),
    route!("DELETE" "/repos/{owner}/{repo}/git/refs/{ref}", "git/delete-ref", "git/refs#delete-a-reference", CONTENTS_WRITE, api::reference::delete),
    route!("POST" "/repos/{owner}/{repo}/merges", "repos/merge", "branches/branches#merge-a-branch", CONTENTS_WRITE, api::branch_merge::merge),
    // Checks and statuses; before the commits, whose ref may span segments.
    route!("GET" "/repos/{owner}/{repo}/commits/{ref}/check-runs", "checks/list-for-ref", "checks/runs#list-check-runs-for-a-git-reference", Access::Repository(&[("checks", Read)]), api::check::list),
    route!("POST" "/repos/{owner}/{repo}/check-runs", "checks/create", "checks/runs#create-a-check-run", CHECKS_WRITE, api::check::create),
    route!("PATCH" "/repos/{owner}/{repo}/check-runs/{check_run_id}", "checks/update", "checks/runs#update-a-check-run", CHECKS_WRITE, api::check::update),
    route!("GET" "/repos/{owner}/{repo}/commits/{ref}/status", "repos/get-combined-status-for-ref", "commits/statuses#get-the-combined-status-for-a-specific-reference", STATUSES, api::status::combined),
    route!("GET" "/repos/{owner}/{repo}/commits/{ref}/statuses", "repos/list-commit-statuses-for-ref", "commits/statuses#list-commit-statuses-for-a-reference", STATUSES, api::status::list),
    route!("POST" "/repos/{owner}/{repo}/statuses/{sha}", "repos/create-commit-status", "commits/statuses#create-a-commit-status", Access::Repository(&[("statuses", Write)]), api::status::create),
    route!("GET" "/repos/{owner}/{repo}/commits/{ref}", "repos/get-commit", "commits/commits#get-a-commit", CONTENTS, api::commit::get),
    // Pull requests.
    route!("GET" "/repos/{owner}/{repo}/pulls", "pulls/list", "pulls/pulls#list-pull-requests", PULLS, api::pull::list),
    route!("POST" "/repos/{owner}/{repo}/pulls", "pulls/create", "pulls/pulls#create-a-pull-request", PULLS_WRITE, api::pull::create),
    route!("GET" "/repos/{owner}/{repo}/pulls/{pull_number}", "pulls/get", "pulls/pulls#get-a-pull-request", PULLS, api::pull::get),
    route!("PATCH" "/repos/{owner}/{repo}/pulls/{pull_number}", "pulls/update", "pulls/pulls#update-a-pull-request", PULLS_WRITE, api::pull::update),
    route!("GET" "/repos/{owner}/{repo}/pulls/{pull_number}/files", "pulls/list-files", "pulls/pulls#list-pull-requests-files", PULLS, api::pull::files),
    route!("GET" "/repos/{owner}/{repo}/pulls/{pull_number}/commits", "pulls/list-commits", "pulls/pulls#list-commits-on-a-pull-request", PULLS, api::pull::commits),
    route!("PUT" "/repos/{owner}/{repo}/pulls/{pull_number}/merge", "pulls/merge", "pulls/pulls#merge-a-pull-request", Access::Repository(&[("contents", Write)]), api::merge::merge),
    route!("PUT" "/repos/{owner}/{repo}/pulls/{pull_number}/update-branch", "pulls/update-branch", "pulls/pulls#update-a-pull-request-branch", PULLS_WRITE, api::branch_merge::update),
    route!("GET" "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", "pulls/list-reviews", "pulls/reviews#list-reviews-for-a-pull-request", PULLS, api::review::list),
    route!("POST" "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", "pulls/create-review", "pulls/reviews#create-a-review-for-a-pull-request", PULLS_WRITE, api::review::create),
    route!("PUT" "/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/dismissals", "pulls/dismiss-review", "pulls/reviews#dismiss-a-review-for-a-pull-request", PULLS_WRITE, api::review::dismiss),
    // Issues.
    route!("GET" "/repos/{owner}/{repo}/issues/{issue_number}", "issues/get", "issues/issues#get-an-issue", TALK, api::issue::get),
    route!("GET" "/repos/{owner}/{repo}/issues/{issue_number}/comments", "issues/list-comments", "issues/comments#list-issue-comments", TALK, api::issue::comments),
    route!("POST" "/repos/{owner}/{repo}/issues/{issue_number}/comments", "issues/create-comment", "issues/comments#create-an-issue-comment", TALK_WRITE, api::issue::comment),
    // Deployments.
    route!("GET" "/repos/{owner}/{repo}/deployments", "repos/list-deployments", "deployments/deployments#list-deployments", DEPLOYMENTS, api::deployment::list),
    route!("POST" "/repos/{owner}/{repo}/deployments", "repos/create-deployment", "deployments/deployments#create-a-deployment", DEPLOYMENTS_WRITE, api::deployment::create),
    route!("GET" "/repos/{owner}/{repo}/deployments/{deployment_id}", "repos/get-deployment", "deployments/deployments#get-a-deployment", DEPLOYMENTS, api::deployment::get),
    route!("GET" "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses", "repos/list-deployment-statuses", "deployments/statuses#list-deployment-statuses", DEPLOYMENTS, api::deployment::statuses),
    route!("POST" "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses", "repos/create-deployment-status", "deployments/statuses#create-a-deployment-status", DEPLOYMENTS_WRITE, api::deployment::report),
    route!("GET" "/repos/{owner}/{repo}/environments/{environment_name}", "repos/get-environment", "deployments/environments#get-an-environment", ACTIONS, api::environment::get),
    route!("GET" "/repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies", "repos/list-deployment-branch-policies", "deployments/branch-policies#list-deployment-branch-policies", ACTIONS, api::environment::branches),
    // People and the service itself.
    route!("GET" "/user", "users/get-authenticated", "users/users#get-the-authenticated-user", Access::User, api::user::authenticated),
    route!("GET" "/users/{username}", "users/get-by-username", "users/users#get-a-user", Access::Anyone, api::user::get),
    route!("GET" "/meta", "meta/get", "meta/meta#get-apiname-meta-information", Access::Anyone, api::meta::meta),
    route!("GET" "/rate_limit", "rate-limit/get", "rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user", Access::Anyone, api::meta::rate_limit),
];
