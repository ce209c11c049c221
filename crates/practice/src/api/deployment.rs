//! Deployments and how they are going.

use serde_json::{Value, json};

use super::Call;
use crate::body;
use crate::git::{Method, Sha};
use crate::http::answer::{Outcome, Refusal, Reply};
use crate::http::fields::Fields;
use crate::http::page::Page;
use crate::world::{Deployment, DeploymentStatus};

const STATES: [&str; 7] = ["error", "failure", "inactive", "in_progress", "queued", "pending", "success"];

pub(crate) async fn list(call: Call) -> Outcome {
    let query = &call.query;
    let fits = |deployment: &&Deployment| {
        let is = |name: &str, value: &str| {
            query.get(name).is_none_or(|wanted| wanted == value || wanted == "none")
        };
        is("sha", deployment.sha.as_str())
            && is("ref", &deployment.reference)
            && is("task", &deployment.task)
            && is("environment", &deployment.environment)
    };
    let all: Vec<Value> = call.read(|view, repository| {
        let found = repository.deployments.iter().rev().filter(fits);
        found.map(|deployment| body::deployment::deployment(view, repository, deployment)).collect()
    })?;
    Ok(Page::of(query, 30).reply(all, &call.listing(), query))
}

fn named(call: &Call) -> Result<Deployment, Refusal> {
    let id = call.number("deployment_id")?;
    call.read(|_, repository| repository.deployments.iter().find(|d| d.id == id).cloned())?
        .ok_or_else(Refusal::not_found)
}

pub(crate) async fn get(call: Call) -> Outcome {
    let deployment = named(&call)?;
    let body = call.read(|view, repository| body::deployment::deployment(view, repository, &deployment))?;
    Ok(Reply::ok(body))
}

pub(crate) async fn create(call: Call) -> Outcome {
    let fields = call.fields()?;
    let reference = fields.needed("ref")?.to_owned();
    let task = fields.text("task")?.unwrap_or("deploy").to_owned();
    let environment = fields.text("environment")?.unwrap_or("production").to_owned();
    let description = fields.text("description")?.map(str::to_owned);
    let payload = fields.value("payload").cloned().unwrap_or_else(|| json!({}));
    let production = fields.flag("production_environment")?.unwrap_or(environment == "production");
    let transient = fields.flag("transient_environment")?.unwrap_or(false);
    let auto_merge = fields.flag("auto_merge")?.unwrap_or(true);
    let missing = || Refusal::new(422, format!("No ref found for: {reference}"));
    let sha = call.resolve(&reference).await?.ok_or_else(missing)?;
    if auto_merge && let Some(reply) = merged_default(&call, &reference, &sha).await? {
        return Ok(reply);
    }
    contexts(&call, &fields, &reference, &sha)?;
    let ((creator, app), now) = (call.actors()?, call.now());
    let deployment = call.edit(|id, repository| {
        if !repository.environments.contains(&environment) {
            repository.environments.push(environment.clone());
        }
        let deployment = Deployment {
            id,
            sha,
            reference,
            task,
            payload,
            environment,
            description,
            creator,
            app,
            transient,
            production,
            created: now,
            updated: now,
            statuses: Vec::new(),
        };
        repository.deployments.push(deployment.clone());
        Ok(deployment)
    })?;
    let body = call.read(|view, repository| body::deployment::deployment(view, repository, &deployment))?;
    Ok(Reply::json(201, body))
}

/// With `auto_merge`, a branch that lacks commits of the default branch gets them, and the caller has to
/// ask again: 202.
async fn merged_default(call: &Call, reference: &str, sha: &Sha) -> Result<Option<Reply>, Refusal> {
    let store = call.store()?;
    let writing = store.writing.lock().await;
    let (is_branch, default, tip) = call.read(|_, repository| {
        let default = repository.default_branch.clone();
        (repository.branch(reference) == Some(sha), default.clone(), repository.branch(&default).cloned())
    })?;
    let Some(tip) = tip.filter(|_| is_branch && reference != default) else { return Ok(None) };
    if store.contains(sha, &tip).await? {
        return Ok(None);
    }
    let author = call.signature()?;
    let message = format!("Merge {default} into {reference}");
    let Some(commit) = store.merge(Method::Merge, (sha, &tip), &author, &message).await? else {
        return Err(Refusal::new(409, format!("Conflict merging {default} into {reference}.")));
    };
    store.update_refs(&[(format!("refs/heads/{reference}"), commit, Some(sha.clone()))]).await?;
    call.inner.refresh(call.repository, &store).await?;
    drop(writing);
    let message = format!("Auto-merged {default} into {reference} on deployment.");
    Ok(Some(Reply::json(202, json!({"message": message}))))
}

/// Unless the caller names the contexts that matter, every status and check of the commit has to be good.
fn contexts(call: &Call, fields: &Fields, reference: &str, sha: &Sha) -> Result<(), Refusal> {
    let wanted = fields.list("required_contexts", "a string", |v| v.as_str().map(str::to_owned))?;
    let open: Vec<Value> = call.read(|_, repository| {
        let checks = repository.latest_checks(sha).into_iter().map(|run| {
            let good = matches!(run.conclusion.as_deref(), Some("success" | "neutral" | "skipped"));
            (
                run.name.clone(),
                if good { "success" } else { run.conclusion.as_deref().unwrap_or("pending") }.to_owned(),
            )
        });
        let statuses =
            repository.latest_statuses(sha).into_iter().map(|s| (s.context.clone(), s.state.clone()));
        let known: Vec<(String, String)> = checks.chain(statuses).collect();
        let all: Vec<(String, String)> = match &wanted {
            None => known,
            Some(names) => names
                .iter()
                .map(|name| {
                    let found = known.iter().find(|(context, _)| context == name);
                    found.cloned().unwrap_or_else(|| (name.clone(), "pending".to_owned()))
                })
                .collect(),
        };
        let open = all.into_iter().filter(|(_, state)| state != "success");
        open.map(|(context, state)| json!({"context": context, "state": state})).collect()
    })?;
    if open.is_empty() {
        return Ok(());
    }
    let errors = json!([{"contexts": open, "resource": "Deployment", "field": "required_contexts", "code": "invalid"}]);
    let words = format!("Conflict: Commit status checks failed for {reference}.");
    Err(Refusal { errors: Some(Box::new(errors)), ..Refusal::new(409, words) })
}

pub(crate) async fn statuses(call: Call) -> Outcome {
    let deployment = named(&call)?;
    let all: Vec<Value> = call.read(|view, repository| {
        let newest_first = deployment.statuses.iter().rev();
        newest_first.map(|status| body::deployment::status(view, repository, &deployment, status)).collect()
    })?;
    Ok(Page::of(&call.query, 30).reply(all, &call.listing(), &call.query))
}

pub(crate) async fn report(call: Call) -> Outcome {
    let deployment = named(&call)?;
    let fields = call.fields()?;
    fields.needed("state")?;
    let state = fields.choice("state", &STATES)?.unwrap_or_default().to_owned();
    let description = fields.text("description")?.unwrap_or_default().to_owned();
    if description.chars().count() > 140 {
        let words = "description is too long (maximum is 140 characters)";
        return Err(Refusal::invalid("DeploymentStatus", "description", "custom", Some(words)));
    }
    let text = |name: &str| Ok::<_, Refusal>(fields.text(name)?.filter(|t| !t.is_empty()).map(str::to_owned));
    let log_url = match text("log_url")? {
        Some(url) => Some(url),
        None => text("target_url")?,
    };
    let environment = text("environment")?.unwrap_or_else(|| deployment.environment.clone());
    let environment_url = text("environment_url")?;
    let auto_inactive = fields.flag("auto_inactive")?.unwrap_or(true);
    let ((creator, app), created) = (call.actors()?, call.now());
    if state == "success" && auto_inactive {
        let by = (creator, app);
        retire(&call, &deployment, by)?;
    }
    let status = call.edit(|id, repository| {
        let status = DeploymentStatus {
            id,
            state,
            description,
            environment,
            environment_url,
            log_url,
            creator,
            app,
            created,
        };
        let found = repository.deployments.iter_mut().find(|d| d.id == deployment.id);
        let found = found.ok_or_else(Refusal::not_found)?;
        found.updated = created;
        found.statuses.push(status.clone());
        Ok(status)
    })?;
    let body =
        call.read(|view, repository| body::deployment::status(view, repository, &deployment, &status))?;
    Ok(Reply::created(body))
}

/// Earlier successful deployments of the same environment become inactive, unless they are for production
/// or not meant to stay.
fn retire(call: &Call, by: &Deployment, (creator, app): (u64, Option<u64>)) -> Result<(), Refusal> {
    let created = call.now();
    let earlier: Vec<u64> = call.read(|_, repository| {
        let others =
            repository.deployments.iter().filter(|d| d.id != by.id && d.environment == by.environment);
        let standing = others.filter(|d| !d.transient && !d.production);
        standing.filter(|d| d.statuses.last().is_some_and(|s| s.state == "success")).map(|d| d.id).collect()
    })?;
    for deployment in earlier {
        call.edit(|id, repository| {
            if let Some(found) = repository.deployments.iter_mut().find(|d| d.id == deployment) {
                found.statuses.push(DeploymentStatus {
                    id,
                    state: "inactive".to_owned(),
                    description: String::new(),
                    environment: found.environment.clone(),
                    environment_url: None,
                    log_url: None,
                    creator,
                    app,
                    created,
                });
            }
            Ok(())
        })?;
    }
    Ok(())
}
