//! What waits for a person, on the real screen: from the notification to the merge, by the keyboard, with the
//! native confirmation as the one thing that signs.

use super::asked::Asked;
use super::reader::Reader;
use super::screen::SetUp;
use super::{Screen, driver::Driver};
use crate::stage::{BACKEND, until};
use serde_json::json;

/// The button with this label, if it can be pressed now.
const PRESSABLE: &str = "return [...document.querySelectorAll('button')]
    .some((one) => one.textContent.trim() === arguments[0] && !one.disabled && one.ariaDisabled !== 'true')";

/// The four words of the request that is shown.
const WORDS: &str =
    "return [...document.querySelectorAll('article .code')][0]?.innerText.replaceAll('-', ' ') ?? ''";

/// The request that is shown, in its headline.
const HEADLINE: &str = "return document.querySelector('#request-headline')?.innerText ?? ''";

/// The queue, in its order.
const QUEUE: &str = "return [...document.querySelectorAll('ol.queue .what')].map((one) => one.innerText)";

impl Driver {
    /// Waits until this button can be pressed.
    async fn armed(&self, label: &str) {
        self.comes(&format!("`{label}` can be pressed"), PRESSABLE, json!([label])).await;
    }

    async fn words(&self) -> String {
        let words = self.comes("the card shows its four words", WORDS, json!([])).await;
        words.as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    async fn headline(&self) -> String {
        self.comes("a request is shown", HEADLINE, json!([])).await.as_str().unwrap().to_owned()
    }
}

impl Screen {
    /// Brings the focus to the button with this label, by Tab.
    async fn tab_to(&self, label: &str) {
        // Where the focus was is marked, so that a Tab is known to have come through.
        let focused = "const at = document.activeElement, moved = at !== window.marked; window.marked = at;
            return moved ? at.textContent.trim() || ' ' : null";
        self.native("Bailiwick").await;
        for _ in 0..80 {
            self.keys(&["Tab"]);
            let text = self.page().comes("the focus moves", focused, json!([])).await;
            if text == json!(label) {
                return self.page().armed(label).await;
            }
        }
        panic!("`{label}` is not reached by Tab");
    }

    /// Presses this button until it is heard: one whose card has just moved does nothing.
    pub(super) async fn press_for(&self, label: &str, title: &str) {
        until(&format!("`{label}` brings `{title}`"), async || {
            if self.windows(title).is_empty()
                && self.page().run(PRESSABLE, json!([label])).await == json!(true)
            {
                self.page().press(label).await;
            }
            self.windows(title).pop()
        })
        .await;
    }

    /// How many entries the ledger has.
    async fn entries(&self) -> u64 {
        self.session.console().await.status().await.unwrap().entries
    }
}

impl SetUp {
    fn merged(&self, number: u64) -> bool {
        self.range.control().pull(BACKEND, number).unwrap().merged_as.is_some()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_read_and_approved_by_the_keyboard_and_merged_at_what_was_shown() {
    let (mut screen, set_up) = Screen::asking().await;
    let reader = Reader::start(&screen).await;
    screen.enter().await;
    let page = screen.page();
    page.sees("Receipts").await;
    screen.close_window().await;

    // The notification says that something waits, in our words; its action opens the console on it.
    let asked = Asked::merge(&screen, "feat-123", &["--claim", "why=TRUST-ME"]);
    let words = asked.words().await;
    let said = screen.click_notification().await;
    assert!(said.contains("Something waits for you"), "{said}");
    for of_the_agent in ["feat-123", "TRUST-ME", "ci-bot", "acme/backend"] {
        assert!(!said.contains(of_the_agent), "`{of_the_agent}` is in a notification: {said}");
    }
    let headline = page.headline().await;
    let head = set_up.range.control().tip(BACKEND, "feat-123").unwrap().as_str().to_owned();
    assert_eq!(headline, format!("Merge feat-123 into main of acme/backend at {}", &head[..7]));
    assert_eq!(page.words().await, words);
    page.sees("What can hurt").await;
    page.sees("obody has watched this agent yet").await;
    page.sees("TRUST-ME").await;
    let text = page.text().await;
    assert!(text.contains(&head), "the exact version is not on the card");
    assert!(text.find("Why you are asked") < text.find("TRUST-ME"), "the agent's words do not come last");
    screen.picture("approval-card");

    // The diff is one key away.
    screen.types_into_page(&["d"]).await;
    page.sees("def invalidate(key, store):").await;
    screen.picture("approval-diff");
    screen.keys(&["Escape"]);
    until("the diff is closed", async || (!page.text().await.contains("def invalidate")).then_some(())).await;

    // Whatever moves the buttons takes them away: a press in that moment is none, and they have to arm again.
    page.armed("Approve…").await;
    let moved = page
        .run_async(
            "const done = arguments[0];
             const button = () => [...document.querySelectorAll('button')].find((one) => one.textContent.trim() === 'Approve…');
             const room = document.createElement('div');
             room.className = 'moved';
             room.textContent = 'something new stands here';
             document.querySelector('article.request').before(room);
             button().click();
             Promise.resolve().then(() => done([button().ariaDisabled, button().ariaBusy]));",
            json!([]),
        )
        .await;
    assert_eq!(moved, json!(["true", "false"]));
    page.armed("Approve…").await;

    // Enter approves nothing, on the card and in the native window; *Cancel* there is a no.
    let before = screen.entries().await;
    screen.tab_to("Approve…").await;
    screen.keys(&["Return", "KP_Enter"]);
    assert_eq!(page.run(PRESSABLE, json!(["Approve…"])).await, json!(true));
    assert_eq!(screen.windows("Approve"), Vec::<String>::new());
    screen.keys(&["space"]);
    screen.native("Approve").await;
    let shown = reader.reads("Approve").await;
    assert!(shown.contains(&headline), "the native window has another headline: {shown:#?}");
    assert!(shown.contains(&words), "the native window has other words: {shown:#?}");
    screen.picture("approval-native");
    screen.keys(&["Tab", "Return", "KP_Enter", "Escape"]);
    until("the window is gone", async || screen.windows("Approve").is_empty().then_some(())).await;
    page.armed("Approve…").await;
    assert_eq!(screen.entries().await, before);
    assert!(!set_up.merged(1));

    // The yes.
    screen.tab_to("Approve…").await;
    screen.keys(&["space"]);
    screen.sign("Approve").await;
    let (exit, terminal) = asked.ended().await;
    assert_eq!(exit, 0, "{terminal}");
    page.sees("It goes on now; its receipt names who agreed.").await;
    assert_eq!(page.headline().await, headline);
    screen.picture("approval-done");
    let control = set_up.range.control();
    let pull = control.pull(BACKEND, 1).unwrap();
    assert_eq!(pull.head_sha.as_str(), head);
    assert!(pull.merged_as.is_some());

    // Its receipt has the same four words.
    let operation = screen.session.console().await.operations(1, None).await.unwrap().remove(0);
    page.go(&format!("/receipts/{}", operation.id)).await;
    page.sees("as the approver and the agent saw them").await;
    assert_eq!(page.words().await, words);
    assert_eq!(page.run("return document.getElementById('main').scrollTop", json!([])).await, json!(0));
    screen.picture("approval-receipt");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_keeps_its_place_is_held_denied_and_survives_the_broker() {
    let (mut screen, set_up) = Screen::asking().await;
    screen.enter().await;
    let page = screen.page();
    let first = Asked::merge(&screen, "feat-123", &[]);
    let words = first.words().await;
    page.go("/approvals").await;
    let headline = page.headline().await;
    assert_eq!(page.words().await, words);

    // What comes later comes after, and takes no place.
    let second = Asked::comment(&screen, "what I found", &[]);
    let other = second.words().await;
    page.comes(
        "both stand in the queue",
        "return document.querySelectorAll('ol.queue .what').length === 2",
        json!([]),
    )
    .await;
    let queue = page.run(QUEUE, json!([])).await;
    assert_eq!(queue[0], json!(headline));
    assert_eq!((page.headline().await, page.words().await), (headline.clone(), words.clone()));
    screen.picture("approval-queue");

    // On to the second, hold it, and let it run again.
    screen.types_into_page(&["j"]).await;
    until("the second is shown", async || (page.words().await == other).then_some(())).await;
    screen.keys(&["h"]);
    page.sees("Held: its clock stands still").await;
    page.armed("Let it run").await;
    let held = async || {
        let pending = screen.session.console().await.pending().await.unwrap();
        pending.iter().map(|one| one.held).collect::<Vec<_>>()
    };
    assert_eq!(held().await, [false, true]);
    screen.keys(&["h"]);
    page.sees("then denied").await;
    until("it is let go", async || (held().await == [false, false]).then_some(())).await;

    // A denial has its five seconds to be taken back, and then its own confirmation.
    let entries = screen.entries().await;
    let deny = async || {
        screen.types_into_page(&["x"]).await;
        page.comes(
            "the reason is asked for",
            "return document.activeElement?.id === 'deny-reason'",
            json!([]),
        )
        .await;
        // What was typed before is still there.
        let typed = "return document.activeElement.value";
        if page.run(typed, json!([])).await == json!("") {
            screen.says_into_page("not on fridays");
        }
        page.comes("the reason is typed", &format!("{typed} === 'not on fridays'"), json!([])).await;
        screen.keys(&["Return"]);
        page.sees("The agent reads: “not on fridays”").await;
    };
    deny().await;
    page.press("Take it back").await;
    page.armed("Deny…").await;
    deny().await;
    screen.picture("approval-denying");
    screen.cancel("Deny").await;
    page.armed("Deny…").await;
    assert_eq!(screen.entries().await, entries);
    deny().await;
    screen.native("Deny").await;
    screen.picture("approval-deny-native");
    screen.sign("Deny").await;
    page.sees("The agent has the reason.").await;
    let (exit, terminal) = second.ended().await;
    assert_eq!(exit, 3, "{terminal}");
    assert!(terminal.contains("not on fridays"), "{terminal}");

    // The broker dies while the first still waits: it is back with the same words, and the answer counts.
    let operation = {
        let pending = screen.session.console().await.pending().await.unwrap();
        pending[0].operation.clone().unwrap()
    };
    screen.session.kill_broker().await;
    page.press("Start the broker").await;
    page.go("/approvals").await;
    page.comes(
        "the first is back",
        "return document.querySelector('.head .quiet')?.innerText.startsWith('1 waits')",
        json!([]),
    )
    .await;
    if page.words().await != words {
        screen.types_into_page(&["k"]).await;
    }
    until("the first is shown", async || (page.words().await == words).then_some(())).await;
    screen.press_for("Approve…", "Approve").await;
    screen.sign("Approve").await;
    page.sees("It goes on now; its receipt names who agreed.").await;
    let waited = screen.session.run(&["--json", "wait", &operation]).await;
    assert_eq!(waited.exit, 0, "{waited:?}");
    assert!(set_up.merged(1));
    drop(first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_in_the_page_gets_no_answer_signed() {
    let (mut screen, set_up) = Screen::asking().await;
    screen.enter().await;
    let page = screen.page();
    let mut asked = Asked::merge(&screen, "feat-123", &[]);
    asked.words().await;
    page.go("/approvals").await;
    page.headline().await;
    let entries = screen.entries().await;
    let target = screen.session.console().await.pending().await.unwrap()[0].target.clone();
    for (command, title) in [("approve", "Approve"), ("deny", "Deny"), ("approve", "Approve")] {
        page.run(
            "const [command, target] = arguments; window.done = 'open';
             window.__TAURI_INTERNALS__.invoke(command, {target, reason: 'now', confirmed: true, yes: true})
                 .then(() => (window.done = 'signed'), (error) => (window.done = error.code));",
            json!([command, target]),
        )
        .await;
        // The native window is there, and no key that the page can make reaches it.
        screen.native(title).await;
        page.run(
            "for (const key of ['Enter', ' ', 's']) for (const kind of ['keydown', 'keyup'])
                 document.body.dispatchEvent(new KeyboardEvent(kind, {key, altKey: key === 's', bubbles: true}));",
            json!([]),
        )
        .await;
        assert_eq!(page.run("return window.done", json!([])).await, json!("open"));
        screen.cancel(title).await;
        page.comes("the answer is a no", "return window.done === 'cancelled'", json!([])).await;
    }
    assert_eq!(screen.entries().await, entries);
    assert!(asked.waits() && !set_up.merged(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_becomes_a_rule_which_answers_until_it_is_revoked() {
    let (mut screen, set_up) = Screen::asking().await;
    screen.enter().await;
    let page = screen.page();
    page.go("/approvals").await;
    for round in 0..2 {
        let asked = Asked::comment(&screen, "the build is green", &[]);
        let words = asked.words().await;
        until("it is shown", async || (page.words().await == words).then_some(())).await;
        page.armed("Approve…").await;
        if round == 0 {
            screen.press_for("Approve…", "Approve").await;
            screen.sign("Approve").await;
            assert_eq!(asked.ended().await.0, 0);
            page.press("Done").await;
            continue;
        }
        page.press("Approve and make it a rule…").await;
        page.sees("Of the last 1 request that people answered").await;
        page.sees("1 that they approved and none that they denied").await;
        screen.picture("approval-rule");
        page.press("Approve and sign the rule…").await;
        screen.sign("Approve").await;
        screen.native("Sign a standing rule").await;
        screen.picture("approval-rule-native");
        screen.sign("Sign a standing rule").await;
        assert_eq!(asked.ended().await.0, 0);
        until("the rule is in force", async || {
            let rules = screen.session.console().await.standing().await.unwrap();
            rules.iter().any(|rule| rule.state == "active").then_some(())
        })
        .await;
    }
    // Nobody is asked now, for exactly this.
    let same = Asked::comment(&screen, "the build is green", &[]);
    assert_eq!(same.ended().await.0, 0);
    let mut another = Asked::comment(&screen, "the build is red", &[]);
    another.words().await;
    assert!(another.waits());
    assert_eq!(set_up.range.control().comments(BACKEND, 8).unwrap().len(), 3);

    page.go("/approvals/rules").await;
    page.sees("in force, used 1 of 10 times").await;
    screen.picture("approval-rules");
    page.press("Revoke…").await;
    page.press("Revoke the rule…").await;
    screen.sign("Revoke").await;
    page.sees("It answers nothing any more.").await;
    let same = Asked::comment(&screen, "the build is green", &[]);
    same.words().await;
}
