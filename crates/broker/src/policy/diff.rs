//! How two policies differ, by their rules: what was softened comes first.
//!
//! This compares what is written. Whether a new guard *allows* more than the old one is for the solver and
//! for past operations to say; both are asked beside this.

use super::Policy;
use super::rule::RuleSet;
use bailiwick_protocol::{PolicyBacktest, PolicyDiff, RuleChange, RuleView};
use cedar_policy::PolicyId;
use serde_json::Value;

/// One rule, with what it does apart from its words.
struct Entry {
    view: RuleView,
    /// The rule without its annotations, as the engine writes it.
    essence: Value,
    /// What an ask demands, which is in its annotations.
    demands: [Option<String>; 4],
}

/// The annotations of an ask that are no words for people.
const DEMANDS: [&str; 4] = ["approval", "assurance", "by", "timeout"];

impl Policy {
    /// What changes from this policy to `new`. The backtest is the caller's to fill in.
    pub fn diff(&self, new: &Policy) -> PolicyDiff {
        let (old, mut coming) = (entries(self), entries(new));
        let mut diff = PolicyDiff {
            headline: String::new(),
            softens: false,
            guard_to_ask: Vec::new(),
            ask_to_guard: Vec::new(),
            added: Vec::new(),
            removed: Vec::new(),
            changed: Vec::new(),
            reworded: Vec::new(),
            schema_changed: self.digests.schema != new.digests.schema,
            data_changed: self.digests.data != new.digests.data,
            backtest: PolicyBacktest::default(),
        };
        for old in old {
            // By its name; else by what it does, since a rule can be renamed where it is moved.
            let found = coming
                .iter()
                .position(|new| new.view.id == old.view.id)
                .or_else(|| coming.iter().position(|new| new.essence == old.essence));
            let Some(new) = found.map(|at| coming.remove(at)) else {
                diff.removed.push(RuleChange { old: Some(old.view), new: None });
                continue;
            };
            let list = match (old.view.set.as_str(), new.view.set.as_str()) {
                ("guard", "ask") => &mut diff.guard_to_ask,
                ("ask", "guard") => &mut diff.ask_to_guard,
                _ if old.essence != new.essence || old.demands != new.demands => &mut diff.changed,
                _ if words(&old.view) != words(&new.view) => &mut diff.reworded,
                _ => continue,
            };
            list.push(RuleChange { old: Some(old.view), new: Some(new.view) });
        }
        diff.added = coming.into_iter().map(|new| RuleChange { old: None, new: Some(new.view) }).collect();
        diff.softens = softens(&diff);
        diff.headline = headline(&diff);
        diff
    }
}

fn entries(policy: &Policy) -> Vec<Entry> {
    let entry = |view: RuleView| {
        let set: &RuleSet = if view.set == "ask" { &policy.ask } else { &policy.guard };
        let rule = set.policies.policy(&PolicyId::new(&view.id));
        let essence = match rule.and_then(|one| one.to_json().ok()) {
            Some(Value::Object(mut members)) => {
                members.remove("annotations");
                Value::Object(members)
            }
            // Unlike anything else: what cannot be compared has changed.
            _ => Value::String(view.text.clone()),
        };
        let demands = DEMANDS.map(|name| rule.and_then(|one| one.annotation(name)).map(str::to_owned));
        Entry { view, essence, demands }
    };
    policy.rules().into_iter().map(entry).collect()
}

fn words(view: &RuleView) -> [&str; 5] {
    [&view.id, &view.title, &view.because, &view.remedy, view.text.as_str()]
}

/// Whether the form of a change can let something through that was held before.
fn softens(diff: &PolicyDiff) -> bool {
    let permits = |side: &Option<RuleView>| side.as_ref().is_some_and(|rule| rule.permits);
    !diff.guard_to_ask.is_empty()
        || !diff.changed.is_empty()
        || diff.removed.iter().any(|change| !permits(&change.old))
        || diff.added.iter().any(|change| permits(&change.new))
}

fn headline(diff: &PolicyDiff) -> String {
    let permits =
        |change: &&RuleChange| change.old.as_ref().or(change.new.as_ref()).is_some_and(|rule| rule.permits);
    let part = |changes: &[&RuleChange], one: &str, many: &str| {
        let names: Vec<String> = changes
            .iter()
            .filter_map(|change| change.old.as_ref().or(change.new.as_ref()))
            .map(|rule| format!("`{}`", rule.id))
            .collect();
        match names.len() {
            0 => None,
            1 => Some(format!("1 {one}: {}", names.join(", "))),
            count @ 2..=8 => Some(format!("{count} {many}: {}", names.join(", "))),
            count => {
                let some = names.get(..8).unwrap_or_default().join(", ");
                Some(format!("{count} {many}: {some} and {} more", count.saturating_sub(8)))
            }
        }
    };
    let some =
        |changes: &[RuleChange], one: &str, many: &str| part(&changes.iter().collect::<Vec<_>>(), one, many);
    let split = |changes: &[RuleChange], wanted: bool, one: &str, many: &str| {
        part(&changes.iter().filter(|change| permits(change) == wanted).collect::<Vec<_>>(), one, many)
    };
    let parts: Vec<String> = [
        some(&diff.guard_to_ask, "rule that refused only asks now", "rules that refused only ask now"),
        split(&diff.removed, false, "rule no longer refuses or asks", "rules no longer refuse or ask"),
        split(&diff.added, true, "new permit", "new permits"),
        some(&diff.changed, "rule decides otherwise", "rules decide otherwise"),
        some(&diff.ask_to_guard, "rule that asked refuses now", "rules that asked refuse now"),
        split(&diff.added, false, "rule more that refuses or asks", "rules more that refuse or ask"),
        split(&diff.removed, true, "permit went", "permits went"),
        some(&diff.reworded, "rule is worded otherwise", "rules are worded otherwise"),
        diff.data_changed.then(|| "calendars, protected paths or zones are others".to_owned()),
        diff.schema_changed.then(|| "the schema is another".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { "nothing changes".to_owned() } else { parts.join("; ") }
}
