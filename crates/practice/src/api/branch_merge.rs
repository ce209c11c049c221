//! Merging one branch into another without a pull request, and the target of one into its branch.

use serde_json::{Value, json};

use super::{Call, pull};
use crate::body;
use crate::git::{Method, Sha, Store};
use crate::http::answer::{Outcome, Refusal, Reply};
use crate::protection;

pub(crate) async fn merge(call: Call) -> Outcome {
    let fields = call.fields()?;
    let (base, head) = (fields.needed("base")?.to_owned(), fields.needed("head")?.to_owned());
    let message = fields.text("commit_message")?.map(str::to_owned);
    let store = call.store()?;
    let _writing = store.writing.lock().await;
    let tip = call.read(|_, repository| repository.branch(&base).cloned())?;
    let tip = tip.ok_or_else(|| Refusal::new(404, "Base does not exist"))?;
    let from = call.resolve(&head).await?.ok_or_else(|| Refusal::new(404, "Head does not exist"))?;
    if store.contains(&tip, &from).await? {
        return Ok(Reply::nothing());
    }
    let message = message.unwrap_or_else(|| format!("Merge {head} into {base}"));
    let made = merged(&call, &store, (&base, &tip), &from, &message).await?;
    let commit = store.commit(&made).await?.ok_or_else(Refusal::not_found)?;
    let body = call.read(|view, repository| body::commit::commit(view, repository, &commit))?;
    Ok(Reply::created(body))
}

/// Merges `from` into the branch, which must be free to move.
async fn merged(
    call: &Call,
    store: &Store,
    (branch, tip): (&str, &Sha),
    from: &Sha,
    message: &str,
) -> Result<Sha, Refusal> {
    let administers = call.administers()?;
    if let Some(words) = call.read(|_, repository| protection::direct(repository, branch, administers))? {
        return Err(Refusal::new(403, words));
    }
    let made = store.merge(Method::Merge, (tip, from), &call.signature()?, message).await?;
    let made = made.ok_or_else(|| Refusal::new(409, "Merge conflict"))?;
    store.update_refs(&[(format!("refs/heads/{branch}"), made.clone(), Some(tip.clone()))]).await?;
    call.inner.refresh(call.repository, store).await?;
    Ok(made)
}

pub(crate) async fn update(call: Call) -> Outcome {
    let fields = call.fields()?;
    let expected = fields.text("expected_head_sha")?.map(str::to_owned);
    let store = call.store()?;
    let _writing = store.writing.lock().await;
    let pull = pull::named(&call)?;
    let refused = |words: &str| Refusal::new(422, words);
    if expected.is_some_and(|expected| expected != pull.head_sha.as_str()) {
        let head = pull.head_sha.as_str();
        return Err(refused(&format!("expected head sha didn’t match current head ref. ({head})")));
    }
    let base = call.read(|_, repository| repository.branch(&pull.base_ref).cloned())?;
    let base = base.filter(|_| pull.open).ok_or_else(|| refused("This pull request cannot be updated."))?;
    if store.contains(&pull.head_sha, &base).await? {
        return Err(refused("There are no new commits on the base branch."));
    }
    let message = format!("Merge branch '{}' into {}", pull.base_ref, pull.head_ref);
    match merged(&call, &store, (&pull.head_ref, &pull.head_sha), &base, &message).await {
        Err(refusal) if refusal.status == 409 => return Err(refused("merge conflict between base and head")),
        other => drop(other?),
    }
    let url = call.read(|view, repository| {
        format!("{}/pull/{}", body::repository::page(view, repository), pull.number)
    })?;
    Ok(Reply::json(202, json!({"message": "Updating pull request branch.", "url": Value::from(url)})))
}
