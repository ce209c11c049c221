//! Whatever cannot be judged is refused, and says what could not be.

use super::asked::{good_merge, loaded, refusing, ship_to_main};
use bailiwick_authority::Value;
use bailiwick_broker::policy::PolicyOutcome;

/// Every fact that the schema requires of a merge, with a value of another type.
fn facts() -> Vec<(&'static str, Value)> {
    let text = || Value::from("x");
    vec![
        ("pull", text()),
        ("head", Value::Int(1)),
        ("base", Value::Int(1)),
        ("branch", Value::Bool(true)),
        ("target", Value::List(vec![text()])),
        ("from_fork", text()),
        ("draft", Value::Int(0)),
        ("mergeable", text()),
        ("author", text()),
        ("commit_authors", text()),
        ("unattributed_commits", text()),
        ("required_checks", text()),
        ("checks_missing", Value::Bool(false)),
        ("approving_reviewers", Value::Int(1)),
        ("changes_requested_by", Value::List(vec![Value::Int(1)])),
        ("changed_paths", text()),
    ]
}

#[test]
fn a_missing_fact_refuses() {
    let policy = loaded(&ship_to_main());
    for (name, _) in facts() {
        let decision = good_merge().without_fact(name).decided_by(&policy);
        assert_eq!((decision.outcome, refusing(&decision)), (PolicyOutcome::Deny, vec!["request"]), "{name}");
        assert!(decision.errors.iter().any(|error| error.contains(name)), "{name}: {:?}", decision.errors);
    }
}

#[test]
fn a_fact_of_another_type_refuses() {
    let policy = loaded(&ship_to_main());
    for (name, wrong) in facts() {
        let decision = good_merge().with_fact(name, wrong).decided_by(&policy);
        assert_eq!((decision.outcome, refusing(&decision)), (PolicyOutcome::Deny, vec!["request"]), "{name}");
        assert!(!decision.errors.is_empty(), "{name}");
    }
    for wrong in [Value::from("x"), Value::List(Vec::new()), Value::Int(1), Value::object::<String>([])] {
        let mut asked = good_merge();
        asked.facts = Some(wrong.clone());
        let decision = asked.decided_by(&policy);
        assert_eq!(decision.outcome, PolicyOutcome::Deny, "{wrong:?}");
        assert!(!decision.refusals.is_empty());
    }
    let mixed = Value::List(vec![Value::from(".github/x"), Value::Int(1)]);
    assert_eq!(
        good_merge().with_fact("changed_paths", mixed).decided_by(&policy).outcome,
        PolicyOutcome::Deny
    );
}

#[test]
fn a_fact_that_no_policy_reads_is_no_hindrance() {
    let policy = loaded(&ship_to_main());
    let asked = good_merge().with_fact("weather", Value::object([("sky", Value::from("blue"))]));
    assert_eq!(asked.decided_by(&policy).outcome, PolicyOutcome::Allow);
}

const OVERFLOW: &str = "context.time + 9223372036854775807 > 0";

#[test]
fn a_forbid_that_cannot_be_evaluated_refuses() {
    let mut texts = ship_to_main();
    texts.guard.push_str(&format!(
        "@id(\"overflows\") @title(\"adds up\") @because(\"b\") @remedy(\"r\")
         forbid (principal, action, resource) when {{ {OVERFLOW} }};"
    ));
    let decision = good_merge().decided_by(&loaded(&texts));
    assert_eq!((decision.outcome, refusing(&decision)), (PolicyOutcome::Deny, vec!["overflows"]));
    let refusal = &decision.refusals[0];
    assert!(refusal.missing[0].starts_with("the policy `overflows` could not be evaluated: "), "{refusal:?}");
    assert_eq!(refusal.title, "adds up");
    assert_eq!(decision.errors.len(), 1);
}

/// The engine itself would allow here: another permit matches.
#[test]
fn a_permit_that_cannot_be_evaluated_refuses() {
    let mut texts = ship_to_main();
    texts.guard.push_str(&format!(
        "@id(\"overflows\") @title(\"t\") permit (principal, action, resource) when {{ {OVERFLOW} }};"
    ));
    let decision = good_merge().decided_by(&loaded(&texts));
    assert_eq!((decision.outcome, refusing(&decision)), (PolicyOutcome::Deny, vec!["overflows"]));
    assert_eq!(decision.determining, ["may-merge-into-main"]);
}

#[test]
fn an_ask_that_cannot_be_evaluated_refuses() {
    let mut texts = ship_to_main();
    texts.ask.push_str(&format!(
        "@id(\"overflows\") @title(\"t\") @because(\"b\") @remedy(\"r\") @approval(\"1 of approver\")
         forbid (principal, action, resource) when {{ {OVERFLOW} }};"
    ));
    let decision = good_merge().decided_by(&loaded(&texts));
    assert_eq!((decision.outcome, refusing(&decision)), (PolicyOutcome::Deny, vec!["overflows"]));
}

#[test]
fn several_errors_and_forbids_are_all_named_in_their_order() {
    let mut texts = ship_to_main();
    for id in ["b", "a"] {
        texts.guard.push_str(&format!(
            "@id(\"{id}\") @title(\"t\") @because(\"b\") @remedy(\"r\")
             forbid (principal, action, resource) when {{ {OVERFLOW} }};"
        ));
    }
    let policy = loaded(&texts);
    let asked = good_merge().with_fact("draft", true).with_fact("mergeable", false);
    let first = asked.decided_by(&policy);
    assert_eq!(refusing(&first), ["b", "a", "main-no-drafts", "main-merges-cleanly"]);
    for _ in 0..20 {
        assert_eq!(asked.decided_by(&policy), first, "the same question had two answers");
    }
}

#[test]
fn an_empty_guard_allows_nothing() {
    let mut texts = ship_to_main();
    texts.guard.clear();
    texts.ask.clear();
    let decision = good_merge().decided_by(&loaded(&texts));
    assert_eq!((decision.outcome, refusing(&decision)), (PolicyOutcome::Deny, vec!["no-permit"]));
}

#[test]
fn an_ask_alone_allows_nothing() {
    let mut texts = ship_to_main();
    texts.guard.clear();
    let asked = good_merge().with_fact("from_fork", true);
    let decision = asked.decided_by(&loaded(&texts));
    assert_eq!((decision.outcome, refusing(&decision)), (PolicyOutcome::Deny, vec!["no-permit"]));
}
