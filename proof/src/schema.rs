//! The schema that questions are put in: the policy's own, with what an agent must never do put into words.
//!
//! A shipped schema has no action that approves, enrols, activates or connects, so no agent can ask for one
//! and no policy can name one. That a permit without a scope would allow it is still worth knowing, so these
//! actions are added, with the context that every other action has, before the question is put.

use crate::prover::Failed;
use cedar_policy::{Schema, SchemaFragment};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is a person's to do, and never an agent's.
pub(crate) const PERSONS: [&str; 4] = ["approve", "enrol", "activate", "connect"];

/// The entity type of agents.
pub(crate) const AGENT: &str = "Agent";

/// A schema with the four.
pub(crate) struct Extended {
    pub(crate) cedar: Schema,
    /// The effects of each action, as groups that it is in.
    pub(crate) effects: BTreeMap<String, BTreeSet<String>>,
}

impl Extended {
    pub(crate) fn parse(text: &str) -> Result<Extended, Failed> {
        let failed = |why: String| Failed::Input(format!("the schema cannot be read: {why}"));
        let (fragment, _) = SchemaFragment::from_cedarschema_str(text).map_err(|e| failed(e.to_string()))?;
        let mut json = fragment.to_json_value().map_err(|e| failed(e.to_string()))?;
        let actions = json
            .get_mut("")
            .and_then(|space| space.get_mut("actions"))
            .and_then(Value::as_object_mut)
            .ok_or_else(|| failed("it has no actions".to_owned()))?;
        let mut effects = BTreeMap::new();
        let mut pattern = None;
        for (name, action) in actions.iter() {
            let Some(applies) = action.get("appliesTo").filter(|applies| applies.get("context").is_some())
            else {
                continue;
            };
            pattern.get_or_insert_with(|| applies.clone());
            let groups = action.get("memberOf").and_then(Value::as_array).into_iter().flatten();
            let groups = groups.filter_map(|group| group.get("id")?.as_str().map(str::to_owned)).collect();
            effects.insert(name.clone(), groups);
        }
        let pattern = pattern.ok_or_else(|| failed("no action of it applies to anything".to_owned()))?;
        for name in PERSONS {
            let added = serde_json::json!({ "appliesTo": pattern });
            actions.entry(name).or_insert(added);
            effects.entry(name.to_owned()).or_default();
        }
        let fragment = SchemaFragment::from_json_value(json).map_err(|e| failed(e.to_string()))?;
        let cedar = Schema::from_schema_fragments([fragment]).map_err(|e| failed(e.to_string()))?;
        Ok(Extended { cedar, effects })
    }
}
