//! The schema, and the shapes that it gives to each action's context.
//!
//! The broker's facts may know more than a signed schema speaks about. Shapes say what to leave out, so
//! that a newer broker can go on serving an older policy; what a schema requires and is not there refuses.

use super::problem::{PolicyProblem, PolicyText, Source};
use bailiwick_authority::Value;
use cedar_policy::{Entities, Schema, SchemaFragment};
use std::collections::{BTreeMap, BTreeSet};

/// The type of a value, as far as leaving out needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Record(BTreeMap<String, Shape>),
    Set(Box<Shape>),
    Plain,
}

impl Shape {
    /// The value without what the shape does not have.
    pub(super) fn project(&self, value: &Value) -> Value {
        match (self, value) {
            (Shape::Record(known), Value::Object(members)) => {
                Value::object(members.iter().filter_map(|(name, member)| {
                    known.get(name).map(|shape| (name.as_str(), shape.project(member)))
                }))
            }
            (Shape::Set(inner), Value::List(items)) => {
                Value::List(items.iter().map(|item| inner.project(item)).collect())
            }
            (_, other) => other.clone(),
        }
    }

    /// The shape of a member.
    pub(super) fn get(&self, name: &str) -> Option<&Shape> {
        match self {
            Shape::Record(members) => members.get(name),
            _ => None,
        }
    }

    /// Whether there is something at the path.
    pub(super) fn has(&self, path: &[String]) -> bool {
        path.iter().try_fold(self, |shape, name| shape.get(name)).is_some()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let members = if let Shape::Record(members) = self { Some(members) } else { None };
        members.into_iter().flat_map(|members| members.keys().map(String::as_str))
    }
}

/// What a schema says of one action.
#[derive(Clone, Debug)]
pub(super) struct ActionShape {
    /// The effects whose groups it is in.
    pub(super) effects: BTreeSet<String>,
    /// Its context.
    pub(super) context: Shape,
}

/// A schema that was read.
#[derive(Clone, Debug)]
pub(super) struct PolicySchema {
    pub(super) cedar: Schema,
    /// The action entities, without which no policy could speak of a group.
    pub(super) entities: Entities,
    pub(super) actions: BTreeMap<String, ActionShape>,
}

impl PolicySchema {
    pub(super) fn parse(text: &str) -> Result<PolicySchema, PolicyProblem> {
        let source = Source::new(PolicyText::Schema, text);
        let odd =
            |what: &str| source.problem(0, format!("the schema {what}"), "start from the shipped schema");
        let (fragment, _) =
            SchemaFragment::from_cedarschema_str(text).map_err(|error| source.diagnosed(&error, 0))?;
        let cedar =
            Schema::from_schema_fragments([fragment.clone()]).map_err(|error| source.diagnosed(&error, 0))?;
        let json = fragment.to_json_value().map_err(|error| source.diagnosed(&error, 0))?;
        let entities = cedar.action_entities().map_err(|error| source.diagnosed(&error, 0))?;
        let namespaces = json.as_object().ok_or_else(|| odd("has no namespaces"))?;
        let space = match namespaces.get("") {
            Some(space) if namespaces.len() == 1 => space,
            _ => return Err(odd("has a namespace; the broker's requests have none")),
        };
        let common = space.get("commonTypes");
        let mut actions = BTreeMap::new();
        for (id, action) in space.get("actions").and_then(|a| a.as_object()).into_iter().flatten() {
            let Some(context) = action.get("appliesTo").and_then(|applies| applies.get("context")) else {
                continue;
            };
            let groups = action.get("memberOf").and_then(|groups| groups.as_array()).into_iter().flatten();
            let effects = groups.filter_map(|group| group.get("id")?.as_str().map(str::to_owned)).collect();
            let context = shape(context, common, 0).ok_or_else(|| odd("nests types too deeply"))?;
            actions.insert(id.clone(), ActionShape { effects, context });
        }
        Ok(PolicySchema { cedar, entities, actions })
    }
}

/// Follows the names of common types; `None` beyond sixteen levels.
fn shape(json: &serde_json::Value, common: Option<&serde_json::Value>, depth: usize) -> Option<Shape> {
    let deeper = depth.checked_add(1).filter(|depth| *depth <= 16)?;
    match json.get("type").and_then(|kind| kind.as_str())? {
        "Record" => {
            let attributes = json.get("attributes").and_then(|a| a.as_object()).into_iter().flatten();
            let members = attributes.map(|(name, inner)| Some((name.clone(), shape(inner, common, deeper)?)));
            members.collect::<Option<_>>().map(Shape::Record)
        }
        "Set" => Some(Shape::Set(Box::new(shape(json.get("element")?, common, deeper)?))),
        "EntityOrCommon" => match json.get("name").and_then(|n| n.as_str()).and_then(|n| common?.get(n)) {
            Some(named) => shape(named, common, deeper),
            None => Some(Shape::Plain),
        },
        name => match common.and_then(|common| common.get(name)) {
            Some(named) => shape(named, common, deeper),
            None => Some(Shape::Plain),
        },
    }
}
