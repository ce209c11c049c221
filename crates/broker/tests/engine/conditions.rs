//! The story's four conditions: each alone missing is refused with its own remedy, all met is merged.

use super::Stage;
use super::sign::{self, Holder};
use super::stage::{BACKEND, submit};
use bailiwick_authority::Argument;
use bailiwick_practice::Conditions;
use bailiwick_protocol::{ErrorCode, OperationView};

async fn merged(stage: &Stage, bot: &Holder, branch: &str, conditions: Conditions) -> OperationView {
    stage.control().prepare_pull(BACKEND, branch, conditions).await.unwrap();
    let arguments =
        [("branch", Argument::Str(branch.to_owned())), ("target", Argument::Str("main".to_owned()))];
    stage.agents.ask(&stage.request(bot, "pulls/merge", &arguments)).await.unwrap()
}

#[track_caller]
fn assert_refused(stage: &Stage, view: &OperationView, policy: &str, remedy: &str) {
    assert_eq!(view.outcome.as_deref(), Some("denied"), "{view:?}");
    assert_eq!(view.reason.as_ref().map(|reason| reason.code), Some(ErrorCode::Denied));
    let refusals: Vec<&str> = view.refusals.iter().map(|refusal| refusal.policy.as_str()).collect();
    assert_eq!(refusals, [policy]);
    assert!(view.refusals[0].remedy.contains(remedy), "{:?}", view.refusals[0]);
    assert!(view.receipt.is_some());
    let acted = stage.control().requests().into_iter().any(|seen| seen.method == "PUT");
    assert!(!acted, "the act was sent");
    stage.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_condition_alone_is_refused_with_its_own_remedy() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let view = merged(&stage, &bot, "failing", Conditions::failing()).await;
    assert_refused(&stage, &view, "main-checks-pass", "make these checks succeed on");
    let view = merged(&stage, &bot, "unreviewed", Conditions::without_review()).await;
    assert_refused(&stage, &view, "main-is-reviewed", "ask a person who wrote none of it to approve");
    let view = merged(&stage, &bot, "protected", Conditions::protected_path()).await;
    assert_refused(&stage, &view, "main-protected-paths", "leave these files out of the change");
    let view = merged(&stage, &bot, "met", Conditions::met()).await;
    assert_eq!(view.outcome.as_deref(), Some("succeeded"), "{view:?}");
    stage.control().clear_requests();
    let head = stage.console.status().await.unwrap().policy.unwrap().parse().unwrap();
    let texts = sign::policy_texts(false);
    let closed = stage.sign(sign::policy(&texts, Some(head)));
    submit(&stage.console, &closed, Some(texts)).await.unwrap();
    let view = merged(&stage, &bot, "at-night", Conditions::met()).await;
    assert_refused(&stage, &view, "main-business-hours", "ask again when `business-hours` opens");
    stage.verify_ledger().await;
}
