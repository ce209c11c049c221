//! The policy on the real screen: read, tried, changed with what is wrong at its line, signed.

use super::Screen;
use super::asked::Asked;
use serde_json::json;

/// Puts a text into the editor as if it had been typed, and answers what stood there.
const WRITE: &str = "const [name, from, to] = arguments;
    const area = [...document.querySelectorAll('textarea')].find((one) => (one.ariaLabel ?? '').includes(name));
    const before = area.value;
    area.value = from === '' ? before + to : before.replace(from, to);
    area.dispatchEvent(new Event('input', {bubbles: true}));
    return before";

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_is_read_tried_changed_and_signed() {
    let (mut screen, _set_up) = Screen::set_up().await;
    screen.enter().await;
    let page = screen.page();
    page.sees("Receipts").await;
    assert_eq!(Asked::merge(&screen, "feat-123", &[]).ended().await.0, 0);
    let status = async || screen.session.console().await.status().await.unwrap();
    let before = status().await;

    page.go("/policy").await;
    page.sees("What may happen at all").await;
    page.sees("Drafts are not merged").await;
    page.sees("Code from a fork needs an approver").await;
    screen.picture("policy");

    page.go("/policy/try").await;
    page.press("Judge it").await;
    page.sees("Allowed").await;
    page.sees("As it was decided then.").await;
    screen.picture("policy-try");

    // What would not load is named at its line, and goes no further.
    page.go("/policy/edit").await;
    page.sees("It loads").await;
    let rule = "@id(\"main-no-drafts\")";
    let wrong = format!("{rule}\n@approval(\"1 of approver\")");
    let text = page.run(WRITE, json!(["Guard", rule, wrong])).await;
    let line = text.as_str().unwrap().lines().position(|one| one == rule).unwrap() + 1;
    page.sees("1 problem: this would not load").await;
    page.sees(&format!("guard:{line}:1")).await;
    screen.picture("policy-wrong");
    let cannot = "return [...document.querySelectorAll('button')].find((one) => one.textContent.trim() === 'See what changes').disabled";
    assert_eq!(page.run(cannot, json!([])).await, json!(true));
    page.run(WRITE, json!(["Guard", wrong, rule])).await;
    page.sees("It loads").await;

    // A change, and what it would do, before anything is signed.
    page.press("Ask").await;
    let ask = "\n@id(\"ask-about-merges\")\n@title(\"a person agrees to merges\")\n@because(\"we look at each\")\n\
               @remedy(\"have somebody approve it\")\n@approval(\"1 of approver\")\n\
               forbid (principal, action == Action::\"pulls/merge\", resource);\n";
    page.run(WRITE, json!(["Ask", "", ask])).await;
    page.press("See what changes").await;
    page.sees("ask-about-merges").await;
    page.sees("1 of the last 1 operation would end otherwise").await;
    screen.picture("policy-diff");
    page.press("Sign and put it in force…").await;
    screen.native("Activate a policy").await;
    screen.picture("policy-native");
    screen.cancel("Activate a policy").await;
    assert_eq!(status().await.policy, before.policy);
    page.press("Sign and put it in force…").await;
    screen.sign("Activate a policy").await;
    page.sees("In force. It is in the ledger, with your signature.").await;
    let after = status().await;
    assert_ne!(after.policy, before.policy);

    page.go("/policy/history").await;
    page.sees("changed ask").await;
    page.sees("the first").await;
    screen.picture("policy-history");

    // It holds.
    let asked = Asked::comment(&screen, "no merge, nobody is asked", &[]);
    assert_eq!(asked.ended().await.0, 0);
    let asked = Asked::merge(&screen, "docs-api-limits", &[]);
    let (exit, _) = asked.ended().await;
    assert_eq!(exit, 3, "the guard still comes first");
}
