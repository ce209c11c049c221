//! Keys whose seeds are `SHA-256("bailiwick vector key " + name)`, so that anybody can make them again.

use bailiwick_authority::{Digest, Ed25519Signer, Signer, Value};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Persons' keys, the broker's, and enough agents for the longest chain and some strangers.
pub(crate) const NAMES: [&str; 20] = [
    "ada",
    "ben",
    "cleo",
    "dora",
    "broker",
    "broker-2",
    "agent-1",
    "agent-2",
    "agent-3",
    "agent-4",
    "agent-5",
    "agent-6",
    "agent-7",
    "agent-8",
    "agent-9",
    "stranger-1",
    "stranger-2",
    "stranger-3",
    "spare",
    "mallory",
];

static KEYS: LazyLock<BTreeMap<&'static str, Ed25519Signer>> = LazyLock::new(|| {
    NAMES.into_iter().map(|name| (name, Ed25519Signer::from_seed(&seed(name)).unwrap())).collect()
});

pub(crate) fn seed(name: &str) -> [u8; 32] {
    *Digest::of(format!("bailiwick vector key {name}").as_bytes()).as_bytes()
}

pub(crate) fn key(name: &str) -> &'static Ed25519Signer {
    KEYS.get(name).unwrap()
}

pub(crate) fn id(name: &str) -> String {
    key(name).public().id().to_string()
}

/// The base64 of the public half.
pub(crate) fn public(name: &str) -> String {
    key(name).public().to_line().trim_start_matches("ed25519:").to_owned()
}

/// `{"suite", "public"}`.
pub(crate) fn holder(name: &str) -> Value {
    Value::object([("suite", Value::from("ed25519")), ("public", Value::from(public(name)))])
}
