//! One policy of a set, with what its annotations say, and a set of them.
//!
//! INVARIANT: annotations are for people and for obligations. Whether a policy of the guard matches never
//! depends on one.

use super::problem::{PolicyProblem, PolicyText, Source};
use super::template::Template;
use bailiwick_authority::{Assurance, Name, Role, Text};
use cedar_policy::{Effect, Policy, PolicyId, PolicySet};
use std::collections::HashMap;

/// The ids that a broker uses in refusals of its own.
pub(super) const NO_PERMIT: &str = "no-permit";
/// As [`NO_PERMIT`]: the operation cannot be put to the policy.
pub(super) const REQUEST: &str = "request";

/// How long persons may take to answer where the policy does not say, in seconds.
const TIMEOUT_SECONDS: u64 = 120;
/// The shortest and the longest time that a policy may give them, in seconds.
const TIMEOUTS: std::ops::RangeInclusive<u64> = 10..=86_400;

/// Who must agree, how well their keys must be kept, and how long they may take: what one ask that
/// matched adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// The policy's id.
    pub policy: Name,
    /// Its title.
    pub title: Text,
    /// Why it exists.
    pub because: Text,
    /// How many persons.
    pub count: u32,
    /// In which role.
    pub role: Role,
    /// How their keys must at least be kept, if the policy says.
    pub assurance: Option<Assurance>,
    /// Whether those who delegated or wrote what is asked for do not count.
    pub others: bool,
    /// How long they may take to answer, in seconds, if the policy says.
    pub timeout: Option<u64>,
}

impl Obligation {
    /// How long persons may take where all of `obligations` must be met: the shortest time that any of
    /// them gives.
    pub fn shortest_timeout(obligations: &[Obligation]) -> u64 {
        obligations.iter().filter_map(|one| one.timeout).min().unwrap_or(TIMEOUT_SECONDS)
    }
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

/// The annotations that an ask may have.
const ASKS: &[&str] =
    &["id", "title", "because", "missing", "remedy", "approval", "assurance", "by", "timeout"];

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
        PolicyText::Ask => ASKS,
        _ => &["id", "title", "because", "missing", "remedy"],
    };
    for (name, _) in policy.annotations().filter(|(name, _)| !known.contains(name)) {
        let hint = match name {
            "approval" | "assurance" | "by" | "timeout" => {
                "who must agree stands in the ask set; a guard never asks"
            }
            _ => {
                "the annotations are `@id`, `@title`, `@because`, `@missing`, `@remedy`; in asks also `@approval`, \
                 `@assurance`, `@by` and `@timeout`"
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
    let plain = |template: Option<Template>| {
        template.map(|t| t.fill(&bailiwick_authority::Value::object::<String>([]))).unwrap_or_default()
    };
    let (title, because) = (plain(title), plain(because));
    let obligation = match set {
        PolicyText::Ask => obligation(policy, id, (&title, &because), refuse),
        _ => None,
    };
    Rule {
        place: at.place,
        offset: at.offset,
        line: at.position.0,
        column: at.position.1,
        text: at.text,
        title,
        because,
        missing,
        remedy,
        obligation,
    }
}

/// What an ask obliges to; an ask that does not say is refused.
fn obligation(
    policy: &Policy,
    id: &str,
    (title, because): (&str, &str),
    refuse: &mut dyn FnMut(String, &str),
) -> Option<Obligation> {
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
    let assurance = match policy.annotation("assurance").map(str::parse::<Assurance>) {
        None => None,
        Some(Ok(assurance)) => Some(assurance),
        Some(Err(why)) => {
            let text = policy.annotation("assurance").unwrap_or_default();
            refuse(format!("`@assurance` of `{id}` is `{}`", text.escape_default()), &why.to_string());
            return None;
        }
    };
    let others = match policy.annotation("by") {
        None => false,
        Some("others") => true,
        Some(text) => {
            let hint =
                "`@by(\"others\")` asks persons who neither delegated nor wrote it; nothing else is known";
            refuse(format!("`@by` of `{id}` is `{}`", text.escape_default()), hint);
            return None;
        }
    };
    let timeout = match policy.annotation("timeout").map(seconds) {
        None => None,
        Some(Some(seconds)) if TIMEOUTS.contains(&seconds) => Some(seconds),
        Some(_) => {
            let text = policy.annotation("timeout").unwrap_or_default();
            let hint = "a number with `s`, `m` or `h`, from 10 s to 24 h: `@timeout(\"120s\")`";
            refuse(format!("`@timeout` of `{id}` is `{}`", text.escape_default()), hint);
            return None;
        }
    };
    // Requests carry them, so that whoever is asked reads them from what is signed.
    let mut text = |name: &str, text: &str| match text.parse::<Text>() {
        Ok(text) => Some(text),
        // One that is missing was refused above.
        Err(_) if text.is_empty() => None,
        Err(error) => {
            refuse(
                format!("`@{name}` of `{id}` cannot be shown to whom it asks: {error}"),
                "write it shorter",
            );
            None
        }
    };
    let (title, because) = (text("title", title)?, text("because", because)?);
    Some(Obligation { policy: id.parse().ok()?, title, because, count, role, assurance, others, timeout })
}

/// `90s`, `15m`, `2h` in seconds.
fn seconds(text: &str) -> Option<u64> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        _ => return None,
    };
    let digits = text.get(..text.len().saturating_sub(1))?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse::<u64>().ok().filter(|_| plain && !digits.starts_with('0'))?;
    number.checked_mul(unit)
}
