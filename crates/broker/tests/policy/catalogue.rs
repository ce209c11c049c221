//! The shipped schema describes every action of the catalogue, with its arguments, effects and facts.

use super::asked::{loaded, ship_to_main};
use bailiwick_authority::{
    Argument, Arguments, Assurance, Digest, Invocation, KeyId, Resource, Role, Timestamp, Value,
};
use bailiwick_broker::Effect;
use bailiwick_broker::destinations::github::{
    ACTIONS, ActionSpec, ArgumentKind, ArgumentSpec, Operation, parse,
};
use bailiwick_broker::policy::{Decision, Policy, PolicyOutcome, Question};

fn argument(spec: &ArgumentSpec) -> Argument {
    let text = |text: &str| Argument::Str(text.to_owned());
    match spec.kind {
        ArgumentKind::Number => Argument::Int(7),
        ArgumentKind::Commit => text("0123456789012345678901234567890123456789"),
        ArgumentKind::Path => text("src/a.py"),
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
                "changes_requested_by":[],"contributors":[],"commit_persons":["p"],"commit_strangers":[],
                "approving_persons":["q"],"independent_reviewers":["g"],"approvals":1,"required_approvals":1,
                "approvals_missing":0,"required_check_apps":[],"requires_code_owners":false,
                "code_owners_missing":[],"approvals_set_aside":[]}"#
        }
        "issues/create-comment" => {
            r#"{"repository":1,"issue":7,"is_pull":true,"state":"open","locked":false}"#
        }
        "pulls/create" => {
            r#"{"repository":1,"branch":"b","head":"aa","target":"refs/heads/main","base":"bb"}"#
        }
        "repos/create-deployment" => {
            r#"{"repository":1,"ref":"main","sha":"aa","environment":"staging","environment_exists":true,
                "wait_minutes":0,"required_reviewers":[],"prevents_self_review":false,"branch_policy":"none",
                "branch_patterns":[],"custom_rules":0}"#
        }
        _ => {
            r#"{"repository":1,"branch":"feat-123","target":"refs/heads/feat-123","exists":true,"protected":false,
                "changed_paths":["src/a.py"],"head":"aa","commit":"bb","path":"src/a.py","pull":7}"#
        }
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
            let story = STORY.contains(&spec.id);
            let expected = if story { PolicyOutcome::Allow } else { PolicyOutcome::Deny };
            assert_eq!(decision.outcome, expected, "{}: {:?}", spec.id, decision.refusals);
            assert_eq!(decision.errors, [""; 0], "{}", spec.id);
        }
    }
}

/// What the story's agent may do.
const STORY: [&str; 4] = ["pulls/merge", "issues/create-comment", "pulls/create", "repos/create-deployment"];

/// A policy that permits everything that the shipped guard does not forbid, so that only its rules refuse.
fn permissive() -> Policy {
    let mut texts = ship_to_main();
    texts.guard.push_str("\n@id(\"all\") @title(\"all\") permit (principal, action, resource);\n");
    loaded(&texts)
}

/// The arguments of an action under which it moves `main`, if there are any.
fn moving_main(spec: &ActionSpec) -> Option<(Invocation, Operation)> {
    let moved =
        ["branch", "target"].into_iter().filter(|name| spec.arguments.iter().any(|a| a.name == *name));
    moved.into_iter().find_map(|moved| {
        let arguments = spec.arguments.iter().map(|one| {
            let branch = if one.name == moved { "main" } else { "feat-123" };
            let value = match one.kind {
                ArgumentKind::Branch => Argument::Str(branch.to_owned()),
                _ => argument(one),
            };
            (one.name.to_owned(), value)
        });
        let (invocation, operation) = operation(spec.id, arguments.collect());
        let main = Effect::MovesRef("refs/heads/main".to_owned());
        operation.effects().contains(&main).then_some((invocation, operation))
    })
}

/// What an effect forbids is forbidden by every action that has it.
#[test]
fn nothing_of_the_catalogue_moves_main_but_a_reviewed_merge() {
    let (shipped, permissive) = (loaded(&ship_to_main()), permissive());
    let mut tried = Vec::new();
    for spec in &ACTIONS {
        let Some((invocation, operation)) = moving_main(spec) else { continue };
        tried.push(spec.id);
        let Value::Object(mut own) = facts(spec.id) else { panic!("facts are an object") };
        own.insert("target".to_owned(), Value::from("refs/heads/main"));
        let own = Value::Object(own);
        if spec.id == "pulls/merge" {
            assert_eq!(judged(&shipped, &invocation, &operation, Some(&own)).outcome, PolicyOutcome::Allow);
            let Value::Object(mut unreviewed) = own else { panic!("facts are an object") };
            unreviewed.insert("approving_reviewers".to_owned(), Value::strings([""; 0]));
            let decision = judged(&permissive, &invocation, &operation, Some(&Value::Object(unreviewed)));
            assert_eq!(decision.outcome, PolicyOutcome::Deny);
            continue;
        }
        // With its own facts, with those of a reviewed merge, and with none.
        for facts in [Some(&own), Some(&facts("pulls/merge")), None] {
            for policy in [&shipped, &permissive] {
                let decision = judged(policy, &invocation, &operation, facts);
                assert_eq!(decision.outcome, PolicyOutcome::Deny, "{}: {facts:?}", spec.id);
            }
        }
        let decision = judged(&permissive, &invocation, &operation, Some(&own));
        let why: Vec<&str> = decision.refusals.iter().map(|refusal| refusal.policy.as_str()).collect();
        assert!(why.contains(&"main-moves-by-merge"), "{}: {why:?}", spec.id);
    }
    assert_eq!(
        tried,
        [
            "pulls/merge",
            "repos/create-or-update-file-contents",
            "repos/delete-file",
            "git/create-ref",
            "git/update-ref",
            "git/delete-ref",
            "repos/merge",
            "pulls/update-branch",
        ]
    );
}

/// Elsewhere they can be permitted: the same rules say nothing of other branches, but for protected files.
#[test]
fn other_branches_move_where_a_policy_permits_it() {
    let policy = permissive();
    for spec in ACTIONS.iter().filter(|spec| !STORY.contains(&spec.id)) {
        let arguments = spec.arguments.iter().map(|spec| (spec.name.to_owned(), argument(spec))).collect();
        let (invocation, operation) = operation(spec.id, arguments);
        if operation.effects().contains(&Effect::MovesRef("refs/heads/main".to_owned())) {
            continue;
        }
        let decision = judged(&policy, &invocation, &operation, Some(&facts(spec.id)));
        assert_eq!(decision.outcome, PolicyOutcome::Allow, "{}: {:?}", spec.id, decision.refusals);
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
        let unread =
            ["repository", "checks", "reviews", "contributors", "required_check_apps", "approvals_set_aside"];
        for name in good.keys().filter(|name| !unread.contains(&name.as_str())) {
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
