//! The roster in force, as consoles read it.

use serde::{Deserialize, Serialize};

/// The roster in force with what the ledger knows of its keys. Who reads it verifies the envelope itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RosterInForce {
    /// The statement's digest.
    pub statement: String,
    /// Its envelope, as it was signed.
    pub envelope: String,
    /// What the ledger knows of each key that was ever enrolled.
    pub keys: Vec<KeyUse>,
    /// What was noticed lately about statements of persons, newest first.
    #[serde(default)]
    pub alarms: Vec<AlarmView>,
}

/// An alarm of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AlarmView {
    /// Its ledger entry.
    pub sequence: u64,
    /// When, in seconds since 1970.
    pub time: u64,
    /// `refused`, `lapsed` or `counter`.
    pub code: String,
    /// The statement that it is about.
    pub statement: String,
    /// Whose key that statement names, if anybody's on the roster.
    pub person: Option<String>,
    /// What was noticed, in a sentence.
    pub text: String,
}

/// What the ledger knows of a person's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct KeyUse {
    /// The key's id.
    pub key: String,
    /// When a roster first had it, in seconds since 1970.
    pub since: u64,
    /// When a statement of it was last admitted, in seconds since 1970.
    pub last_used: Option<u64>,
    /// The ledger entries that it signed and that may be named in its end: number, kind, time.
    pub signed: Vec<SignedEntry>,
}

/// An entry that a person signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SignedEntry {
    /// Its place in the ledger.
    pub sequence: u64,
    /// Its kind.
    pub kind: String,
    /// The statement's digest.
    pub statement: String,
    /// When it was admitted, in seconds since 1970.
    pub time: u64,
}
