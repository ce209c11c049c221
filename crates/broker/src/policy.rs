//! Policy: may this happen at all, and who must agree.
//!
//! Two Cedar sets are evaluated apart. The **guard** denies by default, a forbid wins, and any error
//! denies; it alone decides whether an operation may happen. The **ask** set is evaluated only after the
//! guard has allowed, and holds forbids that add obligations: who must agree before the operation goes on.
//!
//! INVARIANT: pure but for the built-in time zones. No input or output, no clock.
//! INVARIANT: texts are parsed once, when a policy is loaded; a question parses none.
//! INVARIANT: an ask is never consulted to allow, and an annotation never decides.

mod calendar;
mod compose;
mod data;
mod decision;
mod diff;
mod extent;
mod load;
mod made_up;
mod meetable;
mod path_glob;
mod problem;
mod question;
mod refusal;
mod request;
mod rule;
mod scope;
mod shape;
mod shipped;
mod slice;
mod table;
mod template;
mod view;
mod zone;

pub use calendar::time_zone_version;
pub use compose::{SetTexts, compose};
pub use decision::{Decision, PolicyOutcome};
pub use made_up::MadeUp;
pub use problem::{PolicyProblem, PolicyText};
pub use question::Question;
pub use rule::Obligation;
pub use shipped::{NotTogether, SCHEMA, SETS, ShippedSet, shipped, together};
pub use table::{CaseResult, Table};

use bailiwick_authority::{Digest, PolicySet};
use bailiwick_protocol::PolicyTexts;
use cedar_policy_core::evaluator::Evaluator;
use cedar_policy_core::extensions::Extensions;
use data::Data;
use request::{Reading, ask};
use rule::RuleSet;
use scope::Scopes;
use shape::PolicySchema;
use slice::{Slices, Verdict};

/// The engine that decides, for receipts: `cedar-policy 4.14.1, language 4.5`.
pub fn engine_version() -> String {
    let (engine, language) = (cedar_policy::get_sdk_version(), cedar_policy::get_lang_version());
    format!("cedar-policy {engine}, language {}.{}", language.major, language.minor)
}

/// A policy that was loaded: the two sets, their schema and the data beside them.
#[derive(Debug)]
pub struct Policy {
    guard: RuleSet,
    guard_slices: Slices,
    ask: RuleSet,
    ask_slices: Slices,
    schema: PolicySchema,
    data: Data,
    digests: PolicyDigests,
    scopes: Scopes,
}

/// SHA-256 of each text, as a policy statement names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyDigests {
    /// Of the guard set.
    pub guard: Digest,
    /// Of the ask set.
    pub ask: Digest,
    /// Of the schema.
    pub schema: Digest,
    /// Of the data.
    pub data: Digest,
}

impl PolicyDigests {
    /// The digests of the texts, whether or not they would load.
    pub fn of(texts: &PolicyTexts) -> PolicyDigests {
        PolicyDigests {
            guard: Digest::of(texts.guard.as_bytes()),
            ask: Digest::of(texts.ask.as_bytes()),
            schema: Digest::of(texts.schema.as_bytes()),
            data: Digest::of(texts.data.as_bytes()),
        }
    }

    /// Whether a statement names exactly these texts.
    pub fn are_of(&self, set: &PolicySet) -> bool {
        (self.guard, self.ask, self.schema, self.data) == (set.guard, set.ask, set.schema, set.data)
    }

    /// The payload of the policy statement that follows `previous`.
    pub fn into_set(self, previous: Option<Digest>) -> PolicySet {
        PolicySet { previous, guard: self.guard, ask: self.ask, schema: self.schema, data: self.data }
    }
}

impl Policy {
    /// Reads, checks and validates the four texts. On error nothing has changed anywhere, and every
    /// problem that could be found is named with its line and column.
    pub fn load(texts: &PolicyTexts) -> Result<Policy, Vec<PolicyProblem>> {
        load::load(texts)
    }

    /// The most persons that any ask asks for; 1 where none asks.
    pub fn largest_ask(&self) -> u64 {
        let counts = self.ask.rules.values().filter_map(|rule| rule.obligation.as_ref());
        counts.map(|obligation| u64::from(obligation.count)).max().unwrap_or(1)
    }

    /// The paths among these that the data protects.
    pub fn protected<'a>(&self, paths: impl Iterator<Item = &'a str>) -> Vec<String> {
        self.data.protected(paths).into_iter().map(str::to_owned).collect()
    }

    /// SHA-256 of each of the four texts.
    pub fn digests(&self) -> PolicyDigests {
        self.digests
    }

    /// Judges one operation. Pure: the same question gets the same answer.
    pub fn decide(&self, question: &Question<'_>) -> Decision {
        let asked = ask(question, self.reading());
        let scene = refusal::Scene::new(question, &self.data);
        let mut decision = Decision {
            outcome: PolicyOutcome::Deny,
            determining: Vec::new(),
            refusals: Vec::new(),
            obligations: Vec::new(),
            errors: Vec::new(),
        };
        if !asked.objections.is_empty() {
            decision.refusals.push(refusal::not_askable(&asked.objections));
            decision.errors.extend(asked.objections);
        }
        let Some((request, scope)) = asked.request else { return decision };
        let evaluator = Evaluator::new(request, scope.entities.as_ref(), Extensions::all_available());

        let guard = self.guard_slices.judge(&scope.guard, &evaluator);
        note_errors(&self.guard, &guard, &mut decision);
        if !guard.allowed {
            decision.refusals.extend(refusal::refusals(&self.guard, &guard.determining, &scene));
            if guard.determining.is_empty() {
                decision.refusals.push(refusal::no_permit(&self.guard, &self.guard_slices, question, &scene));
            }
        }
        decision.determining = guard.determining;
        if !guard.allowed || !decision.errors.is_empty() {
            return decision;
        }

        let asks = self.ask_slices.judge(&scope.ask, &evaluator);
        note_errors(&self.ask, &asks, &mut decision);
        if !decision.errors.is_empty() {
            return decision;
        }
        if asks.determining.is_empty() {
            decision.outcome = PolicyOutcome::Allow;
            return decision;
        }
        decision.obligations = refusal::obligations(&self.ask, &asks.determining);
        // One that cannot be said is one that nobody can meet.
        if decision.obligations.len() == asks.determining.len() {
            decision.outcome = PolicyOutcome::NeedsApproval;
        }
        decision.refusals = refusal::refusals(&self.ask, &asks.determining, &scene);
        decision.determining = asks.determining;
        decision
    }

    /// Why the question cannot be judged, whatever the policies say; empty when it can.
    pub fn objections(&self, question: &Question<'_>) -> Vec<String> {
        ask(question, self.reading()).objections
    }

    fn reading(&self) -> Reading<'_> {
        Reading {
            schema: &self.schema,
            data: &self.data,
            guard: &self.guard_slices,
            ask: &self.ask_slices,
            scopes: &self.scopes,
        }
    }
}

fn note_errors(set: &RuleSet, verdict: &Verdict, decision: &mut Decision) {
    for (id, why) in &verdict.errors {
        decision.refusals.push(refusal::not_evaluated(set, id, why));
        decision.errors.push(format!("{id}: {why}"));
    }
}
