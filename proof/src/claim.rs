//! What is to be shown, as policies: a claim holds when whatever the guard allows is allowed by it too.

use std::collections::{BTreeMap, BTreeSet};

/// The effects that are sets, and those that are flags, as the context names them.
const SETS: [&str; 2] = ["moves_ref", "deploys"];
const FLAGS: [&str; 7] =
    ["reads", "runs_code", "publishes", "changes_settings", "discloses", "spends", "deletes"];

/// Only a reviewed merge moves `main`; everything that does not move it is another claim's business.
pub(crate) fn main_moves_by_reviewed_merge(action: &str) -> String {
    let elsewhere = "permit (principal, action, resource)\n\
                     unless { context.effects.moves_ref.contains(\"refs/heads/main\") };\n";
    if action != "pulls/merge" {
        return elsewhere.to_owned();
    }
    format!(
        "{elsewhere}permit (principal, action, resource)\n\
         when {{\n\
           context has merge &&\n\
           context.merge.target == \"refs/heads/main\" &&\n\
           !context.merge.approving_reviewers.isEmpty() &&\n\
           !context.merge.approving_reviewers.contains(context.merge.author.login)\n\
         }};\n"
    )
}

/// What no request that reaches a guard is like: an effect that the schema does not give the action (the broker
/// refuses it before), or facts of another action (the broker never puts them there). Without this the solver
/// would make up requests that no guard ever sees.
pub(crate) fn as_the_broker_asks(
    action: &str,
    effects: &BTreeSet<String>,
    facts: &BTreeMap<String, String>,
) -> String {
    let sets = SETS.iter().filter(|name| !effects.contains(**name));
    let flags = FLAGS.iter().filter(|name| !effects.contains(**name));
    // Several actions can share a name: what is this action's own is never left out.
    let own = facts.get(action);
    let others: BTreeSet<&String> = facts.values().filter(|name| Some(*name) != own).collect();
    let conditions: Vec<String> = sets
        .map(|name| format!("!context.effects.{name}.isEmpty()"))
        .chain(flags.map(|name| format!("context.effects.{name}")))
        .chain(others.into_iter().map(|name| format!("context has {name}")))
        .collect();
    let policy =
        |condition: &String| format!("forbid (principal, action, resource) when {{ {condition} }};\n");
    conditions.iter().map(policy).collect()
}
