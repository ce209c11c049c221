//! A policy's tests as data: a base question, and for each case what a change to it must give.
//!
//! One reader for the shipped tables, for those of a folder that somebody wrote, and for the project's own
//! tests, so that all of them mean the same.

use super::decision::Decision;
use super::made_up::MadeUp;
use super::{Policy, PolicyOutcome};
use crate::record::to_json;
use bailiwick_authority::{Timestamp, Value};

/// What a case may have.
const CASE: [&str; 6] = ["name", "set", "remove", "outcome", "refusals", "says"];
/// What a question of a table may have; the rest of it is as [`bailiwick_protocol::PolicyQuestion`] says.
const QUESTION: [&str; 13] = [
    "action",
    "effects",
    "path",
    "person",
    "roles",
    "assurance",
    "connection",
    "resource",
    "arguments",
    "facts",
    "now",
    "expires",
    "agent",
];

/// A table that was read.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it is about, in a sentence.
    pub about: String,
    /// The sets that it tests together, by name; none: the set beside it alone.
    pub sets: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Clone, Debug)]
struct Case {
    name: String,
    question: MadeUp,
    outcome: String,
    refusals: Vec<String>,
    says: Vec<String>,
}

/// How one case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// The case.
    pub name: String,
    /// What the policy answered.
    pub outcome: String,
    /// The policies that refused.
    pub refusals: Vec<String>,
    /// What is wrong with that; `None` if it is as the table says.
    pub wrong: Option<String>,
}

impl Table {
    /// Reads a table; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Table, String> {
        let table = Value::parse_any_size(text.as_bytes()).map_err(|error| error.to_string())?;
        only(&table, &["about", "sets", "base", "cases"])?;
        let base = table.get("base").ok_or("the table has no `base`")?;
        let Some(Value::List(rows)) = table.get("cases") else {
            return Err("the table has no list `cases`".to_owned());
        };
        let cases = rows.iter().map(|row| case(base, row)).collect::<Result<Vec<Case>, String>>()?;
        if cases.is_empty() {
            return Err("the table has no case".to_owned());
        }
        Ok(Table { about: said(&table, "about")?.to_owned(), sets: strings(&table, "sets")?, cases })
    }

    /// Judges every case by a policy.
    pub fn run(&self, policy: &Policy) -> Vec<CaseResult> {
        self.cases
            .iter()
            .map(|case| {
                let decision = policy.decide(&case.question.question());
                CaseResult {
                    name: case.name.clone(),
                    outcome: decision.outcome.as_str().to_owned(),
                    refusals: decision.refusals.iter().map(|refusal| refusal.policy.clone()).collect(),
                    wrong: wrong(case, &decision),
                }
            })
            .collect()
    }
}

fn case(base: &Value, row: &Value) -> Result<Case, String> {
    only(row, &CASE)?;
    let name = said(row, "name")?.to_owned();
    let read = || -> Result<MadeUp, String> {
        let mut question = base.clone();
        if let Some(changes) = row.get("set") {
            let Value::Object(changes) = changes else { return Err("`set` is no object".to_owned()) };
            for (path, value) in changes {
                put(&mut question, path, Some(value.clone()))?;
            }
        }
        for path in strings(row, "remove")? {
            put(&mut question, &path, None)?;
        }
        only(&question, &QUESTION)?;
        for key in ["now", "expires"] {
            if let Some(Value::Str(text)) = question.get(key) {
                let seconds = seconds(text)?;
                put(&mut question, key, Some(Value::Int(seconds)))?;
            }
        }
        let wire = serde_json::from_value(to_json(&question)).map_err(|error| error.to_string())?;
        MadeUp::read(&wire, Timestamp::LAST)
    };
    let question = read().map_err(|why| format!("the case `{}`: {why}", name.escape_default()))?;
    let outcome = said(row, "outcome")?.to_owned();
    Ok(Case { name, question, outcome, refusals: strings(row, "refusals")?, says: strings(row, "says")? })
}

/// What is not as the case says.
fn wrong(case: &Case, decision: &Decision) -> Option<String> {
    if decision.outcome.as_str() != case.outcome {
        return Some(format!("expected `{}`", case.outcome));
    }
    let found: Vec<&str> = decision.refusals.iter().map(|refusal| refusal.policy.as_str()).collect();
    if found != case.refusals {
        return Some(format!("expected to be refused by {:?}", case.refusals));
    }
    if decision.outcome != PolicyOutcome::Allow && found.is_empty() {
        return Some("refused without a reason".to_owned());
    }
    let unsaid = |refusal: &&bailiwick_protocol::PolicyRefusal| {
        [&refusal.title, &refusal.because, &refusal.remedy].iter().any(|text| text.is_empty())
            || refusal.missing.is_empty()
    };
    if let Some(refusal) = decision.refusals.iter().find(unsaid) {
        return Some(format!("`{}` leaves a sentence out", refusal.policy));
    }
    let words: Vec<&str> = decision
        .refusals
        .iter()
        .flat_map(|refusal| refusal.missing.iter().chain([&refusal.remedy]).map(String::as_str))
        .collect();
    let text = case.says.iter().find(|text| !words.contains(&text.as_str()))?;
    Some(format!("does not say `{text}` but {words:?}"))
}

fn only(value: &Value, known: &[&str]) -> Result<(), String> {
    let Value::Object(members) = value else { return Err("this is no object".to_owned()) };
    match members.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => {
            Err(format!("`{}` is unknown here; known are {}", key.escape_default(), known.join(", ")))
        }
    }
}

fn said<'v>(value: &'v Value, key: &str) -> Result<&'v str, String> {
    value.get(key).and_then(Value::as_str).ok_or_else(|| format!("there is no string `{key}`"))
}

fn strings(value: &Value, key: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("`{key}` is no list of strings");
    match value.get(key) {
        None => Ok(Vec::new()),
        Some(Value::List(items)) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

fn seconds(text: &str) -> Result<i64, String> {
    let moment: jiff::Timestamp =
        text.parse().map_err(|why| format!("`{}` is no time: {why}", text.escape_default()))?;
    Ok(moment.as_second())
}

/// Sets or removes what stands at a dotted path.
fn put(value: &mut Value, path: &str, new: Option<Value>) -> Result<(), String> {
    let nowhere = || format!("`{}` leads nowhere", path.escape_default());
    let Value::Object(members) = value else { return Err(nowhere()) };
    match (path.split_once('.'), new) {
        (Some((first, rest)), new) => put(members.get_mut(first).ok_or_else(nowhere)?, rest, new),
        (None, Some(new)) => {
            members.insert(path.to_owned(), new);
            Ok(())
        }
        (None, None) => members.remove(path).map(drop).ok_or_else(nowhere),
    }
}
