//! Every vector: its inputs, and the verdict that was decided on when it was written. Writing one whose
//! verdict this crate does not reach fails.

mod agreed;
mod chain;
mod constraint;
mod envelope;
mod form;
mod json;
mod key;
pub(in crate::harness) mod leaf;
mod roster;
mod statement;
mod stop;
mod succession;
mod told;
mod webauthn;

use super::json::compact;
use super::run::run;
use bailiwick_authority::Value;
use std::sync::LazyLock;

/// One file of `spec/vectors`.
pub(crate) struct Vector {
    pub(crate) folder: &'static str,
    pub(crate) name: String,
    pub(crate) description: String,
    /// `type` and the inputs that it has.
    pub(crate) members: Vec<(&'static str, Value)>,
    pub(crate) expect: Expect,
}

/// What was decided on.
pub(crate) enum Expect {
    /// Accepted; the file says as what.
    Ok,
    /// Accepted, as this.
    As(Value),
    /// Refused, with a verdict line that begins like this.
    Refused(String),
}

/// Refused with this code.
pub(crate) fn no(code: &str) -> Expect {
    Expect::Refused(code.to_owned())
}

impl Vector {
    pub(crate) fn new(
        folder: &'static str,
        name: &str,
        description: &str,
        members: Vec<(&'static str, Value)>,
        expect: Expect,
    ) -> Vector {
        Vector { folder, name: name.to_owned(), description: description.to_owned(), members, expect }
    }

    /// The file's content.
    pub(crate) fn to_value(&self) -> Value {
        let mut members = self.members.clone();
        let verdict = run(&Value::object(members.clone()));
        let agreed = match &self.expect {
            Expect::Ok => verdict.get("ok").is_some(),
            Expect::As(value) => verdict.get("ok") == Some(value),
            Expect::Refused(begins) => super::fault::line(&verdict).starts_with(begins.as_str()),
        };
        assert!(agreed, "{}/{}: {}", self.folder, self.name, compact(&verdict));
        members.push(("description", Value::from(self.description.as_str())));
        members.push(("expect", verdict));
        Value::object(members)
    }
}

/// The inputs of all of them, without verdicts.
pub(crate) fn inputs() -> &'static [Value] {
    static INPUTS: LazyLock<Vec<Value>> =
        LazyLock::new(|| vectors().into_iter().map(|vector| Value::object(vector.members)).collect());
    &INPUTS
}

/// All of them.
pub(crate) fn vectors() -> Vec<Vector> {
    [
        json::vectors(),
        envelope::vectors(),
        form::vectors(),
        key::vectors(),
        webauthn::vectors(),
        statement::vectors(),
        roster::vectors(),
        stop::vectors(),
        succession::vectors(),
        agreed::vectors(),
        told::vectors(),
        constraint::vectors(),
        chain::vectors(),
        leaf::vectors(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
