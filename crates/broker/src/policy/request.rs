//! From a question to the engine's request, checked against the schema.
//!
//! The schema's shapes say what of the facts goes into the context and what it must look like, in one walk;
//! the engine's own check of the whole request is made once for each scope, when it is first seen.
//!
//! INVARIANT: what does not fit the schema becomes an objection, and an objection denies.

use super::data::Data;
use super::question::Question;
use super::scope::{Scope, Scopes};
use super::shape::{ActionShape, PolicySchema, Shape, cast};
use super::slice::Slices;
use super::template::quoted;
use crate::effect::Effect;
use bailiwick_authority::Value;
use bailiwick_protocol::FACTS;
use cedar_policy_core::ast::{Context, Request};
use cedar_policy_core::extensions::Extensions;
use std::borrow::Cow;
use std::sync::Arc;

/// What a question is read with: the policy without its rules.
#[derive(Clone, Copy)]
pub(super) struct Reading<'p> {
    pub(super) schema: &'p PolicySchema,
    pub(super) data: &'p Data,
    pub(super) guard: &'p Slices,
    pub(super) ask: &'p Slices,
    pub(super) scopes: &'p Scopes,
}

/// A question in the engine's terms.
pub(super) struct Asked {
    /// The request with its scope, unless they do not fit the schema.
    pub(super) request: Option<(Request, Arc<Scope>)>,
    /// Why the question cannot be judged, whatever the policies say.
    pub(super) objections: Vec<String>,
}

pub(super) fn ask(question: &Question<'_>, reading: Reading<'_>) -> Asked {
    let mut objections = Vec::new();
    let Some(action) = reading.schema.actions.get(question.action.as_str()) else {
        objections.push(format!("the schema does not know the action {}", quoted(question.action.as_str())));
        return Asked { request: None, objections };
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
    let request = assemble(question, action, reading);
    let request = request.map_err(|why| objections.push(why)).ok();
    Asked { request, objections }
}

fn assemble(
    question: &Question<'_>,
    action: &ActionShape,
    reading: Reading<'_>,
) -> Result<(Request, Arc<Scope>), String> {
    let members = members(question, reading.data, &action.context);
    let find = |name: &str| members.iter().find(|(known, _)| *known == name).map(|(_, value)| &**value);
    let context = Some(Context::Value(Arc::new(cast(&action.context, find)?)));
    let request = |scope: &Scope| {
        let [principal, action, resource] = scope.entries.clone();
        Request::new_unchecked(principal, action, resource, context)
    };
    if let Some(scope) = reading.scopes.recall(question) {
        return Ok((request(&scope), scope));
    }
    let scope = Arc::new(Scope::of(question, reading.schema, reading.guard, reading.ask)?);
    let request = request(&scope);
    reading.schema.holds(&request, Extensions::all_available())?;
    reading.scopes.remember(question, &scope);
    Ok((request, scope))
}

/// Everything that the broker can say, as a sentence of a refusal may ask for it.
pub(super) fn full_context(question: &Question<'_>, data: &Data) -> Value {
    let members = members(question, data, &Shape::Other);
    Value::object(members.into_iter().map(|(name, value)| (name, value.into_owned())))
}

/// Everything that the broker can say, but for what `wanted` says that it does not want.
fn members<'q>(question: &Question<'q>, data: &Data, wanted: &Shape) -> Vec<(&'static str, Cow<'q, Value>)> {
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
    let mut members = vec![
        ("effects", Cow::Owned(effects)),
        ("arguments", Cow::Owned(Value::object(arguments))),
        ("protected_paths", Cow::Owned(Value::strings(protected(question.facts, data)))),
        ("time", Cow::Owned(Value::from(question.now))),
        ("assurance", Cow::Owned(Value::from(question.assurance.as_str()))),
    ];
    // What costs something and few policies speak about.
    let speaks_of = |name: &str| matches!(wanted, Shape::Other) || wanted.get(name).is_some();
    if speaks_of("calendar") {
        members.push(("calendar", Cow::Owned(data.calendar_at(question.now))));
    }
    if speaks_of("zone") {
        let zone = data.zone_of(question.connection, question.resource);
        members.push(("zone", Cow::Owned(Value::from(zone))));
    }
    if speaks_of("capability") {
        let capability = Value::object([
            ("digest", Value::from(question.capability)),
            ("expires", Value::from(question.expires)),
        ]);
        members.push(("capability", Cow::Owned(capability)));
    }
    let kind = FACTS.iter().find(|(action, _)| *action == question.action.as_str());
    if let (Some((_, name)), Some(facts)) = (kind, question.facts) {
        members.push((name, Cow::Borrowed(facts)));
    }
    members
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
