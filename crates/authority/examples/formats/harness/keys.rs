//! Keys whose seeds are `SHA-256("bailiwick vector key " + name)`, so that anybody can make them again.

use bailiwick_authority::{Algorithm, Digest, Ed25519Signer, Signer, Value};
use bailiwick_testkit::SoftwarePasskey;
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

/// Passkeys of a steward whom some rosters have: one of each algorithm, and one that may be copied.
pub(crate) const PASSKEYS: [(&str, Algorithm, bool); 4] = [
    ("ella-es256", Algorithm::Es256, false),
    ("ella-rs256", Algorithm::Rs256, false),
    ("ella-eddsa", Algorithm::EdDsa, false),
    ("ella-synced", Algorithm::Es256, true),
];

static TOUCHED: LazyLock<BTreeMap<&'static str, SoftwarePasskey>> = LazyLock::new(|| {
    let key = |(name, algorithm, synced)| (name, SoftwarePasskey::new(algorithm, &seed(name), synced));
    PASSKEYS.into_iter().map(key).collect()
});

static KEYS: LazyLock<BTreeMap<&'static str, Ed25519Signer>> = LazyLock::new(|| {
    NAMES.into_iter().map(|name| (name, Ed25519Signer::from_seed(&seed(name)).unwrap())).collect()
});

pub(crate) fn seed(name: &str) -> [u8; 32] {
    *Digest::of(format!("bailiwick vector key {name}").as_bytes()).as_bytes()
}

pub(crate) fn key(name: &str) -> &'static Ed25519Signer {
    KEYS.get(name).unwrap()
}

/// The passkey of this name, if there is one.
pub(crate) fn passkey(name: &str) -> Option<&'static SoftwarePasskey> {
    TOUCHED.get(name)
}

/// The key of this name, of whichever suite.
pub(crate) fn signer(name: &str) -> &'static dyn Signer {
    match passkey(name) {
        Some(passkey) => passkey,
        None => key(name),
    }
}

pub(crate) fn id(name: &str) -> String {
    signer(name).public().id().to_string()
}

/// The name of the key's suite.
pub(crate) fn suite(name: &str) -> &'static str {
    signer(name).public().suite().as_str()
}

/// The base64 of the public half.
pub(crate) fn public(name: &str) -> String {
    let line = signer(name).public().to_line();
    line.split_once(':').unwrap().1.to_owned()
}

/// `{"suite", "public"}`.
pub(crate) fn holder(name: &str) -> Value {
    Value::object([("suite", Value::from("ed25519")), ("public", Value::from(public(name)))])
}
