//! Check runs: GitHub's `check-run`.

use serde_json::{Value, json};

use super::{View, app, node, pull, repository, when};
use crate::world::{CheckRun, Repository};

/// `check-run`.
pub(crate) fn run(view: View<'_>, repository: &Repository, run: &CheckRun) -> Value {
    let url = format!("{}/check-runs/{}", repository::url(view, repository), run.id);
    let page = format!("{}/runs/{}", repository::page(view, repository), run.id);
    let pulls: Vec<Value> = repository
        .pulls
        .values()
        .filter(|pull| pull.open && pull.head_sha == run.sha)
        .map(|of| pull::minimal(view, repository, of))
        .collect();
    json!({
        "id": run.id,
        "name": run.name,
        "node_id": node("CheckRun", run.id),
        "head_sha": run.sha.as_str(),
        "external_id": run.external_id,
        "url": url,
        "html_url": page,
        "details_url": run.details_url.as_ref().unwrap_or(&page),
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": when(run.started),
        "completed_at": when(run.completed),
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": 0,
            "annotations_url": format!("{url}/annotations"),
        },
        "check_suite": {"id": run.suite},
        "app": view.world.apps.get(&run.app).map(|found| app::integration(view, found)),
        "pull_requests": pulls,
    })
}
