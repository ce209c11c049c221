//! How two policies are said to differ: what was softened comes first.

use super::asked::{loaded, ship_to_main};
use bailiwick_broker::policy::together;
use bailiwick_protocol::{PolicyDiff, PolicyTexts, RuleChange};

fn diff(change: impl FnOnce(&mut PolicyTexts)) -> PolicyDiff {
    let mut texts = ship_to_main();
    change(&mut texts);
    loaded(&ship_to_main()).diff(&loaded(&texts))
}

/// One policy of the guard, as it is written.
fn policy(id: &str) -> String {
    let guard = ship_to_main().guard;
    let start = guard.find(&format!("@id(\"{id}\")")).expect("a policy");
    let end = guard[start..].find("};\n").expect("its end") + start + 3;
    guard[start..end].to_owned()
}

fn ids(changes: &[RuleChange]) -> Vec<&str> {
    changes
        .iter()
        .map(|change| change.old.as_ref().or(change.new.as_ref()).expect("a side").id.as_str())
        .collect()
}

#[test]
fn nothing_is_nothing() {
    let same = diff(|_| ());
    assert_eq!((same.headline.as_str(), same.softens), ("nothing changes", false));
    // White space and comments are no change of a rule.
    let spaced = diff(|texts| texts.guard = texts.guard.replace("\n// ", "\n\n// And: "));
    assert_eq!((spaced.headline.as_str(), spaced.softens), ("nothing changes", false));
}

#[test]
fn a_refusal_that_only_asks_is_the_headline_under_whatever_name() {
    for name in ["main-no-drafts", "another-name"] {
        let moved = policy("main-no-drafts");
        let asks = moved
            .replace("@id(\"main-no-drafts\")", &format!("@id(\"{name}\")\n@approval(\"1 of approver\")"));
        let soft = diff(|texts| {
            texts.guard = texts.guard.replace(&moved, "");
            texts.ask.push_str(&asks);
            texts.guard.push_str(
                &policy("main-no-drafts")
                    .replace("main-no-drafts", "other")
                    .replace("context.merge.draft", "context.merge.draft && context.merge.from_fork"),
            );
        });
        assert_eq!(ids(&soft.guard_to_ask), ["main-no-drafts"]);
        assert!(soft.softens);
        let first = "1 rule that refused only asks now: `main-no-drafts`; ";
        assert!(soft.headline.starts_with(first), "{}", soft.headline);
        let side = soft.guard_to_ask[0].new.as_ref().expect("a side");
        assert_eq!((side.set.as_str(), side.approval.as_deref()), ("ask", Some("1 of approver")));
        // The other way round it is hardened.
        let mut texts = ship_to_main();
        texts.guard = texts.guard.replace(&moved, "");
        texts.ask.push_str(&asks);
        let hard = loaded(&texts).diff(&loaded(&ship_to_main()));
        assert_eq!(ids(&hard.ask_to_guard), [name]);
        assert!(!hard.softens, "{}", hard.headline);
    }
}

#[test]
fn every_kind_of_change_has_its_list() {
    let gone = diff(|texts| texts.guard = texts.guard.replace(&policy("main-no-drafts"), ""));
    assert_eq!((ids(&gone.removed), gone.softens), (vec!["main-no-drafts"], true));
    assert_eq!(gone.headline, "1 rule no longer refuses or asks: `main-no-drafts`");

    let narrower = diff(|texts| {
        texts.guard = texts.guard.replace("@id(\"may-comment\")", "// nothing\n@id(\"may-comment\")").replace(
            "permit (principal is Agent, action == Action::\"issues/create-comment\", resource is Repository);",
            "permit (principal is Agent, action == Action::\"issues/create-comment\", resource is Repository) when { principal.depth == 1 };",
        );
    });
    assert_eq!((ids(&narrower.changed), narrower.softens), (vec!["may-comment"], true));

    let fewer = diff(|texts| texts.ask = texts.ask.replace("1 of approver", "1 of security"));
    assert_eq!((ids(&fewer.changed), fewer.softens), (vec!["ask-about-forks"], true));

    for demand in ["@by(\"others\")", "@timeout(\"24h\")", "@assurance(\"file\")"] {
        let less = loaded(&{
            let mut texts = ship_to_main();
            texts.ask = texts.ask.replace("@approval(", &format!("{demand}\n@approval("));
            texts
        });
        let less = less.diff(&loaded(&ship_to_main()));
        assert_eq!((ids(&less.changed), less.softens), (vec!["ask-about-forks"], true), "{demand}");
    }

    let words = diff(|texts| texts.guard = texts.guard.replace("drafts are not merged", "no drafts"));
    assert_eq!((ids(&words.reworded), words.softens), (vec!["main-no-drafts"], false));
    assert_eq!(words.headline, "1 rule is worded otherwise: `main-no-drafts`");

    let data = diff(|texts| texts.data = texts.data.replace("17:30", "23:59"));
    assert_eq!(data.headline, "calendars, protected paths or zones are others");
    assert!(data.data_changed && !data.schema_changed);

    let more = loaded(&ship_to_main()).diff(&loaded(&together(&["ship-to-main", "deploy"]).expect("texts")));
    assert_eq!(ids(&more.added).len(), 6);
    assert!(
        more.softens && more.headline.starts_with("2 new permits: `deploy-to-staging`"),
        "{}",
        more.headline
    );
}
