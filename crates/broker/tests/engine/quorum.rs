//! Changes that several persons must agree to: proposed by one, in force once enough have answered.

use super::persons::{Persons, ask_about_main, someone};
use super::sign;
use super::stage::submit;
use bailiwick_authority::{Digest, PolicySet, Role, Roster, Signed};
use bailiwick_protocol::{ErrorCode, PolicyTexts, TargetView};

/// Three stewards, of whom `quorum` must agree to changes.
async fn three(quorum: u64) -> Persons {
    let persons = Persons::new("@approval(\"1 of approver\")").await;
    let stage = &persons.stage;
    let all = vec![
        sign::person("steward", &stage.steward),
        someone("bob", &persons.bob, &[Role::Steward, Role::Approver]),
        someone("eve", &persons.eve, &[Role::Steward, Role::Security]),
    ];
    let roster = Roster {
        previous: Some(stage.roster_head().await),
        change_quorum: quorum,
        persons: all,
        recovery: None,
    };
    submit(&stage.console, &stage.sign(roster), None).await.unwrap();
    persons
}

async fn policy(persons: &Persons, annotations: &str) -> (Signed<PolicySet>, PolicyTexts) {
    let mut texts = sign::policy_texts(true);
    texts.ask.push_str(&ask_about_main(annotations));
    let head = persons.stage.console.status().await.unwrap().policy.unwrap().parse().unwrap();
    (persons.stage.sign(sign::policy(&texts, Some(head))), texts)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_waits_for_the_quorum_survives_a_restart_and_then_takes_effect() {
    let mut persons = three(2).await;
    let before = persons.stage.console.status().await.unwrap();
    let (change, texts) = policy(&persons, "@approval(\"1 of security\")").await;
    let admitted = submit(&persons.stage.console, &change, Some(texts.clone())).await.unwrap();
    assert_eq!((admitted.waits_for, admitted.sequence), (Some(1), 0));
    let twice = submit(&persons.stage.console, &change, Some(texts)).await.unwrap_err();
    assert_eq!(twice.code, ErrorCode::Replayed);
    let target = change.digest().to_string();
    let own = persons.approve(&persons.stage.steward, &target).await.unwrap_err();
    assert_eq!(own.code, ErrorCode::Replayed, "whoever proposed it has agreed already");
    persons = persons.restart().await;
    let [pending] = persons.pending().await.try_into().unwrap();
    assert_eq!((pending.kind.as_str(), pending.target.as_str()), ("policy", target.as_str()));
    assert_eq!((pending.asks[0].count, pending.asks[0].approved), (2, 1));
    assert_eq!(
        persons.stage.console.status().await.unwrap().policy,
        before.policy,
        "nothing is in force yet"
    );
    let admitted = persons.approve(&persons.eve, &target).await.unwrap();
    assert!(admitted.waits_for.is_none());
    assert_eq!(persons.stage.console.status().await.unwrap().policy.unwrap(), target);
    assert!(persons.pending().await.is_empty());
    persons = persons.restart().await;
    assert_eq!(persons.stage.console.status().await.unwrap().policy.unwrap(), target);
    persons.stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_change_never_takes_effect_and_rivals_of_an_admitted_one_are_void() {
    let persons = three(2).await;
    let (denied, texts) = policy(&persons, "@approval(\"1 of security\")").await;
    submit(&persons.stage.console, &denied, Some(texts)).await.unwrap();
    persons.deny(&persons.bob, &denied.digest().to_string()).await.unwrap();
    let late = persons.approve(&persons.eve, &denied.digest().to_string()).await.unwrap_err();
    assert_eq!(late.code, ErrorCode::NotFound);
    let (one, texts) = policy(&persons, "@approval(\"1 of security\") @timeout(\"1m\")").await;
    let (other, more) = policy(&persons, "@approval(\"1 of security\") @timeout(\"2m\")").await;
    submit(&persons.stage.console, &one, Some(texts)).await.unwrap();
    submit(&persons.stage.console, &other, Some(more)).await.unwrap();
    persons.approve(&persons.bob, &one.digest().to_string()).await.unwrap();
    assert_eq!(persons.stage.console.status().await.unwrap().policy.unwrap(), one.digest().to_string());
    assert!(persons.pending().await.is_empty(), "the rival follows what was replaced");
    let gone = persons.approve(&persons.eve, &other.digest().to_string()).await.unwrap_err();
    assert_eq!(gone.code, ErrorCode::NotFound);
    persons.stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rosters_and_connections_wait_too_and_stopping_never_does() {
    let persons = three(3).await;
    let stage = &persons.stage;
    let previous: Digest = stage.console.status().await.unwrap().connections[0].statement.parse().unwrap();
    let connection = stage.sign(stage.connection(Some(previous)));
    assert_eq!(submit(&stage.console, &connection, None).await.unwrap().waits_for, Some(2));
    let alone = Roster {
        previous: Some(stage.roster_head().await),
        change_quorum: 1,
        persons: vec![
            sign::person("steward", &stage.steward),
            someone("bob", &persons.bob, &[]),
            someone("eve", &persons.eve, &[]),
        ],
        recovery: None,
    };
    let roster = stage.sign(alone);
    assert_eq!(submit(&stage.console, &roster, None).await.unwrap().waits_for, Some(2));
    for target in [connection.digest(), roster.digest()] {
        persons.approve(&persons.bob, &target.to_string()).await.unwrap();
    }
    let now = stage.console.status().await.unwrap().connections[0].statement.clone();
    assert_eq!(now, previous.to_string());
    persons.approve(&persons.eve, &connection.digest().to_string()).await.unwrap();
    let now = stage.console.status().await.unwrap().connections[0].statement.clone();
    assert_eq!(now, connection.digest().to_string());
    let everything = TargetView { kind: "everything".into(), id: "all".into() };
    stage.console.pause(everything).await.unwrap();
    stage.halt().await.unwrap();
    // A roster that could never be changed again is refused, whoever agrees.
    let stuck = Roster {
        previous: Some(stage.roster_head().await),
        change_quorum: 2,
        persons: vec![
            sign::person("steward", &stage.steward),
            someone("bob", &persons.bob, &[Role::Approver]),
            someone("eve", &persons.eve, &[]),
        ],
        recovery: None,
    };
    let refused = submit(&stage.console, &stage.sign(stuck), None).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotPermitted);
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_asks_for_two_is_not_changed_by_one() {
    let persons = three(1).await;
    persons.ask("@approval(\"2 of security\")").await;
    let (change, texts) = policy(&persons, "@approval(\"1 of security\")").await;
    let admitted = submit(&persons.stage.console, &change, Some(texts)).await.unwrap();
    assert_eq!(admitted.waits_for, Some(1));
    let persons = persons.restart().await;
    persons.approve(&persons.bob, &change.digest().to_string()).await.unwrap();
    assert_eq!(persons.stage.console.status().await.unwrap().policy.unwrap(), change.digest().to_string());
    persons.stage.verify_ledger().await;
}
