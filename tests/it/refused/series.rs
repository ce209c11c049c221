//! An older policy or connection statement never takes effect again.

use super::{is_clear, still_works};
use crate::stage::{CONNECTION, Stage, named, now, policy_statement, seal_at, shipped_policy, submit};
use bailiwick_authority::{Digest, PolicySet, Signed};
use bailiwick_protocol::{ApiError, ErrorCode, PolicyTexts};

/// A policy that allows everything: yesterday's permissive one.
fn permissive() -> PolicyTexts {
    let guard = "@id(\"all\") @title(\"everything\") permit (principal, action, resource);\n".to_owned();
    PolicyTexts { guard, ..shipped_policy() }
}

fn refused(what: &str, answer: Result<bailiwick_protocol::Admitted, ApiError>, codes: &[ErrorCode]) {
    let error = answer.expect_err(what);
    assert!(codes.contains(&error.code), "{what}: {error:?}");
    is_clear(what, &error);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_policies() {
    let mut stage = Stage::start().await;
    let strict = shipped_policy();
    let first = stage.founded().policy;
    let sign = |stage: &Stage, texts: &PolicyTexts, previous: Option<Digest>| -> Signed<PolicySet> {
        seal_at(&stage.steward, stage.realm(), now(), policy_statement(texts, previous))
    };
    // A permissive policy was in force once, and was replaced.
    let loose = sign(&stage, &permissive(), Some(first));
    submit(&stage.console().await, &loose, Some(permissive())).await.unwrap();
    let strict_again = sign(&stage, &strict, Some(loose.digest()));
    submit(&stage.console().await, &strict_again, Some(strict.clone())).await.unwrap();
    let in_force = strict_again.digest().to_string();

    let fresh_but_old = sign(&stage, &permissive(), Some(first));
    let fresh_first = sign(&stage, &permissive(), None);
    let of_nowhere = sign(&stage, &permissive(), Some(Digest::of(b"nowhere")));
    for restarted in [false, true] {
        let console = stage.console().await;
        let stale = &[ErrorCode::NotTheSuccessor, ErrorCode::Replayed];
        for (what, statement) in [
            ("the loose one again", &loose),
            ("a fresh one after the first", &fresh_but_old),
            ("a fresh first one", &fresh_first),
            ("one after nothing", &of_nowhere),
        ] {
            refused(what, submit(&console, statement, Some(permissive())).await, stale);
        }
        let next = sign(&stage, &permissive(), Some(strict_again.digest()));
        refused(
            "other texts than were signed",
            submit(&console, &next, Some(strict.clone())).await,
            &[ErrorCode::BadStatement],
        );
        refused("no texts", submit(&console, &next, None).await, &[ErrorCode::BadStatement]);
        let broken = PolicyTexts { guard: "permit (principal, action".into(), ..strict.clone() };
        let next = sign(&stage, &broken, Some(strict_again.digest()));
        refused(
            "a policy that does not load",
            submit(&console, &next, Some(broken)).await,
            &[ErrorCode::BadStatement],
        );
        assert_eq!(console.status().await.unwrap().policy.as_ref(), Some(&in_force));
        if !restarted {
            stage.kill().await;
            stage.raise().await;
        }
    }
    assert_eq!(stage.console().await.policy().await.unwrap(), strict);
    still_works(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_connections() {
    let mut stage = Stage::start().await;
    let first = stage.founded().connection;
    let sign = |stage: &Stage, previous: Option<Digest>, api: &str| {
        let mut body = stage.connection_body();
        (body.previous, body.api) = (previous, api.to_owned());
        seal_at(&stage.steward, stage.realm(), now(), body)
    };
    let api = stage.destination.api.clone();
    let second = sign(&stage, Some(first), &api);
    submit(&stage.console().await, &second, None).await.unwrap();
    let third = sign(&stage, Some(second.digest()), &api);
    submit(&stage.console().await, &third, None).await.unwrap();
    let old = [sign(&stage, Some(first), &api), sign(&stage, None, &api), second.clone()];
    let elsewhere = sign(&stage, Some(third.digest()), "http://127.0.0.1:1");
    let mut other_app = stage.connection_body();
    other_app.previous = Some(third.digest());
    other_app.github.app += 1;
    let other_app = seal_at(&stage.steward, stage.realm(), now(), other_app);
    for restarted in [false, true] {
        let console = stage.console().await;
        for (number, statement) in old.iter().enumerate() {
            let stale = &[ErrorCode::NotTheSuccessor, ErrorCode::Replayed];
            refused(&format!("old connection {number}"), submit(&console, statement, None).await, stale);
        }
        refused("another address", submit(&console, &elsewhere, None).await, &[ErrorCode::NotPermitted]);
        refused("another App", submit(&console, &other_app, None).await, &[ErrorCode::NotPermitted]);
        let status = console.status().await.unwrap();
        let view = status.connections.iter().find(|view| view.name == CONNECTION).unwrap();
        assert_eq!(view.statement, third.digest().to_string());
        if !restarted {
            stage.kill().await;
            stage.raise().await;
        }
    }
    // A genesis is never replaced, and no stranger changes anything.
    let console = stage.console().await;
    let stranger = crate::stage::fresh_key();
    let roster = bailiwick_authority::Roster {
        previous: None,
        change_quorum: 1,
        persons: vec![crate::stage::person("mallory", &stranger)],
        recovery: None,
    };
    let genesis = seal_at(&stranger, bailiwick_authority::Realm::Genesis, now(), roster);
    refused("another genesis", submit(&console, &genesis, None).await, &[ErrorCode::NotTheSuccessor]);
    let mut body = stage.connection_body();
    body.series = named("mine");
    let foreign = seal_at(&stranger, stage.realm(), now(), body);
    refused("a stranger's connection", submit(&console, &foreign, None).await, &[ErrorCode::NotPermitted]);
    still_works(&stage).await;
}
