//! Files and folders at a commit.

use serde_json::{Value, json};

use super::Call;
use crate::body;
use crate::git::valid_path;
use crate::http::answer::{Outcome, Refusal, Reply};

/// Above this size GitHub answers without the bytes.
const LARGEST: u64 = 1 << 20;

pub(crate) async fn get(call: Call) -> Outcome {
    let path = call.params.get("path").trim_matches('/').to_owned();
    let default = call.read(|_, repository| repository.default_branch.clone())?;
    let reference = call.query.get("ref").unwrap_or(&default).to_owned();
    if !path.is_empty() && !valid_path(&path) {
        return Err(Refusal::not_found());
    }
    let missing = || Refusal::new(404, format!("No commit found for the ref {reference}"));
    let commit = call.resolve(&reference).await?.ok_or_else(missing)?;
    let store = call.store()?;
    let at = (reference.as_str(), &commit);
    let found = if path.is_empty() { Vec::new() } else { store.entries(&commit, &path).await? };
    match found.first() {
        Some(entry) if entry.kind != "tree" => {
            let bytes = if entry.kind == "blob" && entry.size <= LARGEST {
                store.blob(&entry.sha).await?
            } else {
                Vec::new()
            };
            if call.wants("raw") {
                return Ok(Reply::raw(200, "application/vnd.github.raw; charset=utf-8", bytes));
            }
            let body = call.read(|view, repository| body::content::entry(view, repository, at, entry))?;
            Ok(Reply::ok(whole(body, entry.size, &bytes)))
        }
        Some(_) => listing(&call, at, &format!("{path}/")).await,
        None if path.is_empty() => listing(&call, at, "").await,
        None => Err(Refusal::not_found()),
    }
}

/// The entry with what belongs to its kind: bytes, or where a link points.
fn whole(mut body: Value, size: u64, bytes: &[u8]) -> Value {
    match body.get("type").and_then(Value::as_str) {
        Some("file") if size > LARGEST => {
            body::extend(&mut body, json!({"content": "", "encoding": "none"}));
            body
        }
        Some("file") => body::content::file(body, bytes),
        Some("symlink") => {
            body::extend(&mut body, json!({"target": String::from_utf8_lossy(bytes)}));
            body
        }
        _ => {
            let url = body.get("html_url").cloned();
            body::extend(&mut body, json!({"submodule_git_url": url}));
            body
        }
    }
}

async fn listing(call: &Call, at: (&str, &crate::git::Sha), path: &str) -> Outcome {
    let entries = call.store()?.entries(at.1, path).await?;
    let body = call.read(|view, repository| {
        entries.iter().map(|entry| body::content::entry(view, repository, at, entry)).collect::<Vec<_>>()
    })?;
    Ok(Reply::ok(Value::Array(body)))
}
