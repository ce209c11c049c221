//! The tour of the README, typed as it stands there: the lines are read from the README itself. Only what
//! a reader replaces too is replaced: the App's numbers, the address, and a calendar that is open at night.

use super::{Keychain, Session};
use crate::stage::{BACKEND, files_below};
use bailiwick_keystore::ExposeSecret as _;
use bailiwick_practice::{Options, Range, Seed};
use std::path::Path;

/// The five lines, without their remarks.
fn five_lines() -> Vec<String> {
    let readme = include_str!("../../../README.md");
    let tour = readme.split("## A tour in five lines").nth(1).expect("the README has its tour");
    let tour = tour.split("\n## ").next().unwrap();
    let lines = tour.lines().filter_map(|line| line.strip_prefix("    bailiwick "));
    lines.map(|line| format!("bailiwick {}", line.split("  #").next().unwrap().trim())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readme_as_a_user_types_it() {
    let range = Range::start(Seed::story(), Options::default()).await.unwrap();
    let session = Session::start(Keychain::Unlocked);
    std::fs::write(session.path("work").join("app.pem"), range.app().private_key_pem().expose_secret())
        .unwrap();
    let open = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/practice/data.json");
    let lines = five_lines();
    assert_eq!(lines.len(), 5, "{lines:?}");
    for line in &lines {
        let line = line
            .replace("bailiwick init", &format!("bailiwick init --policy-data {}", open.display()))
            .replace("--app-id 12345", &format!("--app-id {} --api {}", range.app().app_id(), range.url()))
            .replace("--installation 100", &format!("--installation {}", range.app().installation_id()));
        let ran = session.type_line(&line).await;
        println!("$ {line}\n{}", ran.out.trim_end());
        assert_eq!(ran.exit, 0, "{line}: {ran:?}");
    }
    // It happened, by a token that is gone.
    let pulls = range.control().pulls(BACKEND).unwrap();
    let merged: Vec<&str> =
        pulls.iter().filter(|pull| pull.merged_as.is_some()).map(|pull| pull.head.as_str()).collect();
    assert_eq!(merged, ["feat-123"]);
    assert!(range.control().minted().iter().all(|token| !token.alive));

    // What the README says comes then.
    let receipts = session.type_line("bailiwick receipts").await;
    assert!(receipts.exit == 0 && receipts.out.contains("succeeded"), "{receipts:?}");
    let verified = session.type_line("bailiwick verify").await;
    assert_eq!(verified.exit, 0, "{verified:?}");
    let revoked = session.type_line("bailiwick revoke agent ci-bot").await;
    assert_eq!(revoked.exit, 0, "{revoked:?}");
    let refused = session
        .run(&[
            "--json",
            "request",
            "github.merge",
            "--as",
            "ci-bot",
            "--repo",
            BACKEND,
            "branch=docs-api-limits",
            "target=main",
        ])
        .await;
    assert_eq!(refused.exit, 3, "a revoked agent is refused: {refused:?}");
    let verified = session.run(&["--json", "verify"]).await;
    assert_eq!(verified.exit, 0, "{verified:?}");
    println!("$ bailiwick verify --json\n{}", verified.out.trim_end());

    // The App's key is in the keychain and in no file but the one that the person brought.
    let brought = session.path("work").join("app.pem");
    let line = range.app().private_key_pem().expose_secret().lines().nth(8).unwrap().to_owned();
    for path in files_below(&session.path("home")).into_iter().chain(files_below(&session.path("work"))) {
        let content = std::fs::read(&path).unwrap_or_default();
        let has = content.windows(line.len()).any(|window| window == line.as_bytes());
        assert_eq!(has, path == brought, "the App's key is in {}", path.display());
    }
    session.end_broker().await;

    // The next command starts a broker that has everything again, from the keychain.
    let verified = session.run(&["--json", "verify"]).await;
    assert_eq!(verified.exit, 0, "{verified:?}");
    let status = session.console().await.status().await.unwrap();
    assert!(
        status.connections[0].root_present || {
            // It is read ahead of its first use, beside everything else.
            crate::stage::until("the App's key was read from the keychain", async || {
                session.console().await.status().await.unwrap().connections[0].root_present.then_some(())
            })
            .await;
            true
        }
    );
    session.end_broker().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_drill_of_the_readme() {
    let session = Session::start(Keychain::NoBus);
    let ran = session.run(&["drill", "--json"]).await;
    assert_eq!(ran.exit, 0, "{ran:?}");
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let steps: Vec<&str> =
        report["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
    for step in [
        "delegate",
        "refuse-failing-check",
        "refuse-protected-path",
        "refuse-outside-hours",
        "merge",
        "comment",
        "deploy",
        "attenuate",
        "refuse-widening",
        "refuse-replay",
        "pause",
        "resume",
        "revoke",
        "refuse-after-revoke",
        "verify-ledger",
    ] {
        assert!(steps.contains(&step), "the drill has no step `{step}`: {steps:?}");
    }
    assert!(
        report["steps"].as_array().unwrap().iter().all(|step| step["ok"] == true && step["ms"].is_u64()),
        "{report}"
    );
    assert_eq!(report["credentials"]["alive"], 0, "{report}");
    assert_eq!(report["credentials"]["minted"], report["credentials"]["revoked"], "{report}");
    println!("{}", report["credentials"]);
}
