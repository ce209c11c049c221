//! Bytes that are no request: the broker answers with an error or hangs up, and goes on.

use super::state;
use crate::stage::{Stage, exchange, sized};
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use std::path::Path;
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;

fn requests() -> Vec<(&'static str, Vec<u8>)> {
    let get = |rest: &str| format!("GET /agent/v1/greeting HTTP/1.1\r\nhost: x\r\n{rest}\r\n").into_bytes();
    let post = |rest: &str| format!("POST /agent/v1/invocations HTTP/1.1\r\nhost: x\r\n{rest}").into_bytes();
    vec![
        ("nothing", Vec::new()),
        ("a line break", b"\r\n\r\n".to_vec()),
        ("zeroes", vec![0; 70_000]),
        ("no line break", vec![b'A'; 1 << 20]),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec()),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec()),
        ("HTTP/0.9", b"GET /agent/v1/greeting\r\n\r\n".to_vec()),
        ("HTTP/3.7", b"GET / HTTP/3.7\r\n\r\n".to_vec()),
        ("a header of a megabyte", get(&format!("x: {}\r\n", "a".repeat(1 << 20)))),
        ("ten thousand headers", get(&"x: y\r\n".repeat(10_000))),
        (
            "a path of a megabyte",
            format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(1 << 20)).into_bytes(),
        ),
        ("a header without a name", get(": y\r\n")),
        ("a header with a line break", get("x: y\r\n z\r\n")),
        ("a header with zeroes", get("x: \0\0\r\n")),
        ("two lengths", post("content-length: 2\r\ncontent-length: 3\r\n\r\n{}")),
        ("a negative length", post("content-length: -1\r\n\r\n{}")),
        ("a length and chunks", post("content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n")),
        ("a chunk that is none", post("transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")),
        ("a chunk of 2^64", post("transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n")),
        ("an unknown encoding", post("transfer-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}")),
        ("JSON that is none", post("content-length: 5\r\nconnection: close\r\n\r\n{\"a\":")),
        ("JSON a hundred thousand deep", {
            let body = "[".repeat(100_000);
            post(&format!("content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()))
        }),
        ("JSON of another shape", post("content-length: 15\r\nconnection: close\r\n\r\n{\"chain\":\"one\"}")),
        (
            "bytes that are no text",
            [post("content-length: 4\r\nconnection: close\r\n\r\n"), vec![0xff; 4]].concat(),
        ),
    ]
}

async fn answers(socket: &Path) {
    let route = if socket.to_str().unwrap().contains("console") {
        "/console/v1/status"
    } else {
        "/agent/v1/greeting"
    };
    let answer = crate::stage::send(socket, "GET", route, b"").await;
    assert_eq!(answer.status, 200, "it does not answer any more: {answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn is_answered_or_hung_up_on() {
    let stage = Stage::start().await;
    let before = state(&stage).await;
    for socket in [stage.places().agent_socket(), stage.places().console_socket()] {
        for (what, bytes) in requests() {
            // Whoever says nothing more than this closes its side.
            let mut stream = UnixStream::connect(&socket).await.unwrap();
            stream.write_all(&bytes).await.ok();
            stream.shutdown().await.ok();
            let mut said = Vec::new();
            let reading = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut said);
            let read = tokio::time::timeout(std::time::Duration::from_secs(20), reading).await;
            assert!(read.is_ok(), "{what}: neither answered nor hung up on");
            let said = String::from_utf8_lossy(&said);
            assert!(said.is_empty() || said.starts_with("HTTP/1."), "{what}: {said}");
            let status = said.split(' ').nth(1).unwrap_or("000");
            assert!(status != "200" || what.starts_with("a header"), "{what}: {said}");
            answers(&socket).await;
        }
    }
    assert_eq!(state(&stage).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_random() {
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let stage = Stage::start().await;
    let holder = stage.delegate().await;
    let ask = stage.ask(&holder, "issues/create-comment", &crate::stage::comment_arguments("mutant")).await;
    let body = serde_json::to_vec(&ask).unwrap();
    let good = [
        format!("POST /agent/v1/invocations HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len())
            .into_bytes(),
        body,
    ]
    .concat();
    let socket = stage.places().agent_socket();
    let rounds = sized(300, 30_000);
    for round in 0..rounds {
        let mut bytes = if round % 3 == 0 {
            let mut noise = vec![0; random.random_range(1..4096)];
            random.fill_bytes(&mut noise);
            noise
        } else {
            good.clone()
        };
        for _ in 0..random.random_range(1..8) {
            let at = random.random_range(0..bytes.len());
            // Never past the first quarter of the mutants' own signature: what stays whole must stay refused.
            bytes[at] = random.random();
        }
        let mut stream = UnixStream::connect(&socket).await.unwrap();
        stream.write_all(&bytes).await.ok();
        stream.shutdown().await.ok();
        let mut said = Vec::new();
        let reading = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut said);
        let read = tokio::time::timeout(std::time::Duration::from_secs(20), reading).await;
        assert!(read.is_ok(), "seed {seed}, round {round}: neither answered nor hung up on");
    }
    answers(&socket).await;
    // A byte of white space or of `wait_ms` is no forgery; whatever went through is the one request.
    let seen = stage.control().comments("acme/backend", 8).unwrap();
    assert!(
        seen.iter().all(|one| one.body == "mutant") && seen.len() <= 1,
        "a mutant said something else: {seen:?}"
    );
    stage.verify().await;
    println!("{rounds} mutants and noises; {} of them was the request itself", seen.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_idle_connections_keep_nobody_out() {
    let stage = Stage::start().await;
    let socket = stage.places().agent_socket();
    let mut idle = Vec::new();
    for number in 0..200 {
        let Ok(mut stream) = UnixStream::connect(&socket).await else { break };
        if number % 2 == 0 {
            stream.write_all(b"POST /agent/v1/invocations HTTP/1.1\r\nhost: x\r\n").await.ok();
        }
        idle.push(stream);
    }
    // Stopping is on a socket of its own.
    stage.console().await.status().await.unwrap();
    let target = bailiwick_protocol::TargetView { kind: "everything".into(), id: "all".into() };
    stage.console().await.pause(target).await.unwrap();
    let answer =
        exchange(&socket, b"GET /agent/v1/greeting HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    println!("{} idle connections on the agent socket; both sockets answered", idle.len());
}
