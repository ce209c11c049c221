//! Check runs and commit statuses.

use serde_json::json;

use crate::client::{BACKEND, World};

#[tokio::test]
async fn the_latest_run_of_each_check_and_app_counts() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    let head = control.tip(BACKEND, "feat-123").unwrap();
    control.check(BACKEND, &head, "acme-ci", ("ci/test", Some("failure"))).unwrap();
    control.check(BACKEND, &head, "acme-scan", ("ci/test", Some("success"))).unwrap();
    let list = async |query: &str| {
        let path = format!("/repos/{BACKEND}/commits/{head}/check-runs?{query}");
        world.get(&path, &token).await.expect(200).body
    };
    let latest = list("").await;
    assert_eq!(latest["total_count"], 3);
    let all = list("filter=all").await;
    assert_eq!(all["total_count"], 4);
    let tests = list("check_name=ci%2Ftest").await;
    let reported: Vec<(&str, &str)> = tests["check_runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| (run["app"]["slug"].as_str().unwrap(), run["conclusion"].as_str().unwrap()))
        .collect();
    assert_eq!(reported, [("acme-scan", "success"), ("acme-ci", "failure")]);
    assert_eq!(list("app_id=20002").await["total_count"], 1);
    assert_eq!(list("status=queued").await["total_count"], 0);
    let page = list("per_page=1&page=2").await;
    assert_eq!((page["check_runs"].as_array().unwrap().len(), &page["total_count"]), (1, &json!(3)));
}

#[tokio::test]
async fn an_app_reports_its_own_runs_and_no_others() {
    let world = World::story().await;
    let control = world.control();
    let token = world.token(json!({"checks": "write"})).await;
    let head = control.tip(BACKEND, "feat-123").unwrap();
    let runs = format!("/repos/{BACKEND}/check-runs");
    let made =
        world.post(&runs, &token, json!({"name": "deploy", "head_sha": head.as_str()})).await.expect(201);
    assert_eq!((&made.body["status"], &made.body["conclusion"]), (&json!("queued"), &json!(null)));
    assert_eq!(made.body["app"]["slug"], "bailiwick-practice");
    assert_eq!(made.body["pull_requests"][0]["number"], 1);
    let own = format!("{runs}/{}", made.body["id"]);
    world.patch(&own, &token, json!({"status": "completed"})).await.expect(422);
    world.patch(&own, &token, json!({"conclusion": "wonderful"})).await.expect(422);
    world
        .patch(&own, &token, json!({"completed_at": "yesterday", "conclusion": "success"}))
        .await
        .expect(422);
    let done = world.patch(&own, &token, json!({"conclusion": "success"})).await.expect(200);
    assert_eq!((&done.body["status"], &done.body["conclusion"]), (&json!("completed"), &json!("success")));
    let foreign = control.check(BACKEND, &head, "acme-ci", ("ci/test", None)).unwrap();
    let refused =
        world.patch(&format!("{runs}/{foreign}"), &token, json!({"conclusion": "success"})).await.expect(403);
    assert!(refused.message().starts_with("Invalid app_id `424242`"));
    world.patch(&format!("{runs}/1"), &token, json!({"conclusion": "success"})).await.expect(404);
    let nowhere = json!({"name": "deploy", "head_sha": "0000000000000000000000000000000000000000"});
    world.post(&runs, &token, nowhere).await.expect(422);
}

#[tokio::test]
async fn statuses_add_up_to_one_state() {
    let world = World::story().await;
    let control = world.control();
    let token = world.token(json!({"statuses": "write"})).await;
    let head = control.tip(BACKEND, "feat-123").unwrap();
    let combined = format!("/repos/{BACKEND}/commits/feat-123/status");
    let set = async |context: &str, state: &str| {
        let body = json!({"context": context, "state": state, "target_url": "https://ci.example/1"});
        world.post(&format!("/repos/{BACKEND}/statuses/{head}"), &token, body).await.expect(201);
        world.get(&combined, &token).await.expect(200).body["state"].clone()
    };
    assert_eq!(world.get(&combined, &token).await.expect(200).body["state"], "pending");
    assert_eq!(set("a", "success").await, "success");
    assert_eq!(set("b", "pending").await, "pending");
    assert_eq!(set("b", "error").await, "failure");
    assert_eq!(set("b", "success").await, "success");
    let whole = world.get(&combined, &token).await.body;
    assert_eq!((&whole["total_count"], &whole["sha"]), (&json!(2), &json!(head.as_str())));
    let all = world.get(&format!("/repos/{BACKEND}/commits/feat-123/statuses"), &token).await.expect(200);
    assert_eq!((all.body.as_array().unwrap().len(), &all.body[0]["creator"]["type"]), (4, &json!("Bot")));
    let path = format!("/repos/{BACKEND}/statuses/{head}");
    world.post(&path, &token, json!({"state": "fine"})).await.expect(422);
    world.post(&path, &token, json!({})).await.expect(422);
    let nowhere = format!("/repos/{BACKEND}/statuses/0000000000000000000000000000000000000000");
    world.post(&nowhere, &token, json!({"state": "success"})).await.expect(422);
    world.get(&format!("/repos/{BACKEND}/commits/nothing/status"), &token).await.expect(404);
}
