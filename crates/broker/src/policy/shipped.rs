//! The sets that are shipped, with their tables. A profile takes one or several.

use super::compose::{SetTexts, compose};
use super::problem::PolicyProblem;
use bailiwick_protocol::PolicyTexts;

/// What all of them speak about.
pub const SCHEMA: &str = include_str!("../../../../policies/schema.cedarschema");

/// A set that is shipped.
#[derive(Clone, Copy, Debug)]
pub struct ShippedSet {
    /// What it is for, in one line.
    pub about: &'static str,
    /// Its texts.
    pub texts: SetTexts<'static>,
    /// Its tables, by file name.
    pub tables: &'static [(&'static str, &'static str)],
}

macro_rules! text {
    ($set:literal, $file:literal) => {
        include_str!(concat!("../../../../policies/", $set, "/", $file))
    };
}

macro_rules! set {
    ($name:literal, $about:literal, ask: $ask:expr, data: $data:expr, [$($table:literal),* $(,)?]) => {
        ShippedSet {
            about: $about,
            texts: SetTexts { name: $name, guard: text!($name, "guard.cedar"), ask: $ask, data: $data },
            tables: &[$(($table, include_str!(concat!("../../../../policies/", $name, "/tests/", $table)))),*],
        }
    };
}

/// Every one, those that permit something first.
pub static SETS: [ShippedSet; 8] = [
    set!(
        "ship-to-main",
        "agents merge what people reviewed into main, comment, open pull requests, deploy to staging",
        ask: text!("ship-to-main", "ask.cedar"),
        data: text!("ship-to-main", "data.json"),
        ["hours.json", "merge.json", "other-actions.json", "protected-paths.json"]
    ),
    set!(
        "deploy",
        "agents deploy: staging freely, production when two people agree",
        ask: text!("deploy", "ask.cedar"),
        data: text!("deploy", "data.json"),
        ["deploy.json", "with-ship-to-main.json"]
    ),
    set!(
        "trust-zones",
        "repositories in zones 1 full, 2 limited, 3 none; what no list names is closed",
        ask: "",
        data: text!("trust-zones", "data.json"),
        ["zones.json"]
    ),
    set!(
        "quiet-hours",
        "agents change nothing and write to nobody at night",
        ask: "",
        data: text!("quiet-hours", "data.json"),
        ["hours.json"]
    ),
    set!(
        "read-only",
        "agents change nothing, whatever other sets permit",
        ask: "",
        data: "",
        ["read-only.json"]
    ),
    set!(
        "incident-freeze",
        "nothing moves and nothing runs while an incident is open",
        ask: "",
        data: "",
        ["freeze.json"]
    ),
    set!(
        "credential-lifetimes",
        "a task's authority ends within an hour, an agent's within twelve",
        ask: "",
        data: "",
        ["lifetimes.json"]
    ),
    set!(
        "never-give",
        "what no agent does: settings, deletion, disclosure, money, protected files, a key in a plain file",
        ask: "",
        data: text!("never-give", "data.json"),
        ["never.json"]
    ),
];

/// The set of that name.
pub fn shipped(name: &str) -> Option<&'static ShippedSet> {
    SETS.iter().find(|set| set.texts.name == name)
}

/// Why sets do not make one policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTogether {
    /// None is shipped under this name.
    #[error("no set is shipped as `{}`", .0.escape_default())]
    NoSuchSet(String),
    /// Their data cannot be united.
    #[error("{0}")]
    Data(PolicyProblem),
}

/// Several of them as one policy.
pub fn together<S: AsRef<str>>(names: &[S]) -> Result<PolicyTexts, NotTogether> {
    let set = |name: &S| match shipped(name.as_ref()) {
        Some(set) => Ok(set.texts),
        None => Err(NotTogether::NoSuchSet(name.as_ref().to_owned())),
    };
    let sets: Vec<SetTexts<'static>> = names.iter().map(set).collect::<Result<_, _>>()?;
    compose(&sets, SCHEMA).map_err(NotTogether::Data)
}
