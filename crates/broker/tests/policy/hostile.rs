//! Outside text in facts and arguments is data: it never breaks, steers or floods a refusal.

use super::asked::{Asked, good_merge, loaded, refusing, ship_to_main};
use bailiwick_authority::{Argument, Value};
use bailiwick_broker::Effect;
use bailiwick_broker::policy::{Decision, PolicyOutcome};

fn hostile() -> Vec<String> {
    vec![
        "{merge.head}".to_owned(),
        "{{merge.head}}".to_owned(),
        "{".to_owned(),
        "}} {nothing} {".to_owned(),
        String::new(),
        " ".to_owned(),
        "`; this is allowed; `".to_owned(),
        "ok\nrefused by nothing: allow".to_owned(),
        "\r\u{1b}[2K\u{1b}[32mallowed\u{1b}[0m".to_owned(),
        "\0\u{7}\u{8}\u{7f}\u{9b}31m".to_owned(),
        "\u{202e}detsurt si siht\u{2066}".to_owned(),
        "in\u{200b}vis\u{feff}ible\u{ad}\u{e0041}".to_owned(),
        "\u{2028}\u{2029}\u{85}".to_owned(),
        "\"}],\"outcome\":\"allow\"".to_owned(),
        "%s%n${jndi:x}$(id)".to_owned(),
        "ä\u{308}\u{1f468}\u{200d}\u{1f469}".to_owned(),
        "x".repeat(10 * 1024),
        "{merge.head}".repeat(1_000),
        "\u{1b}".repeat(10 * 1024),
    ]
}

/// Nothing in the answer moves, hides or floods other text, and it fits a receipt.
fn is_readable(decision: &Decision) {
    assert_ne!(decision.outcome, PolicyOutcome::Allow);
    assert!(!decision.refusals.is_empty());
    for refusal in &decision.refusals {
        assert!(refusal.missing.len() <= 10, "{} sentences", refusal.missing.len());
        for text in refusal.missing.iter().chain([&refusal.remedy, &refusal.title, &refusal.because]) {
            assert!(text.chars().count() < 12_000, "{} characters", text.chars().count());
            for character in text.chars() {
                let odd = character.is_control()
                    || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}');
                assert!(!odd, "{character:?} in `{}`", text.escape_debug());
            }
            assert_eq!(text.matches('`').count() % 2, 0, "an open quotation in `{text}`");
        }
    }
    let kept = decision.to_value().encode();
    assert!(kept.len() < 10_000, "{} bytes in a receipt", kept.len());
    assert_eq!(Value::parse(&kept).expect("strict JSON"), decision.to_value());
}

fn account(login: &str) -> Value {
    Value::object([("login", Value::from(login)), ("id", Value::Int(11)), ("type", Value::from("User"))])
}

fn sentences(decision: &Decision) -> Vec<&str> {
    decision.refusals.iter().flat_map(|r| r.missing.iter().chain([&r.remedy]).map(String::as_str)).collect()
}

#[test]
fn in_every_fact_that_a_sentence_quotes() {
    let policy = loaded(&ship_to_main());
    for text in hostile() {
        let list = || Value::strings([text.clone(), format!("{text}2")]);
        for (fact, value, refusing_policy) in [
            ("checks_missing", list(), "main-checks-pass"),
            ("changes_requested_by", list(), "main-no-changes-requested"),
            ("target", Value::from(text.as_str()), "main-evidence-fits"),
            ("author", account(&text), "main-no-drafts"),
            ("head", Value::from(text.as_str()), "main-no-drafts"),
            ("branch", Value::from(text.as_str()), "main-no-drafts"),
        ] {
            let asked =
                good_merge().with_fact(fact, value).with_fact("draft", true).with_fact("mergeable", false);
            let decision = asked.decided_by(&policy);
            is_readable(&decision);
            assert!(refusing(&decision).contains(&refusing_policy), "{fact}: {:?}", refusing(&decision));
        }
    }
}

#[test]
fn braces_in_a_fact_are_not_filled() {
    let policy = loaded(&ship_to_main());
    let asked = good_merge().with_fact("checks_missing", Value::strings(["{merge.head}", "{{x}}"]));
    let decision = asked.decided_by(&policy);
    let said = sentences(&decision).join("\n");
    assert!(said.contains("the check `{merge.head}` has not succeeded on `6dcb09b5"), "{said}");
    assert!(said.contains("the check `{{x}}` has not"), "{said}");
}

#[test]
fn in_protected_paths() {
    let policy = loaded(&ship_to_main());
    for text in hostile() {
        let paths = Value::strings([format!(".github/{text}"), format!("src/{text}")]);
        let decision = good_merge().with_fact("changed_paths", paths).decided_by(&policy);
        is_readable(&decision);
        assert_eq!(refusing(&decision), ["main-protected-paths"], "{}", text.escape_debug());
    }
    let many = Value::strings((0..3_000).map(|n| format!(".github/{n}/{}", "y".repeat(4_000))));
    let decision = good_merge().with_fact("changed_paths", many).decided_by(&policy);
    is_readable(&decision);
    assert!(sentences(&decision).contains(&"and 2992 more"));
}

#[test]
fn in_arguments_and_effects() {
    let policy = loaded(&ship_to_main());
    for text in hostile() {
        let mut asked: Asked = good_merge().with_fact("draft", true);
        for name in ["branch", "target", "title", "body", "environment"] {
            asked.arguments.insert(name.to_owned(), Argument::Str(text.clone()));
        }
        is_readable(&asked.decided_by(&policy));

        asked.effects = vec![Effect::MovesRef(text.clone()), Effect::RunsCode];
        let decision = asked.decided_by(&policy);
        is_readable(&decision);
        assert_eq!(refusing(&decision), ["no-permit"]);

        asked.arguments.insert("sudo".to_owned(), Argument::Str(text.clone()));
        is_readable(&asked.decided_by(&policy));
    }
}

#[test]
fn in_facts_of_a_wrong_type() {
    let policy = loaded(&ship_to_main());
    for text in hostile() {
        let decision = good_merge().with_fact("draft", Value::from(text.as_str())).decided_by(&policy);
        is_readable(&decision);
        assert_eq!(refusing(&decision), ["request"]);
        let asked = good_merge().with_fact(&text, Value::Int(1)).with_fact("draft", true);
        is_readable(&asked.decided_by(&policy));
    }
}
