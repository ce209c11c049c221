//! Fetching: the holder of a key proves it, to be handed the capabilities that were issued to it.

use crate::digest::KeyId;
use crate::fields::FormatError;
use crate::key::PublicKey;
use crate::statement::{Kind, Payload, PayloadFields, PayloadMembers};
use crate::time::Timestamp;

/// A holder's request for its capabilities, to one broker. Its issuer is the key that it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// The holder's key.
    pub holder: PublicKey,
    /// The broker that may answer.
    pub broker: KeyId,
    /// When it is no longer received, at most 60 s after `issued`.
    pub expires: Timestamp,
}

impl Payload for Fetch {
    const KIND: Kind = Kind::Fetch;

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Fetch, FormatError> {
        Ok(Fetch {
            holder: PublicKey::decode_holder(fields.required("holder")?, fields.at("holder"))?,
            broker: fields.key_id("broker")?,
            expires: fields.time("expires")?,
        })
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("holder", self.holder.encode());
        members.put("broker", self.broker);
        members.put("expires", self.expires);
    }
}
