//! What a policy answers, and how a receipt keeps it.

use super::rule::Obligation;
use bailiwick_authority::Value;
use bailiwick_protocol::{ErrorCode, PolicyRefusal};

/// How many refusals, ids and errors a receipt keeps of one decision.
const MAX_KEPT: usize = 16;

/// Whether an operation may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyOutcome {
    /// It may.
    Allow,
    /// It may not.
    Deny,
    /// It may if people agree, and none can be asked.
    NobodyToAsk,
}

impl PolicyOutcome {
    /// As receipts write it.
    pub fn as_str(self) -> &'static str {
        match self {
            PolicyOutcome::Allow => "allow",
            PolicyOutcome::Deny => "deny",
            PolicyOutcome::NobodyToAsk => "nobody-to-ask",
        }
    }

    /// The code that a client branches on; `None` when it may go on.
    pub fn code(self) -> Option<ErrorCode> {
        match self {
            PolicyOutcome::Allow => None,
            PolicyOutcome::Deny => Some(ErrorCode::Denied),
            PolicyOutcome::NobodyToAsk => Some(ErrorCode::NobodyToAsk),
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
    /// Every reason to refuse, in words; empty when it may go on.
    pub refusals: Vec<PolicyRefusal>,
    /// Who would have to agree.
    pub obligations: Vec<Obligation>,
    /// What could not be evaluated. Any of these denies.
    pub errors: Vec<String>,
}

impl Decision {
    /// For a receipt: `{"outcome", "determining": [ids], "refusals": [{…}], "errors": […]}`, each list cut
    /// to sixteen, with `more` saying how many refusals were left out.
    pub fn to_value(&self) -> Value {
        let kept = |texts: &[String]| Value::strings(texts.iter().take(MAX_KEPT).cloned());
        let refusals = self.refusals.iter().take(MAX_KEPT).map(|refusal| {
            Value::object([
                ("policy", Value::from(refusal.policy.as_str())),
                ("title", Value::from(refusal.title.as_str())),
                ("missing", Value::strings(refusal.missing.iter().cloned())),
                ("remedy", Value::from(refusal.remedy.as_str())),
            ])
        });
        let mut members = vec![
            ("outcome", Value::from(self.outcome.as_str())),
            ("determining", kept(&self.determining)),
            ("refusals", Value::List(refusals.collect())),
            ("errors", kept(&self.errors)),
        ];
        if let Ok(more @ 1..) = u32::try_from(self.refusals.len().saturating_sub(MAX_KEPT)) {
            members.push(("more", Value::from(more)));
        }
        Value::object(members)
    }
}
