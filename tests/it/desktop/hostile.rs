//! Everything that an agent may write, at its worst, on every screen: it is shown as what it is, breaks no layout,
//! and does nothing.

use super::Screen;
use super::asked::Asked;
use super::reader::Reader;
use crate::stage::until;
use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;

/// Reorders, looks like another letter, rings, colours, is markup.
const WORST: &str = "\u{202e}gnp\u{2066}.f\u{0435}at\u{200b}\u{7}\u{1b}[31m<img src=x onerror=window.ran=1></p><script>window.ran=1</script>";

/// As bad as a label may be: a signed text takes nothing that moves or hides other text.
const LABEL: &str = "<img src=x onerror=window.ran=1> f\u{0435}at {{7*7}} &lt;b&gt; a-very-long-label-without-any-place-to-break-it-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

/// What there must be nothing of: planted elements, code that ran, raw characters, width beyond the window.
const HARM: &str = r"
    const main = document.getElementById('main');
    return [
        document.querySelectorAll('#console img, #console script, #console iframe').length,
        window.ran ?? null,
        document.title,
        (document.body.innerText.match(/[\u202a-\u202e\u2066-\u2069\u200b\ufeff\u001b\u0007]/) ?? [null])[0],
        document.documentElement.scrollWidth > innerWidth || main.scrollWidth > main.clientWidth,
    ]";

async fn unharmed(screen: &Screen, place: &str, sees: &str) {
    let page = screen.page();
    page.go(place).await;
    page.sees(sees).await;
    page.run("for (const one of document.querySelectorAll('details')) one.open = true", json!([])).await;
    let found = page.run(HARM, json!([])).await;
    assert_eq!(found, json!([0, null, "Bailiwick", null, false]), "{place}");
    screen.picture(&format!("hostile{}", place.split("/sha256").next().unwrap().replace('/', "-")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worst_that_an_agent_writes_is_shown_on_every_screen_and_does_nothing() {
    let (mut screen, _set_up) = Screen::asking().await;
    let reader = Reader::start(&screen).await;
    // A sub-agent, named by an agent.
    screen.types(&["agent", "new", "helper"]).await;
    screen.types(&["agent", "fetch", "ci-bot"]).await;
    let passed = ["attenuate", "--from", "ci-bot", "--to", "helper", "--label", LABEL, "--purpose", LABEL];
    screen.types(&passed).await;
    // It works in a folder with a name of its own, under a parent with another.
    let folder = screen.session.path("work").join(WORST.replace('/', "|"));
    std::fs::create_dir(&folder).unwrap();
    let parent = screen.session.path("bin").join("<b>\u{202e}x");
    std::fs::write(&parent, "#!/bin/sh\ncd \"$FOLDER\"\nbailiwick \"$@\"\n").unwrap();
    std::fs::set_permissions(&parent, std::fs::Permissions::from_mode(0o755)).unwrap();
    screen.enter().await;
    let page = screen.page();
    page.sees("Receipts").await;

    let ten_kilobytes = format!("{WORST}{}", "x".repeat(10_000));
    // What is said in public may not reorder or control text; what is claimed may be anything.
    let (body, claim) = (format!("body={LABEL}{}", "x".repeat(10_000)), format!("{WORST}={ten_kilobytes}"));
    let comment = ["request", "github.comment", "--as", "helper", "--repo", "acme/backend", "issue=8", &body];
    let arguments = [&comment[..], &["--claim", &claim]].concat();
    let asked =
        Asked::by(&screen, parent.to_str().unwrap(), &[("FOLDER", folder.to_str().unwrap())], &arguments);
    let words = asked.words().await;
    for branch in [WORST, LABEL] {
        let refused = Asked::merge(&screen, branch, &[]).ended().await;
        assert_ne!(refused.0, 0);
    }

    // The card, in full, and the native window.
    let target = screen.session.console().await.pending().await.unwrap()[0].target.clone();
    unharmed(&screen, &format!("/approvals/{target}"), "a name that its parent gave it").await;
    let text = page.text().await;
    for shown in ["\\u{202e}gnp", "\\u{1b}[31m", "<img src=x onerror", "Show all 10,"] {
        assert!(text.contains(shown), "`{shown}` is not on the card");
    }
    let headline = page.run("return document.querySelector('#request-headline').innerText", json!([])).await;
    assert_eq!(headline, json!("Comment on #8 of acme/backend"));
    screen.press_for("Approve…", "Approve").await;
    let lines = reader.reads("Approve").await;
    assert!(lines.contains(&words) && lines.iter().any(|line| line.contains("\\u{202e}gnp")), "{lines:#?}");
    let raw = |line: &&String| line.chars().any(|one| "\u{202e}\u{2066}\u{200b}\u{7}\u{1b}".contains(one));
    assert_eq!(lines.iter().find(raw), None);
    screen.picture("hostile-native");
    screen.sign("Approve").await;
    assert_eq!(asked.ended().await.0, 0);

    // Everywhere else.
    let console = screen.session.console().await;
    let child = console.capabilities().await.unwrap().into_iter().find(|one| one.parent.is_some()).unwrap();
    for (place, sees) in [
        ("/now", "What happened"),
        ("/approvals", "Nothing waits for you"),
        ("/approvals/rules", "No rule answers for you"),
        ("/authority", "ci-bot"),
        (&format!("/authority/{}", child.id), "f"),
        ("/authority/delegate", "What you are about to sign"),
        ("/receipts", "Comment on"),
        ("/policy", "What may happen at all"),
        ("/policy/try", "Judge it"),
        ("/policy/history", "Compare with now"),
        ("/policy/asking", "By policy"),
        ("/connections", "acme/backend"),
        ("/settings", "Appearance"),
    ] {
        unharmed(&screen, place, sees).await;
    }
    for operation in console.operations(10, None).await.unwrap() {
        unharmed(&screen, &format!("/receipts/{}", operation.id), "On whose authority").await;
    }
    // What an agent has written is where a person revokes it, too.
    page.go(&format!("/authority/{}", child.id)).await;
    page.press("Revoke…").await;
    page.sees("This ends this capability").await;
    assert_eq!(page.run(HARM, json!([])).await, json!([0, null, "Bailiwick", null, false]));
    page.press("Revoke 1 capability").await;
    screen.native("Revoke").await;
    screen.picture("hostile-revoke-native");
    assert_eq!(reader.reads("Revoke").await.iter().find(raw), None);
    screen.cancel("Revoke").await;
    until("it is still there", async || (!page.text().await.is_empty()).then_some(())).await;
}
