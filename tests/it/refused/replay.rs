//! The same request again: after a restart, in another encoding, under the same nonce.

use super::{comment, invocation, refusal};
use crate::stage::{Stage, now, text_of};
use bailiwick_authority::{Envelope, seal};
use bailiwick_protocol::{Ask, ErrorCode};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use serde_json::{Value as Json, json};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_runs_twice_however_it_is_written() {
    let mut stage = Stage::start().await;
    let holder = stage.delegate().await;
    let ask = stage.ask(&holder, "issues/create-comment", &comment("once")).await;
    let first = stage.agent().await.ask(&ask).await.unwrap();
    assert_eq!(first.outcome.as_deref(), Some("succeeded"));

    let envelope: Json = serde_json::from_str(&ask.invocation).unwrap();
    let (payload, sig) =
        (envelope["payload"].as_str().unwrap(), envelope["signatures"][0]["sig"].as_str().unwrap());
    let kind = envelope["payloadType"].as_str().unwrap();
    let same = [
        ("as it was", ask.invocation.clone()),
        ("with white space", serde_json::to_string_pretty(&envelope).unwrap()),
        ("with more white space", format!(" \n\t{} \r\n", ask.invocation)),
        ("with a keyid", json!({"payload": payload, "payloadType": kind, "signatures": [{"keyid": "steward", "sig": sig}]}).to_string()),
        ("with its members turned round", format!(r#"{{"signatures":[{{"sig":"{sig}"}}],"payloadType":"{kind}","payload":"{payload}"}}"#)),
        ("with escapes", ask.invocation.replacen("payloadType", "payload\\u0054ype", 1)),
        ("with another signature", with_signature(&ask.invocation, &[7; 64])),
        ("with the signature's S moved by the order of the group", with_signature(&ask.invocation, &malleated(sig))),
        ("without its chain", ask.invocation.clone()),
    ];
    let bytes = STANDARD.decode(payload).unwrap();
    let refused = [
        ("base64 without padding, or the same", STANDARD_NO_PAD.encode(&bytes)),
        ("base64 for URLs", URL_SAFE.encode(&bytes)),
        ("base64 with a line break", format!("{}\\n{}", &payload[..8], &payload[8..])),
        ("base64 with a bit left over", leave_a_bit(payload)),
    ];
    for restarted in [false, true] {
        let agent = stage.agent().await;
        for (what, invocation) in &same {
            let chain = if what.contains("chain") { Vec::new() } else { ask.chain.clone() };
            let again = agent.ask(&Ask { chain, invocation: invocation.clone(), wait_ms: 60_000 }).await;
            let again = again.unwrap_or_else(|error| panic!("{what}: {error:?}"));
            assert!(
                again.replayed && again.id == first.id && again.receipt == first.receipt,
                "{what}: {again:?}"
            );
        }
        for (what, encoded) in &refused {
            let invocation = ask.invocation.replacen(payload, encoded, 1);
            if invocation == ask.invocation {
                continue;
            }
            let error = refusal(agent.ask(&Ask { invocation, ..ask.clone() }).await).unwrap();
            assert_eq!(error.code, ErrorCode::BadStatement, "{what}: {error:?}");
        }
        let seen = stage.control().comments("acme/backend", 8).unwrap();
        assert_eq!(seen.iter().filter(|one| one.body == "once").count(), 1);
        if !restarted {
            stage.kill().await;
            stage.raise().await;
        }
    }
    println!(
        "{} encodings of one request, before and after a restart: it ran once",
        same.len() + refused.len()
    );
    stage.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_are_one() {
    let stage = Stage::start().await;
    let holder = stage.delegate().await;
    for round in 0..10 {
        let body = format!("round {round}");
        let ask = stage.ask(&holder, "issues/create-comment", &comment(&body)).await;
        let agent = stage.agent().await;
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (agent, ask) = (agent.clone(), ask.clone());
            asking.spawn(async move { agent.ask(&ask).await.unwrap() });
        }
        let views = asking.join_all().await;
        assert_eq!(views.iter().filter(|view| !view.replayed).count(), 1, "one of eight is the first");
        let ended = agent.operation(&views[0].id, 60_000).await.unwrap();
        assert_eq!(ended.outcome.as_deref(), Some("succeeded"));
        let seen = stage.control().comments("acme/backend", 8).unwrap();
        assert_eq!(seen.iter().filter(|one| one.body == body).count(), 1);
    }
    assert_eq!(stage.verify().await.receipts, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_nonce_with_other_content() {
    let mut stage = Stage::start().await;
    let holder = stage.delegate().await;
    let nonce = crate::stage::nonce();
    let signed = |stage: &Stage, body| seal(&holder.key, stage.realm(), now(), nonce, body).unwrap();
    let first = signed(&stage, invocation(&stage, &holder).await);
    let ask = |text: String| Ask { chain: holder.envelopes(), invocation: text, wait_ms: 60_000 };
    let view = stage.agent().await.ask(&ask(text_of(&first))).await.unwrap();
    assert_eq!(view.outcome.as_deref(), Some("succeeded"));
    for restarted in [false, true] {
        let other = stage.invocation(&holder, "issues/create-comment", &comment("something else")).await;
        let other = signed(&stage, other);
        let error = refusal(stage.agent().await.ask(&ask(text_of(&other))).await).unwrap();
        assert_eq!(error.code, ErrorCode::Replayed, "{error:?}");
        assert!(error.message.contains("nonce"), "{error:?}");
        if !restarted {
            stage.kill().await;
            stage.raise().await;
        }
    }
    // The nonce of another agent is another nonce.
    let stranger = stage.delegate().await;
    let body = stage.invocation(&stranger, "issues/create-comment", &comment("mine")).await;
    let own = seal(&stranger.key, stage.realm(), now(), nonce, body).unwrap();
    let own = Ask { chain: stranger.envelopes(), invocation: text_of(&own), wait_ms: 60_000 };
    assert_eq!(stage.agent().await.ask(&own).await.unwrap().outcome.as_deref(), Some("succeeded"));
    stage.verify().await;
}

fn with_signature(envelope: &str, signature: &[u8]) -> String {
    let parsed = Envelope::parse(envelope.as_bytes()).unwrap();
    let other = Envelope::new(parsed.payload_type(), parsed.payload().to_vec(), signature.to_vec());
    String::from_utf8(other.to_bytes()).unwrap()
}

/// The same signature with S + L, which a lax verifier takes for another good one.
fn malleated(sig: &str) -> Vec<u8> {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut bytes = STANDARD.decode(sig).unwrap();
    let mut carry = 0_u16;
    for (byte, order) in bytes[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    bytes
}

/// The same bytes in base64 with a bit set that no byte uses, where there is one.
fn leave_a_bit(base64: &str) -> String {
    let stem = base64.trim_end_matches('=');
    if stem.len() == base64.len() {
        return base64.to_owned();
    }
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let last = stem.bytes().last().unwrap();
    let index = ALPHABET.iter().position(|byte| *byte == last).unwrap();
    format!("{}{}{}", &stem[..stem.len() - 1], char::from(ALPHABET[index | 1]), &base64[stem.len()..])
}
