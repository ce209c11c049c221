//! What an authenticator answered to being asked for a new key, on its way to an enrolment.
//!
//! Nothing of it is signed (no attestation is asked for), so that it is the browser's or our own USB
//! code's word. That the key exists, and is the person's, shows when it signs its first statement.

use crate::RP_ID;
use crate::error::CeremonyError;
use bailiwick_authority::{Algorithm, Digest, Enrolment, PublicKey, Value};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const ATTESTED: u8 = 0x40;

/// Relying party's hash, flags, counter; then the model's id and the credential id's length.
const CREDENTIAL_AT: usize = 32 + 1 + 4 + 16 + 2;

/// A new key as it came.
pub(crate) struct NewKey<'a> {
    /// The key's algorithm.
    pub(crate) algorithm: Algorithm,
    /// The key's bytes, as enrolments keep them.
    pub(crate) key: Vec<u8>,
    /// The credential id, as the client said it.
    pub(crate) credential: Vec<u8>,
    /// The authenticator data.
    pub(crate) authenticator_data: &'a [u8],
    /// Where it may be used.
    pub(crate) origins: Vec<String>,
}

impl NewKey<'_> {
    /// The key, if a person was present and verified, for our relying party.
    pub(crate) fn enrol(self) -> Result<PublicKey, CeremonyError> {
        let refused = |why: &str| CeremonyError::NoKey(why.to_owned());
        let data = self.authenticator_data;
        let (hash, rest) = data.split_at_checked(32).ok_or_else(|| refused("the answer is cut off"))?;
        let flags = rest.first().copied().unwrap_or_default();
        if hash != Digest::of(RP_ID.as_bytes()).as_bytes() {
            return Err(refused("it was made for another relying party"));
        }
        if flags & PRESENT == 0 || flags & VERIFIED == 0 {
            return Err(refused("it does not verify who touches it"));
        }
        let length = data.get(CREDENTIAL_AT - 2..CREDENTIAL_AT).and_then(|bytes| bytes.try_into().ok());
        let length = usize::from(length.map(u16::from_be_bytes).unwrap_or_default());
        let own = data.get(CREDENTIAL_AT..CREDENTIAL_AT + length);
        if flags & ATTESTED == 0 || own != Some(self.credential.as_slice()) {
            return Err(refused("the answer names another credential"));
        }
        let mut origins = self.origins;
        origins.sort();
        origins.dedup();
        PublicKey::webauthn(Enrolment {
            algorithm: self.algorithm,
            key: self.key,
            credential: self.credential,
            rp_id: RP_ID.to_owned(),
            origins,
            synced: flags & BACKUP_ELIGIBLE != 0,
        })
        .map_err(|error| refused(&error.to_string()))
    }
}

/// Whether these client data are of a new key, for this challenge and page.
pub(crate) fn check_client_data(
    client_data: &[u8],
    challenge: &[u8],
    origin: &str,
) -> Result<(), CeremonyError> {
    let data = Value::parse(client_data).ok();
    let text = |member: &str| data.as_ref().and_then(|data| data.get(member)).and_then(Value::as_str);
    let framed = data.as_ref().is_some_and(|data| {
        data.get("topOrigin").is_some()
            || data.get("crossOrigin").is_some_and(|cross| *cross != Value::Bool(false))
    });
    if text("type") == Some("webauthn.create")
        && text("challenge") == Some(&URL_SAFE_NO_PAD.encode(challenge))
        && text("origin") == Some(origin)
        && !framed
    {
        Ok(())
    } else {
        Err(CeremonyError::NoKey("the answer was made elsewhere, or for something else".into()))
    }
}
