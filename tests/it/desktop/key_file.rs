//! A delegation key in a file: its passphrase is typed into a native window and goes nowhere else.

use super::Screen;
use super::reader::Reader;
use crate::stage::until;
use serde_json::json;

const PASSPHRASE: &str = "a long enough passphrase";

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_signs_by_its_passphrase_and_a_wrong_one_loses_nothing() {
    let mut screen = Screen::dark();
    let reader = Reader::start(&screen).await;
    let passphrase = screen.session.path("work").join("passphrase");
    std::fs::write(&passphrase, PASSPHRASE).unwrap();
    let from = passphrase.to_str().unwrap();
    screen.types(&["init", "--name", "alice", "--key-file", "--passphrase-from", from]).await;
    screen.open().await;
    let page = screen.page();
    page.press("Sign in as alice").await;
    screen.sign("Sign in").await;
    screen.native("Passphrase").await;
    screen.says_into_page(PASSPHRASE);
    screen.keys(&["Return"]);
    screen.signed_in().await;
    let entries = screen.session.console().await.status().await.unwrap().entries;

    // A wrong passphrase: said clearly, nothing signed, the place kept.
    halt(&screen).await;
    let words = reader.reads("Passphrase").await;
    assert!(words.iter().any(|line| line.contains("person.key")), "{words:?}");
    screen.picture("passphrase");
    screen.native("Passphrase").await;
    screen.says_into_page("not this one at all");
    screen.keys(&["Return"]);
    page.sees("This is not the passphrase of").await;
    screen.picture("passphrase-wrong");
    let text = page.text().await;
    assert!(!text.contains("not this one"), "a passphrase came to the page");
    let status = screen.session.console().await.status().await.unwrap();
    assert_eq!((status.entries, status.halted), (entries, None));

    // *Cancel* is a no.
    page.press("Halt everything…").await;
    screen.sign("Halt everything").await;
    screen.native("Passphrase").await;
    screen.keys(&["Escape"]);
    until("the window is gone", async || screen.windows("Passphrase").is_empty().then_some(())).await;
    assert_eq!(screen.session.console().await.status().await.unwrap().entries, entries);

    // The right one signs.
    page.press("Halt everything…").await;
    screen.sign("Halt everything").await;
    screen.native("Passphrase").await;
    screen.says_into_page(PASSPHRASE);
    screen.keys(&["Return"]);
    until("everything is halted", async || screen.session.console().await.status().await.unwrap().halted)
        .await;
    assert!(!page.run("return document.body.innerHTML", json!([])).await.to_string().contains(PASSPHRASE));
}

/// To the passphrase of the signature that halts everything.
async fn halt(screen: &Screen) {
    let page = screen.page();
    page.press("Halt").await;
    page.press("Halt everything…").await;
    screen.sign("Halt everything").await;
}
