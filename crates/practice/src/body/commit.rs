//! Commits, comparisons and changed files: GitHub's `commit`, `commit-comparison` and `diff-entry`.

use serde_json::{Value, json};

use super::{View, extend, node, repository, user};
use crate::clock::stamp;
use crate::git::{Commit, FileChange, Person, Sha};
use crate::http::path::encode;
use crate::world::Repository;

fn person(person: &Person) -> Value {
    json!({"name": person.name, "email": person.email, "date": stamp(person.at)})
}

/// `commit`, without its files.
pub(crate) fn commit(view: View<'_>, repository: &Repository, commit: &Commit) -> Value {
    let (url, page) = (repository::url(view, repository), repository::page(view, repository));
    let account = |who: &Person| {
        view.world.committer(&who.email).map_or(Value::Null, |account| user::of(view, account))
    };
    let parents: Vec<Value> = commit
        .parents
        .iter()
        .map(|sha| json!({"sha": sha.as_str(), "url": format!("{url}/commits/{sha}"), "html_url": format!("{page}/commit/{sha}")}))
        .collect();
    let sha = &commit.sha;
    json!({
        "sha": sha.as_str(),
        "node_id": node("Commit", format!("{}:{sha}", repository.id)),
        "url": format!("{url}/commits/{sha}"),
        "html_url": format!("{page}/commit/{sha}"),
        "comments_url": format!("{url}/commits/{sha}/comments"),
        "commit": {
            "url": format!("{url}/git/commits/{sha}"),
            "author": person(&commit.author),
            "committer": person(&commit.committer),
            "message": commit.message,
            "tree": {"sha": commit.tree.as_str(), "url": format!("{url}/git/trees/{}", commit.tree)},
            "comment_count": 0,
            "verification": {"verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null},
        },
        "author": account(&commit.author),
        "committer": account(&commit.committer),
        "parents": parents,
    })
}

/// `diff-entry`: one changed file as it is at `head`.
pub(crate) fn file(view: View<'_>, repository: &Repository, head: &Sha, file: &FileChange) -> Value {
    let (url, page) = (repository::url(view, repository), repository::page(view, repository));
    let path = encode(&file.path);
    let mut body = json!({
        "sha": file.blob.as_str(),
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": format!("{page}/blob/{head}/{path}"),
        "raw_url": format!("{page}/raw/{head}/{path}"),
        "contents_url": format!("{url}/contents/{path}?ref={head}"),
    });
    if let Some(patch) = &file.patch {
        extend(&mut body, json!({"patch": patch}));
    }
    if let Some(previous) = &file.previous {
        extend(&mut body, json!({"previous_filename": previous}));
    }
    body
}
