//! Writing and removing one file: a commit on a branch, if the branch may move that way.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::Call;
use crate::body;
use crate::git::{Batch, Entry, NewCommit, Sha, Store, valid_path};
use crate::http::answer::{Outcome, Refusal, Reply};
use crate::http::fields::Fields;
use crate::protection;

/// What is to be committed, once everything about it was looked at.
struct Place {
    branch: String,
    tip: Sha,
    path: String,
    /// What lies there now.
    entry: Option<Entry>,
}

pub(crate) async fn write(call: Call) -> Outcome {
    let fields = call.fields()?;
    let message = fields.needed("message")?.to_owned();
    let packed: String = fields.needed("content")?.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(packed).map_err(|_| Refusal::new(422, "content is not valid Base64"))?;
    let store = call.store()?;
    let _writing = store.writing.lock().await;
    let place = place(&call, &fields, &store).await?;
    let there = place.entry.as_ref().map(|entry| entry.sha.clone());
    match (&there, fields.text("sha")?) {
        (Some(_), None) => {
            return Err(Refusal::new(422, "Invalid request.\n\n\"sha\" wasn't supplied."));
        }
        (found, Some(sha)) if found.as_ref().map(Sha::as_str) != Some(sha) => {
            return Err(other(&place.path, sha));
        }
        _ => {}
    }
    free(&call, &place, if there.is_some() { "update" } else { "create" })?;
    let change = NewCommit::default().message(&message).write(&place.path, bytes);
    let commit = commit(&call, &store, &place, &change).await?;
    let at = (place.branch.as_str(), &commit);
    let found = store.entries(&commit, &place.path).await?;
    let entry = found.first().ok_or_else(Refusal::not_found)?;
    let content = call.read(|view, repository| body::content::entry(view, repository, at, entry))?;
    let body = json!({"content": content, "commit": described(&call, &store, &commit).await?});
    Ok(Reply::json(if there.is_some() { 200 } else { 201 }, body))
}

pub(crate) async fn delete(call: Call) -> Outcome {
    let fields = call.fields()?;
    let message = fields.needed("message")?.to_owned();
    let sha = fields.needed("sha")?;
    let store = call.store()?;
    let _writing = store.writing.lock().await;
    let place = place(&call, &fields, &store).await?;
    let there = place.entry.as_ref().ok_or_else(Refusal::not_found)?;
    if there.sha.as_str() != sha {
        return Err(other(&place.path, sha));
    }
    free(&call, &place, "delete")?;
    let change = NewCommit::default().message(&message).delete(&place.path);
    let commit = commit(&call, &store, &place, &change).await?;
    Ok(Reply::ok(json!({"content": null, "commit": described(&call, &store, &commit).await?})))
}

fn other(path: &str, sha: &str) -> Refusal {
    Refusal::new(409, format!("{path} does not match {sha}"))
}

/// The branch and what lies at the path. The caller holds the store's lock.
async fn place(call: &Call, fields: &Fields, store: &Store) -> Result<Place, Refusal> {
    let path = call.params.get("path").trim_matches('/').to_owned();
    if !valid_path(&path) {
        return Err(Refusal::new(422, "path contains a malformed path component"));
    }
    let default = call.read(|_, repository| repository.default_branch.clone())?;
    let branch = fields.text("branch")?.unwrap_or(&default).to_owned();
    let missing = || Refusal::new(404, format!("Branch {branch} not found"));
    let tip = call.read(|_, repository| repository.branch(&branch).cloned())?.ok_or_else(missing)?;
    let entry = store.entries(&tip, &path).await?.into_iter().next();
    Ok(Place { branch, tip, path, entry })
}

/// Protection, and workflows, which an App does not write without a permission of their own.
fn free(call: &Call, place: &Place, verb: &str) -> Result<(), Refusal> {
    let administers = call.administers()?;
    let held = call.read(|_, repository| protection::direct(repository, &place.branch, administers))?;
    if let Some(words) = held {
        return Err(Refusal::new(409, format!("Could not {verb} file: {words}")));
    }
    let person = matches!(call.caller, crate::http::caller::Caller::User { .. });
    if place.path.starts_with(".github/workflows/") && !person {
        return Err(call.caller.lacks());
    }
    Ok(())
}

async fn commit(call: &Call, store: &Store, place: &Place, change: &NewCommit) -> Result<Sha, Refusal> {
    let by = call.signature()?;
    let mut batch = Batch::default();
    batch.branch(&place.branch, place.tip.as_str());
    batch.commit(&place.branch, (&by.name, &by.email), by.at, change)?;
    store.import(&batch.finish()).await?;
    call.inner.refresh(call.repository, store).await?;
    call.read(|_, repository| repository.branch(&place.branch).cloned())?.ok_or_else(Refusal::not_found)
}

/// The commit as `file-commit` has it: git's own half, with its name and its parents.
async fn described(call: &Call, store: &Store, sha: &Sha) -> Result<Value, Refusal> {
    let commit = store.commit(sha).await?.ok_or_else(Refusal::not_found)?;
    call.read(|view, repository| {
        let whole = body::commit::commit(view, repository, &commit);
        let mut half = whole.get("commit").cloned().unwrap_or_default();
        for name in ["sha", "node_id", "html_url", "parents"] {
            body::extend(&mut half, json!({name: whole.get(name)}));
        }
        half
    })
}
