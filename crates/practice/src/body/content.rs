//! What lies at a path: GitHub's `content-file`, `content-directory` and their kin.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{View, extend, repository};
use crate::git::{Entry, Sha};
use crate::http::path::encode;
use crate::world::Repository;

/// GitHub's word for an entry of a tree.
fn kind(entry: &Entry) -> &'static str {
    match (entry.kind.as_str(), entry.mode.as_str()) {
        ("tree", _) => "dir",
        ("commit", _) => "submodule",
        (_, "120000") => "symlink",
        _ => "file",
    }
}

/// One entry, as a directory lists it. `commit` is the commit that was asked about.
pub(crate) fn entry(
    view: View<'_>,
    repository: &Repository,
    (reference, commit): (&str, &Sha),
    entry: &Entry,
) -> Value {
    let (url, page) = (repository::url(view, repository), repository::page(view, repository));
    let path = encode(&entry.path);
    let folder = entry.kind == "tree";
    let own = format!("{url}/contents/{path}?ref={}", encode(reference));
    let git = format!("{url}/git/{}/{}", if folder { "trees" } else { "blobs" }, entry.sha);
    let html = format!("{page}/{}/{}/{path}", if folder { "tree" } else { "blob" }, encode(reference));
    let raw = (!folder).then(|| format!("{page}/raw/{commit}/{path}"));
    json!({
        "type": kind(entry),
        "size": entry.size,
        "name": entry.path.rsplit('/').next().unwrap_or_default(),
        "path": entry.path,
        "sha": entry.sha.as_str(),
        "url": own,
        "git_url": git,
        "html_url": html,
        "download_url": raw,
        "_links": {"self": own, "git": git, "html": html},
    })
}

/// `content-file`: an entry with its bytes.
pub(crate) fn file(mut entry: Value, bytes: &[u8]) -> Value {
    let encoded = STANDARD.encode(bytes);
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / 60 + 1);
    for (place, letter) in encoded.chars().enumerate() {
        if place > 0 && place % 60 == 0 {
            lines.push('\n');
        }
        lines.push(letter);
    }
    lines.push('\n');
    extend(&mut entry, json!({"content": lines, "encoding": "base64"}));
    entry
}
