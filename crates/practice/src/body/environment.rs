//! Environments: GitHub's `environment` and `deployment-branch-policy`.

use serde_json::{Value, json};

use super::{View, node, repository, user};
use crate::clock::stamp;
use crate::http::path::encode;
use crate::seed::EnvironmentRules;
use crate::world::Repository;

/// `environment`, with the rules that protect it.
pub(crate) fn environment(
    view: View<'_>,
    repository: &Repository,
    (place, name): (usize, &str),
    rules: &EnvironmentRules,
) -> Value {
    let (url, page) = (repository::url(view, repository), repository::page(view, repository));
    let id = 7_000_000 + place;
    let rule = |kind: &str, number: usize| {
        let id = id * 10 + number;
        json!({"id": id, "node_id": node("GateRule", id), "type": kind})
    };
    let mut protection = Vec::new();
    if rules.wait_minutes > 0 {
        let mut wait = rule("wait_timer", 1);
        super::extend(&mut wait, json!({"wait_timer": rules.wait_minutes}));
        protection.push(wait);
    }
    if !rules.reviewers.is_empty() {
        let people = rules.reviewers.iter().filter_map(|login| view.world.account(login));
        let people: Vec<Value> =
            people.map(|account| json!({"type": "User", "reviewer": user::of(view, account)})).collect();
        let mut reviewed = rule("required_reviewers", 2);
        let self_review = rules.prevent_self_review;
        super::extend(&mut reviewed, json!({"prevent_self_review": self_review, "reviewers": people}));
        protection.push(reviewed);
    }
    let policy = rules.branches.as_ref().map(|patterns| {
        protection.push(rule("branch_policy", 3));
        json!({"protected_branches": patterns.is_empty(), "custom_branch_policies": !patterns.is_empty()})
    });
    json!({
        "id": id,
        "node_id": node("Environment", id),
        "name": name,
        "url": format!("{url}/environments/{}", encode(name)),
        "html_url": format!("{page}/deployments/activity_log?environments_filter={}", encode(name)),
        "created_at": stamp(repository.created),
        "updated_at": stamp(repository.created),
        "protection_rules": protection,
        "deployment_branch_policy": policy,
    })
}

/// `deployment-branch-policy`.
pub(crate) fn pattern(place: usize, name: &str) -> Value {
    let id = 8_000_000 + place;
    json!({"id": id, "node_id": node("DeploymentBranchPolicy", id), "name": name, "type": "branch"})
}
