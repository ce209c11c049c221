//! Asking persons: the broker's request, a person's answer to it, and rules that persons made from answers.
//!
//! A request is everything that an approver signs, and all of it is in its bytes: whoever shows a request
//! needs nothing else to say what would happen. What does not fit (the facts) is named by digest.

use crate::constraint::{Constraint, MAX_PATTERN_BYTES};
use crate::digest::{Digest, KeyId};
use crate::fields::{At, Fields, FormatError, Members, number};
use crate::grant::{
    Arguments, Bounds, Resource, objection, read_arguments, read_bounds, write_arguments, write_bounds,
};
use crate::json::{Node, Value};
use crate::name::{ActionId, Name, NameError, Text};
use crate::roster::{Assurance, EnrolledKey, Person, Role, closed_list};
use crate::statement::{Kind, Payload, PayloadFields, PayloadMembers};
use crate::time::Timestamp;
use std::collections::BTreeSet;
use std::str::FromStr;

/// How many asks one request may carry.
const MAX_ASKS: usize = 16;

/// How many persons one ask may exclude: as many as a roster has.
const MAX_EXCLUDED: usize = 200;

/// What one policy asks for: so many persons of a role, with keys that are kept at least this well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The policy's id.
    pub policy: Name,
    /// Its title, for people.
    pub title: Text,
    /// Why it exists, for people.
    pub because: Text,
    /// How many persons; at least 1.
    pub count: u64,
    /// In which role.
    pub role: Role,
    /// How their keys must at least be kept.
    pub assurance: Option<Assurance>,
    /// Persons whose approval does not count here, because the operation is their own: sorted, each once.
    pub excluded: Vec<Name>,
}

impl Ask {
    /// Whether an approval that this person signed with this key counts towards it.
    pub fn counts(&self, person: &Person, key: &EnrolledKey) -> bool {
        person.roles.contains(&self.role)
            && self.assurance.is_none_or(|least| key.assurance >= least)
            && self.excluded.binary_search(&person.name).is_err()
    }

    /// How many persons among those who signed count towards it: persons, not keys.
    pub fn approved_by<'a>(&self, signers: impl Iterator<Item = (&'a Person, &'a EnrolledKey)>) -> u64 {
        let counting = signers.filter(|(person, key)| self.counts(person, key));
        let names: BTreeSet<&Name> = counting.map(|(person, _)| &person.name).collect();
        u64::try_from(names.len()).unwrap_or(u64::MAX)
    }
}

/// The broker's description of one operation that persons must agree to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The invocation's statement digest.
    pub operation: Digest,
    /// The capabilities under which it was asked, by statement digest, root first.
    pub chain: Vec<Digest>,
    /// The person at the root.
    pub person: Name,
    /// The labels along the chain; below the first they are claims of agents.
    pub path: Vec<Text>,
    /// The key that asked.
    pub agent: KeyId,
    /// The process that asked, as observed: `{uid, pid, executable, …}`. Never trusted.
    pub process: Value,
    /// What would be done.
    pub action: ActionId,
    /// In words, written by the broker from the typed operation.
    pub sentence: Text,
    /// What it does, as policy speaks of it: `moves_ref(refs/heads/main)`.
    pub effects: Vec<Text>,
    /// Through which connection, by its statement.
    pub connection: Name,
    /// That connection's statement digest.
    pub connection_statement: Digest,
    /// On what.
    pub resource: Resource,
    /// With which arguments.
    pub arguments: Arguments,
    /// SHA-256 of the facts that were judged, in their one encoding.
    pub facts: Digest,
    /// The policy statement in force.
    pub policy: Digest,
    /// Who must agree; every one must be met.
    pub asks: Vec<Ask>,
    /// The credential that would exist: `{kind, repositories, permissions}`.
    pub credential: Value,
    /// What the agent says it saw; its words.
    pub claims: Value,
    /// Until when it can be answered, unless it is held.
    pub expires: Timestamp,
}

/// Which way a person answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Yes.
    Approve,
    /// No; final for what it answers.
    Deny,
}

closed_list!(Answer, "`approve`, `deny`", Approve = "approve", Deny = "deny");

/// A person's answer to one statement: a request, a standing rule, or a change of roster, policy or connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// What is answered, by statement digest.
    pub target: Digest,
    /// Yes or no.
    pub answer: Answer,
    /// Why, in the person's words. A denial's reason reaches the agent.
    pub reason: Option<Text>,
}

/// A rule that persons made from answers: what they would have approved again, within bounds.
///
/// It answers the asks that it names and nothing else: the guard and every other ask stand. It ends with
/// the policy under which it was made, because the asks may mean something else in the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The request that it was made from.
    pub request: Digest,
    /// The policy statement under which it holds.
    pub policy: Digest,
    /// The asks that it answers, by policy id.
    pub asks: Vec<Name>,
    /// The key that may ask.
    pub agent: KeyId,
    /// Through which connection.
    pub connection: Name,
    /// What.
    pub action: ActionId,
    /// On what.
    pub resource: Resource,
    /// What each argument may be. One that is not mentioned must be absent.
    pub arguments: Bounds,
    /// How often.
    pub max_uses: u64,
    /// Until when.
    pub expires: Timestamp,
}

impl Standing {
    /// Whether these arguments lie within the rule's bounds.
    pub fn allows(&self, arguments: &Arguments) -> bool {
        objection(&self.arguments, arguments).is_none()
    }
}

impl Payload for Request {
    const KIND: Kind = Kind::Request;

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Request, FormatError> {
        let request = Request {
            operation: fields.digest("operation")?,
            chain: fields.parsed_list("chain")?,
            person: fields.parsed("person")?,
            path: fields.parsed_list("path")?,
            agent: fields.key_id("agent")?,
            process: fields.value("process")?,
            action: fields.parsed("action")?,
            sentence: fields.parsed("sentence")?,
            effects: fields.parsed_list("effects")?,
            connection: fields.parsed("connection")?,
            connection_statement: fields.digest("connection_statement")?,
            resource: Resource::decode(fields.required("resource")?, fields.at("resource"))?,
            arguments: read_arguments(fields)?,
            facts: fields.digest("facts")?,
            policy: fields.digest("policy")?,
            asks: fields.each("asks", read_ask)?,
            credential: fields.value("credential")?,
            claims: fields.value("claims")?,
            expires: fields.time("expires")?,
        };
        if request.asks.is_empty() || request.asks.len() > MAX_ASKS {
            return Err(fields.invalid("asks", "a request asks 1 to 16 things"));
        }
        if request.chain.is_empty() || request.chain.len() > crate::MAX_CHAIN {
            return Err(fields.invalid("chain", "a chain has 1 to 8 links"));
        }
        Ok(request)
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("operation", self.operation);
        members.put("chain", Value::List(self.chain.iter().map(|digest| Value::from(*digest)).collect()));
        members.put("person", &self.person);
        members.put("path", Value::List(self.path.iter().map(Value::from).collect()));
        members.put("agent", self.agent);
        members.put("process", self.process.clone());
        members.put("action", &self.action);
        members.put("sentence", &self.sentence);
        members.put("effects", Value::List(self.effects.iter().map(Value::from).collect()));
        members.put("connection", &self.connection);
        members.put("connection_statement", self.connection_statement);
        members.put("resource", self.resource.to_value());
        members.put("arguments", write_arguments(&self.arguments));
        members.put("facts", self.facts);
        members.put("policy", self.policy);
        members.put("asks", Value::List(self.asks.iter().map(write_ask).collect()));
        members.put("credential", self.credential.clone());
        members.put("claims", self.claims.clone());
        members.put("expires", self.expires);
    }
}

fn read_ask(node: Node<'_>, at: At) -> Result<Ask, FormatError> {
    let mut fields = Fields::of(node, at)?;
    let ask = Ask {
        policy: fields.parsed("policy")?,
        title: fields.parsed("title")?,
        because: fields.parsed("because")?,
        count: fields.count("count")?,
        role: fields.parsed("role")?,
        assurance: fields.optional_parsed("assurance")?,
        excluded: fields.parsed_list("excluded")?,
    };
    if ask.count == 0 {
        return Err(fields.invalid("count", "at least 1"));
    }
    if ask.excluded.len() > MAX_EXCLUDED || !ask.excluded.is_sorted_by(|one, next| one < next) {
        return Err(fields.invalid("excluded", "at most 200 names, sorted, each once"));
    }
    fields.finish()?;
    Ok(ask)
}

fn write_ask(ask: &Ask) -> Value {
    let mut members = Members::default();
    members.put("policy", &ask.policy);
    members.put("title", &ask.title);
    members.put("because", &ask.because);
    members.put("count", number(ask.count));
    members.put("role", ask.role.as_str());
    members.put_some("assurance", ask.assurance.map(Assurance::as_str));
    members.put("excluded", Value::List(ask.excluded.iter().map(Value::from).collect()));
    members.into_value()
}

impl Payload for Approval {
    const KIND: Kind = Kind::Approval;

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Approval, FormatError> {
        Ok(Approval {
            target: fields.digest("target")?,
            answer: fields.parsed("answer")?,
            reason: fields.optional_parsed("reason")?,
        })
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("target", self.target);
        members.put("answer", self.answer.as_str());
        members.put_some("reason", self.reason.as_ref());
    }
}

impl Payload for Standing {
    const KIND: Kind = Kind::Standing;

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Standing, FormatError> {
        let standing = Standing {
            request: fields.digest("request")?,
            policy: fields.digest("policy")?,
            asks: fields.parsed_list("asks")?,
            agent: fields.key_id("agent")?,
            connection: fields.parsed("connection")?,
            action: fields.parsed("action")?,
            resource: Resource::decode(fields.required("resource")?, fields.at("resource"))?,
            arguments: read_bounds(fields)?,
            max_uses: fields.count("max_uses")?,
            expires: fields.time("expires")?,
        };
        if standing.asks.is_empty() || standing.asks.len() > MAX_ASKS {
            return Err(fields.invalid("asks", "a standing rule answers 1 to 16 asks"));
        }
        if standing.arguments.values().map(Constraint::pattern_bytes).sum::<usize>() > MAX_PATTERN_BYTES {
            return Err(fields.invalid("arguments", "its patterns have more than 2,048 bytes together"));
        }
        if standing.max_uses == 0 {
            return Err(fields.invalid("max_uses", "at least 1"));
        }
        Ok(standing)
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("request", self.request);
        members.put("policy", self.policy);
        members.put("asks", Value::List(self.asks.iter().map(Value::from).collect()));
        members.put("agent", self.agent);
        members.put("connection", &self.connection);
        members.put("action", &self.action);
        members.put("resource", self.resource.to_value());
        members.put("arguments", write_bounds(&self.arguments));
        members.put("max_uses", number(self.max_uses));
        members.put("expires", self.expires);
    }
}
