//! Every operation ends in a receipt, and every credential has an end that is on record.

use super::Stage;
use bailiwick_authority::Argument;
use bailiwick_practice::{Act, Fault};
use bailiwick_protocol::ErrorCode;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_as_large_as_can_be_has_a_receipt() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let request = stage.comment_request(&bot, &"x".repeat(62_000));
    let view = stage.agents.ask(&request).await.unwrap();
    assert_eq!(view.outcome.as_deref(), Some("denied"), "{:?}", view.reason);
    assert_eq!(view.reason.unwrap().code, ErrorCode::BadArgument);
    assert!(view.receipt.is_some());
    let many: Vec<String> = (0..3_900).map(|number| format!("a{number}")).collect();
    let many: Vec<(&str, Argument)> = many.iter().map(|name| (name.as_str(), Argument::Bool(true))).collect();
    let view = stage.agents.ask(&stage.request(&bot, "issues/create-comment", &many)).await.unwrap();
    assert_eq!((view.outcome.as_deref(), view.receipt.is_some()), (Some("denied"), true));
    assert_eq!(stage.count("SELECT SUM(reserved) FROM capability"), 0);
    assert_eq!(stage.verify_ledger().await.receipts, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defect_in_the_middle_ends_in_a_receipt_and_leaves_nothing_behind() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|capability| capability.max_uses = Some(2)).await;
    let ask = stage.merge_request(&bot);
    let view = stage.ask_and_meanwhile(&ask, async { stage.break_clock_once() }).await.unwrap();
    assert_eq!(view.outcome.as_deref(), Some("failed"), "{view:?}");
    assert_eq!(view.reason.unwrap().code, ErrorCode::Internal);
    assert!(view.receipt.is_some());
    stage.until("the token destroys itself", || stage.control().minted().iter().all(|one| !one.alive)).await;
    assert_eq!(stage.count("SELECT COUNT(*) FROM credential WHERE end IS NULL"), 0);
    assert_eq!(stage.count("SELECT SUM(reserved) + SUM(committed) FROM capability"), 0);
    assert_eq!(stage.comment(&bot, "goes on").await.unwrap().outcome.as_deref(), Some("succeeded"));
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_the_store_refused_is_written_with_the_receipt() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    stage.refuse("BEFORE UPDATE ON credential WHEN OLD.end IS NULL AND NEW.end IS NOT NULL");
    let request = stage.comment_request(&bot, "recorded late");
    let mending = async {
        let ended = || {
            let tokens = stage.control().minted();
            tokens.len() == 2 && tokens.iter().all(|token| !token.alive)
        };
        stage.until("both tokens end", ended).await;
        stage.mend();
    };
    let (view, ()) = tokio::join!(stage.agents.ask(&request), mending);
    assert_eq!(view.unwrap().outcome.as_deref(), Some("succeeded"));
    assert_eq!(stage.count("SELECT COUNT(*) FROM credential WHERE end IS NULL"), 0);
    assert_eq!(stage.console.status().await.unwrap().numbers.alive, 0);
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_at_a_connection_holds_its_credential_for_fifteen_seconds_at_most() {
    let stage = Stage::new().await;
    for path in ["/app", "/app/installations/*", "/installation/repositories"] {
        stage.control().inject(Fault::on("GET", path, Act::Delay(Duration::from_secs(6))));
    }
    let error = stage.console.check("practice").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NoAnswer, "{error:?}");
    let token = &stage.control().minted()[0];
    let life = token.revoked_at.unwrap().duration_since(token.minted_at);
    assert!(life < Duration::from_millis(16_500), "{life:?}");
    assert_eq!(stage.count("SELECT COUNT(*) FROM credential WHERE end IS NULL"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_at_a_connection_puts_both_assertions_on_record_and_stops_with_everything() {
    let stage = Stage::new().await;
    stage.console.check("practice").await.unwrap();
    assert_eq!(
        stage.count("SELECT COUNT(*) FROM credential WHERE kind = 'app-jwt' AND end = 'discarded'"),
        2
    );
    // Two of the same second are the same assertion.
    assert!(stage.count("SELECT COUNT(DISTINCT sha256) FROM credential") >= 2);
    let halt = stage.halt().await.unwrap();
    stage.control().clear_requests();
    assert_eq!(stage.console.check("practice").await.unwrap_err().code, ErrorCode::Revoked);
    assert!(stage.control().requests().is_empty());
    stage.resume(&halt.digest).await.unwrap();
    stage.console.check("practice").await.unwrap();
    stage.assert_nothing_alive();
}
