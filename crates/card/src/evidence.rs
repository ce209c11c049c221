//! What the broker saw, as lines that a person can judge: from facts, which are typed and bound by digest.

use crate::visible::{identifier, line};
use bailiwick_authority::Value;
use bailiwick_protocol::EvidenceLine;

/// How many paths one line names.
const MOST_PATHS: usize = 12;

/// The exact version that would be acted on, if the facts have one.
pub(crate) fn version(facts: &Value) -> Option<String> {
    text(facts, "head").or_else(|| text(facts, "sha"))
}

/// The lines of `facts`; every fact that has no line of its own is named as it is.
pub(crate) fn evidence(facts: &Value) -> Vec<EvidenceLine> {
    let mut left = match facts {
        Value::Object(members) => members.clone(),
        _ => return vec![line_of("facts", "bad", "they are not what facts are".to_owned())],
    };
    let (mut lines, mut rest) = (Vec::new(), "plain");
    if left.contains_key("pull") && left.contains_key("required_checks") {
        merge(facts, &mut lines);
        rest = "other";
        for known in MERGE {
            left.remove(*known);
        }
    }
    left.remove("repository");
    lines.extend(left.iter().map(|(name, value)| line_of(&name.replace('_', " "), rest, plain(value))));
    lines
}

/// The facts that [`merge`] puts into words.
const MERGE: &[&str] = &[
    "approving_reviewers",
    "author",
    "base",
    "branch",
    "changed_paths",
    "changes_requested_by",
    "checks",
    "checks_missing",
    "draft",
    "from_fork",
    "head",
    "mergeable",
    "pull",
    "required_checks",
    "target",
];

fn merge(facts: &Value, lines: &mut Vec<EvidenceLine>) {
    let names = |field: &str| list(facts, field);
    let flag = |field: &str| facts.get(field) == Some(&Value::Bool(true));
    let mut add = |what: &str, state: &str, value: String| lines.push(line_of(what, state, value));

    let (required, missing) = (names("required_checks"), names("checks_missing"));
    match (required.is_empty(), missing.is_empty()) {
        (true, _) => add("checks", "bad", "none is required".to_owned()),
        (_, true) => add("checks", "good", format!("all required passed: {}", required.join(", "))),
        _ => add("checks", "bad", format!("not passed: {}", missing.join(", "))),
    }
    let (approving, against) = (names("approving_reviewers"), names("changes_requested_by"));
    match approving.as_slice() {
        [] => add("reviews", "bad", "nobody has approved this commit".to_owned()),
        people => add("reviews", "good", format!("approved at this commit by {}", people.join(", "))),
    }
    if !against.is_empty() {
        add("objections", "bad", format!("{} asked for changes", against.join(", ")));
    }
    let paths = names("changed_paths");
    let shown: Vec<&str> = paths.iter().take(MOST_PATHS).map(String::as_str).collect();
    let more = paths.len().saturating_sub(MOST_PATHS);
    let rest = if more == 0 { String::new() } else { format!(", and {more} more") };
    add("files", "plain", format!("{} changed: {}{rest}", paths.len(), shown.join(", ")));
    let author = facts.get("author").and_then(|author| text(author, "login"));
    add("author", "plain", author.unwrap_or_else(|| "unknown".to_owned()));
    if flag("from_fork") {
        add("fork", "bad", "the branch is of a fork".to_owned());
    }
    if flag("draft") {
        add("draft", "bad", "the pull request is a draft".to_owned());
    }
    if !flag("mergeable") {
        add("conflicts", "bad", "it does not merge cleanly".to_owned());
    }
    let (head, base) = (text(facts, "head").unwrap_or_default(), text(facts, "base").unwrap_or_default());
    let (branch, target) =
        (text(facts, "branch").unwrap_or_default(), text(facts, "target").unwrap_or_default());
    add("commits", "plain", format!("{head} ({branch}) onto {base} ({target})"));
    if let Some(Value::Int(pull)) = facts.get("pull") {
        add("pull request", "plain", format!("#{pull}"));
    }
}

fn line_of(what: &str, state: &str, value: String) -> EvidenceLine {
    EvidenceLine { what: line(what), value, state: state.to_owned() }
}

fn text(facts: &Value, field: &str) -> Option<String> {
    facts.get(field).and_then(Value::as_str).map(identifier)
}

fn list(facts: &Value, field: &str) -> Vec<String> {
    match facts.get(field) {
        Some(Value::List(items)) => items.iter().map(plain).collect(),
        _ => Vec::new(),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Str(text) => identifier(text),
        Value::Int(number) => number.to_string(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::List(items) if items.is_empty() => "none".to_owned(),
        Value::List(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(_) => identifier(&String::from_utf8_lossy(&value.encode())),
    }
}
