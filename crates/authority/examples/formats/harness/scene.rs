//! A chain in the making with everything that it is judged against. Built as good, then damaged.

use super::case::{Case, statement_digest};
use super::json::{self, int, value};
use super::keys::{PASSKEYS, holder, id, public};
use super::part::Part;
use bailiwick_authority::Value;
use std::sync::LazyLock;

/// A moment in the life of the test realm: 2026-03-02 10:40:00 UTC.
pub(crate) const NOW: u64 = 1_772_448_000;

/// The genesis of the test realm, and its statement digest.
pub(crate) static GENESIS: LazyLock<(Vec<u8>, String)> = LazyLock::new(|| {
    let mut payload = roster_payload();
    json::set(&mut payload, "realm", "genesis");
    json::remove(&mut payload, "previous");
    let bytes = Part::new("roster", payload, "ada").bytes();
    let digest = statement_digest(&bytes).to_string();
    (bytes, digest)
});

/// A change to what was built.
type Edit = Box<dyn Fn(&mut Case)>;

/// A chain in the making.
pub(crate) struct Scene {
    pub(crate) chain: Vec<Part>,
    pub(crate) invocation: Part,
    /// The roster in force: the successor of the genesis.
    pub(crate) roster: Part,
    pub(crate) realm: String,
    pub(crate) broker: &'static str,
    pub(crate) now: u64,
    /// Where the root stands in the ledger, if it does.
    pub(crate) admitted: Option<u64>,
    pub(crate) revoked: Vec<(String, String)>,
    /// Changes what was built.
    pub(crate) edit: Option<Edit>,
}

impl Scene {
    /// Links the parts by their digests, signs them, and writes them down.
    pub(crate) fn build(&mut self) -> Case {
        let mut above: Option<String> = None;
        let mut chain = Vec::new();
        for part in &mut self.chain {
            if let (true, Some(digest)) = (part.relink, &above) {
                json::set(&mut part.payload, "parent", digest.as_str());
            }
            let (bytes, digest) = part.build();
            chain.push(bytes);
            above = Some(digest);
        }
        if let (true, Some(digest)) = (self.invocation.relink, &above) {
            json::set(&mut self.invocation.payload, "leaf", digest.as_str());
        }
        let mut case = Case {
            chain,
            invocation: self.invocation.bytes(),
            realm: self.realm.clone(),
            roster: self.roster.bytes(),
            broker: id(self.broker),
            now: self.now,
            admitted: self.admitted,
            revoked: self.revoked.clone(),
        };
        if let Some(edit) = &self.edit {
            edit(&mut case);
        }
        case
    }

    /// The payload of link `link`, counted from 0.
    pub(crate) fn link(&mut self, link: usize) -> &mut Value {
        &mut self.chain[link].payload
    }

    pub(crate) fn number(&self, link: usize, path: &str) -> u64 {
        json::number(&self.chain[link].payload, path)
    }

    pub(crate) fn number_of_invocation(&self, path: &str) -> u64 {
        json::number(&self.invocation.payload, path)
    }

    /// The statement digest of link `link` as it is now.
    pub(crate) fn digest(&mut self, link: usize) -> String {
        statement_digest(&self.build().chain[link]).to_string()
    }
}

/// The common fields; `nonce` is a label, hashed.
pub(crate) fn common(realm: &str, issuer: &str, issued: u64, nonce: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("realm", Value::from(realm)),
        ("issuer", Value::from(id(issuer))),
        ("issued", int(issued)),
        ("nonce", Value::from(nonce_of(nonce))),
    ]
}

/// A nonce that belongs to a label.
pub(crate) fn nonce_of(label: &str) -> String {
    bailiwick_authority::Digest::of(label.as_bytes()).hex().chars().take(32).collect()
}

/// Ada is steward and security, Ben approves, Cleo watches, Dora is a steward whose keys have ended.
pub(crate) fn roster_payload() -> Value {
    let mut members = common("genesis", "ada", NOW - 1_000_000, "roster");
    let key = |name: &str, assurance: &str, end: &str| {
        value(&format!(
            r#"{{"suite":"ed25519","public":"{}","assurance":"{assurance}","enrolled":"desk"{end}}}"#,
            public(name)
        ))
    };
    let person = |name: &str, roles: &[&str], keys: Vec<Value>| {
        Value::object([
            ("name", Value::from(name)),
            ("roles", Value::strings(roles.iter().copied())),
            ("identities", value(r#"{"github":"583231"}"#)),
            ("keys", Value::List(keys)),
        ])
    };
    members.extend([
        ("series", Value::from("roster")),
        ("previous", Value::from(format!("sha256:{}", "0".repeat(64)))),
        ("change_quorum", int(1)),
        (
            "persons",
            Value::List(vec![
                person("ada", &["steward", "security"], vec![key("ada", "keychain", "")]),
                person("ben", &["approver"], vec![key("ben", "device-bound", "")]),
                person("cleo", &["security"], vec![key("cleo", "file", "")]),
                person(
                    "dora",
                    &["steward"],
                    vec![
                        key("dora", "file", r#","end":{"how":"rotated"}"#),
                        key("spare", "file", r#","end":{"how":"compromised","since":7}"#),
                    ],
                ),
            ]),
        ),
    ]);
    Value::object(members)
}

/// The roster in force: the same persons, following the genesis.
pub(crate) fn roster() -> Part {
    let mut payload = roster_payload();
    json::set(&mut payload, "realm", GENESIS.1.as_str());
    json::set(&mut payload, "previous", GENESIS.1.as_str());
    json::set(&mut payload, "nonce", nonce_of("roster 2"));
    Part::new("roster", payload, "ada")
}

/// A steward with a passkey of each algorithm, as rosters list persons.
pub(crate) fn ella() -> Value {
    let key = |(name, _, synced): &(&str, _, bool)| {
        let assurance = if *synced { "synced-passkey" } else { "device-bound" };
        value(&format!(
            r#"{{"suite":"webauthn","public":"{}","assurance":"{assurance}","enrolled":"desk"}}"#,
            public(name)
        ))
    };
    Value::object([
        ("name", Value::from("ella")),
        ("roles", Value::strings(["steward"])),
        ("identities", value("{}")),
        ("keys", Value::List(PASSKEYS.iter().map(key).collect())),
    ])
}

impl Scene {
    /// Lets a key that has ended have signed the root, which stands at this place in the ledger.
    pub(crate) fn rooted_in_ended(&mut self, key: &'static str, admitted: Option<u64>) {
        json::set(self.link(0), "issuer", id(key));
        self.chain[0].signer = key;
        self.admitted = admitted;
    }

    /// Lets Ella be on the roster, and have signed the root with the passkey of this name.
    pub(crate) fn rooted_in(&mut self, passkey: &'static str) {
        json::push(&mut self.roster.payload, "persons", ella());
        json::set(self.link(0), "issuer", id(passkey));
        self.chain[0].signer = passkey;
    }
}

/// A capability's payload with every optional field.
pub(crate) fn capability(issuer: &str, to: &str, grants: Vec<Value>, nonce: &str) -> Value {
    let mut members = common(&GENESIS.1, issuer, NOW - 3_600, nonce);
    members.extend([
        ("holder", holder(to)),
        ("label", Value::from(to)),
        ("grants", Value::List(grants)),
        ("not_before", int(NOW - 3_600)),
        ("expires", int(NOW + 3_600)),
        ("max_uses", int(100)),
        ("rate", value(r#"{"uses":10,"seconds":60}"#)),
        ("max_depth", int(7)),
        ("purpose", Value::from("ship feat-123")),
    ]);
    Value::object(members)
}

/// An invocation's payload.
pub(crate) fn invocation(holder: &str, action: &str, arguments: Value, nonce: &str) -> Value {
    let mut members = common(&GENESIS.1, holder, NOW - 10, nonce);
    members.extend([
        ("leaf", Value::from(format!("sha256:{}", "0".repeat(64)))),
        ("broker", Value::from(id("broker"))),
        ("action", Value::from(action)),
        ("connection", Value::from("github")),
        ("resource", value(r#"{"id":"repository:1296269","name":"acme/backend"}"#)),
        ("arguments", arguments),
        ("expires", int(NOW + 50)),
        ("claims", value(r#"{"summary":"the checks are green"}"#)),
    ]);
    Value::object(members)
}

/// The grant of the story: merge `feat-…` into `main`.
pub(crate) fn merge_grant() -> Value {
    value(
        r#"{"connection":"github","catalogue":"github-1","actions":["pulls/merge"],
            "resources":[{"id":"repository:1296269","name":"acme/backend"}],
            "arguments":{"branch":{"glob":"feat-*"},"target":{"ref":"refs/heads/main"}}}"#,
    )
}

/// The grant of the story: comment on issues 1 to 1,000.
pub(crate) fn comment_grant() -> Value {
    value(
        r#"{"connection":"github","catalogue":"github-1","actions":["issues/create-comment"],
            "resources":[{"id":"repository:1296269","name":"acme/backend"}],
            "arguments":{"body":{"glob":"**"},"number":{"range":{"min":1,"max":1000}}}}"#,
    )
}

pub(crate) fn merge_arguments() -> Value {
    value(r#"{"branch":"feat-123","target":"main"}"#)
}

/// Ada → agent-1 → agent-2 → …, all with both grants of the story and the last one asking for a merge.
pub(crate) fn story(links: usize) -> Scene {
    let names =
        ["ada", "agent-1", "agent-2", "agent-3", "agent-4", "agent-5", "agent-6", "agent-7", "agent-8"];
    let mut chain = Vec::new();
    for link in 0..links {
        let issuer = names[link];
        let mut payload = capability(
            issuer,
            names[link + 1],
            vec![merge_grant(), comment_grant()],
            &format!("link {link}"),
        );
        json::set(&mut payload, "max_depth", int(u64::try_from(7 - link).unwrap()));
        chain.push(Part::new("capability", payload, issuer));
    }
    let last = names[links];
    let payload = invocation(last, "pulls/merge", merge_arguments(), "invocation");
    Scene {
        chain,
        invocation: Part::new("invocation", payload, last),
        roster: roster(),
        realm: GENESIS.1.clone(),
        broker: "broker",
        now: NOW,
        admitted: None,
        revoked: Vec::new(),
        edit: None,
    }
}
