//! What changes between the judgement and the act counts: each is changed while the credential for the
//! act is being minted, and the range is asked afterwards whether anything happened.

use super::Stage;
use super::sign::{self, fresh_key};
use super::stage::BACKEND;
use bailiwick_authority::{KeyEnd, Signer as _};
use bailiwick_practice::{Act, Fault};
use bailiwick_protocol::{ErrorCode, OperationView, TargetView};

#[track_caller]
fn assert_refused(stage: &Stage, view: &OperationView, code: ErrorCode) {
    assert_eq!(view.outcome.as_deref(), Some("denied"), "{view:?}");
    assert_eq!(view.reason.as_ref().map(|reason| reason.code), Some(code), "{view:?}");
    assert!(view.receipt.is_some());
    assert!(stage.control().pull(BACKEND, 1).unwrap().merged_as.is_none());
    let acted = stage.control().requests().into_iter().any(|seen| seen.method == "PUT");
    assert!(!acted, "the act was sent");
    assert_eq!(stage.count("SELECT SUM(reserved) + SUM(committed) FROM capability"), 0);
    stage.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_forbids_it_by_then_forbids_it() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let head = stage.console.status().await.unwrap().policy.unwrap().parse().unwrap();
    let ask = stage.merge_request(&bot);
    let closing = async {
        let texts = sign::policy_texts(false);
        let policy = stage.sign(sign::policy(&texts, Some(head)));
        super::stage::submit(&stage.console, &policy, Some(texts)).await.unwrap();
    };
    let view = stage.ask_and_meanwhile(&ask, closing).await.unwrap();
    assert_refused(&stage, &view, ErrorCode::Denied);
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_holds_what_has_not_acted_yet() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let ask = stage.merge_request(&bot);
    let pausing = async {
        let agent = TargetView { kind: "agent".into(), id: bot.key.public().id().to_string() };
        stage.console.pause(agent).await.unwrap();
    };
    let view = stage.ask_and_meanwhile(&ask, pausing).await.unwrap();
    assert_refused(&stage, &view, ErrorCode::Paused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capability_that_expires_before_the_act_allows_nothing() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|capability| capability.expires = capability.not_before.plus(600)).await;
    let ask = stage.merge_request(&bot);
    let view = stage.ask_and_meanwhile(&ask, async { stage.move_clock(600) }).await.unwrap();
    assert_refused(&stage, &view, ErrorCode::NotAuthorised);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_steward_whose_key_ends_before_the_act_allows_nothing() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let successor = fresh_key();
    let mut old = sign::person("steward", &stage.steward);
    let genesis = Some(stage.realm);
    let both = stage.sign(sign::roster(genesis, vec![old.clone(), sign::person("other", &successor)]));
    super::stage::submit(&stage.console, &both, None).await.unwrap();
    old.keys[0].end = Some(KeyEnd::Retired);
    let ended = sign::roster(Some(both.digest()), vec![old, sign::person("other", &successor)]);
    let ask = stage.merge_request(&bot);
    let ending = async {
        let ended = stage.sign(ended);
        super::stage::submit(&stage.console, &ended, None).await.unwrap();
    };
    let view = stage.ask_and_meanwhile(&ask, ending).await.unwrap();
    assert_refused(&stage, &view, ErrorCode::NotAuthorised);
    // The link was verified before; the root's key is asked after on every use.
    let refused = stage.comment(&bot, "with an ended key").await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotAuthorised, "{refused:?}");
    assert_ne!(successor.public().id(), stage.steward.public().id());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_changes_before_the_act_is_not_acted_through() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let ask = stage.merge_request(&bot);
    let previous = stage.console.status().await.unwrap().connections[0].statement.parse().unwrap();
    let changing = async {
        let changed = stage.connection(Some(previous));
        stage.submit(changed).await.unwrap();
    };
    let view = stage.ask_and_meanwhile(&ask, changing).await.unwrap();
    assert_refused(&stage, &view, ErrorCode::NotAuthorised);
    assert_eq!(stage.comment(&bot, "by the new one").await.unwrap().outcome.as_deref(), Some("succeeded"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_goes_back_before_the_act_stops_it() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let ask = stage.merge_request(&bot);
    let view = stage.ask_and_meanwhile(&ask, async { stage.move_clock(-60) }).await.unwrap();
    assert_eq!(view.outcome.as_deref(), Some("failed"), "{view:?}");
    assert_eq!(view.reason.unwrap().code, ErrorCode::ClockBehind);
    assert!(stage.control().pull(BACKEND, 1).unwrap().merged_as.is_none());
    stage.assert_nothing_alive();
    assert_eq!(stage.comment(&bot, "frozen").await.unwrap_err().code, ErrorCode::ClockBehind);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_just_sent_is_not_said_to_have_failed_because_it_was_asked_for_long_ago() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let ask = stage.comment_request(&bot, "may still arrive");
    let comments = "/repos/*/*/issues/*/comments";
    stage.control().inject(Fault::on("POST", comments, Act::CloseWithoutAnswer));
    let view = stage.ask_and_meanwhile(&ask, async { stage.move_clock(31) }).await.unwrap();
    assert_eq!(view.outcome.as_deref(), Some("unknown"), "{view:?}");
    let looked = |seen: &[bailiwick_practice::Seen]| {
        let mut look_ups = seen.iter().filter(|one| one.method == "GET" && one.path.ends_with("/comments"));
        look_ups.next().is_some_and(|one| one.answered_at.is_some())
    };
    stage.control().wait_for(looked).await;
    stage.until("the look-up ends", || stage.control().minted().iter().all(|token| !token.alive)).await;
    let now = stage.agents.operation(&view.id, 0).await.unwrap();
    assert_eq!(now.outcome.as_deref(), Some("unknown"), "{now:?}");
    stage.move_clock(31);
    let failed = "SELECT COUNT(*) FROM operation WHERE outcome = 'failed'";
    stage.until("it is found out", || stage.count(failed) == 1).await;
    stage.verify_ledger().await;
}
