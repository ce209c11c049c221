//! Bodies over the limit of 1 MiB, and statements over theirs.

use super::{comment, still_works};
use crate::stage::{Stage, exchange, send};
use bailiwick_protocol::{ErrorCode, MAX_BODY_BYTES, route};
use std::fmt::Write as _;

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit() {
    let stage = Stage::start().await;
    let places = stage.places();
    let entries = stage.verify().await.entries;
    for (socket, route) in [
        (places.agent_socket(), route::AGENT_INVOCATIONS),
        (places.agent_socket(), route::AGENT_FETCH),
        (places.agent_socket(), route::AGENT_REVOCATIONS),
        (places.console_socket(), route::STATEMENTS),
        (places.console_socket(), route::PAUSE),
    ] {
        let padded = |bytes: usize| format!("{{\"envelope\":\"{}\"}}", "a".repeat(bytes - 15));
        let over = send(&socket, "POST", route, padded(MAX_BODY_BYTES + 1).as_bytes()).await;
        assert_eq!((over.status, over.code().as_str()), (413, "too-large"), "{route}: {over:?}");
        assert!(over.json()["message"].as_str().unwrap().contains("1048576 bytes"), "{over:?}");
        // At the limit it is read, and refused for what it says.
        let at = send(&socket, "POST", route, padded(MAX_BODY_BYTES).as_bytes()).await;
        assert!(at.status == 400 && at.code() != "too-large", "{route}: {at:?}");
        // Without a length said before, and with a false one.
        let mut chunked = format!(
            "POST {route} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
        );
        for _ in 0..17 {
            write!(chunked, "{:x}\r\n{}\r\n", 64 * 1024, "a".repeat(64 * 1024)).unwrap();
        }
        chunked.push_str("0\r\n\r\n");
        let over = exchange(&socket, chunked.as_bytes()).await;
        assert_eq!((over.status, over.code().as_str()), (413, "too-large"), "{route}, in chunks: {over:?}");
        let lie = format!("POST {route} HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n{{}}");
        let over = exchange(&socket, lie.as_bytes()).await;
        assert_eq!((over.status, over.code().as_str()), (413, "too-large"), "{route}, with a lie: {over:?}");
    }
    // A body that never comes is not waited for.
    let socket = places.agent_socket();
    let half =
        format!("POST {} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{{", route::AGENT_INVOCATIONS);
    let given_up = exchange(&socket, half.as_bytes()).await;
    assert_eq!((given_up.status, given_up.code().as_str()), (400, "bad-request"), "{given_up:?}");
    assert_eq!(stage.verify().await.entries, entries);
    still_works(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_over_its_limit() {
    let stage = Stage::start().await;
    let holder = stage.delegate().await;
    // 64 KiB of payload are a statement's limit; a comment's body is limited to 16 KiB by the catalogue.
    let long = "a".repeat(17 * 1024);
    let ask = stage.ask(&holder, "issues/create-comment", &comment(&long)).await;
    let view = stage.agent().await.ask(&ask).await.unwrap();
    assert_eq!(view.reason.unwrap().code, ErrorCode::BadArgument);

    let good = stage.ask(&holder, "issues/create-comment", &comment("short")).await;
    let signed = bailiwick_authority::Envelope::parse(good.invocation.as_bytes()).unwrap();
    let mut payload: serde_json::Value = serde_json::from_slice(signed.payload()).unwrap();
    payload["claims"] = serde_json::json!({"saw": "a".repeat(64 * 1024)});
    let invocation = crate::stage::forge(&holder.key, signed.payload_type(), &payload);
    let ask = bailiwick_protocol::Ask { invocation, ..good.clone() };
    let error = stage.agent().await.ask(&ask).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::BadStatement, "{error:?}");
    assert!(error.message.contains("bytes, where at most"), "{error:?}");

    // Nested too deeply, a name twice, a number that is none, and plain garbage.
    let deep = format!("{}1{}", "{\"a\":".repeat(17), "}".repeat(17));
    let good_payload = String::from_utf8(signed.payload().to_vec()).unwrap();
    for (what, text) in [
        ("deep", good_payload.replacen("\"claims\":{", &format!("\"claims\":{{\"deep\":{deep},"), 1)),
        ("a name twice", good_payload.replacen('{', "{\"realm\":\"genesis\",", 1)),
        ("a float", good_payload.replacen("\"claims\":{", "\"claims\":{\"n\":1.5,", 1)),
        ("an unknown field", good_payload.replacen('{', "{\"admin\":true,", 1)),
        ("no JSON", "hello".to_owned()),
        ("nothing", String::new()),
    ] {
        let unsigned =
            bailiwick_authority::Envelope::new(signed.payload_type(), text.into_bytes(), Vec::new());
        let signature =
            bailiwick_authority::Signer::sign(&holder.key, &unsigned.pre_authentication_encoding()).unwrap();
        let forged = bailiwick_authority::Envelope::new(
            unsigned.payload_type(),
            unsigned.payload().to_vec(),
            signature,
        );
        let invocation = String::from_utf8(forged.to_bytes()).unwrap();
        let ask = bailiwick_protocol::Ask { invocation, ..good.clone() };
        let error = stage.agent().await.ask(&ask).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::BadStatement, "{what}: {error:?}");
        super::is_clear(what, &error);
    }
    still_works(&stage).await;
}
