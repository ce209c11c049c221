//! What an agent says and hears.

use serde::{Deserialize, Serialize};

/// Whom the agent talks to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AgentGreeting {
    /// The broker's version.
    pub version: String,
    /// The protocol's version.
    pub protocol: u32,
    /// The realm, once there is a genesis.
    pub realm: Option<String>,
    /// The broker's key id, which invocations name.
    pub broker: String,
    /// The broker's time in seconds since 1970.
    pub now: u64,
}

/// A request for one operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Ask {
    /// The capabilities' envelopes, root first.
    pub chain: Vec<String>,
    /// The invocation's envelope.
    pub invocation: String,
    /// How long to wait for the outcome, in milliseconds.
    #[serde(default)]
    pub wait_ms: u64,
}

/// A holder's proof, to fetch its capabilities.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FetchRequest {
    /// The envelope of a `fetch` statement.
    pub envelope: String,
}

/// The capabilities of a holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FetchAnswer {
    /// Each capability as a chain of envelopes, root first, the holder's own last.
    pub chains: Vec<Vec<String>>,
}

/// An agent's revocation of something that descends from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Revoke {
    /// The envelope of the revocation.
    pub envelope: String,
    /// The chain of the capability that ends, root first, that capability last.
    pub chain: Vec<String>,
}
