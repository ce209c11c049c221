//! An invitation: a newcomer's key, signed with itself, on its way to a steward who may enrol it.
//!
//! It gives nothing. It proves that whoever made it has the key, and that nobody changed what it says;
//! that it came from the right person is what comparing its four words is for.

use crate::fields::FormatError;
use crate::name::{Name, Text};
use crate::roster::{EnrolledKey, read_identities, read_key_members, write_identities, write_key_members};
use crate::statement::{Kind, Payload, PayloadFields, PayloadMembers};
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// A newcomer's request to be enrolled, or a person's to have another key.
///
/// INVARIANT: its key has no end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The person's name in the realm, as they wish it.
    pub name: Name,
    /// The person's ids at destinations, as they say.
    pub identities: BTreeMap<Name, Text>,
    /// The key, which is the statement's issuer.
    pub key: EnrolledKey,
    /// When it is no longer taken.
    pub expires: Timestamp,
}

impl Payload for Invitation {
    const KIND: Kind = Kind::Invitation;

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Invitation, FormatError> {
        let mut key = fields.object("key")?;
        let invitation = Invitation {
            name: fields.parsed("name")?,
            identities: read_identities(fields)?,
            key: read_key_members(&mut key)?,
            expires: fields.time("expires")?,
        };
        if invitation.key.end.is_some() {
            return Err(key.invalid("end", "a key that has ended is not enrolled"));
        }
        key.finish()?;
        Ok(invitation)
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("name", &self.name);
        members.put("identities", write_identities(&self.identities));
        members.put("key", write_key_members(&self.key));
        members.put("expires", self.expires);
    }
}
