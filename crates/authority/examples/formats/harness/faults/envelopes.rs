//! Envelopes that are none, or that two parsers would read in two ways.

use crate::harness::fault::{ANY, Fault, any, part};
use crate::harness::part::{base64, template};
use crate::harness::random::Random;
use crate::harness::scene::Scene;

/// Writes a part's envelope from a template.
fn written(scene: &mut Scene, random: &mut Random, text: &'static str, detail: &str) -> String {
    let (part, expected) = part(scene, random);
    part.wrap = Some(template(text));
    format!("{expected} {detail}")
}

/// Changes the base64 of a part's payload, which is unlike itself afterwards.
fn encoded(scene: &mut Scene, random: &mut Random, change: fn(String) -> String) -> String {
    let (part, expected) = part(scene, random);
    part.wrap = Some(Box::new(move |kind, payload, signature| {
        let payload = change(base64(payload)).replace('\n', "\\n");
        format!(
            r#"{{"payload":"{payload}","payloadType":"{kind}","signatures":[{{"sig":"{}"}}]}}"#,
            base64(signature)
        )
        .into_bytes()
    }));
    format!("{expected} base64")
}

pub(crate) const FAULTS: &[Fault] = &[
    Fault::new("two-signatures", ANY, |scene, random| {
        let text = r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"sig":"{s}"},{"sig":"{s}"}]}"#;
        written(scene, random, text, "signature-count")
    }),
    Fault::new("no-signature", ANY, |scene, random| {
        written(scene, random, r#"{"payload":"{p}","payloadType":"{t}","signatures":[]}"#, "signature-count")
    }),
    Fault::new("signatures-left-out", ANY, |scene, random| {
        written(scene, random, r#"{"payload":"{p}","payloadType":"{t}"}"#, "missing-field")
    }),
    Fault::new("sig-left-out", ANY, |scene, random| {
        let text = r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"keyid":"{s}"}]}"#;
        written(scene, random, text, "missing-field")
    }),
    Fault::new("envelope-with-an-unknown-field", ANY, |scene, random| {
        let text = r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"sig":"{s}"}],"extra":1}"#;
        written(scene, random, text, "unknown-field")
    }),
    Fault::new("signature-with-an-unknown-field", ANY, |scene, random| {
        let text = r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"sig":"{s}","alg":"none"}]}"#;
        written(scene, random, text, "unknown-field")
    }),
    Fault::new("payload-twice", ANY, |scene, random| {
        let text = r#"{"payload":"","payload":"{p}","payloadType":"{t}","signatures":[{"sig":"{s}"}]}"#;
        written(scene, random, text, "json")
    }),
    Fault::new("sig-twice", ANY, |scene, random| {
        let text = r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"sig":"{s}","\u0073ig":"{s}"}]}"#;
        written(scene, random, text, "json")
    }),
    Fault::new("keyid-null", ANY, |scene, random| {
        let text = r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"keyid":null,"sig":"{s}"}]}"#;
        written(scene, random, text, "json")
    }),
    Fault::new("keyid-a-number", ANY, |scene, random| {
        let text = r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"keyid":7,"sig":"{s}"}]}"#;
        written(scene, random, text, "wrong-type")
    }),
    Fault::new("signatures-an-object", ANY, |scene, random| {
        let text = r#"{"payload":"{p}","payloadType":"{t}","signatures":{"sig":"{s}"}}"#;
        written(scene, random, text, "wrong-type")
    }),
    Fault::new("payload-an-array", ANY, |scene, random| {
        let text = r#"{"payload":["{p}"],"payloadType":"{t}","signatures":[{"sig":"{s}"}]}"#;
        written(scene, random, text, "wrong-type")
    }),
    Fault::new("envelope-an-array", ANY, |scene, random| {
        let text = r#"[{"payload":"{p}","payloadType":"{t}","signatures":[{"sig":"{s}"}]}]"#;
        written(scene, random, text, "wrong-type")
    }),
    Fault::new("envelope-with-something-behind", ANY, |scene, random| {
        let text = r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"sig":"{s}"}]}{}"#;
        written(scene, random, text, "json")
    }),
    Fault::new("envelope-with-a-byte-order-mark", ANY, |scene, random| {
        let text = "\u{feff}{\"payload\":\"{p}\",\"payloadType\":\"{t}\",\"signatures\":[{\"sig\":\"{s}\"}]}";
        written(scene, random, text, "json")
    }),
    Fault::new("envelope-with-a-comment", ANY, |scene, random| {
        let text = r#"{"payload":"{p}","payloadType":"{t}",/**/"signatures":[{"sig":"{s}"}]}"#;
        written(scene, random, text, "json")
    }),
    Fault::new("envelope-with-a-trailing-comma", ANY, |scene, random| {
        let text = r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"sig":"{s}"}],}"#;
        written(scene, random, text, "json")
    }),
    Fault::new("envelope-cut-off", ANY, |scene, random| {
        let text = r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"sig":"{s}"}]"#;
        written(scene, random, text, "json")
    }),
    Fault::new("envelope-empty", ANY, |scene, random| written(scene, random, "", "json")),
    Fault::new("envelope-in-latin-1", ANY, |scene, random| {
        let (part, expected) = part(scene, random);
        part.wrap = Some(Box::new(|kind, payload, signature| {
            let mut bytes = template(
                r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"keyid":"?","sig":"{s}"}]}"#,
            )(kind, payload, signature);
            let place = bytes.iter().rposition(|byte| *byte == b'?').unwrap();
            bytes[place] = 0xe9;
            bytes
        }));
        format!("{expected} json")
    }),
    Fault::new("envelope-too-large", ANY, |scene, random| {
        let (part, expected) = part(scene, random);
        part.wrap = Some(Box::new(|kind, payload, signature| {
            let mut bytes = crate::harness::part::wrap(kind, payload, signature);
            bytes.resize(96 * 1024 + 1, b' ');
            bytes
        }));
        format!("{expected} too-large")
    }),
    Fault::new("envelope-too-deep", ANY, |scene, random| {
        let text = concat!(
            r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"sig":"{s}"}],"x":"#,
            "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}"
        );
        written(scene, random, text, "json")
    }),
    Fault::new("payload-type-of-another-kind", ANY, |scene, random| {
        let (part, expected) = part(scene, random);
        part.shown_type = Some("application/vnd.bailiwick.halt.v1+json".into());
        format!("{expected} invalid-field")
    }),
    Fault::new("payload-type-of-another-version", ANY, |scene, random| {
        let (part, expected) = part(scene, random);
        part.payload_type = part.payload_type.replace(".v1", ".v2");
        format!("{expected} invalid-field")
    }),
    Fault::new("payload-type-in-another-case", ANY, |scene, random| {
        let (part, expected) = part(scene, random);
        part.payload_type = part.payload_type.replace("application", "Application");
        format!("{expected} invalid-field")
    }),
    Fault::new("payload-type-with-a-parameter", ANY, |scene, random| {
        let (part, expected) = part(scene, random);
        part.payload_type.push_str("; charset=utf-8");
        format!("{expected} invalid-field")
    }),
    Fault::new("base64-with-a-line-break", ANY, |scene, random| {
        encoded(scene, random, |mut text| {
            text.insert(76, '\n');
            text
        })
    }),
    Fault::new("base64-with-another-padding", ANY, |scene, random| {
        encoded(scene, random, |text| match text.trim_end_matches('=') {
            bare if bare.len() == text.len() => format!("{text}="),
            bare => bare.to_owned(),
        })
    }),
    Fault::new("base64-with-other-trailing-bits", ANY, |scene, random| {
        let link = any(scene, random);
        // 86 of the signature's 88 characters carry data, and the last of these has four idle bits.
        scene.chain[link].wrap = Some(Box::new(|kind, payload, signature| {
            let mut sig = base64(signature).into_bytes();
            let idle = match sig[85] {
                b'A' => b'B',
                b'Q' => b'R',
                b'g' => b'h',
                b'w' => b'x',
                other => panic!("`{}` has idle bits", char::from(other)),
            };
            sig[85] = idle;
            let sig = String::from_utf8(sig).unwrap();
            format!(
                r#"{{"payload":"{}","payloadType":"{kind}","signatures":[{{"sig":"{sig}"}}]}}"#,
                base64(payload)
            )
            .into_bytes()
        }));
        format!("link-format {} base64", link + 1)
    }),
    Fault::new("base64-with-a-foreign-character", ANY, |scene, random| {
        encoded(scene, random, |text| format!("-{}", &text[1..]))
    }),
    Fault::new("base64-padded-inside", ANY, |scene, random| {
        encoded(scene, random, |text| format!("QQ=={text}"))
    }),
];
