//! Repositories: GitHub's `minimal-repository`, `repository` and `full-repository`.

use serde_json::{Value, json};

use super::{View, addresses, extend, node, user};
use crate::clock::stamp;
use crate::seed::Role;
use crate::world::{Account, Repository};

const PATHS: [(&str, &str); 37] = [
    ("url", ""),
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

/// `owner/name`.
pub(crate) fn full_name(view: View<'_>, repository: &Repository) -> String {
    let owner = view.world.accounts.get(&repository.owner).map(|a| a.login.as_str()).unwrap_or_default();
    format!("{owner}/{}", repository.name)
}

/// The repository's address in the API.
pub(crate) fn url(view: View<'_>, repository: &Repository) -> String {
    format!("{}/repos/{}", view.links.api, full_name(view, repository))
}

/// The repository's address on the website.
pub(crate) fn page(view: View<'_>, repository: &Repository) -> String {
    format!("{}/{}", view.links.web, full_name(view, repository))
}

/// The address under which listings link to their pages: by number, as GitHub does.
pub(crate) fn by_number(view: View<'_>, id: u64) -> String {
    format!("{}/repositories/{id}", view.links.api)
}

/// `minimal-repository`.
pub(crate) fn minimal(view: View<'_>, repository: &Repository) -> Value {
    let mut body = Value::Object(addresses(&url(view, repository), &PATHS));
    extend(
        &mut body,
        json!({
            "id": repository.id,
            "node_id": node("Repository", repository.id),
            "name": repository.name,
            "full_name": full_name(view, repository),
            "owner": user::simple(view, repository.owner),
            "private": repository.private,
            "html_url": page(view, repository),
            "description": repository.description,
            "fork": false,
        }),
    );
    body
}

/// `repository`, as it stands inside pull requests and lists.
pub(crate) fn listed(view: View<'_>, repository: &Repository) -> Value {
    let full = full_name(view, repository);
    let host = view.links.web.trim_start_matches("http://");
    let open = repository.pulls.values().filter(|pull| pull.open).count() + repository.issues.len();
    let mut body = minimal(view, repository);
    extend(
        &mut body,
        json!({
            "git_url": format!("git://{host}/{full}.git"),
            "ssh_url": format!("git@{host}:{full}.git"),
            "clone_url": format!("{}/{full}.git", view.links.web),
            "svn_url": page(view, repository),
            "mirror_url": null,
            "homepage": null,
            "language": null,
            "license": null,
            "forks": 0,
            "forks_count": 0,
            "stargazers_count": 0,
            "watchers": 0,
            "watchers_count": 0,
            "size": 108,
            "default_branch": repository.default_branch,
            "open_issues": open,
            "open_issues_count": open,
            "is_template": false,
            "topics": [],
            "has_issues": true,
            "has_projects": true,
            "has_wiki": false,
            "has_pages": false,
            "has_downloads": true,
            "has_discussions": false,
            "archived": false,
            "disabled": false,
            "allow_forking": false,
            "web_commit_signoff_required": false,
            "visibility": if repository.private { "private" } else { "public" },
            "pushed_at": stamp(repository.pushed),
            "created_at": stamp(repository.created),
            "updated_at": stamp(repository.updated),
        }),
    );
    body
}

/// `full-repository`, with what this caller may do there.
pub(crate) fn full(view: View<'_>, repository: &Repository, (push, admin): (bool, bool)) -> Value {
    let mut body = listed(view, repository);
    extend(
        &mut body,
        json!({
            "permissions": {"admin": admin, "maintain": admin, "push": push, "triage": push, "pull": true},
            "allow_merge_commit": repository.allow_merge,
            "allow_squash_merge": repository.allow_squash,
            "allow_rebase_merge": repository.allow_rebase,
            "allow_auto_merge": false,
            "delete_branch_on_merge": false,
            "allow_update_branch": false,
            "subscribers_count": 0,
            "network_count": 0,
            "organization": user::simple(view, repository.owner),
        }),
    );
    body
}

/// `repository-collaborator-permission`: on a private repository whoever was not let in may nothing.
pub(crate) fn permission(view: View<'_>, repository: &Repository, account: &Account) -> Value {
    let role = view.world.role(repository, account.id);
    let name = match role {
        Some(Role::Admin) => "admin",
        Some(Role::Write) => "write",
        Some(Role::Read) => "read",
        None if repository.private => "none",
        None => "read",
    };
    let mut collaborator = user::of(view, account);
    let (push, admin) = (matches!(role, Some(Role::Write | Role::Admin)), role == Some(Role::Admin));
    let permissions =
        json!({"pull": name != "none", "triage": push, "push": push, "maintain": admin, "admin": admin});
    extend(&mut collaborator, json!({"role_name": name, "permissions": permissions}));
    json!({"permission": name, "role_name": name, "user": collaborator})
}
