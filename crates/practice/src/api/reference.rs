//! Making, moving and removing refs.

use super::Call;
use crate::body;
use crate::git::{Sha, Store};
use crate::http::answer::{Outcome, Refusal, Reply};
use crate::protection;

fn refused(words: &str) -> Refusal {
    Refusal::new(422, words)
}

/// What git allows as a ref (git-check-ref-format), below `refs/heads` and `refs/tags`, where GitHub lets others write.
fn valid(name: &str) -> bool {
    let component = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    (name.starts_with("refs/heads/") || name.starts_with("refs/tags/"))
        && name.split('/').all(component)
        && !name.ends_with('.')
        && !name.contains("..")
        && !name.contains("@{")
        && !name.contains(|c: char| c.is_control() || " ~^:?*[\\".contains(c))
}

/// Whether protection lets the branch be treated that way.
fn free(call: &Call, name: &str, words: Option<&str>) -> Result<(), Refusal> {
    let Some(branch) = name.strip_prefix("refs/heads/") else { return Ok(()) };
    let administers = call.administers()?;
    let (held, protected) = call.read(|_, repository| {
        (protection::direct(repository, branch, administers), repository.protected(branch).is_some())
    })?;
    match (words, held) {
        (Some(words), _) if protected => Err(refused(words)),
        (_, Some(held)) => Err(refused(&held)),
        _ => Ok(()),
    }
}

async fn commit(store: &Store, sha: &str) -> Result<Sha, Refusal> {
    let sha = Sha::parse(sha).ok_or_else(|| Refusal::invalid("Reference", "sha", "invalid", None))?;
    match store.commit(&sha).await? {
        Some(_) => Ok(sha),
        None => Err(refused("Object does not exist")),
    }
}

fn shown(call: &Call, name: &str, sha: &Sha) -> Result<serde_json::Value, Refusal> {
    call.read(|view, repository| body::branch::reference(view, repository, name, ("commit", sha)))
}

pub(crate) async fn create(call: Call) -> Outcome {
    let fields = call.fields()?;
    let name = fields.needed("ref")?.to_owned();
    let sha = fields.needed("sha")?;
    if !valid(&name) {
        return Err(refused("Reference name is not valid"));
    }
    let store = call.store()?;
    let _writing = store.writing.lock().await;
    let sha = commit(&store, sha).await?;
    if call.read(|_, repository| repository.refs.contains_key(&name))? {
        return Err(refused("Reference already exists"));
    }
    store.update_refs(&[(name.clone(), sha.clone(), None)]).await?;
    call.inner.refresh(call.repository, &store).await?;
    Ok(Reply::created(shown(&call, &name, &sha)?))
}

/// The ref that the path names and where it points.
fn named(call: &Call) -> Result<(String, Sha), Refusal> {
    let name = format!("refs/{}", call.params.get("ref"));
    let found = call.read(|_, repository| repository.refs.get(&name).cloned())?;
    found.map(|sha| (name, sha)).ok_or_else(|| refused("Reference does not exist"))
}

pub(crate) async fn update(call: Call) -> Outcome {
    let fields = call.fields()?;
    let force = fields.flag("force")?.unwrap_or(false);
    let store = call.store()?;
    let _writing = store.writing.lock().await;
    let sha = commit(&store, fields.needed("sha")?).await?;
    let (name, old) = named(&call)?;
    let forward = store.contains(&sha, &old).await?;
    if !forward && !force {
        return Err(refused("Update is not a fast forward"));
    }
    free(&call, &name, (!forward).then_some("Cannot force-push to this branch"))?;
    store.update_refs(&[(name.clone(), sha.clone(), Some(old))]).await?;
    call.inner.refresh(call.repository, &store).await?;
    Ok(Reply::ok(shown(&call, &name, &sha)?))
}

pub(crate) async fn delete(call: Call) -> Outcome {
    let store = call.store()?;
    let _writing = store.writing.lock().await;
    let (name, _) = named(&call)?;
    free(&call, &name, Some("Cannot delete this branch"))?;
    store.delete_ref(&name).await?;
    call.inner.refresh(call.repository, &store).await?;
    Ok(Reply::nothing())
}
