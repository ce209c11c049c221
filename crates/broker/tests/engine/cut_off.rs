//! A client that hangs up in the middle of a request neither undoes nor halves what it asked for.
//!
//! The store is held while the request waits in it, so that hanging up falls into exactly that moment.

use super::Stage;
use super::sign::{self, envelope};
use super::stage::{send_and_hang_up, submit};
use bailiwick_authority::{Revocation, Target};
use bailiwick_protocol::{ErrorCode, Submission, route};

fn submission(envelope: String) -> Submission {
    Submission { envelope, policy: None, chain: Vec::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_whose_sender_hangs_up_closes_the_gate() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let target = Target::Capability(bot.leaf().digest());
    let revocation = stage.sign(Revocation { target, reason: "a test".parse().unwrap() });
    let store = stage.store();
    store.execute_batch("BEGIN IMMEDIATE").unwrap();
    let console = stage.places.console_socket();
    send_and_hang_up(&console, route::STATEMENTS, &submission(envelope(&revocation))).await;
    store.execute_batch("COMMIT").unwrap();
    stage.until("the revocation is in the ledger", || stage.count("SELECT COUNT(*) FROM revoked") == 1).await;
    let refused = stage.comment(&bot, "after the revocation").await.unwrap();
    assert_eq!(refused.outcome.as_deref(), Some("halted"), "{refused:?}");
    assert_eq!(refused.reason.unwrap().code, ErrorCode::Revoked);
    assert!(stage.comments().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_whose_sender_hangs_up_is_in_force_once_it_is_in_the_ledger() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let status = stage.console.status().await.unwrap();
    let texts = sign::policy_texts(false);
    let head = status.policy.as_ref().map(|head| head.parse().unwrap());
    let closed = stage.sign(sign::policy(&texts, head));
    let store = stage.store();
    store.execute_batch("BEGIN IMMEDIATE").unwrap();
    let body = Submission { policy: Some(texts), ..submission(envelope(&closed)) };
    send_and_hang_up(&stage.places.console_socket(), route::STATEMENTS, &body).await;
    store.execute_batch("COMMIT").unwrap();
    let policies = "SELECT COUNT(*) FROM leaf WHERE kind = 'policy'";
    stage.until("the policy is in the ledger", || stage.count(policies) == 2).await;
    // A second successor of the same head must not get in, or the ledger holds two heads and never opens.
    let texts = sign::policy_texts(true);
    let rival = stage.sign(sign::policy(&texts, head));
    let refused = submit(&stage.console, &rival, Some(texts)).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotTheSuccessor);
    assert_eq!(stage.console.status().await.unwrap().policy, Some(closed.digest().to_string()));
    let stage = stage.restart().await;
    assert!(stage.comment(&bot, "still works").await.is_ok());
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_sender_hangs_up_runs_to_its_end_and_gives_its_use_back() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|capability| capability.max_uses = Some(1)).await;
    let request = stage.comment_request(&bot, "asked and gone");
    let store = stage.store();
    store.execute_batch("BEGIN IMMEDIATE").unwrap();
    send_and_hang_up(&stage.places.agent_socket(), route::AGENT_INVOCATIONS, &request).await;
    store.execute_batch("COMMIT").unwrap();
    let ended = "SELECT COUNT(*) FROM operation WHERE outcome = 'succeeded'";
    stage.until("the operation ends", || stage.count(ended) == 1).await;
    assert_eq!(stage.comments(), ["asked and gone"]);
    assert_eq!(stage.count("SELECT SUM(reserved) FROM capability"), 0);
    let again = stage.agents.ask(&request).await.unwrap();
    assert!(again.replayed && again.receipt.is_some(), "{again:?}");
    stage.assert_nothing_alive();
    stage.verify_ledger().await;
}
