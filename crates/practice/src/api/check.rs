//! Check runs: listed for a commit, reported and changed by the App.

use jiff::Timestamp;
use serde_json::Value;

use super::{Call, no_commit};
use crate::body;
use crate::http::answer::{Outcome, Refusal, Reply};
use crate::http::fields::Fields;
use crate::http::page::Page;
use crate::world::{CheckRun, suite};

const STATES: [&str; 3] = ["queued", "in_progress", "completed"];
const CONCLUSIONS: [&str; 7] =
    ["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"];

pub(crate) async fn list(call: Call) -> Outcome {
    let name = call.params.get("ref").to_owned();
    let sha = call.resolve(&name).await?.ok_or_else(|| no_commit(&name))?;
    let query = &call.query;
    let app =
        query.get("app_id").map(|id| id.parse::<u64>().map_err(|_| Refusal::new(422, "Invalid app_id")));
    let app = app.transpose()?;
    let fits = |run: &CheckRun| {
        query.get("check_name").is_none_or(|name| name == run.name)
            && query.get("status").is_none_or(|status| status == run.status)
            && app.is_none_or(|app| app == run.app)
    };
    let all: Vec<Value> = call.read(|view, repository| {
        let mut runs: Vec<&CheckRun> = if query.get("filter") == Some("all") {
            repository.checks.iter().filter(|run| run.sha == sha).collect()
        } else {
            repository.latest_checks(&sha)
        };
        runs.reverse();
        runs.into_iter().filter(|run| fits(run)).map(|run| body::check::run(view, repository, run)).collect()
    })?;
    Ok(Page::of(query, 30).envelope("check_runs", all, &call.listing(), query))
}

pub(crate) async fn create(call: Call) -> Outcome {
    let fields = call.fields()?;
    let name = fields.needed("name")?.to_owned();
    let head = fields.needed("head_sha")?.to_owned();
    let sha = call.store()?.expand(&head).await?.ok_or_else(|| no_commit(&head))?;
    let app = call.actors()?.1.ok_or_else(|| Refusal::new(403, "You must authenticate via a GitHub App."))?;
    let now = call.now();
    let id = call.edit(|id, repository| {
        let mut run = CheckRun {
            id,
            suite: suite(app, &sha),
            app,
            name,
            sha,
            status: "queued".to_owned(),
            conclusion: None,
            started: Some(now),
            completed: None,
            external_id: String::new(),
            details_url: None,
            title: None,
            summary: None,
            text: None,
        };
        apply(&mut run, &fields, now)?;
        repository.checks.push(run);
        Ok(id)
    })?;
    Ok(Reply::json(201, one(&call, id)?))
}

pub(crate) async fn update(call: Call) -> Outcome {
    let id = call.number("check_run_id")?;
    let fields = call.fields()?;
    let app = call.actors()?.1.ok_or_else(|| Refusal::new(403, "You must authenticate via a GitHub App."))?;
    let now = call.now();
    call.edit(|_, repository| {
        let run = repository.checks.iter_mut().find(|run| run.id == id).ok_or_else(Refusal::not_found)?;
        if run.app != app {
            let words = format!(
                "Invalid app_id `{app}` - check run can only be modified by the GitHub App that created it."
            );
            return Err(Refusal::new(403, words));
        }
        let mut changed = run.clone();
        if let Some(name) = fields.text("name")? {
            name.clone_into(&mut changed.name);
        }
        apply(&mut changed, &fields, now)?;
        *run = changed;
        Ok(())
    })?;
    Ok(Reply::ok(one(&call, id)?))
}

fn one(call: &Call, id: u64) -> Result<Value, Refusal> {
    let body = call.read(|view, repository| {
        repository.checks.iter().find(|run| run.id == id).map(|run| body::check::run(view, repository, run))
    })?;
    body.ok_or_else(Refusal::not_found)
}

/// Takes over what a body says of a run. A conclusion completes it; completing it needs a conclusion.
fn apply(run: &mut CheckRun, fields: &Fields, now: Timestamp) -> Result<(), Refusal> {
    let conclusion = fields.choice("conclusion", &CONCLUSIONS)?.map(str::to_owned);
    let status = fields.choice("status", &STATES)?;
    if status == Some("completed") && conclusion.is_none() && run.conclusion.is_none() {
        let words = "Invalid request.\n\n\"conclusion\" wasn't supplied.";
        return Err(Refusal::new(422, words));
    }
    if let Some(status) = status {
        status.clone_into(&mut run.status);
        if status != "completed" {
            run.conclusion = None;
            run.completed = None;
        }
    }
    if conclusion.is_some() {
        "completed".clone_into(&mut run.status);
        run.conclusion = conclusion;
        run.completed = time(fields, "completed_at")?.or(Some(now));
    }
    run.started = time(fields, "started_at")?.or(run.started);
    if let Some(id) = fields.text("external_id")? {
        id.clone_into(&mut run.external_id);
    }
    if let Some(url) = fields.text("details_url")? {
        run.details_url = Some(url.to_owned());
    }
    if let Some(output) = fields.object("output")? {
        run.summary = Some(output.needed("summary")?.to_owned());
        run.title = output.text("title")?.map(str::to_owned).or(run.title.take());
        run.text = output.text("text")?.map(str::to_owned).or(run.text.take());
    }
    Ok(())
}

fn time(fields: &Fields, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = fields.text(name)? else { return Ok(None) };
    let words = || {
        Refusal::new(
            422,
            format!("Invalid request.\n\nFor 'properties/{name}', \"{text}\" is not a valid date-time."),
        )
    };
    text.parse().map(Some).map_err(|_| words())
}
