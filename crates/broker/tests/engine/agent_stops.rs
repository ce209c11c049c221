//! An agent ends what descends from what it holds, and nothing else.

use super::Stage;
use super::sign::{Holder, envelope, fresh_key, sign};
use bailiwick_authority::{Digest, Ed25519Signer, Realm, Revocation, Signer as _, Target};
use bailiwick_protocol::{ErrorCode, Revoke};

fn revocation(stage: &Stage, key: &Ed25519Signer, realm: Realm, target: Target) -> String {
    envelope(&sign(key, realm, stage.now(), Revocation { target, reason: "a test".parse().unwrap() }))
}

fn chain(holder: &Holder) -> Vec<String> {
    holder.chain.iter().map(envelope).collect()
}

fn capability(holder: &Holder) -> Target {
    Target::Capability(holder.leaf().digest())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_stops_only_what_is_below_it() {
    let stage = Stage::new().await;
    let realm = Realm::Of(stage.realm);
    let (bot, other) = (stage.delegate(|_| ()).await, stage.delegate(|_| ()).await);
    let middle = bot.attenuate(stage.realm, stage.now(), |_| ());
    let sibling = bot.attenuate(stage.realm, stage.now(), |_| ());
    let leaf = middle.attenuate(stage.realm, stage.now(), |_| ());
    let stranger = fresh_key();
    let foreign = Realm::Of(Digest::of(b"another realm"));
    let attempts: Vec<(&str, String, Vec<String>)> = vec![
        ("itself", revocation(&stage, &middle.key, realm, capability(&middle)), chain(&middle)),
        ("its parent", revocation(&stage, &middle.key, realm, capability(&bot)), chain(&bot)),
        ("its sibling", revocation(&stage, &middle.key, realm, capability(&sibling)), chain(&sibling)),
        ("another root", revocation(&stage, &middle.key, realm, capability(&other)), chain(&other)),
        ("its child, by its child", revocation(&stage, &leaf.key, realm, capability(&leaf)), chain(&leaf)),
        ("a child, by a stranger", revocation(&stage, &stranger, realm, capability(&leaf)), chain(&leaf)),
        (
            "a child of another realm",
            revocation(&stage, &middle.key, foreign, capability(&leaf)),
            chain(&leaf),
        ),
        (
            "a sibling behind its child's chain",
            revocation(&stage, &middle.key, realm, capability(&sibling)),
            chain(&leaf),
        ),
        ("its child without the chain", revocation(&stage, &middle.key, realm, capability(&leaf)), vec![]),
        (
            "its child with half the chain",
            revocation(&stage, &middle.key, realm, capability(&leaf)),
            chain(&leaf)[1..].to_vec(),
        ),
        (
            "an agent",
            revocation(&stage, &middle.key, realm, Target::Agent(leaf.key.public().id())),
            chain(&leaf),
        ),
        (
            "the person",
            revocation(&stage, &middle.key, realm, Target::Person("steward".parse().unwrap())),
            chain(&leaf),
        ),
        (
            "the connection",
            revocation(&stage, &middle.key, realm, Target::Connection("practice".parse().unwrap())),
            chain(&leaf),
        ),
    ];
    for (what, envelope, chain) in attempts {
        let refused = stage.agents.revoke(&Revoke { envelope, chain }).await.unwrap_err();
        let codes = [ErrorCode::NotPermitted, ErrorCode::NotAuthorised, ErrorCode::BadStatement];
        assert!(codes.contains(&refused.code), "{what}: {refused:?}");
    }
    // Nor by the way that persons take.
    let by_person = bailiwick_protocol::Submission {
        envelope: revocation(&stage, &bot.key, realm, capability(&other)),
        policy: None,
        chain: vec![],
    };
    assert_eq!(stage.console.submit(&by_person).await.unwrap_err().code, ErrorCode::NotPermitted);
    assert_eq!(stage.count("SELECT COUNT(*) FROM revoked"), 0);
    for holder in [&bot, &other, &middle, &sibling, &leaf] {
        assert_eq!(stage.comment(holder, "alive").await.unwrap().outcome.as_deref(), Some("succeeded"));
    }
    let ours =
        Revoke { envelope: revocation(&stage, &bot.key, realm, capability(&middle)), chain: chain(&middle) };
    let stopped = stage.agents.revoke(&ours).await.unwrap();
    assert!(stopped.durable);
    assert_eq!(stopped.capabilities.len(), 2, "{stopped:?}");
    for holder in [&middle, &leaf] {
        assert_eq!(stage.comment(holder, "dead").await.unwrap().outcome.as_deref(), Some("halted"));
    }
    for holder in [&bot, &other, &sibling] {
        assert_eq!(stage.comment(holder, "alive").await.unwrap().outcome.as_deref(), Some("succeeded"));
    }
    let stage = stage.restart().await;
    assert_eq!(stage.comment(&leaf, "dead").await.unwrap().outcome.as_deref(), Some("halted"));
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_revocations_are_paced() {
    let stage = Stage::new().await;
    let realm = Realm::Of(stage.realm);
    let bot = stage.delegate(|_| ()).await;
    let mut refused = 0;
    for _ in 0..40 {
        let child = bot.attenuate(stage.realm, stage.now(), |_| ());
        let envelope = revocation(&stage, &bot.key, realm, capability(&child));
        match stage.agents.revoke(&Revoke { envelope, chain: chain(&child) }).await {
            Ok(stopped) => assert!(stopped.durable),
            Err(error) => {
                assert_eq!(error.code, ErrorCode::UsesSpent);
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 10);
    assert_eq!(stage.count("SELECT COUNT(*) FROM revoked"), 30);
    stage.verify_ledger().await;
}
