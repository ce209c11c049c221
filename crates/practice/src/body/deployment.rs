//! Deployments: GitHub's `deployment` and `deployment-status`.

use serde_json::{Value, json};

use super::{View, app, node, repository, user};
use crate::clock::stamp;
use crate::world::{Deployment, DeploymentStatus, Repository};

fn via(view: View<'_>, id: Option<u64>) -> Value {
    id.and_then(|id| view.world.apps.get(&id)).map_or(Value::Null, |found| app::integration(view, found))
}

/// `deployment`.
pub(crate) fn deployment(view: View<'_>, repository: &Repository, deployment: &Deployment) -> Value {
    let url = repository::url(view, repository);
    let own = format!("{url}/deployments/{}", deployment.id);
    json!({
        "url": own,
        "id": deployment.id,
        "node_id": node("Deployment", deployment.id),
        "sha": deployment.sha.as_str(),
        "ref": deployment.reference,
        "task": deployment.task,
        "payload": deployment.payload,
        "original_environment": deployment.environment,
        "environment": deployment.environment,
        "description": deployment.description,
        "creator": user::simple(view, deployment.creator),
        "created_at": stamp(deployment.created),
        "updated_at": stamp(deployment.updated),
        "statuses_url": format!("{own}/statuses"),
        "repository_url": url,
        "transient_environment": deployment.transient,
        "production_environment": deployment.production,
        "performed_via_github_app": via(view, deployment.app),
    })
}

/// `deployment-status`. Where no log was named, the addresses lead to the repository's deployments:
/// GitHub's description demands an address there.
pub(crate) fn status(
    view: View<'_>,
    repository: &Repository,
    of: &Deployment,
    status: &DeploymentStatus,
) -> Value {
    let url = repository::url(view, repository);
    let own = format!("{url}/deployments/{}", of.id);
    let page = format!("{}/deployments", repository::page(view, repository));
    let log = status.log_url.as_ref().unwrap_or(&page);
    json!({
        "url": format!("{own}/statuses/{}", status.id),
        "id": status.id,
        "node_id": node("DeploymentStatus", status.id),
        "state": status.state,
        "creator": user::simple(view, status.creator),
        "description": status.description,
        "environment": status.environment,
        "environment_url": status.environment_url.as_ref().unwrap_or(&page),
        "target_url": log,
        "log_url": log,
        "created_at": stamp(status.created),
        "updated_at": stamp(status.created),
        "deployment_url": own,
        "repository_url": url,
        "performed_via_github_app": via(view, status.app),
    })
}
