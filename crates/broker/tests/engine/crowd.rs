//! Agents that crowd their socket keep nobody from stopping them.

use super::Stage;
use bailiwick_authority::Target;
use bailiwick_client::{Agent, Console};
use bailiwick_protocol::ErrorCode;
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;

/// More connections than the agent socket has places, each with half a request head.
async fn crowd(stage: &Stage) -> Vec<UnixStream> {
    let mut crowd = Vec::new();
    for _ in 0..300 {
        let mut stream = UnixStream::connect(stage.places.agent_socket()).await.unwrap();
        stream.write_all(b"POST /agent/v1/invocations HTTP/1.1\r\nhost: ").await.unwrap();
        crowd.push(stream);
    }
    crowd
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowded_agent_socket_leaves_the_console_free_and_frees_itself() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let crowd = crowd(&stage).await;
    let (console, _) = Console::at(&stage.places.console_socket()).await.unwrap();
    assert_eq!(console.status().await.unwrap().numbers.operations, 0);
    stage.revoke(Target::Capability(bot.leaf().digest())).await.unwrap();
    // Heads that do not come are given up, and the next in the queue is let in.
    let agents = Agent::connect(&stage.places.agent_socket()).await.unwrap();
    let refused = agents.ask(&stage.comment_request(&bot, "revoked")).await.unwrap();
    assert_eq!(refused.reason.unwrap().code, ErrorCode::Revoked);
    drop(crowd);
}

#[tokio::test(flavor = "multi_thread")]
async fn consoles_that_only_listen_leave_places_for_those_who_stop() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let (mut listening, mut refused) = (Vec::new(), 0);
    for _ in 0..100 {
        match stage.console.events().await {
            Ok(events) => listening.push(events),
            Err(error) => {
                assert_eq!(error.code, ErrorCode::NotPermitted);
                refused += 1;
            }
        }
    }
    assert_eq!((listening.len(), refused), (64, 36));
    stage.revoke(Target::Capability(bot.leaf().digest())).await.unwrap();
    assert!(listening[0].next().await.is_some());
    drop(listening);
    let begun = std::time::Instant::now();
    while stage.console.events().await.is_err() {
        assert!(begun.elapsed() < super::stage::PATIENCE, "the places stay taken");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_request_does_not_keep_the_broker_from_ending() {
    let stage = Stage::new().await;
    let mut console = UnixStream::connect(stage.places.console_socket()).await.unwrap();
    console.write_all(b"GET /console/v1/status HTTP/1.1\r\nhost: ").await.unwrap();
    let mut body = UnixStream::connect(stage.places.agent_socket()).await.unwrap();
    let head = "POST /agent/v1/invocations HTTP/1.1\r\nhost: bailiwick\r\ncontent-length: 9\r\n\r\n{";
    body.write_all(head.as_bytes()).await.unwrap();
    let events = stage.console.events().await.unwrap();
    let begun = std::time::Instant::now();
    stage.end().await.unwrap();
    assert!(begun.elapsed().as_secs() < 8, "{:?}", begun.elapsed());
    drop((console, body, events));
}
