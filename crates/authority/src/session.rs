//! Signing in: a person at a console, for some hours. It opens the console's reading, and nothing else:
//! whatever allows, starts or ends something is signed by itself.

use crate::digest::KeyId;
use crate::fields::FormatError;
use crate::name::Text;
use crate::statement::{Kind, Payload, PayloadFields, PayloadMembers};
use crate::time::Timestamp;

/// The longest session, in seconds: 12 hours.
pub const MAX_SESSION_SECONDS: u64 = 12 * 60 * 60;

/// A person's sign-in at a console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The broker whose console it is.
    pub broker: KeyId,
    /// Which console, in its own words.
    pub console: Text,
    /// When it ends, at most [`MAX_SESSION_SECONDS`] after it was issued.
    pub expires: Timestamp,
}

impl Payload for Session {
    const KIND: Kind = Kind::Session;

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Session, FormatError> {
        Ok(Session {
            broker: fields.key_id("broker")?,
            console: fields.parsed("console")?,
            expires: fields.time("expires")?,
        })
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("broker", self.broker);
        members.put("console", &self.console);
        members.put("expires", self.expires);
    }
}
