//! Chains that look odd and are good: what is refused here would refuse somebody who did no wrong.

use crate::harness::fault::{ANY, Fault, part};
use crate::harness::good::Wanted;
use crate::harness::json::{int, set, value};
use crate::harness::keys::{PASSKEYS, id};
use crate::harness::part::{replacing, template};
use crate::harness::random::Random;
use crate::harness::scene::{NOW, Scene};

fn written(scene: &mut Scene, random: &mut Random, text: &'static str) -> String {
    part(scene, random).0.wrap = Some(template(text));
    String::new()
}

fn touched(scene: &mut Scene, random: &mut Random) -> String {
    scene.rooted_in(PASSKEYS[random.below(PASSKEYS.len())].0);
    String::new()
}

pub(crate) const VARIATIONS: &[Fault] = &[
    Fault::new("good-root-of-a-rotated-key", ANY, |scene, random| {
        scene.rooted_in_ended("dora", Some(random.within(0, 1_000)));
        String::new()
    }),
    Fault::new("good-root-from-before-a-compromise", ANY, |scene, random| {
        scene.rooted_in_ended("spare", Some(random.within(0, 6)));
        String::new()
    }),
    Fault::new("good-root-of-an-active-key-that-was-admitted", ANY, |scene, random| {
        scene.admitted = Some(random.within(0, 1_000));
        String::new()
    }),
    Fault::new("good-root-of-a-passkey", ANY, touched),
    Fault::new("good-root-of-a-passkey-that-does-not-count", ANY, |scene, random| {
        scene.chain[0].ceremony = Some(|ceremony| ceremony.counter = 0);
        touched(scene, random)
    }),
    Fault::new("good-envelope-with-white-space", ANY, |scene, random| {
        written(
            scene,
            random,
            "\n{\t\"payload\" : \"{p}\" ,\r\n \"payloadType\":\"{t}\",\"signatures\":[ {\"sig\":\"{s}\"} ] }\n ",
        )
    }),
    Fault::new("good-envelope-in-another-order", ANY, |scene, random| {
        written(scene, random, r#"{"signatures":[{"sig":"{s}"}],"payloadType":"{t}","payload":"{p}"}"#)
    }),
    Fault::new("good-envelope-with-escapes", ANY, |scene, random| {
        written(
            scene,
            random,
            r#"{"\u0070ayload":"{p}","payload\u0054ype":"{t}","signatures":[{"s\u0069g":"{s}"}]}"#,
        )
    }),
    Fault::new("good-keyid-of-somebody-else", ANY, |scene, random| {
        written(
            scene,
            random,
            r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"keyid":"sha256:somebody","sig":"{s}"}]}"#,
        )
    }),
    Fault::new("good-keyid-empty", ANY, |scene, random| {
        written(
            scene,
            random,
            r#"{"payload":"{p}","payloadType":"{t}","signatures":[{"keyid":"","sig":"{s}"}]}"#,
        )
    }),
    Fault::new("good-payload-with-white-space", ANY, |scene, random| {
        part(scene, random).0.before = Some(Box::new(|bytes| {
            let text = String::from_utf8(bytes).unwrap();
            format!(" {}\n", text.replacen(',', " ,\t", 1)).into_bytes()
        }));
        String::new()
    }),
    Fault::new("good-payload-with-escapes", ANY, |scene, random| {
        part(scene, random).0.before = Some(replacing("\"nonce\"", "\"\\u006eonce\""));
        String::new()
    }),
    Fault::new("good-label-beyond-the-basic-plane", ANY, |scene, _| {
        set(scene.link(0), "label", "🦊 Füchse 東京");
        scene.chain[0].before = Some(replacing("🦊", "\\ud83e\\udd8a"));
        String::new()
    }),
    Fault::new("good-in-its-last-second", ANY, |scene, _| {
        for link in 0..scene.chain.len() {
            set(scene.link(link), "expires", int(NOW + 1));
        }
        String::new()
    }),
    Fault::new("good-in-its-first-second", ANY, |scene, _| {
        for link in 0..scene.chain.len() {
            set(scene.link(link), "not_before", int(NOW));
        }
        String::new()
    }),
    Fault::new("good-within-the-skew", ANY, |scene, _| {
        for link in 0..scene.chain.len() {
            set(scene.link(link), "issued", int(NOW + 5));
        }
        set(&mut scene.invocation.payload, "issued", int(NOW + 5));
        set(&mut scene.invocation.payload, "expires", int(NOW + 65));
        String::new()
    }),
    Fault::new("good-invocation-in-its-last-second", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "issued", int(NOW - 59));
        set(&mut scene.invocation.payload, "expires", int(NOW + 1));
        String::new()
    }),
    Fault::new("good-at-the-longest", Wanted { links: 8, ..ANY }, |scene, _| {
        let links = scene.chain.len();
        for link in 0..links {
            set(scene.link(link), "max_depth", int(u64::try_from(links - 1 - link).unwrap()));
        }
        String::new()
    }),
    Fault::new("good-while-others-are-revoked", ANY, |scene, _| {
        scene.revoked = vec![
            ("agent".into(), id("mallory")),
            ("person".into(), "ben".into()),
            ("connection".into(), "github-2".into()),
            ("capability".into(), scene.realm.clone()),
        ];
        String::new()
    }),
    Fault::new("good-resource-renamed-since", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "resource/name", "acme/renamed");
        String::new()
    }),
    Fault::new("good-claims-are-not-judged", ANY, |scene, _| {
        let claims = r#"{"checks":["green",{"a":[true,-1]}],"realm":"genesis","issuer":"somebody"}"#;
        set(&mut scene.invocation.payload, "claims", value(claims));
        String::new()
    }),
    Fault::new("good-passed-on-to-itself", ANY, |scene, _| {
        // A holder may narrow its own capability.
        let last = scene.chain.len() - 1;
        let issuer = scene.chain[last].signer;
        if last > 0 {
            set(scene.link(last), "holder", crate::harness::keys::holder(issuer));
            set(&mut scene.invocation.payload, "issuer", id(issuer));
            scene.invocation.signer = issuer;
        }
        String::new()
    }),
];
