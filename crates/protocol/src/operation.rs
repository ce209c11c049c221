//! An operation as everybody sees it.

use crate::error::ApiError;
use serde::{Deserialize, Serialize};

/// How far an operation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Durable; its chain has not been judged.
    Received,
    /// The chain authorises it.
    Verified,
    /// Facts are being fetched.
    Evidence,
    /// The policy has answered.
    Decided,
    /// Persons are asked.
    AwaitingApproval,
    /// A credential is being minted.
    Minting,
    /// The request is on its way.
    Acting,
    /// It has an outcome.
    Finished,
}

/// A resource: what it is by id, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ResourceView {
    /// `repository:1296269`.
    pub id: String,
    /// `acme/backend`.
    pub name: String,
}

/// A policy that refused, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyRefusal {
    /// The policy's id.
    pub policy: String,
    /// Its title.
    pub title: String,
    /// Why it exists.
    pub because: String,
    /// What is missing here: `the check ci/test has not passed`.
    pub missing: Vec<String>,
    /// What would make it pass.
    pub remedy: String,
}

/// The life of one credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CredentialView {
    /// `evidence` or `operation`.
    pub purpose: String,
    /// `installation-token` or `app-jwt`.
    pub kind: String,
    /// The scope that was asked for.
    pub scope: serde_json::Value,
    /// When it was asked for, in seconds since 1970.
    pub requested: u64,
    /// When the destination says that it ends by itself, in seconds since 1970.
    pub expires: Option<u64>,
    /// `alive`, or how it ended: `revoked-proven`, `revoked`, `not-revocable`, `value-lost`, `not-minted`, `expired`.
    pub end: String,
    /// From the answer that carried it to its end, in milliseconds.
    pub life_ms: Option<u64>,
}

/// An operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OperationView {
    /// The invocation's statement digest.
    pub id: String,
    /// The action's id: `pulls/merge`.
    pub action: String,
    /// The operation in words, written by the broker from the typed operation: `merge feat-123 into main of acme/backend`.
    pub sentence: String,
    /// The connection's name.
    pub connection: String,
    /// What it acts on.
    pub resource: ResourceView,
    /// With which arguments.
    pub arguments: serde_json::Value,
    /// The person at the root, once the chain was verified.
    pub person: Option<String>,
    /// The labels along the chain; below the first they are claims of agents.
    pub path: Vec<String>,
    /// The key that asked.
    pub agent: String,
    /// The chain's capabilities by digest, root first.
    pub chain: Vec<String>,
    /// How far it has come.
    pub stage: Stage,
    /// How it ended: `succeeded`, `failed`, `denied`, `expired`, `halted`, `unknown`.
    pub outcome: Option<String>,
    /// Why, unless it succeeded.
    pub reason: Option<ApiError>,
    /// The policies that refused.
    pub refusals: Vec<PolicyRefusal>,
    /// What it waits for, while persons are asked.
    #[serde(default)]
    pub waiting: Option<crate::Waiting>,
    /// The facts that were decided on.
    pub facts: Option<serde_json::Value>,
    /// What the destination answered.
    pub output: Option<serde_json::Value>,
    /// Its credentials.
    pub credentials: Vec<CredentialView>,
    /// When it was received, in seconds since 1970.
    pub received: u64,
    /// From there to now or to the outcome, in milliseconds.
    pub elapsed_ms: u64,
    /// The receipt's statement digest.
    pub receipt: Option<String>,
    /// Whether this answers an invocation that had been received before: nothing ran again.
    #[serde(default)]
    pub replayed: bool,
}
