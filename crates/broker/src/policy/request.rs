//! From a question to the engine's request, checked against the schema.
//!
//! INVARIANT: what does not fit the schema becomes an objection, and an objection denies.

use super::data::Data;
use super::question::Question;
use super::shape::PolicySchema;
use super::template::{engine_says, quoted};
use crate::effect::Effect;
use bailiwick_authority::Value;
use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression,
};
use std::collections::{HashMap, HashSet};
use std::str::FromStr;

/// Under which name of the context an action's facts stand.
const FACTS: [(&str, &str); 4] = [
    ("pulls/merge", "merge"),
    ("issues/create-comment", "comment"),
    ("pulls/create", "proposal"),
    ("repos/create-deployment", "deployment"),
];

/// A question in the engine's terms.
pub(super) struct Asked {
    /// The context as it was sent, for the sentences of refusals.
    pub(super) context: Value,
    /// The request and its entities, unless they do not fit the schema.
    pub(super) request: Option<(Request, Entities)>,
    /// Why the question cannot be judged, whatever the policies say.
    pub(super) objections: Vec<String>,
}

pub(super) fn ask(question: &Question<'_>, schema: &PolicySchema, data: &Data) -> Asked {
    let mut objections = Vec::new();
    let full = context(question, data);
    let Some(action) = schema.actions.get(question.action.as_str()) else {
        objections.push(format!("the schema does not know the action {}", quoted(question.action.as_str())));
        return Asked { context: full, request: None, objections };
    };
    if question.effects.is_empty() {
        objections.push(format!("the action {} has no effects", quoted(question.action.as_str())));
    }
    for effect in question.effects.iter().filter(|effect| !action.effects.contains(effect.name())) {
        objections.push(format!(
            "the schema does not say that {} {}",
            quoted(question.action.as_str()),
            quoted(effect.name())
        ));
    }
    let arguments = action.context.get("arguments");
    for name in question.arguments.keys().filter(|name| arguments.and_then(|a| a.get(name)).is_none()) {
        objections.push(format!("the schema does not know the argument {}", quoted(name)));
    }
    if !paths_are_strings(question.facts) {
        objections.push("the facts' `changed_paths` is no list of strings".to_owned());
    }
    let context = action.context.project(&full);
    let request = match action.context.objection("", &context) {
        Some(why) => Err(why),
        None => assemble(question, &context, schema),
    };
    let request = request.map_err(|why| objections.push(why)).ok();
    Asked { context: full, request, objections }
}

/// Everything that the broker can say; the schema picks from it.
fn context(question: &Question<'_>, data: &Data) -> Value {
    let has = |wanted: &Effect| question.effects.contains(wanted);
    let on = |pick: fn(&Effect) -> Option<&String>| Value::strings(question.effects.iter().filter_map(pick));
    let moved = on(|effect| if let Effect::MovesRef(name) = effect { Some(name) } else { None });
    let deployed = on(|effect| if let Effect::Deploys(name) = effect { Some(name) } else { None });
    let effects = Value::object([
        ("reads", Value::from(has(&Effect::Reads))),
        ("moves_ref", moved),
        ("runs_code", Value::from(has(&Effect::RunsCode))),
        ("publishes", Value::from(has(&Effect::Publishes))),
        ("deploys", deployed),
        ("changes_settings", Value::from(has(&Effect::ChangesSettings))),
        ("discloses", Value::from(has(&Effect::Discloses))),
        ("spends", Value::from(has(&Effect::Spends))),
        ("deletes", Value::from(has(&Effect::Deletes))),
    ]);
    let arguments = question.arguments.iter().map(|(name, value)| (name.as_str(), value.to_value()));
    let capability = Value::object([
        ("digest", Value::from(question.capability)),
        ("expires", Value::from(question.expires)),
    ]);
    let mut members = vec![
        ("effects", effects),
        ("arguments", Value::object(arguments)),
        ("protected_paths", Value::strings(protected(question.facts, data))),
        ("calendar", data.calendar_at(question.now)),
        ("time", Value::from(question.now)),
        ("capability", capability),
        ("assurance", Value::from(question.assurance.as_str())),
    ];
    let kind = FACTS.iter().find(|(action, _)| *action == question.action.as_str());
    if let (Some((_, name)), Some(facts)) = (kind, question.facts) {
        members.push((name, facts.clone()));
    }
    Value::object(members)
}

fn paths_are_strings(facts: Option<&Value>) -> bool {
    match facts.and_then(|facts| facts.get("changed_paths")) {
        None => true,
        Some(Value::List(paths)) => paths.iter().all(|path| path.as_str().is_some()),
        Some(_) => false,
    }
}

fn protected<'a>(facts: Option<&'a Value>, data: &Data) -> Vec<&'a str> {
    match facts.and_then(|facts| facts.get("changed_paths")) {
        Some(Value::List(paths)) => data.protected(paths.iter().filter_map(Value::as_str)),
        _ => Vec::new(),
    }
}

fn assemble(
    question: &Question<'_>,
    context: &Value,
    schema: &PolicySchema,
) -> Result<(Request, Entities), String> {
    let agent = uid("Agent", &question.agent.to_string())?;
    let person = uid("Person", question.person.as_str())?;
    let connection = uid("Connection", question.connection.as_str())?;
    let action = uid("Action", question.action.as_str())?;
    let kind = match question.resource.id.kind() {
        "repository" => "Repository",
        other => return Err(format!("policy does not know resources of the kind {}", quoted(other))),
    };
    let resource = uid(kind, &format!("{}/{}", question.connection, question.resource.id.id()))?;

    let label = question.path.first().ok_or("the chain has no label")?;
    let depth = i64::try_from(question.path.len()).map_err(|e| e.to_string())?;
    let roles = question.roles.iter().map(|role| RestrictedExpression::new_string(role.as_str().to_owned()));
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    let entities = [
        entity(&person, [("roles", RestrictedExpression::new_set(roles))], [])?,
        entity(
            &agent,
            [
                ("person", RestrictedExpression::new_entity_uid(person.clone())),
                ("label", text(label.as_str())),
                ("depth", RestrictedExpression::new_long(depth)),
            ],
            [person.clone()],
        )?,
        entity(&connection, [], [])?,
        entity(
            &resource,
            [("id", text(question.resource.id.as_str())), ("name", text(question.resource.name.as_str()))],
            [connection.clone()],
        )?,
    ];
    let known = schema
        .entities
        .clone()
        .add_entities(entities, Some(&schema.cedar))
        .map_err(|error| with_cause(&error))?;

    let Value::Object(members) = context else { return Err("the context is no object".to_owned()) };
    let pairs: Vec<_> = members
        .iter()
        .map(|(name, value)| expression(value).map(|value| (name.clone(), value)))
        .collect::<Result<_, _>>()?;
    let context = Context::from_pairs(pairs).map_err(|error| with_cause(&error))?;
    let request = Request::new(agent, action, resource, context, Some(&schema.cedar))
        .map_err(|error| with_cause(&error))?;
    Ok((request, known))
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, String> {
    let kind = EntityTypeName::from_str(kind).map_err(|error| with_cause(&error))?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

fn entity<const A: usize, const P: usize>(
    uid: &EntityUid,
    attributes: [(&str, RestrictedExpression); A],
    parents: [EntityUid; P],
) -> Result<Entity, String> {
    let attributes: HashMap<String, RestrictedExpression> =
        attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Entity::new(uid.clone(), attributes, HashSet::from(parents)).map_err(|error| with_cause(&error))
}

fn expression(value: &Value) -> Result<RestrictedExpression, String> {
    Ok(match value {
        Value::Bool(flag) => RestrictedExpression::new_bool(*flag),
        Value::Int(number) => RestrictedExpression::new_long(*number),
        Value::Str(text) => RestrictedExpression::new_string(text.clone()),
        Value::List(items) => {
            RestrictedExpression::new_set(items.iter().map(expression).collect::<Result<Vec<_>, _>>()?)
        }
        Value::Object(members) => {
            let fields = members.iter().map(|(name, value)| Ok((name.clone(), expression(value)?)));
            RestrictedExpression::new_record(fields.collect::<Result<Vec<_>, String>>()?)
                .map_err(|error| with_cause(&error))?
        }
    })
}

/// An error of the engine with what caused it: the outer sentence alone often says little.
fn with_cause(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    engine_says(&text)
}
