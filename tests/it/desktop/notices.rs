//! What a person is told of without looking: each thing once, in words of ours.

use super::Screen;
use super::asked::Asked;
use crate::stage::until;
use bailiwick_practice::{Act, Fault};

impl Screen {
    /// How many notifications with this head are gone.
    fn told(&self, words: &str) -> usize {
        let history: serde_json::Value = serde_json::from_str(&self.history()).unwrap();
        let told = history["data"][0].as_array().unwrap();
        told.iter().filter(|one| one["summary"]["data"] == words).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_that_nobody_knows_and_a_capability_that_ends_soon_are_told_of_once() {
    let (mut screen, set_up) = Screen::set_up().await;
    screen.enter().await;
    screen.page().sees("Receipts").await;
    screen.close_window().await;

    // The destination takes the merge in and answers nothing.
    let path = "/repos/acme/backend/pulls/*/merge";
    set_up.range.control().inject(Fault::on("PUT", path, Act::CloseWithoutAnswer));
    let asked = Asked::merge(&screen, "feat-123", &[]);
    let said = screen.click_notification().await;
    assert!(said.contains("An outcome is not known"), "{said}");
    assert!(!said.contains("feat-123"), "an agent's words are in a notification: {said}");
    until("the window is back", async || screen.windows("Bailiwick").pop()).await;
    let page = screen.page();
    page.sees("Merge feat-123 into main").await;
    screen.picture("outcome-unknown");
    let (exit, terminal) = asked.ended().await;
    assert_eq!(exit, 7, "{terminal}");
    screen.close_window().await;

    // A capability of more than half an hour that has less than a quarter left.
    let starts = screen.says("date", &["--utc", "--date=20 minutes ago", "+%Y-%m-%dT%H:%M:%SZ"]);
    let delegate =
        ["delegate", "--yes", "--to", "ci-bot", "--allow", "github.comment", "--repo", "acme/backend"];
    screen.types(&[&delegate[..], &["--starts", &starts, "--for", "34m"]].concat()).await;
    let said = screen.click_notification().await;
    assert!(said.contains("A capability ends soon"), "{said}");
    assert!(!said.contains("ci-bot"), "a name is in a notification: {said}");
    until("the window is back", async || screen.windows("Bailiwick").pop()).await;
    page.sees("Renew…").await;
    screen.picture("capability-ends-soon");

    // The way to the broker is lost and found: what was told of stays told of.
    screen.session.kill_broker().await;
    page.sees("Start the broker").await;
    page.press("Start the broker").await;
    page.sees("Renew…").await;
    screen.output("dunstctl", &["close-all"]);
    assert_eq!(screen.told("An outcome is not known"), 1);
    assert_eq!(screen.told("A capability ends soon"), 1);
}
