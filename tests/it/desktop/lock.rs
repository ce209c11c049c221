//! The lock, which the shell holds: while nobody is signed in it reads nothing out and signs nothing, and stopping works.

use super::Screen;
use super::surface::INVOKE;
use crate::stage::until;
use serde_json::{Value, json};

/// What the shell answers to a call of the page.
async fn call(screen: &Screen, command: &str, arguments: Value) -> Value {
    screen.page().run_async(INVOKE, json!([command, arguments])).await
}

/// Reading, answering and changing things, with arguments that would be good ones.
fn behind_the_lock() -> Vec<(&'static str, Value)> {
    let everything = json!({"kind": "everything", "id": "all"});
    vec![
        ("operations", json!({"limit": 10, "before": null})),
        ("capabilities", json!({})),
        ("receipts", json!({"limit": 10, "before": null})),
        ("pending", json!({})),
        ("roster", json!({})),
        ("settings", json!({})),
        ("agents", json!({})),
        ("policy_texts", json!({"statement": null})),
        ("preview", json!({"target": everything})),
        ("set_roles", json!({"person": "alice", "roles": []})),
        ("rotate_key", json!({"place": "keychain"})),
        ("approve", json!({"target": "sha256:00"})),
        ("resume", json!({"id": "sha256:00"})),
        ("create_agent", json!({"name": "another"})),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shell_refuses_to_read_and_to_sign_while_locked_and_stops_all_the_same() {
    let (mut screen, _set_up) = Screen::set_up().await;
    screen.open().await;
    let page = screen.page();
    page.sees("Nobody is signed in").await;
    screen.look("locked").await;

    // Nobody has signed in since it was opened: whatever the page asks for.
    for (command, arguments) in behind_the_lock() {
        let refused = call(&screen, command, arguments).await;
        assert_eq!(refused["code"], "locked", "{command}: {refused}");
    }
    let text = page.text().await;
    assert!(!text.contains("ci-bot"), "{text}");

    // A no opens nothing, and a touch of the page neither.
    page.press("Sign in as alice").await;
    screen.cancel("Sign in").await;
    call(&screen, "touched", json!({})).await;
    assert_eq!(call(&screen, "capabilities", json!({})).await["code"], "locked");

    // Stopping works.
    page.press("Halt").await;
    page.press("Pause everything now").await;
    page.sees("Everything paused").await;
    assert_eq!(screen.session.console().await.status().await.unwrap().paused.len(), 1);

    // A signature opens it, and is in the ledger.
    let entries = screen.session.console().await.status().await.unwrap().entries;
    screen.sign_in().await;
    page.run("location.hash = '#/authority'", json!([])).await;
    page.sees("ci-bot").await;
    let after = screen.session.console().await.status().await.unwrap().entries;
    assert_eq!(after, entries + 1);
    assert!(call(&screen, "capabilities", json!({})).await["value"].is_array());

    // What was asked before the lock fell is not signed after it.
    page.run("window.__TAURI_INTERNALS__.invoke('rotate_key', {place: 'keychain'}).catch((error) => { window.ended = error.code; })", json!([])).await;
    screen.native("Rotate a key").await;
    page.run("location.hash = '#/settings'", json!([])).await;
    call(&screen, "lock", json!({})).await;
    until("the window went away", async || screen.windows("Rotate a key").is_empty().then_some(())).await;
    until("the call ended", async || {
        (page.run("return window.ended ?? null", json!([])).await == "cancelled").then_some(())
    })
    .await;
    page.sees("Nobody is signed in").await;
    assert_eq!(screen.session.console().await.status().await.unwrap().entries, after);
    for (command, arguments) in behind_the_lock() {
        let refused = call(&screen, command, arguments).await;
        assert_eq!(refused["code"], "locked", "{command}: {refused}");
    }

    // Ending things for good is signed natively, as always.
    page.press("Halt").await;
    page.press("Halt everything").await;
    screen.sign("Halt everything").await;
    page.sees("Everything is halted").await;
}

/// Lets the page keep the kinds of the events that reach it.
const HEAR: &str = "const done = arguments[0]; window.heard = [];
    const handler = window.__TAURI_INTERNALS__.transformCallback((told) => window.heard.push(told.payload.event));
    window.__TAURI_INTERNALS__.invoke('plugin:event|listen', {event: 'bailiwick', target: {kind: 'Any'}, handler})
        .then(() => done(null), (error) => done(String(error)));";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_happens_reaches_the_page_while_it_is_locked() {
    let (mut screen, _set_up) = Screen::set_up().await;
    screen.open().await;
    let page = screen.page();
    page.sees("Nobody is signed in").await;
    assert_eq!(page.run_async(HEAR, json!([])).await, Value::Null);
    let asks = async |branch: &str| {
        let branch = format!("branch={branch}");
        let ask = ["--json", "request", "github.merge", "--as", "ci-bot", "--repo", "acme/backend", &branch];
        screen.session.run(&[ask.as_slice(), &["target=main"]].concat()).await;
    };
    let heard = async |event: &str| {
        until(&format!("the page hears of `{event}`"), async || {
            let heard = page.run("return window.heard", json!([])).await;
            heard.as_array().unwrap().iter().any(|one| one == event).then_some(heard)
        })
        .await
    };
    asks("feat-123").await;
    // What the shell itself says comes through, and after what was held back.
    call(&screen, "lock", json!({})).await;
    assert_eq!(heard("session").await, json!(["session"]));
    screen.sign_in().await;
    asks("feat-124").await;
    heard("operation").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_at_the_desk_is_a_lock_and_a_signature_can_be_called_off() {
    let (mut screen, _set_up) = Screen::set_up().await;
    let config = screen.session.path("home").join(".config/bailiwick/config.toml");
    let written = std::fs::read_to_string(&config).unwrap();
    screen.enter().await;
    let page = screen.page();
    page.sees("Receipts").await;

    page.run("window.__TAURI_INTERNALS__.invoke('set_roles', {person: 'alice', roles: ['steward']}).catch((error) => { window.ended = error.code; })", json!([])).await;
    screen.native("Change roles").await;
    call(&screen, "cancel_signing", json!({})).await;
    until("the call ended", async || {
        (page.run("return window.ended ?? null", json!([])).await == "cancelled").then_some(())
    })
    .await;
    assert!(screen.windows("Change roles").is_empty());

    // From now on a second without a touch is enough.
    std::fs::write(&config, format!("{written}\n[console]\nlock_after_seconds = 1\n")).unwrap();
    call(&screen, "lock", json!({})).await;
    page.sees("Nobody is signed in").await;
    page.press("Sign in as alice").await;
    screen.sign("Sign in").await;
    until("it has locked by itself", async || {
        let refused = call(&screen, "capabilities", json!({})).await;
        (refused["code"] == "locked").then_some(())
    })
    .await;
    page.sees("Nobody is signed in").await;
}
