//! Pull requests and reviews through the API.

use bailiwick_practice::{Conditions, NewCommit, Verdict};
use serde_json::json;

use crate::client::{BACKEND, World};

#[tokio::test]
async fn lists_are_filtered_by_state_head_and_base() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    control.close_pull(BACKEND, 2).unwrap();
    let count = async |query: &str| {
        world
            .get(&format!("/repos/{BACKEND}/pulls?{query}"), &token)
            .await
            .expect(200)
            .body
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(count("").await, 6);
    assert_eq!(count("state=closed").await, 1);
    assert_eq!(count("state=all").await, 7);
    assert_eq!(count("head=acme:feat-123").await, 1);
    assert_eq!(count("head=acme:feat-123&base=main").await, 1);
    assert_eq!(count("head=acme:feat-123&base=other").await, 0);
    assert_eq!(count("head=other:feat-123").await, 0);
    assert_eq!(count("head=acme:nothing").await, 0);
    let newest = world.get(&format!("/repos/{BACKEND}/pulls?per_page=1"), &token).await;
    assert_eq!(newest.body[0]["number"], 7);
    let oldest = world.get(&format!("/repos/{BACKEND}/pulls?per_page=1&direction=asc"), &token).await;
    assert_eq!(oldest.body[0]["number"], 1);
}

#[tokio::test]
async fn a_pull_request_shows_what_it_changes() {
    let world = World::story().await;
    let token = world.full_token().await;
    let pull = world.get(&format!("/repos/{BACKEND}/pulls/1"), &token).await.expect(200).body;
    assert_eq!((&pull["title"], &pull["user"]["login"]), (&json!("Cache invalidation"), &json!("ada")));
    assert_eq!(
        (&pull["changed_files"], &pull["commits"], &pull["deletions"]),
        (&json!(2), &json!(2), &json!(0))
    );
    assert_eq!(
        (&pull["mergeable"], &pull["merged"], &pull["draft"]),
        (&json!(true), &json!(false), &json!(false))
    );
    assert_eq!(pull["head"]["sha"], world.control().tip(BACKEND, "feat-123").unwrap().as_str());
    assert_eq!(pull["base"]["repo"]["id"], world.control().repository_id(BACKEND).unwrap());
    let conflict = world.get(&format!("/repos/{BACKEND}/pulls/7"), &token).await.expect(200).body;
    assert_eq!((&conflict["mergeable"], &conflict["merge_commit_sha"]), (&json!(false), &json!(null)));
    let files = world.get(&format!("/repos/{BACKEND}/pulls/1/files"), &token).await.expect(200).body;
    assert_eq!((&files[0]["filename"], &files[0]["status"]), (&json!("src/cache.py"), &json!("modified")));
    let commits = world.get(&format!("/repos/{BACKEND}/pulls/1/commits"), &token).await.expect(200).body;
    assert_eq!(commits[1]["sha"], pull["head"]["sha"]);
    let mut diff = world.request("GET", &format!("/repos/{BACKEND}/pulls/1"), Some(&token), None);
    diff.headers_mut().insert("accept", "application/vnd.github.v3.diff".parse().unwrap());
    assert!(world.send(diff).await.unwrap().bytes.starts_with(b"diff --git a/src/cache.py b/src/cache.py\n"));
    world.get(&format!("/repos/{BACKEND}/pulls/8"), &token).await.expect(404);
    world.get(&format!("/repos/{BACKEND}/pulls/x"), &token).await.expect(404);
}

#[tokio::test]
async fn opening_is_refused_for_the_reasons_github_has() {
    let world = World::story().await;
    let token = world.full_token().await;
    let path = format!("/repos/{BACKEND}/pulls");
    world.control().commit(BACKEND, "open-me", NewCommit::by("ada").write("x.txt", "x\n")).await.unwrap();
    let open = async |body| world.post(&path, &token, body).await;
    let twice = open(json!({"title": "t", "head": "feat-123", "base": "main"})).await.expect(422);
    assert_eq!(twice.body["errors"][0]["message"], "A pull request already exists for acme:feat-123.");
    let nothing = open(json!({"title": "t", "head": "main", "base": "main"})).await.expect(422);
    assert_eq!(nothing.body["errors"][0]["message"], "No commits between main and main");
    let head = open(json!({"title": "t", "head": "nothing", "base": "main"})).await.expect(422);
    assert_eq!(
        (&head.body["errors"][0]["field"], &head.body["errors"][0]["code"]),
        (&json!("head"), &json!("invalid"))
    );
    let base = open(json!({"title": "t", "head": "open-me", "base": "nothing"})).await.expect(422);
    assert_eq!(base.body["errors"][0]["field"], "base");
    open(json!({"title": "t", "head": "other:open-me", "base": "main"})).await.expect(422);
    open(json!({"title": " ", "head": "open-me", "base": "main"})).await.expect(422);
    open(json!({"head": "open-me", "base": "main"})).await.expect(422);
    let made = open(json!({"title": "t", "head": "acme:open-me", "base": "main"})).await.expect(201);
    assert_eq!((&made.body["number"], &made.body["user"]["type"]), (&json!(9), &json!("Bot")));
}

#[tokio::test]
async fn a_pull_request_can_be_edited_closed_and_opened_again() {
    let world = World::story().await;
    let token = world.full_token().await;
    let path = format!("/repos/{BACKEND}/pulls/1");
    let edited = world.patch(&path, &token, json!({"title": "Other", "body": "Words"})).await.expect(200);
    assert_eq!((&edited.body["title"], &edited.body["body"]), (&json!("Other"), &json!("Words")));
    assert_eq!(
        world.patch(&path, &token, json!({"state": "closed"})).await.expect(200).body["state"],
        "closed"
    );
    assert_eq!(world.patch(&path, &token, json!({"state": "open"})).await.expect(200).body["state"], "open");
    let based = world.patch(&path, &token, json!({"base": "docs-api-limits"})).await.expect(200);
    assert_eq!(based.body["base"]["ref"], "docs-api-limits");
    world.patch(&path, &token, json!({"base": "nothing"})).await.expect(422);
    world.patch(&path, &token, json!({"state": "merged"})).await.expect(422);
    world.control().delete_branch(BACKEND, "feat-123").await.unwrap();
    assert!(!world.control().pull(BACKEND, 1).unwrap().open);
    world.patch(&path, &token, json!({"state": "open"})).await.expect(422);
}

#[tokio::test]
async fn nobody_approves_their_own_pull_request() {
    let world = World::story().await;
    let path = format!("/repos/{BACKEND}/pulls/4/reviews");
    let own = world.post(&path, &world.user("ada"), json!({"event": "APPROVE"})).await.expect(422);
    assert_eq!(own.body["errors"], json!(["Can not approve your own pull request"]));
    world
        .post(&path, &world.user("ada"), json!({"event": "REQUEST_CHANGES", "body": "no"}))
        .await
        .expect(422);
    world.post(&path, &world.user("ada"), json!({"event": "COMMENT", "body": "Look."})).await.expect(200);
    world.post(&path, &world.user("grace"), json!({"event": "REQUEST_CHANGES"})).await.expect(422);
    world.post(&path, &world.user("grace"), json!({"event": "MAYBE"})).await.expect(422);
    let elsewhere = world.control().tip(BACKEND, "feat-123").unwrap();
    let body = json!({"event": "APPROVE", "commit_id": elsewhere.as_str()});
    world.post(&path, &world.user("grace"), body).await.expect(422);
    let given = world.post(&path, &world.user("grace"), json!({"event": "APPROVE"})).await.expect(200);
    let head = world.control().tip(BACKEND, "docs-api-limits").unwrap();
    assert_eq!((&given.body["state"], &given.body["commit_id"]), (&json!("APPROVED"), &json!(head.as_str())));
}

#[tokio::test]
async fn an_objection_or_a_dismissal_undoes_an_approval() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    let pull = control.prepare_pull(BACKEND, "disputed", Conditions::met()).await.unwrap();
    let path = format!("/repos/{BACKEND}/pulls/{}", pull.number);
    let state = async || world.get(&path, &token).await.body["mergeable_state"].clone();
    assert_eq!(state().await, "clean");
    control.review(BACKEND, pull.number, "linnea", Verdict::ChangesRequested).unwrap();
    assert_eq!(state().await, "blocked");
    control.review(BACKEND, pull.number, "linnea", Verdict::Approved).unwrap();
    assert_eq!(state().await, "clean");
    let reviews = world.get(&format!("{path}/reviews"), &token).await.body;
    for review in reviews.as_array().unwrap() {
        let dismissal = format!("{path}/reviews/{}/dismissals", review["id"]);
        world.put(&dismissal, &token, json!({})).await.expect(422);
        let dismissed = world.put(&dismissal, &token, json!({"message": "Stale"})).await.expect(200);
        assert_eq!(dismissed.body["state"], "DISMISSED");
        world.put(&dismissal, &token, json!({"message": "Stale"})).await.expect(422);
    }
    assert_eq!(state().await, "blocked");
}

#[tokio::test]
async fn issues_and_pull_requests_share_numbers_but_not_permissions() {
    let world = World::story().await;
    let pulls = world.token(json!({"pull_requests": "write"})).await;
    let issues = world.token(json!({"issues": "write"})).await;
    let body = json!({"body": "Hello."});
    for (number, token, status) in
        [(1, &pulls, 201), (8, &pulls, 403), (1, &issues, 201), (8, &issues, 201), (9, &issues, 404)]
    {
        let path = format!("/repos/{BACKEND}/issues/{number}/comments");
        world.post(&path, token, body.clone()).await.expect(status);
    }
    let pull = world.get(&format!("/repos/{BACKEND}/issues/1"), &issues).await.expect(200);
    assert!(pull.body["pull_request"]["url"].as_str().unwrap().ends_with("/pulls/1"));
    let issue = world.get(&format!("/repos/{BACKEND}/issues/8"), &issues).await.expect(200);
    assert_eq!(
        (&issue.body["title"], issue.body.get("pull_request")),
        (&json!("Stale entries after a deploy"), None)
    );
    assert_eq!(world.control().comments(BACKEND, 1).unwrap().len(), 2);
}
