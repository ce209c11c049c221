//! What consoles see of requests that wait for persons, of rules made from answers, and of how asking goes.

use serde::{Deserialize, Serialize};

/// Something that waits for persons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Pending {
    /// What an approval names: the statement digest of the request, or of the change or rule that is proposed.
    pub target: String,
    /// `request`, or the kind of the statement that is proposed: `policy`, `roster`, `connection`, `standing`.
    pub kind: String,
    /// The envelope of the target. A console draws the card from these bytes and checks the broker's signature.
    pub envelope: String,
    /// For a request: the facts that it names by digest, in their one encoding.
    pub facts: Option<String>,
    /// For a request: the operation's id.
    pub operation: Option<String>,
    /// Who must agree.
    pub asks: Vec<AskView>,
    /// Who has answered.
    pub answers: Vec<AnswerView>,
    /// Since when it waits, in seconds since 1970.
    pub since: u64,
    /// Until when it can be answered, in seconds since 1970; it is denied then. Moves while it is held.
    pub expires: u64,
    /// Whether somebody holds it, so that its clock stands still.
    pub held: bool,
    /// Whether its diff can be read.
    pub has_diff: bool,
    /// What is new compared with what was approved before: `first deploy to production by this agent`.
    pub news: Vec<String>,
}

/// One ask of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AskView {
    /// The policy's id; `change-quorum` for a change.
    pub policy: String,
    /// Its title.
    pub title: String,
    /// Why it exists.
    pub because: String,
    /// How many persons.
    pub count: u64,
    /// In which role.
    pub role: String,
    /// How their keys must at least be kept.
    pub assurance: Option<String>,
    /// Persons whose approval does not count, because the operation is their own.
    pub excluded: Vec<String>,
    /// How many have approved so far.
    pub approved: u64,
}

/// A person's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AnswerView {
    /// The approval's statement digest.
    pub digest: String,
    /// Who.
    pub person: String,
    /// How the key that signed is kept.
    pub assurance: String,
    /// `approve` or `deny`.
    pub answer: String,
    /// Why, in the person's words.
    pub reason: Option<String>,
    /// When it was admitted, in seconds since 1970.
    pub time: u64,
}

/// What an operation waits for, as its agent sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Waiting {
    /// The request's statement digest.
    pub request: String,
    /// Four words that the approver sees too.
    pub code: Vec<String>,
    /// In words: `1 of approver`.
    pub needs: Vec<String>,
    /// Until when it can be answered, in seconds since 1970.
    pub expires: u64,
    /// Whether somebody holds it.
    pub held: bool,
}

/// A change that a request is held or let go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Hold {
    /// `true` stops its clock, `false` lets it run again.
    pub held: bool,
}

/// The change that a request is about, file by file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Diff {
    /// The commit that the change starts from.
    pub base: String,
    /// The commit that would be merged.
    pub head: String,
    /// The files, in the destination's order.
    pub files: Vec<DiffFile>,
    /// Whether every file is here with its whole patch.
    pub complete: bool,
}

/// One file of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DiffFile {
    /// Its path.
    pub path: String,
    /// The path that it had, where it was renamed.
    pub from: Option<String>,
    /// `added`, `modified`, `removed`, `renamed`.
    pub status: String,
    /// Whether policy protects it.
    pub protected: bool,
    /// Lines added.
    pub added: u64,
    /// Lines removed.
    pub removed: u64,
    /// The unified patch; absent for a binary file or one that the destination cut.
    pub patch: Option<String>,
}

/// A rule that persons made from answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct StandingView {
    /// Its statement digest.
    pub id: String,
    /// In words: `ci-bot may do pulls/merge on acme/backend without asking, 10 times, until …`.
    pub sentence: String,
    /// Within these bounds: what each argument may be, as in the statement; one that is not here must be absent.
    pub arguments: serde_json::Value,
    /// The asks that it answers.
    pub asks: Vec<String>,
    /// Who signed it.
    pub persons: Vec<String>,
    /// How often it was used.
    pub uses: u64,
    /// How often it may be used.
    pub max_uses: u64,
    /// Until when, in seconds since 1970.
    pub expires: u64,
    /// `proposed`, `active`, `spent`, `expired`, `revoked`, `policy-changed`, or `void`: those who made it may not
    /// any more.
    pub state: String,
}

/// What a proposed rule would have done on past operations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Backtest {
    /// Past requests that persons answered and whose asks the rule names.
    pub asked: u64,
    /// Of these approved, those that the rule would have let through.
    pub would_have_approved: u64,
    /// Of these denied, those that the rule would have let through.
    pub against_a_denial: u64,
}

/// How asking goes for one policy or one agent, as measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Fatigue {
    /// `policy` or `agent`.
    pub by: String,
    /// The policy's id, or the agent's key id.
    pub id: String,
    /// Its title, or the agent's label.
    pub name: String,
    /// How often it was asked.
    pub asked: u64,
    /// How often that ended in an approval.
    pub approved: u64,
    /// How often in a denial by a person.
    pub denied: u64,
    /// How often nobody answered in time.
    pub timed_out: u64,
    /// The median time from asking to the last answer, in milliseconds.
    pub median_ms: Option<u64>,
    /// How often the evidence was opened before the answer.
    pub evidence_opened: u64,
    /// What is proposed, when almost everything is approved: `narrow it, or let a rule answer`.
    pub proposal: Option<String>,
}
