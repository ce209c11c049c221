//! How a refusal reads: which policy, what is missing here, and what would make it pass.

use super::data::Data;
use super::question::Question;
use super::request::full_context;
use super::rule::{NO_PERMIT, Obligation, REQUEST, RuleSet};
use super::slice::Slices;
use super::template::quoted;
use bailiwick_authority::Value;
use bailiwick_protocol::PolicyRefusal;
use std::cell::OnceCell;

/// How many permits are named as what would allow an action.
const MAX_NAMED: usize = 8;

/// The names outside the context that a sentence may be filled with.
pub(super) const SCENE_NAMES: [&str; 5] = ["action", "agent", "connection", "person", "resource"];
/// What a sentence may say of a calendar.
pub(super) const CALENDAR_NAMES: [&str; 2] = ["hours", "opens"];

/// What the sentences of one decision are filled from. It is put together when the first one is needed.
pub(super) struct Scene<'a> {
    question: &'a Question<'a>,
    data: &'a Data,
    value: OnceCell<Value>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(question: &'a Question<'a>, data: &'a Data) -> Scene<'a> {
        Scene { question, data, value: OnceCell::new() }
    }

    fn value(&self) -> &Value {
        self.value.get_or_init(|| {
            let question = self.question;
            let mut members = match full_context(question, self.data) {
                Value::Object(members) => members,
                _ => Default::default(),
            };
            let calendars = self.data.calendars.iter().map(|(name, calendar)| {
                let words = Value::object([
                    ("hours", Value::from(calendar.hours())),
                    ("opens", Value::from(calendar.opens(question.now))),
                ]);
                (name.as_str(), words)
            });
            members.insert("calendar".to_owned(), Value::object(calendars));
            let named: [(&str, Value); 5] = [
                ("action", Value::from(question.action)),
                ("agent", Value::from(question.path.last().map_or("", |label| label.as_str()))),
                ("connection", Value::from(question.connection)),
                ("person", Value::from(question.person)),
                ("resource", Value::from(&question.resource.name)),
            ];
            members.extend(named.map(|(name, value)| (name.to_owned(), value)));
            Value::Object(members)
        })
    }
}

/// The refusals of policies that matched.
pub(super) fn refusals(set: &RuleSet, ids: &[String], scene: &Scene<'_>) -> Vec<PolicyRefusal> {
    let rules = ids.iter().filter_map(|id| set.rules.get(id).map(|rule| (id, rule)));
    rules
        .map(|(id, rule)| {
            let mut missing = match &rule.missing {
                Some(template) => template.fill_each(scene.value()),
                None => vec![rule.title.clone()],
            };
            missing.extend(rule.obligation.as_ref().map(|needed| {
                let persons = if needed.count == 1 { "person" } else { "persons" };
                let kept = match needed.assurance {
                    Some(assurance) => format!(" with a key kept at least as `{}`", assurance.as_str()),
                    None => String::new(),
                };
                format!(
                    "the agreement of {} {persons} in the role `{}`{kept}",
                    needed.count,
                    needed.role.as_str()
                )
            }));
            PolicyRefusal {
                policy: id.clone(),
                title: rule.title.clone(),
                because: rule.because.clone(),
                missing,
                remedy: rule.remedy.as_ref().map(|t| t.fill(scene.value())).unwrap_or_default(),
            }
        })
        .collect()
}

/// Who must agree.
pub(super) fn obligations(set: &RuleSet, ids: &[String]) -> Vec<Obligation> {
    ids.iter().filter_map(|id| set.rules.get(id)?.obligation.clone()).collect()
}

/// No permit matched: names those that allow this action under other circumstances.
pub(super) fn no_permit(
    set: &RuleSet,
    slices: &Slices,
    question: &Question<'_>,
    scene: &Scene<'_>,
) -> PolicyRefusal {
    let action = question.action.as_str();
    let permits = slices.permits_of(action);
    let more = permits.len().saturating_sub(MAX_NAMED);
    let name = |id: &&str| Some(format!("`{id}` ({})", set.rules.get(*id)?.title));
    let mut named: Vec<String> = permits.iter().take(MAX_NAMED).filter_map(name).collect();
    if more > 0 {
        named.push(format!("and {more} more"));
    }
    let effects: Vec<String> =
        question.effects.iter().take(MAX_NAMED).map(|effect| quoted(&effect.to_string())).collect();
    let what = format!("{} with the effects {}", quoted(action), effects.join(", "));
    let (missing, remedy) = if named.is_empty() {
        let remedy = "ask for another action, or have a steward sign a policy that permits this one";
        (format!("no permit of the guard names {what}"), remedy.to_owned())
    } else {
        let missing = format!(
            "no permit of the guard fits {what} on {}",
            quoted(scene.question.resource.name.as_str())
        );
        (missing, format!("ask for what is permitted: {}", named.join("; ")))
    };
    PolicyRefusal {
        policy: NO_PERMIT.to_owned(),
        title: "no policy allows this".to_owned(),
        because: "what no policy allows is refused".to_owned(),
        missing: vec![missing],
        remedy,
    }
}

/// A policy whose evaluation failed.
pub(super) fn not_evaluated(set: &RuleSet, id: &str, why: &str) -> PolicyRefusal {
    PolicyRefusal {
        policy: id.to_owned(),
        title: set.rules.get(id).map(|rule| rule.title.clone()).unwrap_or_default(),
        because: "a policy that cannot be evaluated refuses".to_owned(),
        missing: vec![format!("the policy `{id}` could not be evaluated: {why}")],
        remedy: format!("have a steward mend the policy `{id}`"),
    }
}

/// A question that does not fit the schema.
pub(super) fn not_askable(objections: &[String]) -> PolicyRefusal {
    PolicyRefusal {
        policy: REQUEST.to_owned(),
        title: "the policy cannot judge this operation".to_owned(),
        because: "what the policy cannot judge is refused".to_owned(),
        missing: objections.iter().take(MAX_NAMED).cloned().collect(),
        remedy: "have a steward sign a policy whose schema describes this operation".to_owned(),
    }
}
