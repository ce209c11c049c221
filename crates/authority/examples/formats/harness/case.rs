//! A chain with all that it is judged against, as it stands in vectors and in generated files.

use super::json::{int, number};
use super::part::base64;
use super::verdict::{accepted, chain_refusal};
use bailiwick_authority::{
    Admissions, Digest, Envelope, KnownLinks, NoKnownLinks, Presented, Revocations, Roster, Setting, Target,
    Timestamp, Unverified, Value, verify_chain,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Self-contained: bytes and settings.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) invocation: Vec<u8>,
    pub(crate) realm: String,
    pub(crate) roster: Vec<u8>,
    pub(crate) broker: String,
    pub(crate) now: u64,
    /// Where the root stands in the ledger, if it does.
    pub(crate) admitted: Option<u64>,
    /// Kinds and ids of what was revoked.
    pub(crate) revoked: Vec<(String, String)>,
}

struct Admitted(Option<u64>);

impl Admissions for Admitted {
    fn place(&self, _: &Digest) -> Option<u64> {
        self.0
    }
}

struct Revoked(Vec<Target>);

impl Revocations for Revoked {
    fn is_revoked(&self, target: &Target) -> bool {
        self.0.contains(target)
    }
}

impl Case {
    /// `{"ok": {"person", "assurance", "leaf", "invocation"}}` or the refusal.
    pub(crate) fn judge(&self) -> Value {
        self.judge_knowing(&NoKnownLinks)
    }

    /// As [`Case::judge`], by a verifier that remembers links.
    pub(crate) fn judge_knowing(&self, known: &dyn KnownLinks) -> Value {
        let roster: Unverified<Roster> = Unverified::parse(&self.roster).unwrap();
        let revoked = self.revoked.iter().map(|(kind, id)| Target::from_parts(kind, id).unwrap()).collect();
        let setting = Setting {
            realm: self.realm.parse().unwrap(),
            roster: roster.body(),
            broker: self.broker.parse().unwrap(),
            now: Timestamp::from_seconds(self.now).unwrap(),
            admissions: &Admitted(self.admitted),
            revocations: &Revoked(revoked),
            known,
        };
        match verify_chain(Presented { chain: &self.chain, invocation: &self.invocation }, &setting) {
            Err(why) => chain_refusal(&why),
            Ok(authorised) => accepted(Value::object([
                ("person", Value::from(authorised.person())),
                ("assurance", Value::from(authorised.assurance().as_str())),
                ("leaf", Value::from(authorised.chain().last().unwrap().digest())),
                ("invocation", Value::from(authorised.invocation().digest())),
            ])),
        }
    }

    pub(crate) fn to_members(&self) -> Vec<(&'static str, Value)> {
        let target = |(kind, id): &(String, String)| {
            Value::object([("kind", Value::from(kind.as_str())), ("id", Value::from(id.as_str()))])
        };
        let mut members = vec![
            ("chain", Value::List(self.chain.iter().map(|bytes| text(bytes)).collect())),
            ("invocation", text(&self.invocation)),
            ("realm", Value::from(self.realm.as_str())),
            ("roster", text(&self.roster)),
            ("broker", Value::from(self.broker.as_str())),
            ("now", int(self.now)),
            ("revoked", Value::List(self.revoked.iter().map(target).collect())),
        ];
        members.extend(self.admitted.map(|place| ("admitted", int(place))));
        members
    }

    pub(crate) fn from_value(value: &Value) -> Case {
        let string = |field: &str| value.get(field).unwrap().as_str().unwrap().to_owned();
        let list = |field: &str| match value.get(field) {
            Some(Value::List(items)) => items.clone(),
            other => panic!("`{field}` is {other:?}"),
        };
        let part = |target: &Value, field: &str| target.get(field).unwrap().as_str().unwrap().to_owned();
        Case {
            chain: list("chain").iter().map(bytes).collect(),
            invocation: bytes(value.get("invocation").unwrap()),
            realm: string("realm"),
            roster: bytes(value.get("roster").unwrap()),
            broker: string("broker"),
            now: number(value, "now"),
            admitted: value.get("admitted").map(|_| number(value, "admitted")),
            revoked: list("revoked").iter().map(|t| (part(t, "kind"), part(t, "id"))).collect(),
        }
    }
}

/// Bytes as they stand in a file: a string where they are UTF-8, `{"base64"}` where they are not.
pub(crate) fn text(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::from(text),
        Err(_) => Value::object([("base64", Value::from(base64(bytes)))]),
    }
}

/// What [`text`] wrote.
pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::Str(text) => text.clone().into_bytes(),
        other => STANDARD.decode(other.get("base64").unwrap().as_str().unwrap()).unwrap(),
    }
}

/// The digest of a roster's statement, which names its realm if it is the genesis.
pub(crate) fn statement_digest(envelope: &[u8]) -> Digest {
    Envelope::parse(envelope).unwrap().statement_digest()
}
