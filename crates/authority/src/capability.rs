//! Capabilities: what the holder of a key may ask for, until when, and how far it may pass it on.

use crate::constraint::{Constraint, MAX_PATTERN_BYTES};
use crate::digest::Digest;
use crate::fields::{FormatError, Members, number};
use crate::grant::Grant;
use crate::json::Value;
use crate::key::PublicKey;
use crate::name::Text;
use crate::statement::{Kind, Payload, PayloadFields, PayloadMembers};
use crate::time::Timestamp;

/// How many grants one capability may have.
const MAX_GRANTS: usize = 64;

/// At most so many uses within so many seconds. Attempts count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Uses.
    pub uses: u64,
    /// The length of the sliding window, in seconds.
    pub seconds: u64,
}

/// A capability. With a parent it is a child, issued by the parent's holder; without, a person's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// The parent capability's statement digest.
    pub parent: Option<Digest>,
    /// The key that may use it.
    pub holder: PublicKey,
    /// What its issuer calls the holder. Signed by a person in a root; a claim of the parent below.
    pub label: Text,
    /// What may be asked; an invocation must fit within one of them.
    pub grants: Vec<Grant>,
    /// From when.
    pub not_before: Timestamp,
    /// Until when, this second excluded.
    pub expires: Timestamp,
    /// How often, in all, descendants included.
    pub max_uses: Option<u64>,
    /// How fast, descendants included.
    pub rate: Option<Rate>,
    /// How many more links may follow.
    pub max_depth: u64,
    /// What it is for, in its issuer's words.
    pub purpose: Text,
}

impl Payload for Capability {
    const KIND: Kind = Kind::Capability;

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Capability, FormatError> {
        let capability = Capability {
            parent: fields.optional_parsed("parent")?,
            holder: PublicKey::decode_holder(fields.required("holder")?, fields.at("holder"))?,
            label: fields.parsed("label")?,
            grants: fields.each("grants", Grant::decode)?,
            not_before: fields.time("not_before")?,
            expires: fields.time("expires")?,
            max_uses: fields.optional_count("max_uses")?,
            rate: match fields.optional_object("rate")? {
                None => None,
                Some(mut rate) => {
                    let read = Rate { uses: rate.count("uses")?, seconds: rate.count("seconds")? };
                    rate.finish()?;
                    Some(read)
                }
            },
            max_depth: fields.count("max_depth")?,
            purpose: fields.parsed("purpose")?,
        };
        if capability.grants.is_empty() || capability.grants.len() > MAX_GRANTS {
            return Err(fields.invalid("grants", "a capability has 1 to 64 grants"));
        }
        let patterns = capability.grants.iter().flat_map(|grant| grant.arguments.values());
        if patterns.map(Constraint::pattern_bytes).sum::<usize>() > MAX_PATTERN_BYTES {
            return Err(fields.invalid("grants", "its patterns have more than 2,048 bytes together"));
        }
        if capability.expires <= capability.not_before {
            return Err(fields.invalid("expires", "it ends before it begins"));
        }
        if capability.rate.is_some_and(|rate| rate.uses == 0 || rate.seconds == 0 || rate.seconds > 86_400) {
            return Err(fields.invalid("rate", "at least one use in 1 to 86,400 seconds"));
        }
        if capability.max_uses == Some(0) {
            return Err(fields.invalid("max_uses", "at least 1"));
        }
        Ok(capability)
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put_some("parent", self.parent);
        members.put("holder", self.holder.encode());
        members.put("label", &self.label);
        members.put("grants", Value::List(self.grants.iter().map(Grant::encode).collect()));
        members.put("not_before", self.not_before);
        members.put("expires", self.expires);
        members.put_some("max_uses", self.max_uses.map(number));
        members.put_some(
            "rate",
            self.rate.map(|rate| {
                let mut inner = Members::default();
                inner.put("uses", number(rate.uses));
                inner.put("seconds", number(rate.seconds));
                inner
            }),
        );
        members.put("max_depth", number(self.max_depth));
        members.put("purpose", &self.purpose);
    }
}
