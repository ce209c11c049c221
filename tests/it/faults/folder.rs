//! The data folder: read-only, taken by another broker, kept with another key.

use crate::stage::{Broker, Launch, Plan, Room, Stage, bailiwick};
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;

/// A broker that must end by itself: its exit code and the error that it said last.
async fn refused(launch: &Launch, folder: &Path, secrets: &str) -> (i32, serde_json::Value) {
    let mut child = launch
        .command(&bailiwick())
        .arg("--data-dir")
        .arg(folder)
        .args(["--json", "broker", "--roots", "stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(secrets.as_bytes()).await.ok();
    drop(input);
    let output = tokio::time::timeout(crate::stage::PATIENCE, child.wait_with_output())
        .await
        .expect("it ends")
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let error = said.lines().rev().find_map(|line| serde_json::from_str(line).ok());
    (output.status.code().unwrap(), error.unwrap_or_else(|| panic!("no error in {said}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_broker() {
    let stage = Stage::start().await;
    let holder = stage.delegate().await;
    for _ in 0..5 {
        let (exit, error) = refused(&Launch::default(), &stage.folder, &stage.secrets).await;
        assert_eq!((exit, error["code"].as_str()), (8, Some("already-running")), "{error}");
        assert!(error["message"].as_str().unwrap().contains("another broker already runs"), "{error}");
        assert!(error["hint"].as_str().unwrap().contains("--data-dir"), "{error}");
        let view = stage.comment(&holder, "still here").await.unwrap();
        assert_eq!(view.outcome.as_deref(), Some("succeeded"));
    }
    stage.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_serves() {
    let mut stage = Stage::start().await;
    stage.kill().await;
    let mut brokers = Vec::new();
    for _ in 0..6 {
        brokers.push(Broker::start(&Launch::default(), &stage.folder, &stage.secrets).await);
    }
    let mut running = brokers.len();
    crate::stage::until("all but one have ended", async || {
        running = brokers.iter_mut().filter_map(|broker| broker.is_running().then_some(())).count();
        (running == 1).then_some(())
    })
    .await;
    let words = brokers[0].words();
    assert_eq!(words.matches("already-running").count(), 5, "{words}");
    crate::stage::until("it answers", async || {
        bailiwick_client::Console::connect(&stage.places()).await.ok()
    })
    .await;
    stage.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only() {
    let folder = TempDir::with_prefix("bw-").unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let room = Room::with_tmpfs(&data, "8m").await;
    let plan = Plan { launch: room.launch(), folder: Some(folder.path().to_owned()), ..Plan::default() };
    let mut stage = Stage::planned(plan).await;
    let holder = stage.delegate().await;
    let kept = stage.comment(&holder, "kept").await.unwrap();
    stage.kill().await;
    let path = data.to_str().unwrap();
    room.run(&["mount", "--options-mode", "ignore", "-o", "remount,ro", "none", path]).await;
    let (exit, error) = refused(&stage.launch, &stage.folder, &stage.secrets).await;
    assert!(exit == 1 || exit == 8, "{exit}: {error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.to_lowercase().contains("read-only"), "{error}");
    assert!(message.contains(path), "it does not name the folder: {error}");
    assert!(!error["hint"].as_str().unwrap().is_empty(), "{error}");
    room.run(&["mount", "--options-mode", "ignore", "-o", "remount,rw", "none", path]).await;
    stage.raise().await;
    assert_eq!(stage.console().await.operation(&kept.id).await.unwrap().receipt, kept.receipt);
    let view = stage.comment(&holder, "writable again").await.unwrap();
    assert_eq!(view.outcome.as_deref(), Some("succeeded"));
    stage.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_another_ledger_key() {
    let mut stage = Stage::start().await;
    let holder = stage.delegate().await;
    let target = bailiwick_protocol::TargetView { kind: "everything".into(), id: "all".into() };
    stage.comment(&holder, "kept").await.unwrap();
    stage.kill().await;
    let right = stage.secrets.clone();
    let destination = stage.destination.clone();
    stage.lead_to(destination);
    let (exit, error) = refused(&Launch::default(), &stage.folder, &stage.secrets).await;
    println!("with another ledger key: exit {exit}, {error}");
    assert_eq!(exit, 6, "a ledger that another key kept is not gone on with: {error}");
    stage.secrets = right;
    stage.raise().await;
    stage.console().await.pause(target).await.unwrap();
    stage.verify().await;
}
