//! What a policy answers, and how a receipt keeps it.

use super::rule::Obligation;
use bailiwick_authority::Value;
use bailiwick_protocol::PolicyRefusal;

/// How many refusals and ids a receipt keeps of one decision.
const MAX_KEPT: usize = 16;
/// How many errors.
const MAX_ERRORS: usize = 4;
/// How many bytes the refusals may have that are kept in full, encoded.
const MAX_BYTES: usize = 4 * 1024;

/// Whether an operation may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyOutcome {
    /// It may.
    Allow,
    /// It may not.
    Deny,
    /// It may if people agree.
    NeedsApproval,
}

impl PolicyOutcome {
    /// As receipts write it.
    pub fn as_str(self) -> &'static str {
        match self {
            PolicyOutcome::Allow => "allow",
            PolicyOutcome::Deny => "deny",
            PolicyOutcome::NeedsApproval => "needs-approval",
        }
    }
}

/// A policy's answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it may go on.
    pub outcome: PolicyOutcome,
    /// The ids of the policies that determined this, in the order of their text: the permits that allowed, the
    /// forbids that refused, or the asks. Empty when no policy allows it or it could not be judged.
    pub determining: Vec<String>,
    /// Every reason to refuse, in words; where people must agree, what asks them; empty when it may go on.
    pub refusals: Vec<PolicyRefusal>,
    /// Who must agree: every one of these.
    pub obligations: Vec<Obligation>,
    /// What could not be evaluated. Any of these denies.
    pub errors: Vec<String>,
}

impl Decision {
    /// For a receipt: `{"outcome", "determining": [ids], "refusals": [{"policy", "title", "missing", "remedy"}],
    /// "errors": […]}`. A receipt has 64 KiB for everything, so this stays below 10 KiB: refusals beyond
    /// that keep only their `policy`, and `more` says how many were left out altogether.
    pub fn to_value(&self) -> Value {
        let mut room = MAX_BYTES;
        let refusals = self.refusals.iter().take(MAX_KEPT).map(|refusal| {
            let full = Value::object([
                ("policy", Value::from(refusal.policy.as_str())),
                ("title", Value::from(refusal.title.as_str())),
                ("missing", Value::strings(refusal.missing.iter().cloned())),
                ("remedy", Value::from(refusal.remedy.as_str())),
            ]);
            match room.checked_sub(full.encode().len()) {
                Some(left) => {
                    room = left;
                    full
                }
                None => Value::object([("policy", Value::from(refusal.policy.as_str()))]),
            }
        });
        let refusals = Value::List(refusals.collect());
        let errors = self.errors.iter().take(MAX_ERRORS).map(|error| cut(error));
        let mut members = vec![
            ("outcome", Value::from(self.outcome.as_str())),
            ("determining", Value::strings(self.determining.iter().take(MAX_KEPT).cloned())),
            ("refusals", refusals),
            ("errors", Value::strings(errors)),
        ];
        if let Ok(more @ 1..) = u32::try_from(self.refusals.len().saturating_sub(MAX_KEPT)) {
            members.push(("more", Value::from(more)));
        }
        Value::object(members)
    }
}

/// At most 150 characters of an error; the refusals have more of it.
fn cut(error: &str) -> String {
    match error.char_indices().nth(150) {
        Some((end, _)) => format!("{}…", error.get(..end).unwrap_or_default()),
        None => error.to_owned(),
    }
}
