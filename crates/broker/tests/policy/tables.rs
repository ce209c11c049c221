//! Every table of `policies/ship-to-main/tests`: a base question, and what a change to it must give.

use super::asked::{Asked, loaded, refusing, ship_to_main, text};
use bailiwick_authority::Value;
use bailiwick_broker::policy::Policy;

/// A table's file name and its contents.
fn tables() -> Vec<(String, Value)> {
    let folder = format!("{}/../../policies/ship-to-main/tests", env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(folder).expect("the folder of tables");
    let mut tables: Vec<(String, Value)> = entries
        .map(|entry| {
            let name = entry.expect("an entry").file_name().into_string().expect("a name");
            let table = Value::parse(text(&format!("ship-to-main/tests/{name}")).as_bytes());
            let table = table.unwrap_or_else(|e| panic!("`{name}`: {e}"));
            (name, table)
        })
        .collect();
    tables.sort();
    tables
}

/// How many cases there are, and which of them a policy gets wrong.
fn wrong(policy: &Policy) -> (usize, Vec<String>) {
    let (mut cases, mut wrong) = (0, Vec::new());
    for (name, table) in tables() {
        let base = table.get("base").expect("a base");
        let Some(Value::List(rows)) = table.get("cases") else { panic!("`{name}` has no cases") };
        for row in rows {
            cases += 1;
            if let Err(why) = judge(policy, base, row) {
                wrong.push(format!("{name}: {}: {why}", said(row, "name")));
            }
        }
    }
    (cases, wrong)
}

#[test]
fn every_case_of_every_table() {
    let (cases, wrong) = wrong(&loaded(&ship_to_main()));
    assert!(wrong.is_empty(), "{} of {cases} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases >= 50, "only {cases} cases were found");
    println!("{cases} cases");
}

/// Without any one of its policies, the shipped set gets a case wrong: the tables cover each.
#[test]
fn the_tables_notice_the_loss_of_any_policy() {
    let shipped = ship_to_main();
    let mut tried = 0;
    for set in [&shipped.guard, &shipped.ask] {
        for policy in set.split("\n@id(").skip(1) {
            let end = policy.find(";\n").expect("the end of a policy");
            let lost = format!("\n@id({}", &policy[..=end]);
            let mut texts = shipped.clone();
            texts.guard = texts.guard.replace(&lost, "");
            texts.ask = texts.ask.replace(&lost, "");
            assert_ne!(texts, shipped);
            assert!(!wrong(&loaded(&texts)).1.is_empty(), "no case notices the loss of{lost}");
            tried += 1;
        }
    }
    assert_eq!(tried, 17);
}

fn said<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("a case has no `{key}`"))
}

fn strings<'v>(value: &'v Value, key: &str) -> Vec<&'v str> {
    match value.get(key) {
        Some(Value::List(items)) => items.iter().map(|item| item.as_str().expect("a string")).collect(),
        None => Vec::new(),
        Some(_) => panic!("`{key}` is no list"),
    }
}

fn judge(policy: &Policy, base: &Value, row: &Value) -> Result<(), String> {
    let mut question = base.clone();
    if let Some(Value::Object(changes)) = row.get("set") {
        for (path, value) in changes {
            put(&mut question, path, Some(value.clone()));
        }
    }
    for path in strings(row, "remove") {
        put(&mut question, path, None);
    }
    let decision = Asked::of(&question).decided_by(policy);
    if decision.outcome.as_str() != said(row, "outcome") {
        return Err(format!("{} by {:?}", decision.outcome.as_str(), decision.refusals));
    }
    let (found, wanted) = (refusing(&decision), strings(row, "refusals"));
    if found != wanted {
        return Err(format!("refused by {found:?}, expected {wanted:?}"));
    }
    if decision.outcome.as_str() != "allow" && found.is_empty() {
        return Err("refused without a reason".to_owned());
    }
    for refusal in &decision.refusals {
        if refusal.title.is_empty()
            || refusal.because.is_empty()
            || refusal.missing.is_empty()
            || refusal.remedy.is_empty()
        {
            return Err(format!("a refusal leaves something out: {refusal:?}"));
        }
    }
    let words: Vec<&str> = decision
        .refusals
        .iter()
        .flat_map(|refusal| refusal.missing.iter().chain([&refusal.remedy]).map(String::as_str))
        .collect();
    match strings(row, "says").into_iter().find(|text| !words.contains(text)) {
        Some(text) => Err(format!("does not say `{text}` but {words:#?}")),
        None => Ok(()),
    }
}

/// Sets or removes what stands at a dotted path.
fn put(value: &mut Value, path: &str, new: Option<Value>) {
    let Value::Object(members) = value else { panic!("`{path}` leads nowhere") };
    match (path.split_once('.'), new) {
        (Some((first, rest)), new) => {
            put(members.get_mut(first).unwrap_or_else(|| panic!("no `{first}`")), rest, new);
        }
        (None, Some(new)) => drop(members.insert(path.to_owned(), new)),
        (None, None) => drop(members.remove(path).unwrap_or_else(|| panic!("no `{path}`"))),
    }
}
