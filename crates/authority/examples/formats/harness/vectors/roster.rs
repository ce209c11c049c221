//! Statements that come in series: rosters, connections, policies.

use super::statement::{vector, with};
use super::{Expect, Vector, no};
use crate::harness::json::{int, push, remove, set, value};
use crate::harness::keys::public;
use crate::harness::part::Part;
use crate::harness::scene::{GENESIS, NOW, common, roster, roster_payload};
use bailiwick_authority::{Digest, Value};

pub(super) fn vectors() -> Vec<Vector> {
    [rosters(), connections(), policies()].into_iter().flatten().collect()
}

fn recovery(quorum: u64, persons: &str) -> Value {
    Value::object([("quorum", int(quorum)), ("persons", value(persons))])
}

fn rosters() -> Vec<Vector> {
    let good = roster().payload;
    let ros = |name: &str, description: &str, change: &dyn Fn(&mut Value), expect| {
        vector("roster", name, description, &Part::new("roster", with(&good, |r| change(r)), "ada"), expect)
    };
    let mut genesis = roster_payload();
    set(&mut genesis, "realm", "genesis");
    remove(&mut genesis, "previous");
    vec![
        vector(
            "roster",
            "genesis",
            "The first of its series; its statement digest names the realm of the other vectors.",
            &Part::new("roster", genesis, "ada"),
            Expect::Ok,
        ),
        ros("successor", "Follows the genesis.", &|_| (), Expect::Ok),
        ros(
            "in-another-series",
            "There is one series of rosters.",
            &|r| set(r, "series", "roster-2"),
            no("invalid-field"),
        ),
        ros("nobody", "No persons.", &|r| set(r, "persons", value("[]")), no("invalid-field")),
        ros(
            "quorum-zero",
            "Nobody need agree to a change.",
            &|r| set(r, "change_quorum", int(0)),
            no("invalid-field"),
        ),
        ros(
            "quorum-of-more-than-there-are",
            "Nobody could ever agree.",
            &|r| set(r, "change_quorum", int(5)),
            no("invalid-field"),
        ),
        ros(
            "recovery",
            "Two approvers recover persons who lost every key.",
            &|r| {
                push(r, "persons/2/roles", "approver");
                set(r, "recovery", recovery(2, r#"["ben","cleo"]"#));
            },
            Expect::Ok,
        ),
        ros(
            "recovery-by-one",
            "One person is not enough to recover another.",
            &|r| set(r, "recovery", recovery(1, r#"["ben"]"#)),
            no("invalid-field"),
        ),
        ros(
            "recovery-by-more-than-are-named",
            "Nobody could ever recover anybody.",
            &|r| set(r, "recovery", recovery(2, r#"["ben"]"#)),
            no("invalid-field"),
        ),
        ros(
            "recovery-by-fewer-than-change",
            "Recovery would get around the quorum of changes.",
            &|r| {
                push(r, "persons/2/roles", "approver");
                set(r, "change_quorum", int(3));
                set(r, "recovery", recovery(2, r#"["ben","cleo"]"#));
            },
            no("invalid-field"),
        ),
        ros(
            "recovery-by-no-approver",
            "Cleo only watches.",
            &|r| set(r, "recovery", recovery(2, r#"["ben","cleo"]"#)),
            no("invalid-field"),
        ),
        ros(
            "recovery-by-a-stranger",
            "Somebody who is not on the roster.",
            &|r| set(r, "recovery", recovery(2, r#"["ben","mallory"]"#)),
            no("invalid-field"),
        ),
        ros(
            "recovery-unsorted",
            "Names stand in one order.",
            &|r| {
                push(r, "persons/2/roles", "approver");
                set(r, "recovery", recovery(2, r#"["cleo","ben"]"#));
            },
            no("invalid-field"),
        ),
        ros(
            "recovery-with-another-field",
            "What is not known refuses.",
            &|r| {
                push(r, "persons/2/roles", "approver");
                set(r, "recovery", recovery(2, r#"["ben","cleo"]"#));
                set(r, "recovery/after", int(1));
            },
            no("unknown-field"),
        ),
        ros(
            "name-twice",
            "Two persons of one name.",
            &|r| set(r, "persons/1/name", "ada"),
            no("invalid-field"),
        ),
        ros(
            "key-twice",
            "Two persons with one key.",
            &|r| set(r, "persons/1/keys/0/public", public("ada")),
            no("invalid-field"),
        ),
        ros(
            "role-twice",
            "A role repeated.",
            &|r| push(r, "persons/0/roles", "steward"),
            no("invalid-field"),
        ),
        ros(
            "role-unknown",
            "A role that does not exist.",
            &|r| push(r, "persons/0/roles", "admin"),
            no("invalid-field"),
        ),
        ros(
            "assurance-unknown",
            "An assurance that does not exist.",
            &|r| set(r, "persons/0/keys/0/assurance", "very"),
            no("invalid-field"),
        ),
        ros(
            "end-unknown",
            "A key that ended somehow.",
            &|r| set(r, "persons/0/keys/0/end", value(r#"{"how":"lost"}"#)),
            no("invalid-field"),
        ),
        ros(
            "compromised-since-when",
            "A compromise without its entry.",
            &|r| set(r, "persons/0/keys/0/end", value(r#"{"how":"compromised"}"#)),
            no("missing-field"),
        ),
        ros(
            "rotated-since",
            "A rotation has no entry.",
            &|r| set(r, "persons/0/keys/0/end", value(r#"{"how":"rotated","since":1}"#)),
            no("unknown-field"),
        ),
        ros(
            "key-of-small-order",
            "A key for which everybody can sign.",
            &|r| set(r, "persons/0/keys/0/public", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            no("invalid-field"),
        ),
        ros(
            "identity-a-number",
            "Ids at destinations are strings.",
            &|r| set(r, "persons/0/identities/github", int(583_231)),
            no("wrong-type"),
        ),
        ros(
            "person-without-keys-field",
            "No list of keys.",
            &|r| remove(r, "persons/0/keys"),
            no("missing-field"),
        ),
        ros(
            "person-without-a-key",
            "An empty list of keys is a person who signs nothing.",
            &|r| set(r, "persons/1/keys", value("[]")),
            Expect::Ok,
        ),
    ]
}

fn connections() -> Vec<Vector> {
    let mut members = common(&GENESIS.1, "ada", NOW, "connection");
    members.extend([
        ("series", Value::from("github")),
        ("destination", Value::from("github")),
        ("api", Value::from("https://api.github.com")),
        ("github", value(r#"{"app":12345,"installation":100}"#)),
        ("root", Value::from(Digest::of(b"a public key"))),
    ]);
    let good = Value::object(members);
    let con = |name: &str, description: &str, change: &dyn Fn(&mut Value), expect| {
        vector(
            "connection",
            name,
            description,
            &Part::new("connection", with(&good, |c| change(c)), "ada"),
            expect,
        )
    };
    let api = |name: &str, description: &str, url: &'static str, good: bool| {
        con(name, description, &|c| set(c, "api", url), if good { Expect::Ok } else { no("invalid-field") })
    };
    vec![
        con("plain", "An App at GitHub.", &|_| (), Expect::Ok),
        con(
            "full",
            "GitHub Enterprise behind a proxy, with an authority of its own.",
            &|c| {
                set(c, "previous", GENESIS.1.as_str());
                set(c, "api", "https://ghe.example:8443/api/v3");
                set(c, "proxy", "http://proxy.example:3128");
                set(c, "certificate_authority", "-----BEGIN CERTIFICATE-----\n");
            },
            Expect::Ok,
        ),
        con(
            "proxy-with-a-path",
            "A proxy is a host and a port.",
            &|c| set(c, "proxy", "http://proxy.example/x"),
            no("invalid-field"),
        ),
        con(
            "of-another-kind",
            "A destination that this version does not know.",
            &|c| set(c, "destination", "aws"),
            no("invalid-field"),
        ),
        con("app-in-a-string", "Numbers are numbers.", &|c| set(c, "github/app", "12345"), no("wrong-type")),
        con(
            "with-the-root-secret",
            "The secret itself has no field.",
            &|c| set(c, "private_key", "-----BEGIN"),
            no("unknown-field"),
        ),
        api("loopback", "Plain HTTP on loopback.", "http://127.0.0.1:4001", true),
        api("plain-http", "Plain HTTP elsewhere.", "http://api.github.com", false),
        api(
            "plain-http-in-disguise",
            "A name that begins like loopback.",
            "http://127.0.0.1.example.com",
            false,
        ),
        api("with-a-slash", "A slash at the end.", "https://api.github.com/", false),
        api("in-capitals", "A host in capitals.", "https://API.github.com", false),
        api(
            "with-a-user",
            "Another host in front of the real one.",
            "https://api.github.com@evil.example",
            false,
        ),
        api("with-dots", "A path that goes up.", "https://ghe.example/api/../x", false),
        api("with-a-query", "A query.", "https://api.github.com?x", false),
        api("default-port", "The port that goes without saying.", "https://api.github.com:443", false),
        api("port-with-a-plus", "A number as some parsers read it.", "https://api.github.com:+8443", false),
        api("host-a-number", "An IPv4 address as some parsers read it.", "https://2130706433", false),
        api("host-in-hexadecimal", "Another one.", "https://0x7f.1", false),
        api("host-with-a-nul", "A NUL in the host.", "https://api.github.com\0.evil.example", false),
        api("host-with-a-dot-behind", "The root's dot.", "https://api.github.com.", false),
        api("ipv6", "No IPv6 literal in this version.", "https://[::1]", false),
    ]
}

fn policies() -> Vec<Vector> {
    let mut members = common(&GENESIS.1, "ada", NOW, "policy");
    members.push(("series", Value::from("policy")));
    for field in ["guard", "ask", "schema", "data"] {
        members.push((field, Value::from(Digest::of(field.as_bytes()))));
    }
    let good = Value::object(members);
    let pol = |name: &str, description: &str, change: &dyn Fn(&mut Value), expect| {
        vector("policy", name, description, &Part::new("policy", with(&good, |p| change(p)), "ada"), expect)
    };
    vec![
        pol("first", "The first of its series.", &|_| (), Expect::Ok),
        pol("successor", "Follows another.", &|p| set(p, "previous", GENESIS.1.as_str()), Expect::Ok),
        pol(
            "in-another-series",
            "There is one series of policies.",
            &|p| set(p, "series", "policies"),
            no("invalid-field"),
        ),
        pol("without-guard", "No guard is no policy.", &|p| remove(p, "guard"), no("missing-field")),
        pol(
            "previous-empty",
            "The first leaves `previous` out.",
            &|p| set(p, "previous", ""),
            no("invalid-field"),
        ),
    ]
}
