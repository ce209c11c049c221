//! An outcome that is unknown is found out at the destination.

use bailiwick_authority::{Argument, Timestamp, Value};
use bailiwick_broker::destinations::github::{Found, Operation};
use bailiwick_practice::{Act, Fault, NewCommit};

use super::{BACKEND, World, operation_id, text};

async fn look_up(world: &World, operation: &Operation, facts: &Value, age_s: u64) -> Found {
    let token = world.mint(&operation.look_up_scope()).await.unwrap();
    let now = world.now();
    let sent = Timestamp::from_seconds(now.seconds() - age_s).unwrap();
    let found = world.github.look_up(operation, facts, &operation_id(), &token, sent, now).await.unwrap();
    world.github.destroy(token).await;
    found
}

fn actions(world: &World) -> Vec<(Operation, &'static str, &'static str)> {
    vec![
        (world.merge("feat-123"), "PUT", "/repos/*/*/pulls/*/merge"),
        (
            world.operation("issues/create-comment", &[("issue", Argument::Int(8)), ("body", text("a\nb"))]),
            "POST",
            "/repos/*/*/issues/*/comments",
        ),
        (
            world.operation(
                "pulls/create",
                &[("branch", text("work")), ("target", text("main")), ("title", text("Work"))],
            ),
            "POST",
            "/repos/*/*/pulls",
        ),
        (
            world.operation(
                "repos/create-deployment",
                &[("ref", text("main")), ("environment", text("staging"))],
            ),
            "POST",
            "/repos/*/*/deployments",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_and_not_answered_is_found() {
    let world = World::story().await;
    let work = NewCommit::by("ada").message("Work").write("src/work.py", "WORK = 1\n");
    world.control().commit(BACKEND, "work", work).await.unwrap();
    for (operation, method, path) in actions(&world) {
        let facts = world.evidence(&operation).await.unwrap().facts;
        let found = look_up(&world, &operation, &facts, 5).await;
        assert!(matches!(found, Found::CannotTell(_)), "{}: {found:?}", operation.id());
        let found = look_up(&world, &operation, &facts, 100).await;
        assert!(matches!(found, Found::DidNotHappen(_)), "{}: {found:?}", operation.id());
        world.control().inject(Fault::on(method, path, Act::CloseAfterDoing));
        let failure = world.act(&operation, &facts).await.unwrap_err();
        assert!(failure.may_have_happened, "{failure}");
        let found = look_up(&world, &operation, &facts, 5).await;
        assert!(matches!(found, Found::Happened(_)), "{}: {found:?}", operation.id());
    }
    let merged = world.control().pull(BACKEND, 1).unwrap().merged_as.unwrap();
    let operation = world.merge("feat-123");
    let facts = Value::object([
        ("pull", Value::Int(1)),
        ("head", Value::from(world.control().pull(BACKEND, 1).unwrap().head_sha.as_str())),
    ]);
    let Found::Happened(output) = look_up(&world, &operation, &facts, 5).await else { panic!() };
    assert_eq!(output.get("merge_commit").and_then(Value::as_str), Some(merged.as_str()));
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_did_is_not_taken_for_ours() {
    let world = World::story().await;
    let work = NewCommit::by("ada").message("Work").write("src/work.py", "WORK = 1\n");
    world.control().commit(BACKEND, "work", work).await.unwrap();
    let mut facts = Vec::new();
    for (operation, ..) in actions(&world) {
        facts.push((world.evidence(&operation).await.unwrap().facts, operation));
    }
    // A person merges, comments and opens the pull request instead.
    let token = world.control().user_token("linnea").unwrap();
    let send = |method: &'static str, path: &'static str, body: &'static str| {
        let (url, token) = (format!("{}{path}", world.range.url()), token.clone());
        tokio::task::spawn_blocking(move || {
            use std::io::{Read as _, Write as _};
            let address = url.strip_prefix("http://").unwrap();
            let (address, path) = address.split_once('/').unwrap();
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            let bearer = secrecy::ExposeSecret::expose_secret(&token);
            write!(
                stream,
                "{method} /{path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: test\r\nAuthorization: Bearer {bearer}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            )
            .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
        })
    };
    send("PUT", "/repos/acme/backend/pulls/1/merge", "{}").await.unwrap();
    send("POST", "/repos/acme/backend/issues/8/comments", "{\"body\":\"a\\nb\"}").await.unwrap();
    send("POST", "/repos/acme/backend/pulls", "{\"title\":\"Work\",\"head\":\"work\",\"base\":\"main\"}")
        .await
        .unwrap();
    for (facts, operation) in &facts {
        let found = look_up(&world, operation, facts, 100).await;
        assert!(!matches!(found, Found::Happened(_)), "{}: {found:?}", operation.id());
    }
    // An operation of another id has another mark.
    let (deploy_facts, deploy) = facts.last().unwrap();
    world.act(deploy, deploy_facts).await.unwrap();
    let token = world.mint(&deploy.look_up_scope()).await.unwrap();
    let other = bailiwick_authority::Digest::of(b"another operation");
    let sent = Timestamp::from_seconds(world.now().seconds() - 100).unwrap();
    let found = world.github.look_up(deploy, deploy_facts, &other, &token, sent, world.now()).await.unwrap();
    assert!(matches!(found, Found::DidNotHappen(_)), "{found:?}");
    world.github.destroy(token).await;
}
