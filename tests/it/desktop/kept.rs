//! A closed window is kept for a while; then its web view is gone, and comes back when it is asked for.

use super::Screen;
use crate::stage::until;

impl Screen {
    /// How many web views the console has.
    fn web_views(&self) -> usize {
        let console = self.console_process().expect("the console runs");
        let children = self.says("ps", &["--no-headers", "-o", "comm", "--ppid", &console]);
        children.lines().filter(|name| name.starts_with("WebKitWebProces")).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_stays_closed_gives_its_memory_back_and_opens_again() {
    let (mut screen, _set_up) = Screen::set_up().await;
    // As a person configures it: not kept at all.
    let config = screen.session.path("home").join(".config/bailiwick/config.toml");
    let texts = std::fs::read_to_string(&config).unwrap() + "\n[console]\nkeep_window_minutes = 0\n";
    std::fs::write(&config, texts).unwrap();
    screen.enter().await;
    screen.page().sees("Receipts").await;
    assert_eq!(screen.web_views(), 1);
    screen.close_window().await;
    until("the web view is gone", async || (screen.web_views() == 0).then_some(())).await;
    assert!(screen.console_process().is_some(), "the console went with its window");

    screen.start_again().await;
    until("its web view is back", async || (screen.web_views() == 1).then_some(())).await;
    screen.picture("window-again");
}
