//! The requests that the ledger has.

use crate::broker::{Broker, internal, store_error};
use crate::realm::Past;
use bailiwick_authority::{Digest, Envelope, Kind, PublicKey, Request, Signed, Unverified};
use bailiwick_ledger::Store;
use bailiwick_protocol::ApiError;

/// The requests that this broker signed.
pub(crate) struct Requests<'a> {
    pub(crate) store: &'a Store,
    pub(crate) broker: &'a PublicKey,
}

impl Past for Requests<'_> {
    fn request(&self, digest: &Digest) -> Result<Option<Signed<Request>>, ApiError> {
        let Some(bytes) = self.store.envelope(digest).map_err(store_error)? else { return Ok(None) };
        let damaged =
            |error: &dyn std::fmt::Display| internal(format!("a stored statement is damaged: {error}"));
        let envelope = Envelope::parse(&bytes).map_err(|error| damaged(&error))?;
        if Kind::of(&envelope) != Some(Kind::Request) {
            return Ok(None);
        }
        let request: Unverified<Request> = Unverified::read(envelope).map_err(|error| damaged(&error))?;
        request.verify(self.broker).map(Some).map_err(|error| damaged(&error))
    }
}

impl Broker {
    /// What this broker asked before.
    pub(crate) fn past(&self) -> Requests<'_> {
        Requests { store: self.journal.store(), broker: self.public_key() }
    }
}
