//! A security key at USB on the console: which one, its PIN and the touch are asked in windows that the core draws.

use super::Screen;
use super::reader::Reader;
use super::surface::INVOKE;
use crate::desk::usb::{Usb, untouched};
use crate::stage::until;
use serde_json::json;

const PIN: &str = "12345678";

const WHICH: &str = "Which security key?";
const ASKS_PIN: &str = "PIN of your security key";
const TOUCH: &str = "Touch your key now";

/// Types the PIN, and waits until the key waits.
async fn types_pin(screen: &Screen, reader: &Reader, usb: &Usb, number: usize) {
    // A window that is drawn this moment hears no key yet.
    until("the PIN was heard", async || {
        screen.native(ASKS_PIN).await;
        screen.keys(&["ctrl+a"]);
        screen.says_into_page(PIN);
        (reader.secret_chars(ASKS_PIN)? == 8).then_some(())
    })
    .await;
    screen.keys(&["Return"]);
    screen.native(TOUCH).await;
    until("the key waits", async || usb.key(number).waits().then_some(())).await;
}

async fn rests(screen: &Screen, usb: &Usb, number: usize) {
    until("nothing waits any more", async || {
        (!usb.key(number).waits() && screen.windows(TOUCH).is_empty()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_realm_is_founded_at_a_security_key_and_nothing_is_signed_without_its_touch() {
    let mut screen = Screen::dark();
    let usb = Usb::with(&screen.session.path("usb"), vec![untouched(), untouched()]);
    let reader = Reader::start(&screen).await;
    screen.open_in(&usb.wrapper()).await;
    let page = screen.page();
    page.sees("Make your delegation key").await;
    page.press("A security key").await;
    page.press("Make the key").await;

    // The second of two. Then its PIN and a touch, for the key, the genesis and the policy.
    screen.native(WHICH).await;
    screen.keys(&["Down"]);
    screen.look("security-key-which").await;
    screen.keys(&["alt+g"]);
    screen.native(ASKS_PIN).await;
    screen.look("security-key-pin").await;
    types_pin(&screen, &reader, &usb, 1).await;
    screen.look("security-key-touch-new").await;
    usb.key(1).touch();
    for _ in 0..2 {
        types_pin(&screen, &reader, &usb, 1).await;
        usb.key(1).touch();
    }
    page.sees("Choose where agents may act").await;
    let listed = screen.types(&["--json", "key", "list"]).await;
    assert!(listed.out.contains("device-bound"), "{listed:?}");
    page.press("Later").await;
    let entries = screen.session.console().await.status().await.unwrap().entries;
    let halt = async || {
        page.press("Halt").await;
        page.press("Halt everything").await;
    };

    // No PIN, no touch; no touch, no signature: called off in each window, and by the page.
    halt().await;
    screen.native(ASKS_PIN).await;
    screen.keys(&["Escape"]);
    until("the window is gone", async || screen.windows(ASKS_PIN).is_empty().then_some(())).await;
    assert!(!usb.key(1).waits());
    page.press_in("Stop everything", "Halt everything").await;
    types_pin(&screen, &reader, &usb, 1).await;
    screen.keys(&["Return"]);
    rests(&screen, &usb, 1).await;
    page.press_in("Stop everything", "Halt everything").await;
    types_pin(&screen, &reader, &usb, 1).await;
    page.run_async(INVOKE, json!(["cancel_signing", {}])).await;
    rests(&screen, &usb, 1).await;
    let status = screen.session.console().await.status().await.unwrap();
    assert_eq!((status.entries, status.halted), (entries, None));

    // What is touched for stands in the core's own window, and is what gets into the ledger.
    page.press_in("Stop everything", "Halt everything").await;
    types_pin(&screen, &reader, &usb, 1).await;
    screen.look("security-key-touch").await;
    let read = reader.reads(TOUCH).await;
    usb.key(1).touch();
    page.sees("Everything is halted").await;
    rests(&screen, &usb, 1).await;
    let halted = screen.session.console().await.status().await.unwrap().halted.unwrap();
    let words = bailiwick_card::code_text(&halted.parse().unwrap());
    assert!(read.contains(&words), "{words}: {read:?}");

    // A lock ends what waits.
    let entries = screen.session.console().await.status().await.unwrap().entries;
    page.run("window.__TAURI_INTERNALS__.invoke('set_roles', {person: 'alice', roles: ['steward']}).catch((error) => { window.ended = error.code; })", json!([])).await;
    types_pin(&screen, &reader, &usb, 1).await;
    page.run_async(INVOKE, json!(["lock", {}])).await;
    rests(&screen, &usb, 1).await;
    until("the call ended", async || {
        (page.run("return window.ended ?? null", json!([])).await == "cancelled").then_some(())
    })
    .await;
    assert_eq!(screen.session.console().await.status().await.unwrap().entries, entries);
}
