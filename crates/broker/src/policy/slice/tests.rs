//! Slices against whole sets: random policies, also such as no load would take, random questions, and the
//! stock authorizer on a request that was built and checked by the engine's own means.

use crate::effect::Effect;
use crate::policy::data::Data;
use crate::policy::problem::{PolicyText, Source};
use crate::policy::request::full_context;
use crate::policy::rule::RuleSet;
use crate::policy::scope::{Scope, Scopes};
use crate::policy::shape::PolicySchema;
use crate::policy::slice::{Slices, Verdict};
use crate::policy::template::engine_says;
use crate::policy::{Policy, PolicyDigests, PolicyOutcome, Question};
use bailiwick_authority::{
    ActionId, Argument, Arguments, Assurance, Digest, KeyId, Name, Resource, Role, Text, Timestamp, Value,
};
use bailiwick_protocol::PolicyTexts;
use cedar_policy::{AuthorizationError, Authorizer, Context, Decision, Request, RestrictedExpression};
use rand::{RngExt as _, SeedableRng as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

const AGENTS: [&str; 3] = ["one", "two", "three"];
const PERSONS: [&str; 2] = ["ada", "bob"];
const CONNECTIONS: [&str; 2] = ["github", "enterprise"];
const ACTIONS: [(&str, &[&str]); 4] = [
    ("pulls/merge", &["moves_ref", "runs_code"]),
    ("issues/create-comment", &["publishes"]),
    ("pulls/create", &["publishes", "runs_code"]),
    ("repos/create-deployment", &["deploys", "runs_code"]),
];

fn key(name: &str) -> KeyId {
    Digest::of(name.as_bytes()).to_string().parse().expect("a key id")
}

/// A scope or condition of whatever kind, also such as never match or err.
struct Writer(ChaCha8Rng);

impl Writer {
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from.choose(&mut self.0).expect("something to choose from")
    }

    fn principal(&mut self) -> String {
        let (agent, person) = (key(self.pick(&AGENTS)), self.pick(&PERSONS));
        match self.0.random_range(0..9) {
            0 | 1 => "principal".to_owned(),
            2 => "principal is Agent".to_owned(),
            3 | 4 => format!("principal == Agent::\"{agent}\""),
            5 => format!("principal in Person::\"{person}\""),
            6 => format!("principal is Agent in Person::\"{person}\""),
            7 => format!("principal in Agent::\"{agent}\""),
            _ => self
                .pick(&[
                    "principal is Person",
                    "principal == Person::\"ada\"",
                    "principal in Person::\"eve\"",
                ])
                .to_owned(),
        }
    }

    fn action(&mut self) -> String {
        let names: Vec<&str> = ACTIONS.iter().map(|(name, _)| *name).collect();
        let (one, two) = (self.pick(&names), self.pick(&names));
        let group = self.pick(&["moves_ref", "runs_code", "publishes", "deploys", "reads"]);
        match self.0.random_range(0..6) {
            0 => "action".to_owned(),
            1 | 2 => format!("action == Action::\"{one}\""),
            3 => format!("action in Action::\"{group}\""),
            4 => format!("action in [Action::\"{one}\", Action::\"{two}\"]"),
            _ => format!("action in [Action::\"{group}\", Action::\"{one}\"]"),
        }
    }

    fn resource(&mut self) -> String {
        let (connection, number) = (self.pick(&CONNECTIONS), self.0.random_range(1..4));
        match self.0.random_range(0..8) {
            0 | 1 => "resource".to_owned(),
            2 => "resource is Repository".to_owned(),
            3 | 4 => format!("resource == Repository::\"{connection}/{number}\""),
            5 => format!("resource in Connection::\"{connection}\""),
            6 => format!("resource is Repository in Connection::\"{connection}\""),
            _ => "resource == Connection::\"github\"".to_owned(),
        }
    }

    fn condition(&mut self) -> &'static str {
        [
            "",
            "",
            "when { context.time > 0 }",
            "when { context.effects.moves_ref.contains(\"refs/heads/main\") }",
            "when { context has merge && context.merge.draft }",
            "when { context.merge.draft }",
            "unless { context.calendar[\"business-hours\"] }",
            "when { context.time + 9223372036854775807 > 0 }",
            "when { context.nothing }",
            "when { context.time }",
            "when { principal.label == \"a\" } unless { resource.name like \"acme/*\" }",
            "when { principal.depth > 1 || context.protected_paths.isEmpty() }",
            "when { principal.person.roles.contains(\"steward\") }",
        ]
        .choose(&mut self.0)
        .expect("a condition")
    }

    fn set(&mut self, prefix: &str, asks: bool) -> String {
        let count = self.0.random_range(0..24);
        let mut text = String::new();
        for number in 0..count {
            let says = if asks || self.0.random_bool(0.4) { "forbid" } else { "permit" };
            let approval = if asks { "@approval(\"1 of approver\")" } else { "" };
            let (principal, action, resource) = (self.principal(), self.action(), self.resource());
            text += &format!(
                "@id(\"{prefix}-{number}\") @title(\"t\") @because(\"b\") @remedy(\"r\") {approval}\n\
                 {says} ({principal}, {action}, {resource}) {};\n",
                self.condition()
            );
        }
        text
    }
}

/// One random question, by value.
struct Made {
    agent: KeyId,
    path: Vec<Text>,
    person: Name,
    roles: Vec<Role>,
    action: ActionId,
    effects: Vec<Effect>,
    connection: Name,
    resource: Resource,
    arguments: Arguments,
    facts: Option<Value>,
    now: Timestamp,
}

impl Made {
    fn by(random: &mut Writer) -> Made {
        let (action, effects) = *ACTIONS.choose(&mut random.0).expect("an action");
        let effects = effects
            .iter()
            .map(|name| match *name {
                "moves_ref" => {
                    Effect::MovesRef(random.pick(&["refs/heads/main", "refs/heads/side"]).to_owned())
                }
                "deploys" => Effect::Deploys(random.pick(&["staging", "production"]).to_owned()),
                "publishes" => Effect::Publishes,
                _ => Effect::RunsCode,
            })
            .collect();
        let number = random.0.random_range(1..4);
        let facts = (action == "pulls/merge" && random.0.random_bool(0.8)).then(|| merge(&mut random.0));
        Made {
            agent: key(random.pick(&AGENTS)),
            path: (0..random.0.random_range(1..3))
                .map(|_| random.pick(&["a", "b"]).parse().expect("a label"))
                .collect(),
            person: random.pick(&PERSONS).parse().expect("a name"),
            roles: if random.0.random_bool(0.5) { vec![Role::Steward] } else { vec![Role::Approver] },
            action: action.parse().expect("an action"),
            effects,
            connection: random.pick(&CONNECTIONS).parse().expect("a name"),
            resource: Resource {
                id: format!("repository:{number}").parse().expect("an id"),
                name: random.pick(&["acme/backend", "other/thing"]).parse().expect("a name"),
            },
            arguments: Arguments::from([("branch".to_owned(), Argument::Str("feat".to_owned()))]),
            facts,
            now: Timestamp::from_seconds(1_795_514_400 + random.0.random_range(0..7 * 86_400))
                .expect("a time"),
        }
    }

    fn question(&self) -> Question<'_> {
        Question {
            agent: self.agent,
            path: &self.path,
            person: &self.person,
            roles: &self.roles,
            assurance: Assurance::Keychain,
            capability: Digest::of(b"a capability"),
            expires: self.now.plus(3_600),
            action: &self.action,
            effects: &self.effects,
            connection: &self.connection,
            resource: &self.resource,
            arguments: &self.arguments,
            facts: self.facts.as_ref(),
            now: self.now,
        }
    }
}

/// The facts of a good merge. What the schema does not have is for shapes to leave out; the stock context
/// gets none of it.
static MERGE: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let table = include_str!("../../../../../policies/ship-to-main/tests/merge.json");
    let table = Value::parse(table.as_bytes()).expect("a table");
    let facts = table.get("base").and_then(|base| base.get("facts")).expect("facts").clone();
    let Value::Object(mut members) = facts else { panic!("no object") };
    members.retain(|name, _| !matches!(name.as_str(), "repository" | "checks" | "reviews" | "base_ref"));
    members
});

fn merge(random: &mut ChaCha8Rng) -> Value {
    let mut members = MERGE.clone();
    members.insert("draft".to_owned(), Value::Bool(random.random_bool(0.5)));
    if random.random_bool(0.3) {
        members.insert("changed_paths".to_owned(), Value::strings([".github/x"]));
    }
    Value::Object(members)
}

fn expression(value: &Value) -> RestrictedExpression {
    match value {
        Value::Bool(flag) => RestrictedExpression::new_bool(*flag),
        Value::Int(number) => RestrictedExpression::new_long(*number),
        Value::Str(text) => RestrictedExpression::new_string(text.clone()),
        Value::List(items) => RestrictedExpression::new_set(items.iter().map(expression)),
        Value::Object(members) => RestrictedExpression::new_record(
            members.iter().map(|(name, value)| (name.clone(), expression(value))),
        )
        .expect("a record"),
    }
}

/// The whole set, under the stock authorizer, on a request that the engine built and checked.
fn stock(set: &RuleSet, question: &Question<'_>, schema: &PolicySchema, data: &Data) -> Verdict {
    let none = Slices::default();
    let scope = Scope::of(question, schema, &none, &none).expect("entities");
    let Value::Object(members) = full_context(question, data) else { panic!("no object") };
    let pairs = members.iter().map(|(name, value)| (name.clone(), expression(value)));
    let context = Context::from_pairs(pairs).expect("a context");
    let uid = |kind: &str, id: &str| format!("{kind}::\"{id}\"").parse().expect("a uid");
    let request = Request::new(
        uid("Agent", &question.agent.to_string()),
        uid("Action", question.action.as_str()),
        uid("Repository", &format!("{}/{}", question.connection, question.resource.id.id())),
        context,
        Some(&schema.cedar),
    )
    .expect("a request that fits the schema");
    let response = Authorizer::new().is_authorized(&request, &set.policies, &scope.entities);
    let mut errors: Vec<(usize, String, String)> = response
        .diagnostics()
        .errors()
        .map(|error| {
            let AuthorizationError::PolicyEvaluationError(error) = error;
            let id: &str = error.policy_id().as_ref();
            (set.rules[id].place, id.to_owned(), engine_says(&error.inner().to_string()))
        })
        .collect();
    errors.sort();
    let mut determining: Vec<&str> = response.diagnostics().reason().map(AsRef::as_ref).collect();
    determining.sort_by_key(|id| set.rules[*id].place);
    Verdict {
        allowed: response.decision() == Decision::Allow,
        determining: determining.into_iter().map(str::to_owned).collect(),
        errors: errors.into_iter().map(|(_, id, why)| (id, why)).collect(),
    }
}

fn rules(set: PolicyText, text: &str) -> RuleSet {
    let mut problems = Vec::new();
    let rules = RuleSet::parse(Source::new(set, text), &mut problems);
    assert!(problems.is_empty(), "{problems:?} in {text}");
    rules
}

/// 40 sets of 50 questions, or 2,000 of them under `BAILIWICK_SOAK=1`; each question twice, since the second
/// time its scope is remembered.
#[test]
fn a_slice_answers_as_the_whole_set_does() {
    let sets = if std::env::var_os("BAILIWICK_SOAK").is_some_and(|soak| soak == "1") { 2_000 } else { 40 };
    let seed = match std::env::var("BAILIWICK_SEED") {
        Ok(seed) => seed.parse().expect("`BAILIWICK_SEED` is a number"),
        Err(_) => SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").subsec_nanos().into(),
    };
    let mut random = Writer(ChaCha8Rng::seed_from_u64(seed));
    let schema = include_str!("../../../../../policies/schema.cedarschema");
    let data = include_str!("../../../../../policies/ship-to-main/data.json");
    let read_schema = PolicySchema::parse(schema).expect("a schema");
    let (mut cases, mut allowed, mut erred, mut refused, mut asked) = (0, 0, 0, 0, 0);
    for _ in 0..sets {
        let texts = PolicyTexts {
            guard: random.set("guard", false),
            ask: random.set("ask", true),
            schema: schema.to_owned(),
            data: data.to_owned(),
        };
        let (guard, ask) = (rules(PolicyText::Guard, &texts.guard), rules(PolicyText::Ask, &texts.ask));
        let policy = Policy {
            guard_slices: Slices::of(&guard),
            ask_slices: Slices::of(&ask),
            scopes: Scopes::default(),
            schema: read_schema.clone(),
            data: Data::parse(&texts.data).expect("data"),
            digests: PolicyDigests::of(&texts),
            guard,
            ask,
        };
        for _ in 0..50 {
            let made = Made::by(&mut random);
            let question = made.question();
            let whole = stock(&policy.guard, &question, &policy.schema, &policy.data);
            let asks = stock(&policy.ask, &question, &policy.schema, &policy.data);
            let mut errors = whole.errors.clone();
            let expected = if !whole.allowed || !errors.is_empty() {
                (PolicyOutcome::Deny, whole.determining)
            } else if asks.errors.is_empty() && asks.determining.is_empty() {
                (PolicyOutcome::Allow, whole.determining)
            } else if asks.errors.is_empty() {
                (PolicyOutcome::NeedsApproval, asks.determining)
            } else {
                errors = asks.errors;
                (PolicyOutcome::Deny, whole.determining)
            };
            let errors: Vec<String> = errors.iter().map(|(id, why)| format!("{id}: {why}")).collect();
            for _ in 0..2 {
                let decision = policy.decide(&question);
                let found = (decision.outcome, decision.determining);
                assert_eq!(found, expected, "seed {seed}, case {cases}: {texts:?} {question:?}");
                assert_eq!(decision.errors, errors, "seed {seed}, case {cases}: {texts:?} {question:?}");
            }
            cases += 1;
            allowed += usize::from(expected.0 == PolicyOutcome::Allow);
            asked += usize::from(expected.0 == PolicyOutcome::NeedsApproval);
            erred += usize::from(!errors.is_empty());
            refused += usize::from(!expected.1.is_empty() && expected.0 == PolicyOutcome::Deny);
        }
    }
    println!(
        "{cases} cases, BAILIWICK_SEED={seed}: {allowed} allowed, {asked} asked, {refused} forbidden, {erred} erred"
    );
    assert!([allowed, asked, erred, refused].iter().all(|count| *count > cases / 100));
}
