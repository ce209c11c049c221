//! Invocations: an agent's signed, single-use request for one operation.

use crate::digest::{Digest, KeyId};
use crate::fields::FormatError;
use crate::grant::{Arguments, Resource, read_arguments, write_arguments};
use crate::json::Value;
use crate::name::{ActionId, Name};
use crate::statement::{Kind, Payload, PayloadFields, PayloadMembers};
use crate::time::Timestamp;

/// The longest an invocation may live after it was issued, in seconds.
pub const MAX_INVOCATION_SECONDS: u64 = 60;

/// A request for one operation, to one broker, under one leaf capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The capability under which it is asked.
    pub leaf: Digest,
    /// The broker that may carry it out.
    pub broker: KeyId,
    /// What is asked.
    pub action: ActionId,
    /// Through which connection.
    pub connection: Name,
    /// On what.
    pub resource: Resource,
    /// With which arguments.
    pub arguments: Arguments,
    /// When it is no longer received, at most [`MAX_INVOCATION_SECONDS`] after `issued`.
    pub expires: Timestamp,
    /// What the agent says it saw. Recorded, shown as its words, never judged by.
    pub claims: Value,
}

impl Payload for Invocation {
    const KIND: Kind = Kind::Invocation;

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Invocation, FormatError> {
        let invocation = Invocation {
            leaf: fields.digest("leaf")?,
            broker: fields.key_id("broker")?,
            action: fields.parsed("action")?,
            connection: fields.parsed("connection")?,
            resource: Resource::decode(fields.required("resource")?, fields.at("resource"))?,
            arguments: read_arguments(fields)?,
            expires: fields.time("expires")?,
            claims: fields.value("claims")?,
        };
        if !matches!(invocation.claims, Value::Object(_)) {
            return Err(FormatError::WrongType { field: "claims".into(), expected: "an object" });
        }
        Ok(invocation)
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("leaf", self.leaf);
        members.put("broker", self.broker);
        members.put("action", &self.action);
        members.put("connection", &self.connection);
        members.put("resource", self.resource.to_value());
        members.put("arguments", write_arguments(&self.arguments));
        members.put("expires", self.expires);
        members.put("claims", self.claims.clone());
    }
}
