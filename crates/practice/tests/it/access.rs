//! Who may do what: credentials of every kind, GitHub's words for each refusal, and the headers around.

use bailiwick_practice::{Options, Role, Seed};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::client::{Answer, BACKEND, World};

#[tokio::test]
async fn unknown_credentials_are_401_whatever_is_asked() {
    let world = World::story().await;
    for value in ["ghs_unknown", "github_pat_unknown", "x", "a b c"] {
        for path in ["/repos/acme/backend", "/user", "/nothing/here", "/meta"] {
            let answer = world.get(path, &SecretString::from(value.to_owned())).await.expect(401);
            assert_eq!(answer.message(), "Bad credentials");
        }
    }
    let seen = world.control().requests();
    assert!(seen.iter().all(|s| matches!(s.sender, bailiwick_practice::Sender::Refused { token: None })));
}

async fn with_authorization(world: &World, value: &str) -> Answer {
    let request = Request::builder()
        .uri(format!("{}/repos/{BACKEND}", world.range.url()))
        .header("user-agent", "practice-tests")
        .header("authorization", value)
        .body(Full::new(Bytes::new()))
        .unwrap();
    world.send(request).await.unwrap()
}

#[tokio::test]
async fn a_token_comes_as_bearer_token_or_basic() {
    let world = World::story().await;
    let token = world.full_token().await;
    let value = token.expose_secret();
    for good in [format!("Bearer {value}"), format!("token {value}"), format!("bearer {value}")] {
        with_authorization(&world, &good).await.expect(200);
    }
    let basic = |pair: String| format!("Basic {}", STANDARD.encode(pair));
    with_authorization(&world, &basic(format!("x-access-token:{value}"))).await.expect(200);
    for bad in
        [value.to_owned(), format!("Negotiate {value}"), basic(format!("ada:{value}")), basic("x".to_owned())]
    {
        with_authorization(&world, &bad).await.expect(401);
    }
}

#[tokio::test]
async fn a_request_without_a_user_agent_is_forbidden() {
    let world = World::story().await;
    let request =
        Request::builder().uri(format!("{}/meta", world.range.url())).body(Full::new(Bytes::new())).unwrap();
    let answer = world.send(request).await.unwrap().expect(403);
    assert!(String::from_utf8_lossy(&answer.bytes).contains("User-Agent"));
}

#[tokio::test]
async fn an_api_version_that_is_not_supported_is_400() {
    let world = World::story().await;
    for (version, status) in [("2022-11-28", 200), ("2026-03-10", 200), ("2019-01-01", 400), ("latest", 400)]
    {
        let mut request = world.request("GET", "/meta", None, None);
        request.headers_mut().insert("x-github-api-version", version.parse().unwrap());
        world.send(request).await.unwrap().expect(status);
    }
}

#[tokio::test]
async fn people_may_do_what_their_role_says() {
    let mut seed = Seed::story();
    let backend = seed.repositories.first_mut().unwrap();
    backend.collaborators.insert("ci-bot".to_owned(), Role::Read);
    backend.collaborators.remove("grace");
    let world = World::with(seed, Options::default()).await;
    let (ada, reader, stranger, admin) =
        (world.user("ada"), world.user("ci-bot"), world.user("grace"), world.user("linnea"));
    let repository = format!("/repos/{BACKEND}");
    let merge = format!("{repository}/pulls/1/merge");
    world.get(&repository, &stranger).await.expect(404);
    assert_eq!(world.get(&repository, &reader).await.expect(200).body["permissions"]["push"], false);
    assert_eq!(world.get(&repository, &ada).await.expect(200).body["permissions"]["push"], true);
    let refused = world.put(&merge, &reader, json!({})).await.expect(403);
    assert_eq!(refused.message(), "Resource not accessible by personal access token");
    world.post(&format!("{repository}/issues/1/comments"), &reader, json!({"body": "Hm."})).await.expect(201);
    world.patch(&format!("{repository}/pulls/1"), &reader, json!({"title": "Mine"})).await.expect(403);
    world.get(&format!("{repository}/branches/main/protection"), &ada).await.expect(403);
    world.get(&format!("{repository}/branches/main/protection"), &admin).await.expect(200);
    let run = json!({"name": "ci/test", "head_sha": world.control().tip(BACKEND, "main").unwrap().as_str()});
    world.post(&format!("{repository}/check-runs"), &admin, run).await.expect(403);
    // grace approved before she lost her access: her approval does not count any more.
    world.put(&merge, &ada, json!({})).await.expect(405);
}

#[tokio::test]
async fn a_public_repository_can_be_read_by_anybody_and_written_by_no_one_else() {
    let mut seed = Seed::story();
    seed.repositories.get_mut(0).unwrap().private = false;
    let world = World::with(seed, Options::default()).await;
    let repository = format!("/repos/{BACKEND}");
    for path in ["", "/branches/main", "/pulls/1", "/commits/main/status"] {
        world.call("GET", &format!("{repository}{path}"), None, None).await.expect(200);
    }
    world.call("GET", &format!("{repository}/branches/main/protection"), None, None).await.expect(401);
    let body = json!({"body": "Hello"});
    world.call("POST", &format!("{repository}/issues/1/comments"), None, Some(body)).await.expect(401);
}

#[tokio::test]
async fn answers_carry_github_s_headers() {
    let world = World::story().await;
    let token = world.full_token().await;
    let first = world.get(&format!("/repos/{BACKEND}"), &token).await.expect(200);
    for name in ["date", "etag", "x-github-request-id", "x-ratelimit-reset", "content-length"] {
        assert!(!first.header(name).is_empty(), "{name}");
    }
    assert_eq!(first.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(first.header("x-ratelimit-limit"), "15000");
    let used: u64 = first.header("x-ratelimit-used").parse().unwrap();
    let remaining: u64 = first.header("x-ratelimit-remaining").parse().unwrap();
    assert_eq!(used + remaining, 15_000);
    let second = world.get(&format!("/repos/{BACKEND}"), &token).await;
    assert_ne!(second.header("x-github-request-id"), first.header("x-github-request-id"));
    assert_eq!(second.header("etag"), first.header("etag"));
    let mut request = world.request("GET", &format!("/repos/{BACKEND}"), Some(&token), None);
    request.headers_mut().insert("if-none-match", first.header("etag").parse().unwrap());
    let unchanged = world.send(request).await.unwrap().expect(304);
    assert!(unchanged.bytes.is_empty());
}

#[tokio::test]
async fn the_primary_rate_limit_refuses_where_one_is_set() {
    let mut options = Options::default();
    options.rate_limit = Some(3);
    let world = World::with(Seed::story(), options).await;
    let token = world.full_token().await;
    for _ in 0..3 {
        world.get(&format!("/repos/{BACKEND}"), &token).await.expect(200);
    }
    let refused = world.get(&format!("/repos/{BACKEND}"), &token).await.expect(403);
    assert_eq!((refused.header("x-ratelimit-remaining"), refused.header("x-ratelimit-limit")), ("0", "3"));
    world.control().advance(std::time::Duration::from_secs(3601));
    let token = world.full_token().await;
    world.get(&format!("/repos/{BACKEND}"), &token).await.expect(200);
}

#[tokio::test]
async fn bodies_that_are_not_what_they_should_be() {
    let world = World::story().await;
    let token = world.full_token().await;
    let path = format!("{}/repos/{BACKEND}/issues/8/comments", world.range.url());
    let send = async |body: &'static [u8]| {
        let request = Request::builder()
            .method("POST")
            .uri(&path)
            .header("user-agent", "practice-tests")
            .header("authorization", format!("Bearer {}", token.expose_secret()))
            .body(Full::new(Bytes::from_static(body)))
            .unwrap();
        world.send(request).await.unwrap()
    };
    assert_eq!(send(b"{\"body\": ").await.expect(400).message(), "Problems parsing JSON");
    assert_eq!(send(b"[1]").await.expect(400).message(), "Body should be a JSON object");
    assert_eq!(send(b"{}").await.expect(422).message(), "Invalid request.\n\n\"body\" wasn't supplied.");
    assert_eq!(
        send(b"{\"body\": 1}").await.expect(422).message(),
        "Invalid request.\n\nFor 'properties/body', 1 is not a string."
    );
    let blank = send(b"{\"body\": \" \"}").await.expect(422);
    assert_eq!(blank.body["errors"][0]["code"], "missing_field");
    assert!(world.control().comments(BACKEND, 8).unwrap().is_empty());
}

#[tokio::test]
async fn the_api_can_lie_below_a_base_path() {
    let mut options = Options::default();
    options.base_path = "/api/v3".to_owned();
    let world = World::with(Seed::story(), options).await;
    assert!(world.range.url().ends_with("/api/v3"));
    let token = world.full_token().await;
    let read = world.get(&format!("/repos/{BACKEND}"), &token).await.expect(200);
    assert_eq!(read.body["url"], format!("{}/repos/{BACKEND}", world.range.url()));
    let outside = Request::builder()
        .uri(format!("{}/repos/{BACKEND}", world.range.git_url()))
        .header("user-agent", "practice-tests")
        .header("authorization", format!("Bearer {}", token.expose_secret()))
        .body(Full::new(Bytes::new()))
        .unwrap();
    world.send(outside).await.unwrap().expect(404);
}
