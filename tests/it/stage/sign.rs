//! Keys, statements, and statements that no honest program would make.

use bailiwick_authority::{
    Ed25519Signer, Envelope, NameError, Nonce, Payload, PublicKey, Realm, Signed, Signer as _, Text,
    Timestamp, seal,
};
use serde_json::Value as Json;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time on this machine.
pub(crate) fn now() -> Timestamp {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    Timestamp::from_seconds(seconds).unwrap()
}

/// 128 fresh random bits.
pub(crate) fn nonce() -> Nonce {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    Nonce(bytes)
}

/// A key of nobody yet.
pub(crate) fn fresh_key() -> Ed25519Signer {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).unwrap();
    Ed25519Signer::from_seed(&seed).unwrap()
}

/// The public half of a key whose private half nobody kept.
pub(crate) fn fresh_key_public() -> &'static PublicKey {
    Box::leak(Box::new(fresh_key().public().clone()))
}

/// A name that is known to be one.
#[track_caller]
pub(crate) fn named<T: std::str::FromStr<Err = NameError>>(name: &str) -> T {
    name.parse().unwrap_or_else(|why| panic!("`{name}`: {why}"))
}

/// A text that is known to be one.
#[track_caller]
pub(crate) fn text(words: &str) -> Text {
    named(words)
}

/// Signs `body` as of `issued`.
pub(crate) fn seal_at<T: Payload>(
    key: &Ed25519Signer,
    realm: Realm,
    issued: Timestamp,
    body: T,
) -> Signed<T> {
    seal(key, realm, issued, nonce(), body).unwrap()
}

/// The envelope as it travels.
pub(crate) fn text_of<T>(signed: &Signed<T>) -> String {
    String::from_utf8(signed.envelope().to_bytes()).unwrap()
}

/// The payload of a statement, to be tampered with.
pub(crate) fn payload_of<T>(signed: &Signed<T>) -> Json {
    serde_json::from_slice(signed.envelope().payload()).unwrap()
}

/// An envelope around any payload, rightly signed by `key`.
pub(crate) fn forge(key: &Ed25519Signer, payload_type: &str, payload: &Json) -> String {
    let payload = serde_json::to_vec(payload).unwrap();
    let unsigned = Envelope::new(payload_type, payload.clone(), Vec::new());
    let signature = key.sign(&unsigned.pre_authentication_encoding()).unwrap();
    String::from_utf8(Envelope::new(payload_type, payload, signature).to_bytes()).unwrap()
}
