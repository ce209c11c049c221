//! Keys and statements of a realm that is worth nothing outside its test.

use bailiwick_authority::{
    Argument, Assurance, Capability, Constraint, Digest, Ed25519Signer, EnrolledKey, Grant, Nonce, Payload,
    Person, PolicySet, Realm, Resource, Role, Roster, Signed, Signer as _, Timestamp, seal,
};
use bailiwick_protocol::PolicyTexts;
use std::collections::BTreeMap;

pub(crate) fn fresh_nonce() -> Nonce {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    Nonce(bytes)
}

pub(crate) fn fresh_key() -> Ed25519Signer {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).unwrap();
    Ed25519Signer::from_seed(&seed).unwrap()
}

pub(crate) fn sign<T: Payload>(key: &Ed25519Signer, realm: Realm, now: Timestamp, body: T) -> Signed<T> {
    seal(key, realm, now, fresh_nonce(), body).unwrap()
}

pub(crate) fn envelope<T: Payload>(signed: &Signed<T>) -> String {
    String::from_utf8(signed.envelope().to_bytes()).unwrap()
}

pub(crate) fn person(name: &str, key: &Ed25519Signer) -> Person {
    let key = EnrolledKey {
        key: key.public().clone(),
        assurance: Assurance::File,
        enrolled: "in memory, for a test".parse().unwrap(),
        end: None,
    };
    Person {
        name: name.parse().unwrap(),
        roles: vec![Role::Steward, Role::Approver, Role::Security],
        identities: BTreeMap::new(),
        keys: vec![key],
    }
}

pub(crate) fn roster(previous: Option<Digest>, persons: Vec<Person>) -> Roster {
    Roster { previous, change_quorum: 1, persons, recovery: None }
}

/// The shipped policy with a calendar that is always open, or always closed.
pub(crate) fn policy_texts(open: bool) -> PolicyTexts {
    PolicyTexts {
        guard: include_str!("../../../../policies/ship-to-main/guard.cedar").to_owned(),
        ask: include_str!("../../../../policies/ship-to-main/ask.cedar").to_owned(),
        schema: include_str!("../../../../policies/schema.cedarschema").to_owned(),
        data: if open {
            include_str!("../../../../policies/practice/data.json").to_owned()
        } else {
            include_str!("../../../../policies/practice/closed.json").to_owned()
        },
    }
}

pub(crate) fn policy(texts: &PolicyTexts, previous: Option<Digest>) -> PolicySet {
    PolicySet {
        previous,
        guard: Digest::of(texts.guard.as_bytes()),
        ask: Digest::of(texts.ask.as_bytes()),
        schema: Digest::of(texts.schema.as_bytes()),
        data: Digest::of(texts.data.as_bytes()),
    }
}

/// An agent's key with the chain of its capability, root first.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) key: Ed25519Signer,
    pub(crate) chain: Vec<Signed<Capability>>,
}

impl Holder {
    pub(crate) fn leaf(&self) -> &Signed<Capability> {
        self.chain.last().unwrap()
    }

    /// Passes a narrower capability on, offline.
    pub(crate) fn attenuate(
        &self,
        realm: Digest,
        now: Timestamp,
        narrow: impl FnOnce(&mut Capability),
    ) -> Holder {
        let key = fresh_key();
        let mut child = self.leaf().body().clone();
        child.parent = Some(self.leaf().digest());
        child.holder = key.public().clone();
        child.max_depth -= 1;
        narrow(&mut child);
        let mut chain = self.chain.clone();
        chain.push(sign(&self.key, Realm::Of(realm), now, child));
        Holder { key, chain }
    }
}

/// A root for the whole story: merge, comment, deploy to staging, for eight hours.
pub(crate) fn capability(holder: &Ed25519Signer, repository: &Resource, now: Timestamp) -> Capability {
    let grant = |action: &str, arguments: &[(&str, Constraint)]| Grant {
        connection: "practice".parse().unwrap(),
        catalogue: "github-1".parse().unwrap(),
        actions: vec![action.parse().unwrap()],
        resources: vec![repository.clone()],
        arguments: arguments.iter().map(|(name, one)| ((*name).to_owned(), one.clone())).collect(),
    };
    let branch = || Constraint::Ref("refs/heads/**".to_owned());
    let exact = |value: &str| Constraint::Exact(Argument::Str(value.to_owned()));
    let issue = ("issue", Constraint::Range(1, 1_000_000));
    Capability {
        parent: None,
        holder: holder.public().clone(),
        label: "ci-bot".parse().unwrap(),
        grants: vec![
            grant("pulls/merge", &[("branch", branch()), ("target", exact("main"))]),
            grant("issues/create-comment", &[issue, ("body", Constraint::Glob("**".to_owned()))]),
            grant("repos/create-deployment", &[("ref", branch()), ("environment", exact("staging"))]),
        ],
        not_before: now,
        expires: now.plus(8 * 3_600),
        max_uses: None,
        rate: None,
        max_depth: 6,
        purpose: "a test".parse().unwrap(),
    }
}
