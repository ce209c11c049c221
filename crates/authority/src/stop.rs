//! Stopping and starting again: revocation, halt, pause, resume.

use crate::digest::{Digest, KeyId};
use crate::fields::{Fields, FormatError, Members};
use crate::json::Value;
use crate::name::{Name, Text};
use crate::statement::{Kind, Payload, PayloadFields, PayloadMembers};

/// What a revocation or a pause ends or holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A capability and all below it.
    Capability(Digest),
    /// Everything that one agent's key holds.
    Agent(KeyId),
    /// Every delegation of a person.
    Person(Name),
    /// Every use of a connection.
    Connection(Name),
    /// A standing rule: nothing is done by it any more.
    Standing(Digest),
    /// Everything in the realm.
    Everything,
}

impl Target {
    /// The target's kind as it is written.
    pub fn kind(&self) -> &'static str {
        match self {
            Target::Capability(_) => "capability",
            Target::Agent(_) => "agent",
            Target::Person(_) => "person",
            Target::Connection(_) => "connection",
            Target::Standing(_) => "standing",
            Target::Everything => "everything",
        }
    }

    /// The target's id as it is written; `all` for everything.
    pub fn id(&self) -> String {
        match self {
            Target::Capability(digest) | Target::Standing(digest) => digest.to_string(),
            Target::Agent(key) => key.to_string(),
            Target::Person(name) | Target::Connection(name) => name.to_string(),
            Target::Everything => "all".into(),
        }
    }

    /// Reads a target from its kind and id.
    pub fn from_parts(kind: &str, id: &str) -> Result<Target, FormatError> {
        match kind {
            "capability" => Ok(Target::Capability(id.parse()?)),
            "agent" => Ok(Target::Agent(id.parse()?)),
            "person" => Ok(Target::Person(id.parse()?)),
            "connection" => Ok(Target::Connection(id.parse()?)),
            "standing" => Ok(Target::Standing(id.parse()?)),
            "everything" if id == "all" => Ok(Target::Everything),
            _ => Err(FormatError::Invalid {
                field: "target.kind".into(),
                why: "not one of `capability`, `agent`, `person`, `connection`, `standing`, `everything` (with the id `all`)".into(),
            }),
        }
    }

    fn read(fields: &mut Fields<'_>) -> Result<Target, FormatError> {
        let mut target = fields.object("target")?;
        let (kind, id) = (target.str("kind")?, target.str("id")?);
        target.finish()?;
        Target::from_parts(&kind, &id)
    }

    fn encode(&self) -> Value {
        let mut members = Members::default();
        members.put("kind", self.kind());
        members.put("id", self.id());
        members.into_value()
    }
}

/// The end of a target, for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// What ends. Never `everything`: that is a halt.
    pub target: Target,
    /// Why.
    pub reason: Text,
}

/// The end of everything, until a resume names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halt {
    /// Why.
    pub reason: Text,
}

/// The broker's record that somebody with local access held a target: nothing new starts there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// What is held: an agent or everything.
    pub target: Target,
    /// The user id of the process that asked.
    pub uid: u64,
}

/// The lifting of one halt or one pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The statement digest of the halt or pause.
    pub lifts: Digest,
}

impl Payload for Revocation {
    const KIND: Kind = Kind::Revocation;

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Revocation, FormatError> {
        let target = Target::read(fields)?;
        if target == Target::Everything {
            return Err(fields.invalid("target", "everything is ended by a halt"));
        }
        Ok(Revocation { target, reason: fields.parsed("reason")? })
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("target", self.target.encode());
        members.put("reason", &self.reason);
    }
}

impl Payload for Halt {
    const KIND: Kind = Kind::Halt;

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Halt, FormatError> {
        Ok(Halt { reason: fields.parsed("reason")? })
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("reason", &self.reason);
    }
}

impl Payload for Pause {
    const KIND: Kind = Kind::Pause;

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Pause, FormatError> {
        let target = Target::read(fields)?;
        if !matches!(target, Target::Agent(_) | Target::Everything) {
            return Err(fields.invalid("target", "an agent or everything is paused, nothing else"));
        }
        Ok(Pause { target, uid: fields.count("uid")? })
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("target", self.target.encode());
        members.put("uid", crate::fields::number(self.uid));
    }
}

impl Payload for Resume {
    const KIND: Kind = Kind::Resume;

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Resume, FormatError> {
        Ok(Resume { lifts: fields.digest("lifts")? })
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("lifts", self.lifts);
    }
}
