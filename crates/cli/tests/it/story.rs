//! The scripts, each on a stand of its own.

use crate::stand::Stand;

#[test]
fn the_story_runs() {
    Stand::delegated().script(include_str!("scripts/story.script"));
}

#[test]
fn what_is_not_allowed_is_refused() {
    Stand::delegated().script(include_str!("scripts/refusals.script"));
}

#[test]
fn an_agent_passes_on_less_than_it_has() {
    Stand::delegated().script(include_str!("scripts/attenuate.script"));
}

#[test]
fn stopping_is_easy_and_starting_is_not() {
    Stand::delegated().script(include_str!("scripts/stopping.script"));
}

#[test]
fn mistakes_are_told_apart() {
    Stand::bare().script(include_str!("scripts/usage.script"));
}

#[test]
fn an_init_that_was_cut_off_goes_on() {
    let mut stand = Stand::delegated();
    let realm = stand.run(["--json", "status"]).json()["realm"].as_str().unwrap().to_owned();
    stand.set("REALM", &realm);
    std::fs::remove_file(stand.profile().join("config/config.toml")).unwrap();
    stand.script(include_str!("scripts/resumed.script"));
}

#[test]
fn a_broker_that_somebody_else_founded_is_left_to_them() {
    let mut stand = Stand::delegated();
    std::fs::rename(stand.profile().join("config"), stand.path("alices")).unwrap();
    stand.script(
        "$ bailiwick --json init --name mallory --key-file --passphrase-from $PASS\n\
         ? 3\n\
         ! {\"code\":\"not-permitted\",*\n\
         $ bailiwick delegate --to ed25519:AAAA --allow github.comment --repo acme/backend --for 1h --yes\n\
         ? 2\n\
         $ bailiwick connect github --app-id 1 --installation 1 --key $KEY --key-is-in-place --api $URL --passphrase-from $PASS --yes\n\
         ? 3",
    );
}

#[test]
fn a_revoked_capability_does_not_stand_in_the_way() {
    Stand::delegated().script(include_str!("scripts/revoked.script"));
}

#[test]
fn a_report_names_nobody() {
    let stand = Stand::delegated();
    for flags in [&["doctor", "--report"][..], &["--json", "doctor", "--report"]] {
        let report = stand.run(flags);
        assert_eq!(report.code, 0, "{report:?}");
        for name in ["alice", "acme", "backend", "ci-bot", &stand.text(""), "correct horse", "PRIVATE"] {
            assert!(!report.stdout.contains(name), "{name} in {}", report.stdout);
        }
    }
    let named = stand.run(["doctor", "--report", "--with-names"]);
    assert!(named.stdout.contains("acme/backend"), "{named:?}");
    assert!(!named.stdout.contains("alice"), "{named:?}");
}
