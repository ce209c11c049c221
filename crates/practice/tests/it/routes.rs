//! Every route, once rightly and once wrongly; and the route table itself.

use std::collections::BTreeSet;

use bailiwick_practice::{Conditions, routes};
use serde_json::{Value, json};

use crate::client::{BACKEND, World};

/// The base of every path about the story's repository.
fn at(path: &str) -> String {
    format!("/repos/{BACKEND}{path}")
}

/// Uses every route at least once so that it succeeds.
async fn succeed_everywhere(world: &World) {
    let control = world.control();
    let app = world.range.app().assertion_now();
    let ada = world.user("ada");
    let grace = world.user("grace");
    let token = world.full_token().await;
    let id = control.repository_id(BACKEND).unwrap();
    let installation = world.range.app().installation_id();
    let head = control.pull(BACKEND, 1).unwrap().head_sha;
    let get = async |path: String| world.get(&path, &token).await.expect(200);

    world.get("/app", &app).await.expect(200);
    world.get("/app/installations", &app).await.expect(200);
    world.get(&format!("/app/installations/{installation}"), &app).await.expect(200);
    world.get(&at("/installation"), &app).await.expect(200);
    world.mint(json!({"repository_ids": [id], "permissions": {"contents": "read"}})).await.expect(201);
    for path in
        ["/apps/acme-ci", "/installation/repositories", "/users/ada", "/users/acme", "/meta", "/rate_limit"]
    {
        get(path.to_owned()).await;
    }
    world.get("/users/bailiwick-practice%5Bbot%5D", &token).await.expect(200);
    world.get("/user", &ada).await.expect(200);
    let paths = [
        "",
        "/collaborators/grace/permission",
        "/branches/main",
        "/branches/feat-123",
        "/branches/main/protection",
        "/rules/branches/main",
        "/git/ref/heads/main",
        "/commits/main",
        "/compare/main...feat-123",
        "/compare/feat-123...main",
        "/contents/src",
        "/contents/src/cache.py?ref=feat-123",
        "/pulls",
        "/pulls?state=all&per_page=2&page=2",
        "/pulls/1",
        "/pulls/7",
        "/pulls/1/files",
        "/pulls/1/commits",
        "/pulls/1/reviews",
        "/issues/1",
        "/issues/8",
        "/commits/feat-123/check-runs",
        "/commits/feat-123/status",
        "/commits/feat-123/statuses",
        "/environments/staging",
        "/environments/staging/deployment-branch-policies",
    ];
    for path in paths {
        get(at(path)).await;
    }

    // What is written, and read again once it is there.
    let comment = world.post(&at("/issues/8/comments"), &token, json!({"body": "Seen."})).await.expect(201);
    assert_eq!(comment.body["user"]["login"], "bailiwick-practice[bot]");
    get(at("/issues/8/comments")).await;
    let status = json!({"state": "success", "context": "ci/deploy", "description": "fine"});
    world.post(&at(&format!("/statuses/{head}")), &token, status).await.expect(201);
    get(at("/commits/feat-123/status")).await;
    get(at("/commits/feat-123/statuses")).await;
    let run = json!({"name": "ci/extra", "head_sha": head.as_str(), "status": "in_progress"});
    let run = world.post(&at("/check-runs"), &token, run).await.expect(201);
    let run = at(&format!("/check-runs/{}", run.body["id"]));
    let done = json!({"status": "completed", "conclusion": "success", "output": {"title": "Fine", "summary": "All fine."}});
    world.patch(&run, &token, done).await.expect(200);

    let pull = control.prepare_pull(BACKEND, "tour", Conditions::without_review()).await.unwrap();
    let path = at(&format!("/pulls/{}", pull.number));
    world.patch(&path, &token, json!({"title": "A tour", "body": "Round"})).await.expect(200);
    let review = json!({"event": "APPROVE", "commit_id": pull.head.as_str()});
    let review = world.post(&format!("{path}/reviews"), &grace, review).await.expect(200);
    let dismissal = format!("{path}/reviews/{}/dismissals", review.body["id"]);
    world.put(&dismissal, &token, json!({"message": "Not yet", "event": "DISMISS"})).await.expect(200);
    world.post(&format!("{path}/reviews"), &grace, json!({"event": "APPROVE"})).await.expect(200);
    world.put(&format!("{path}/merge"), &token, json!({"sha": pull.head.as_str()})).await.expect(200);
    let more = bailiwick_practice::NewCommit::by("ada").write("opened.txt", "x\n");
    control.commit(BACKEND, "opened/by-hand", more).await.unwrap();
    let opened =
        json!({"title": "By hand", "head": "opened/by-hand", "base": "main", "body": "Words", "draft": true});
    let opened = world.post(&at("/pulls"), &ada, opened).await.expect(201);
    assert!(opened.header("location").ends_with(&at(&format!("/pulls/{}", opened.body["number"]))));

    let start = json!({"ref": "refs/heads/by-hand", "sha": head.as_str()});
    world.post(&at("/git/refs"), &token, start).await.expect(201);
    let write = json!({"message": "Write", "content": "eA==", "branch": "by-hand"});
    let written = world.put(&at("/contents/notes/x.txt"), &token, write).await.expect(201);
    let remove = json!({"message": "Remove", "sha": written.body["content"]["sha"], "branch": "by-hand"});
    world.call("DELETE", &at("/contents/notes/x.txt"), Some(&token), Some(remove)).await.expect(200);
    let back = json!({"sha": head.as_str(), "force": true});
    world.patch(&at("/git/refs/heads/by-hand"), &token, back).await.expect(200);
    let both = json!({"base": "by-hand", "head": "main", "commit_message": "Both"});
    world.post(&at("/merges"), &token, both).await.expect(201);
    world.call("DELETE", &at("/git/refs/heads/by-hand"), Some(&token), None).await.expect(204);
    let behind = world.put(&at("/pulls/4/update-branch"), &token, json!({})).await.expect(202);
    assert_eq!(behind.message(), "Updating pull request branch.");

    let deployment =
        json!({"ref": "main", "environment": "staging", "required_contexts": [], "payload": {"a": 1}});
    let deployment = world.post(&at("/deployments"), &token, deployment).await.expect(201);
    let path = at(&format!("/deployments/{}", deployment.body["id"]));
    world.get(&path, &token).await.expect(200);
    world.get(&at("/deployments?environment=staging"), &token).await.expect(200);
    world
        .post(&format!("{path}/statuses"), &token, json!({"state": "success", "description": "up"}))
        .await
        .expect(201);
    world.get(&format!("{path}/statuses"), &token).await.expect(200);
    world.call("DELETE", "/installation/token", Some(&token), None).await.expect(204);
}

/// Uses every route at least once so that it is refused: with a token that holds nothing but metadata,
/// without credentials where the token is enough, and about what is not there.
async fn be_refused_everywhere(world: &World) {
    let app = world.range.app().assertion_now();
    let owned = world.control().repository_id("acme/frontend").unwrap();
    let away = world.mint(json!({"repository_ids": [owned]})).await.expect(201);
    let away = away.body["token"].as_str().unwrap().to_owned().into();
    for route in routes() {
        let path = route
            .path
            .replace("{owner}/{repo}", BACKEND)
            .replace("{installation_id}", "1")
            .replace("{basehead}", "main...feat-123")
            .replace("{username}", "nobody-here");
        let path = path
            .split('/')
            .map(|part| if part.starts_with('{') { "1" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        let body = matches!(route.method, "POST" | "PUT" | "PATCH").then(|| json!({}));
        // A new one each time, because one of the routes revokes it.
        let blind = world.token(json!({"metadata": "read"})).await;
        let nobody = world.call(route.method, &path, None, body.clone()).await;
        let narrow = world.call(route.method, &path, Some(&blind), body.clone()).await;
        match route.operation {
            "apps/get-authenticated" | "apps/list-installations" | "apps/get-repo-installation" => {
                assert_eq!((nobody.status, narrow.status), (401, 401), "{}", route.operation);
                assert_eq!(narrow.message(), "A JSON web token could not be decoded");
            }
            "apps/get-installation" | "apps/create-installation-access-token" => {
                world.call(route.method, &path, Some(&app), body).await.expect(404);
            }
            "apps/list-repos-accessible-to-installation" | "apps/revoke-installation-access-token" => {
                nobody.expect(401);
                world.call(route.method, &path, Some(&world.user("ada")), None).await.expect(403);
            }
            "users/get-authenticated" => {
                assert_eq!((nobody.status, narrow.status), (401, 403));
            }
            "users/get-by-username" | "apps/get-by-slug" => {
                assert_eq!((nobody.status, narrow.status), (404, 404))
            }
            "meta/get" | "rate-limit/get" => {
                let bad = "nonsense".to_owned().into();
                world.get(&path, &bad).await.expect(401);
            }
            "repos/get" | "repos/get-branch-rules" | "repos/get-collaborator-permission-level" => {
                // Every token may know that the repository is there; one for another repository may not.
                nobody.expect(404);
                world.get(&path, &away).await.expect(404);
            }
            operation => {
                assert_eq!((nobody.status, narrow.status), (404, 403), "{operation}");
                assert_eq!(narrow.message(), "Resource not accessible by integration");
                let other = world.call(route.method, &path, Some(&away), body).await;
                assert_eq!((other.status, other.message()), (404, "Not Found"), "{operation}");
            }
        }
    }
}

#[tokio::test]
async fn every_route_answers_and_refuses() {
    let world = World::story().await;
    succeed_everywhere(&world).await;
    be_refused_everywhere(&world).await;
    let seen = world.control().requests();
    let statuses = |operation: &str, good: bool| {
        let of = seen.iter().filter(|s| s.operation == Some(operation));
        of.filter_map(|s| s.status).any(|status| (status < 400) == good)
    };
    for route in routes() {
        assert!(statuses(route.operation, true), "{} never succeeded", route.operation);
        // Credentials are looked at before the route is, so the anonymous routes are refused before they are known.
        let anonymous = matches!(route.operation, "meta/get" | "rate-limit/get");
        assert!(anonymous || statuses(route.operation, false), "{} was never refused", route.operation);
    }
}

#[tokio::test]
async fn the_table_has_each_operation_once_and_nothing_else_answers() {
    let operations: BTreeSet<&str> = routes().iter().map(|route| route.operation).collect();
    assert_eq!(operations.len(), routes().len());
    let paths: BTreeSet<(&str, &str)> = routes().iter().map(|route| (route.method, route.path)).collect();
    assert_eq!(paths.len(), routes().len());
    let world = World::story().await;
    let token = world.full_token().await;
    for path in [
        "/",
        "/graphql",
        "/repos",
        "/repos/acme",
        &at("/hooks"),
        &at("/actions/secrets"),
        "/_practice",
        "/_practice/control",
    ] {
        let answer = world.get(path, &token).await.expect(404);
        assert_eq!(answer.body, not_found(), "{path}");
    }
    for method in ["POST", "DELETE", "PUT", "PATCH"] {
        world.call(method, &at(""), Some(&token), None).await.expect(404);
    }
}

fn not_found() -> Value {
    json!({"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"})
}

#[tokio::test]
async fn health_is_all_that_the_range_says_of_itself() {
    let world = World::story().await;
    let health = world.call("GET", "/_practice/health", None, None).await.expect(200);
    assert_eq!(health.body, json!({"status": "ok"}));
}
