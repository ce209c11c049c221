//! A store that refuses keeps nobody from stopping, and what it refused is written once it does not.

use super::Stage;
use super::sign::{envelope, sign};
use bailiwick_authority::{Realm, Revocation, Target};
use bailiwick_protocol::{ErrorCode, OperationView, Revoke, TargetView};

fn everything() -> TargetView {
    TargetView { kind: "everything".into(), id: "all".into() }
}

fn code(view: OperationView) -> Option<ErrorCode> {
    view.reason.map(|reason| reason.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_the_store_refused_stands_before_its_resume() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    stage.refuse("BEFORE INSERT ON leaf WHEN NEW.kind = 'pause'");
    let pause = stage.console.pause(everything()).await.unwrap();
    assert_eq!(code(stage.comment(&bot, "while paused").await.unwrap()), Some(ErrorCode::Paused));
    stage.mend();
    stage.resume(&pause.id).await.unwrap();
    assert_eq!(stage.comment(&bot, "resumed").await.unwrap().outcome.as_deref(), Some("succeeded"));
    let stage = stage.restart().await;
    assert_eq!(stage.comment(&bot, "restarted").await.unwrap().outcome.as_deref(), Some("succeeded"));
    assert_eq!(stage.count("SELECT COUNT(*) FROM leaf WHERE kind = 'pause'"), 1);
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halt_in_memory_outlives_the_lifting_of_another_and_a_restart() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let first = stage.halt().await.unwrap();
    stage.refuse("BEFORE INSERT ON leaf WHEN NEW.kind = 'halt'");
    let second = stage.halt().await.unwrap();
    assert!(first.stopped.unwrap().durable && !second.stopped.unwrap().durable);
    // While the second cannot be written, nothing that comes after it can.
    assert_eq!(stage.resume(&first.digest).await.unwrap_err().code, ErrorCode::Store);
    stage.mend();
    stage.resume(&first.digest).await.unwrap();
    assert_eq!(code(stage.comment(&bot, "still halted").await.unwrap()), Some(ErrorCode::Revoked));
    let stage = stage.restart().await;
    assert_eq!(code(stage.comment(&bot, "still halted").await.unwrap()), Some(ErrorCode::Revoked));
    stage.resume(&second.digest).await.unwrap();
    assert_eq!(stage.comment(&bot, "lifted").await.unwrap().outcome.as_deref(), Some("succeeded"));
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_revocation_is_written_once_the_store_takes_it() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    stage.refuse("BEFORE INSERT ON leaf WHEN NEW.kind = 'revocation'");
    let admitted = stage.revoke(Target::Capability(bot.leaf().digest())).await.unwrap();
    assert!(!admitted.stopped.unwrap().durable);
    assert_eq!(code(stage.comment(&bot, "revoked").await.unwrap()), Some(ErrorCode::Revoked));
    stage.mend();
    stage.until("it is written", || stage.count("SELECT COUNT(*) FROM revoked") == 1).await;
    let stage = stage.restart().await;
    assert_eq!(code(stage.comment(&bot, "revoked").await.unwrap()), Some(ErrorCode::Revoked));
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_revocation_holds_even_where_the_store_refuses() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let child = bot.attenuate(stage.realm, stage.now(), |_| ());
    let target = Target::Capability(child.leaf().digest());
    let body = Revocation { target, reason: "a test".parse().unwrap() };
    let revocation = sign(&bot.key, Realm::Of(stage.realm), stage.now(), body);
    let revoke =
        Revoke { envelope: envelope(&revocation), chain: child.chain.iter().map(envelope).collect() };
    stage.refuse("BEFORE INSERT ON leaf WHEN NEW.kind = 'revocation'");
    let stopped = stage.agents.revoke(&revoke).await.unwrap();
    assert!(!stopped.durable);
    assert_eq!(code(stage.comment(&child, "revoked").await.unwrap()), Some(ErrorCode::Revoked));
    stage.mend();
    stage.until("it is written", || stage.count("SELECT COUNT(*) FROM revoked") == 1).await;
    assert!(stage.agents.revoke(&revoke).await.unwrap().durable);
    let stage = stage.restart().await;
    assert_eq!(code(stage.comment(&child, "revoked").await.unwrap()), Some(ErrorCode::Revoked));
    assert_eq!(stage.comment(&bot, "not above").await.unwrap().outcome.as_deref(), Some("succeeded"));
    stage.verify_ledger().await;
}
