//! Pull requests: GitHub's `pull-request-simple` and `pull-request`.

use serde_json::{Value, json};

use super::{View, extend, node, repository, user, when};
use crate::clock::stamp;
use crate::git::{Comparison, Sha};
use crate::world::{Pull, Repository};

/// What the computed half of a pull request comes from.
pub(crate) struct Computed<'a> {
    /// Whether it merges; none while GitHub has not worked it out.
    pub(crate) mergeable: Option<bool>,
    /// `clean`, `blocked`, `dirty`, `draft`, `behind`, `unstable` or `unknown`.
    pub(crate) state: &'static str,
    /// The test merge while it is open, the merge once it went in.
    pub(crate) merge_commit: Option<Sha>,
    pub(crate) comparison: Option<&'a Comparison>,
}

fn side(view: View<'_>, repository: &Repository, (name, sha): (&str, &Sha)) -> Value {
    let owner = view.world.accounts.get(&repository.owner).map(|a| a.login.as_str()).unwrap_or_default();
    json!({
        "label": format!("{owner}:{name}"),
        "ref": name,
        "sha": sha.as_str(),
        "user": user::simple(view, repository.owner),
        "repo": repository::listed(view, repository),
    })
}

/// The address of a pull request in the API.
pub(crate) fn url(view: View<'_>, repository: &Repository, number: u64) -> String {
    format!("{}/pulls/{number}", repository::url(view, repository))
}

/// `pull-request-simple`, as lists hold it.
pub(crate) fn simple(
    view: View<'_>,
    repository: &Repository,
    pull: &Pull,
    merge_commit: Option<&Sha>,
) -> Value {
    let (base, number) = (repository::url(view, repository), pull.number);
    let own = format!("{base}/pulls/{number}");
    let issue = format!("{base}/issues/{number}");
    let page = format!("{}/pull/{number}", repository::page(view, repository));
    let statuses = format!("{base}/statuses/{}", pull.head_sha);
    let link = |href: &str| json!({"href": href});
    let review_comment = format!("{base}/pulls/comments{{/number}}");
    let links = json!({
        "self": link(&own),
        "html": link(&page),
        "issue": link(&issue),
        "comments": link(&format!("{issue}/comments")),
        "review_comments": link(&format!("{own}/comments")),
        "review_comment": link(&review_comment),
        "commits": link(&format!("{own}/commits")),
        "statuses": link(&statuses),
    });
    let mut body = json!({
        "assignee": null,
        "assignees": [],
        "labels": [],
        "milestone": null,
        "requested_reviewers": [],
        "requested_teams": [],
        "active_lock_reason": null,
        "auto_merge": null,
        "locked": false,
        "_links": links,
    });
    let more = json!({
        "url": own,
        "id": pull.id,
        "node_id": node("PullRequest", pull.id),
        "html_url": page,
        "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"),
        "issue_url": issue,
        "commits_url": format!("{own}/commits"),
        "review_comments_url": format!("{own}/comments"),
        "review_comment_url": review_comment,
        "comments_url": format!("{issue}/comments"),
        "statuses_url": statuses,
        "number": number,
        "state": if pull.open { "open" } else { "closed" },
        "title": pull.title,
        "user": user::simple(view, pull.author),
        "body": pull.body,
        "created_at": stamp(pull.created),
        "updated_at": stamp(pull.updated),
        "closed_at": when(pull.closed),
        "merged_at": when(pull.merged.as_ref().map(|merged| merged.at)),
        "merge_commit_sha": merge_commit.map(Sha::as_str),
        "draft": pull.draft,
        "head": side(view, repository, (&pull.head_ref, &pull.head_sha)),
        "base": side(view, repository, (&pull.base_ref, &pull.base_sha)),
        "author_association": view.world.association(repository, pull.author),
    });
    extend(&mut body, more);
    body
}

/// `pull-request`, with everything that has to be computed.
pub(crate) fn full(view: View<'_>, repository: &Repository, pull: &Pull, computed: &Computed<'_>) -> Value {
    let comparison = computed.comparison;
    let mut body = simple(view, repository, pull, computed.merge_commit.as_ref());
    let comments = repository.comments.iter().filter(|comment| comment.number == pull.number).count();
    extend(
        &mut body,
        json!({
            "merged": pull.merged.is_some(),
            "mergeable": computed.mergeable,
            "rebaseable": computed.mergeable,
            "mergeable_state": computed.state,
            "merged_by": pull.merged.as_ref().map(|merged| user::simple(view, merged.by)),
            "comments": comments,
            "review_comments": 0,
            "maintainer_can_modify": pull.maintainer_can_modify,
            "commits": comparison.map_or(0, |c| c.ahead.len()),
            "additions": comparison.map_or(0, Comparison::additions),
            "deletions": comparison.map_or(0, Comparison::deletions),
            "changed_files": comparison.map_or(0, |c| c.files.len()),
        }),
    );
    body
}

/// `pull-request-minimal`, as check runs name the pull requests of their commit.
pub(crate) fn minimal(view: View<'_>, repository: &Repository, pull: &Pull) -> Value {
    let repo =
        json!({"id": repository.id, "url": repository::url(view, repository), "name": repository.name});
    json!({
        "id": pull.id,
        "number": pull.number,
        "url": url(view, repository, pull.number),
        "head": {"ref": pull.head_ref, "sha": pull.head_sha.as_str(), "repo": repo},
        "base": {"ref": pull.base_ref, "sha": pull.base_sha.as_str(), "repo": repo},
    })
}
