//! Receipts and findings: the broker's in-toto Statements about what happened.

use crate::digest::{Digest, KeyId};
use crate::fields::{At, Fields, FormatError, Members, number};
use crate::grant::{Arguments, Resource, read_arguments, write_arguments};
use crate::json::{Node, Value};
use crate::name::{ActionId, Name, NameError, Text};
use crate::roster::closed_list;
use crate::statement::{Kind, Payload, PayloadFields, PayloadMembers};
use crate::time::Timestamp;
use std::str::FromStr;

/// How an operation ended. Terminal, but for `unknown`, which a finding resolves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It happened.
    Succeeded,
    /// It did not happen: the destination, the network or the broker failed.
    Failed,
    /// It was not allowed.
    Denied,
    /// It was not carried out in time.
    Expired,
    /// It was stopped by a person.
    Halted,
    /// It was sent, and nobody knows yet whether it happened.
    Unknown,
}

closed_list!(
    Outcome,
    "`succeeded`, `failed`, `denied`, `expired`, `halted`, `unknown`",
    Succeeded = "succeeded",
    Failed = "failed",
    Denied = "denied",
    Expired = "expired",
    Halted = "halted",
    Unknown = "unknown"
);

/// The life of one credential. Its value never left the broker's memory and is not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// `evidence` or `operation`.
    pub purpose: Name,
    /// `installation-token` or `app-jwt`.
    pub kind: Name,
    /// The scope that was asked for, and no wider one was accepted.
    pub scope: Value,
    /// SHA-256 of the value, once it was known.
    pub sha256: Option<Digest>,
    /// When it was asked for.
    pub requested: Timestamp,
    /// When the destination says that it ends by itself.
    pub expires: Option<Timestamp>,
    /// How it ended: `revoked-proven`, `revoked`, `not-revocable`, `value-lost`, `not-minted`, `expired`.
    pub end: Name,
    /// From the answer that carried it to its end, in milliseconds.
    pub life_ms: Option<u64>,
}

/// What became of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The invocation's statement digest.
    pub operation: Digest,
    /// How it ended.
    pub outcome: Outcome,
    /// Where that needs a reason: a code and a sentence.
    pub reason: Option<(Name, Text)>,
    /// The person at the root of the chain, once the chain was verified.
    pub person: Option<Name>,
    /// The chain, root first.
    pub chain: Vec<Digest>,
    /// The labels along the chain; below the first they are claims of agents.
    pub path: Vec<Text>,
    /// The key that asked.
    pub agent: KeyId,
    /// The process that asked, as the broker saw it: never trusted.
    pub process: Value,
    /// What was asked.
    pub action: ActionId,
    /// The action's effects, as policy saw them.
    pub effects: Vec<Text>,
    /// Through which connection.
    pub connection: Name,
    /// On what.
    pub resource: Resource,
    /// With which arguments.
    pub arguments: Arguments,
    /// The policy in force.
    pub policy: Option<Digest>,
    /// What it decided: `{outcome, determining: [ids], refusals: […]}`.
    pub decision: Option<Value>,
    /// The request that persons were asked by, if they were.
    pub request: Option<Digest>,
    /// What they agreed by: approvals, and standing rules, by statement digest.
    pub approvals: Vec<Digest>,
    /// The facts that it decided on.
    pub facts: Option<Value>,
    /// Salted commitments to the bodies that the facts were read from.
    pub observations: Vec<Digest>,
    /// Every credential of the operation.
    pub credentials: Vec<Credential>,
    /// What the destination answered: ids such as the merge commit.
    pub output: Option<Value>,
    /// What no precondition held between the last read and the act, in words.
    pub unpinned: Vec<Text>,
    /// When the invocation was received.
    pub received: Timestamp,
    /// From there to the outcome, in milliseconds.
    pub elapsed_ms: u64,
    /// Versions of what decided: `{broker, policy_engine, time_zones}`.
    pub engine: Value,
}

/// What was learned about an operation after its receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The invocation's statement digest.
    pub operation: Digest,
    /// The receipt that it adds to.
    pub receipt: Digest,
    /// The outcome as it is known now.
    pub outcome: Outcome,
    /// What was found, in a sentence.
    pub text: Text,
    /// What the destination showed.
    pub output: Option<Value>,
}

impl Payload for Receipt {
    const KIND: Kind = Kind::Receipt;

    fn subject(&self) -> Vec<(&'static str, Digest)> {
        vec![("operation", self.operation)]
    }

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Receipt, FormatError> {
        Ok(Receipt {
            operation: fields.digest("operation")?,
            outcome: fields.parsed("outcome")?,
            reason: match fields.optional_object("reason")? {
                None => None,
                Some(mut reason) => {
                    let read = (reason.parsed("code")?, reason.parsed("message")?);
                    reason.finish()?;
                    Some(read)
                }
            },
            person: fields.optional_parsed("person")?,
            chain: fields.parsed_list("chain")?,
            path: fields.parsed_list("path")?,
            agent: fields.key_id("agent")?,
            process: fields.value("process")?,
            action: fields.parsed("action")?,
            effects: fields.parsed_list("effects")?,
            connection: fields.parsed("connection")?,
            resource: Resource::decode(fields.required("resource")?, fields.at("resource"))?,
            arguments: read_arguments(fields)?,
            policy: fields.optional_parsed("policy")?,
            decision: fields.optional_value("decision"),
            request: fields.optional_parsed("request")?,
            approvals: fields.parsed_list("approvals")?,
            facts: fields.optional_value("facts"),
            observations: fields.parsed_list("observations")?,
            credentials: fields.each("credentials", read_credential)?,
            output: fields.optional_value("output"),
            unpinned: fields.parsed_list("unpinned")?,
            received: fields.time("received")?,
            elapsed_ms: fields.count("elapsed_ms")?,
            engine: fields.value("engine")?,
        })
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("operation", self.operation);
        members.put("outcome", self.outcome.as_str());
        members.put_some(
            "reason",
            self.reason.as_ref().map(|(code, message)| {
                Value::object([("code", Value::from(code)), ("message", Value::from(message))])
            }),
        );
        members.put_some("person", self.person.as_ref());
        members.put("chain", Value::List(self.chain.iter().map(|digest| Value::from(*digest)).collect()));
        members.put("path", Value::List(self.path.iter().map(Value::from).collect()));
        members.put("agent", self.agent);
        members.put("process", self.process.clone());
        members.put("action", &self.action);
        members.put("effects", Value::List(self.effects.iter().map(Value::from).collect()));
        members.put("connection", &self.connection);
        members.put("resource", self.resource.to_value());
        members.put("arguments", write_arguments(&self.arguments));
        members.put_some("policy", self.policy);
        members.put_some("decision", self.decision.clone());
        members.put_some("request", self.request);
        members.put(
            "approvals",
            Value::List(self.approvals.iter().map(|digest| Value::from(*digest)).collect()),
        );
        members.put_some("facts", self.facts.clone());
        members.put(
            "observations",
            Value::List(self.observations.iter().map(|digest| Value::from(*digest)).collect()),
        );
        members.put("credentials", Value::List(self.credentials.iter().map(write_credential).collect()));
        members.put_some("output", self.output.clone());
        members.put("unpinned", Value::List(self.unpinned.iter().map(Value::from).collect()));
        members.put("received", self.received);
        members.put("elapsed_ms", number(self.elapsed_ms));
        members.put("engine", self.engine.clone());
    }
}

fn read_credential(node: Node<'_>, at: At) -> Result<Credential, FormatError> {
    let mut fields = Fields::of(node, at)?;
    let credential = Credential {
        purpose: fields.parsed("purpose")?,
        kind: fields.parsed("kind")?,
        scope: fields.value("scope")?,
        sha256: fields.optional_parsed("sha256")?,
        requested: fields.time("requested")?,
        expires: fields.optional_time("expires")?,
        end: fields.parsed("end")?,
        life_ms: fields.optional_count("life_ms")?,
    };
    fields.finish()?;
    Ok(credential)
}

fn write_credential(credential: &Credential) -> Value {
    let mut members = Members::default();
    members.put("purpose", &credential.purpose);
    members.put("kind", &credential.kind);
    members.put("scope", credential.scope.clone());
    members.put_some("sha256", credential.sha256);
    members.put("requested", credential.requested);
    members.put_some("expires", credential.expires);
    members.put("end", &credential.end);
    members.put_some("life_ms", credential.life_ms.map(number));
    members.into_value()
}

impl Payload for Finding {
    const KIND: Kind = Kind::Finding;

    fn subject(&self) -> Vec<(&'static str, Digest)> {
        vec![("operation", self.operation)]
    }

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Finding, FormatError> {
        Ok(Finding {
            operation: fields.digest("operation")?,
            receipt: fields.digest("receipt")?,
            outcome: fields.parsed("outcome")?,
            text: fields.parsed("text")?,
            output: fields.optional_value("output"),
        })
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("operation", self.operation);
        members.put("receipt", self.receipt);
        members.put("outcome", self.outcome.as_str());
        members.put("text", &self.text);
        members.put_some("output", self.output.clone());
    }
}
