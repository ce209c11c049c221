//! Taking back, and the broker that dies and comes back.

use super::Screen;
use super::reader::Reader;
use crate::stage::until;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_revoked_is_refused_from_then_on() {
    let (mut screen, _set_up) = Screen::set_up().await;
    let reader = Reader::start(&screen).await;
    screen.enter().await;
    let page = screen.page();
    page.run("location.hash = '#/authority'", json!([])).await;
    page.sees("ci-bot").await;
    let id = screen.session.console().await.capabilities().await.unwrap()[0].id.clone();
    page.run("location.hash = '#/authority/' + encodeURIComponent(arguments[0])", json!([id])).await;
    page.press("Revoke…").await;
    page.sees("This ends this capability and all below it").await;

    // The native window says whose it is; a no in it is a no.
    page.press("Revoke 1 capability").await;
    screen.native("Revoke").await;
    let words = reader.reads("Revoke").await;
    assert!(words.iter().any(|line| line == "It is held by ci-bot, on the authority of alice."), "{words:?}");
    screen.cancel("Revoke").await;
    assert_eq!(screen.session.console().await.capabilities().await.unwrap()[0].state, "active");

    page.press("Revoke 1 capability").await;
    screen.sign("Revoke").await;
    page.sees("Revoked").await;
    assert_eq!(screen.session.console().await.capabilities().await.unwrap()[0].state, "revoked");
    let refused = screen.session.run(&ask("feat-123")).await;
    assert_eq!(refused.exit, 3, "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_dies_is_seen_and_found_again() {
    let (mut screen, _set_up) = Screen::set_up().await;
    screen.enter().await;
    let page = screen.page();
    page.sees("Now").await;
    screen.session.kill_broker().await;
    page.sees("Start the broker").await;
    page.press("Start the broker").await;
    until("the broker is back", async || {
        let gone = page.text().await.contains("Start the broker");
        (!gone).then_some(())
    })
    .await;
    let asked = screen.session.run(&ask("feat-123")).await;
    assert_eq!(asked.exit, 0, "{asked:?}");
    page.run("location.hash = '#/receipts'", json!([])).await;
    page.sees("Merge feat-123 into main").await;
}

/// An agent's request for a merge of `branch`.
fn ask(branch: &str) -> Vec<&str> {
    let branch: &str = Box::leak(format!("branch={branch}").into_boxed_str());
    vec![
        "--json",
        "request",
        "github.merge",
        "--as",
        "ci-bot",
        "--repo",
        "acme/backend",
        branch,
        "target=main",
    ]
}
