//! A clock that is set back revives nothing and keeps nobody from stopping.

use super::Stage;
use super::sign::sign;
use super::stage::submit;
use bailiwick_authority::{Halt, Realm, Target};
use bailiwick_protocol::ErrorCode;

#[tokio::test(flavor = "multi_thread")]
async fn within_the_tolerance_time_stands_still_and_revives_nothing() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|capability| capability.expires = capability.not_before.plus(600)).await;
    let early = stage.comment_request(&bot, "signed before");
    stage.move_clock(601);
    let expired = stage.comment(&bot, "expired").await.unwrap();
    assert_eq!(expired.reason.unwrap().code, ErrorCode::NotAuthorised);
    stage.move_clock(-4);
    let still = stage.comment(&bot, "still expired").await.unwrap();
    assert_eq!(still.reason.unwrap().code, ErrorCode::NotAuthorised);
    // Far behind, nothing is judged at all, and not after a restart either.
    stage.move_clock(-597);
    assert_eq!(stage.comment(&bot, "frozen").await.unwrap_err().code, ErrorCode::ClockBehind);
    assert_eq!(stage.agents.ask(&early).await.unwrap_err().code, ErrorCode::ClockBehind);
    let stage = stage.restart().await;
    assert_eq!(stage.comment(&bot, "frozen").await.unwrap_err().code, ErrorCode::ClockBehind);
    assert!(stage.console.status().await.unwrap().clock_behind);
    assert!(stage.comments().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_whose_clock_is_behind_can_be_stopped_by_somebody_whose_clock_is_not() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let now = stage.now();
    stage.move_clock(-3_600);
    stage.revoke(Target::Agent(bot.leaf().body().holder.id())).await.unwrap();
    let halt = Halt { reason: "a test".parse().unwrap() };
    let halt = sign(&stage.steward, Realm::Of(stage.realm), now, halt);
    submit(&stage.console, &halt, None).await.unwrap();
    assert!(stage.console.status().await.unwrap().halted.is_some());
    // Lifting is no stop: it waits for the clock.
    assert_eq!(stage.resume(&halt.digest().to_string()).await.unwrap_err().code, ErrorCode::ClockBehind);
    stage.move_clock(3_600);
    let stage = stage.restart().await;
    assert!(stage.console.status().await.unwrap().halted.is_some());
    stage.verify_ledger().await;
}
