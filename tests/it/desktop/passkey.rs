//! A passkey on the console: made at the first run, and touched for everything that is signed, on pages of ours in a
//! real Chromium whose authenticator is a virtual one.

use super::Screen;
use crate::peers::person::{Browser, Program};
use crate::stage::until;
use serde_json::json;
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn a_realm_is_founded_with_a_passkey_and_a_signature_is_called_off() {
    let mut screen = Screen::dark();
    let browser = Browser::of(&screen.session, Program::Chromium).await;
    screen.open().await;
    let page = screen.page();
    page.sees("Make your delegation key").await;
    page.press("A passkey").await;
    screen.look("first-run").await;
    page.press("Make the key").await;

    // The key is made on one page; the genesis and the policy are signed on two more.
    page.sees("Go on in your browser").await;
    page.sees("a new passkey").await;
    screen.look("first-run-passkey").await;
    let made = browser.touch().await;
    assert_eq!(made["end"]["headline"], "The key was made", "{made}");
    for _ in 0..2 {
        let address = browser.next_page().await;
        page.sees("your passkey").await;
        // The four words are the same there and here.
        let shown = browser.does(json!({ "sign": address })).await;
        assert_eq!(shown["end"]["headline"], "Signed", "{shown}");
    }
    page.sees("Choose where agents may act").await;
    let listed = screen.types(&["--json", "key", "list"]).await;
    assert!(listed.out.contains("device-bound"), "{listed:?}");
    assert!(!page.text().await.contains("Go on in your browser"));

    // What waits for a touch can be called off from the console; its page is gone then.
    page.press("Later").await;
    page.run("location.hash = '#/people'", json!([])).await;
    page.sees("Device-bound key").await;
    let entries = screen.session.console().await.status().await.unwrap().entries;
    page.press("Halt").await;
    page.press("Halt everything").await;
    browser.next_page().await;
    page.sees("Compare the four words before you touch it").await;
    screen.look("touch").await;
    page.press_in("Go on in your browser", "Cancel").await;
    until("the console waits no longer", async || {
        (!page.text().await.contains("Go on in your browser")).then_some(())
    })
    .await;
    until("its page is gone", async || TcpStream::connect(("127.0.0.1", 7311)).await.is_err().then_some(()))
        .await;
    let status = screen.session.console().await.status().await.unwrap();
    assert_eq!((status.entries, status.halted), (entries, None));

    // Touched, it is signed.
    page.press_in("Stop everything", "Halt everything").await;
    let address = browser.next_page().await;
    page.sees("Go on in your browser").await;
    let words = page.text().await;
    let shown = browser.does(json!({ "sign": address })).await;
    let code = shown["shown"]["code"].as_str().unwrap();
    assert!(code.split(' ').all(|word| words.contains(word)), "{code}: {words}");
    page.sees("Everything is halted").await;
    assert!(screen.session.console().await.status().await.unwrap().halted.is_some());
}
