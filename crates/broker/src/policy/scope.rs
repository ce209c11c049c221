//! Who asks, for what, on what: the part of a question that stays the same from one to the next.
//!
//! For each such scope the entities are built and held against the schema once, and both sets are cut once;
//! a question of a known scope begins with its context. What can change (time, facts, arguments, effects) is
//! never remembered, and neither is an answer.
//!
//! INVARIANT: a remembered scope is used only for a question that is equal to it in every field.

use super::question::Question;
use super::shape::PolicySchema;
use super::slice::{Place, Slices};
use super::template::{engine_says, quoted};
use bailiwick_authority::{ActionId, KeyId, Name, Resource, Role, Text};
use cedar_policy::{Entities, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use cedar_policy_core::ast::{EntityUID, EntityUIDEntry};
use parking_lot::RwLock;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, Hash as _, Hasher as _, RandomState};
use std::str::FromStr as _;
use std::sync::Arc;

/// How much is remembered before all is forgotten: scopes, and places in their slices. A bound on memory.
const MOST_SCOPES: usize = 4_096;
const MOST_PLACES: usize = 4 << 20;

/// A scope, with what follows from it.
#[derive(Debug)]
pub(super) struct Scope {
    agent: KeyId,
    label: Text,
    depth: usize,
    person: Name,
    roles: Vec<Role>,
    action: ActionId,
    connection: Name,
    resource: Resource,
    /// The entities that policies can look at.
    pub(super) entities: Entities,
    /// The request's three, as the evaluator takes them.
    pub(super) entries: [EntityUIDEntry; 3],
    /// What of the guard fits.
    pub(super) guard: Vec<u32>,
    /// What of the asks fits.
    pub(super) ask: Vec<u32>,
}

impl Scope {
    fn is_of(&self, question: &Question<'_>) -> bool {
        self.agent == question.agent
            && Some(&self.label) == question.path.first()
            && self.depth == question.path.len()
            && self.person == *question.person
            && self.roles == question.roles
            && self.action == *question.action
            && self.connection == *question.connection
            && self.resource == *question.resource
    }

    /// Builds everything anew; the error says what does not fit the schema.
    pub(super) fn of(
        question: &Question<'_>,
        schema: &PolicySchema,
        guard: &Slices,
        ask: &Slices,
    ) -> Result<Scope, String> {
        let label = question.path.first().ok_or("the chain has no label")?;
        let (uids, entities) = entities(question, label, schema)?;
        let place = |uid: &EntityUid| Place {
            uid: uid.as_ref().clone(),
            above: entities.ancestors(uid).into_iter().flatten().map(|one| one.as_ref().clone()).collect(),
        };
        let [principal, action, resource] = uids.each_ref().map(place);
        Ok(Scope {
            agent: question.agent,
            label: label.clone(),
            depth: question.path.len(),
            person: question.person.clone(),
            roles: question.roles.to_vec(),
            action: question.action.clone(),
            connection: question.connection.clone(),
            resource: question.resource.clone(),
            guard: guard.cut(&principal, &action, &resource),
            ask: ask.cut(&principal, &action, &resource),
            entries: uids.map(|uid| EntityUIDEntry::known(EntityUID::clone(uid.as_ref()), None)),
            entities,
        })
    }
}

/// The scopes of one policy that were asked about.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    known: RwLock<Known>,
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Known {
    /// By a hash of everything that makes a scope; two with one hash take turns.
    scopes: HashMap<u64, Arc<Scope>>,
    places: usize,
}

impl Scopes {
    /// The scope of the question if it is remembered.
    pub(super) fn recall(&self, question: &Question<'_>) -> Option<Arc<Scope>> {
        let known = self.known.read();
        known.scopes.get(&self.hash(question)).filter(|scope| scope.is_of(question)).cloned()
    }

    /// Remembers a scope whose entities and request fitted the schema.
    pub(super) fn remember(&self, question: &Question<'_>, scope: &Arc<Scope>) {
        let size = scope.guard.len().saturating_add(scope.ask.len());
        let mut known = self.known.write();
        if known.scopes.len() >= MOST_SCOPES || known.places.saturating_add(size) > MOST_PLACES {
            *known = Known::default();
        }
        known.places = known.places.saturating_add(size);
        known.scopes.insert(self.hash(question), Arc::clone(scope));
    }

    fn hash(&self, question: &Question<'_>) -> u64 {
        let mut state = self.hasher.build_hasher();
        question.agent.digest().as_bytes().hash(&mut state);
        question.path.first().map(Text::as_str).hash(&mut state);
        question.path.len().hash(&mut state);
        question.person.as_str().hash(&mut state);
        question.action.as_str().hash(&mut state);
        question.connection.as_str().hash(&mut state);
        question.resource.id.as_str().hash(&mut state);
        question.resource.name.as_str().hash(&mut state);
        state.finish()
    }
}

/// Principal, action and resource, and the entities around them, held against the schema.
fn entities(
    question: &Question<'_>,
    label: &Text,
    schema: &PolicySchema,
) -> Result<([EntityUid; 3], Entities), String> {
    let agent = uid("Agent", &question.agent.to_string())?;
    let person = uid("Person", question.person.as_str())?;
    let connection = uid("Connection", question.connection.as_str())?;
    let action = uid("Action", question.action.as_str())?;
    let kind = match question.resource.id.kind() {
        "repository" => "Repository",
        other => return Err(format!("policy does not know resources of the kind {}", quoted(other))),
    };
    let resource = uid(kind, &format!("{}/{}", question.connection, question.resource.id.id()))?;

    let depth = i64::try_from(question.path.len()).map_err(|e| e.to_string())?;
    let roles = question.roles.iter().map(|role| RestrictedExpression::new_string(role.as_str().to_owned()));
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    let around = [
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
        .add_entities(around, Some(&schema.cedar))
        .map_err(|error| with_cause(&error))?;
    Ok(([agent, action, resource], known))
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

/// An error of the engine with what caused it: the outer sentence alone often says little.
pub(super) fn with_cause(error: &dyn std::error::Error) -> String {
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
