//! What a console and the command line say and hear.

use crate::operation::{ResourceView, Stage};
use serde::{Deserialize, Serialize};

/// The broker's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Status {
    /// The broker's version.
    pub version: String,
    /// The protocol's version.
    pub protocol: u32,
    /// The realm, once there is a genesis.
    pub realm: Option<String>,
    /// The broker's public key, `ed25519:<base64>`.
    pub broker_key: String,
    /// The broker's time in seconds since 1970.
    pub now: u64,
    /// `sidecar` or `installed`.
    pub mode: String,
    /// Whether a real destination is connected while agents could reach its root secret.
    pub advisory: bool,
    /// The halt in force, by digest.
    pub halted: Option<String>,
    /// The pauses in force.
    pub paused: Vec<PauseView>,
    /// How many entries the ledger has.
    pub entries: u64,
    /// The ledger's head.
    pub head: String,
    /// The policy in force, by digest.
    pub policy: Option<String>,
    /// The connections.
    pub connections: Vec<ConnectionView>,
    /// Whether the clock is behind what was recorded, which freezes minting.
    pub clock_behind: bool,
    /// The three numbers of the front page and what they rest on.
    pub numbers: Numbers,
}

/// Numbers that are measured, never written in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Numbers {
    /// Operations that ended.
    pub operations: u64,
    /// Of these, those attributed to a named person.
    pub attributed: u64,
    /// Credentials ever handed to an agent.
    pub held_by_agents: u64,
    /// Credentials that were minted.
    pub minted: u64,
    /// Of these, those known to be dead.
    pub dead: u64,
    /// Of these, those that live now or whose value was lost before they end.
    pub alive: u64,
    /// The median life of a credential in milliseconds.
    pub median_life_ms: Option<u64>,
    /// The longest life of a credential in milliseconds.
    pub longest_life_ms: Option<u64>,
}

/// A connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ConnectionView {
    /// Its name.
    pub name: String,
    /// The statement in force, by digest.
    pub statement: String,
    /// The API's base URL.
    pub api: String,
    /// The App's number.
    pub app: u64,
    /// The installation's number.
    pub installation: u64,
    /// Whether the broker has the root secret.
    pub root_present: bool,
    /// The catalogue's version: `github-1`.
    pub catalogue: String,
}

/// What a connection may do at its destination now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ConnectionCheck {
    /// Who the App acts for: `acme`.
    pub account: String,
    /// The App's name there.
    pub app: String,
    /// The permissions that it has.
    pub permissions: std::collections::BTreeMap<String, String>,
    /// The repositories that it reaches.
    pub resources: Vec<ResourceView>,
    /// What the catalogue's actions need and it has not, in words.
    pub missing: Vec<String>,
    /// The destination's clock minus ours, in seconds.
    pub clock_skew_seconds: i64,
}

/// A person's signed statement on its way in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Submission {
    /// The envelope's text.
    pub envelope: String,
    /// For a policy statement: the texts that its digests name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub policy: Option<PolicyTexts>,
    /// For a child capability: the chain above it, root first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<String>,
}

/// The texts of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyTexts {
    /// The guard set, in Cedar.
    pub guard: String,
    /// The ask set, in Cedar.
    pub ask: String,
    /// The schema, in Cedar.
    pub schema: String,
    /// Calendars and protected paths, in JSON.
    pub data: String,
}

/// A statement that took effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Admitted {
    /// Its digest.
    pub digest: String,
    /// Its place in the ledger; 0 while it waits for others.
    pub sequence: u64,
    /// For a revocation or a halt: what it stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub stopped: Option<Stopped>,
    /// For a change that others must agree to first: how many more persons. It is proposed, not in force,
    /// and stands in no ledger yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub waits_for: Option<u64>,
}

/// A target of a pause or a revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TargetView {
    /// `capability`, `agent`, `person`, `connection`, `standing`, `everything`.
    pub kind: String,
    /// Its id; `all` for everything.
    pub id: String,
}

/// A request to hold an agent or everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PauseRequest {
    /// What to hold.
    pub target: TargetView,
}

/// A pause in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PauseView {
    /// Its statement digest, which a resume names.
    pub id: String,
    /// What is held.
    pub target: TargetView,
    /// Since when, in seconds since 1970.
    pub since: u64,
}

/// What a revocation or halt stopped, or would stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Stopped {
    /// Whether it is on disk. If not, it holds in memory until the broker ends: the disk refuses.
    pub durable: bool,
    /// From the request's arrival to the moment after which no request head is written, in microseconds.
    pub acknowledged_us: u64,
    /// Live capabilities under the target, the target included.
    pub capabilities: Vec<String>,
    /// Operations that were under way.
    pub operations: Vec<StoppedOperation>,
    /// Credentials that were alive.
    pub credentials: Vec<StoppedCredential>,
}

/// An operation that was under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct StoppedOperation {
    /// Its id.
    pub id: String,
    /// The operation in words.
    pub sentence: String,
    /// How far it had come.
    pub stage: Stage,
    /// Its outcome, if it was known when this was answered.
    pub outcome: Option<String>,
    /// From the revocation's arrival to that outcome, in milliseconds.
    pub after_ms: Option<u64>,
}

/// A credential that was alive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct StoppedCredential {
    /// Whose.
    pub operation: String,
    /// `evidence` or `operation`.
    pub purpose: String,
    /// `dead` (proven), `dies-at` or `cannot-be-revoked`.
    pub became: String,
    /// For `dies-at`: when, in seconds since 1970.
    pub dies_at: Option<u64>,
}

/// A capability as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CapabilityView {
    /// Its statement digest.
    pub id: String,
    /// Its parent's.
    pub parent: Option<String>,
    /// The person at the root.
    pub person: String,
    /// The holder's key, `ed25519:<base64>`.
    pub holder: String,
    /// The holder's key id.
    pub holder_id: String,
    /// What its issuer calls the holder.
    pub label: String,
    /// What it is for.
    pub purpose: String,
    /// What may be asked.
    pub grants: Vec<GrantView>,
    /// From when, in seconds since 1970.
    pub not_before: u64,
    /// Until when, in seconds since 1970.
    pub expires: u64,
    /// How often in all.
    pub max_uses: Option<u64>,
    /// How often it was used.
    pub uses: u64,
    /// How many more links may follow.
    pub max_depth: u64,
    /// `active`, `not-yet`, `expired`, `revoked`.
    pub state: String,
}

/// A line of a capability.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct GrantView {
    /// The connection.
    pub connection: String,
    /// The actions.
    pub actions: Vec<String>,
    /// The resources.
    pub resources: Vec<ResourceView>,
    /// What each argument may be, as in the statement.
    pub arguments: serde_json::Value,
}

/// A page of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LedgerPage {
    /// How many entries the whole ledger has.
    pub size: u64,
    /// The entries, in order.
    pub entries: Vec<LedgerEntry>,
}

/// An entry of the ledger with its statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LedgerEntry {
    /// Its place, from 0.
    pub sequence: u64,
    /// The statement's kind.
    pub kind: String,
    /// The statement digest.
    pub statement: String,
    /// SHA-256 of the envelope.
    pub envelope_digest: String,
    /// When it was admitted, in seconds since 1970.
    pub time: u64,
    /// The chained head after it.
    pub head: String,
    /// The envelope's text, unless it was erased.
    pub envelope: Option<String>,
}
