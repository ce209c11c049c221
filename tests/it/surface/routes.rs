//! No route of one socket is on the other, whatever it is called there; each takes its own method only.

use super::{AGENT, CONSOLE, METHODS, filled, refused, state};
use crate::stage::{Stage, exchange, send};
use bailiwick_protocol::route;

#[test]
fn every_route_of_the_protocol_is_tried() {
    let source = include_str!("../../../crates/protocol/src/route.rs");
    let declared = source.lines().filter(|line| line.starts_with("pub const ")).count();
    assert_eq!(declared, CONSOLE.len() + AGENT.len(), "a route of the protocol is not on the list");
}

/// The same route in other words.
fn disguises(route: &str) -> Vec<String> {
    let path = filled(route);
    let tail = path.trim_start_matches('/');
    vec![
        path.clone(),
        format!("//{tail}"),
        format!("/./{tail}"),
        format!("/agent/v1/../../{tail}"),
        format!("/agent/v1/..%2f..%2f{tail}"),
        format!("/agent/v1/invocations/../../../{tail}"),
        format!("/%63onsole{}", path.trim_start_matches("/console")),
        path.to_uppercase(),
        format!("{path}/"),
        format!("/{tail}#x"),
        format!("http://localhost{path}"),
        format!("unix:{path}"),
        format!("{}%00", path.split('?').next().unwrap()),
        format!("{};x=y", path.split('?').next().unwrap()),
        path.replacen("/v1/", "/v1//", 1),
        path.replacen("/v1/", "/v2/", 1),
        path.replacen('/', "\\", 1),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_console_route_on_the_agent_socket() {
    let stage = Stage::start().await;
    let (socket, before) = (stage.places().agent_socket(), state(&stage).await);
    let mut attempts = 0;
    for (_, route) in CONSOLE {
        for method in METHODS {
            for path in disguises(route) {
                let body = br#"{"target":{"kind":"everything","id":"all"},"envelope":"{}"}"#;
                let answer = send(&socket, method, &path, body).await;
                assert!(refused(&answer), "{method} {path} on the agent socket: {answer:?}");
                assert!(!answer.body.contains("\"entries\""), "{method} {path}: {answer:?}");
                attempts += 1;
            }
        }
    }
    assert_eq!(state(&stage).await, before);
    println!("{attempts} attempts at the console's routes over the agent socket: 0 got through");
    assert!(attempts >= 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_agent_route_on_the_console_socket() {
    let stage = Stage::start().await;
    let holder = stage.delegate().await;
    let ask = stage
        .ask(&holder, "issues/create-comment", &crate::stage::comment_arguments("over the console"))
        .await;
    let ask = serde_json::to_vec(&ask).unwrap();
    let (socket, before) = (stage.places().console_socket(), state(&stage).await);
    for (_, route) in AGENT {
        for method in METHODS {
            for path in disguises(route) {
                let answer = send(&socket, method, &path, &ask).await;
                assert!(refused(&answer), "{method} {path} on the console socket: {answer:?}");
            }
        }
    }
    assert_eq!(state(&stage).await, before);
    // The same request is good on the socket where it belongs.
    let answer = send(&stage.places().agent_socket(), "POST", route::AGENT_INVOCATIONS, &ask).await;
    assert_eq!((answer.status, answer.json()["outcome"].as_str()), (200, Some("succeeded")), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_method_that_a_route_takes() {
    let stage = Stage::start().await;
    let before = state(&stage).await;
    let sockets =
        [(stage.places().console_socket(), &CONSOLE[..]), (stage.places().agent_socket(), &AGENT[..])];
    for (socket, routes) in sockets {
        for (right, route) in routes {
            for method in METHODS.iter().filter(|method| *method != right) {
                // HEAD of a GET route is that route without its body.
                if *method == "HEAD" && *right == "GET" {
                    continue;
                }
                let answer = send(&socket, method, &filled(route), b"{}").await;
                assert!(refused(&answer), "{method} {route}: {answer:?}");
                if answer.status != 0 && *method != "HEAD" && *method != "CONNECT" {
                    assert_eq!(answer.code(), "not-found", "{method} {route}: {answer:?}");
                }
            }
        }
    }
    assert_eq!(state(&stage).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_hosts_and_origins_gain_nothing() {
    // On a local socket no browser comes by; the headers that one would send change nothing either way.
    let stage = Stage::start().await;
    let before = state(&stage).await;
    let socket = stage.places().agent_socket();
    for (name, value) in [
        ("host", "evil.example"),
        ("origin", "https://evil.example"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-original-url", route::SHUT_DOWN),
        ("x-rewrite-url", route::PAUSE),
        ("x-http-method-override", "DELETE"),
        ("upgrade", "websocket"),
    ] {
        let request = format!(
            "GET {} HTTP/1.1\r\nhost: x\r\n{name}: {value}\r\nconnection: close\r\n\r\n",
            route::AGENT_GREETING
        );
        let answer = exchange(&socket, request.as_bytes()).await;
        let head = answer.head.to_lowercase();
        assert!(!head.contains("access-control-"), "{name}: {head}");
        assert!(!head.contains("set-cookie"), "{name}: {head}");
    }
    assert_eq!(state(&stage).await, before);
}
