//! Revocations, halts, pauses, resumes.

use super::statement::{vector, with};
use super::{Expect, Vector, no};
use crate::harness::json::{int, remove, set, value};
use crate::harness::keys::id;
use crate::harness::part::Part;
use crate::harness::scene::{GENESIS, NOW, common};
use bailiwick_authority::Value;

fn payload(issuer: &str, kind: &str, more: Vec<(&'static str, Value)>) -> Value {
    let mut members = common(&GENESIS.1, issuer, NOW, kind);
    members.extend(more);
    Value::object(members)
}

fn target(kind: &str, id: &str) -> Value {
    Value::object([("kind", Value::from(kind)), ("id", Value::from(id))])
}

pub(super) fn vectors() -> Vec<Vector> {
    let realm = GENESIS.1.as_str();
    let reason = || ("reason", Value::from("it looked wrong"));
    let revocation = payload("cleo", "revocation", vec![("target", target("capability", realm)), reason()]);
    let rev = |name: &str, description: &str, change: &dyn Fn(&mut Value), expect| {
        let part = Part::new("revocation", with(&revocation, |r| change(r)), "cleo");
        vector("revocation", name, description, &part, expect)
    };
    let pause = payload("broker", "pause", vec![("target", target("everything", "all")), ("uid", int(1000))]);
    let pau = |name: &str, description: &str, change: &dyn Fn(&mut Value), expect| {
        let part = Part::new("pause", with(&pause, |p| change(p)), "broker");
        vector("pause", name, description, &part, expect)
    };
    let halt = payload("cleo", "halt", vec![reason()]);
    let resume = payload("ada", "resume", vec![("lifts", Value::from(realm))]);
    vec![
        rev("of-a-capability", "A capability and all below it.", &|_| (), Expect::Ok),
        rev(
            "of-an-agent",
            "Everything that a key holds.",
            &|r| set(r, "target", target("agent", &id("agent-1"))),
            Expect::Ok,
        ),
        rev(
            "of-a-person",
            "Every delegation of a person.",
            &|r| set(r, "target", target("person", "ada")),
            Expect::Ok,
        ),
        rev(
            "of-a-connection",
            "Every use of a connection.",
            &|r| set(r, "target", target("connection", "github")),
            Expect::Ok,
        ),
        rev(
            "of-a-standing-rule",
            "A rule that persons made.",
            &|r| set(r, "target", target("standing", realm)),
            Expect::Ok,
        ),
        rev(
            "of-everything",
            "Everything is ended by a halt.",
            &|r| set(r, "target", target("everything", "all")),
            no("invalid-field"),
        ),
        rev(
            "of-something-unknown",
            "A kind that does not exist.",
            &|r| set(r, "target", target("repository", "1")),
            no("invalid-field"),
        ),
        rev(
            "of-a-label",
            "A capability is named by its digest.",
            &|r| set(r, "target", target("capability", "agent-1")),
            no("invalid-field"),
        ),
        rev("of-several", "One target a statement.", &|r| set(r, "target", value("[]")), no("wrong-type")),
        rev("without-a-reason", "A reason is owed.", &|r| remove(r, "reason"), no("missing-field")),
        rev(
            "with-an-end",
            "A revocation is for ever.",
            &|r| set(r, "expires", int(NOW)),
            no("unknown-field"),
        ),
        pau("of-everything", "The broker's record that everything was held.", &|_| (), Expect::Ok),
        pau(
            "of-an-agent",
            "Or one agent.",
            &|p| set(p, "target", target("agent", &id("agent-1"))),
            Expect::Ok,
        ),
        pau(
            "of-a-capability",
            "A capability is not paused.",
            &|p| set(p, "target", target("capability", realm)),
            no("invalid-field"),
        ),
        pau(
            "of-everything-by-another-name",
            "Everything has one id.",
            &|p| set(p, "target", target("everything", "*")),
            no("invalid-field"),
        ),
        pau(
            "by-a-negative-user",
            "A user id is not negative.",
            &|p| set(p, "uid", Value::Int(-1)),
            no("wrong-type"),
        ),
        vector(
            "halt",
            "plain",
            "The end of everything.",
            &Part::new("halt", halt.clone(), "cleo"),
            Expect::Ok,
        ),
        vector(
            "halt",
            "with-a-target",
            "A halt has no target.",
            &Part::new("halt", with(&halt, |h| set(h, "target", target("everything", "all"))), "cleo"),
            no("unknown-field"),
        ),
        vector(
            "resume",
            "plain",
            "Lifts one halt or pause.",
            &Part::new("resume", resume.clone(), "ada"),
            Expect::Ok,
        ),
        vector(
            "resume",
            "of-all",
            "What is lifted is named by its digest.",
            &Part::new("resume", with(&resume, |r| set(r, "lifts", "all")), "ada"),
            no("invalid-field"),
        ),
        vector(
            "resume",
            "of-nothing",
            "And it is named.",
            &Part::new("resume", with(&resume, |r| remove(r, "lifts")), "ada"),
            no("missing-field"),
        ),
    ]
}
