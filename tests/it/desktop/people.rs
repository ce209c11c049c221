//! Persons and keys on the real console: shown, let in, changed, replaced, ended; each signed in a native window.

use super::Screen;
use crate::stage::until;
use serde_json::{Value, json};

/// The persons of the roster in force, as a terminal says them.
async fn roster(screen: &Screen) -> Vec<Value> {
    let listed = screen.types(&["--json", "person", "list"]).await;
    let value: Value = serde_json::from_str(&listed.out).unwrap();
    value["persons"].as_array().unwrap().clone()
}

/// An invitation of a newcomer, made in a profile of their own: the line, and its four words.
async fn invitation(screen: &Screen, name: &str) -> (String, String) {
    let realm = screen.session.console().await.status().await.unwrap().realm.unwrap();
    let folder = screen.session.path("work").join(name);
    let typed = ["--json", "--data-dir", folder.to_str().unwrap(), "person", "invite", "--realm", &realm];
    let made = screen.types(&[typed.as_slice(), &["--name", name]].concat()).await;
    let made: Value = serde_json::from_str(&made.out).unwrap();
    let text = |member: &str| made[member].as_str().unwrap().to_owned();
    (text("invitation"), text("code"))
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_let_in_changed_and_their_key_ended() {
    let (mut screen, _set_up) = Screen::set_up().await;
    screen.enter().await;
    let page = screen.page();
    page.run("location.hash = '#/people'", json!([])).await;
    page.sees("One steward alone changes roster").await;
    page.sees("signs here").await;
    screen.look("people").await;

    // The line that ben sent is read, the words are compared, and the next roster is signed natively.
    let (line, code) = invitation(&screen, "ben").await;
    page.press("Let somebody in").await;
    page.write("invitation", &format!("{}x", &line[..line.len() - 1])).await;
    page.press("Read it").await;
    page.sees("no good invitation").await;
    page.write("invitation", &line).await;
    page.press("Read it").await;
    page.sees("Compare the four words").await;
    let shown = page.text().await;
    assert!(code.split('-').all(|word| shown.contains(word)), "{code}: {shown}");
    screen.look("people-enrol").await;
    page.tick("same").await;
    page.press("Sign the next roster").await;
    let asked = screen.native("Enrol a key").await;
    screen.look("people-enrol-native").await;
    assert_eq!(screen.windows("Enrol a key"), [asked]);
    assert_eq!(roster(&screen).await.len(), 1, "nothing is enrolled before it is signed");
    screen.sign("Enrol a key").await;
    page.sees("ben is in.").await;
    let ben = || async { roster(&screen).await.into_iter().find(|one| one["name"] == "ben").unwrap() };
    assert_eq!(ben().await["roles"], json!(["approver"]));
    assert_eq!(ben().await["keys"][0]["assurance"], "keychain");

    page.press_in("ben", "Roles").await;
    page.tick("role-security").await;
    page.press("Sign the next roster").await;
    screen.sign("Change roles").await;
    page.sees("It holds from now on").await;
    assert_eq!(ben().await["roles"], json!(["approver", "security"]));

    page.press("End it… the keychain key of ben").await;
    page.press("Given up").await;
    page.sees("nothing rests on it").await;
    page.press("End this key").await;
    screen.sign("Retire a key").await;
    page.sees("1 key that ended").await;
    assert_eq!(ben().await["keys"][0]["end"]["how"], "retired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_replaced_and_what_the_old_one_signed_stands_until_it_is_given_up() {
    let (mut screen, _set_up) = Screen::set_up().await;
    screen.enter().await;
    let page = screen.page();
    let here = || async {
        let listed = screen.types(&["--json", "key", "list"]).await;
        let keys: Value = serde_json::from_str(&listed.out).unwrap();
        let keys = keys.as_array().unwrap().clone();
        let signs = keys.iter().find(|key| key["here"] == true).unwrap().clone();
        (keys.len(), signs["id"].as_str().unwrap().to_owned())
    };
    let (_, before) = here().await;

    // A no leaves everything as it was; the key that was made for it is taken up the next time.
    page.run("location.hash = '#/people/rotate'", json!([])).await;
    page.press("In the keychain").await;
    page.press("Make the new key").await;
    screen.cancel("Rotate a key").await;
    assert_eq!(here().await, (1, before.clone()));
    screen.look("people-rotate").await;
    page.press("Make the new key").await;
    screen.sign("Rotate a key").await;
    page.sees("You sign with the new key from now on").await;
    page.sees("1 key that ended").await;
    let (count, after) = here().await;
    assert!(count == 2 && after != before, "{count} keys, {after}");
    let state = || async { screen.session.console().await.capabilities().await.unwrap()[0].state.clone() };
    assert_eq!(state().await, "active");

    // The only key of the only steward does not end: what it would do is shown, and the shell refuses.
    page.press("End it… the keychain key of alice").await;
    page.press("In other hands").await;
    page.write("since", "0").await;
    page.sees("nothing rests on it").await;
    screen.look("people-end").await;
    page.press("End this key").await;
    page.sees("nobody could change anything again").await;
    page.press("Cancel").await;

    // With the new key somebody else is let in, as a steward.
    let (line, code) = invitation(&screen, "ada").await;
    let enrolled = ["person", "enrol", &line, "--role", "steward", "--code", &code, "--yes"];
    screen.types(&enrolled).await;
    page.sees("ada").await;

    // Two may ask for each other's yes: from then on one alone only proposes.
    page.press("Change how many").await;
    page.press("2 together").await;
    page.press("Sign the next roster").await;
    screen.sign("Change how many must agree").await;
    page.sees("2 persons must agree to a change").await;
    page.press_in("ada", "Roles").await;
    page.tick("role-security").await;
    page.press("Sign the next roster").await;
    screen.sign("Change roles").await;
    page.sees("It waits for others to agree").await;
    page.run("location.hash = '#/approvals'", json!([])).await;
    page.sees("1 of 2").await;
    screen.look("approvals-roster").await;
    page.run("location.hash = '#/authority'", json!([])).await;
    page.sees("ci-bot").await;
    until("the capability still holds", async || (state().await == "active").then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_asks_to_be_let_in_from_a_console_of_their_own() {
    let (mut screen, _set_up) = Screen::set_up().await;
    let realm = screen.session.console().await.status().await.unwrap().realm.unwrap();
    let folder = screen.session.path("work").join("ben");
    screen.open_with(&["--data-dir", folder.to_str().unwrap()]).await;
    let page = screen.page();
    page.press("Join a realm that exists").await;
    page.write("join-name", "ben").await;
    page.write("join-realm", &realm).await;
    page.press("In the keychain").await;
    page.press("Make the key and the invitation").await;
    screen.sign("Sign an invitation").await;
    page.sees("read them the four words").await;
    screen.look("join").await;
    let of = |what: &'static str| async move {
        let found = page.run("return document.querySelector(arguments[0]).textContent", json!([what])).await;
        found.as_str().unwrap().split_whitespace().collect::<String>()
    };
    let (code, line) = (of(".words .code").await, of(".lines pre").await);
    screen.types(&["person", "enrol", &line, "--role", "approver", "--code", &code, "--yes"]).await;
    assert_eq!(roster(&screen).await.len(), 2);
}
