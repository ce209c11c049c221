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
mod data;
mod decision;
mod extent;
mod load;
mod path_glob;
mod problem;
mod question;
mod refusal;
mod request;
mod rule;
mod shape;
mod template;

pub use calendar::time_zone_version;
pub use decision::{Decision, PolicyOutcome};
pub use problem::{PolicyProblem, PolicyText};
pub use question::Question;
pub use rule::Obligation;

use bailiwick_authority::{Digest, PolicySet};
use bailiwick_protocol::PolicyTexts;
use cedar_policy::{Authorizer, Response};
use data::Data;
use request::{Asked, ask};
use rule::RuleSet;
use shape::PolicySchema;

/// The engine that decides, for receipts: `cedar-policy 4.14.1, language 4.5`.
pub fn engine_version() -> String {
    let (engine, language) = (cedar_policy::get_sdk_version(), cedar_policy::get_lang_version());
    format!("cedar-policy {engine}, language {}.{}", language.major, language.minor)
}

/// A policy that was loaded: the two sets, their schema and the data beside them.
#[derive(Debug)]
pub struct Policy {
    guard: RuleSet,
    ask: RuleSet,
    schema: PolicySchema,
    data: Data,
    digests: PolicyDigests,
    authorizer: Authorizer,
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

    /// SHA-256 of each of the four texts.
    pub fn digests(&self) -> PolicyDigests {
        self.digests
    }

    /// Judges one operation. Pure: the same question gets the same answer.
    pub fn decide(&self, question: &Question<'_>) -> Decision {
        let asked = ask(question, &self.schema, &self.data);
        let scene = refusal::Scene::new(question, &asked, &self.data);
        let mut decision = Decision {
            outcome: PolicyOutcome::Deny,
            determining: Vec::new(),
            refusals: Vec::new(),
            obligations: Vec::new(),
            errors: Vec::new(),
        };
        if !asked.objections.is_empty() {
            decision.refusals.push(refusal::not_askable(&asked.objections));
            decision.errors.extend(asked.objections.iter().cloned());
        }
        let Some(guard) = self.evaluate(&self.guard, &asked) else { return decision };

        let allowed = guard.decision() == cedar_policy::Decision::Allow;
        let determining = in_order(&self.guard, guard.diagnostics().reason().map(AsRef::as_ref));
        self.note_errors(&self.guard, &guard, &mut decision);
        if !allowed {
            decision.refusals.extend(refusal::refusals(&self.guard, &determining, &scene));
            if determining.is_empty() {
                decision.refusals.push(refusal::no_permit(&self.guard, question, &scene));
            }
        }
        decision.determining = determining;
        if !allowed || !decision.errors.is_empty() {
            return decision;
        }

        let Some(asks) = self.evaluate(&self.ask, &asked) else { return decision };
        self.note_errors(&self.ask, &asks, &mut decision);
        if !decision.errors.is_empty() {
            return decision;
        }
        let matched = in_order(&self.ask, asks.diagnostics().reason().map(AsRef::as_ref));
        if matched.is_empty() {
            decision.outcome = PolicyOutcome::Allow;
            return decision;
        }
        decision.obligations = refusal::obligations(&self.ask, &matched);
        // One that cannot be said is one that nobody can meet.
        if decision.obligations.len() == matched.len() {
            decision.outcome = PolicyOutcome::NeedsApproval;
        }
        decision.refusals = refusal::refusals(&self.ask, &matched, &scene);
        decision.determining = matched;
        decision
    }

    fn evaluate(&self, set: &RuleSet, asked: &Asked) -> Option<Response> {
        let (request, entities) = asked.request.as_ref()?;
        Some(self.authorizer.is_authorized(request, &set.policies, entities))
    }

    fn note_errors(&self, set: &RuleSet, response: &Response, decision: &mut Decision) {
        let mut errors: Vec<(usize, String, String)> = response
            .diagnostics()
            .errors()
            .map(|error| {
                let cedar_policy::AuthorizationError::PolicyEvaluationError(error) = error;
                let id: &str = error.policy_id().as_ref();
                let place = set.rules.get(id).map_or(usize::MAX, |rule| rule.place);
                (place, id.to_owned(), template::engine_says(&error.inner().to_string()))
            })
            .collect();
        errors.sort();
        for (_, id, why) in errors {
            decision.refusals.push(refusal::not_evaluated(set, &id, &why));
            decision.errors.push(format!("{id}: {why}"));
        }
    }
}

/// The ids in the order in which their policies stand in the text.
fn in_order<'a>(set: &RuleSet, ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut ids: Vec<(usize, &str)> =
        ids.map(|id| (set.rules.get(id).map_or(usize::MAX, |rule| rule.place), id)).collect();
    ids.sort_unstable();
    ids.into_iter().map(|(_, id)| id.to_owned()).collect()
}
