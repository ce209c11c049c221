//! Issues and comments: GitHub's `issue` and `issue-comment`.

use serde_json::{Value, json};

use super::{View, app, extend, node, pull, repository, user, when};
use crate::clock::stamp;
use crate::world::{Comment, Issue, Pull, Repository};

/// What issues and pull requests have in common.
struct Common<'a> {
    id: u64,
    number: u64,
    title: &'a str,
    body: Option<&'a str>,
    author: u64,
    created: jiff::Timestamp,
    updated: jiff::Timestamp,
    closed: Option<jiff::Timestamp>,
}

fn common(view: View<'_>, repository: &Repository, of: &Common<'_>, kind: (&str, &str)) -> Value {
    let url = repository::url(view, repository);
    let own = format!("{url}/issues/{}", of.number);
    let comments = repository.comments.iter().filter(|comment| comment.number == of.number).count();
    json!({
        "id": of.id,
        "node_id": node(kind.0, of.id),
        "url": own,
        "repository_url": url,
        "labels_url": format!("{own}/labels{{/name}}"),
        "comments_url": format!("{own}/comments"),
        "events_url": format!("{own}/events"),
        "html_url": format!("{}/{}/{}", repository::page(view, repository), kind.1, of.number),
        "number": of.number,
        "state": if of.closed.is_some() { "closed" } else { "open" },
        "state_reason": null,
        "title": of.title,
        "user": user::simple(view, of.author),
        "labels": [],
        "assignee": null,
        "assignees": [],
        "milestone": null,
        "locked": false,
        "active_lock_reason": null,
        "comments": comments,
        "closed_at": when(of.closed),
        "created_at": stamp(of.created),
        "updated_at": stamp(of.updated),
        "closed_by": null,
        "author_association": view.world.association(repository, of.author),
        "body": of.body,
        "timeline_url": format!("{own}/timeline"),
    })
}

/// `issue` of an issue.
pub(crate) fn issue(view: View<'_>, repository: &Repository, issue: &Issue) -> Value {
    let of = Common {
        id: issue.id,
        number: issue.number,
        title: &issue.title,
        body: issue.body.as_deref(),
        author: issue.author,
        created: issue.created,
        updated: issue.created,
        closed: None,
    };
    common(view, repository, &of, ("Issue", "issues"))
}

/// `issue` of a pull request: every pull request is an issue too.
pub(crate) fn of_pull(view: View<'_>, repository: &Repository, found: &Pull) -> Value {
    let of = Common {
        id: found.id,
        number: found.number,
        title: &found.title,
        body: found.body.as_deref(),
        author: found.author,
        created: found.created,
        updated: found.updated,
        closed: found.closed,
    };
    let mut body = common(view, repository, &of, ("PullRequest", "pull"));
    let page = format!("{}/pull/{}", repository::page(view, repository), found.number);
    extend(
        &mut body,
        json!({
            "draft": found.draft,
            "pull_request": {
                "url": pull::url(view, repository, found.number),
                "html_url": page,
                "diff_url": format!("{page}.diff"),
                "patch_url": format!("{page}.patch"),
                "merged_at": when(found.merged.as_ref().map(|merged| merged.at)),
            },
        }),
    );
    body
}

/// `issue-comment`.
pub(crate) fn comment(view: View<'_>, repository: &Repository, comment: &Comment) -> Value {
    let url = repository::url(view, repository);
    let folder = if repository.pulls.contains_key(&comment.number) { "pull" } else { "issues" };
    let page = repository::page(view, repository);
    json!({
        "id": comment.id,
        "node_id": node("IssueComment", comment.id),
        "url": format!("{url}/issues/comments/{}", comment.id),
        "html_url": format!("{page}/{folder}/{}#issuecomment-{}", comment.number, comment.id),
        "issue_url": format!("{url}/issues/{}", comment.number),
        "user": user::simple(view, comment.author),
        "created_at": stamp(comment.created),
        "updated_at": stamp(comment.created),
        "author_association": view.world.association(repository, comment.author),
        "body": comment.body,
        "performed_via_github_app": comment.app.and_then(|id| view.world.apps.get(&id)).map(|found| app::integration(view, found)),
    })
}
