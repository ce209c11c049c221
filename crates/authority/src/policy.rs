//! Which policy is in force: digests of the sets, the schema and the data beside them.

use crate::digest::Digest;
use crate::fields::FormatError;
use crate::name::Name;
use crate::statement::{Kind, Payload, PayloadFields, PayloadMembers};

/// The policy in force. The texts travel beside the statement and are held against these digests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySet {
    /// The policy statement that this one follows.
    pub previous: Option<Digest>,
    /// SHA-256 of the guard set: what may happen at all.
    pub guard: Digest,
    /// SHA-256 of the ask set: who must agree.
    pub ask: Digest,
    /// SHA-256 of the Cedar schema that both were validated against.
    pub schema: Digest,
    /// SHA-256 of the named data: calendars, protected paths.
    pub data: Digest,
}

impl Payload for PolicySet {
    const KIND: Kind = Kind::Policy;

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<PolicySet, FormatError> {
        let series: Name = fields.parsed("series")?;
        if series.as_str() != "policy" {
            return Err(fields.invalid("series", "the one series of policies is named `policy`"));
        }
        Ok(PolicySet {
            previous: fields.optional_parsed("previous")?,
            guard: fields.digest("guard")?,
            ask: fields.digest("ask")?,
            schema: fields.digest("schema")?,
            data: fields.digest("data")?,
        })
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("series", "policy");
        members.put_some("previous", self.previous);
        members.put("guard", self.guard);
        members.put("ask", self.ask);
        members.put("schema", self.schema);
        members.put("data", self.data);
    }
}
