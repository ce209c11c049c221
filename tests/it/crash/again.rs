//! Kills where few look: while a broker is being set up, while it finds out what a former kill left open,
//! and right after it acknowledged that something was stopped.

use crate::stage::{BACKEND, Broker, merge_arguments, now, seal_at};
use crate::stage::{Books, Launch, Plan, Stage, sized, submit, until};
use bailiwick_authority::{Halt, Resume, Revocation, Target};
use bailiwick_practice::{Act, Fault};
use bailiwick_protocol::{ErrorCode, TargetView};
use rand::RngExt as _;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn while_it_starts_for_the_first_time() {
    let mut stage = Stage::bare(Plan::default()).await;
    let mut random = rand::rng();
    for _ in 0..sized(20, 200) {
        let broker = Broker::start(&Launch::default(), &stage.folder, &stage.secrets).await;
        tokio::time::sleep(Duration::from_micros(random.random_range(0..60_000))).await;
        broker.kill().await;
    }
    stage.raise().await;
    stage.found().await;
    let holder = stage.delegate().await;
    assert_eq!(stage.comment(&holder, "at last").await.unwrap().outcome.as_deref(), Some("succeeded"));
    stage.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_finds_out_what_happened() {
    let mut stage = Stage::start().await;
    let holder = stage.delegate().await;
    let pull = stage.prepare("twice-killed").await;
    let control = stage.control();
    let (reached, mut reaching) = tokio::sync::mpsc::channel::<()>(64);
    let hold = || {
        let reached = reached.clone();
        // It is done, and before anybody hears of it the broker is killed.
        Act::After(Arc::new(move |_| {
            let reached = reached.clone();
            Box::pin(async move {
                reached.send(()).await.ok();
                std::future::pending::<()>().await;
            })
        }))
    };
    control.inject(Fault::on("PUT", "/repos/acme/backend/pulls/*/merge", hold()));
    let ask = stage.ask(&holder, "pulls/merge", &merge_arguments("twice-killed")).await;
    let (agent, first) = (stage.agent().await, ask.clone());
    let asking = tokio::spawn(async move { agent.ask(&first).await });
    reaching.recv().await.unwrap();
    stage.kill().await;
    asking.await.unwrap().unwrap_err();
    // The look-up itself is cut off at each of its steps.
    for (method, path) in [
        ("POST", "/app/installations/*/access_tokens"),
        ("GET", "/repos/acme/backend/pulls/*"),
        ("DELETE", "/installation/token"),
    ] {
        control.clear_faults();
        control.inject(Fault::on(method, path, hold()));
        stage.raise().await;
        reaching.recv().await.unwrap();
        stage.kill().await;
    }
    control.clear_faults();
    stage.raise().await;
    let view = stage.agent().await.ask(&ask).await.unwrap();
    assert!(view.replayed);
    let ended = until("what happened is found out", async || {
        let view = stage.console().await.operation(&view.id).await.unwrap();
        (view.outcome.as_deref() == Some("succeeded")).then_some(view)
    })
    .await;
    assert!(control.pull(BACKEND, pull).unwrap().merged_as.is_some());
    let books = Books::open(&stage.places().ledger());
    assert_eq!((books.entries("receipt").len(), books.entries("finding").len()), (1, 1));
    let merges = control.requests().into_iter().filter(|seen| seen.operation == Some("pulls/merge"));
    assert_eq!(merges.count(), 1, "the merge was sent again");
    // What was minted to find out was intended on disk, too, and every end of it is known.
    let tokens: Vec<_> =
        books.credentials().into_iter().filter(|row| row.kind == "installation-token").collect();
    assert_eq!(tokens.len(), control.minted().len());
    assert!(tokens.iter().all(|row| row.end.is_some()), "{tokens:?}");
    println!("killed at the act and at {} steps of finding out: {:?}", 3, ended.outcome);
    stage.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn right_after_a_stop_was_acknowledged() {
    let mut stage = Stage::start().await;
    for round in 0..sized(5, 50) {
        let holder = stage.delegate().await;
        let target = if round % 2 == 0 {
            Target::Capability(holder.chain[0].digest())
        } else {
            Target::Agent(bailiwick_authority::Signer::public(&holder.key).id())
        };
        let (_, admitted) =
            stage.decide(Revocation { target, reason: "stop".parse().unwrap() }).await.unwrap();
        stage.kill().await;
        assert!(admitted.stopped.unwrap().durable);
        stage.raise().await;
        let refused = stage.comment(&holder, "after").await.unwrap();
        assert_eq!(refused.reason.unwrap().code, ErrorCode::Revoked, "round {round}");

        let other = stage.delegate().await;
        let everything = TargetView { kind: "everything".into(), id: "all".into() };
        let pause = stage.console().await.pause(everything).await.unwrap();
        stage.kill().await;
        stage.raise().await;
        let refused = stage.comment(&other, "paused").await.unwrap();
        assert_eq!(refused.reason.unwrap().code, ErrorCode::Paused, "round {round}");
        stage.decide(Resume { lifts: pause.id.parse().unwrap() }).await.unwrap();

        let (halt, _) = stage.decide(Halt { reason: "halt".parse().unwrap() }).await.unwrap();
        stage.kill().await;
        stage.raise().await;
        let refused = stage.comment(&other, "halted").await.unwrap();
        assert_eq!(refused.reason.unwrap().code, ErrorCode::Revoked, "round {round}");
        stage.decide(Resume { lifts: halt.digest() }).await.unwrap();
        stage.kill().await;
        stage.raise().await;
        // A resume that was acknowledged holds, and neither it nor the halt can be said again.
        let view = stage.comment(&other, "resumed").await.unwrap();
        assert_eq!(view.outcome.as_deref(), Some("succeeded"), "round {round}: {view:?}");
        let error = submit(&stage.console().await, &halt, None).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Replayed);
        let again = seal_at(&stage.steward, stage.realm(), now(), Resume { lifts: halt.digest() });
        assert!(submit(&stage.console().await, &again, None).await.is_err());
    }
    stage.verify().await;
}
