//! The shipped schema describes every action of the catalogue, with its arguments, effects and facts.

use super::asked::{loaded, ship_to_main};
use bailiwick_authority::{
    Argument, Arguments, Assurance, Digest, Invocation, KeyId, Resource, Role, Timestamp, Value,
};
use bailiwick_broker::destinations::github::{ACTIONS, ArgumentKind, ArgumentSpec, Operation, parse};
use bailiwick_broker::policy::{Decision, Policy, PolicyOutcome, Question};

fn argument(spec: &ArgumentSpec) -> Argument {
    let text = |text: &str| Argument::Str(text.to_owned());
    match spec.kind {
        ArgumentKind::Number => Argument::Int(7),
        ArgumentKind::OneOf(values) => text(values[0]),
        ArgumentKind::Branch if spec.name == "target" => text("main"),
        ArgumentKind::Line { .. } if spec.name == "environment" => text("staging"),
        _ => text("feat-123"),
    }
}

fn operation(id: &str, arguments: Arguments) -> (Invocation, Operation) {
    let now = Timestamp::from_seconds(1).expect("a time");
    let key: KeyId = Digest::of(b"").to_string().parse().expect("a key id");
    let invocation = Invocation {
        leaf: Digest::of(b""),
        broker: key,
        action: id.parse().expect("an action"),
        connection: "github".parse().expect("a name"),
        resource: Resource {
            id: "repository:1".parse().expect("an id"),
            name: "acme/backend".parse().expect("a name"),
        },
        arguments,
        expires: now,
        claims: Value::object::<String>([]),
    };
    let operation = parse(&invocation).unwrap_or_else(|e| panic!("{id}: {e}"));
    (invocation, operation)
}

fn judged(
    policy: &Policy,
    invocation: &Invocation,
    operation: &Operation,
    facts: Option<&Value>,
) -> Decision {
    let (path, person) = (["agent".parse().expect("a label")], "ada".parse().expect("a name"));
    policy.decide(&Question {
        agent: invocation.broker,
        path: &path,
        person: &person,
        roles: &[Role::Steward],
        assurance: Assurance::Keychain,
        capability: invocation.leaf,
        expires: invocation.expires,
        action: &invocation.action,
        effects: &operation.effects(),
        connection: &invocation.connection,
        resource: &invocation.resource,
        arguments: &invocation.arguments,
        facts,
        now: super::asked::at("2026-11-24T10:00:00Z"),
    })
}

/// The facts that `docs/github.md` describes.
fn facts(id: &str) -> Value {
    let text = match id {
        "pulls/merge" => {
            r#"{"repository":1,"pull":7,"branch":"feat-123","head":"aa","target":"refs/heads/main","base":"bb",
                "from_fork":false,"draft":false,"mergeable":true,"author":{"login":"l","id":1,"type":"User"},
                "commit_authors":["l"],"unattributed_commits":0,"checks":[],"checks_missing":[],
                "required_checks":["ci"],"changed_paths":["a"],"reviews":[],"approving_reviewers":["g"],
                "changes_requested_by":[]}"#
        }
        "issues/create-comment" => {
            r#"{"repository":1,"issue":7,"is_pull":true,"state":"open","locked":false}"#
        }
        "pulls/create" => {
            r#"{"repository":1,"branch":"b","head":"aa","target":"refs/heads/main","base":"bb"}"#
        }
        "repos/create-deployment" => r#"{"repository":1,"ref":"main","sha":"aa","environment":"staging"}"#,
        other => panic!("what are the facts of `{other}`?"),
    };
    Value::parse(text.as_bytes()).expect("strict JSON")
}

#[test]
fn every_action_can_be_judged_and_the_story_is_allowed() {
    let policy = loaded(&ship_to_main());
    for spec in &ACTIONS {
        let required = spec.arguments.iter().filter(|argument| argument.required);
        for arguments in [required.collect::<Vec<_>>(), spec.arguments.iter().collect()] {
            let arguments =
                arguments.into_iter().map(|spec| (spec.name.to_owned(), argument(spec))).collect();
            let (invocation, operation) = operation(spec.id, arguments);
            let facts = facts(spec.id);
            let decision = judged(&policy, &invocation, &operation, Some(&facts));
            assert_eq!(decision.outcome, PolicyOutcome::Allow, "{}: {:?}", spec.id, decision.refusals);
        }
    }
}

/// Each fact is read by the schema with its type: another type refuses.
#[test]
fn every_fact_that_the_schema_has_is_checked() {
    let policy = loaded(&ship_to_main());
    for spec in &ACTIONS {
        let arguments = spec.arguments.iter().map(|spec| (spec.name.to_owned(), argument(spec))).collect();
        let (invocation, operation) = operation(spec.id, arguments);
        let Value::Object(good) = facts(spec.id) else { panic!("facts are an object") };
        for name in good.keys().filter(|name| !matches!(name.as_str(), "repository" | "checks" | "reviews")) {
            let mut bad = good.clone();
            bad.insert(name.clone(), Value::object([("odd", Value::Bool(true))]));
            let decision = judged(&policy, &invocation, &operation, Some(&Value::Object(bad)));
            assert_eq!(decision.outcome, PolicyOutcome::Deny, "{}: {name}", spec.id);
            assert!(
                decision.errors.iter().any(|error| error.contains(name.as_str())),
                "{name}: {:?}",
                decision.errors
            );
        }
    }
}
