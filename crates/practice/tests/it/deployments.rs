//! Deployments: contexts that must be good, the default branch merged in, and how they end.

use bailiwick_practice::NewCommit;
use serde_json::json;

use crate::client::{BACKEND, World};

#[tokio::test]
async fn a_deployment_needs_good_contexts_unless_told_otherwise() {
    let world = World::story().await;
    let control = world.control();
    let token = world.token(json!({"deployments": "write"})).await;
    let path = format!("/repos/{BACKEND}/deployments");
    let failing = json!({"ref": "fix-login-timeout", "auto_merge": false, "environment": "staging"});
    let refused = world.post(&path, &token, failing).await.expect(409);
    assert_eq!(refused.message(), "Conflict: Commit status checks failed for fix-login-timeout.");
    let lint = json!({"ref": "fix-login-timeout", "auto_merge": false, "environment": "staging", "required_contexts": ["ci/lint"]});
    let made = world.post(&path, &token, lint).await.expect(201);
    assert_eq!(made.body["sha"], control.tip(BACKEND, "fix-login-timeout").unwrap().as_str());
    assert_eq!(
        (&made.body["environment"], &made.body["production_environment"]),
        (&json!("staging"), &json!(false))
    );
    let unknown = json!({"ref": "main", "required_contexts": ["never/heard"]});
    world.post(&path, &token, unknown).await.expect(409);
    world.post(&path, &token, json!({"ref": "nothing"})).await.expect(422);
    world.post(&path, &token, json!({})).await.expect(422);
    let production = world.post(&path, &token, json!({"ref": "main"})).await.expect(201);
    assert_eq!(
        (&production.body["environment"], &production.body["task"]),
        (&json!("production"), &json!("deploy"))
    );
    assert_eq!(control.deployments(BACKEND).unwrap().len(), 2);
}

#[tokio::test]
async fn a_branch_that_is_behind_gets_the_default_branch_first() {
    let world = World::story().await;
    let control = world.control();
    let token = world.token(json!({"deployments": "write"})).await;
    let path = format!("/repos/{BACKEND}/deployments");
    let before = control.tip(BACKEND, "feat-123").unwrap();
    let merged =
        world.post(&path, &token, json!({"ref": "feat-123", "environment": "staging"})).await.expect(202);
    assert_eq!(merged.message(), "Auto-merged main into feat-123 on deployment.");
    assert_ne!(control.tip(BACKEND, "feat-123").unwrap(), before);
    let conflict = world.post(&path, &token, json!({"ref": "feat-conflict"})).await.expect(409);
    assert_eq!(conflict.message(), "Conflict merging main into feat-conflict.");
    control.commit(BACKEND, "ahead", NewCommit::by("ada").write("a.txt", "a\n")).await.unwrap();
    world.post(&path, &token, json!({"ref": "ahead"})).await.expect(201);
}

#[tokio::test]
async fn a_success_makes_the_earlier_one_inactive() {
    let world = World::story().await;
    let control = world.control();
    let token = world.token(json!({"deployments": "write"})).await;
    let path = format!("/repos/{BACKEND}/deployments");
    let deploy = async || {
        let body = json!({"ref": "main", "environment": "staging", "required_contexts": []});
        let made = world.post(&path, &token, body).await.expect(201);
        format!("{path}/{}", made.body["id"])
    };
    let (first, second) = (deploy().await, deploy().await);
    for one in [&first, &second] {
        let running = json!({"state": "in_progress", "log_url": "https://ci.example/2"});
        let status = world.post(&format!("{one}/statuses"), &token, running).await.expect(201);
        assert_eq!(status.body["target_url"], "https://ci.example/2");
        world.post(&format!("{one}/statuses"), &token, json!({"state": "success"})).await.expect(201);
    }
    let states: Vec<Vec<String>> =
        control.deployments(BACKEND).unwrap().into_iter().map(|d| d.states).collect();
    assert_eq!(states, [vec!["in_progress", "success", "inactive"], vec!["in_progress", "success"]]);
    let listed = world.get(&format!("{first}/statuses"), &token).await.expect(200);
    assert_eq!(listed.body[0]["state"], "inactive");
    world.post(&format!("{first}/statuses"), &token, json!({"state": "done"})).await.expect(422);
    world.get(&format!("{path}?environment=production"), &token).await.expect(200);
    world.get(&format!("{path}/1"), &token).await.expect(404);
}
