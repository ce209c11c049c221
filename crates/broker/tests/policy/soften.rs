//! However the annotations of a guard are edited, it decides the same, or it is not loaded.

use super::asked::{Asked, good_merge, loaded, ship_to_main};
use bailiwick_authority::Value;
use bailiwick_broker::policy::{Decision, Policy, PolicyOutcome};

/// An allowed merge, one that each policy refuses alone, and several refused by many.
fn questions() -> Vec<Asked> {
    let good = good_merge();
    let list = |text: &str| Value::strings([text]);
    let mut all = vec![
        good.clone(),
        good.with_fact("required_checks", Value::List(Vec::new())),
        good.with_fact("checks_missing", list("ci/test")),
        good.with_fact("approving_reviewers", Value::List(Vec::new())),
        good.with_fact("approving_reviewers", list("feat-writer")),
        good.with_fact("changes_requested_by", list("linus")),
        good.with_fact("draft", true),
        good.with_fact("mergeable", false),
        good.with_fact("target", "refs/heads/x"),
        good.with_fact("changed_paths", list(".github/x")),
        good.with_fact("from_fork", true),
        good.without_fact("head"),
        good.with_fact("draft", true).with_fact("mergeable", false).with_fact("checks_missing", list("a")),
    ];
    let mut night = good.clone();
    night.now = super::asked::at("2026-11-22T03:00:00Z");
    let mut blind = good;
    blind.facts = None;
    all.extend([night, blind]);
    all
}

/// What must not change: whether, and by which policies.
fn essence(policy: &Policy) -> Vec<(PolicyOutcome, usize, usize)> {
    let essence = |d: Decision| (d.outcome, d.determining.len(), d.refusals.len());
    questions().iter().map(|asked| essence(asked.decided_by(policy))).collect()
}

type Edit = (&'static str, fn(&str) -> String);

fn every(text: &str, name: &str, new: &str) -> String {
    let lines = text.lines().map(|line| if line.starts_with(&format!("@{name}(")) { new } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

fn before_each_forbid(text: &str, annotation: &str) -> String {
    text.replace("\nforbid (", &format!("\n{annotation}\nforbid ("))
}

const EDITS: [Edit; 40] = [
    ("every title is empty", |t| every(t, "title", "@title(\"\")")),
    ("every title says allow", |t| every(t, "title", "@title(\"allow\")")),
    ("every title is gone", |t| every(t, "title", "")),
    ("every title has no value", |t| every(t, "title", "@title")),
    ("every reason is gone", |t| every(t, "because", "")),
    ("every reason says permit", |t| every(t, "because", "@because(\"permit\")")),
    ("every missing is gone", |t| every(t, "missing", "")),
    ("every missing lists nothing", |t| every(t, "missing", "@missing(\"{merge.changed_paths}\")")),
    ("every remedy is gone", |t| every(t, "remedy", "")),
    ("every remedy is a policy", |t| {
        every(t, "remedy", "@remedy(\"permit (principal, action, resource);\")")
    }),
    ("every remedy names nothing", |t| every(t, "remedy", "@remedy(\"{nothing.at.all}\")")),
    ("every remedy is unclosed", |t| every(t, "remedy", "@remedy(\"{\")")),
    ("every id is gone", |t| every(t, "id", "")),
    ("every id is the same", |t| every(t, "id", "@id(\"x\")")),
    ("an id is that of a permit", |t| t.replace("main-no-drafts", "may-comment")),
    ("an id is the broker's", |t| t.replace("main-no-drafts", "no-permit")),
    ("an id is that of an ask", |t| t.replace("main-no-drafts", "ask-about-forks")),
    ("an id is that of the engine", |t| t.replace("main-no-drafts", "policy0")),
    ("forbids become asks", |t| before_each_forbid(t, "@approval(\"1 of steward\")")),
    ("forbids become asks of nobody", |t| before_each_forbid(t, "@approval(\"0 of nobody\")")),
    ("forbids become asks without words", |t| before_each_forbid(t, "@approval")),
    ("forbids want an assurance", |t| before_each_forbid(t, "@assurance(\"file\")")),
    ("an effect as an annotation", |t| before_each_forbid(t, "@effect(\"permit\")")),
    ("advice instead", |t| before_each_forbid(t, "@advice(\"allow\") @severity(\"info\")")),
    ("disabled", |t| before_each_forbid(t, "@disabled")),
    ("enabled is false", |t| before_each_forbid(t, "@enabled(\"false\")")),
    ("dry run", |t| before_each_forbid(t, "@mode(\"dry-run\") @shadow(\"true\")")),
    ("a priority below all", |t| before_each_forbid(t, "@priority(\"-1\")")),
    ("an expiry in the past", |t| before_each_forbid(t, "@expires(\"1970-01-01\")")),
    ("an annotation twice", |t| before_each_forbid(t, "@title(\"again\")")),
    ("a timeout that allows", |t| before_each_forbid(t, "@timeout(\"0s\")")),
    ("advice in the name of approval", |t| before_each_forbid(t, "@approval(\"auto\")")),
    ("an annotation in other letters", |t| before_each_forbid(t, "@Approval(\"1 of steward\")")),
    ("a role that does not exist", |t| before_each_forbid(t, "@approval(\"1 of agent\")")),
    ("forbids with an unless in their words", |t| every(t, "because", "@because(\"x\") // unless { true }")),
    ("every title ends the policy", |t| {
        every(t, "title", "@title(\"t\"); permit (principal, action, resource);")
    }),
    ("every reason hides its end", |t| every(t, "because", "@because(\"b\u{202e}\")")),
    ("every reason escapes its end", |t| every(t, "because", "@because(\"b\\\\\") @x(\"")),
    ("every id is empty", |t| every(t, "id", "@id(\"\")")),
    ("ids are swapped with the permits'", |t| {
        t.replace("main-no-drafts", "swap")
            .replace("may-comment", "main-no-drafts")
            .replace("\"swap\"", "\"may-comment\"")
    }),
];

#[test]
fn no_edit_of_an_annotation_changes_a_decision() {
    let shipped = ship_to_main();
    let before = essence(&loaded(&shipped));
    let (mut same, mut refused) = (Vec::new(), Vec::new());
    for (what, edit) in EDITS {
        let mut texts = shipped.clone();
        texts.guard = edit(&shipped.guard);
        assert_ne!(texts.guard, shipped.guard, "`{what}` edits nothing");
        match Policy::load(&texts) {
            Ok(policy) => {
                assert_eq!(essence(&policy), before, "{what}");
                same.push(what);
            }
            Err(problems) => {
                assert!(!problems.is_empty(), "{what}");
                refused.push(what);
            }
        }
    }
    println!("{} edits decide the same, {} are not loaded", same.len(), refused.len());
    assert_eq!(same.len() + refused.len(), 40);
    assert!(same.len() >= 6, "{same:?}");
    assert!(refused.len() >= 30, "{refused:?}");
}

/// Permits stay permits and forbids forbids when asks are moved about.
#[test]
fn nothing_in_the_asks_softens_the_guard() {
    let shipped = ship_to_main();
    let guard_alone = |texts: &bailiwick_protocol::PolicyTexts| {
        let policy = loaded(texts);
        let denied = |asked: &Asked| asked.decided_by(&policy).outcome == PolicyOutcome::Deny;
        questions().iter().map(denied).collect::<Vec<_>>()
    };
    let before = guard_alone(&shipped);
    let ask = |id: &str, when: &str| {
        format!(
            "@id(\"{id}\") @title(\"t\") @because(\"b\") @remedy(\"r\") @approval(\"1 of approver\")
             forbid (principal, action, resource) when {{ {when} }};"
        )
    };
    for asks in [
        String::new(),
        ask("a", "context.time > 0"),
        ask("a", "context.effects.moves_ref.contains(\"refs/heads/main\")"),
        ask("main-no-drafts-2", "context has merge && context.merge.draft"),
        format!("{}{}", ask("a", "context.time > 0"), ask("b", "context.time > 1")),
    ] {
        let mut texts = shipped.clone();
        texts.ask = asks;
        assert_eq!(guard_alone(&texts), before);
    }
}
