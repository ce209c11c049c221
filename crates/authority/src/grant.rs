//! Grants: the lines of a capability, each naming actions, resources and what arguments may be.

use crate::constraint::{Argument, Constraint};
use crate::fields::{At, Fields, FormatError, Members};
use crate::json::{Node, Value};
use crate::name::{ActionId, Name, NameError, ResourceId, Text};
use std::collections::BTreeMap;

/// How many actions and how many resources one grant may name.
const MAX_ACTIONS: usize = 64;
const MAX_RESOURCES: usize = 256;

/// The arguments of an invocation, by name.
pub type Arguments = BTreeMap<String, Argument>;

/// What each argument may be, by name. One that is not named is refused.
pub type Bounds = BTreeMap<String, Constraint>;

/// A resource: its immutable id, and the name that it went by when this was signed.
///
/// Authority is compared by `id`. The name is for people, and is held against the destination before
/// anything happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The id that the destination never reuses.
    pub id: ResourceId,
    /// The name for people: `acme/backend`.
    pub name: Text,
}

/// One line of a capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The connection, by the name of its series.
    pub connection: Name,
    /// The catalogue version that the actions were read from: `github-1`.
    pub catalogue: Name,
    /// The actions. A catalogue that grows does not widen them.
    pub actions: Vec<ActionId>,
    /// The resources.
    pub resources: Vec<Resource>,
    /// What each argument may be. An argument not named here is refused; one named here must be there.
    pub arguments: Bounds,
}

impl Resource {
    pub(crate) fn decode(node: Node<'_>, at: At) -> Result<Resource, FormatError> {
        let mut fields = Fields::of(node, at)?;
        let resource = Resource { id: fields.parsed("id")?, name: fields.parsed("name")? };
        fields.finish()?;
        Ok(resource)
    }

    /// As JSON: `{"id", "name"}`.
    pub fn to_value(&self) -> Value {
        Value::object([("id", Value::from(&self.id)), ("name", Value::from(&self.name))])
    }
}

impl Grant {
    pub(crate) fn decode(node: Node<'_>, at: At) -> Result<Grant, FormatError> {
        let mut fields = Fields::of(node, at.clone())?;
        let connection = fields.parsed("connection")?;
        let catalogue = fields.parsed("catalogue")?;
        let actions: Vec<ActionId> = fields.parsed_list("actions")?;
        let resources = fields.each("resources", Resource::decode)?;
        if !(1..=MAX_ACTIONS).contains(&actions.len()) || !(1..=MAX_RESOURCES).contains(&resources.len()) {
            return Err(at.invalid("a grant names 1 to 64 actions and 1 to 256 resources"));
        }
        let arguments = read_bounds(&mut fields)?;
        fields.finish()?;
        Ok(Grant { connection, catalogue, actions, resources, arguments })
    }

    pub(crate) fn encode(&self) -> Value {
        let mut members = Members::default();
        members.put("connection", &self.connection);
        members.put("catalogue", &self.catalogue);
        members.put("actions", Value::List(self.actions.iter().map(Value::from).collect()));
        members.put("resources", Value::List(self.resources.iter().map(Resource::to_value).collect()));
        members.put("arguments", write_bounds(&self.arguments));
        members.into_value()
    }

    /// Whether this line names the action on the resource, whatever the arguments.
    pub fn names(&self, connection: &Name, action: &ActionId, resource: &ResourceId) -> bool {
        &self.connection == connection
            && self.actions.contains(action)
            && self.resources.iter().any(|one| &one.id == resource)
    }

    /// The first argument that this line does not allow, with the reason; `None` when all are allowed.
    pub fn objection(&self, arguments: &Arguments) -> Option<(String, &'static str)> {
        objection(&self.arguments, arguments)
    }
}

/// The first argument that lies outside the bounds, with the reason; `None` when all lie within.
pub(crate) fn objection(bounds: &Bounds, arguments: &Arguments) -> Option<(String, &'static str)> {
    for (name, value) in arguments {
        match bounds.get(name) {
            None => return Some((name.clone(), "the grant does not mention it")),
            Some(constraint) if !constraint.allows(value) => {
                return Some((name.clone(), "its value lies outside the grant"));
            }
            Some(_) => {}
        }
    }
    let absent = bounds.keys().find(|name| !arguments.contains_key(*name));
    absent.map(|name| (name.clone(), "the grant constrains it and it is absent"))
}

pub(crate) fn read_bounds(fields: &mut Fields<'_>) -> Result<Bounds, FormatError> {
    let at = fields.at("arguments");
    let mut bounds = Bounds::new();
    for (name, constraint) in fields.object("arguments")?.into_members() {
        check_argument_name(&name, &at)?;
        let constraint = Constraint::read(constraint, at.field(&name))?;
        bounds.insert(name.into_owned(), constraint);
    }
    Ok(bounds)
}

pub(crate) fn write_bounds(bounds: &Bounds) -> Value {
    Value::object(bounds.iter().map(|(name, constraint)| (name.clone(), constraint.to_value())))
}

/// Argument names are `[a-z][a-z0-9_]{0,62}`.
pub(crate) fn check_argument_name(name: &str, at: &At) -> Result<(), FormatError> {
    let byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(byte) {
        return Ok(());
    }
    Err(at.invalid(format_args!("an argument named `{}`", name.escape_default())))
}

pub(crate) fn read_arguments(fields: &mut Fields<'_>) -> Result<Arguments, FormatError> {
    let at = fields.at("arguments");
    let mut arguments = Arguments::new();
    for (name, value) in fields.object("arguments")?.into_members() {
        check_argument_name(&name, &at)?;
        let value = Argument::read(value, &at.field(&name))?;
        arguments.insert(name.into_owned(), value);
    }
    Ok(arguments)
}

pub(crate) fn write_arguments(arguments: &Arguments) -> Value {
    Value::object(arguments.iter().map(|(name, value)| (name.clone(), value.to_value())))
}

impl From<NameError> for FormatError {
    fn from(error: NameError) -> FormatError {
        FormatError::Invalid { field: "name".into(), why: error.to_string() }
    }
}
