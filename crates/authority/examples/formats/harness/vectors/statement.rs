//! Statements that give authority or use it: capabilities, invocations, fetches, and what is common to
//! all kinds.

use super::{Expect, Vector, no};
use crate::harness::case::text;
use crate::harness::json::{int, remove, set, value};
use crate::harness::keys::{holder, id, passkey, public, suite};
use crate::harness::part::{Part, replacing};
use crate::harness::scene::{GENESIS, NOW, capability, common, invocation, merge_arguments, merge_grant};
use bailiwick_authority::Value;

/// A statement of `kind`, verified with the key that signed it.
pub(super) fn vector(
    kind: &'static str,
    name: &str,
    description: &str,
    part: &Part,
    expect: Expect,
) -> Vector {
    let mut members = vec![
        ("type", Value::from("statement")),
        ("kind", Value::from(kind)),
        ("envelope", text(&part.bytes())),
        ("key", Value::from(public(part.signer))),
    ];
    if passkey(part.signer).is_some() {
        members.push(("suite", Value::from(suite(part.signer))));
    }
    Vector::new(kind, name, description, members, expect)
}

/// A payload with changes.
pub(super) fn with(payload: &Value, change: impl FnOnce(&mut Value)) -> Value {
    let mut payload = payload.clone();
    change(&mut payload);
    payload
}

pub(super) fn vectors() -> Vec<Vector> {
    let good = capability("ada", "agent-1", vec![merge_grant()], "capability");
    let part = |payload: Value| Part::new("capability", payload, "ada");
    let changed = |change: &dyn Fn(&mut Value)| part(with(&good, |payload| change(payload)));
    let cap = |name: &str, description: &str, part: &Part, expect| {
        vector("capability", name, description, part, expect)
    };
    let mut all = vec![
        cap("full", "A root capability with every optional field.", &part(good.clone()), Expect::Ok),
        cap(
            "bare",
            "A capability without `max_uses` and `rate`.",
            &changed(&|c| {
                remove(c, "max_uses");
                remove(c, "rate");
            }),
            Expect::Ok,
        ),
        cap(
            "child",
            "A capability with a parent.",
            &changed(&|c| set(c, "parent", GENESIS.1.as_str())),
            Expect::Ok,
        ),
        cap(
            "rate-of-a-day",
            "The longest window.",
            &changed(&|c| set(c, "rate", value(r#"{"uses":1,"seconds":86400}"#))),
            Expect::Ok,
        ),
        cap(
            "at-the-end-of-time",
            "The last second of the year 9999.",
            &changed(&|c| set(c, "expires", int(253_402_300_799))),
            Expect::Ok,
        ),
        cap(
            "white-space-inside",
            "White space in the payload is signed like everything else.",
            &Part { before: Some(replacing(",", " ,\n")), ..part(good.clone()) },
            Expect::Ok,
        ),
        cap(
            "another-issuer",
            "Signed by the key that is given, naming another.",
            &changed(&|c| set(c, "issuer", id("ben"))),
            no("other-issuer"),
        ),
        cap(
            "tampered",
            "Changed after it was signed.",
            &Part { after: Some(replacing("feat-*", "*")), ..part(good.clone()) },
            no("wrong-signature"),
        ),
        cap(
            "payload-signed-bare",
            "The payload signed without its pre-authentication encoding.",
            &Part { signed: Some(Box::new(|_, payload, _| payload.to_vec())), ..part(good.clone()) },
            no("wrong-signature"),
        ),
        cap(
            "without-expiry",
            "A capability for ever.",
            &changed(&|c| remove(c, "expires")),
            no("missing-field"),
        ),
        cap(
            "expiry-null",
            "No expiry, in writing.",
            &Part {
                before: Some(replacing(format!("\"expires\":{}", NOW + 3_600), "\"expires\":null")),
                ..part(good.clone())
            },
            no("json"),
        ),
        cap(
            "expiry-in-a-string",
            "A time of the wrong type is not an absent time.",
            &changed(&|c| set(c, "expires", "1772451600")),
            no("wrong-type"),
        ),
        cap(
            "expiry-beyond-the-year-9999",
            "A time in milliseconds.",
            &changed(&|c| set(c, "expires", int(1_772_451_600_000))),
            no("invalid-field"),
        ),
        cap(
            "ends-as-it-begins",
            "No time to use it in.",
            &changed(&|c| set(c, "expires", int(NOW - 3_600))),
            no("invalid-field"),
        ),
        cap(
            "issued-negative",
            "A time before 1970.",
            &changed(&|c| set(c, "issued", Value::Int(-1))),
            no("wrong-type"),
        ),
        cap(
            "unknown-field",
            "A field that the format does not have.",
            &changed(&|c| set(c, "admin", true)),
            no("unknown-field"),
        ),
        cap(
            "no-grants",
            "A capability for nothing.",
            &changed(&|c| set(c, "grants", value("[]"))),
            no("invalid-field"),
        ),
        cap(
            "most-grants",
            "64 grants.",
            &changed(&|c| set(c, "grants", Value::List(vec![merge_grant(); 64]))),
            Expect::Ok,
        ),
        cap(
            "too-many-grants",
            "65 grants.",
            &changed(&|c| set(c, "grants", Value::List(vec![merge_grant(); 65]))),
            no("invalid-field"),
        ),
        cap(
            "too-many-actions",
            "65 actions in a grant.",
            &changed(&|c| set(c, "grants/0/actions", Value::List(vec![Value::from("pulls/merge"); 65]))),
            no("invalid-field"),
        ),
        cap(
            "too-many-resources",
            "257 resources in a grant.",
            &changed(&|c| {
                let resource = value(r#"{"id":"repository:1","name":"a/b"}"#);
                set(c, "grants/0/resources", Value::List(vec![resource; 257]));
            }),
            no("invalid-field"),
        ),
        cap(
            "longest-patterns",
            "Patterns of 2,048 bytes together.",
            &changed(&|c| {
                set(c, "grants/0/arguments/branch", Value::object([("glob", Value::from("a".repeat(2_033)))]))
            }),
            Expect::Ok,
        ),
        cap(
            "too-long-patterns",
            "Patterns of 2,049 bytes together.",
            &changed(&|c| {
                set(c, "grants/0/arguments/branch", Value::object([("glob", Value::from("a".repeat(2_034)))]))
            }),
            no("invalid-field"),
        ),
        cap(
            "grant-without-arguments",
            "A grant that leaves its arguments out does not allow all.",
            &changed(&|c| remove(c, "grants/0/arguments")),
            no("missing-field"),
        ),
        cap(
            "rate-in-words",
            "A rate that is no object.",
            &changed(&|c| set(c, "rate", "10 per minute")),
            no("wrong-type"),
        ),
        cap(
            "rate-of-too-long",
            "A window longer than a day.",
            &changed(&|c| set(c, "rate", value(r#"{"uses":1,"seconds":86401}"#))),
            no("invalid-field"),
        ),
        cap("uses-zero", "No use at all.", &changed(&|c| set(c, "max_uses", int(0))), no("invalid-field")),
        cap(
            "depth-left-out",
            "Depth is never unlimited.",
            &changed(&|c| remove(c, "max_depth")),
            no("missing-field"),
        ),
        cap(
            "holder-of-suite-none",
            "A suite that does not exist.",
            &changed(&|c| set(c, "holder/suite", "none")),
            no("invalid-field"),
        ),
        cap(
            "holder-with-a-passkey",
            "A holder signs by itself: there is nobody to touch a key.",
            &changed(&|c| {
                set(c, "holder/suite", "webauthn");
                set(c, "holder/public", public("ella-es256"));
            }),
            no("invalid-field"),
        ),
        cap(
            "holder-of-reserved-suite",
            "A suite that is reserved.",
            &changed(&|c| set(c, "holder/suite", "p256")),
            no("invalid-field"),
        ),
        cap(
            "holder-by-id",
            "A holder is a whole key, not its id.",
            &changed(&|c| set(c, "holder", id("agent-1"))),
            no("wrong-type"),
        ),
        cap(
            "invocation-in-disguise",
            "The payload type of a capability on an invocation.",
            &part(invocation("ada", "pulls/merge", merge_arguments(), "x")),
            no("missing-field"),
        ),
        cap(
            "of-another-version",
            "A version that does not exist yet.",
            &Part {
                payload_type: "application/vnd.bailiwick.capability.v2+json".into(),
                ..part(good.clone())
            },
            no("invalid-field"),
        ),
        cap(
            "of-another-kind",
            "An invocation's payload type on a capability.",
            &Part {
                payload_type: "application/vnd.bailiwick.invocation.v1+json".into(),
                ..part(good.clone())
            },
            no("invalid-field"),
        ),
    ];
    all.extend(invocations());
    all.extend(fetches());
    all
}

fn invocations() -> Vec<Vector> {
    let good = invocation("agent-1", "pulls/merge", merge_arguments(), "invocation");
    let changed = |change: &dyn Fn(&mut Value)| {
        Part::new("invocation", with(&good, |payload| change(payload)), "agent-1")
    };
    let inv = |name: &str, description: &str, change: &dyn Fn(&mut Value), expect| {
        vector("invocation", name, description, &changed(change), expect)
    };
    vec![
        inv("plain", "A request to merge.", &|_| (), Expect::Ok),
        inv(
            "every-type-of-argument",
            "A string, a number, a flag, a list of strings.",
            &|i| {
                set(i, "arguments", value(r#"{"a":"x","b":-1,"c":true,"d":["x","y"],"e":[]}"#));
            },
            Expect::Ok,
        ),
        inv(
            "no-arguments",
            "An action without arguments.",
            &|i| set(i, "arguments", value("{}")),
            Expect::Ok,
        ),
        inv(
            "claims-left-out",
            "Claims may be empty, and are there.",
            &|i| remove(i, "claims"),
            no("missing-field"),
        ),
        inv("claims-a-list", "Claims are an object.", &|i| set(i, "claims", value("[]")), no("wrong-type")),
        inv(
            "argument-nested",
            "An argument that is an object.",
            &|i| set(i, "arguments/a", value("{}")),
            no("wrong-type"),
        ),
        inv(
            "argument-mixed",
            "A list of a string and a number.",
            &|i| set(i, "arguments/a", value(r#"["x",1]"#)),
            no("wrong-type"),
        ),
        inv(
            "argument-named-oddly",
            "A name that is none.",
            &|i| set(i, "arguments/__proto__", true),
            no("invalid-field"),
        ),
        inv(
            "resource-by-name-only",
            "A resource without its id.",
            &|i| set(i, "resource", value(r#"{"name":"acme/backend"}"#)),
            no("missing-field"),
        ),
        inv(
            "resource-a-string",
            "A resource that is no object.",
            &|i| set(i, "resource", "acme/backend"),
            no("wrong-type"),
        ),
        inv(
            "several-resources",
            "A list of resources.",
            &|i| set(i, "resource", value("[]")),
            no("wrong-type"),
        ),
        inv(
            "broker-by-name",
            "A broker is named by its key's id.",
            &|i| set(i, "broker", "broker"),
            no("invalid-field"),
        ),
        inv(
            "connection-look-alike",
            "A Cyrillic letter.",
            &|i| set(i, "connection", "g\u{456}thub"),
            no("invalid-field"),
        ),
    ]
}

fn fetches() -> Vec<Vector> {
    let mut members = common(&GENESIS.1, "agent-1", NOW, "fetch");
    members.extend([
        ("holder", holder("agent-1")),
        ("broker", Value::from(id("broker"))),
        ("expires", int(NOW + 60)),
    ]);
    let good = Value::object(members);
    let fetch = |name: &str, description: &str, change: &dyn Fn(&mut Value), expect| {
        let part = Part::new("fetch", with(&good, |payload| change(payload)), "agent-1");
        vector("fetch", name, description, &part, expect)
    };
    vec![
        fetch("plain", "A holder asks for its capabilities.", &|_| (), Expect::Ok),
        fetch("without-broker", "To whom?", &|f| remove(f, "broker"), no("missing-field")),
        fetch(
            "for-somebody",
            "With a leaf, which a fetch does not have.",
            &|f| set(f, "leaf", GENESIS.1.as_str()),
            no("unknown-field"),
        ),
    ]
}
