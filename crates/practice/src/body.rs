//! The bodies of GitHub's answers: one small builder for each resource, with every field that GitHub's
//! OpenAPI description requires.

pub(crate) mod app;
pub(crate) mod branch;
pub(crate) mod check;
pub(crate) mod commit;
pub(crate) mod content;
pub(crate) mod deployment;
pub(crate) mod environment;
pub(crate) mod issue;
pub(crate) mod pull;
pub(crate) mod repository;
pub(crate) mod review;
pub(crate) mod status;
pub(crate) mod user;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use crate::clock::stamp;
use crate::links::Links;
use crate::world::World;

/// What a builder looks things up in.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) world: &'a World,
    pub(crate) links: &'a Links,
}

/// An opaque id of GraphQL, in its older form: base64 of a type and a number.
pub(crate) fn node(kind: &str, id: impl std::fmt::Display) -> String {
    STANDARD.encode(format!("0{}:{kind}{id}", kind.len()))
}

/// A time that may be missing.
pub(crate) fn when(at: Option<jiff::Timestamp>) -> Value {
    at.map_or(Value::Null, |at| Value::String(stamp(at)))
}

/// Adds the entries of one object to another.
pub(crate) fn extend(body: &mut Value, more: Value) {
    if let (Value::Object(body), Value::Object(more)) = (body, more) {
        body.extend(more);
    }
}

/// An object of addresses: each name with its path below `base`.
pub(crate) fn addresses(base: &str, paths: &[(&str, &str)]) -> Map<String, Value> {
    paths.iter().map(|(name, path)| ((*name).to_owned(), Value::String(format!("{base}{path}")))).collect()
}
