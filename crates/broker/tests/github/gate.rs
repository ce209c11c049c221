//! After the gate closed, no request head is written; what is alive is destroyed all the same.

use std::sync::Arc;

use bailiwick_broker::destinations::github::{Cause, Death};
use bailiwick_practice::{Act, Fault};
use bailiwick_protocol::ErrorCode;

use super::{BACKEND, World};

/// Closes the gate after an answer was made and before it is sent.
fn closing(world: &World) -> Act {
    let gate = Arc::clone(&world.gate);
    Act::After(Arc::new(move |_| {
        let gate = Arc::clone(&gate);
        Box::pin(async move { gate.close(&World::capability()) })
    }))
}

/// Which answers a request of a merge's evidence waits for: those of the round before it.
fn round(path: &str) -> usize {
    let path = path.strip_prefix("/repos/acme/backend").unwrap();
    match path {
        "/pulls" => 1,
        _ if path.starts_with("/branches/") || path.starts_with("/rules/") => 1,
        "" => usize::MAX,
        _ => 2,
    }
}

/// Whether a request is made of what another was answered. Whether somebody may write is asked of each reviewer.
fn waits_for(later: &str, earlier: &str) -> bool {
    match later.contains("/collaborators/") {
        true => round(earlier) == 1 || earlier.ends_with("/reviews"),
        false => round(later) > round(earlier),
    }
}

/// What was written before the closing may still arrive, so the requests are told apart by what they wait
/// for: the n-th answer is only sent after the gate closed, and nothing that waits for it is ever asked.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_asked_after_the_gate_closed_between_two_requests() {
    for n in 0.. {
        let world = World::story().await;
        let operation = world.merge("feat-123");
        let token = world.mint(&operation.evidence_scope()).await.unwrap();
        world.control().clear_requests();
        world.control().inject(Fault::on("GET", "/repos/**", closing(&world)).after(n));
        let evidence = world.github.evidence(&operation, &super::nobody_known(), &token, &world.way()).await;
        assert_eq!(world.github.destroy(token).await.0, Death::RevokedProven);
        world.assert_nothing_alive();
        let seen: Vec<_> =
            world.control().requests().into_iter().filter(|one| one.path.starts_with("/repos/")).collect();
        let Some(closer) = seen.iter().find(|one| one.fault.is_some()) else {
            assert!(evidence.is_ok() && n > 8, "{n} requests");
            return;
        };
        match evidence {
            Err(failure) => assert_eq!(
                (failure.is_stopped(), failure.code(), failure.may_have_happened),
                (true, ErrorCode::Revoked, false)
            ),
            // The last answer may still be read.
            Ok(_) => assert_eq!(seen.last().unwrap().number, closer.number),
        }
        let later = seen.iter().filter(|one| one.number > closer.number && round(&one.path) != usize::MAX);
        let later: Vec<_> = later.filter(|one| waits_for(&one.path, &closer.path)).collect();
        assert!(later.is_empty(), "{n}: {later:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_gate_mints_and_acts_nothing() {
    let world = World::story().await;
    let operation = world.merge("feat-123");
    let evidence = world.evidence(&operation).await.unwrap();
    let token = world.mint(&operation.act_scope()).await.unwrap();
    world.control().clear_requests();
    world.gate.close(&World::capability());
    let failure = world
        .github
        .act(&operation, &evidence.facts, &token, &world.way(), &super::operation_id())
        .await
        .unwrap_err();
    assert_eq!((failure.cause.clone(), failure.may_have_happened), (Cause::Stopped, false));
    let failure = world.mint(&operation.act_scope()).await.unwrap_err();
    assert_eq!((failure.cause.clone(), failure.may_have_happened), (Cause::Stopped, false));
    assert!(world.control().requests().is_empty());
    assert_eq!(world.github.destroy(token).await.0, Death::RevokedProven);
    assert!(world.control().pull(BACKEND, 1).unwrap().merged_as.is_none());
    world.assert_nothing_alive();
}

/// Once it was sent, the answer is awaited: the outcome is known instead of looked up, and the token
/// comes back to be destroyed.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_before_the_gate_closed_is_answered() {
    let world = World::story().await;
    let operation = world.merge("feat-123");
    let evidence = world.evidence(&operation).await.unwrap();
    let token = world.mint(&operation.act_scope()).await.unwrap();
    world.control().inject(Fault::on("PUT", "/repos/*/*/pulls/*/merge", closing(&world)));
    let done = world
        .github
        .act(&operation, &evidence.facts, &token, &world.way(), &super::operation_id())
        .await
        .unwrap();
    // Its verification is a read under the gate, so it was not made.
    assert_eq!(done.output.get("verified"), Some(&bailiwick_authority::Value::Bool(false)));
    assert!(world.control().pull(BACKEND, 1).unwrap().merged_as.is_some());
    world.github.destroy(token).await;
    world.gate.open(&World::capability());
    let world = World { pass: world.gate.admit([World::capability()]).unwrap(), ..world };
    let closing = closing(&world);
    world.control().inject(Fault::on("POST", "/app/installations/*/access_tokens", closing));
    let token = world.mint(&operation.act_scope()).await.unwrap();
    assert!(world.pass.is_stopped());
    assert_eq!(world.github.destroy(token).await.0, Death::RevokedProven);
    world.assert_nothing_alive();
}
