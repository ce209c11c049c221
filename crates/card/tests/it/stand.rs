//! A broker's key, a chain and a request about a merge.

use bailiwick_authority::{
    Argument, Arguments, Ask, Bounds, Capability, Digest, Ed25519Signer, Envelope, Grant, Name, Nonce,
    Payload, Realm, Request, Role, Signer, Text, Timestamp, Value, seal,
};
use std::fmt::Debug;
use std::str::FromStr;

pub(crate) const FACTS: &str = r#"{"approving_reviewers":["grace"],"author":{"id":7,"login":"ci"},"base":"bbb2222","branch":"feat-123","changed_paths":["src/a.rs"],"changes_requested_by":[],"checks_missing":[],"draft":false,"from_fork":false,"head":"3f9c2ab77","mergeable":true,"pull":128,"repository":1,"required_checks":["ci/test"],"target":"refs/heads/main"}"#;

pub(crate) fn parsed<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

pub(crate) fn key(seed: u8) -> Ed25519Signer {
    Ed25519Signer::from_seed(&[seed; 32]).unwrap()
}

pub(crate) fn signed<T: Payload>(by: &Ed25519Signer, body: T) -> Envelope {
    let realm = Realm::Of(Digest::of(b"realm"));
    seal(by, realm, at(1_700_000_000), Nonce([7; 16]), body).unwrap().envelope().clone()
}

fn grant(actions: &[&str]) -> Grant {
    Grant {
        connection: parsed("github"),
        catalogue: parsed("github-1"),
        actions: actions.iter().map(|action| parsed(action)).collect(),
        resources: vec![resource()],
        arguments: Bounds::new(),
    }
}

fn resource() -> bailiwick_authority::Resource {
    bailiwick_authority::Resource { id: parsed("repository:1"), name: parsed("acme/backend") }
}

/// Ada's capability for a bot, and the bot's narrower one for its reviewer.
pub(crate) fn chain() -> Vec<Envelope> {
    let (ada, bot, reviewer) = (key(1), key(2), key(3));
    let capability =
        |parent, holder: &Ed25519Signer, label: &str, actions: &[&str], expires, max_depth| Capability {
            parent,
            holder: holder.public().clone(),
            label: parsed(label),
            grants: vec![grant(actions)],
            not_before: at(1_700_000_000),
            expires: at(expires),
            max_uses: None,
            rate: None,
            max_depth,
            purpose: parsed("shipping"),
        };
    let root =
        signed(&ada, capability(None, &bot, "ci-bot", &["pulls/merge", "pulls/create"], 1_700_009_000, 1));
    let parent = Some(root.statement_digest());
    let leaf = signed(&bot, capability(parent, &reviewer, "reviewer", &["pulls/merge"], 1_700_003_600, 0));
    vec![root, leaf]
}

pub(crate) fn merge(claims: Value) -> Request {
    let sentence = "merge feat-123 into main of acme/backend";
    Request {
        operation: Digest::of(b"operation"),
        chain: chain().iter().map(Envelope::statement_digest).collect(),
        person: parsed("ada"),
        path: vec![parsed("ci-bot"), parsed("reviewer")],
        agent: key(3).public().id(),
        process: Value::object([("executable", Value::from("/usr/bin/agent"))]),
        action: parsed("pulls/merge"),
        sentence: parsed(sentence),
        effects: vec![parsed("moves_ref(refs/heads/main)"), parsed("runs_code")],
        connection: parsed("github"),
        connection_statement: Digest::of(b"connection"),
        resource: resource(),
        arguments: Arguments::from([("branch".into(), Argument::Str("feat-123".into()))]),
        facts: Digest::of(FACTS.as_bytes()),
        policy: Digest::of(b"policy"),
        asks: vec![Ask {
            policy: parsed::<Name>("ask-about-main"),
            title: parsed::<Text>("main needs an approver"),
            because: parsed::<Text>("what moves main runs for everybody"),
            count: 1,
            role: Role::Approver,
            assurance: None,
            excluded: Vec::new(),
        }],
        credential: Value::object([("permissions", Value::object([("contents", Value::from("write"))]))]),
        claims,
        expires: at(1_700_000_120),
    }
}
