//! Expired, not yet valid, future-dated and wrongly typed times.

use super::{Case, all_refused, comment, digest_of, invocation};
use crate::stage::{Holder, Stage, forge, fresh_key, now, payload_of, seal_at, text_of};
use bailiwick_authority::{Capability, Invocation, Kind, Signer as _, Timestamp};
use bailiwick_protocol::{Ask, ErrorCode};
use serde_json::{Value as Json, json};

/// What is no time: of another type, or beyond what a time can be.
fn no_times() -> Vec<Json> {
    vec![
        json!(now().seconds().to_string()),
        json!("2026-11-22T04:00:00Z"),
        json!(now().seconds() as f64 + 0.5),
        json!(1e12),
        json!(-1),
        json!(u64::MAX),
        json!(253_402_300_800_u64),
        json!(true),
        json!(null),
        json!([now().seconds()]),
        json!({"seconds": now().seconds()}),
    ]
}

fn before(time: Timestamp, seconds: u64) -> Timestamp {
    Timestamp::from_seconds(time.seconds() - seconds).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_invocation() {
    let stage = Stage::start().await;
    let holder = stage.delegate().await;
    let signed_at = |issued: Timestamp, body: Invocation| {
        let signed = seal_at(&holder.key, stage.realm(), issued, body);
        Ask { chain: holder.envelopes(), invocation: text_of(&signed), wait_ms: 60_000 }
    };
    let mut cases = Vec::new();
    for (what, issued, expires, says) in [
        ("expired", before(now(), 100), before(now(), 50), "has expired"),
        ("expiring now", before(now(), 10), now(), "has expired"),
        ("valid for too long", now(), now().plus(61), "lives at most 60 seconds"),
        ("valid for ever", now(), Timestamp::LAST, "lives at most 60 seconds"),
        ("future-dated", now().plus(3_600), now().plus(3_630), "in the future"),
        ("future-dated by more than the skew", now().plus(120), now().plus(150), "in the future"),
    ] {
        let body = Invocation { expires, ..invocation(&stage, &holder).await };
        cases.push(Case::new(what, signed_at(issued, body), ErrorCode::NotAuthorised, says));
    }
    let good = seal_at(&holder.key, stage.realm(), now(), invocation(&stage, &holder).await);
    for field in ["issued", "expires"] {
        let mut wrong: Vec<Option<Json>> = no_times().into_iter().map(Some).collect();
        wrong.push(None);
        for value in wrong {
            let what = format!("{field} {value:?}");
            let mut payload = payload_of(&good);
            match value {
                Some(value) => payload[field] = value,
                None => drop(payload.as_object_mut().unwrap().remove(field)),
            }
            let forged = forge(&holder.key, Kind::Invocation.payload_type(), &payload);
            let ask = Ask { chain: holder.envelopes(), invocation: forged, wait_ms: 60_000 };
            cases.push(Case::new(what, ask, ErrorCode::BadStatement, ""));
        }
    }
    all_refused(&stage, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_capability() {
    let stage = Stage::start().await;
    let mut cases = Vec::new();
    for (what, issued, not_before, expires, says) in [
        ("expired", before(now(), 100), before(now(), 100), before(now(), 1), "link 1 has expired"),
        ("not yet valid", now(), now().plus(3_600), now().plus(7_200), "link 1 is not valid yet"),
        (
            "future-dated",
            now().plus(3_600),
            before(now(), 10),
            now().plus(7_200),
            "link 1 says that it was issued",
        ),
    ] {
        let key = fresh_key();
        let capability = Capability { not_before, expires, ..stage.story_capability(key.public()) };
        let signed = seal_at(&stage.steward, stage.realm(), issued, capability);
        let holder = Holder { key, chain: vec![signed] };
        let ask = stage.ask(&holder, "issues/create-comment", &comment("never seen")).await;
        cases.push(Case::new(what, ask, ErrorCode::NotAuthorised, says));
    }
    // A child within a parent that has expired says so of the parent.
    let parent = stage.delegate().await;
    let child = parent.attenuate(stage.realm(), |child| child.expires = now().plus(60));
    let expired = child.attenuate(stage.realm(), |child| {
        child.max_depth = 0;
        child.expires = child.not_before.plus(1);
    });
    crate::stage::until("a second has passed", async || {
        (now() >= expired.chain[2].body().expires).then_some(())
    })
    .await;
    let ask = stage.ask(&expired, "issues/create-comment", &comment("never seen")).await;
    cases.push(Case::new("an expired grandchild", ask, ErrorCode::NotAuthorised, "link 3 has expired"));

    let key = fresh_key();
    let good = seal_at(&stage.steward, stage.realm(), now(), stage.story_capability(key.public()));
    for field in ["issued", "not_before", "expires"] {
        for value in no_times() {
            let what = format!("{field} {value}");
            let mut payload = payload_of(&good);
            payload[field] = value;
            let forged = forge(&stage.steward, Kind::Capability.payload_type(), &payload);
            // Refused when it is handed in …
            let submission =
                bailiwick_protocol::Submission { envelope: forged.clone(), policy: None, chain: Vec::new() };
            let error = stage.console().await.submit(&submission).await.unwrap_err();
            assert_eq!(error.code, ErrorCode::BadStatement, "{what}: {error:?}");
            super::is_clear(&what, &error);
            // … and when it is presented.
            let holder = Holder { key: fresh_key(), chain: vec![good.clone()] };
            let mut body = invocation(&stage, &holder).await;
            body.leaf = digest_of(&forged);
            let signed = seal_at(&key, stage.realm(), now(), body);
            let ask = Ask { chain: vec![forged], invocation: text_of(&signed), wait_ms: 60_000 };
            cases.push(Case::new(what, ask, ErrorCode::BadStatement, "link 1 is not a capability"));
        }
    }
    all_refused(&stage, cases).await;
}
