//! The client against a broker that misbehaves: absent, of another version, silent, gone in the middle.

#![cfg(unix)]
// The whole binary is tests; clippy sees that only of the functions marked so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::{get, post};
use bailiwick_client::{Agent, Console, StartError, start_broker};
use bailiwick_protocol::{
    ApiError, Ask, ErrorCode, Event, MAX_BODY_BYTES, PROTOCOL, Places, Submission, TargetView, route,
};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

/// A profile whose console and agent sockets are served by `router`, until it is dropped.
struct Served {
    places: Places,
    folder: tempfile::TempDir,
    server: tokio::task::JoinHandle<()>,
}

impl Served {
    fn by(router: Router) -> Served {
        let (folder, places) = profile();
        let console = listen(&places.console_socket());
        let agent = listen(&places.agent_socket());
        let server = tokio::spawn(async move {
            let second = router.clone();
            tokio::join!(async { axum::serve(console, router).await.unwrap() }, async {
                axum::serve(agent, second).await.unwrap()
            });
        });
        Served { places, folder, server }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
        assert!(self.folder.path().exists());
    }
}

fn profile() -> (tempfile::TempDir, Places) {
    let folder = tempfile::Builder::new().prefix("bc").tempdir().unwrap();
    let places = Places::of(Some(folder.path())).unwrap();
    (folder, places)
}

fn listen(socket: &Path) -> UnixListener {
    std::fs::create_dir_all(socket.parent().unwrap()).unwrap();
    UnixListener::bind(socket).unwrap()
}

fn status(protocol: u32) -> Value {
    json!({
        "version": "9.9.9", "protocol": protocol, "realm": null, "broker_key": "ed25519:x", "now": 1,
        "mode": "sidecar", "advisory": false, "halted": null, "paused": [], "entries": 0, "head": "h",
        "policy": null, "connections": [], "clock_behind": false,
        "numbers": {
            "operations": 0, "attributed": 0, "held_by_agents": 0, "minted": 0, "dead": 0, "alive": 0,
            "median_life_ms": null, "longest_life_ms": null,
        },
    })
}

/// A router whose status is good, and one more route.
fn good() -> Router {
    Router::new().route(route::STATUS, get(|| async { axum::Json(status(PROTOCOL)) }))
}

async fn refused(places: &Places) -> ApiError {
    let error = Console::connect(places).await.expect_err("it connects");
    assert!(!error.hint.is_empty(), "no hint: {error:?}");
    error
}

#[tokio::test]
async fn an_absent_broker_is_told_from_one_that_is_closed_to_us() {
    let (_folder, places) = profile();
    let error = refused(&places).await;
    assert_eq!(error.code, ErrorCode::NoBroker);
    assert!(error.message.contains("there is no socket"), "{error:?}");
    drop(listen(&places.console_socket()));
    let error = refused(&places).await;
    assert_eq!(error.code, ErrorCode::NoBroker);
    assert!(error.message.contains("nobody listens"), "{error:?}");
    let error = Agent::connect(&places.agent_socket()).await.expect_err("it connects");
    assert_eq!(error.code, ErrorCode::NoBroker);
}

#[tokio::test]
async fn another_version_is_named_and_the_hint_says_who_restarts() {
    for (answer, hint) in [
        (status(PROTOCOL + 1), "the broker is newer"),
        (status(PROTOCOL - 1), "an older one is still running"),
        (json!({"protocol": PROTOCOL, "version": "x"}), "the same version"),
        (json!({}), "an older one is still running"),
        (json!([]), "an older one is still running"),
    ] {
        let shown = answer.clone();
        let served =
            Served::by(Router::new().route(route::STATUS, get(move || async move { axum::Json(answer) })));
        let error = refused(&served.places).await;
        assert_eq!(error.code, ErrorCode::OtherVersion, "{shown}");
        assert!(error.hint.contains(hint), "{shown}: {error:?}");
    }
    let greeting = json!({"version": "0", "protocol": 99, "realm": null, "broker": "b", "now": 1});
    let served = Served::by(
        Router::new().route(route::AGENT_GREETING, get(move || async move { axum::Json(greeting) })),
    );
    let error = Agent::connect(&served.places.agent_socket()).await.expect_err("it connects");
    assert_eq!(error.code, ErrorCode::OtherVersion);
}

#[tokio::test]
async fn errors_come_through_as_they_were_said() {
    let said = ApiError::new(ErrorCode::Replayed, "it was used", "sign another");
    let answer = said.clone();
    let router = good()
        .route(route::PAUSE, post(move || async move { (http::StatusCode::CONFLICT, axum::Json(answer)) }))
        .route(route::POLICY, get(|| async { (http::StatusCode::INTERNAL_SERVER_ERROR, "\u{1b}[31moops") }));
    let served = Served::by(router);
    let console = Console::connect(&served.places).await.unwrap();
    let target = TargetView { kind: "everything".into(), id: "all".into() };
    assert_eq!(console.pause(target).await, Err(said));
    let error = console.policy().await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Internal);
    assert!(!error.message.contains('\u{1b}'), "{error:?}");
    // A route that this broker does not have.
    assert_eq!(console.capabilities().await.unwrap_err().code, ErrorCode::OtherVersion);
    assert!(console.operation("../../pause").await.is_err());
}

#[tokio::test]
async fn bodies_are_bounded_in_both_directions() {
    let endless = || async {
        let chunk = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 1 << 20]));
        Response::new(Body::from_stream(chunk))
    };
    let served = Served::by(good().route(route::CAPABILITIES, get(endless)));
    let console = Console::connect(&served.places).await.unwrap();
    assert_eq!(console.capabilities().await.unwrap_err().code, ErrorCode::TooLarge);
    let submission = Submission { envelope: "x".repeat(MAX_BODY_BYTES), policy: None, chain: Vec::new() };
    assert_eq!(console.submit(&submission).await.unwrap_err().code, ErrorCode::TooLarge);
}

#[tokio::test(start_paused = true)]
async fn a_silent_broker_is_given_up_after_a_while() {
    // Nobody reads what arrives; with the clock paused, waiting costs nothing.
    let (_folder, places) = profile();
    let _listener = listen(&places.console_socket());
    let error = refused(&places).await;
    assert_eq!(error.code, ErrorCode::NoBroker);
    assert!(error.message.contains("did not answer within 30 s"), "{error:?}");
}

#[tokio::test]
async fn a_broker_that_hangs_up_is_told_as_such() {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"version\":", "nonsense\r\n\r\n"] {
        let (_folder, places) = profile();
        let listener = listen(&places.console_socket());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = vec![0; 4096];
            let read = stream.read(&mut head).await.unwrap();
            assert!(read > 0);
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        let error = refused(&places).await;
        assert_eq!(error.code, ErrorCode::NoBroker, "{answer:?}: {error:?}");
        assert!(error.hint.contains("may have taken effect"), "{answer:?}: {error:?}");
        server.await.unwrap();
    }
}

#[tokio::test]
async fn events_go_on_after_the_stream_was_cut() {
    let served_streams = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&served_streams);
    let events = move || {
        let stream = counter.fetch_add(1, Ordering::SeqCst);
        async move {
            let event = json!({"event": "statement", "sequence": stream, "kind": "halt", "digest": "d"});
            // Each stream says one thing and ends, as one of a broker that restarts does.
            Response::new(Body::from(format!(": hello\n\nevent: x\ndata: {event}\n\n")))
        }
    };
    let served = Served::by(good().route(route::EVENTS, get(events)));
    let console = Console::connect(&served.places).await.unwrap();
    let mut events = console.events().await.unwrap();
    for sequence in 0..4 {
        let expected = Event::Statement { sequence, kind: "halt".into(), digest: "d".into() };
        assert_eq!(events.next().await, Some(expected));
        assert_eq!(events.next().await, Some(Event::Missed { count: 0 }), "being away is said");
    }
    assert!(served_streams.load(Ordering::SeqCst) >= 4);
}

#[tokio::test]
async fn an_agent_waits_no_longer_than_the_protocol_allows() {
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let greeting = json!({"version": "0", "protocol": PROTOCOL, "realm": null, "broker": "b", "now": 1});
    let router = Router::new()
        .route(route::AGENT_GREETING, get(move || async move { axum::Json(greeting) }))
        .route(
            route::AGENT_OPERATION,
            get(move |request: axum::extract::Request| async move {
                seen.lock().unwrap().push(request.uri().to_string());
                http::StatusCode::NOT_FOUND
            }),
        )
        .route(route::AGENT_INVOCATIONS, post(|| async { http::StatusCode::NOT_FOUND }));
    let served = Served::by(router);
    let agent = Agent::connect(&served.places.agent_socket()).await.unwrap();
    assert!(agent.operation("sha256:0?a/b", u64::MAX).await.is_err());
    let ask = Ask { chain: Vec::new(), invocation: String::new(), wait_ms: u64::MAX };
    assert!(agent.ask(&ask).await.is_err());
    assert_eq!(*asked.lock().unwrap(), ["/agent/v1/invocations/sha256:0%3Fa%2Fb?wait_ms=60000"]);
}

#[tokio::test]
async fn no_broker_is_started_from_where_there_is_none() {
    let (folder, places) = profile();
    let started = Instant::now();
    let error = start_broker(&places, Some(folder.path())).await.expect_err("it started something");
    let StartError::NoExecutable(path) = error else { panic!("{error:?}") };
    assert_eq!(path.file_name(), Some("bailiwick".as_ref()));
    assert!(started.elapsed() < Duration::from_secs(5));
    // One that runs is used, and one of another version is neither used nor joined by a second.
    let served = Served::by(good());
    assert!(start_broker(&served.places, None).await.is_ok());
    let other: PathBuf = served.places.console_socket();
    assert!(other.exists());
    let served =
        Served::by(Router::new().route(route::STATUS, get(|| async { axum::Json(status(PROTOCOL + 1)) })));
    let error = start_broker(&served.places, None).await.expect_err("it talks to another version");
    assert!(matches!(error, StartError::Broker(ApiError { code: ErrorCode::OtherVersion, .. })));
}
