//! Alarms: what the broker noticed about a statement that was handed to it. An alarm decides nothing; it is in
//! the ledger so that somebody looks.

use crate::digest::{Digest, KeyId};
use crate::fields::FormatError;
use crate::name::{Name, Text};
use crate::statement::{Kind, Payload, PayloadFields, PayloadMembers};

/// Something that persons should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What kind of thing: `refused`, of a statement that was not admitted; `counter`, of an authenticator that
    /// has not counted on.
    pub code: Name,
    /// The statement's digest.
    pub statement: Digest,
    /// What kind of statement it is.
    pub kind: Name,
    /// The key that it names as its issuer. Nothing says that this key signed what was refused.
    pub key: KeyId,
    /// Whose key that is, if it is anybody's on the roster.
    pub person: Option<Name>,
    /// In a sentence.
    pub text: Text,
}

impl Payload for Alarm {
    const KIND: Kind = Kind::Alarm;

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Alarm, FormatError> {
        Ok(Alarm {
            code: fields.parsed("code")?,
            statement: fields.digest("statement")?,
            kind: fields.parsed("kind")?,
            key: fields.key_id("key")?,
            person: fields.optional_parsed("person")?,
            text: fields.parsed("text")?,
        })
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("code", &self.code);
        members.put("statement", self.statement);
        members.put("kind", &self.kind);
        members.put("key", self.key);
        members.put_some("person", self.person.as_ref());
        members.put("text", &self.text);
    }
}
