//! What protects an environment, as GitHub says it.

use bailiwick_practice::EnvironmentRules;
use serde_json::json;

use crate::client::{BACKEND, World};

#[tokio::test]
async fn an_environment_says_what_protects_it() {
    let world = World::story().await;
    let token = world.token(json!({"actions": "read"})).await;
    let path = format!("/repos/{BACKEND}/environments/production");
    let free = world.get(&path, &token).await.expect(200);
    assert_eq!(
        (&free.body["protection_rules"], &free.body["deployment_branch_policy"]),
        (&json!([]), &json!(null))
    );
    let rules = EnvironmentRules {
        wait_minutes: 30,
        reviewers: vec!["grace".into()],
        prevent_self_review: true,
        branches: Some(vec!["main".into(), "release/*".into()]),
    };
    world.control().environment(BACKEND, "production", rules).unwrap();
    let held = world.get(&path, &token).await.expect(200).body;
    assert_eq!(held["protection_rules"][0]["wait_timer"], 30);
    assert_eq!(held["protection_rules"][1]["reviewers"][0]["reviewer"]["login"], "grace");
    assert_eq!(held["deployment_branch_policy"]["custom_branch_policies"], true);
    let patterns =
        world.get(&format!("{path}/deployment-branch-policies?per_page=1"), &token).await.expect(200);
    assert_eq!(
        (&patterns.body["total_count"], &patterns.body["branch_policies"][0]["name"]),
        (&json!(2), &json!("main"))
    );
    assert!(patterns.header("link").contains("page=2"));
    world.get(&format!("/repos/{BACKEND}/environments/nowhere"), &token).await.expect(404);
}
