//! The page as an attacker would have it: what it may not call, and what agents may write into it.

use super::Screen;
use serde_json::json;

/// Calls a command as the page does, and answers what came back.
pub(super) const INVOKE: &str = "const [command, args, done] = arguments;
    window.__TAURI_INTERNALS__.invoke(command, args).then(
        (value) => done({value}),
        (error) => done({error: String(error.message ?? error), code: error.code ?? null}),
    );";

#[tokio::test(flavor = "multi_thread")]
async fn the_page_can_call_what_its_window_is_allowed_and_nothing_else() {
    let (mut screen, _set_up) = Screen::set_up().await;
    screen.enter().await;
    let page = screen.page();
    page.sees("Receipts").await;
    let allowed = page.run_async(INVOKE, json!(["actions", {}])).await;
    assert!(allowed["value"].as_array().is_some_and(|actions| !actions.is_empty()), "{allowed}");
    for command in [
        "plugin:fs|read_file",
        "plugin:shell|execute",
        "plugin:http|fetch",
        "plugin:window|create",
        "plugin:webview|create_webview_window",
        "plugin:event|emit",
        "plugin:app|version",
        "plugin:path|resolve_directory",
        "plugin:resources|close",
        "sign",
        "approve",
        "seal",
    ] {
        let refused = page.run_async(INVOKE, json!([command, {}])).await;
        assert!(refused.get("error").is_some(), "{command}: {refused}");
    }
    // Nothing that it sends is signed without the native window, whatever it claims.
    let before = screen.session.console().await.status().await.unwrap().entries;
    page.run(
        "window.__TAURI_INTERNALS__.invoke('halt', {reason: 'now', confirmed: true, yes: true}).catch(() => {})",
        json!([]),
    )
    .await;
    screen.cancel("Halt everything").await;
    let status = screen.session.console().await.status().await.unwrap();
    assert_eq!((status.entries, status.halted), (before, None));
    page.run(
        "window.__TAURI_INTERNALS__.invoke('set_roles', {person: 'alice', roles: ['steward'], yes: true}).catch(() => {})",
        json!([]),
    )
    .await;
    screen.cancel("Change roles").await;
    // Nor is anything asked that cannot be meant.
    let nobody = format!("sha256:{}", "0".repeat(64));
    for (command, arguments) in [
        (
            "enrol",
            json!({"enrolment": {"invitation": "{}", "roles": ["steward"], "identities": [], "ends": []}}),
        ),
        ("read_invitation", json!({"text": "<img src=x onerror=window.ran=1>"})),
        ("set_roles", json!({"person": "alice", "roles": ["root"]})),
        ("set_roles", json!({"person": "nobody", "roles": ["steward"]})),
        ("set_roles", json!({"person": "alice", "roles": []})),
        ("set_quorum", json!({"quorum": 2})),
        ("end_key", json!({"key": nobody, "how": "retired", "since": null})),
        ("end_key", json!({"key": nobody, "how": "compromised", "since": null})),
        ("invitation", json!({"name": "mallory", "place": "keychain", "realm": nobody})),
    ] {
        let refused = page.run_async(INVOKE, json!([command, arguments])).await;
        assert_eq!(refused["code"], "bad-value", "{command}: {refused}");
    }
    assert_eq!(screen.session.console().await.status().await.unwrap().entries, before);
    // Nor can it leave, run what it is sent, or reach anything.
    let policy = page
        .run_async(
            "const done = arguments[0]; const seen = [];
             try { (0, eval)('1'); seen.push('eval'); } catch {}
             try {
               const script = document.createElement('script');
               script.textContent = 'window.ran = true';
               document.head.append(script);
             } catch {}
             if (window.ran) seen.push('inline');
             fetch('http://127.0.0.1:1/').then(() => seen.push('fetch'), () => {}).finally(() => done(seen));",
            json!([]),
        )
        .await;
    assert_eq!(policy, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_writes_is_shown_and_does_nothing() {
    let (mut screen, _set_up) = Screen::set_up().await;
    screen.enter().await;
    let page = screen.page();
    page.sees("Receipts").await;
    let long = "x".repeat(200);
    let hostile = [
        "feat\u{202e}niam".to_owned(),
        "<img src=x onerror=window.ran=1>".to_owned(),
        "f\u{0435}at-123".to_owned(),
        long,
    ];
    for branch in &hostile {
        let branch = format!("branch={branch}");
        let ask = [
            "--json",
            "request",
            "github.merge",
            "--as",
            "ci-bot",
            "--repo",
            "acme/backend",
            &branch,
            "target=main",
        ];
        screen.session.run(&ask).await;
    }
    page.run("location.hash = '#/receipts'", json!([])).await;
    page.sees("xxxxxxxx").await;
    let text = page.text().await;
    assert!(!text.contains('\u{202e}'), "a character that reorders is on the page");
    let found = page
        .run("return [document.querySelectorAll('main img').length, window.ran ?? null, document.documentElement.scrollWidth > innerWidth]", json!([]))
        .await;
    assert_eq!(found, json!([0, null, false]));
}
