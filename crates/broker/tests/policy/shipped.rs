//! The texts that are shipped, as they are.

use super::asked::{good_merge, loaded, refusing, ship_to_main, text};
use bailiwick_authority::{Assurance, Digest, Value};
use bailiwick_broker::policy::{Policy, PolicyDigests, PolicyOutcome, engine_version, time_zone_version};

#[test]
fn they_load_and_their_digests_are_those_of_the_files() {
    let texts = ship_to_main();
    let digests = loaded(&texts).digests();
    assert_eq!(digests, PolicyDigests::of(&texts));
    assert_eq!(digests.guard, Digest::of(text("ship-to-main/guard.cedar").as_bytes()));
    assert_eq!(digests.data, Digest::of(text("ship-to-main/data.json").as_bytes()));
    let set = digests.into_set(None);
    assert!(digests.are_of(&set));
    let mut other = texts;
    other.ask.push(' ');
    assert!(!PolicyDigests::of(&other).are_of(&set));
}

#[test]
fn a_drill_passes_at_night_and_is_refused_under_the_closed_calendar() {
    let mut texts = ship_to_main();
    let mut asked = good_merge();
    asked.now = super::asked::at("2026-11-22T03:00:00Z");
    assert_eq!(refusing(&asked.decided_by(&loaded(&texts))), ["main-business-hours"]);

    texts.data = text("practice/data.json");
    let decision = asked.decided_by(&loaded(&texts));
    assert_eq!(
        (decision.outcome, decision.determining),
        (PolicyOutcome::Allow, vec!["may-merge-into-main".to_owned()])
    );

    texts.data = text("practice/closed.json");
    let decision = asked.decided_by(&loaded(&texts));
    assert_eq!(refusing(&decision), ["main-business-hours"]);
    assert_eq!(decision.refusals[0].remedy, "ask again when `business-hours` opens, `never`");
}

#[test]
fn the_practice_data_differs_in_its_calendar_alone() {
    let paths = |file: &str| {
        Value::parse(text(file).as_bytes())
            .expect("strict JSON")
            .get("protected_paths")
            .expect("paths")
            .clone()
    };
    assert_eq!(paths("ship-to-main/data.json"), paths("practice/data.json"));
    assert_eq!(paths("ship-to-main/data.json"), paths("practice/closed.json"));
}

#[test]
fn an_outcome_has_a_code_and_a_receipt() {
    let policy = loaded(&ship_to_main());
    let allowed = good_merge().decided_by(&policy);
    assert_eq!(allowed.outcome, PolicyOutcome::Allow);
    let expected = r#"{"determining":["may-merge-into-main"],"errors":[],"outcome":"allow","refusals":[]}"#;
    assert_eq!(String::from_utf8(allowed.to_value().encode()).expect("UTF-8"), expected);

    let denied = good_merge().with_fact("draft", true).decided_by(&policy);
    assert_eq!(denied.outcome, PolicyOutcome::Deny);
    let expected = concat!(
        r#"{"determining":["main-no-drafts"],"errors":[],"outcome":"deny","refusals":[{"#,
        r#""missing":["pull request 7 is a draft"],"policy":"main-no-drafts","#,
        r#""remedy":"mark pull request 7 as ready for review","title":"drafts are not merged"}]}"#
    );
    assert_eq!(String::from_utf8(denied.to_value().encode()).expect("UTF-8"), expected);

    let asked = good_merge().with_fact("from_fork", true).decided_by(&policy);
    assert_eq!(asked.outcome.as_str(), "needs-approval");
    assert_eq!(asked.obligations.len(), 1);
    assert_eq!((asked.obligations[0].count, asked.obligations[0].role.as_str()), (1, "approver"));
}

#[test]
fn an_ask_can_want_a_better_key() {
    let mut texts = ship_to_main();
    texts.ask = texts.ask.replace(
        "@approval(\"1 of approver\")",
        "@approval(\"2 of security\")\n@assurance(\"device-bound\")",
    );
    let decision = good_merge().with_fact("from_fork", true).decided_by(&loaded(&texts));
    assert_eq!(decision.obligations[0].assurance, Some(Assurance::DeviceBound));
    let wanted =
        "the agreement of 2 persons in the role `security` with a key kept at least as `device-bound`";
    assert!(decision.refusals[0].missing.contains(&wanted.to_owned()), "{:?}", decision.refusals);
}

#[test]
fn policies_can_speak_of_who_asks_and_how_the_key_is_kept() {
    let mut texts = ship_to_main();
    texts.guard.push_str(
        r#"
        @id("one-agent") @title("t") @because("b") @remedy("r")
        forbid (principal, action, resource) when {
          principal.label == "ci-bot" && principal.depth > 1 &&
          principal in Person::"ada" && principal.person.roles.contains("steward") &&
          resource in Connection::"github" && resource == Repository::"github/1296269" &&
          resource.name == "acme/backend" && resource.id == "repository:1296269" &&
          context.assurance == "file" && context.time > 0 && context.capability.expires > context.time
        };"#,
    );
    let policy = loaded(&texts);
    let mut asked = good_merge();
    asked.path.push("reviewer".parse().expect("a label"));
    assert_eq!(asked.decided_by(&policy).outcome, PolicyOutcome::Allow);
    asked.assurance = Assurance::File;
    assert_eq!(refusing(&asked.decided_by(&policy)), ["one-agent"]);

    // A label below the first is a claim of an agent: no policy sees it.
    asked.path = vec!["another".parse().expect("a label"), "ci-bot".parse().expect("a label")];
    assert_eq!(asked.decided_by(&policy).outcome, PolicyOutcome::Allow);
    // The same number at another connection is another repository.
    asked.path = vec!["ci-bot".parse().expect("a label"), "reviewer".parse().expect("a label")];
    asked.connection = "enterprise".parse().expect("a name");
    assert_eq!(asked.decided_by(&policy).outcome, PolicyOutcome::Allow);
}

#[test]
fn versions_are_named() {
    assert!(engine_version().starts_with("cedar-policy 4."), "{}", engine_version());
    let zones = time_zone_version();
    assert!(zones.len() == 5 && zones.starts_with("20"), "{zones}");
}

#[test]
fn a_policy_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&loaded(&ship_to_main()));
    let _: fn(&bailiwick_protocol::PolicyTexts) -> Result<Policy, _> = Policy::load;
}
