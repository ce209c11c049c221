//! How persons agree: requests, approvals, standing rules.

use super::statement::{vector, with};
use super::{Expect, Vector, no};
use crate::harness::json::{int, remove, set, value};
use crate::harness::keys::id;
use crate::harness::part::Part;
use crate::harness::scene::{GENESIS, NOW, common};
use bailiwick_authority::{Digest, Value};

fn payload(issuer: &str, kind: &str, more: Vec<(&'static str, Value)>) -> Value {
    let mut members = common(&GENESIS.1, issuer, NOW, kind);
    members.extend(more);
    Value::object(members)
}

fn digest(of: &str) -> Value {
    Value::from(Digest::of(of.as_bytes()))
}

const ASK: &str = r#"{"policy":"ask-about-main","title":"main needs a person",
    "because":"what moves main runs for everybody","count":2,"role":"approver","assurance":"keychain",
    "excluded":["ada","dan"]}"#;

/// A request with every optional field.
fn request() -> Value {
    payload(
        "broker",
        "request",
        vec![
            ("operation", digest("an invocation")),
            ("chain", Value::List(vec![digest("a capability"), digest("a child")])),
            ("person", Value::from("ada")),
            ("path", value(r#"["ci-bot","reviewer"]"#)),
            ("agent", Value::from(id("agent-1"))),
            ("process", value(r#"{"pid":4711,"uid":1000}"#)),
            ("action", Value::from("pulls/merge")),
            ("sentence", Value::from("merge feat-123 into main of acme/backend")),
            ("effects", value(r#"["moves_ref(refs/heads/main)","runs_code"]"#)),
            ("connection", Value::from("github")),
            ("connection_statement", digest("a connection")),
            ("resource", value(r#"{"id":"repository:1296269","name":"acme/backend"}"#)),
            ("arguments", value(r#"{"branch":"feat-123","target":"main"}"#)),
            ("facts", digest("the facts")),
            ("policy", digest("a policy")),
            ("asks", Value::List(vec![value(ASK)])),
            ("credential", value(r#"{"kind":"installation-token","permissions":{"contents":"write"}}"#)),
            ("claims", value(r#"{"tests":"green"}"#)),
            ("expires", int(NOW + 120)),
        ],
    )
}

fn approval() -> Value {
    let members = vec![
        ("target", digest("a request")),
        ("answer", Value::from("approve")),
        ("reason", Value::from("reviewed with the team")),
    ];
    payload("cleo", "approval", members)
}

fn standing() -> Value {
    payload(
        "cleo",
        "standing",
        vec![
            ("request", digest("a request")),
            ("policy", digest("a policy")),
            ("asks", value(r#"["ask-about-main"]"#)),
            ("agent", Value::from(id("agent-1"))),
            ("connection", Value::from("github")),
            ("action", Value::from("pulls/merge")),
            ("resource", value(r#"{"id":"repository:1296269","name":"acme/backend"}"#)),
            ("arguments", value(r#"{"branch":{"ref":"refs/heads/feat-*"},"target":{"exact":"main"}}"#)),
            ("max_uses", int(10)),
            ("expires", int(NOW + 86_400)),
        ],
    )
}

pub(super) fn vectors() -> Vec<Vector> {
    let made = |kind: &'static str, good: Value, signer: &'static str| {
        move |name: &str, description: &str, change: &dyn Fn(&mut Value), expect| {
            let part = Part::new(kind, with(&good, |one| change(one)), signer);
            vector(kind, name, description, &part, expect)
        }
    };
    let req = made("request", request(), "broker");
    let app = made("approval", approval(), "cleo");
    let sta = made("standing", standing(), "cleo");
    let many = |one: &str, count: usize| value(&format!("[{}]", vec![one; count].join(",")));
    vec![
        req("full", "A request with every optional field.", &|_| (), Expect::Ok),
        req(
            "bare",
            "No assurance, nobody excluded, nothing claimed.",
            &|r| {
                set(
                    r,
                    "asks",
                    value(
                        r#"[{"policy":"a","title":"t","because":"b","count":1,"role":"security","excluded":[]}]"#,
                    ),
                );
                set(r, "claims", value("{}"));
            },
            Expect::Ok,
        ),
        req("sixteen-asks", "As many as a request has.", &|r| set(r, "asks", many(ASK, 16)), Expect::Ok),
        req("seventeen-asks", "One more.", &|r| set(r, "asks", many(ASK, 17)), no("invalid-field")),
        req(
            "asks-nothing",
            "A request that asks nobody.",
            &|r| set(r, "asks", value("[]")),
            no("invalid-field"),
        ),
        req(
            "asks-for-nobody",
            "An ask for no person.",
            &|r| set(r, "asks/0/count", int(0)),
            no("invalid-field"),
        ),
        req(
            "asks-an-agent",
            "A role that no person has.",
            &|r| set(r, "asks/0/role", "agent"),
            no("invalid-field"),
        ),
        req(
            "asks-twice-excluded",
            "A name twice.",
            &|r| set(r, "asks/0/excluded", value(r#"["ada","ada"]"#)),
            no("invalid-field"),
        ),
        req(
            "excluded-unsorted",
            "Names in another order.",
            &|r| set(r, "asks/0/excluded", value(r#"["dan","ada"]"#)),
            no("invalid-field"),
        ),
        req(
            "excluded-left-out",
            "Whose approval does not count is said.",
            &|r| remove(r, "asks/0/excluded"),
            no("missing-field"),
        ),
        req(
            "asks-more-than-is-known",
            "A field in an ask.",
            &|r| set(r, "asks/0/unless", "urgent"),
            no("unknown-field"),
        ),
        req("without-a-chain", "No capability.", &|r| set(r, "chain", value("[]")), no("invalid-field")),
        req(
            "facts-themselves",
            "The facts in place of their digest.",
            &|r| set(r, "facts", value("{}")),
            no("wrong-type"),
        ),
        req(
            "without-a-policy",
            "A request rests on a policy.",
            &|r| remove(r, "policy"),
            no("missing-field"),
        ),
        req(
            "without-an-end",
            "A request that waits for ever.",
            &|r| remove(r, "expires"),
            no("missing-field"),
        ),
        req("an-end-in-words", "A time is a number.", &|r| set(r, "expires", "soon"), no("wrong-type")),
        app("yes", "A person's yes.", &|_| (), Expect::Ok),
        app(
            "no",
            "A person's no, without a reason.",
            &|a| {
                set(a, "answer", "deny");
                remove(a, "reason");
            },
            Expect::Ok,
        ),
        app("perhaps", "There are two answers.", &|a| set(a, "answer", "abstain"), no("invalid-field")),
        app(
            "yes-in-capitals",
            "Answers have one form.",
            &|a| set(a, "answer", "Approve"),
            no("invalid-field"),
        ),
        app(
            "of-a-code",
            "What is answered is named by its digest, never by four words.",
            &|a| set(a, "target", "able baker charlie dog"),
            no("invalid-field"),
        ),
        app(
            "of-two",
            "One target an approval.",
            &|a| set(a, "target", Value::List(vec![digest("a request"), digest("another")])),
            no("wrong-type"),
        ),
        app(
            "with-an-end",
            "An approval has no other bounds than its target.",
            &|a| set(a, "expires", int(NOW)),
            no("unknown-field"),
        ),
        app(
            "reason-that-hides",
            "A reason with a direction-changing character.",
            &|a| set(a, "reason", "ok\u{202e}"),
            no("invalid-field"),
        ),
        sta("full", "A standing rule.", &|_| (), Expect::Ok),
        sta(
            "of-no-arguments",
            "A rule that allows no argument.",
            &|s| set(s, "arguments", value("{}")),
            Expect::Ok,
        ),
        sta("for-ever", "A rule ends.", &|s| remove(s, "expires"), no("missing-field")),
        sta(
            "without-bounds-on-use",
            "A rule says how often.",
            &|s| remove(s, "max_uses"),
            no("missing-field"),
        ),
        sta("never-used", "At least once.", &|s| set(s, "max_uses", int(0)), no("invalid-field")),
        sta("answers-nothing", "At least one ask.", &|s| set(s, "asks", value("[]")), no("invalid-field")),
        sta(
            "answers-seventeen",
            "At most sixteen.",
            &|s| set(s, "asks", many(r#""a""#, 17)),
            no("invalid-field"),
        ),
        sta("for-every-agent", "One key.", &|s| set(s, "agent", "*"), no("invalid-field")),
        sta(
            "patterns-too-long",
            "Patterns have 2,048 bytes together.",
            &|s| {
                let long = "a".repeat(1_025);
                set(
                    s,
                    "arguments",
                    value(&format!(r#"{{"one":{{"glob":"{long}"}},"other":{{"glob":"{long}"}}}}"#)),
                );
            },
            no("invalid-field"),
        ),
    ]
}
