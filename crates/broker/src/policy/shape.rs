//! The schema, and the shapes that it gives to each action's context.
//!
//! The broker's facts may know more than a signed schema speaks about. Shapes say what to leave out, so
//! that a newer broker can go on serving an older policy; what a schema requires and is not there refuses.

use super::problem::{PolicyProblem, PolicyText, Source};
use bailiwick_authority::Value;
use cedar_policy::{Entities, Schema, SchemaFragment};
use std::collections::{BTreeMap, BTreeSet};

/// The type of a value, as far as a context has types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Record(BTreeMap<String, Member>),
    Set(Box<Shape>),
    Bool,
    Long,
    String,
    /// A type that no context of the broker's has.
    Other,
}

/// A member of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    shape: Shape,
    required: bool,
}

impl Shape {
    /// The value without what the shape does not have.
    pub(super) fn project(&self, value: &Value) -> Value {
        match (self, value) {
            (Shape::Record(known), Value::Object(members)) => {
                Value::object(members.iter().filter_map(|(name, value)| {
                    known.get(name).map(|member| (name.as_str(), member.shape.project(value)))
                }))
            }
            (Shape::Set(inner), Value::List(items)) => {
                Value::List(items.iter().map(|item| inner.project(item)).collect())
            }
            (_, other) => other.clone(),
        }
    }

    /// What keeps the value from having this shape, in words, the first of it. The engine judges this too, but does
    /// not say where in the context it stands.
    pub(super) fn objection(&self, path: &str, value: &Value) -> Option<String> {
        let wrong = |expected: &str| Some(format!("`{path}` is not {expected}"));
        match (self, value) {
            (Shape::Record(known), Value::Object(members)) => known.iter().find_map(|(name, member)| {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match members.get(name) {
                    Some(value) => member.shape.objection(&path, value),
                    None => member.required.then(|| format!("`{path}` is missing")),
                }
            }),
            (Shape::Set(inner), Value::List(items)) => {
                items.iter().find_map(|item| inner.objection(&format!("{path}[]"), item))
            }
            (Shape::Bool, Value::Bool(_)) | (Shape::Long, Value::Int(_)) | (Shape::String, Value::Str(_)) => {
                None
            }
            (Shape::Record(_), _) => wrong("an object"),
            (Shape::Set(_), _) => wrong("a list"),
            (Shape::Bool, _) => wrong("true or false"),
            (Shape::Long, _) => wrong("a whole number"),
            (Shape::String, _) => wrong("a string"),
            (Shape::Other, _) => wrong("of a type that facts have"),
        }
    }

    /// The shape of a member.
    pub(super) fn get(&self, name: &str) -> Option<&Shape> {
        match self {
            Shape::Record(members) => members.get(name).map(|member| &member.shape),
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
        let odd = |what: &str| {
            let at = source.find("\nnamespace", 0).map_or(0, |at| at.saturating_add(1));
            source.problem(at, format!("the schema {what}"), "start from the shipped schema")
        };
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
    let kind = json.get("type").and_then(|kind| kind.as_str())?;
    match kind {
        "Record" => {
            let attributes = json.get("attributes").and_then(|a| a.as_object()).into_iter().flatten();
            let members = attributes.map(|(name, inner)| {
                let required = inner.get("required").and_then(|flag| flag.as_bool()).unwrap_or(true);
                Some((name.clone(), Member { shape: shape(inner, common, deeper)?, required }))
            });
            members.collect::<Option<_>>().map(Shape::Record)
        }
        "Set" => Some(Shape::Set(Box::new(shape(json.get("element")?, common, deeper)?))),
        _ => {
            let name = if kind == "EntityOrCommon" { json.get("name")?.as_str()? } else { kind };
            match (common.and_then(|common| common.get(name)), name.trim_start_matches("__cedar::")) {
                (Some(named), _) => shape(named, common, deeper),
                (None, "Bool" | "Boolean") => Some(Shape::Bool),
                (None, "Long") => Some(Shape::Long),
                (None, "String") => Some(Shape::String),
                (None, _) => Some(Shape::Other),
            }
        }
    }
}
