//! What does not load, and where the fault is said to be.

use super::asked::{loaded, ship_to_main};
use bailiwick_broker::policy::{Policy, PolicyProblem, PolicyText};
use bailiwick_protocol::PolicyTexts;

/// A forbid that would be good if the annotations were.
const BARE: &str = "forbid (principal, action, resource) when { context.time < 0 };";
const WORDS: &str = "@title(\"t\") @because(\"b\") @remedy(\"r\")";

fn problems(texts: &PolicyTexts) -> Vec<PolicyProblem> {
    match Policy::load(texts) {
        Ok(_) => panic!("it loads: {texts:?}"),
        Err(problems) => {
            for problem in &problems {
                assert!(!problem.message.is_empty() && !problem.hint.is_empty(), "{problem}");
                assert!(problem.line >= 1 && problem.column >= 1, "{problem}");
                assert!(!problem.to_string().contains(['\u{202e}', '\u{1b}', '\n']), "{problem:?}");
            }
            problems
        }
    }
}

/// Loads with `text` appended to a set, and expects exactly one problem at that line and column of
/// what was appended.
fn one(set: PolicyText, text: &str, line: usize, column: usize, message: &str) {
    let mut texts = ship_to_main();
    let target = match set {
        PolicyText::Guard => &mut texts.guard,
        PolicyText::Ask => &mut texts.ask,
        PolicyText::Schema => &mut texts.schema,
        PolicyText::Data => &mut texts.data,
    };
    let lines = target.lines().count();
    target.push_str(text);
    let found = problems(&texts);
    let said: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(found.iter().any(|p| p.message.contains(message)), "`{text}`: no `{message}` in {said:#?}");
    let at: Vec<_> =
        found.iter().filter(|p| p.message.contains(message)).map(|p| (p.set, p.line, p.column)).collect();
    assert!(at.contains(&(set, lines + line, column)), "`{text}`: not at {line}:{column}, but {said:#?}");
}

#[test]
fn in_the_guard() {
    use PolicyText::Guard;
    one(Guard, &format!("{WORDS} {BARE}"), 1, 1, "the policy has no `@id`");
    one(
        Guard,
        &format!("\n\n  // a comment\n  @id(\"x\") {WORDS} @id(\"y\") {BARE}"),
        4,
        51,
        "duplicate annotation",
    );
    one(
        Guard,
        &format!("\n  @id(\"main-no-drafts\") {WORDS} {BARE}"),
        2,
        3,
        "the id `main-no-drafts` stands twice",
    );
    one(Guard, &format!("@id(\"A b\") {WORDS} {BARE}"), 1, 1, "`A b` is no id");
    one(Guard, &format!("@id(\"\") {WORDS} {BARE}"), 1, 1, "`` is no id");
    one(Guard, &format!("@id {WORDS} {BARE}"), 1, 1, "`` is no id");
    one(Guard, &format!("@id(\"request\") {WORDS} {BARE}"), 1, 1, "`request` is no id");
    one(Guard, &format!("@id(\"x\") @because(\"b\") @remedy(\"r\") {BARE}"), 1, 1, "`x` has no `@title`");
    one(Guard, &format!("@id(\"x\") @title(\"t\") @remedy(\"r\") {BARE}"), 1, 1, "`x` has no `@because`");
    one(Guard, &format!("@id(\"x\") @title(\"t\") @because(\"b\") {BARE}"), 1, 1, "`x` has no `@remedy`");
    one(Guard, "@id(\"x\") permit (principal, action, resource);", 1, 1, "`x` has no `@title`");
    one(
        Guard,
        &format!("@id(\"x\") {WORDS} @approval(\"1 of approver\") {BARE}"),
        1,
        1,
        "an annotation `@approval` that has no meaning here",
    );
    one(Guard, &format!("@id(\"x\") {WORDS} @remdy(\"r\") {BARE}"), 1, 1, "an annotation `@remdy`");
    one(
        Guard,
        "@id(\"x\") @title(\"t {merge.head}\") permit (principal, action, resource);",
        1,
        1,
        "`@title` of `x` has a place to fill",
    );
    one(
        Guard,
        &format!("@id(\"x\") @title(\"t\") @because(\"b\") @remedy(\"{{merge.haed}}\") {BARE}"),
        1,
        1,
        "names `{merge.haed}`, which is nothing",
    );
    one(
        Guard,
        &format!("@id(\"x\") @title(\"t\") @because(\"b\") @remedy(\"{{calendar.weekends.opens}}\") {BARE}"),
        1,
        1,
        "which is nothing",
    );
    one(
        Guard,
        &format!("@id(\"x\") @title(\"t\") @because(\"b\") @remedy(\"{{calendar.business-hours}}\") {BARE}"),
        1,
        1,
        "which is nothing",
    );
    one(
        Guard,
        &format!("@id(\"x\") @title(\"t\") @because(\"b\") @remedy(\"{{\") {BARE}"),
        1,
        1,
        "`@remedy` of `x`: a `{` is not closed",
    );
    one(
        Guard,
        &format!("@id(\"x\") {WORDS} forbid (principal == ?principal, action, resource);"),
        1,
        1,
        "this is a template",
    );
    one(
        Guard,
        "@id(\"x\") @title(\"t\") permit (principal, action in Action::\"publishes\", resource);",
        1,
        1,
        "permits by the effect `publishes`",
    );
    one(
        Guard,
        "@id(\"x\") @title(\"t\") permit (principal, action in [Action::\"pulls/merge\", Action::\"deletes\"], resource);",
        1,
        1,
        "permits by the effect `deletes`",
    );
}

#[test]
fn what_does_not_validate() {
    use PolicyText::Guard;
    let with = |when: &str| {
        format!("\n@id(\"x\") {WORDS}\nforbid (principal, action, resource)\nwhen {{ {when} }};")
    };
    one(Guard, &with("context.calendar[\"weekends\"]"), 4, 8, "`calendar.weekends`");
    one(Guard, &with("context.merge.draft"), 4, 8, "`merge`");
    one(Guard, &with("context.time == \"x\""), 4, 8, "types Long and String");
    one(Guard, &with("context.effects.moves_ref == \"refs/heads/main\""), 4, 8, "String");
    one(Guard, &with("principal.purpose == \"x\""), 4, 8, "`purpose`");
    one(Guard, &with("resource is Bucket"), 4, 20, "`Bucket`");
    one(Guard, &with("action == Action::\"pulls/mrege\""), 4, 18, "`Action::\"pulls/mrege\"`");
    one(Guard, &with("context.time like \"*\""), 4, 8, "expected String");
    one(
        Guard,
        &with("context.effects.moves_ref.contains(\"refs/heads/m\u{430}in\")"),
        4,
        43,
        "mixed scripts",
    );
    one(Guard, &with("context.effects.moves_ref.contains(\"refs/heads/\u{202e}niam\")"), 4, 43, "BIDI");
    one(
        Guard,
        &format!("\n@id(\"x\") {WORDS}\nforbid (principal, action, resource) when {{ false }};"),
        2,
        1,
        "impossible",
    );
    one(
        Guard,
        "\n@id(\"x\")\n@title(\"t\")\npermit (principal, action, resource",
        4,
        36,
        "unexpected end of input",
    );
    one(Guard, "\nallow (principal, action, resource);", 2, 1, "invalid policy effect");
    one(Guard, "\n;", 2, 1, "unexpected token `;`");
}

#[test]
fn in_the_asks() {
    use PolicyText::Ask;
    let approval = |text: &str| format!("\n@id(\"x\") {WORDS} @approval(\"{text}\") {BARE}");
    one(
        Ask,
        "\n@id(\"x\") @title(\"t\") permit (principal, action, resource);",
        2,
        1,
        "`x` is a permit among the asks",
    );
    one(Ask, &format!("\n@id(\"x\") {WORDS} {BARE}"), 2, 1, "`x` does not say who must agree");
    for text in [
        "0 of approver",
        "-1 of approver",
        "201 of approver",
        "+1 of approver",
        "01 of approver",
        "one of approver",
        "1.5 of approver",
    ] {
        one(Ask, &approval(text), 2, 1, "persons");
    }
    for text in ["", "approver", "1", "1 approver", "1 OF approver"] {
        one(Ask, &approval(text), 2, 1, "`@approval` of `x` is");
    }
    for text in ["1 of admin", "1 of Approver", "1 of approver ", "1 of ", "1 of approver of steward"] {
        one(Ask, &approval(text), 2, 1, "which does not exist");
    }
    one(
        Ask,
        &format!("\n@id(\"x\") {WORDS} @approval(\"1 of approver\") @assurance(\"good\") {BARE}"),
        2,
        1,
        "`@assurance` of `x` is `good`",
    );
    one(
        Ask,
        &format!("\n@id(\"main-no-drafts\") {WORDS} @approval(\"1 of approver\") {BARE}"),
        2,
        1,
        "stands in the guard too",
    );
}

#[test]
fn in_the_schema() {
    use PolicyText::Schema;
    one(Schema, "\nentity Bucket in [Nobody];\n", 2, 19, "Nobody");
    one(Schema, "\nnamespace Other { entity Bucket; }", 2, 1, "has a namespace");
    one(Schema, "\nentity", 2, 7, "unexpected end of input");
    one(
        Schema,
        "\naction \"No/Such Action\" in [reads] appliesTo { principal: Agent, resource: Repository, context: Context };",
        2,
        8,
        "is no action's id",
    );
    one(
        Schema,
        "\naction \"a/b\" in [reads] appliesTo { principal: Agent, resource: Repository, context: { colour: String } };",
        2,
        8,
        "no request for `a/b` fits this schema",
    );
    one(
        Schema,
        "\naction \"a/b\" appliesTo { principal: Agent, resource: Repository, context: Context };",
        2,
        8,
        "has no effects",
    );
    one(
        Schema,
        "\nentity Bucket;\naction \"a/b\" in [reads] appliesTo { principal: Agent, resource: Bucket, context: Context };",
        3,
        8,
        "no request for `a/b` fits this schema",
    );
}

#[test]
fn a_calendar_must_be_in_the_schema_and_in_the_data() {
    let mut texts = ship_to_main();
    texts.data = texts.data.replace("\"business-hours\"", "\"office-hours\"");
    let found: Vec<String> = problems(&texts).iter().map(ToString::to_string).collect();
    assert!(
        found.iter().any(|p| p.starts_with("data:3:5: the calendar `office-hours` is not in the schema")),
        "{found:#?}"
    );
    assert!(
        found
            .iter()
            .any(|p| p.starts_with("schema:")
                && p.contains("the calendar `business-hours` is not in the data")),
        "{found:#?}"
    );

    // A policy that names a calendar which the schema has not is told where it does.
    let mut texts = ship_to_main();
    texts.schema = texts.schema.replace("\"business-hours\": Bool", "\"office-hours\": Bool");
    texts.data = texts.data.replace("\"business-hours\"", "\"office-hours\"");
    let found = problems(&texts);
    let told = |p: &PolicyProblem| {
        p.set == PolicyText::Guard && p.message.contains("`calendar[\"business-hours\"]`")
    };
    assert!(found.iter().any(told), "{found:#?}");
    texts.guard = texts.guard.replace("business-hours", "office-hours");
    loaded(&texts);
}

#[test]
fn every_problem_is_named_at_once_and_in_order() {
    let mut texts = ship_to_main();
    texts.guard.push_str(&format!("{BARE} {BARE}"));
    texts.ask.push_str(BARE);
    texts.data.push('x');
    let found = problems(&texts);
    let sets: Vec<PolicyText> = found.iter().map(|problem| problem.set).collect();
    assert_eq!(sets, [PolicyText::Guard, PolicyText::Guard, PolicyText::Ask, PolicyText::Data], "{found:#?}");
}

#[test]
fn what_is_too_large_is_refused_at_once() {
    let mut texts = ship_to_main();
    texts.guard.push_str(&" ".repeat(9 * 1024 * 1024));
    assert!(problems(&texts)[0].message.contains("larger than 8 MiB"));
    let mut texts = ship_to_main();
    texts.data.push_str(&" ".repeat(300 * 1024));
    assert!(problems(&texts)[0].message.contains("larger than 256 KiB"));
}

/// On the 2 MiB of a test's thread, in a debug build: none of these ends the process.
#[test]
fn what_goes_deep_is_refused_or_judged_and_never_ends_the_process() {
    let nested = |open: &str, n: usize, close: &str| format!("{}1{}", open.repeat(n), close.repeat(n));
    let chain = |piece: &str, n: usize| format!("{}context.time < 1", piece.repeat(n));
    for (refused, body) in [
        (false, format!("context.time == {}", nested("(", 30, ")"))),
        (true, format!("{} == 2", nested("(", 32, ")"))),
        (true, format!("{} == 2", nested("(", 1_000_000, ")"))),
        (true, format!("{} == 2", nested("[", 100_000, "]"))),
        (true, format!("{} == 2", nested("{a: ", 100_000, "}"))),
        (true, nested("[1].contains(", 100_000, ")")),
        (false, chain("context.time < 0 || ", 80)),
        (true, chain("context.time < 0 || ", 100_000)),
        (true, chain("context.time + ", 100_000)),
        (true, format!("{}false", "if context.time < 0 then true else ".repeat(100_000))),
        (true, format!("{}false", "!".repeat(100_000))),
        (true, format!("context{} == 1", ".a".repeat(100_000))),
        (true, "(".repeat(1_000_000)),
    ] {
        let mut texts = ship_to_main();
        texts
            .guard
            .push_str(&format!("@id(\"x\") {WORDS} forbid (principal, action, resource) when {{ {body} }};"));
        match Policy::load(&texts) {
            Ok(policy) => {
                assert!(!refused, "`{}…` loads", &body[..20]);
                drop(super::asked::good_merge().decided_by(&policy));
            }
            Err(found) => assert!(refused, "`{}…`: {found:?}", &body[..20]),
        }
    }
    let mut texts = ship_to_main();
    texts.schema.push_str(&format!("type Deep = {}Long{};", "Set<".repeat(100_000), ">".repeat(100_000)));
    assert!(problems(&texts)[0].message.contains("brackets nest deeper than 32"));
    texts.schema = ship_to_main().schema;
    texts.data = "[".repeat(200_000);
    assert!(!problems(&texts).is_empty());
}
