//! Envelopes: what is one, and what it is identified by.

use super::{Expect, Vector, no};
use crate::harness::case::text;
use crate::harness::part::{Part, base64, template};
use crate::harness::scene::{NOW, story};
use bailiwick_authority::Value;

fn vector(name: &str, description: &str, envelope: &[u8], expect: Expect) -> Vector {
    let members = vec![("type", Value::from("envelope")), ("envelope", text(envelope))];
    Vector::new("envelope", name, description, members, expect)
}

pub(super) fn vectors() -> Vec<Vector> {
    let mut scene = story(1);
    scene.build();
    let part = || Part::new("capability", scene.chain[0].payload.clone(), "ada");
    let written =
        |template_text: &'static str| Part { wrap: Some(template(template_text)), ..part() }.bytes();
    let with_payload = |payload: &str| {
        format!(r#"{{"payload":"{payload}","payloadType":"text/plain","signatures":[{{"sig":""}}]}}"#)
            .into_bytes()
    };
    let sized = |payload: usize, envelope: usize| {
        let mut bytes = with_payload(&base64(&vec![b' '; payload]));
        bytes.resize(envelope.max(bytes.len()), b' ');
        bytes
    };
    let line = |text: &str| with_payload(text);
    let mut all = vec![
        vector("compact", "An envelope as this project writes it.", &part().bytes(), Expect::Ok),
        vector(
            "odd-but-the-same-statement",
            "White space, another order, escapes and a keyid that lies: another envelope digest, the same statement digest.",
            &written(
                "{ \"signatures\":[{\"sig\":\"{s}\",\"keyid\":\"somebody\"}],\n\"p\\u0061yload\":\"{p}\",\"payloadType\":\"{t}\"}",
            ),
            Expect::Ok,
        ),
        vector(
            "not-ours",
            "An envelope around something else is an envelope; its signature is not looked at.",
            &line("aGVsbG8="),
            Expect::Ok,
        ),
        vector("largest-payload", "A payload of 65,536 bytes.", &sized(65_536, 0), Expect::Ok),
        vector("too-large-a-payload", "A payload of 65,537 bytes.", &sized(65_537, 0), no("too-large")),
        vector("largest", "98,304 bytes, white space included.", &sized(10, 98_304), Expect::Ok),
        vector("too-large", "98,305 bytes.", &sized(10, 98_305), no("too-large")),
        vector(
            "two-signatures",
            "One statement has one issuer.",
            &written(r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"sig":"{s}"},{"sig":"{s}"}]}"#),
            no("signature-count"),
        ),
        vector(
            "no-signature",
            "An empty list of signatures.",
            &written(r#"{"payload":"{p}","payloadType":"{t}","signatures":[]}"#),
            no("signature-count"),
        ),
        vector(
            "no-signatures",
            "No list of signatures.",
            &written(r#"{"payload":"{p}","payloadType":"{t}"}"#),
            no("missing-field"),
        ),
        vector(
            "no-payload-type",
            "No payload type.",
            &written(r#"{"payload":"{p}","signatures":[{"sig":"{s}"}]}"#),
            no("missing-field"),
        ),
        vector(
            "unknown-field",
            "A field that DSSE does not have.",
            &written(r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"sig":"{s}"}],"x":1}"#),
            no("unknown-field"),
        ),
        vector(
            "unknown-field-of-the-signature",
            "The same beside `sig`.",
            &written(r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"sig":"{s}","alg":"none"}]}"#),
            no("unknown-field"),
        ),
        vector(
            "payload-twice",
            "The payload twice.",
            &written(r#"{"payload":"{p}","payload":"{p}","payloadType":"{t}","signatures":[{"sig":"{s}"}]}"#),
            no("json"),
        ),
        vector(
            "keyid-a-number",
            "A `keyid` is ignored, and it is a string.",
            &written(r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"keyid":1,"sig":"{s}"}]}"#),
            no("wrong-type"),
        ),
        vector("an-array", "Not an object.", b"[]", no("wrong-type")),
        vector("a-token", "A compact JWS is no envelope.", b"eyJhbGciOiJub25lIn0.e30.", no("json")),
        vector("base64-padded", "Four idle bits, all zero.", &line("QQ=="), Expect::Ok),
        vector("base64-unpadded", "Padding left out.", &line("QQ"), no("base64")),
        vector("base64-half-padded", "Padding cut in half.", &line("QQ="), no("base64")),
        vector("base64-overpadded", "Padding where none belongs.", &line("QUFB===="), no("base64")),
        vector("base64-trailing-bits", "Four idle bits that are not zero.", &line("QR=="), no("base64")),
        vector("base64-two-trailing-bits", "Two idle bits that are not zero.", &line("QUF="), no("base64")),
        vector("base64-url", "The alphabet for URLs.", &line("-_-_"), no("base64")),
        vector("base64-standard", "The standard alphabet.", &line("+/+/"), Expect::Ok),
        vector("base64-with-a-line-break", "A line break inside.", &line("QUFB\\nQUFB"), no("base64")),
        vector("base64-with-a-space", "A space at the end.", &line("QUFB "), no("base64")),
        vector("base64-one-character", "A single character carries no byte.", &line("QUFBQ"), no("base64")),
        vector("base64-padding-inside", "Two texts in one.", &line("QQ==QQ=="), no("base64")),
    ];
    let receipt = super::told::receipt(NOW);
    all.push(vector(
        "in-toto",
        "A receipt: the kind stands in `predicateType`.",
        &receipt.bytes(),
        Expect::Ok,
    ));
    all
}
