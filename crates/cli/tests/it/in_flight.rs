//! What stands under a revocation while it comes, and destinations that fail: each its own exit code.

use crate::stand::{PATIENCE, Stand};
use bailiwick_practice::{Act, Fault};
use std::time::{Duration, Instant};

#[test]
fn a_revocation_shows_what_became_of_operations_and_credentials() {
    let mut stand = Stand::delegated();
    stand.range().inject(Fault::on("PUT", "/repos/*/*/pulls/*/merge", Act::HangAfterRequestHead));
    stand.script(
        "$ bailiwick --json request github.merge --repo acme/backend branch=feat-123 target=main --no-wait\n\
         > OPERATION /id",
    );
    let started = Instant::now();
    while stand.run(["--json", "operations", &stand.variables["OPERATION"]]).json()["stage"] != "acting" {
        assert!(started.elapsed() < PATIENCE, "it never acted");
    }
    stand.script(
        "$ bailiwick revoke agent ci-bot --preview\n\
         = this would end 1 capability and stop 1 operation\n\
         = *operation   * merge feat-123 into main of acme/backend: was acting\n\
         $ bailiwick revoke agent ci-bot --yes --passphrase-from $PASS\n\
         = stopped after * no request head is written from there on\n\
         = *operation   * merge feat-123 into main of acme/backend: * after *\n\
         = *credential  for operation of *: dead (proven)\n\
         $ bailiwick operations $OPERATION\n\
         - succeeded *\n\
         $ bailiwick --json status\n\
         > ALIVE /numbers/alive",
    );
    assert_eq!(stand.variables["ALIVE"], "0");
    assert!(stand.range().minted().iter().all(|token| token.revoked_at.is_some()), "a token still lives");
}

#[test]
fn each_way_of_a_destination_to_fail_has_its_exit_code() {
    let mut stand = Stand::delegated();
    let comment = [
        "--json",
        "request",
        "github.comment",
        "--repo",
        "acme/backend",
        "issue=1",
        "body=x",
        "--wait",
        "30s",
    ];
    for (act, code, exit) in [
        (Act::Status(401), "destination-refused", 4),
        (Act::Status(403), "destination-refused", 4),
        (Act::Status(422), "destination-refused", 4),
        (Act::SecondaryRateLimit { retry_after_s: 30 }, "rate-limited", 4),
        (Act::RateLimit { status: 429, reset_in_s: 60 }, "rate-limited", 4),
        (Act::Status(500), "outcome-unknown", 7),
        (Act::CloseAfterDoing, "outcome-unknown", 7),
    ] {
        let what = format!("{act:?}");
        stand.range().inject(Fault::on("POST", "/repos/*/*/issues/*/comments", act));
        let ran = stand.run(comment);
        let error: serde_json::Value = serde_json::from_str(ran.stderr.trim()).unwrap();
        assert_eq!((error["code"].as_str().unwrap(), ran.code), (code, exit), "{what}: {ran:?}");
        assert_eq!(stand.range().faults_left(), 0, "{what} was not met");
    }
    stand.stop_range();
    let started = Instant::now();
    let ran = stand.run(comment);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(ran.stderr.contains("\"code\":\"unreachable\""), "{ran:?}");
    assert!(started.elapsed() < Duration::from_secs(20), "refused as unreachable, not queued");
    stand.script(
        "$ bailiwick doctor\n\
         ? 5\n\
         = bad *  connection     *\n\
         $ bailiwick verify\n\
         = the ledger holds: *",
    );
}
