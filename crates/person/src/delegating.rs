//! From what a person said about actions and their arguments to the grants of a capability: one grant an
//! action, and one more for each argument that may be there or not.
//!
//! A grant that mentions an argument demands it, and refuses what it does not mention.

use crate::action::{Action, CATALOGUE};
use crate::escape;
use crate::failure::{Failure, FailureKind, bad_value};
use bailiwick_authority::{ActionId, Capability, Constraint, Grant, Name, PublicKey, Resource, Text};
use bailiwick_client::Console;
use bailiwick_protocol::{ErrorCode, ResourceView};
use std::collections::BTreeMap;

/// What an argument may be, as a grant will say it.
#[derive(Clone, Debug)]
pub struct Said {
    /// The argument's name.
    pub name: String,
    /// What it may be.
    pub constraint: Constraint,
    /// Whether it may also be absent.
    pub may_be_absent: bool,
}

/// The constraints on an action's arguments: one map for each combination of those that may be absent.
fn variants(said: &[Said]) -> Vec<BTreeMap<String, Constraint>> {
    let mut variants = vec![BTreeMap::new()];
    for Said { name, constraint, may_be_absent } in said {
        let without = if *may_be_absent { variants.clone() } else { Vec::new() };
        for variant in &mut variants {
            variant.insert(name.clone(), constraint.clone());
        }
        variants.extend(without);
    }
    variants
}

/// The grants for one action on `resources` through `connection`.
pub fn grants(
    action: &Action,
    said: &[Said],
    connection: &Name,
    resources: &[Resource],
) -> Result<Vec<Grant>, Failure> {
    let catalogue: Name = CATALOGUE.parse().map_err(|why| bad_value("a catalogue", CATALOGUE, &why))?;
    let id: ActionId = action.action_id()?;
    let grant = |arguments| Grant {
        connection: connection.clone(),
        catalogue: catalogue.clone(),
        actions: vec![id.clone()],
        resources: resources.to_vec(),
        arguments,
    };
    Ok(variants(said).into_iter().map(grant).collect())
}

/// What to call a holder that nobody named.
pub fn label(agent: Option<&Name>, holder: &PublicKey) -> Result<Text, Failure> {
    let text = agent.map_or_else(|| format!("agent {}", holder.id().digest().short()), Name::to_string);
    text.parse().map_err(|why| bad_value("a label", &text, &why))
}

/// The repositories by name or by id, as the destination knows them now: what is signed is the id that is
/// never given to another repository.
pub async fn find_repositories(
    console: &Console,
    connection: &Name,
    wanted: &[String],
) -> Result<Vec<Resource>, Failure> {
    let reached = console.check(connection.as_str()).await?.resources;
    let mut found: Vec<Resource> = Vec::new();
    for repo in wanted {
        let view = reached
            .iter()
            .find(|view| view.name == *repo || view.id == *repo)
            .ok_or_else(|| not_reached(repo, connection, &reached))?;
        let resource = Resource {
            id: view.id.parse().map_err(|why| bad_value("a resource id", &view.id, &why))?,
            name: view.name.parse().map_err(|why| bad_value("a repository's name", &view.name, &why))?,
        };
        if !found.contains(&resource) {
            found.push(resource);
        }
    }
    Ok(found)
}

fn not_reached(repo: &str, connection: &Name, reached: &[ResourceView]) -> Failure {
    let alike = reached.iter().find(|view| view.name.eq_ignore_ascii_case(repo));
    let names: Vec<&str> = reached.iter().take(10).map(|view| view.name.as_str()).collect();
    let hint = match (alike, names.is_empty()) {
        (Some(view), _) => format!("names are compared exactly: there is `{}`", view.name),
        (None, true) => "give the App access to repositories in its installation's settings".to_owned(),
        (None, false) => format!(
            "it reaches {}{}; give the App access to more in its installation's settings",
            names.join(", "),
            if reached.len() > names.len() { ", …" } else { "" }
        ),
    };
    Failure::new(
        FailureKind::Broker(ErrorCode::OtherResource),
        format!("the connection `{connection}` reaches no repository `{repo}`"),
        hint,
    )
}

/// What the agent has to run, one line each.
pub fn next_steps(agent: Option<&Name>, capability: &Capability) -> Vec<String> {
    let grant = capability.grants.first();
    let action = grant.and_then(|grant| grant.actions.first());
    let known = crate::action::ACTIONS.iter().find(|one| Some(one.id) == action.map(|id| id.as_str()));
    let (alias, values) = known.map_or(("<action>", String::new()), |action| {
        let required = action.arguments.iter().filter(|parameter| parameter.required);
        (action.alias, required.map(|parameter| format!(" {}=…", parameter.name)).collect())
    });
    let repo = grant.and_then(|grant| grant.resources.first());
    let repo = repo.map_or("<repo>", |resource| resource.name.as_str());
    let (fetch, who) = match agent {
        Some(name) => (format!("bailiwick agent fetch {name}"), format!("--as {name}")),
        None => ("bailiwick agent fetch --key <its key file>".into(), "--key <its key file>".into()),
    };
    vec![fetch, format!("bailiwick request {alias} {who} --repo {}{values}", escape::line(repo))]
}
