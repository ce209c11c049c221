//! Payloads that their issuer signed and that are not the statement they claim to be.

use crate::harness::fault::{ANY, Fault, any, part};
use crate::harness::json::{self, compact, int, set, value};
use crate::harness::part::{base64, replacing};
use crate::harness::random::Random;
use crate::harness::scene::Scene;
use bailiwick_authority::Value;

/// Sets a member of any link.
fn link(scene: &mut Scene, random: &mut Random, path: &str, new: impl Into<Value>, detail: &str) -> String {
    let link = any(scene, random);
    set(scene.link(link), path, new);
    format!("link-format {} {detail}", link + 1)
}

/// Sets a member of any part.
fn common(scene: &mut Scene, random: &mut Random, path: &str, new: impl Into<Value>, detail: &str) -> String {
    let (part, expected) = part(scene, random);
    set(&mut part.payload, path, new);
    format!("{expected} {detail}")
}

/// Replaces text in the bytes of any part's payload before they are signed.
fn text(scene: &mut Scene, random: &mut Random, path: &str, to: &str, detail: &str) -> String {
    let (part, expected) = part(scene, random);
    let old = json::get(&part.payload, path).unwrap();
    part.before = Some(replacing(format!("\"{path}\":{}", compact(old)), to));
    format!("{expected} {detail}")
}

const REQUIRED_OF_A_LINK: [&str; 12] = [
    "realm",
    "issuer",
    "issued",
    "nonce",
    "holder",
    "label",
    "grants",
    "not_before",
    "expires",
    "max_depth",
    "purpose",
    "holder/suite",
];
const REQUIRED_OF_A_GRANT: [&str; 7] =
    ["connection", "catalogue", "actions", "resources", "arguments", "resources/0/id", "resources/0/name"];
const REQUIRED_OF_AN_INVOCATION: [&str; 12] = [
    "realm",
    "issuer",
    "issued",
    "nonce",
    "broker",
    "action",
    "connection",
    "resource",
    "arguments",
    "expires",
    "claims",
    "resource/id",
];

/// The base64 of a public key that must not be taken.
fn bad_key(bytes: [u8; 32]) -> Value {
    Value::object([("suite", Value::from("ed25519")), ("public", Value::from(base64(&bytes)))])
}

pub(crate) const FAULTS: &[Fault] = &[
    Fault::new("unknown-field", ANY, |scene, random| common(scene, random, "extra", true, "unknown-field")),
    Fault::new("unknown-field-of-a-grant", ANY, |scene, random| {
        link(scene, random, "grants/0/conditions", value("{}"), "unknown-field")
    }),
    Fault::new("unknown-field-of-a-resource", ANY, |scene, random| {
        link(scene, random, "grants/0/resources/0/type", "repository", "unknown-field")
    }),
    Fault::new("unknown-field-of-the-holder", ANY, |scene, random| {
        link(scene, random, "holder/kid", "1", "unknown-field")
    }),
    Fault::new("unknown-form-of-constraint", ANY, |scene, random| {
        link(scene, random, "grants/0/arguments/extra", value(r#"{"regex":".*"}"#), "unknown-field")
    }),
    Fault::new("two-forms-of-constraint", ANY, |scene, random| {
        let both = value(r#"{"exact":"a","glob":"**"}"#);
        link(scene, random, "grants/0/arguments/extra", both, "invalid-field")
    }),
    Fault::new("no-form-of-constraint", ANY, |scene, random| {
        link(scene, random, "grants/0/arguments/extra", value("{}"), "invalid-field")
    }),
    Fault::new("empty-one-of", ANY, |scene, random| {
        link(scene, random, "grants/0/arguments/extra", value(r#"{"one_of":[]}"#), "invalid-field")
    }),
    Fault::new("range-upside-down", ANY, |scene, random| {
        let range = value(r#"{"range":{"min":2,"max":1}}"#);
        link(scene, random, "grants/0/arguments/extra", range, "invalid-field")
    }),
    Fault::new("path-prefix-with-dots", ANY, |scene, random| {
        let prefix = value(r#"{"path_prefix":"src/../.github"}"#);
        link(scene, random, "grants/0/arguments/extra", prefix, "invalid-field")
    }),
    Fault::new("ref-without-refs", ANY, |scene, random| {
        link(scene, random, "grants/0/arguments/extra", value(r#"{"ref":"main"}"#), "invalid-field")
    }),
    Fault::new("exact-list", ANY, |scene, random| {
        link(scene, random, "grants/0/arguments/extra", value(r#"{"exact":["a"]}"#), "wrong-type")
    }),
    Fault::new("argument-name-in-capitals", ANY, |scene, random| {
        link(scene, random, "grants/0/arguments/Branch", value(r#"{"glob":"**"}"#), "invalid-field")
    }),
    Fault::new("patterns-too-long", ANY, |scene, random| {
        let glob = Value::object([("glob", Value::from("a".repeat(2_049)))]);
        link(scene, random, "grants/0/arguments/extra", glob, "invalid-field")
    }),
    Fault::new("too-many-grants", ANY, |scene, random| {
        let chosen = any(scene, random);
        let grant = json::get(scene.link(chosen), "grants/0").unwrap().clone();
        set(scene.link(chosen), "grants", Value::List(vec![grant; 65]));
        format!("link-format {} ", chosen + 1)
    }),
    Fault::new("no-grants", ANY, |scene, random| link(scene, random, "grants", value("[]"), "invalid-field")),
    Fault::new("grant-without-actions", ANY, |scene, random| {
        link(scene, random, "grants/0/actions", value("[]"), "invalid-field")
    }),
    Fault::new("grant-without-resources", ANY, |scene, random| {
        link(scene, random, "grants/0/resources", value("[]"), "invalid-field")
    }),
    Fault::new("action-with-a-star", ANY, |scene, random| {
        link(scene, random, "grants/0/actions/0", "pulls/*", "invalid-field")
    }),
    Fault::new("action-outside-its-category", ANY, |scene, random| {
        link(scene, random, "grants/0/actions/0", "pulls/../repos", "invalid-field")
    }),
    Fault::new("resource-by-name", ANY, |scene, random| {
        link(scene, random, "grants/0/resources/0/id", "repository:acme/../backend", "invalid-field")
    }),
    Fault::new("connection-in-capitals", ANY, |scene, random| {
        link(scene, random, "grants/0/connection", "GitHub", "invalid-field")
    }),
    Fault::new("field-left-out-of-a-link", ANY, |scene, random| {
        let (chosen, path) = (any(scene, random), *random.pick(&REQUIRED_OF_A_LINK));
        json::remove(scene.link(chosen), path);
        format!("link-format {} missing-field", chosen + 1)
    }),
    Fault::new("field-left-out-of-a-grant", ANY, |scene, random| {
        let (chosen, path) = (any(scene, random), *random.pick(&REQUIRED_OF_A_GRANT));
        json::remove(scene.link(chosen), &format!("grants/0/{path}"));
        format!("link-format {} missing-field", chosen + 1)
    }),
    Fault::new("field-left-out-of-the-invocation", ANY, |scene, random| {
        let path = *random.pick(&REQUIRED_OF_AN_INVOCATION);
        json::remove(&mut scene.invocation.payload, path);
        "invocation-format missing-field".into()
    }),
    Fault::new("wrong-type-in-a-link", ANY, |scene, random| {
        // A flag is the type of no required field, wherever it stands.
        let path = *random.pick(&REQUIRED_OF_A_LINK);
        link(scene, random, path, true, "wrong-type")
    }),
    Fault::new("wrong-type-in-the-invocation", ANY, |scene, random| {
        let path = *random.pick(&REQUIRED_OF_AN_INVOCATION);
        set(&mut scene.invocation.payload, path, true);
        "invocation-format wrong-type".into()
    }),
    Fault::new("time-as-a-string", ANY, |scene, random| {
        common(scene, random, "issued", "2026-03-02T10:40:00Z", "wrong-type")
    }),
    Fault::new("time-as-digits-in-a-string", ANY, |scene, random| {
        common(scene, random, "expires", "9999999999", "wrong-type")
    }),
    Fault::new("time-as-a-flag", ANY, |scene, random| common(scene, random, "expires", true, "wrong-type")),
    Fault::new("time-in-a-list", ANY, |scene, random| {
        common(scene, random, "expires", value("[1772448100]"), "wrong-type")
    }),
    Fault::new("time-negative", ANY, |scene, random| {
        common(scene, random, "issued", Value::Int(-1), "wrong-type")
    }),
    Fault::new("time-in-milliseconds", ANY, |scene, random| {
        common(scene, random, "expires", int(1_772_448_000_000), "invalid-field")
    }),
    Fault::new("time-null", ANY, |scene, random| text(scene, random, "expires", "\"expires\":null", "json")),
    Fault::new("time-a-float", ANY, |scene, random| {
        text(scene, random, "expires", "\"expires\":1772448100.0", "json")
    }),
    Fault::new("time-with-an-exponent", ANY, |scene, random| {
        text(scene, random, "expires", "\"expires\":17724481e2", "json")
    }),
    Fault::new("time-of-2-to-the-53", ANY, |scene, random| {
        text(scene, random, "expires", "\"expires\":9007199254740992", "json")
    }),
    Fault::new("time-of-2-to-the-64", ANY, |scene, random| {
        text(scene, random, "expires", "\"expires\":18446744073709551617", "json")
    }),
    Fault::new("time-with-a-leading-zero", ANY, |scene, random| {
        text(scene, random, "expires", "\"expires\":01772448100", "json")
    }),
    Fault::new("time-not-a-number", ANY, |scene, random| {
        text(scene, random, "expires", "\"expires\":NaN", "json")
    }),
    Fault::new("time-infinite", ANY, |scene, random| {
        text(scene, random, "expires", "\"expires\":Infinity", "json")
    }),
    Fault::new("expires-twice", ANY, |scene, random| {
        text(scene, random, "expires", "\"expires\":1772448100,\"expires\":9999999999", "json")
    }),
    Fault::new("expires-twice-once-escaped", ANY, |scene, random| {
        text(scene, random, "expires", "\"expires\":1772448100,\"\\u0065xpires\":9999999999", "json")
    }),
    Fault::new("expires-in-another-case", ANY, |scene, random| {
        let link = any(scene, random);
        let expires = scene.number(link, "expires");
        json::remove(scene.link(link), "expires");
        set(scene.link(link), "Expires", int(expires));
        format!("link-format {} missing-field", link + 1)
    }),
    Fault::new("payload-an-array-of-itself", ANY, |scene, random| {
        let (part, expected) = part(scene, random);
        part.before = Some(Box::new(|bytes| [b"[", bytes.as_slice(), b"]"].concat()));
        format!("{expected} wrong-type")
    }),
    Fault::new("payload-with-a-byte-order-mark", ANY, |scene, random| {
        let (part, expected) = part(scene, random);
        part.before = Some(Box::new(|bytes| [b"\xef\xbb\xbf", bytes.as_slice()].concat()));
        format!("{expected} json")
    }),
    Fault::new("payload-with-something-behind", ANY, |scene, random| {
        let (part, expected) = part(scene, random);
        part.before = Some(Box::new(|bytes| [bytes.as_slice(), b"\0"].concat()));
        format!("{expected} json")
    }),
    Fault::new("payload-with-a-lone-surrogate", ANY, |scene, random| {
        let (part, expected) = part(scene, random);
        part.before = Some(replacing("{", "{\"a\":\"\\ud800\","));
        format!("{expected} json")
    }),
    Fault::new("payload-with-bytes-that-are-no-utf-8", ANY, |scene, random| {
        let (part, expected) = part(scene, random);
        part.before = Some(Box::new(|bytes| [b"{\"a\":\"\xc0\x80\",", &bytes[1..]].concat()));
        format!("{expected} json")
    }),
    Fault::new("payload-too-deep", ANY, |scene, random| {
        let (part, expected) = part(scene, random);
        let deep = format!("{{\"a\":{}{},", "[".repeat(16), "]".repeat(16));
        part.before = Some(replacing("{", deep));
        format!("{expected} json")
    }),
    Fault::new("payload-too-large", ANY, |scene, random| {
        let (part, expected) = part(scene, random);
        part.before = Some(Box::new(|mut bytes| {
            bytes.resize(64 * 1024 + 1, b' ');
            bytes
        }));
        format!("{expected} too-large")
    }),
    Fault::new("payload-empty", ANY, |scene, random| {
        let (part, expected) = part(scene, random);
        part.before = Some(Box::new(|_| Vec::new()));
        format!("{expected} json")
    }),
    Fault::new("digest-in-capitals", ANY, |scene, random| {
        let (part, expected) = part(scene, random);
        let realm = json::get(&part.payload, "realm").unwrap().as_str().unwrap().to_uppercase();
        set(&mut part.payload, "realm", realm.replace("SHA256", "sha256"));
        format!("{expected} invalid-field")
    }),
    Fault::new("digest-of-another-algorithm", ANY, |scene, random| {
        let (part, expected) = part(scene, random);
        let issuer = json::get(&part.payload, "issuer").unwrap().as_str().unwrap().replace("256", "512");
        set(&mut part.payload, "issuer", issuer);
        format!("{expected} invalid-field")
    }),
    Fault::new("nonce-too-short", ANY, |scene, random| {
        common(scene, random, "nonce", "0123456789abcdef", "invalid-field")
    }),
    Fault::new("nonce-in-capitals", ANY, |scene, random| {
        common(scene, random, "nonce", "0123456789ABCDEF0123456789ABCDEF", "invalid-field")
    }),
    Fault::new("label-that-turns-text-round", ANY, |scene, random| {
        link(scene, random, "label", "ci\u{202e}toob", "invalid-field")
    }),
    Fault::new("label-with-a-line-break", ANY, |scene, random| {
        link(scene, random, "label", "agent\nsteward: ada", "invalid-field")
    }),
    Fault::new("label-empty", ANY, |scene, random| link(scene, random, "label", "", "invalid-field")),
    Fault::new("purpose-too-long", ANY, |scene, random| {
        link(scene, random, "purpose", "é".repeat(257), "invalid-field")
    }),
    Fault::new("ends-before-it-begins", ANY, |scene, random| {
        let chosen = any(scene, random);
        let begins = scene.number(chosen, "not_before");
        set(scene.link(chosen), "expires", int(begins));
        format!("link-format {} invalid-field", chosen + 1)
    }),
    Fault::new("no-uses", ANY, |scene, random| link(scene, random, "max_uses", int(0), "invalid-field")),
    Fault::new("rate-of-nothing", ANY, |scene, random| {
        link(scene, random, "rate", value(r#"{"uses":0,"seconds":60}"#), "invalid-field")
    }),
    Fault::new("rate-over-no-time", ANY, |scene, random| {
        link(scene, random, "rate", value(r#"{"uses":1,"seconds":0}"#), "invalid-field")
    }),
    Fault::new("rate-over-more-than-a-day", ANY, |scene, random| {
        link(scene, random, "rate", value(r#"{"uses":1,"seconds":86401}"#), "invalid-field")
    }),
    Fault::new("holder-of-another-suite", ANY, |scene, random| {
        link(scene, random, "holder/suite", "webauthn", "invalid-field")
    }),
    Fault::new("holder-of-small-order", ANY, |scene, random| {
        let mut point = [0; 32];
        point[0] = u8::from(random.chance(2));
        link(scene, random, "holder", bad_key(point), "invalid-field")
    }),
    Fault::new("holder-in-another-encoding", ANY, |scene, random| {
        // y = p + 1, which some read as y = 1.
        let mut point = [0xff; 32];
        (point[0], point[31]) = (0xee, 0x7f);
        link(scene, random, "holder", bad_key(point), "invalid-field")
    }),
    Fault::new("holder-off-the-curve", ANY, |scene, random| {
        let mut point = [0; 32];
        point[0] = 2;
        link(scene, random, "holder", bad_key(point), "invalid-field")
    }),
    Fault::new("holder-a-byte-short", ANY, |scene, random| {
        let short = Value::from(base64(&[7; 31]));
        link(scene, random, "holder/public", short, "invalid-field")
    }),
    Fault::new("parent-null", ANY, |scene, random| {
        let link = any(scene, random);
        scene.chain[link].before = Some(replacing("\"purpose\":", "\"a\":null,\"purpose\":"));
        format!("link-format {} json", link + 1)
    }),
    Fault::new("claims-a-text", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "claims", "green");
        "invocation-format wrong-type".into()
    }),
    Fault::new("argument-an-object", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "arguments/extra", value("{}"));
        "invocation-format wrong-type".into()
    }),
    Fault::new("argument-a-list-of-numbers", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "arguments/extra", value("[1]"));
        "invocation-format wrong-type".into()
    }),
    Fault::new("argument-name-with-a-dot", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "arguments/a.b", 1_u32);
        "invocation-format invalid-field".into()
    }),
    Fault::new("asked-action-in-capitals", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "action", "Pulls/Merge");
        "invocation-format invalid-field".into()
    }),
    Fault::new("asked-resource-with-a-space", ANY, |scene, _| {
        set(&mut scene.invocation.payload, "resource/id", "repository:1296269 ");
        "invocation-format invalid-field".into()
    }),
];
