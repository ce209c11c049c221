//! Reviews: GitHub's `pull-request-review`.

use serde_json::{Value, json};

use super::{View, extend, node, pull, repository, user};
use crate::clock::stamp;
use crate::world::{Pull, Repository, Review};

/// `pull-request-review`.
pub(crate) fn review(view: View<'_>, repository: &Repository, of: &Pull, review: &Review) -> Value {
    let own = pull::url(view, repository, of.number);
    let page =
        format!("{}/pull/{}#pullrequestreview-{}", repository::page(view, repository), of.number, review.id);
    let mut body = json!({
        "id": review.id,
        "node_id": node("PullRequestReview", review.id),
        "user": user::simple(view, review.user),
        "body": review.body,
        "state": review.verdict.word(),
        "html_url": page,
        "pull_request_url": own,
        "author_association": view.world.association(repository, review.user),
        "_links": {"html": {"href": page}, "pull_request": {"href": own}},
        "commit_id": review.commit.as_str(),
    });
    if let Some(at) = review.submitted {
        extend(&mut body, json!({"submitted_at": stamp(at)}));
    }
    body
}
