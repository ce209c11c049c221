//! The story: delegate, merge, read the receipt, revoke. And that a broker comes back as it was.

use crate::stage::Stage;
use bailiwick_authority::{Revocation, Target};
use bailiwick_protocol::ErrorCode;

#[tokio::test(flavor = "multi_thread")]
async fn merge_receipt_and_revocation_survive_restarts() {
    let mut stage = Stage::start().await;
    let holder = stage.delegate().await;
    stage.prepare("feat-a").await;
    let merged = stage.merge(&holder, "feat-a").await.unwrap();
    assert_eq!(merged.outcome.as_deref(), Some("succeeded"), "{:?}", merged.reason);

    stage.lower().await;
    stage.raise().await;
    let again = stage.console().await.operation(&merged.id).await.unwrap();
    assert_eq!((again.receipt, again.output), (merged.receipt, merged.output));

    let target = Target::Capability(holder.chain[0].digest());
    let (_, admitted) =
        stage.decide(Revocation { target, reason: "the story is over".parse().unwrap() }).await.unwrap();
    assert!(admitted.stopped.unwrap().durable);
    stage.kill().await;
    stage.raise().await;
    stage.prepare("feat-b").await;
    let refused = stage.merge(&holder, "feat-b").await.unwrap();
    assert_eq!(refused.reason.unwrap().code, ErrorCode::Revoked);
    assert!(stage.control().minted().iter().all(|token| !token.alive));
    assert_eq!(stage.verify().await.receipts, 2);
}
