//! What consoles ask and hear about policies: what a set says, what is wrong with it, how it would answer,
//! how two differ, and which were in force. Nothing here changes a policy: that is a signed statement.

use crate::console::PolicyTexts;
use crate::operation::{PolicyRefusal, ResourceView};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One rule of a policy, as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RuleView {
    /// `guard` or `ask`.
    pub set: String,
    /// Its id, unique over both sets.
    pub id: String,
    /// Whether it permits; else it forbids, or asks.
    pub permits: bool,
    /// What holds, in one line.
    pub title: String,
    /// Why; empty for a permit that does not say.
    pub because: String,
    /// What would make it pass, with its places unfilled: `have {merge.pull} reviewed`.
    pub remedy: String,
    /// For an ask: who must agree, `2 of approver`.
    pub approval: Option<String>,
    /// For an ask: how their keys must at least be kept.
    pub assurance: Option<String>,
    /// The line of its text on which it starts, from 1.
    pub line: u32,
    /// The rule in Cedar, as it was written.
    pub text: String,
}

/// What is wrong with a policy's texts, where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyProblemView {
    /// `guard`, `ask`, `schema` or `data`.
    pub text: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// What is wrong, as a lower-case sentence.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// What a check of texts found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyCheck {
    /// Why they would not load; empty when they would.
    pub problems: Vec<PolicyProblemView>,
    /// The rules, guard first, in the order of their text; empty when there are problems.
    pub rules: Vec<RuleView>,
}

/// A policy statement of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyVersion {
    /// Its statement digest.
    pub statement: String,
    /// The one that it follows.
    pub previous: Option<String>,
    /// Its place in the ledger.
    pub sequence: u64,
    /// When it was admitted, in seconds since 1970.
    pub time: u64,
    /// Who signed it, by name.
    pub person: String,
    /// Whether it is the one in force.
    pub in_force: bool,
    /// The digests of its texts.
    pub guard: String,
    /// Of the ask set.
    pub ask: String,
    /// Of the schema.
    pub schema: String,
    /// Of the data.
    pub data: String,
}

/// Which policy is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "source", rename_all = "kebab-case")]
pub enum PolicySource {
    /// The one in force.
    InForce,
    /// One that is or was in force.
    Statement {
        /// Its statement digest.
        statement: String,
    },
    /// One that nobody signed yet.
    Texts {
        /// Its texts.
        texts: PolicyTexts,
    },
}

/// A question about an operation that somebody made up. What is left out is filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyQuestion {
    /// The action's id: `pulls/merge`.
    pub action: String,
    /// What it would do, as receipts write it: `moves_ref(refs/heads/main)`. Left out: as the catalogue says for
    /// these arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub effects: Option<Vec<String>>,
    /// The connection's name.
    pub connection: String,
    /// On what.
    pub resource: ResourceView,
    /// With which arguments.
    #[serde(default)]
    pub arguments: Value,
    /// What the broker would have seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub facts: Option<Value>,
    /// The key that asks, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub agent: Option<String>,
    /// The labels along the chain; only the first is for policies.
    pub path: Vec<String>,
    /// The person at the root.
    pub person: String,
    /// That person's roles.
    pub roles: Vec<String>,
    /// How that person's key is kept.
    pub assurance: String,
    /// When, in seconds since 1970. Left out: now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub now: Option<u64>,
    /// When the capability ends. Left out: an hour later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub expires: Option<u64>,
}

/// What is to be judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "about", rename_all = "kebab-case")]
pub enum PolicySubject {
    /// An operation that was asked for, with the facts and at the time of its decision.
    Operation {
        /// Its id.
        id: String,
    },
    /// One that somebody made up.
    MadeUp {
        /// The question.
        question: Box<PolicyQuestion>,
    },
}

/// A request to judge something without doing it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyTry {
    /// By which policy.
    pub policy: PolicySource,
    /// What.
    pub subject: PolicySubject,
}

/// A rule that determined an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RuleName {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// Who would have to agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ObligationView {
    /// How many persons.
    pub count: u32,
    /// In which role.
    pub role: String,
    /// How their keys must at least be kept.
    pub assurance: Option<String>,
}

/// How a policy answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyAnswer {
    /// As receipts write it: `allow`, `deny`, or that people must agree.
    pub outcome: String,
    /// The rules that determined it: permits that allowed, forbids that refused, or asks.
    pub determining: Vec<RuleName>,
    /// Every reason to refuse, in words.
    pub refusals: Vec<PolicyRefusal>,
    /// Who would have to agree.
    pub asks: Vec<ObligationView>,
    /// What could not be evaluated. Any of these denies.
    pub errors: Vec<String>,
    /// What was judged, with everything that was filled in.
    pub question: PolicyQuestion,
    /// For an operation that was judged before: what its decision was then.
    pub then: Option<PolicyThen>,
}

/// What was decided when an operation ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyThen {
    /// The outcome.
    pub outcome: String,
    /// The policy statement that decided.
    pub policy: Option<String>,
    /// The ids of the rules that determined it.
    pub determining: Vec<String>,
}

/// A request to compare two policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyDiffRequest {
    /// The earlier one.
    pub old: PolicySource,
    /// The later one.
    pub new: PolicySource,
}

/// A rule on both sides of a difference; one side is missing where it was added or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RuleChange {
    /// As it was.
    pub old: Option<RuleView>,
    /// As it becomes.
    pub new: Option<RuleView>,
}

/// How two policies differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyDiff {
    /// What matters most, in one sentence: what is softened comes first.
    pub headline: String,
    /// Whether anything makes the guard weaker by its form: a forbid that left the guard or was rewritten, a permit that came.
    pub softens: bool,
    /// Forbids of the guard that only ask any more.
    pub guard_to_ask: Vec<RuleChange>,
    /// Asks that refuse now.
    pub ask_to_guard: Vec<RuleChange>,
    /// Rules that came.
    pub added: Vec<RuleChange>,
    /// Rules that went.
    pub removed: Vec<RuleChange>,
    /// Rules that say something else, where they decide or ask.
    pub changed: Vec<RuleChange>,
    /// Rules whose sentences for people are others, and nothing else.
    pub reworded: Vec<RuleChange>,
    /// Whether the schema is another.
    pub schema_changed: bool,
    /// Whether calendars, protected paths or zones are others.
    pub data_changed: bool,
    /// How past operations would end.
    pub backtest: PolicyBacktest,
}

/// How past operations would end under the later policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyBacktest {
    /// How many were judged by both: the newest that have a decision.
    pub judged: u64,
    /// Those that the two answer differently.
    pub different: Vec<BacktestCase>,
}

/// A past operation that two policies answer differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BacktestCase {
    /// The operation.
    pub operation: String,
    /// In words.
    pub sentence: String,
    /// What the earlier policy answers.
    pub old: String,
    /// What the later one answers.
    pub new: String,
}

/// What a solver answered to one question about a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProofView {
    /// What was to be shown, in words.
    pub claim: String,
    /// Over which kinds of requests: `pulls/merge`.
    pub action: String,
    /// `proved`, `refuted`, or `unknown` where the solver did not say.
    pub answer: String,
    /// For `refuted`: a request that shows it, as JSON.
    pub example: Option<Value>,
}

/// Under which name of a policy's context each action's facts stand.
pub const FACTS: [(&str, &str); 11] = [
    ("pulls/merge", "merge"),
    ("issues/create-comment", "comment"),
    ("pulls/create", "proposal"),
    ("repos/create-deployment", "deployment"),
    ("repos/create-or-update-file-contents", "branch_move"),
    ("repos/delete-file", "branch_move"),
    ("git/create-ref", "branch_move"),
    ("git/update-ref", "branch_move"),
    ("git/delete-ref", "branch_move"),
    ("repos/merge", "branch_move"),
    ("pulls/update-branch", "branch_move"),
];
