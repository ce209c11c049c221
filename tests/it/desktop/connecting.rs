//! Connecting a GitHub App on the page, with the system's own file chooser for its key.

use super::Screen;
use crate::stage::until;
use bailiwick_keystore::ExposeSecret as _;
use bailiwick_practice::{Options, Range, Seed};
use serde_json::json;
use std::time::Duration;

impl Screen {
    /// Types into the field with this id, in place of what stands there.
    async fn fill(&self, field: &str, text: &str) {
        self.keyboard_to_page().await;
        self.page()
            .run(
                "const field = document.getElementById(arguments[0]); field.focus(); field.select()",
                json!([field]),
            )
            .await;
        self.says_into_page(text);
        let value = "return document.getElementById(arguments[0]).value === arguments[1]";
        self.page().comes(&format!("`{field}` says `{text}`"), value, json!([field, text])).await;
    }

    /// Types a path into the system's file chooser: again, where it was not ready for the first keys.
    async fn choose(&self, path: &str) {
        let gone = || self.windows("Choose the App").is_empty();
        until("the chooser is gone", async || {
            self.native("Choose the App").await;
            self.keys(&["slash", "ctrl+a"]);
            self.says_into_page(path);
            self.keys(&["Return"]);
            for _ in 0..40 {
                if gone() {
                    return Some(());
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            None
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_github_app_is_connected_on_the_page() {
    let mut screen = Screen::dark();
    let range = Range::start(Seed::story(), Options::default()).await.unwrap();
    let work = screen.session.path("work");
    let at = |name: &str| work.join(name).display().to_string();
    std::fs::write(at("app.pem"), range.app().private_key_pem().expose_secret()).unwrap();
    std::fs::write(at("notes.txt"), "this is no key").unwrap();
    screen.types(&["init", "--name", "alice"]).await;
    screen.enter().await;
    let page = screen.page();
    page.sees("Receipts").await;
    page.go("/connections/add").await;
    page.sees("Choose its private key").await;

    // What cannot be right says so where it stands.
    screen.fill("app-id", "twelve").await;
    page.sees("a whole number").await;
    screen.fill("api", "http://example.org").await;
    page.sees("an address that begins with https://").await;
    screen.fill("app-id", &range.app().app_id().to_string()).await;
    screen.fill("installation-id", "1").await;
    screen.fill("api", range.url()).await;
    page.press("Choose the file…").await;
    screen.picture("chooser");
    screen.choose(&at("notes.txt")).await;
    page.sees("is not").await;
    screen.picture("connect-no-key");
    page.press("Choose the file…").await;
    screen.choose(&at("app.pem")).await;
    page.sees("app.pem").await;
    screen.picture("connect-form");

    // A wrong installation: signed, and the live check says what GitHub says.
    page.press("Sign and check…").await;
    screen.native("Sign a connection").await;
    screen.picture("connect-native");
    screen.cancel("Sign a connection").await;
    assert!(screen.session.console().await.status().await.unwrap().connections.is_empty());
    screen.fill("installation-id", &range.app().installation_id().to_string()).await;
    page.press("Sign and check…").await;
    screen.sign("Sign a connection").await;
    page.sees("acme/backend").await;
    screen.picture("connected");
    let status = screen.session.console().await.status().await.unwrap();
    assert_eq!(status.connections.len(), 1);
    // The key never was the page's.
    let line = range.app().private_key_pem().expose_secret().lines().nth(8).unwrap().to_owned();
    assert!(
        !page.run("return document.documentElement.innerHTML", json!([])).await.to_string().contains(&line)
    );
}
