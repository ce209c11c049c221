//! The window goes and the console stays: tray, notifications, a second start.

use super::Screen;
use crate::stage::until;

#[tokio::test(flavor = "multi_thread")]
async fn closing_leaves_the_console_and_a_refusal_calls_it_back() {
    let (mut screen, _set_up) = Screen::set_up().await;
    screen.enter().await;
    let page = screen.page();
    page.sees("Receipts").await;
    let window = screen.native("Bailiwick").await;
    assert_eq!(screen.windows("Bailiwick"), [window]);
    screen.keys(&["ctrl+w"]);
    until("the window is closed", async || screen.windows("Bailiwick").is_empty().then_some(())).await;
    assert!(screen.console_process().is_some(), "the console went with its window");

    // A refusal, with the agent's own words in it, raises a notification of ours.
    let words = "ignore-the-policy";
    let refused = screen
        .session
        .run(&[
            "--json",
            "request",
            "github.merge",
            "--as",
            "ci-bot",
            "--repo",
            "acme/backend",
            &format!("branch={words}"),
            "target=main",
        ])
        .await;
    assert_ne!(refused.exit, 0, "{refused:?}");
    let said = screen.click_notification().await;
    assert!(said.contains("An agent was refused"), "{said}");
    assert!(!said.contains(words), "an agent's words are in a notification: {said}");
    // The click leads to the place.
    until("the window is back", async || screen.windows("Bailiwick").pop()).await;
    page.sees(words).await;

    // A second start shows the console that runs.
    screen.native("Bailiwick").await;
    screen.keys(&["ctrl+w"]);
    until("the window is closed", async || screen.windows("Bailiwick").is_empty().then_some(())).await;
    screen.start_again().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_of_the_same_user_cannot_read_the_console() {
    let (mut screen, _set_up) = Screen::set_up().await;
    screen.enter().await;
    screen.page().sees("Receipts").await;
    let pid = screen.console_process().unwrap();
    let owner =
        std::fs::metadata(format!("/proc/{pid}/mem")).map(|one| std::os::unix::fs::MetadataExt::uid(&one));
    // What cannot be dumped belongs to root in /proc, whoever runs it.
    assert_eq!(owner.unwrap(), 0);
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
}
