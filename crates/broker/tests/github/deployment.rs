//! What an environment asks of whoever deploys to it.

use bailiwick_broker::destinations::github::Operation;
use bailiwick_practice::EnvironmentRules;
use bailiwick_protocol::ErrorCode;
use serde_json::{Value, json};

use super::{BACKEND, World, edited, text};

fn deploy(world: &World, environment: &str) -> Operation {
    let arguments = [("ref", text("main")), ("environment", text(environment))];
    world.operation("repos/create-deployment", &arguments)
}

fn rules(facts: &Value) -> Value {
    let names = [
        "environment_exists",
        "wait_minutes",
        "required_reviewers",
        "prevents_self_review",
        "branch_policy",
        "branch_patterns",
        "custom_rules",
    ];
    names.map(|name| facts[name].clone()).to_vec().into()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_of_an_environment_are_facts() {
    let world = World::story().await;
    let control = world.control();
    assert_eq!(
        rules(&world.facts(&deploy(&world, "staging")).await),
        json!([true, 0, [], false, "none", [], 0])
    );
    assert_eq!(
        rules(&world.facts(&deploy(&world, "stagging")).await),
        json!([false, 0, [], false, "none", [], 0])
    );
    let held = EnvironmentRules {
        wait_minutes: 30,
        reviewers: vec!["linnea".into(), "grace".into()],
        prevent_self_review: true,
        branches: Some((0..120).map(|n| format!("release/{n:03}")).collect()),
    };
    control.environment(BACKEND, "production", held).unwrap();
    let facts = world.facts(&deploy(&world, "production")).await;
    assert_eq!(facts["branch_patterns"].as_array().unwrap().len(), 120);
    assert_eq!(
        (&facts["wait_minutes"], &facts["required_reviewers"]),
        (&json!(30), &json!(["grace", "linnea"]))
    );
    assert_eq!((&facts["prevents_self_review"], &facts["branch_policy"]), (&json!(true), &json!("custom")));
    control
        .environment(BACKEND, "production", EnvironmentRules { branches: Some(vec![]), ..Default::default() })
        .unwrap();
    assert_eq!(world.facts(&deploy(&world, "production")).await["branch_policy"], json!("protected"));
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_are_not_understood_are_counted_or_refused() {
    let world = World::story().await;
    let path = "/repos/*/*/environments/*";
    let teams = json!([
        {"id": 1, "node_id": "x", "type": "required_reviewers", "reviewers": [{"type": "Team", "reviewer": {"slug": "core"}}]},
        {"id": 2, "node_id": "y", "type": "custom_deployment_protection"},
    ]);
    world.control().inject(edited(path, move |found| found["protection_rules"] = teams.clone()));
    let facts = world.facts(&deploy(&world, "staging")).await;
    assert_eq!((&facts["required_reviewers"], &facts["custom_rules"]), (&json!(["@acme/core"]), &json!(1)));
    let nameless = json!([{"id": 1, "node_id": "x", "type": "required_reviewers", "reviewers": [{"type": "User", "reviewer": {}}]}]);
    world.control().inject(edited(path, move |found| found["protection_rules"] = nameless.clone()));
    assert_eq!(world.evidence(&deploy(&world, "staging")).await.unwrap_err().code(), ErrorCode::WrongAnswer);
    world.control().inject(edited(path, |found| found["name"] = json!("other")));
    assert_eq!(world.evidence(&deploy(&world, "staging")).await.unwrap_err().code(), ErrorCode::WrongAnswer);
}
