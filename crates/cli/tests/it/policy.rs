//! `policy`: the story on a stand, a folder that somebody wrote, and what happens without a prover.

use crate::stand::{BAILIWICK, Stand};
use std::fs;
use std::process::Command;

#[test]
fn a_policy_is_looked_at_tried_compared_and_activated() {
    Stand::delegated().script(include_str!("scripts/policy.script"));
}

#[test]
fn a_folder_is_checked_and_tested_and_its_faults_are_named_where_they_stand() {
    let stand = Stand::bare();
    let folder = stand.path("own");
    fs::create_dir_all(folder.join("tests")).unwrap();
    let good = "// Ours.\n\n@id(\"may-comment\")\n@title(\"agents may comment\")\n\
                permit (principal is Agent, action == Action::\"issues/create-comment\", resource);\n";
    let table = |outcome: &str| {
        format!(
            r#"{{ "about": "Ours.", "base": {{ "action": "issues/create-comment", "effects": ["publishes"],
              "path": ["bot"], "person": "ada", "roles": ["steward"], "assurance": "keychain", "connection": "github",
              "resource": {{ "id": "repository:1", "name": "acme/backend" }}, "arguments": {{}},
              "now": "2026-11-24T10:00:00Z" }}, "cases": [ {{ "name": "a comment", "outcome": "{outcome}" }} ] }}"#
        )
    };
    let check = |guard: &str| {
        fs::write(folder.join("guard.cedar"), guard).unwrap();
        stand.run(["--json", "policy", "check", &stand.text("own"), "--without-proof"])
    };
    assert_eq!(check(good).code, 0);
    for (outcome, code) in [("allow", 0), ("deny", 6)] {
        fs::write(folder.join("tests/ours.json"), table(outcome)).unwrap();
        let ran = stand.run(["--json", "policy", "test", &stand.text("own")]);
        assert_eq!(ran.code, code, "{ran:?}");
        assert_eq!(ran.json()["cases"], 1);
    }
    // A fault is named on the line of the file, with data and schema left out.
    let ran = check(&good.replace("@title(\"agents may comment\")\n", ""));
    assert_eq!(ran.code, 2, "{ran:?}");
    let problem = &ran.json()["problems"][0];
    assert_eq!(
        (&problem["text"], &problem["line"], &problem["column"]),
        (&"guard".into(), &3.into(), &1.into())
    );
    // What stands in a file acts on no terminal.
    fs::write(folder.join("guard.cedar"), "@id(\"x\u{1b}[31m\")\npermit (principal, action, resource);")
        .unwrap();
    let ran = stand.run(["policy", "check", &stand.text("own"), "--without-proof"]);
    assert!(ran.code == 2 && !ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'), "{ran:?}");
}

/// Without the prover beside the program nothing counts as proved: `check` says so and refuses.
#[test]
fn what_cannot_be_proved_is_not_called_proved() {
    let stand = Stand::bare();
    let alone = stand.path("alone");
    fs::create_dir(&alone).unwrap();
    let program = alone.join("bailiwick");
    fs::copy(BAILIWICK, &program).unwrap();
    let check = |arguments: &[&str]| {
        let output = Command::new(&program)
            .args(["--json", "--data-dir", &stand.text("p"), "policy", "check", "--set", "never-give"])
            .args(arguments)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = check(&[]);
    assert_eq!(code, Some(8), "{said}");
    assert!(said.contains("\"code\":\"no-proof\"") && said.contains("does not lie beside"), "{said}");
    assert_eq!(check(&["--without-proof"]).0, Some(0));
    // A prover that says what cannot be understood, or fails, has proved nothing either.
    for (body, why) in [
        ("cat >/dev/null; echo nonsense", "expected"),
        ("cat >/dev/null; echo broken >&2; exit 1", "broken"),
        ("exit 3", "no-proof"),
    ] {
        fs::write(alone.join("bailiwick-proof"), format!("#!/bin/sh\n{body}\n")).unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(alone.join("bailiwick-proof"), executable).unwrap();
        let (code, said) = check(&[]);
        assert!(code == Some(8) && said.contains(why), "{body}: {code:?} {said}");
    }
    let refuted = r#"[{"claim": "no agent ever approves", "action": "approve", "answer": "refuted", "example": {"principal": "x"}}]"#;
    fs::write(alone.join("bailiwick-proof"), format!("#!/bin/sh\ncat >/dev/null\necho '{refuted}'\n"))
        .unwrap();
    let (code, said) = check(&[]);
    assert!(
        code == Some(3) && said.contains("it does not hold that no agent ever approves"),
        "{code:?} {said}"
    );
}
