//! What waits for a person is found by its four words, shown, and answered from a terminal.

use crate::stand::{PATIENCE, Stand};
use serde_json::Value;
use std::fs;
use std::time::Instant;

const ASK: &str = r#"
@id("ask-about-everything")
@title("a steward agrees")
@because("this is a test")
@remedy("have the steward approve it")
@approval("1 of steward")
@timeout("30m")
forbid (principal, action, resource);
"#;

/// A stand on which every operation needs a steward.
fn asking() -> Stand {
    let stand = Stand::delegated();
    let folder = stand.path("asking");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("guard.cedar"), "// what `ship-to-main` permits\n").unwrap();
    fs::write(folder.join("ask.cedar"), ASK).unwrap();
    let open = stand.variables["OPEN"].clone();
    let activated = stand.run([
        "policy",
        "activate",
        &stand.text("asking"),
        "--set",
        "ship-to-main",
        "--data",
        &open,
        "--without-proof",
        "--yes",
        "--passphrase-from",
        &stand.text("pass"),
    ]);
    assert_eq!(activated.code, 0, "{activated:?}");
    stand
}

/// Asks, and waits until a person is asked: the operation's id and the four words.
fn ask(stand: &Stand, arguments: &[&str]) -> (String, Vec<String>) {
    let mut command = vec!["--json", "request", "--repo", "acme/backend", "--no-wait"];
    command.extend(arguments);
    let asked = stand.run(command).json();
    let id = asked["id"].as_str().unwrap().to_owned();
    let started = Instant::now();
    loop {
        let view = stand.run(["--json", "wait", &id, "--no-wait"]).json();
        if let Some(code) = view["waiting"]["code"].as_array() {
            let words = code.iter().map(|word| word.as_str().unwrap().to_owned());
            return (id, words.collect());
        }
        assert!(view["outcome"].is_null() && started.elapsed() < PATIENCE, "it does not wait: {view}");
    }
}

fn answer(stand: &Stand, verb: &str, words: &[String], more: &[&str]) -> crate::stand::Ran {
    let pass = stand.text("pass");
    let mut command: Vec<&str> = vec![verb];
    command.extend(words.iter().map(String::as_str));
    command.extend(["--yes", "--passphrase-from", &pass]);
    command.extend(more);
    stand.run(command)
}

#[test]
fn a_merge_is_approved_by_its_four_words_and_a_comment_denied_with_a_reason() {
    let stand = asking();
    let (id, words) = ask(&stand, &["github.merge", "branch=feat-123", "target=main"]);
    assert_eq!(words.len(), 4);
    let listed = stand.run(["pending"]);
    assert!(listed.stdout.contains(&words.join(" ")), "{listed:?}");
    let mut show = vec!["pending".to_owned()];
    show.extend(words.clone());
    let shown = stand.run(&show);
    assert_eq!(shown.code, 0, "{shown:?}");
    for part in ["Merge feat-123 into main", &words.join(" "), "a steward agrees", "1 of steward must agree"]
    {
        assert!(shown.stdout.contains(part), "lacks `{part}`: {}", shown.stdout);
    }
    show.push("--diff".to_owned());
    let diff = stand.run(&show);
    assert!(diff.stdout.contains("src/cache.py") && diff.stdout.contains("+def invalidate"), "{diff:?}");
    let wrong: Vec<String> = ["able", "able", "able", "able"].map(str::to_owned).to_vec();
    assert_eq!(answer(&stand, "approve", &wrong, &[]).code, 2);
    let approved = answer(&stand, "approve", &words, &["--reason", "reviewed"]);
    assert_eq!(approved.code, 0, "{approved:?}");
    let done = stand.run(["--json", "wait", &id]);
    assert_eq!((done.code, done.json()["outcome"].clone()), (0, Value::from("succeeded")), "{done:?}");
    assert!(stand.range().pull("acme/backend", 1).unwrap().merged_as.is_some());
    assert_eq!(stand.run(["pending"]).stdout, "nothing waits for a person\n");

    let (id, words) = ask(&stand, &["github.comment", "issue=8", "body=hello"]);
    let dashed = vec![words.join("-")];
    let denied = answer(&stand, "deny", &dashed, &["--reason", "not in public"]);
    assert_eq!(denied.code, 0, "{denied:?}");
    let ended = stand.run(["--json", "wait", &id]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert_eq!(ended.json()["reason"]["code"], "denied-by-person");
    assert!(ended.json()["reason"]["message"].as_str().unwrap().contains("not in public"));
    assert!(stand.range().comments("acme/backend", 8).unwrap().is_empty());
    assert_eq!(stand.run(["verify"]).code, 0);
}

#[test]
fn a_rule_is_made_from_a_request_and_ended() {
    let stand = asking();
    let (id, words) = ask(&stand, &["github.comment", "issue=8", "body=again"]);
    assert_eq!(answer(&stand, "approve", &words, &[]).code, 0);
    assert_eq!(stand.run(["wait", &id]).code, 0);
    let request = stand.run(["--json", "receipts"]).json();
    let (_, words) = ask(&stand, &["github.comment", "issue=8", "body=again"]);
    let mut propose = vec!["standing".to_owned(), "propose".to_owned()];
    propose.extend(words);
    propose.extend(
        ["--uses", "1", "--for", "1h", "--yes", "--passphrase-from", &stand.text("pass")].map(str::to_owned),
    );
    let proposed = stand.run(&propose);
    assert_eq!(proposed.code, 0, "{proposed:?} {request}");
    let done = stand.run(["request", "github.comment", "--repo", "acme/backend", "issue=8", "body=again"]);
    assert_eq!(done.code, 0, "{done:?}");
    let listed = stand.run(["--json", "standing", "list"]).json();
    assert_eq!(
        (listed[0]["state"].clone(), listed[0]["uses"].clone()),
        (Value::from("spent"), Value::from(1))
    );
    let rule = listed[0]["id"].as_str().unwrap().to_owned();
    let revoked = stand.run(["standing", "revoke", &rule, "--yes", "--passphrase-from", &stand.text("pass")]);
    assert_eq!(revoked.code, 0, "{revoked:?}");
    assert_eq!(stand.run(["--json", "standing", "list"]).json()[0]["state"], "revoked");
    assert_eq!(stand.run(["verify"]).code, 0);
}
