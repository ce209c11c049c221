//! A question by value: one that somebody made up, or one that is read out of a receipt.
//!
//! It must not be mistaken for something that was verified: it is judged and never carried out.

use super::question::Question;
use super::template::quoted;
use crate::destinations::github;
use crate::effect::Effect;
use crate::record::to_json;
use bailiwick_authority::{
    ActionId, Argument, Arguments, Assurance, Digest, KeyId, Name, Resource, Role, Text, Timestamp, Value,
};
use bailiwick_protocol::{PolicyQuestion, ResourceView};
use std::fmt::Display;
use std::str::FromStr;

/// How long the capability of a made-up question goes on, in seconds, if it does not say.
const HOUR: u64 = 3_600;

/// A question whose parts are its own.
#[derive(Clone, Debug)]
pub struct MadeUp {
    /// As in [`Question`], and so are the others.
    pub agent: KeyId,
    /// The labels along the chain, root first.
    pub path: Vec<Text>,
    /// The person at the root.
    pub person: Name,
    /// That person's roles.
    pub roles: Vec<Role>,
    /// How that person's key is kept.
    pub assurance: Assurance,
    /// The capability that is used.
    pub capability: Digest,
    /// When that capability ends.
    pub expires: Timestamp,
    /// What is asked for.
    pub action: ActionId,
    /// What that would do.
    pub effects: Vec<Effect>,
    /// Through which connection.
    pub connection: Name,
    /// On what.
    pub resource: Resource,
    /// With which arguments.
    pub arguments: Arguments,
    /// What was seen.
    pub facts: Option<Value>,
    /// When.
    pub now: Timestamp,
}

impl MadeUp {
    /// What a policy is asked.
    pub fn question(&self) -> Question<'_> {
        Question {
            agent: self.agent,
            path: &self.path,
            person: &self.person,
            roles: &self.roles,
            assurance: self.assurance,
            capability: self.capability,
            expires: self.expires,
            action: &self.action,
            effects: &self.effects,
            connection: &self.connection,
            resource: &self.resource,
            arguments: &self.arguments,
            facts: self.facts.as_ref(),
            now: self.now,
        }
    }

    /// Reads a question off the wire; what it leaves out is filled in. The error says what is no such thing.
    pub fn read(wire: &PolicyQuestion, now: Timestamp) -> Result<MadeUp, String> {
        let action: ActionId = parsed("an action", &wire.action)?;
        let resource = Resource {
            id: parsed("a resource's id", &wire.resource.id)?,
            name: parsed("a resource's name", &wire.resource.name)?,
        };
        let arguments = arguments(&wire.arguments)?;
        let effects = match &wire.effects {
            Some(effects) => {
                effects.iter().map(|text| text.parse()).collect::<Result<Vec<Effect>, String>>()?
            }
            None => github::typed(&action, &resource, &arguments).map_err(|e| e.to_string())?.effects(),
        };
        let now = match wire.now {
            Some(seconds) => Timestamp::from_seconds(seconds).ok_or("the time is too far away")?,
            None => now,
        };
        let expires = match wire.expires {
            Some(seconds) => {
                Timestamp::from_seconds(seconds).ok_or("the capability's end is too far away")?
            }
            None => now.plus(HOUR),
        };
        let made_up = Digest::of(b"an agent that somebody made up");
        Ok(MadeUp {
            agent: match &wire.agent {
                Some(agent) => parsed("a key's id", agent)?,
                None => parsed("a key's id", &made_up.to_string())?,
            },
            path: wire.path.iter().map(|label| parsed("a label", label)).collect::<Result<_, _>>()?,
            person: parsed("a person's name", &wire.person)?,
            roles: wire.roles.iter().map(|role| parsed("a role", role)).collect::<Result<_, _>>()?,
            assurance: parsed("an assurance", &wire.assurance)?,
            capability: made_up,
            expires,
            action,
            effects,
            connection: parsed("a connection's name", &wire.connection)?,
            resource,
            arguments,
            facts: wire.facts.as_ref().map(strict).transpose()?,
            now,
        })
    }

    /// As it crosses the wire, with everything that was filled in.
    pub fn to_wire(&self) -> PolicyQuestion {
        let arguments = self.arguments.iter().map(|(name, value)| (name.clone(), value.to_value()));
        PolicyQuestion {
            action: self.action.to_string(),
            effects: Some(self.effects.iter().map(ToString::to_string).collect()),
            connection: self.connection.to_string(),
            resource: ResourceView { id: self.resource.id.to_string(), name: self.resource.name.to_string() },
            arguments: to_json(&Value::object(arguments)),
            facts: self.facts.as_ref().map(to_json),
            agent: Some(self.agent.to_string()),
            path: self.path.iter().map(ToString::to_string).collect(),
            person: self.person.to_string(),
            roles: self.roles.iter().map(|role| role.as_str().to_owned()).collect(),
            assurance: self.assurance.as_str().to_owned(),
            now: Some(self.now.seconds()),
            expires: Some(self.expires.seconds()),
        }
    }
}

fn parsed<T: FromStr<Err: Display>>(what: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|why| format!("{} is not {what}: {why}", quoted(text)))
}

fn strict(json: &serde_json::Value) -> Result<Value, String> {
    Value::parse_any_size(json.to_string().as_bytes()).map_err(|error| error.to_string())
}

fn arguments(json: &serde_json::Value) -> Result<Arguments, String> {
    let members = match strict(json)? {
        Value::Object(members) => members,
        _ => return Err("the arguments are no object".to_owned()),
    };
    let argument = |(name, value): (String, Value)| {
        let argument = match value {
            Value::Str(text) => Argument::Str(text),
            Value::Int(number) => Argument::Int(number),
            Value::Bool(flag) => Argument::Bool(flag),
            Value::List(items) => Argument::Strings(
                items
                    .iter()
                    .map(|item| item.as_str().map(str::to_owned))
                    .collect::<Option<_>>()
                    .ok_or_else(|| format!("the argument {} is no list of strings", quoted(&name)))?,
            ),
            Value::Object(_) => return Err(format!("the argument {} is an object", quoted(&name))),
        };
        Ok((name, argument))
    };
    members.into_iter().map(argument).collect()
}
