//! Persons' statements that arrive at the same moment: each is judged by the one before, and what is in
//! force in memory is what the ledger says.

use super::sign::{self, fresh_key};
use super::stage::submit;
use super::{Stage, times};
use bailiwick_authority::{Digest, Halt, Resume, Revocation, Signer as _, Target};
use bailiwick_protocol::{ErrorCode, Status, TargetView};
use tokio::task::JoinSet;

/// What must not depend on whether the broker was restarted.
fn in_force(status: Status) -> impl PartialEq + std::fmt::Debug {
    let mut paused: Vec<String> = status.paused.into_iter().map(|pause| pause.id).collect();
    paused.sort();
    let connections: Vec<String> = status.connections.into_iter().map(|one| one.statement).collect();
    (status.policy, status.halted, paused, connections, status.entries, status.head)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_successors_one_is_admitted_and_memory_and_ledger_agree() {
    let mut stage = Stage::new().await;
    for round in 0..times(5, 200) {
        let status = stage.console.status().await.unwrap();
        let policy: Option<Digest> = status.policy.as_ref().map(|head| head.parse().unwrap());
        let connection: Option<Digest> = status.connections.first().map(|one| one.statement.parse().unwrap());
        let mut all: JoinSet<(&str, Result<bailiwick_protocol::Admitted, bailiwick_protocol::ApiError>)> =
            JoinSet::new();
        for number in 0..6 {
            let texts = sign::policy_texts(number % 2 == 0);
            let signed = stage.sign(sign::policy(&texts, policy));
            let console = stage.console.clone();
            all.spawn(async move { ("policy", submit(&console, &signed, Some(texts)).await) });
            let signed = stage.sign(stage.connection(connection));
            let console = stage.console.clone();
            all.spawn(async move { ("connection", submit(&console, &signed, None).await) });
            let key = fresh_key();
            let signed = stage.sign(sign::capability(&key, &stage.repository, stage.now()));
            let console = stage.console.clone();
            all.spawn(async move {
                let first = submit(&console, &signed, None).await;
                assert_eq!(submit(&console, &signed, None).await.unwrap_err().code, ErrorCode::Replayed);
                ("capability", first)
            });
            let reason = || "a test".parse().unwrap();
            let target = Target::Agent(key.public().id());
            let signed = stage.sign(Revocation { target, reason: reason() });
            let console = stage.console.clone();
            all.spawn(async move { ("revocation", submit(&console, &signed, None).await) });
            let halt = stage.sign(Halt { reason: reason() });
            let lifted = stage.sign(Resume { lifts: halt.digest() });
            let console = stage.console.clone();
            all.spawn(async move {
                submit(&console, &halt, None).await.unwrap();
                ("resume", submit(&console, &lifted, None).await)
            });
            let console = stage.console.clone();
            let everything = TargetView { kind: "everything".into(), id: "all".into() };
            let (steward, realm, now) = (stage.sign_later(), stage.realm, stage.now());
            all.spawn(async move {
                let pause = console.pause(everything).await.unwrap();
                let lifts = pause.id.parse().unwrap();
                let lifted =
                    sign::sign(&steward, bailiwick_authority::Realm::Of(realm), now, Resume { lifts });
                ("resume", submit(&console, &lifted, None).await)
            });
        }
        let (mut policies, mut connections) = (0, 0);
        while let Some(done) = all.join_next().await {
            match done.unwrap() {
                ("policy", Ok(_)) => policies += 1,
                ("connection", Ok(_)) => connections += 1,
                ("policy" | "connection", Err(error)) => assert_eq!(error.code, ErrorCode::NotTheSuccessor),
                (what, result) => assert!(result.is_ok(), "{what} in round {round}: {result:?}"),
            }
        }
        assert_eq!((policies, connections), (1, 1));
        let before = in_force(stage.console.status().await.unwrap());
        stage = stage.restart().await;
        let status = stage.console.status().await.unwrap();
        assert!(status.halted.is_none() && status.paused.is_empty(), "{status:?}");
        assert_eq!(in_force(status), before);
        stage.verify_ledger().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_of_another_realm_or_of_yesterday_never_take_effect() {
    let stage = Stage::new().await;
    let other = Stage::new().await;
    let texts = sign::policy_texts(true);
    let foreign = other.sign(sign::policy(&texts, None));
    let refused = submit(&stage.console, &foreign, Some(texts.clone())).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::BadStatement);
    let foreign = other.sign(Halt { reason: "a drill".parse().unwrap() });
    assert_eq!(submit(&stage.console, &foreign, None).await.unwrap_err().code, ErrorCode::BadStatement);
    // Yesterday's policy, byte for byte, and signed again upon what it followed then.
    let first: Digest = stage.console.status().await.unwrap().policy.unwrap().parse().unwrap();
    let yesterday = stage.console.statement(&first.to_string()).await.unwrap();
    let closed = sign::policy_texts(false);
    let signed = stage.sign(sign::policy(&closed, Some(first)));
    submit(&stage.console, &signed, Some(closed)).await.unwrap();
    let again =
        bailiwick_protocol::Submission { envelope: yesterday, policy: Some(texts.clone()), chain: vec![] };
    assert_eq!(stage.console.submit(&again).await.unwrap_err().code, ErrorCode::NotTheSuccessor);
    for previous in [None, Some(first)] {
        let rival = stage.sign(sign::policy(&texts, previous));
        let refused = submit(&stage.console, &rival, Some(texts.clone())).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::NotTheSuccessor);
    }
    // A halt that was lifted stops nothing when it is sent again, nor does its resume lift another.
    let halt = stage.sign(Halt { reason: "a test".parse().unwrap() });
    submit(&stage.console, &halt, None).await.unwrap();
    let lifted = stage.sign(Resume { lifts: halt.digest() });
    submit(&stage.console, &lifted, None).await.unwrap();
    assert_eq!(submit(&stage.console, &halt, None).await.unwrap_err().code, ErrorCode::Replayed);
    assert!(stage.console.status().await.unwrap().halted.is_none());
    let bot = stage.delegate(|_| ()).await;
    assert_eq!(stage.comment(&bot, "not halted").await.unwrap().outcome.as_deref(), Some("succeeded"));
    stage.halt().await.unwrap();
    assert_eq!(submit(&stage.console, &lifted, None).await.unwrap_err().code, ErrorCode::NotTheSuccessor);
    assert!(stage.console.status().await.unwrap().halted.is_some());
    // A genesis is never replaced.
    let genesis = sign::roster(None, vec![sign::person("steward", &stage.steward)]);
    let genesis = sign::sign(&stage.steward, bailiwick_authority::Realm::Genesis, stage.now(), genesis);
    assert_eq!(submit(&stage.console, &genesis, None).await.unwrap_err().code, ErrorCode::NotTheSuccessor);
    stage.verify_ledger().await;
}
