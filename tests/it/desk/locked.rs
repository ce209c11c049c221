//! A locked or absent keychain: the program says so, names the alternative, and nothing is lost.

use super::{Keychain, Session};
use crate::stage::BACKEND;
use bailiwick_keystore::ExposeSecret as _;
use bailiwick_practice::{Options, Range, Seed};

#[tokio::test(flavor = "multi_thread")]
async fn absent() {
    for keychain in [Keychain::NoBus, Keychain::Absent] {
        let session = Session::start(keychain);
        let init = session.run(&["--json", "init", "--name", "alice"]).await;
        let error = init.error();
        assert_eq!((init.exit, error["code"].as_str()), (8, Some("keychain")), "{keychain:?}: {init:?}");
        assert!(
            error["hint"].as_str().unwrap().contains("--key-file"),
            "the alternative is not named: {error}"
        );
        let broker = session.run(&["--json", "broker"]).await;
        let error = broker.error();
        assert_eq!((broker.exit, error["code"].as_str()), (8, Some("keychain")), "{keychain:?}: {broker:?}");
        assert!(error["hint"].as_str().unwrap().contains("--roots stdin"), "{error}");
        println!("{keychain:?}: {}", error["message"]);
        // Nothing was made halfway.
        let doctor = session.run(&["--json", "doctor"]).await;
        assert!(!doctor.out.is_empty(), "{doctor:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn locked() {
    let range = Range::start(Seed::story(), Options::default()).await.unwrap();
    let mut session = Session::start(Keychain::Unlocked);
    let pem = session.path("work").join("app.pem");
    std::fs::write(&pem, range.app().private_key_pem().expose_secret()).unwrap();
    let open = concat!(env!("CARGO_MANIFEST_DIR"), "/../policies/practice/data.json");
    let (app, installation) = (range.app().app_id().to_string(), range.app().installation_id().to_string());
    for arguments in [
        vec!["init", "--name", "alice", "--policy-data", open],
        vec![
            "connect",
            "github",
            "--app-id",
            &app,
            "--installation",
            &installation,
            "--key",
            "app.pem",
            "--api",
            range.url(),
            "--yes",
        ],
        vec!["agent", "new", "ci-bot"],
        vec![
            "delegate",
            "--to",
            "ci-bot",
            "--allow",
            "github.comment",
            "--repo",
            BACKEND,
            "--for",
            "8h",
            "--yes",
        ],
        vec!["request", "github.comment", "--repo", BACKEND, "issue=8", "body=before"],
    ] {
        let ran = session.run(&arguments).await;
        assert_eq!(ran.exit, 0, "{arguments:?}: {ran:?}");
    }
    session.lock();
    // A broker that runs has its secrets in memory: agents go on, and whoever wants to stop them can.
    let goes_on =
        session.run(&["request", "github.comment", "--repo", BACKEND, "issue=8", "body=while locked"]).await;
    assert_eq!(goes_on.exit, 0, "{goes_on:?}");
    let paused = session.run(&["pause", "everything"]).await;
    assert_eq!(paused.exit, 0, "stopping needs no keychain: {paused:?}");
    // Signing needs it.
    let delegate = session
        .run(&[
            "--json",
            "delegate",
            "--to",
            "ci-bot",
            "--allow",
            "github.comment",
            "--repo",
            BACKEND,
            "--for",
            "1h",
            "--yes",
        ])
        .await;
    assert_eq!(delegate.exit, 8, "{delegate:?}");
    println!("locked, and somebody signs: {}", delegate.error());
    session.end_broker().await;

    // A broker that starts needs it, and says so; nothing is made in its place.
    let broker = session.run(&["--json", "broker"]).await;
    assert_eq!(broker.exit, 8, "{broker:?}");
    let error = broker.error();
    println!("locked, and the broker starts: {error}");
    let said = error["message"].as_str().unwrap();
    assert!(said.contains("locked"), "{error}");
    assert!(!error["hint"].as_str().unwrap().is_empty());

    session.unlock();
    let operations = session.run(&["--json", "operations"]).await;
    assert_eq!(operations.exit, 0, "{operations:?}");
    assert_eq!(operations.out.matches("\"outcome\":\"succeeded\"").count(), 2, "{operations:?}");
    let resumed = session.run(&["resume", "--all", "--yes"]).await;
    assert_eq!(resumed.exit, 0, "{resumed:?}");
    let again =
        session.run(&["request", "github.comment", "--repo", BACKEND, "issue=8", "body=unlocked"]).await;
    assert_eq!(again.exit, 0, "{again:?}");
    let verified = session.run(&["verify"]).await;
    assert_eq!(verified.exit, 0, "{verified:?}");
    session.end_broker().await;
}
