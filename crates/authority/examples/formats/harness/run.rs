//! Runs one vector: from its type and inputs to what this crate makes of them.

use super::case::{Case, bytes};
use super::json::{int, set, value};
use super::scene::{capability, invocation};
use super::verdict::{accepted, envelope_code, format_code, refused, signature_code, succession_code};
use bailiwick_authority::{
    ActionId, Alarm, Approval, Argument, Capability, Connection, Constraint, Digest, Envelope, Fetch,
    Finding, FormatError, Halt, Invitation, Invocation, Kind, Name, NameError, Nonce, Pause, Payload,
    PolicySet, PublicKey, Realm, Receipt, Request, ResourceId, Resume, Revocation, Roster, Session, Standing,
    Suite, Text, Unverified, Value,
};
use std::str::FromStr;

/// The verdict on a vector, to be held against its `expect`.
pub(crate) fn run(vector: &Value) -> Value {
    let input = |field: &str| vector.get(field).unwrap_or_else(|| panic!("no `{field}`"));
    let text = |field: &str| input(field).as_str().unwrap();
    match text("type") {
        "json" => strict_json(&bytes(input("text"))),
        "envelope" => envelope(&bytes(input("envelope"))),
        "form" => form(text("form"), text("text")),
        "key" => key(&line(vector, "public")),
        "signature" => {
            signature(&line(vector, "public"), &bytes(input("message")), &bytes(input("signature")))
        }
        "statement" => {
            let key = vector.get("key").map(|_| line(vector, "key"));
            statement(text("kind"), &bytes(input("envelope")), key.as_deref())
        }
        "constraint" => constraint(input("constraint"), input("value")),
        "covers" => covers(input("wide"), input("narrow")),
        "chain" => Case::from_value(vector).judge(),
        "succession" => succession(&bytes(input("before")), &bytes(input("after"))),
        "leaf" => accepted(super::vectors::leaf::judge(input("leaves"))),
        other => panic!("no vectors of type `{other}`"),
    }
}

/// The public half at `field` as a line; its suite stands beside it, unless it is Ed25519.
fn line(vector: &Value, field: &str) -> String {
    let suite = vector.get("suite").and_then(Value::as_str).unwrap_or(Suite::Ed25519.as_str());
    format!("{suite}:{}", vector.get(field).and_then(Value::as_str).unwrap())
}

fn strict_json(bytes: &[u8]) -> Value {
    match Value::parse(bytes) {
        Ok(value) => {
            accepted(Value::object([("encoded", String::from_utf8(value.encode()).unwrap().into())]))
        }
        Err(error) => refused(format_code(&error)),
    }
}

fn envelope(bytes: &[u8]) -> Value {
    match Envelope::parse(bytes) {
        Ok(envelope) => accepted(Value::object([
            ("payload_type", Value::from(envelope.payload_type())),
            ("payload", Digest::of(envelope.payload()).into()),
            ("kind", Kind::of(&envelope).map_or("none", Kind::as_str).into()),
            ("statement", envelope.statement_digest().into()),
            ("envelope", Digest::of(bytes).into()),
        ])),
        Err(error) => refused(envelope_code(&error)),
    }
}

fn form(form: &str, text: &str) -> Value {
    fn good<T: FromStr<Err = NameError>>(text: &str) -> bool {
        text.parse::<T>().is_ok()
    }
    let good = match form {
        "name" => good::<Name>(text),
        "action" => good::<ActionId>(text),
        "resource" => good::<ResourceId>(text),
        "text" => good::<Text>(text),
        "digest" => good::<Digest>(text),
        "nonce" => good::<Nonce>(text),
        "realm" => good::<Realm>(text),
        other => panic!("no form `{other}`"),
    };
    if good { accepted(Value::object::<&str>([])) } else { refused("invalid-field") }
}

fn key(line: &str) -> Value {
    match PublicKey::from_line(line) {
        Ok(key) => accepted(Value::object([("id", Value::from(key.id()))])),
        Err(error) => refused(format_code(&error)),
    }
}

fn signature(line: &str, message: &[u8], signature: &[u8]) -> Value {
    match PublicKey::from_line(line) {
        Ok(key) if key.verifies(message, signature) => accepted(Value::object::<&str>([])),
        Ok(_) => refused("wrong-signature"),
        Err(error) => refused(format_code(&error)),
    }
}

fn statement(kind: &str, envelope: &[u8], key: Option<&str>) -> Value {
    match Kind::ALL.into_iter().find(|one| one.as_str() == kind).unwrap() {
        Kind::Roster => read::<Roster>(envelope, key),
        Kind::Connection => read::<Connection>(envelope, key),
        Kind::Policy => read::<PolicySet>(envelope, key),
        Kind::Capability => read::<Capability>(envelope, key),
        Kind::Invocation => read::<Invocation>(envelope, key),
        Kind::Revocation => read::<Revocation>(envelope, key),
        Kind::Halt => read::<Halt>(envelope, key),
        Kind::Pause => read::<Pause>(envelope, key),
        Kind::Resume => read::<Resume>(envelope, key),
        Kind::Fetch => read::<Fetch>(envelope, key),
        Kind::Request => read::<Request>(envelope, key),
        Kind::Approval => read::<Approval>(envelope, key),
        Kind::Standing => read::<Standing>(envelope, key),
        Kind::Session => read::<Session>(envelope, key),
        Kind::Invitation => read::<Invitation>(envelope, key),
        Kind::Alarm => read::<Alarm>(envelope, key),
        Kind::Receipt => read::<Receipt>(envelope, key),
        Kind::Finding => read::<Finding>(envelope, key),
    }
}

fn succession(before: &[u8], after: &[u8]) -> Value {
    let read = |envelope: &[u8]| Unverified::<Roster>::parse(envelope).unwrap();
    match read(after).body().succeeds(read(before).body()) {
        Ok(()) => accepted(Value::object::<&str>([])),
        Err(why) => refused(succession_code(&why)),
    }
}

fn read<T: Payload>(envelope: &[u8], key: Option<&str>) -> Value {
    let statement = match Unverified::<T>::parse(envelope) {
        Ok(statement) => statement,
        Err(error) => return refused(envelope_code(&error)),
    };
    let (digest, common) = (statement.digest(), statement.common().clone());
    if let Some(line) = key {
        let key = PublicKey::from_line(line).unwrap();
        if let Err(error) = statement.verify(&key) {
            return refused(signature_code(error));
        }
    }
    accepted(Value::object([
        ("statement", Value::from(digest)),
        ("realm", Value::from(common.realm.to_string())),
        ("issuer", Value::from(common.issuer)),
        ("issued", int(common.issued.seconds())),
        ("nonce", Value::from(common.nonce.to_string())),
    ]))
}

/// A constraint as it stands in a capability.
pub(crate) fn read_constraint(constraint: &Value) -> Result<Constraint, FormatError> {
    let grant = Value::object([
        ("connection", Value::from("github")),
        ("catalogue", Value::from("github-1")),
        ("actions", value(r#"["pulls/merge"]"#)),
        ("resources", value(r#"[{"id":"repository:1","name":"a/b"}]"#)),
        ("arguments", Value::object([("x", constraint.clone())])),
    ]);
    let payload = capability("ada", "agent-1", vec![grant], "constraint").encode();
    let envelope = Envelope::new(Kind::Capability.payload_type(), payload, Vec::new());
    let capability: Unverified<Capability> = Unverified::read(envelope)?;
    Ok(capability.body().grants[0].arguments.get("x").unwrap().clone())
}

/// An argument as it stands in an invocation.
pub(crate) fn read_argument(argument: &Value) -> Result<Argument, FormatError> {
    let mut payload = invocation("agent-1", "pulls/merge", value("{}"), "argument");
    set(&mut payload, "arguments/x", argument.clone());
    let envelope = Envelope::new(Kind::Invocation.payload_type(), payload.encode(), Vec::new());
    let invocation: Unverified<Invocation> = Unverified::read(envelope)?;
    Ok(invocation.body().arguments.get("x").unwrap().clone())
}

fn constraint(constraint: &Value, value: &Value) -> Value {
    match (read_constraint(constraint), read_argument(value)) {
        (Ok(constraint), Ok(value)) => {
            accepted(Value::object([("allows", Value::from(constraint.allows(&value)))]))
        }
        (Err(error), _) | (_, Err(error)) => refused(format_code(&error)),
    }
}

fn covers(wide: &Value, narrow: &Value) -> Value {
    match (read_constraint(wide), read_constraint(narrow)) {
        (Ok(wide), Ok(narrow)) => accepted(Value::object([("covers", Value::from(wide.covers(&narrow)))])),
        (Err(error), _) | (_, Err(error)) => refused(format_code(&error)),
    }
}
