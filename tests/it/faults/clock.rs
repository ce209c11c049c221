//! A clock set back: behind the highest time that was recorded, nothing is minted, stopping still works,
//! and the broker goes on by itself once the clock has caught up.

use super::asked_for;
use crate::stage::{Stage, now, until};
use bailiwick_authority::{Revocation, Target};
use bailiwick_protocol::ErrorCode;

/// Writes into the store of a broker that does not run that it had recorded `ahead` seconds from now.
fn record(stage: &Stage, ahead: u64) {
    let connection = rusqlite::Connection::open(stage.places().ledger()).unwrap();
    let time = i64::try_from(now().seconds() + ahead).unwrap();
    connection
        .execute(
            "INSERT INTO high_water (one, time) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET time = excluded.time",
            [time],
        )
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn set_back_freezes_minting_and_nothing_else() {
    let mut stage = Stage::start().await;
    let (holder, other) = (stage.delegate().await, stage.delegate().await);
    stage.kill().await;
    record(&stage, 3_600);
    stage.raise().await;
    let before = (asked_for(&stage), stage.verify().await.entries);
    assert!(stage.console().await.status().await.unwrap().clock_behind);
    for number in 0..10 {
        let error = stage.comment(&holder, &format!("behind {number}")).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::ClockBehind, "{error:?}");
        assert!(error.message.contains("behind the time that was already recorded"), "{error:?}");
        assert!(error.hint.contains("set the clock right"), "{error:?}");
    }
    let capability = stage.story_capability(crate::stage::fresh_key_public());
    assert_eq!(stage.decide(capability).await.unwrap_err().code, ErrorCode::ClockBehind);
    assert_eq!(
        stage.console().await.check(crate::stage::CONNECTION).await.unwrap_err().code,
        ErrorCode::ClockBehind
    );
    assert_eq!(
        (asked_for(&stage), stage.verify().await.entries),
        before,
        "something was asked for or admitted"
    );
    let target = Target::Capability(other.chain[0].digest());
    let revoked = stage.decide(Revocation { target, reason: "behind".parse().unwrap() }).await;
    assert!(revoked.unwrap().1.stopped.unwrap().durable, "stopping does not need the time");

    // Set right again: it goes on.
    stage.kill().await;
    record(&stage, 8);
    stage.raise().await;
    assert_eq!(stage.comment(&holder, "early").await.unwrap_err().code, ErrorCode::ClockBehind);
    let view = until("the clock has caught up", async || stage.comment(&holder, "in time").await.ok()).await;
    assert_eq!(view.outcome.as_deref(), Some("succeeded"), "{view:?}");
    assert!(!stage.console().await.status().await.unwrap().clock_behind);
    let dead = stage.comment(&other, "revoked").await.unwrap();
    assert_eq!(dead.reason.unwrap().code, ErrorCode::Revoked);
    stage.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_under_way_ends_although_the_clock_is_behind() {
    let mut stage = Stage::start().await;
    let holder = stage.delegate().await;
    let pull = stage.prepare("behind").await;
    let fault = bailiwick_practice::Fault::on(
        "PUT",
        "/repos/acme/backend/pulls/*/merge",
        bailiwick_practice::Act::CloseAfterDoing,
    );
    stage.control().inject(fault);
    let view = stage.merge(&holder, "behind").await.unwrap();
    assert_eq!(view.outcome.as_deref(), Some("unknown"), "{view:?}");
    stage.kill().await;
    record(&stage, 8);
    stage.raise().await;
    // The finding needs a credential, so it waits for the clock; then it comes.
    let ended = until("what happened is found out", async || {
        let view = stage.console().await.operation(&view.id).await.unwrap();
        (view.outcome.as_deref() == Some("succeeded")).then_some(view)
    })
    .await;
    assert!(stage.control().pull(crate::stage::BACKEND, pull).unwrap().merged_as.is_some());
    assert_eq!(ended.receipt, view.receipt);
    stage.verify().await;
}
