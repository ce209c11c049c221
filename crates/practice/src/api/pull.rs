//! Pull requests: listed, read, opened and edited.

use std::sync::Arc;

use serde_json::Value;

use super::Call;
use crate::body::{self, pull::Computed};
use crate::git::{Comparison, Sha, Trial};
use crate::http::answer::{Outcome, Refusal, Reply};
use crate::http::caller::Caller;
use crate::http::page::Page;
use crate::protection;
use crate::seed::Role;
use crate::world::Pull;

/// GitHub lists at most this many files of a pull request, and this many commits.
const MOST_FILES: usize = 3000;
const MOST_COMMITS: usize = 250;

pub(crate) async fn list(call: Call) -> Outcome {
    let query = &call.query;
    let state = query.get("state").unwrap_or("open");
    let ascending =
        query.get("direction").map_or(matches!(query.get("sort"), Some(s) if s != "created"), |d| d == "asc");
    let mut found: Vec<Pull> = call.read(|view, repository| {
        let owner = view.world.accounts.get(&repository.owner).map(|a| a.login.clone()).unwrap_or_default();
        let fits = |pull: &&Pull| {
            let head = query.get("head").is_none_or(|head| {
                // Without an owner GitHub does not filter at all.
                head.split_once(':')
                    .is_none_or(|(o, name)| o.eq_ignore_ascii_case(&owner) && name == pull.head_ref)
            });
            let state = match state {
                "all" => true,
                "closed" => !pull.open,
                _ => pull.open,
            };
            head && state && query.get("base").is_none_or(|base| base == pull.base_ref)
        };
        repository.pulls.values().filter(fits).cloned().collect()
    })?;
    if query.get("sort") == Some("updated") {
        found.sort_by_key(|pull| pull.updated);
    }
    if !ascending {
        found.reverse();
    }
    let page = Page::of(query, 30);
    let total = found.len();
    let shown = page.cut(found);
    let mut bodies = Vec::new();
    for pull in &shown {
        let (merge, _) = merges(&call, pull).await?;
        bodies
            .push(call.read(|view, repository| body::pull::simple(view, repository, pull, merge.as_ref()))?);
    }
    let link = page.link(total, &call.listing(), query);
    Ok(crate::http::page::linked(Reply::ok(Value::Array(bodies)), link))
}

/// The pull request that the path names.
pub(crate) fn named(call: &Call) -> Result<Pull, Refusal> {
    let number = call.number("pull_number")?;
    call.read(|_, repository| repository.pulls.get(&number).cloned())?.ok_or_else(Refusal::not_found)
}

/// The commit that GitHub shows as the merge, and whether the two merge at all (none when it is not open).
async fn merges(call: &Call, pull: &Pull) -> Result<(Option<Sha>, Option<bool>), Refusal> {
    if let Some(merged) = &pull.merged {
        return Ok((Some(merged.commit.clone()), None));
    }
    let Some(base) = call.read(|_, repository| repository.branch(&pull.base_ref).cloned())? else {
        return Ok((None, None));
    };
    if !pull.open {
        return Ok((None, None));
    }
    Ok(match &*call.store()?.trial(&base, &pull.head_sha).await? {
        Trial::Clean { commit, .. } => (Some(commit.clone()), Some(true)),
        Trial::Conflict => (None, Some(false)),
    })
}

/// What changed: against the base as it is while the pull request is open, as it was once it went in.
pub(crate) async fn comparison(call: &Call, pull: &Pull) -> Result<Option<Arc<Comparison>>, Refusal> {
    let base = call.read(|_, repository| repository.branch(&pull.base_ref).cloned())?;
    let base = base.filter(|_| pull.open).unwrap_or_else(|| pull.base_sha.clone());
    Ok(call.store()?.compare(&base, &pull.head_sha).await?)
}

/// The whole body of a pull request.
pub(crate) async fn body(call: &Call, pull: &Pull) -> Result<Value, Refusal> {
    let comparison = comparison(call, pull).await?;
    let (merge_commit, mergeable) = merges(call, pull).await?;
    let behind = comparison.as_ref().is_some_and(|c| c.behind > 0);
    call.read(|view, repository| {
        let strict = repository.protected(&pull.base_ref).is_some_and(|p| p.strict);
        let failed = repository
            .latest_checks(&pull.head_sha)
            .iter()
            .any(|run| !matches!(run.conclusion.as_deref(), Some("success" | "neutral" | "skipped")));
        let state = match mergeable {
            None => "unknown",
            Some(false) => "dirty",
            Some(true) if pull.draft => "draft",
            Some(true) if strict && behind => "behind",
            Some(true) if protection::unmet(view.world, repository, pull).is_some() => "blocked",
            Some(true) if failed => "unstable",
            Some(true) => "clean",
        };
        let computed = Computed { mergeable, state, merge_commit, comparison: comparison.as_deref() };
        body::pull::full(view, repository, pull, &computed)
    })
}

pub(crate) async fn get(call: Call) -> Outcome {
    let pull = named(&call)?;
    if call.wants("diff") {
        let compared = comparison(&call, &pull).await?.ok_or_else(Refusal::not_found)?;
        let diff = call.store()?.diff(&compared.merge_base, &pull.head_sha).await?;
        return Ok(Reply::raw(200, "application/vnd.github.diff; charset=utf-8", diff));
    }
    Ok(Reply::ok(body(&call, &pull).await?))
}

pub(crate) async fn files(call: Call) -> Outcome {
    let pull = named(&call)?;
    let compared = comparison(&call, &pull).await?;
    let page = Page::of(&call.query, 30);
    let all: Vec<_> = compared.iter().flat_map(|c| c.files.iter().take(MOST_FILES).cloned()).collect();
    let link = page.link(all.len(), &call.listing(), &call.query);
    let shown = page.cut(all);
    let body = call.read(|view, repository| {
        shown
            .iter()
            .map(|file| body::commit::file(view, repository, &pull.head_sha, file))
            .collect::<Vec<_>>()
    })?;
    Ok(crate::http::page::linked(Reply::ok(Value::Array(body)), link))
}

pub(crate) async fn commits(call: Call) -> Outcome {
    let pull = named(&call)?;
    let compared = comparison(&call, &pull).await?;
    let ahead: Vec<Sha> = compared.iter().flat_map(|c| c.ahead.iter().take(MOST_COMMITS).cloned()).collect();
    let commits = call.store()?.commits(&ahead).await?;
    let all = call.read(|view, repository| {
        commits.iter().map(|commit| body::commit::commit(view, repository, commit)).collect::<Vec<_>>()
    })?;
    Ok(Page::of(&call.query, 30).reply(all, &call.listing(), &call.query))
}

pub(crate) async fn create(call: Call) -> Outcome {
    let fields = call.fields()?;
    let title = fields.needed("title")?.to_owned();
    let head = fields.needed("head")?;
    let base = fields.needed("base")?.to_owned();
    let body = fields.text("body")?.map(str::to_owned);
    let draft = fields.flag("draft")?.unwrap_or(false);
    let maintainer_can_modify = fields.flag("maintainer_can_modify")?.unwrap_or(false);
    let invalid = |field: &str| Refusal::invalid("PullRequest", field, "invalid", None);
    if title.trim().is_empty() {
        return Err(Refusal::invalid("PullRequest", "title", "missing_field", None));
    }
    let owner = call.read(|view, repository| {
        view.world.accounts.get(&repository.owner).map(|a| a.login.clone()).unwrap_or_default()
    })?;
    let head_ref = match head.split_once(':') {
        Some((o, name)) if o.eq_ignore_ascii_case(&owner) => name.to_owned(),
        Some(_) => return Err(invalid("head")),
        None => head.to_owned(),
    };
    let tips = call
        .read(|_, repository| (repository.branch(&head_ref).cloned(), repository.branch(&base).cloned()))?;
    let (head_sha, base_sha) =
        (tips.0.ok_or_else(|| invalid("head"))?, tips.1.ok_or_else(|| invalid("base"))?);
    let compared = call.store()?.compare(&base_sha, &head_sha).await?;
    let custom = |message: String| Refusal::custom("PullRequest", &message);
    match compared {
        None => return Err(custom(format!("The {head_ref} branch has no history in common with {base}"))),
        Some(compared) if compared.ahead.is_empty() => {
            return Err(custom(format!("No commits between {base} and {head_ref}")));
        }
        Some(_) => {}
    }
    let (author, now) = (call.actor()?, call.now());
    let pull = call.edit(|id, repository| {
        if repository.pulls.values().any(|p| p.open && p.head_ref == head_ref && p.base_ref == base) {
            return Err(custom(format!("A pull request already exists for {owner}:{head_ref}.")));
        }
        let pull = Pull {
            id,
            number: repository.fresh_number(),
            title,
            body,
            author,
            head_ref,
            head_sha,
            base_ref: base,
            base_sha,
            draft,
            open: true,
            created: now,
            updated: now,
            closed: None,
            merged: None,
            maintainer_can_modify,
            reviews: Vec::new(),
        };
        repository.pulls.insert(pull.number, pull.clone());
        Ok(pull)
    })?;
    Ok(Reply::created(self::body(&call, &pull).await?))
}

pub(crate) async fn update(call: Call) -> Outcome {
    let pull = named(&call)?;
    let fields = call.fields()?;
    if let Caller::User { account } = call.caller {
        let writer =
            call.read(|view, repository| view.world.role(repository, account) >= Some(Role::Write))?;
        if !writer && pull.author != account {
            return Err(call.caller.lacks());
        }
    }
    let state = fields.choice("state", &["open", "closed"])?;
    let (title, text) = (fields.text("title")?, fields.value("body").map(|v| v.as_str().map(str::to_owned)));
    let base = fields.text("base")?;
    let now = call.now();
    let invalid = |field: &str| Refusal::invalid("PullRequest", field, "invalid", None);
    let pull = call.edit(|_, repository| {
        let base_sha = match base {
            Some(base) => Some(repository.branch(base).cloned().ok_or_else(|| invalid("base"))?),
            None => None,
        };
        let head_there = repository.branch(&pull.head_ref).cloned();
        let pull = repository.pulls.get_mut(&pull.number).ok_or_else(Refusal::not_found)?;
        match (state, pull.open) {
            (Some("open"), false) => {
                let head = head_there.filter(|_| pull.merged.is_none()).ok_or_else(|| invalid("state"))?;
                pull.open = true;
                pull.closed = None;
                pull.head_sha = head;
            }
            (Some("closed"), true) => {
                pull.open = false;
                pull.closed = Some(now);
            }
            _ => {}
        }
        if let (Some(base), Some(sha)) = (base, base_sha) {
            base.clone_into(&mut pull.base_ref);
            pull.base_sha = sha;
        }
        if let Some(title) = title {
            title.clone_into(&mut pull.title);
        }
        if let Some(text) = text {
            pull.body = text;
        }
        pull.updated = now;
        Ok(pull.clone())
    })?;
    Ok(Reply::ok(body(&call, &pull).await?))
}
