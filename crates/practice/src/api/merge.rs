//! Merging a pull request, for real: the base moves from exactly the commit that was judged, or not at all.

use serde_json::json;

use super::{Call, pull};
use crate::git::{Method, Sha, Trial};
use crate::http::answer::{Outcome, Refusal, Reply};
use crate::http::caller::Caller;
use crate::protection;
use crate::seed::Role;
use crate::world::Pull;

fn refused(message: impl Into<String>) -> Refusal {
    Refusal::new(405, message)
}

pub(crate) async fn merge(call: Call) -> Outcome {
    let fields = call.fields()?;
    let method = match fields.choice("merge_method", &["merge", "squash", "rebase"])? {
        Some("squash") => Method::Squash,
        Some("rebase") => Method::Rebase,
        _ => Method::Merge,
    };
    let expected = fields.text("sha")?.map(str::to_owned);
    let title = fields.text("commit_title")?.map(str::to_owned);
    let message = fields.text("commit_message")?.map(str::to_owned);
    let store = call.store()?;
    let writing = store.writing.lock().await;
    let pull = pull::named(&call)?;
    let base = ready(&call, &pull, method, expected.as_deref()).await?;
    if let Trial::Conflict = &*store.trial(&base, &pull.head_sha).await? {
        return Err(refused("Pull Request is not mergeable"));
    }
    let message = words(&call, &pull, method, (title, message)).await?;
    let (actor, author) = (call.actor()?, call.signature()?);
    let made = store.merge(method, (&base, &pull.head_sha), &author, &message).await?;
    let commit = made.ok_or_else(|| refused("This branch can't be rebased"))?;
    let name = format!("refs/heads/{}", pull.base_ref);
    if store.update_refs(&[(name, commit.clone(), Some(base))]).await.is_err() {
        return Err(refused("Base branch was modified. Review and try the merge again."));
    }
    call.edit(|_, repository| {
        let pull = repository.pulls.get_mut(&pull.number).ok_or_else(Refusal::not_found)?;
        pull.merge(commit.clone(), actor, author.at);
        Ok(())
    })?;
    call.inner.refresh(call.repository, &store).await?;
    drop(writing);
    Ok(Reply::ok(
        json!({"sha": commit.as_str(), "merged": true, "message": "Pull Request successfully merged"}),
    ))
}

/// Everything that has to be so before a merge is tried. Returns the tip of the base that it is judged with.
async fn ready(call: &Call, pull: &Pull, method: Method, expected: Option<&str>) -> Result<Sha, Refusal> {
    if !pull.open {
        return Err(refused("Pull Request is not mergeable"));
    }
    if let Some(expected) = expected {
        if Sha::parse(expected).is_none() {
            return Err(Refusal::invalid("PullRequest", "sha", "invalid", None));
        }
        if expected != pull.head_sha.as_str() {
            return Err(Refusal::new(409, "Head branch was modified. Review and try the merge again."));
        }
    }
    if pull.draft {
        return Err(refused("Pull Request is still a draft"));
    }
    let (allowed, base, strict, unmet) = call.read(|view, repository| {
        let allowed = match method {
            Method::Merge => (repository.allow_merge, "Merge commits are not allowed on this repository."),
            Method::Squash => (repository.allow_squash, "Squash merges are not allowed on this repository."),
            Method::Rebase => (repository.allow_rebase, "Rebase merges are not allowed on this repository."),
        };
        let protection = repository.protected(&pull.base_ref);
        let above = matches!(call.caller, Caller::User { account } if view.world.role(repository, account) == Some(Role::Admin))
            && protection.is_some_and(|p| !p.enforce_admins);
        let unmet = if above { None } else { protection::unmet(view.world, repository, pull) };
        let strict = !above && protection.is_some_and(|p| p.strict);
        (allowed, repository.branch(&pull.base_ref).cloned(), strict, unmet)
    })?;
    if let (false, words) = allowed {
        return Err(refused(words));
    }
    let base = base.ok_or_else(|| refused("Pull Request is not mergeable"))?;
    if let Some(words) = unmet {
        return Err(refused(words));
    }
    if strict && !call.store()?.contains(&pull.head_sha, &base).await? {
        return Err(refused("Head branch is out of date. Review and try the merge again."));
    }
    Ok(base)
}

/// The message of the merge: what was asked for, or GitHub's own.
async fn words(
    call: &Call,
    pull: &Pull,
    method: Method,
    (title, message): (Option<String>, Option<String>),
) -> Result<String, Refusal> {
    let owner = call.read(|view, repository| {
        view.world.accounts.get(&repository.owner).map(|a| a.login.clone()).unwrap_or_default()
    })?;
    let (own_title, own_message) = if method == Method::Squash {
        let compared = pull::comparison(call, pull).await?;
        let ahead = compared.map(|c| c.ahead.clone()).unwrap_or_default();
        let commits = call.store()?.commits(&ahead).await?;
        let lines: Vec<String> = commits.iter().map(|commit| format!("* {}", commit.message)).collect();
        (format!("{} (#{})", pull.title, pull.number), lines.join("\n\n"))
    } else {
        let title = format!("Merge pull request #{} from {owner}/{}", pull.number, pull.head_ref);
        (title, pull.title.clone())
    };
    let title = title.unwrap_or(own_title);
    let message = message.unwrap_or(own_message);
    Ok(if message.is_empty() { title } else { format!("{title}\n\n{message}") })
}
