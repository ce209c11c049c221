//! One policy of a set, with what its annotations say, and a set of them.
//!
//! INVARIANT: annotations are for people and for obligations. Whether a policy of the guard matches never
//! depends on one.

use super::problem::{PolicyProblem, PolicyText, Source};
use super::template::Template;
use bailiwick_authority::{Assurance, Name, Role};
use cedar_policy::{Effect, Policy, PolicyId, PolicySet};
use std::collections::HashMap;

/// The ids that a broker uses in refusals of its own.
pub(super) const NO_PERMIT: &str = "no-permit";
/// As [`NO_PERMIT`]: the operation cannot be put to the policy.
pub(super) const REQUEST: &str = "request";

/// Who must agree, and how well their keys must be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// How many persons.
    pub count: u32,
    /// In which role.
    pub role: Role,
    /// How their keys must at least be kept, if the policy says.
    pub assurance: Option<Assurance>,
}

/// What a policy says to people.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// Its place in its set, from 0.
    pub(super) place: usize,
    /// Where it starts in its text, in bytes.
    pub(super) offset: usize,
    /// The same as line and column, from 1.
    pub(super) line: usize,
    pub(super) column: usize,
    /// The policy as it was written.
    pub(super) text: String,
    pub(super) title: String,
    pub(super) because: String,
    pub(super) missing: Option<Template>,
    pub(super) remedy: Option<Template>,
    pub(super) obligation: Option<Obligation>,
}

/// A set under the ids that its author gave.
#[derive(Clone, Debug, Default)]
pub(super) struct RuleSet {
    pub(super) policies: PolicySet,
    pub(super) rules: HashMap<String, Rule>,
}

impl RuleSet {
    /// Reads a set. What is wrong with it goes into `problems`; what can be read is in the set that
    /// comes back, so that more can be found wrong with it.
    pub(super) fn parse(source: Source<'_>, problems: &mut Vec<PolicyProblem>) -> RuleSet {
        let parsed = match source.text.parse::<PolicySet>() {
            Ok(parsed) => parsed,
            Err(errors) => {
                problems.extend(errors.iter().map(|error| source.diagnosed(error, 0)));
                return RuleSet::default();
            }
        };
        let mut set = RuleSet::default();
        let mut cursor = 0;
        let mut lines = Lines { source, counted: 0, line: 1 };
        let count = parsed.num_of_policies().saturating_add(parsed.num_of_templates());
        for place in 0..count {
            let id = PolicyId::new(format!("policy{place}"));
            let text = match (parsed.policy(&id), parsed.template(&id)) {
                (Some(policy), _) => policy.to_cedar().unwrap_or_default(),
                (None, Some(template)) => template.to_cedar(),
                (None, None) => continue,
            };
            let offset = source.find(&text, cursor).unwrap_or(cursor);
            cursor = offset.saturating_add(text.len());
            match parsed.policy(&id) {
                Some(policy) => {
                    let at = Found { place, offset, position: lines.position(offset), text };
                    set.take(policy, at, source, problems);
                }
                None => problems.push(source.problem(
                    offset,
                    "this is a template",
                    "write policies without `?principal` and `?resource`",
                )),
            }
        }
        set
    }

    fn take(&mut self, policy: &Policy, at: Found, source: Source<'_>, problems: &mut Vec<PolicyProblem>) {
        let offset = at.offset;
        let mut refuse = |message: String, hint: &str| problems.push(source.problem(offset, message, hint));
        let Some(id) = policy.annotation("id") else {
            return refuse(
                "the policy has no `@id`".to_owned(),
                "receipts name policies: give it a name of its own",
            );
        };
        if id.parse::<Name>().is_err() || matches!(id, NO_PERMIT | REQUEST) {
            let hint = "1 to 63 of a-z, 0-9, `.`, `_`, `-`; `no-permit` and `request` are the broker's own";
            return refuse(format!("`{}` is no id for a policy", id.escape_default()), hint);
        }
        if self.rules.contains_key(id) {
            return refuse(format!("the id `{id}` stands twice"), "ids are unique over both sets");
        }
        let rule = read(policy, at, source.set, &mut refuse);
        self.rules.insert(id.to_owned(), rule);
        let renamed = policy.new_id(PolicyId::new(id));
        if let Err(error) = self.policies.add(renamed) {
            refuse(error.to_string(), "ids are unique over both sets");
        }
    }
}

/// Where a policy was found, and how it is written there.
struct Found {
    place: usize,
    offset: usize,
    position: (usize, usize),
    text: String,
}

/// Lines and columns of offsets that come in their order, each part of the text counted once.
struct Lines<'a> {
    source: Source<'a>,
    counted: usize,
    line: usize,
}

impl Lines<'_> {
    fn position(&mut self, offset: usize) -> (usize, usize) {
        let more = self.source.text.get(self.counted..offset).unwrap_or_default();
        self.line = self.line.saturating_add(more.matches('\n').count());
        self.counted = self.counted.max(offset);
        let before = self.source.text.get(..offset).unwrap_or_default();
        (self.line, before.rsplit('\n').next().unwrap_or("").chars().count().saturating_add(1))
    }
}

fn read(policy: &Policy, at: Found, set: PolicyText, refuse: &mut dyn FnMut(String, &str)) -> Rule {
    let id = policy.annotation("id").unwrap_or_default();
    let forbids = policy.effect() == Effect::Forbid;
    let known: &[&str] = match set {
        PolicyText::Ask => &["id", "title", "because", "missing", "remedy", "approval", "assurance"],
        _ => &["id", "title", "because", "missing", "remedy"],
    };
    for (name, _) in policy.annotations().filter(|(name, _)| !known.contains(name)) {
        let hint = match name {
            "approval" | "assurance" => "who must agree stands in the ask set; a guard never asks",
            _ => {
                "the annotations are `@id`, `@title`, `@because`, `@missing`, `@remedy`; in asks `@approval` and `@assurance`"
            }
        };
        refuse(format!("`{id}` has an annotation `@{name}` that has no meaning here"), hint);
    }
    let mut sentence = |name: &str, needed: bool| match policy.annotation(name) {
        None | Some("") if needed => {
            refuse(format!("`{id}` has no `@{name}`"), "people read it when they are refused");
            None
        }
        None | Some("") => None,
        Some(text) => match Template::parse(text) {
            Ok(template) => Some(template),
            Err(why) => {
                refuse(format!("`@{name}` of `{id}`: {why}"), "mend the sentence");
                None
            }
        },
    };
    let title = sentence("title", true);
    let because = sentence("because", forbids);
    let (missing, remedy) = (sentence("missing", false), sentence("remedy", forbids));
    for (name, plain) in [("title", &title), ("because", &because)] {
        if plain.as_ref().is_some_and(|template| template.fields().next().is_some()) {
            refuse(
                format!("`@{name}` of `{id}` has a place to fill"),
                "only `@missing` and `@remedy` are filled; `{{` is a brace",
            );
        }
    }
    let obligation = if set == PolicyText::Ask { obligation(policy, id, refuse) } else { None };
    let plain = |template: Option<Template>| {
        template.map(|t| t.fill(&bailiwick_authority::Value::object::<String>([]))).unwrap_or_default()
    };
    Rule {
        place: at.place,
        offset: at.offset,
        line: at.position.0,
        column: at.position.1,
        text: at.text,
        title: plain(title),
        because: plain(because),
        missing,
        remedy,
        obligation,
    }
}

/// What an ask obliges to; an ask that does not say is refused.
fn obligation(policy: &Policy, id: &str, refuse: &mut dyn FnMut(String, &str)) -> Option<Obligation> {
    const SHAPE: &str =
        "for instance `@approval(\"1 of approver\")`: the roles are `steward`, `approver`, `security`";
    if policy.effect() == Effect::Permit {
        refuse(
            format!("`{id}` is a permit among the asks"),
            "an ask can only add who must agree: move it to the guard",
        );
        return None;
    }
    let Some(text) = policy.annotation("approval") else {
        refuse(
            format!("`{id}` does not say who must agree"),
            "add `@approval(…)`, or move the forbid to the guard",
        );
        return None;
    };
    let Some((digits, role)) = text.split_once(" of ") else {
        refuse(format!("`@approval` of `{id}` is `{}`", text.escape_default()), SHAPE);
        return None;
    };
    let count = match digits.parse::<u32>() {
        Ok(count) if (1..=200).contains(&count) && !digits.starts_with(['+', '0']) => count,
        _ => {
            refuse(
                format!("`@approval` of `{id}` asks for `{}` persons", digits.escape_default()),
                "1 to 200 persons",
            );
            return None;
        }
    };
    let Ok(role) = role.parse::<Role>() else {
        refuse(
            format!("`@approval` of `{id}` names the role `{}`, which does not exist", role.escape_default()),
            SHAPE,
        );
        return None;
    };
    let assurance = match policy.annotation("assurance") {
        None => None,
        Some(text) => match text.parse::<Assurance>() {
            Ok(assurance) => Some(assurance),
            Err(why) => {
                refuse(format!("`@assurance` of `{id}` is `{}`", text.escape_default()), &why.to_string());
                return None;
            }
        },
    };
    Some(Obligation { count, role, assurance })
}
