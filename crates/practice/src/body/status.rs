//! Commit statuses: GitHub's `status`, `simple-commit-status` and `combined-commit-status`.

use serde_json::{Value, json};

use super::{View, extend, node, repository, user};
use crate::clock::stamp;
use crate::git::Sha;
use crate::world::{Repository, Status};

/// `simple-commit-status`, as the combined status holds it.
fn simple(view: View<'_>, repository: &Repository, status: &Status) -> Value {
    json!({
        "url": format!("{}/statuses/{}", repository::url(view, repository), status.sha),
        "avatar_url": user::avatar(view, status.creator),
        "id": status.id,
        "node_id": node("StatusContext", status.id),
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": stamp(status.created),
        "updated_at": stamp(status.created),
    })
}

/// `status`.
pub(crate) fn status(view: View<'_>, repository: &Repository, status: &Status) -> Value {
    let mut body = simple(view, repository, status);
    extend(&mut body, json!({"creator": user::simple(view, status.creator)}));
    body
}

/// What several statuses come to: `pending` without any, `failure` as soon as one failed.
pub(crate) fn together(latest: &[&Status]) -> &'static str {
    if latest.iter().any(|status| matches!(status.state.as_str(), "failure" | "error")) {
        "failure"
    } else if latest.is_empty() || latest.iter().any(|status| status.state == "pending") {
        "pending"
    } else {
        "success"
    }
}

/// `combined-commit-status`; `page` is the part of the latest statuses that was asked for.
pub(crate) fn combined(
    view: View<'_>,
    repository: &Repository,
    sha: &Sha,
    latest: &[&Status],
    page: &[&Status],
) -> Value {
    let url = format!("{}/commits/{sha}", repository::url(view, repository));
    json!({
        "state": together(latest),
        "statuses": page.iter().map(|status| simple(view, repository, status)).collect::<Vec<_>>(),
        "sha": sha.as_str(),
        "total_count": latest.len(),
        "repository": repository::minimal(view, repository),
        "commit_url": url,
        "url": format!("{url}/status"),
    })
}
