//! Questions for tests: from the JSON of a table, and back to what the policy is asked.

use bailiwick_authority::{
    ActionId, Argument, Arguments, Assurance, Digest, KeyId, Name, Resource, Role, Text, Timestamp, Value,
};
use bailiwick_broker::Effect;
use bailiwick_broker::policy::{Decision, Policy, Question};
use bailiwick_protocol::PolicyTexts;

/// What a question borrows.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) path: Vec<Text>,
    pub(super) person: Name,
    pub(super) roles: Vec<Role>,
    pub(super) assurance: Assurance,
    pub(super) action: ActionId,
    pub(super) effects: Vec<Effect>,
    pub(super) connection: Name,
    pub(super) resource: Resource,
    pub(super) arguments: Arguments,
    pub(super) facts: Option<Value>,
    pub(super) now: Timestamp,
}

impl Asked {
    pub(super) fn of(value: &Value) -> Asked {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("no `{key}`"));
        let list = |key: &str| match value.get(key) {
            Some(Value::List(items)) => {
                items.iter().map(|item| item.as_str().expect("a string").to_owned()).collect::<Vec<_>>()
            }
            _ => panic!("no list `{key}`"),
        };
        let resource = value.get("resource").expect("a resource");
        let part = |key: &str| resource.get(key).and_then(Value::as_str).expect("a string");
        let arguments = match value.get("arguments") {
            Some(Value::Object(members)) => {
                members.iter().map(|(name, value)| (name.clone(), argument(value))).collect()
            }
            _ => Arguments::new(),
        };
        Asked {
            path: list("path").iter().map(|label| label.parse().expect("a label")).collect(),
            person: text("person").parse().expect("a name"),
            roles: list("roles").iter().map(|role| role.parse().expect("a role")).collect(),
            assurance: text("assurance").parse().expect("an assurance"),
            action: text("action").parse().expect("an action"),
            effects: list("effects").iter().map(|text| text.parse().expect("an effect")).collect(),
            connection: text("connection").parse().expect("a name"),
            resource: Resource {
                id: part("id").parse().expect("an id"),
                name: part("name").parse().expect("a name"),
            },
            arguments,
            facts: value.get("facts").cloned(),
            now: at(text("now")),
        }
    }

    pub(super) fn question(&self) -> Question<'_> {
        Question {
            agent: key(),
            path: &self.path,
            person: &self.person,
            roles: &self.roles,
            assurance: self.assurance,
            capability: Digest::of(b"a capability"),
            expires: self.now.plus(3600),
            action: &self.action,
            effects: &self.effects,
            connection: &self.connection,
            resource: &self.resource,
            arguments: &self.arguments,
            facts: self.facts.as_ref(),
            now: self.now,
        }
    }

    pub(super) fn decided_by(&self, policy: &Policy) -> Decision {
        policy.decide(&self.question())
    }

    /// The facts with `key` set.
    pub(super) fn with_fact(&self, key: &str, value: impl Into<Value>) -> Asked {
        let mut asked = self.clone();
        let Some(Value::Object(facts)) = &mut asked.facts else { panic!("no facts") };
        facts.insert(key.to_owned(), value.into());
        asked
    }

    /// The facts without `key`.
    pub(super) fn without_fact(&self, key: &str) -> Asked {
        let mut asked = self.clone();
        let Some(Value::Object(facts)) = &mut asked.facts else { panic!("no facts") };
        assert!(facts.remove(key).is_some(), "no fact `{key}`");
        asked
    }
}

/// A moment, written as RFC 3339.
pub(super) fn at(text: &str) -> Timestamp {
    let parsed: jiff::Timestamp = text.parse().expect("a time");
    Timestamp::from_seconds(u64::try_from(parsed.as_second()).expect("after 1970")).expect("before 10000")
}

fn key() -> KeyId {
    Digest::of(b"an agent").to_string().parse().expect("a key id")
}

fn argument(value: &Value) -> Argument {
    match value {
        Value::Str(text) => Argument::Str(text.clone()),
        Value::Int(number) => Argument::Int(*number),
        Value::Bool(flag) => Argument::Bool(*flag),
        other => panic!("not an argument: {other:?}"),
    }
}

/// A text of the folder `policies`.
pub(super) fn text(path: &str) -> String {
    let path = format!("{}/../../policies/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("`{path}`: {e}"))
}

/// The policy `ship-to-main`, as it is shipped.
pub(super) fn ship_to_main() -> PolicyTexts {
    PolicyTexts {
        guard: text("ship-to-main/guard.cedar"),
        ask: text("ship-to-main/ask.cedar"),
        schema: text("schema.cedarschema"),
        data: text("ship-to-main/data.json"),
    }
}

pub(super) fn loaded(texts: &PolicyTexts) -> Policy {
    Policy::load(texts).unwrap_or_else(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("the policy does not load:\n{}", lines.join("\n"))
    })
}

/// The question of a table's base: a merge into main that the shipped guard allows.
pub(super) fn good_merge() -> Asked {
    let table = Value::parse(text("ship-to-main/tests/merge.json").as_bytes()).expect("strict JSON");
    Asked::of(table.get("base").expect("a base"))
}

/// The ids of the policies that refused, in order.
pub(super) fn refusing(decision: &Decision) -> Vec<&str> {
    decision.refusals.iter().map(|refusal| refusal.policy.as_str()).collect()
}
