//! What a roster may change of the one before it.

use super::statement::with;
use super::{Expect, Vector, no};
use crate::harness::case::text;
use crate::harness::json::{get, int, push, remove, set, value};
use crate::harness::keys::public;
use crate::harness::part::Part;
use crate::harness::scene::{ella, roster};
use bailiwick_authority::Value;

pub(super) fn vectors() -> Vec<Vector> {
    let before = roster();
    let suc = |name: &str, description: &str, change: &dyn Fn(&mut Value), expect| {
        let after = Part::new("roster", with(&before.payload, |r| change(r)), "ada");
        let members = vec![
            ("type", Value::from("succession")),
            ("before", text(&before.bytes())),
            ("after", text(&after.bytes())),
        ];
        Vector::new("succession", name, description, members, expect)
    };
    let rotated = r#"{"how":"rotated"}"#;
    let since = |entry: u64| Value::object([("how", Value::from("compromised")), ("since", int(entry))]);
    vec![
        suc("unchanged", "Nothing changes.", &|_| (), Expect::Ok),
        suc("person-more", "A person comes.", &|r| push(r, "persons", ella()), Expect::Ok),
        suc(
            "person-leaves",
            "Without roles, and with ended keys.",
            &|r| {
                set(r, "persons/1/roles", value("[]"));
                set(r, "persons/1/keys/0/end", value(r#"{"how":"retired"}"#));
            },
            Expect::Ok,
        ),
        suc(
            "key-replaced",
            "An old key ends, and a new one comes.",
            &|r| {
                set(r, "persons/0/keys/0/end", value(rotated));
                let mut key = get(r, "persons/1/keys/0").unwrap().clone();
                set(&mut key, "public", public("stranger-1"));
                push(r, "persons/0/keys", key);
            },
            Expect::Ok,
        ),
        suc(
            "rotated-is-compromised",
            "An end becomes harder.",
            &|r| set(r, "persons/3/keys/0/end", since(3)),
            Expect::Ok,
        ),
        suc(
            "compromised-earlier",
            "Since an earlier entry.",
            &|r| set(r, "persons/3/keys/1/end", since(6)),
            Expect::Ok,
        ),
        suc(
            "in-another-order",
            "Persons have no order.",
            &|r| {
                let first = get(r, "persons/0").unwrap().clone();
                remove(r, "persons/0");
                push(r, "persons", first);
            },
            Expect::Ok,
        ),
        suc("person-left-out", "A name would be free again.", &|r| remove(r, "persons/1"), no("lost-person")),
        suc(
            "person-renamed",
            "A name is given once.",
            &|r| set(r, "persons/1/name", "benjamin"),
            no("lost-person"),
        ),
        suc(
            "key-left-out",
            "A key would be unknown again.",
            &|r| remove(r, "persons/3/keys/0"),
            no("lost-key"),
        ),
        suc(
            "key-of-another-person",
            "A key does not change hands.",
            &|r| {
                let key = get(r, "persons/3/keys/0").unwrap().clone();
                remove(r, "persons/3/keys/0");
                push(r, "persons/0/keys", key);
            },
            no("lost-key"),
        ),
        suc(
            "key-better-kept",
            "What was enrolled stays as it was.",
            &|r| set(r, "persons/2/keys/0/assurance", "device-bound"),
            no("changed-key"),
        ),
        suc(
            "key-enrolled-elsewhere",
            "What was enrolled stays as it was.",
            &|r| set(r, "persons/2/keys/0/enrolled", "somewhere"),
            no("changed-key"),
        ),
        suc("end-taken-back", "A key comes back.", &|r| remove(r, "persons/3/keys/0/end"), no("milder-end")),
        suc(
            "compromised-is-rotated",
            "An end becomes milder.",
            &|r| set(r, "persons/3/keys/1/end", value(rotated)),
            no("milder-end"),
        ),
        suc(
            "compromised-later",
            "Since a later entry.",
            &|r| set(r, "persons/3/keys/1/end", since(8)),
            no("milder-end"),
        ),
    ]
}
