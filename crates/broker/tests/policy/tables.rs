//! Every table of every shipped set: a base question, and what a change to it must give.

use super::asked::loaded;
use bailiwick_broker::policy::{NotTogether, SETS, ShippedSet, Table, together};
use bailiwick_protocol::PolicyTexts;
use std::collections::BTreeSet;
use std::path::Path;

/// The tables of a set, each with the texts that it tests.
fn tables(set: &ShippedSet) -> Vec<(String, Table, PolicyTexts)> {
    let table = |(file, text): &(&str, &str)| {
        let table = Table::parse(text).unwrap_or_else(|why| panic!("{}/{file}: {why}", set.texts.name));
        let alone = vec![set.texts.name.to_owned()];
        let sets = if table.sets.is_empty() { &alone } else { &table.sets };
        assert!(sets.iter().any(|name| name == set.texts.name), "{file} leaves its own set out");
        let texts = together(sets).unwrap_or_else(|why| panic!("{}/{file}: {why}", set.texts.name));
        (format!("{}/{file}", set.texts.name), table, texts)
    };
    set.tables.iter().map(table).collect()
}

/// How many cases there are, and which of them go wrong.
fn wrong(set: &ShippedSet) -> (usize, Vec<String>) {
    let (mut cases, mut wrong) = (0, Vec::new());
    for (name, table, texts) in tables(set) {
        for case in table.run(&loaded(&texts)) {
            cases += 1;
            wrong.extend(
                case.wrong.map(|why| {
                    format!("{name}: {}: {} by {:?}: {why}", case.name, case.outcome, case.refusals)
                }),
            );
        }
    }
    (cases, wrong)
}

/// Whether any table gets a case wrong where `change` was made to the texts.
fn notice(set: &ShippedSet, change: impl Fn(&mut PolicyTexts)) -> bool {
    tables(set).into_iter().any(|(_, table, mut texts)| {
        change(&mut texts);
        table.run(&loaded(&texts)).iter().any(|case| case.wrong.is_some())
    })
}

#[test]
fn every_case_of_every_table() {
    let mut total = 0;
    for set in &SETS {
        let (cases, wrong) = wrong(set);
        println!("{}: {cases} cases", set.texts.name);
        assert!(wrong.is_empty(), "{} of {cases} cases:\n{}", wrong.len(), wrong.join("\n"));
        assert!(cases >= 8, "{}: only {cases} cases", set.texts.name);
        total += cases;
    }
    println!("{total} cases");
}

/// Without any one of its policies, a shipped set gets a case wrong: the tables cover each.
#[test]
fn the_tables_notice_the_loss_of_any_policy() {
    let mut tried = 0;
    for set in &SETS {
        for text in [set.texts.guard, set.texts.ask] {
            for policy in text.split("\n@id(").skip(1) {
                let end = policy.find(";\n").expect("the end of a policy");
                let lost = format!("\n@id({}", &policy[..=end]);
                let noticed = notice(set, |texts| {
                    let before = texts.clone();
                    texts.guard = texts.guard.replace(&lost, "");
                    texts.ask = texts.ask.replace(&lost, "");
                    // Another set's table may not have this one.
                    assert!(*texts != before, "{lost} is not in its own texts");
                });
                assert!(noticed, "no case notices the loss of{lost}");
                tried += 1;
            }
        }
    }
    println!("{tried} policies");
    assert!(tried >= 35, "only {tried} policies");
}

/// What lies in the folder is what is shipped, and nothing is forgotten.
#[test]
fn every_folder_and_every_table_is_shipped() {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let names = |path: &Path| -> BTreeSet<String> {
        let entries = std::fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect()
    };
    let mut folders = names(&policies);
    assert!(folders.remove("practice") && folders.remove("schema.cedarschema"));
    let shipped: BTreeSet<String> = SETS.iter().map(|set| set.texts.name.to_owned()).collect();
    assert_eq!(folders, shipped);
    for set in &SETS {
        let folder = policies.join(set.texts.name);
        let tables: BTreeSet<String> = set.tables.iter().map(|(file, _)| (*file).to_owned()).collect();
        assert_eq!(names(&folder.join("tests")), tables, "{}", set.texts.name);
        for (file, text) in
            [("guard.cedar", set.texts.guard), ("ask.cedar", set.texts.ask), ("data.json", set.texts.data)]
        {
            let there = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
            assert_eq!(there, text, "{}/{file}", set.texts.name);
        }
    }
}

/// Any one alone and all of them together load, and what one forbids the others cannot permit.
#[test]
fn every_set_loads_alone_and_all_of_them_load_together() {
    for set in &SETS {
        loaded(&together(&[set.texts.name]).expect("one set"));
    }
    let all: Vec<&str> = SETS.iter().map(|set| set.texts.name).collect();
    let texts = together(&all).expect("all of them");
    loaded(&texts);
    for calendar in ["business-hours", "waking-hours"] {
        assert!(texts.schema.contains(&format!("\"{calendar}\": Bool")), "{}", texts.schema);
    }
    let twice = together(&["deploy", "deploy"]).expect("texts");
    assert!(bailiwick_broker::policy::Policy::load(&twice).is_err(), "ids stand twice");
    assert_eq!(together(&["deploy", "nothing"]), Err(NotTogether::NoSuchSet("nothing".to_owned())));
}

#[test]
fn a_table_that_says_something_else_is_refused() {
    let base = r#""action": "issues/create-comment", "effects": ["publishes"], "path": ["a"], "person": "ada",
        "roles": [], "assurance": "keychain", "connection": "github", "arguments": {},
        "resource": { "id": "repository:1", "name": "a/b" }, "now": "2026-11-24T10:00:00Z""#;
    let table = |base: &str, cases: &str| {
        Table::parse(&format!("{{ \"about\": \"x\", \"base\": {{ {base} }}, \"cases\": [{cases}] }}"))
    };
    assert!(table(base, r#"{ "name": "a", "outcome": "allow" }"#).is_ok());
    for (base, cases, why) in [
        (base, "", "no case"),
        (base, r#"{ "outcome": "allow" }"#, "no string `name`"),
        (base, r#"{ "name": "a" }"#, "no string `outcome`"),
        (base, r#"{ "name": "a", "outcome": "allow", "refusal": [] }"#, "`refusal` is unknown"),
        (base, r#"{ "name": "a", "outcome": "allow", "set": { "facts.draft": true } }"#, "leads nowhere"),
        (base, r#"{ "name": "a", "outcome": "allow", "remove": ["facts"] }"#, "leads nowhere"),
        (base, r#"{ "name": "a", "outcome": "allow", "set": { "effects": ["flies"] } }"#, "is no effect"),
        (base, r#"{ "name": "a", "outcome": "allow", "set": { "now": "noon" } }"#, "is no time"),
        (base, r#"{ "name": "a", "outcome": "allow", "set": { "rôle": "x" } }"#, "is unknown"),
        ("", r#"{ "name": "a", "outcome": "allow" }"#, "missing field"),
    ] {
        let said = table(base, cases).expect_err(cases);
        assert!(said.contains(why), "`{cases}`: {said}");
    }
}
