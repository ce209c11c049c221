//! A full disk: an 8 MB tmpfs under the data folder. Nothing is minted, the error is clear, and what was
//! under way ends when space returns.

use super::asked_for;
use crate::stage::{BACKEND, Books, Plan, Room, Stage, until};
use bailiwick_authority::{Revocation, Target};
use bailiwick_practice::{Act, Fault};
use bailiwick_protocol::ErrorCode;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// A stage whose data folder is a tmpfs of 8 MB.
async fn small() -> (Stage, Arc<Room>, PathBuf, TempDir) {
    let folder = TempDir::with_prefix("bw-").unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let room = Arc::new(Room::with_tmpfs(&data, "8m").await);
    let plan = Plan { launch: room.launch(), folder: Some(folder.path().to_owned()), ..Plan::default() };
    (Stage::planned(plan).await, room, data, folder)
}

fn ledger(room: &Room, data: &std::path::Path) -> PathBuf {
    room.path(&data.join("ledger.sqlite"))
}

#[tokio::test(flavor = "multi_thread")]
async fn full_before_a_request() {
    let (mut stage, room, data, _folder) = small().await;
    let holder = stage.delegate().await;
    let kept = stage.comment(&holder, "before").await.unwrap();
    assert_eq!(kept.outcome.as_deref(), Some("succeeded"));
    room.fill(&data);
    let before = (asked_for(&stage), stage.control().minted().len());
    let mut refused = 0;
    for number in 0..20 {
        let error = stage.comment(&holder, &format!("full {number}")).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Store, "{error:?}");
        assert!(
            error.message.contains("the disk is full") && error.hint.contains("free some space"),
            "{error:?}"
        );
        refused += 1;
    }
    let error = stage.decide(stage.story_capability(crate::stage::fresh_key_public())).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Store, "{error:?}");
    assert_eq!(
        (asked_for(&stage), stage.control().minted().len()),
        before,
        "something was minted on a full disk"
    );
    // What is there can still be read, and stopping still works.
    assert_eq!(stage.console().await.operation(&kept.id).await.unwrap().receipt, kept.receipt);
    let other = Target::Capability(holder.chain[0].digest());
    let (_, admitted) = stage
        .decide(Revocation { target: other, reason: "the disk is full".parse().unwrap() })
        .await
        .unwrap();
    let stopped = admitted.stopped.unwrap();
    assert!(!stopped.durable, "a revocation on a full disk says that it is not on disk");
    let refusal = stage.comment(&holder, "after the revocation").await;
    let code = refusal.map_or_else(|error| error.code, |view| view.reason.unwrap().code);
    assert!(matches!(code, ErrorCode::Revoked | ErrorCode::Store), "{code:?}");

    room.free(&data);
    let fresh = until("a request goes through", async || {
        let holder = stage.delegate_if_possible().await?;
        stage
            .comment(&holder, "space again")
            .await
            .ok()
            .filter(|view| view.outcome.as_deref() == Some("succeeded"))
    })
    .await;
    assert!(fresh.receipt.is_some());
    stage.verify().await;
    stage.kill().await;
    stage.raise().await;
    assert_eq!(stage.console().await.operation(&kept.id).await.unwrap().receipt, kept.receipt);
    stage.verify().await;
    println!("{refused} requests on a full disk: none reached the destination, nothing was lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn filled_by_the_broker_itself() {
    let (stage, room, data, _folder) = small().await;
    let holder = stage.delegate().await;
    let mut kept = Vec::new();
    // The last one may be refused, or be done and wait for the disk with its receipt.
    let refused = loop {
        let body = format!("comment {}", kept.len());
        let mut ask =
            stage.ask(&holder, "issues/create-comment", &crate::stage::comment_arguments(&body)).await;
        ask.wait_ms = 3_000;
        match stage.agent().await.ask(&ask).await {
            Ok(view) if view.outcome.as_deref() == Some("succeeded") => kept.push(view),
            Ok(view) => {
                break view.reason.map_or("it waits for the disk".to_owned(), |reason| reason.message);
            }
            Err(error) => break error.message,
        }
        assert!(kept.len() < 5_000, "8 MB do not fill");
    };
    let error = stage.comment(&holder, "on a full disk").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Store, "{error:?}");
    let size = |name: &str| room.path(&data.join(name)).metadata().map_or(0, |file| file.len() / 1024);
    println!(
        "{} operations fit into 8 MB (ledger {} kB, its log {} kB); then: {}",
        kept.len(),
        size("ledger.sqlite"),
        size("ledger.sqlite-wal"),
        refused
    );
    until("the tokens are revoked at the destination", async || {
        stage.control().minted().iter().all(|token| !token.alive).then_some(())
    })
    .await;
    // With the source named, mount takes the options as they stand here and adds none of its own.
    room.run(&["mount", "-o", "remount,size=32m", "none", data.to_str().unwrap()]).await;
    until("a request goes through", async || {
        stage
            .comment(&holder, "more space")
            .await
            .ok()
            .filter(|view| view.outcome.as_deref() == Some("succeeded"))
    })
    .await;
    for view in &kept {
        assert_eq!(stage.console().await.operation(&view.id).await.unwrap().receipt, view.receipt);
    }
    stage.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn full_in_the_middle_of_an_operation() {
    let (stage, room, data, _folder) = small().await;
    let holder = stage.delegate().await;
    // The disk fills while the destination is asked for this.
    for (number, (method, path, skip, tokens, happens)) in [
        ("POST", "/app/installations/*/access_tokens", 0, 1, Some(false)),
        // Nothing has to be written between this and the end of the evidence, by when there may be space.
        ("GET", "/repos/acme/backend/pulls", 0, 1, None),
        ("POST", "/app/installations/*/access_tokens", 1, 2, Some(false)),
        ("PUT", "/repos/acme/backend/pulls/*/merge", 0, 2, Some(true)),
    ]
    .into_iter()
    .enumerate()
    {
        let branch = format!("full-{number}");
        let pull = stage.prepare(&branch).await;
        let before = stage.control().minted().len();
        let (filled, inside) = (Arc::clone(&room), data.clone());
        let fill = Act::Before(Arc::new(move |_| {
            let (filled, inside) = (Arc::clone(&filled), inside.clone());
            Box::pin(async move { filled.fill(&inside) })
        }));
        stage.control().inject(Fault::on(method, path, fill).after(skip));
        let ask = stage.ask(&holder, "pulls/merge", &crate::stage::merge_arguments(&branch)).await;
        let agent = stage.agent().await;
        let asking = tokio::spawn(async move { agent.ask(&ask).await });
        // Every token is dead although the disk is full.
        until("the tokens are revoked at the destination", async || {
            let control = stage.control();
            let minted = control.minted();
            // The disk fills before the destination answers: the tokens of this operation come first.
            let over = control.faults_left() == 0
                && minted.len() >= before + tokens
                && minted.iter().all(|token| !token.alive);
            over.then_some(())
        })
        .await;
        room.free(&data);
        let view = asking.await.unwrap().unwrap();
        let merged = stage.control().pull(BACKEND, pull).unwrap().merged_as.is_some();
        assert!(happens.is_none_or(|happens| happens == merged), "{method} {path}: {view:?}");
        assert_eq!(view.outcome.as_deref() == Some("succeeded"), merged, "{method} {path}: {view:?}");
        assert!(view.receipt.is_some(), "{method} {path}: the receipt is written once there is space");
        stage.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_and_started_on_a_full_disk() {
    let (mut stage, room, data, _folder) = small().await;
    let holder = stage.delegate().await;
    let pull = stage.prepare("full-and-killed").await;
    let (filled, inside) = (Arc::clone(&room), data.clone());
    let fill = Act::After(Arc::new(move |_| {
        let (filled, inside) = (Arc::clone(&filled), inside.clone());
        Box::pin(async move { filled.fill(&inside) })
    }));
    stage.control().inject(Fault::on("PUT", "/repos/acme/backend/pulls/*/merge", fill));
    let ask = stage.ask(&holder, "pulls/merge", &crate::stage::merge_arguments("full-and-killed")).await;
    let (agent, first) = (stage.agent().await, ask.clone());
    let asking = tokio::spawn(async move { agent.ask(&first).await });
    until("it was merged", async || stage.control().pull(BACKEND, pull).unwrap().merged_as.map(drop)).await;
    until("the disk is full", async || room.path(&data.join("ballast")).exists().then_some(())).await;
    stage.kill().await;
    drop(asking.await.unwrap());

    let broker = crate::stage::Broker::start(&stage.launch, &stage.folder, &stage.secrets).await;
    let said = until("the broker says why it does not start, or starts", async || {
        let words = broker.words();
        (words.contains("full") || bailiwick_client::Console::connect(&stage.places()).await.is_ok())
            .then_some(words)
    })
    .await;
    println!("on a full disk the broker says: {}", said.lines().last().unwrap_or("(it serves)"));
    broker.kill().await;
    room.free(&data);
    stage.raise().await;
    let view = stage.agent().await.ask(&ask).await.unwrap();
    assert!(view.replayed);
    let ended = until("what happened is found out", async || {
        let view = stage.console().await.operation(&view.id).await.unwrap();
        (view.outcome.as_deref() != Some("unknown") && view.outcome.is_some()).then_some(view)
    })
    .await;
    assert_eq!(ended.outcome.as_deref(), Some("succeeded"), "{ended:?}");
    assert_eq!(Books::copy(&ledger(&room, &data)).entries("finding").len(), 1);
    stage.verify().await;
}
