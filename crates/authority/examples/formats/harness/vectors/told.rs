//! What the broker tells afterwards: receipts and findings, and alarms.

use super::statement::{vector, with};
use super::{Expect, Vector, no};
use crate::harness::json::{int, remove, set, value};
use crate::harness::keys::id;
use crate::harness::part::Part;
use crate::harness::scene::{GENESIS, NOW, common};
use bailiwick_authority::{Digest, Value};

fn statement(predicate_type: &str, operation: Digest, predicate: Value) -> Value {
    let subject = format!(r#"[{{"name":"operation","digest":{{"sha256":"{}"}}}}]"#, operation.hex());
    Value::object([
        ("_type", Value::from("https://in-toto.io/Statement/v1")),
        ("subject", value(&subject)),
        ("predicateType", Value::from(predicate_type)),
        ("predicate", predicate),
    ])
}

/// A receipt with every optional field.
pub(super) fn receipt(now: u64) -> Part {
    let operation = Digest::of(b"an invocation");
    let mut members = common(&GENESIS.1, "broker", now, "receipt");
    members.extend([
        ("operation", Value::from(operation)),
        ("outcome", Value::from("succeeded")),
        ("reason", value(r#"{"code":"merged","message":"the pull request was merged"}"#)),
        ("person", Value::from("ada")),
        ("chain", Value::List(vec![Value::from(Digest::of(b"a capability"))])),
        ("path", value(r#"["ci-bot"]"#)),
        ("agent", Value::from(id("agent-1"))),
        ("process", value(r#"{"pid":4711,"uid":1000,"executable":"/usr/bin/agent"}"#)),
        ("action", Value::from("pulls/merge")),
        ("effects", value(r#"["moves_ref(refs/heads/main)"]"#)),
        ("connection", Value::from("github")),
        ("resource", value(r#"{"id":"repository:1296269","name":"acme/backend"}"#)),
        ("arguments", value(r#"{"branch":"feat-123","target":"main"}"#)),
        ("policy", Value::from(Digest::of(b"a policy"))),
        ("decision", value(r#"{"outcome":"allow","determining":["reviewed-merge"],"refusals":[]}"#)),
        ("request", Value::from(Digest::of(b"a request"))),
        ("approvals", Value::List(vec![Value::from(Digest::of(b"an approval"))])),
        ("facts", value(r#"{"head":"0000000000000000000000000000000000000001"}"#)),
        ("observations", Value::List(vec![Value::from(Digest::of(b"a salted body"))])),
        (
            "credentials",
            value(&format!(
                r#"[{{"purpose":"operation","kind":"installation-token",
                    "scope":{{"repositories":["1296269"],"permissions":{{"contents":"write"}}}},
                    "sha256":"{}","requested":{now},"expires":{},"end":"revoked-proven","life_ms":1234}}]"#,
                Digest::of(b"a token"),
                now + 3_600
            )),
        ),
        ("output", value(r#"{"merge_commit":"0000000000000000000000000000000000000002"}"#)),
        ("unpinned", value(r#"["reviews between the last read and the merge"]"#)),
        ("received", int(now)),
        ("elapsed_ms", int(2_345)),
        ("engine", value(r#"{"broker":"0.1.0","policy_engine":"cedar 4","time_zones":"2026a"}"#)),
    ]);
    Part::new("receipt", statement("urn:bailiwick:receipt:v1", operation, Value::object(members)), "broker")
}

fn finding() -> Part {
    let operation = Digest::of(b"an invocation");
    let mut members = common(&GENESIS.1, "broker", NOW, "finding");
    members.extend([
        ("operation", Value::from(operation)),
        ("receipt", Value::from(Digest::of(b"a receipt"))),
        ("outcome", Value::from("succeeded")),
        ("text", Value::from("the pull request is merged by the commit that was sent")),
        ("output", value(r#"{"merge_commit":"0000000000000000000000000000000000000002"}"#)),
    ]);
    Part::new("finding", statement("urn:bailiwick:finding:v1", operation, Value::object(members)), "broker")
}

fn alarm() -> Value {
    let mut members = common(&GENESIS.1, "broker", NOW, "alarm");
    members.extend([
        ("code", Value::from("refused")),
        ("statement", Value::from(Digest::of(b"a roster"))),
        ("kind", Value::from("roster")),
        ("key", Value::from(id("agent-1"))),
        ("person", Value::from("ada")),
        ("text", Value::from("a roster was refused: it was not signed by anybody on the roster")),
    ]);
    Value::object(members)
}

pub(super) fn vectors() -> Vec<Vector> {
    let ala = |name: &str, description: &str, change: &dyn Fn(&mut Value), expect| {
        vector(
            "alarm",
            name,
            description,
            &Part::new("alarm", with(&alarm(), |a| change(a)), "broker"),
            expect,
        )
    };
    let rec = |name: &str, description: &str, change: &dyn Fn(&mut Value), expect| {
        let good = receipt(NOW);
        let part = Part::new("receipt", with(&good.payload, |r| change(r)), "broker");
        vector("receipt", name, description, &part, expect)
    };
    let fin = |name: &str, description: &str, change: &dyn Fn(&mut Value), expect| {
        let part = Part::new("finding", with(&finding().payload, |f| change(f)), "broker");
        vector("finding", name, description, &part, expect)
    };
    let subject = |digest: Digest| {
        value(&format!(r#"[{{"name":"operation","digest":{{"sha256":"{}"}}}}]"#, digest.hex()))
    };
    vec![
        ala("refused", "A roster that was not admitted.", &|_| (), Expect::Ok),
        ala("about-nobody", "The key is nobody's.", &|a| remove(a, "person"), Expect::Ok),
        ala("without-a-key", "Whose it is said to be.", &|a| remove(a, "key"), no("missing-field")),
        ala("about-no-statement", "Not a digest.", &|a| set(a, "statement", "all"), no("invalid-field")),
        ala("with-a-verdict", "An alarm decides nothing.", &|a| set(a, "verdict", "no"), no("unknown-field")),
        rec("full", "A receipt with every optional field.", &|_| (), Expect::Ok),
        rec(
            "bare",
            "A denial before anything was verified.",
            &|r| {
                for field in ["reason", "person", "policy", "decision", "request", "facts", "output"] {
                    remove(r, &format!("predicate/{field}"));
                }
                for field in
                    ["chain", "path", "effects", "approvals", "observations", "credentials", "unpinned"]
                {
                    set(r, &format!("predicate/{field}"), value("[]"));
                }
                set(r, "predicate/outcome", "denied");
            },
            Expect::Ok,
        ),
        rec(
            "about-another-operation",
            "The subject is another operation than the predicate's.",
            &|r| set(r, "subject", subject(Digest::of(b"another"))),
            no("invalid-field"),
        ),
        rec(
            "about-two-operations",
            "Two subjects.",
            &|r| {
                let twice = match subject(Digest::of(b"an invocation")) {
                    Value::List(one) => Value::List([one.clone(), one].concat()),
                    other => other,
                };
                set(r, "subject", twice);
            },
            no("invalid-field"),
        ),
        rec("about-nothing", "No subject.", &|r| set(r, "subject", value("[]")), no("invalid-field")),
        rec("subject-left-out", "No list of subjects.", &|r| remove(r, "subject"), no("missing-field")),
        rec(
            "of-another-predicate",
            "A finding's predicate type.",
            &|r| set(r, "predicateType", "urn:bailiwick:finding:v1"),
            no("invalid-field"),
        ),
        rec(
            "of-an-older-statement",
            "Another version of in-toto's Statement.",
            &|r| set(r, "_type", "https://in-toto.io/Statement/v0.1"),
            no("invalid-field"),
        ),
        rec(
            "unknown-field-outside",
            "A field beside the predicate.",
            &|r| set(r, "extra", true),
            no("unknown-field"),
        ),
        rec(
            "unknown-field-inside",
            "A field in the predicate.",
            &|r| set(r, "predicate/extra", true),
            no("unknown-field"),
        ),
        rec(
            "outcome-unknown-word",
            "An outcome that does not exist.",
            &|r| set(r, "predicate/outcome", "fine"),
            no("invalid-field"),
        ),
        rec(
            "credential-with-its-value",
            "A credential's value has no field.",
            &|r| set(r, "predicate/credentials/0/value", "ghs_x"),
            no("unknown-field"),
        ),
        rec(
            "credential-without-scope",
            "Every credential has a scope.",
            &|r| remove(r, "predicate/credentials/0/scope"),
            no("missing-field"),
        ),
        rec(
            "reason-a-text",
            "A reason is a code and a sentence.",
            &|r| set(r, "predicate/reason", "because"),
            no("wrong-type"),
        ),
        fin("plain", "An unknown outcome resolved.", &|_| (), Expect::Ok),
        fin("bare", "Without an output.", &|f| remove(f, "predicate/output"), Expect::Ok),
        fin(
            "without-receipt",
            "A finding adds to a receipt.",
            &|f| remove(f, "predicate/receipt"),
            no("missing-field"),
        ),
        fin(
            "about-its-receipt",
            "The subject is the operation, not the receipt.",
            &|f| set(f, "subject", subject(Digest::of(b"a receipt"))),
            no("invalid-field"),
        ),
    ]
}
