//! Commit statuses.

use serde_json::Value;

use super::Call;
use crate::body;
use crate::git::Sha;
use crate::http::answer::{Outcome, Refusal, Reply};
use crate::http::page::{Page, linked};
use crate::world::Status;

async fn commit(call: &Call) -> Result<Sha, Refusal> {
    let name = call.params.get("ref").to_owned();
    call.resolve(&name).await?.ok_or_else(Refusal::not_found)
}

pub(crate) async fn combined(call: Call) -> Outcome {
    let sha = commit(&call).await?;
    let page = Page::of(&call.query, 30);
    let (body, total) = call.read(|view, repository| {
        let latest = repository.latest_statuses(&sha);
        let shown = page.cut(latest.clone());
        (body::status::combined(view, repository, &sha, &latest, &shown), latest.len())
    })?;
    Ok(linked(Reply::ok(body), page.link(total, &call.listing(), &call.query)))
}

pub(crate) async fn list(call: Call) -> Outcome {
    let sha = commit(&call).await?;
    let all: Vec<Value> = call.read(|view, repository| {
        let on = repository.statuses.iter().rev().filter(|status| status.sha == sha);
        on.map(|status| body::status::status(view, repository, status)).collect()
    })?;
    Ok(Page::of(&call.query, 30).reply(all, &call.listing(), &call.query))
}

pub(crate) async fn create(call: Call) -> Outcome {
    let name = call.params.get("sha").to_owned();
    let fields = call.fields()?;
    fields.needed("state")?;
    let state =
        fields.choice("state", &["error", "failure", "pending", "success"])?.unwrap_or_default().to_owned();
    let missing = || Refusal::new(422, format!("No commit found for SHA: {name}"));
    let sha = Sha::parse(&name).ok_or_else(missing)?;
    call.store()?.commit(&sha).await?.ok_or_else(missing)?;
    let context = fields.text("context")?.unwrap_or("default").to_owned();
    let description = fields.text("description")?.map(str::to_owned);
    if description.as_ref().is_some_and(|text| text.chars().count() > 140) {
        let words = "description is too long (maximum is 140 characters)";
        return Err(Refusal::invalid("Status", "description", "custom", Some(words)));
    }
    let target_url = fields.text("target_url")?.map(str::to_owned);
    let (creator, created) = (call.actor()?, call.now());
    let status = call.edit(|id, repository| {
        let status = Status { id, sha, context, state, description, target_url, creator, created };
        repository.statuses.push(status.clone());
        Ok(status)
    })?;
    let body = call.read(|view, repository| body::status::status(view, repository, &status))?;
    Ok(Reply::created(body))
}
