//! The schema, and the shapes that it gives to each action's context.
//!
//! The broker's facts may know more than a signed schema speaks about. Shapes say what to leave out, so
//! that a newer broker can go on serving an older policy; what a schema requires and is not there refuses.

use super::problem::{PolicyProblem, PolicyText, Source};
use super::scope::with_cause;
use bailiwick_authority::Value;
use cedar_policy::{Entities, Schema, SchemaFragment};
use cedar_policy_core::ast::{Request, RequestSchema as _, Value as Cast};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::ValidatorSchema;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

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

/// The members of a record that `shape` has, from wherever `find` finds them, as the engine takes them;
/// what the shape does not have is left out. The error says in words where it is not as the shape says, the
/// first place of it. The engine judges this too, but does not say where in the context it stands.
pub(super) fn cast<'v>(
    shape: &Shape,
    find: impl Fn(&str) -> Option<&'v Value>,
) -> Result<BTreeMap<SmolStr, Cast>, String> {
    let Shape::Record(known) = shape else { return Err("the context is no record".to_owned()) };
    record(known, find, &At { name: "", above: None })
}

fn record<'v>(
    known: &BTreeMap<String, Member>,
    find: impl Fn(&str) -> Option<&'v Value>,
    at: &At<'_>,
) -> Result<BTreeMap<SmolStr, Cast>, String> {
    let mut members = BTreeMap::new();
    for (name, member) in known {
        let at = At { name, above: Some(at) };
        match find(name) {
            Some(value) => drop(members.insert(SmolStr::new(name), cast_one(&member.shape, value, &at)?)),
            None if member.required => return Err(format!("`{at}` is missing")),
            None => {}
        }
    }
    Ok(members)
}

fn cast_one(shape: &Shape, value: &Value, at: &At<'_>) -> Result<Cast, String> {
    let wrong = |expected: &str| Err(format!("`{at}` is not {expected}"));
    match (shape, value) {
        (Shape::Record(known), Value::Object(members)) => {
            let members = record(known, |name| members.get(name), at)?;
            Ok(Cast::record_arc(Arc::new(members), None))
        }
        (Shape::Set(inner), Value::List(items)) => {
            let at = At { name: "[]", above: Some(at) };
            let items: Vec<Cast> =
                items.iter().map(|item| cast_one(inner, item, &at)).collect::<Result<_, _>>()?;
            Ok(Cast::set(items, None))
        }
        (Shape::Bool, Value::Bool(flag)) => Ok(Cast::from(*flag)),
        (Shape::Long, Value::Int(number)) => Ok(Cast::from(*number)),
        (Shape::String, Value::Str(text)) => Ok(Cast::from(text.as_str())),
        (Shape::Record(_), _) => wrong("an object"),
        (Shape::Set(_), _) => wrong("a list"),
        (Shape::Bool, _) => wrong("true or false"),
        (Shape::Long, _) => wrong("a whole number"),
        (Shape::String, _) => wrong("a string"),
        (Shape::Other, _) => wrong("of a type that facts have"),
    }
}

/// Where in a context a value stands; written out only where something is wrong.
struct At<'a> {
    name: &'a str,
    above: Option<&'a At<'a>>,
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            write!(f, "{above}")?;
            if !above.name.is_empty() && self.name != "[]" {
                f.write_str(".")?;
            }
        }
        f.write_str(self.name)
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

    /// The engine's own check of a whole request; the error is in its words.
    pub(super) fn holds(&self, request: &Request, extensions: &Extensions<'_>) -> Result<(), String> {
        let schema: &ValidatorSchema = self.cedar.as_ref();
        schema.validate_request(request, extensions).map_err(|error| with_cause(&error))
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
