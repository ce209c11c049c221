//! The approval card: a request as it is shown to the person who may sign an answer to it.
//!
//! Drawn by `bailiwick-card` from the bytes that are signed. Every text in it is already made visible:
//! nothing in it moves, hides or reorders other text.

use crate::approval::AskView;
use serde::{Deserialize, Serialize};

/// A statement as it is shown before it is signed or answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Shown {
    /// The statement's digest.
    pub digest: String,
    /// Its kind: `capability`, `request`, `policy`, …
    pub kind: String,
    /// What signing it does, in a sentence of ours.
    pub headline: String,
    /// Four words that are the same wherever this statement is shown.
    pub code: Vec<String>,
    /// Everything that it says, field by field, in order.
    pub lines: Vec<Line>,
    /// What may not be what it looks like.
    pub flags: Vec<Flag>,
}

/// One field of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Line {
    /// Where: `grants[0].resources[0].name`.
    pub field: String,
    /// What it says.
    pub value: String,
}

/// Something that may not be what it looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Flag {
    /// Where: a field.
    pub field: String,
    /// Why: `mixes letters of several scripts that look alike`.
    pub why: String,
}

/// A request as an approver sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CardView {
    /// The request in full.
    pub shown: Shown,
    /// The exact version that would be acted on: a commit, where there is one.
    pub version: Option<String>,
    /// Who delegated to whom, the person first, the agent that asks last.
    pub crumbs: Vec<Crumb>,
    /// The process that holds the key, as observed.
    pub process: Vec<Line>,
    /// What the broker itself saw.
    pub evidence: Vec<EvidenceLine>,
    /// What can hurt: target, reversibility, the credential that would exist.
    pub risks: Vec<EvidenceLine>,
    /// Whether it can be taken back.
    pub reversible: bool,
    /// Why it is asked.
    pub asks: Vec<AskView>,
    /// The agent's own words, not checked; absent when it said nothing.
    pub says: Option<String>,
    /// Why this must not be answered: the signature or the facts do not fit. Then nothing above holds.
    pub broken: Option<String>,
}

/// One link between a person and the agent that asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Crumb {
    /// A person's name, or a label.
    pub name: String,
    /// `person`, `signed` (a person gave it this label) or `claimed` (an agent did).
    pub standing: String,
    /// What this link no longer has of what the one before had, in words.
    pub dropped: Vec<String>,
}

/// One line of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EvidenceLine {
    /// What: `required checks`.
    pub what: String,
    /// How it stands.
    pub value: String,
    /// `good`, `bad`, `plain`; `other` for a fact that stands as it was fetched, beside what is said in words.
    pub state: String,
}
