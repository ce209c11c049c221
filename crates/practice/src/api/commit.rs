//! Commits and comparisons.

use serde_json::{Value, json};

use super::{Call, no_commit};
use crate::body;
use crate::git::{Commit, Sha};
use crate::http::answer::{Outcome, Refusal, Reply};
use crate::http::page::{Page, linked};
use crate::http::path::encode;

/// GitHub lists at most this many files of a comparison and of a commit.
const MOST_FILES: usize = 300;
/// And this many commits of a comparison on one page.
const MOST_COMMITS: usize = 250;

pub(crate) async fn get(call: Call) -> Outcome {
    let name = call.params.get("ref").to_owned();
    let sha = call.resolve(&name).await?.ok_or_else(|| no_commit(&name))?;
    if call.wants("sha") {
        return Ok(Reply::raw(
            200,
            "application/vnd.github.sha; charset=utf-8",
            sha.as_str().as_bytes().to_vec(),
        ));
    }
    let store = call.store()?;
    let commit = store.commit(&sha).await?.ok_or_else(|| no_commit(&name))?;
    let change = match commit.parents.first() {
        Some(parent) => store.compare(parent, &sha).await?,
        None => None,
    };
    let mut body = call.read(|view, repository| {
        let mut body = body::commit::commit(view, repository, &commit);
        let files = change.as_ref().map(|c| c.files.as_slice()).unwrap_or_default();
        let (additions, deletions) = change.as_ref().map_or((0, 0), |c| (c.additions(), c.deletions()));
        let listed: Vec<Value> = files
            .iter()
            .take(MOST_FILES)
            .map(|file| body::commit::file(view, repository, &sha, file))
            .collect();
        let stats = json!({"additions": additions, "deletions": deletions, "total": additions + deletions});
        body::extend(&mut body, json!({"stats": stats, "files": listed}));
        body
    })?;
    if commit.parents.is_empty() {
        // The range does not list the files of a root commit.
        body::extend(&mut body, json!({"files": []}));
    }
    Ok(Reply::ok(body))
}

pub(crate) async fn compare(call: Call) -> Outcome {
    let basehead = call.params.get("basehead").to_owned();
    let (base_name, head_name) = basehead.split_once("...").ok_or_else(Refusal::not_found)?;
    let base = side(&call, base_name).await?;
    let head = side(&call, head_name).await?;
    let store = call.store()?;
    let compared = store.compare(&base, &head).await?;
    let compared = compared.ok_or_else(|| {
        Refusal::new(404, format!("No common ancestor between {base_name} and {head_name}."))
    })?;
    if call.wants("diff") {
        let diff = store.diff(&compared.merge_base, &head).await?;
        return Ok(Reply::raw(200, "application/vnd.github.diff; charset=utf-8", diff));
    }
    let page = Page::of(&call.query, MOST_COMMITS);
    let page = Page {
        per_page: if call.query.get("per_page").is_some() { page.per_page } else { MOST_COMMITS },
        ..page
    };
    let shown = page.cut(compared.ahead.clone());
    let commits = store.commits(&shown).await?;
    let known = |sha: &Sha| {
        let (store, sha) = (std::sync::Arc::clone(&store), sha.clone());
        async move { store.commit(&sha).await?.ok_or_else(Refusal::not_found) }
    };
    let (base_commit, merge_base) = (known(&base).await?, known(&compared.merge_base).await?);
    let status = match (compared.ahead.len(), compared.behind) {
        (0, 0) => "identical",
        (0, _) => "behind",
        (_, 0) => "ahead",
        _ => "diverged",
    };
    let body = call.read(|view, repository| {
        let one = |commit: &Commit| body::commit::commit(view, repository, commit);
        let files = compared.files.iter().take(if page.number == 1 { MOST_FILES } else { 0 });
        let page_url = format!("{}/compare/{}", body::repository::page(view, repository), encode(&basehead));
        json!({
            "url": format!("{}/compare/{}", body::repository::url(view, repository), encode(&basehead)),
            "html_url": page_url,
            "permalink_url": format!("{}/compare/{base}...{head}", body::repository::page(view, repository)),
            "diff_url": format!("{page_url}.diff"),
            "patch_url": format!("{page_url}.patch"),
            "base_commit": one(&base_commit),
            "merge_base_commit": one(&merge_base),
            "status": status,
            "ahead_by": compared.ahead.len(),
            "behind_by": compared.behind,
            "total_commits": compared.ahead.len(),
            "commits": commits.iter().map(|commit| one(commit)).collect::<Vec<_>>(),
            "files": files.map(|file| body::commit::file(view, repository, &head, file)).collect::<Vec<_>>(),
        })
    })?;
    let link = page.link(compared.ahead.len(), &call.listing(), &call.query);
    Ok(linked(Reply::ok(body), link))
}

/// One side of a comparison: a ref, perhaps with its owner before a colon.
async fn side(call: &Call, name: &str) -> Result<Sha, Refusal> {
    let name = match name.split_once(':') {
        Some((owner, name)) => {
            let own = call.read(|view, repository| {
                view.world
                    .accounts
                    .get(&repository.owner)
                    .is_some_and(|a| a.login.eq_ignore_ascii_case(owner))
            })?;
            if !own {
                return Err(Refusal::not_found());
            }
            name
        }
        None => name,
    };
    call.resolve(name).await?.ok_or_else(Refusal::not_found)
}
