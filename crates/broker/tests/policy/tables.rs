//! Every table of `policies/ship-to-main/tests`: a base question, and what a change to it must give.

use super::asked::{Asked, loaded, refusing, ship_to_main, text};
use bailiwick_authority::Value;
use bailiwick_broker::policy::Policy;

#[test]
fn every_case_of_every_table() {
    let folder = format!("{}/../../policies/ship-to-main/tests", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder of tables")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    let (mut cases, mut wrong) = (0, Vec::new());
    for name in &names {
        let table = Value::parse(text(&format!("ship-to-main/tests/{name}")).as_bytes())
            .unwrap_or_else(|e| panic!("`{name}`: {e}"));
        let mut texts = ship_to_main();
        if let Some(data) = table.get("data").and_then(Value::as_str) {
            texts.data = text(data);
        }
        let policy = loaded(&texts);
        let base = table.get("base").expect("a base");
        let Some(Value::List(rows)) = table.get("cases") else { panic!("`{name}` has no cases") };
        for row in rows {
            cases += 1;
            if let Err(why) = judge(&policy, base, row) {
                wrong.push(format!("{name}: {}: {why}", said(row, "name")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cases} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases >= 50, "only {cases} cases were found");
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
