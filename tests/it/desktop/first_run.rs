//! From nothing to the first merge, by what stands on the screen: at most twelve actions.

use super::Screen;
use crate::stage::until;
use std::cell::Cell;

/// A person who counts what they do.
struct Untaught<'a> {
    screen: &'a Screen,
    actions: Cell<u32>,
}

impl Untaught<'_> {
    /// Presses what is labelled so, which has to be seen.
    async fn press(&self, label: &str) {
        self.actions.set(self.actions.get() + 1);
        self.screen.page().press(label).await;
    }

    async fn sign(&self, title: &str) {
        self.actions.set(self.actions.get() + 1);
        self.screen.sign(title).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_nothing_to_the_first_merge() {
    let screen = Screen::fresh().await;
    let page = screen.page();
    let person = Untaught { screen: &screen, actions: Cell::new(0) };
    page.sees("Make your delegation key").await;

    // Enter does not sign: it presses what has the focus, and that is *Cancel*.
    page.press("Make the key").await;
    screen.native("Found your realm").await;
    screen.keys(&["Return"]);
    until("the window is gone", async || screen.windows("Found your realm").is_empty().then_some(())).await;
    page.sees("Make the key").await;
    assert!(screen.session.console().await.status().await.unwrap().realm.is_none());

    // Nor does it where *Sign* has the focus.
    page.press("Make the key").await;
    screen.native("Found your realm").await;
    screen.keys(&["Tab", "Return", "KP_Enter"]);
    assert!(screen.session.console().await.status().await.unwrap().realm.is_none());
    screen.cancel("Found your realm").await;

    person.press("Make the key").await;
    person.sign("Found your realm").await;
    page.sees("Choose where agents may act").await;
    person.press("Use the practice range").await;
    person.sign("Sign a connection").await;
    page.sees("Sign the first capability").await;
    person.press("Delegate to the demo agent").await;
    person.sign("Delegate").await;
    page.sees("It merged").await;
    let actions = person.actions.get();
    println!("{actions} actions from the first page to the first merge");
    assert!(actions <= 12, "{actions} actions");

    // Its receipt, checked with the broker's pinned key, and the whole ledger.
    page.press("Read its receipt").await;
    page.sees("On whose authority").await;
    let status = screen.session.console().await.status().await.unwrap();
    assert_eq!(status.numbers.held_by_agents, 0);
    assert!(status.numbers.minted > 0);
    page.run("location.hash = '#/receipts/verify'", serde_json::json!([])).await;
    page.press("Verify").await;
    page.sees("The ledger holds.").await;
}
