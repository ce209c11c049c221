//! Text that agents and destinations write never acts on a terminal. Every answer on every stand is held
//! against that; here hostile text is put wherever there is a way in.

use crate::stand::Stand;

/// Colours, cursor, bell, right-to-left, invisible, a new line that looks like a result.
const HOSTILE: &str =
    "x\u{1b}[31m\u{1b}]0;t\u{7}\u{202e}gnp\u{200b}\u{9b}2J\r\nsucceeded  merge evil into main";

#[test]
fn hostile_text_stays_text() {
    let mut stand = Stand::delegated();
    let body = format!("body={HOSTILE}");
    let comment = ["request", "github.comment", "--repo", "acme/backend", "issue=1"];
    let refused = stand.run(comment.iter().copied().chain([body.as_str()]));
    assert_eq!(refused.code, 2, "{refused:?}");
    let claim = format!("saw={HOSTILE}");
    let asked = stand.run(comment.iter().copied().chain(["body=x", "--claim", &claim]));
    assert_eq!(asked.code, 0, "{asked:?}");
    let branch = format!("branch={HOSTILE}");
    let refused = stand.run(["request", "github.merge", "--repo", "acme/backend", &branch, "target=main"]);
    assert_ne!(refused.code, 0, "{refused:?}");
    for arguments in [
        &["operations"][..],
        &["receipts"],
        &["capabilities"],
        &["--json", "operations"],
        &["agent", "new", HOSTILE],
        &["wait", HOSTILE],
        &["operations", HOSTILE],
        &["receipts", HOSTILE],
        &["revoke", "capability", HOSTILE, "--preview"],
        &["verify", "--from", HOSTILE],
        &["delegate", "--to", "ci-bot", "--allow", HOSTILE, "--repo", HOSTILE, "--for", "1h", "--yes"],
        &["request", HOSTILE, "--repo", HOSTILE],
        &["--json", "request", HOSTILE],
    ] {
        // `run` asserts that no control character comes out.
        let ran = stand.run(arguments);
        for line in ran.stdout.lines().chain(ran.stderr.lines()) {
            assert!(!line.starts_with("succeeded  merge evil"), "{arguments:?}: {ran:?}");
            assert!(!line.contains(['\u{202e}', '\u{200b}']), "{arguments:?}: {ran:?}");
        }
    }
    let operations = stand.run(["--json", "operations"]).json();
    for operation in operations.as_array().unwrap() {
        let id = operation["id"].as_str().unwrap();
        for verb in ["operations", "receipts"] {
            let shown = stand.run([verb, id]);
            assert_eq!(shown.code, 0, "{shown:?}");
            assert!(!shown.stdout.contains(['\u{202e}', '\u{200b}']), "{shown:?}");
        }
    }
    stand.script("$ bailiwick verify\n= the ledger holds: *");
}
