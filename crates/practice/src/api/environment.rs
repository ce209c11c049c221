//! Deployment environments and what protects them.

use serde_json::json;

use super::Call;
use crate::body;
use crate::http::answer::{Outcome, Refusal, Reply};
use crate::http::page::{Page, linked};
use crate::seed::EnvironmentRules;

/// The environment that the path names, as it is written, and what protects it.
fn named(call: &Call) -> Result<(usize, String, EnvironmentRules), Refusal> {
    let name = call.params.get("environment_name").to_owned();
    call.read(|_, repository| {
        let known =
            repository.environments.iter().enumerate().find(|(_, known)| known.eq_ignore_ascii_case(&name));
        known.map(|(place, name)| {
            (place, name.clone(), repository.environment_rules.get(name).cloned().unwrap_or_default())
        })
    })?
    .ok_or_else(Refusal::not_found)
}

pub(crate) async fn get(call: Call) -> Outcome {
    let (place, name, rules) = named(&call)?;
    Ok(Reply::ok(
        call.read(|view, repository| {
            body::environment::environment(view, repository, (place, &name), &rules)
        })?,
    ))
}

pub(crate) async fn branches(call: Call) -> Outcome {
    let (_, _, rules) = named(&call)?;
    let all = rules.branches.unwrap_or_default();
    let page = Page::of(&call.query, 30);
    let total = all.len();
    let link = page.link(total, &call.listing(), &call.query);
    let shown: Vec<_> = page.cut(all.into_iter().enumerate().collect());
    let listed: Vec<_> = shown.iter().map(|(place, name)| body::environment::pattern(*place, name)).collect();
    Ok(linked(Reply::ok(json!({"total_count": total, "branch_policies": listed})), link))
}
