//! GitHub unreachable: a closed port, a black hole, a hang after the request head, a reset in the body.

use crate::stage::{BACKEND, Destination, Line, Plan, Stage, until, until_within};
use bailiwick_practice::{Act, Fault};
use bailiwick_protocol::{ErrorCode, OperationView};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A stage whose way to the destination can be cut.
async fn on_a_line() -> (Stage, Arc<Line>) {
    let mut stage = Stage::bare(Plan::default()).await;
    let line = Line::to(stage.range.url()).await;
    let destination = Destination { api: line.url(), ..stage.destination.clone() };
    stage.lead_to(destination);
    stage.raise().await;
    stage.found().await;
    (stage, line)
}

fn failed(what: &str, view: &OperationView, code: ErrorCode) {
    let reason = view.reason.as_ref().unwrap();
    assert_eq!((view.outcome.as_deref(), reason.code), (Some("failed"), code), "{what}: {view:?}");
    assert!(view.receipt.is_some() && !reason.hint.is_empty(), "{what}: {view:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_port() {
    let (stage, line) = on_a_line().await;
    let holder = stage.delegate().await;
    assert_eq!(stage.comment(&holder, "open").await.unwrap().outcome.as_deref(), Some("succeeded"));
    line.close().await;
    let before = stage.control().minted().len();
    let started = Instant::now();
    let view = stage.comment(&holder, "closed").await.unwrap();
    failed("closed", &view, ErrorCode::Unreachable);
    println!("closed port: {:?} after {:?}", view.reason.unwrap().message, started.elapsed());
    assert_eq!(
        stage.console().await.check(crate::stage::CONNECTION).await.unwrap_err().code,
        ErrorCode::Unreachable
    );
    assert_eq!(stage.control().minted().len(), before);
    line.open().await;
    assert_eq!(stage.comment(&holder, "open again").await.unwrap().outcome.as_deref(), Some("succeeded"));
    stage.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_black_hole() {
    let (stage, line) = on_a_line().await;
    let holder = stage.delegate().await;
    line.swallow().await;
    let started = Instant::now();
    let view = stage.comment(&holder, "swallowed").await.unwrap();
    failed("swallowed", &view, ErrorCode::Unreachable);
    let took = started.elapsed();
    println!("black hole: {:?} after {took:?}", view.reason.unwrap().message);
    assert!(took < Duration::from_secs(15), "an unreachable destination is told within 15 s: {took:?}");
    assert!(stage.control().minted().is_empty());
    line.open().await;
    assert_eq!(stage.comment(&holder, "open again").await.unwrap().outcome.as_deref(), Some("succeeded"));
    stage.verify().await;
}

/// The steps of a merge at which the destination misbehaves.
const STEPS: [(&str, &str, &str); 4] = [
    ("mint", "POST", "/app/installations/*/access_tokens"),
    ("evidence", "GET", "/repos/acme/backend/pulls/*"),
    ("act", "PUT", "/repos/acme/backend/pulls/*/merge"),
    ("destroy", "DELETE", "/installation/token"),
];

/// One merge with one fault at one step, and what became of it.
async fn merge_with(step: (&str, &str, &str), act: Act, what: &str) -> String {
    let (name, method, path) = step;
    let stage = Stage::start().await;
    let holder = stage.delegate().await;
    let pull = stage.prepare("faulty").await;
    stage.control().inject(Fault::on(method, path, act));
    let started = Instant::now();
    let first = stage.merge(&holder, "faulty").await.unwrap();
    let took = started.elapsed();
    let ended = until_within(Duration::from_secs(100), "the outcome is known", async || {
        let view = stage.console().await.operation(&first.id).await.unwrap();
        (view.outcome.is_some() && view.outcome.as_deref() != Some("unknown")).then_some(view)
    })
    .await;
    let merged = stage.control().pull(BACKEND, pull).unwrap().merged_as.is_some();
    assert_eq!(merged, ended.outcome.as_deref() == Some("succeeded"), "{what} at {name}: {ended:?}");
    if name == "act" {
        assert_eq!(first.outcome.as_deref(), Some("unknown"), "{what} at {name}: {first:?}");
    }
    // Nothing was sent twice that changes something.
    let merges = stage.control().requests().into_iter().filter(|seen| seen.operation == Some("pulls/merge"));
    assert!(merges.count() <= 1, "{what} at {name}: the merge was sent twice");
    // Whatever token lives on is known to, with the time at which it dies.
    let numbers = stage.console().await.status().await.unwrap().numbers;
    let alive = stage.control().minted().iter().filter(|token| token.alive).count() as u64;
    assert!(
        alive <= numbers.alive,
        "{what} at {name}: {alive} live tokens, the broker knows of {}",
        numbers.alive
    );
    if alive > 0 {
        let said = &first.reason.as_ref().unwrap().message;
        assert!(said.contains("unknown"), "{what} at {name}: a token lives on, and it says {said}");
    }
    until("a request goes through again", async || {
        stage
            .comment(&holder, "well again")
            .await
            .ok()
            .filter(|view| view.outcome.as_deref() == Some("succeeded"))
    })
    .await;
    stage.verify().await;
    let reason = first.reason.map(|reason| reason.message).unwrap_or_default();
    format!(
        "{what} at {name}: {} after {:.1} s{}{} ({reason}); {alive} tokens live on, known",
        first.outcome.as_deref().unwrap_or("nothing"),
        took.as_secs_f64(),
        if first.outcome != ended.outcome { ", found out: " } else { "" },
        if first.outcome != ended.outcome { ended.outcome.as_deref().unwrap_or_default() } else { "" },
    )
}

async fn at_every_step(what: &'static str, act: fn() -> Act) {
    // Each has a stage of its own, so that the hangs pass beside each other.
    let [mint, evidence, acting, destroy] = STEPS.map(|step| merge_with(step, act(), what));
    let lines = tokio::join!(mint, evidence, acting, destroy);
    for line in [lines.0, lines.1, lines.2, lines.3] {
        println!("{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_in_the_body() {
    at_every_step("a reset in the body", || Act::ResetInBody).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hang_after_the_request_head() {
    at_every_step("a hang after the request head", || Act::HangAfterRequestHead).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hang_in_the_body() {
    at_every_step("a hang in the body", || Act::HangInBody).await;
}
