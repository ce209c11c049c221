//! The prover with the real solver: on what is shipped, on guards that are wrong, and on what it cannot do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::string_slice)]

use bailiwick_protocol::ProofView;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const MERGE: &str = "nothing but a reviewed merge moves `main`";
const MORE: &str = "the new guard allows nothing that the old one refused";
const LESS: &str = "the new guard refuses nothing that the old one allowed";

/// Every shipped set.
const SETS: [&str; 8] = [
    "ship-to-main",
    "deploy",
    "trust-zones",
    "quiet-hours",
    "read-only",
    "incident-freeze",
    "credential-lifetimes",
    "never-give",
];

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn guard(sets: &[&str]) -> String {
    sets.iter().map(|set| text(&format!("{set}/guard.cedar"))).collect::<Vec<_>>().join("\n")
}

/// The shipped schema with both calendars, so that one does for every set.
fn schema() -> String {
    text("schema.cedarschema")
        .replace("\"business-hours\": Bool,", "\"business-hours\": Bool, \"waking-hours\": Bool,")
}

/// What is asked about a guard under the shipped schema.
fn asked(guard: &str, schema: &str) -> Value {
    json!({"guard": guard, "schema": schema, "facts": {
        "pulls/merge": "merge",
        "issues/create-comment": "comment",
        "pulls/create": "proposal",
        "repos/create-deployment": "deployment",
        "repos/create-or-update-file-contents": "branch_move",
        "repos/delete-file": "branch_move",
        "git/create-ref": "branch_move",
        "git/update-ref": "branch_move",
        "git/delete-ref": "branch_move",
        "repos/merge": "branch_move",
        "pulls/update-branch": "branch_move",
    }})
}

fn run(asked: &Value, solver: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_bailiwick-proof"))
        .env("CVC5", solver)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn proofs(asked: &Value) -> Vec<ProofView> {
    let output = run(asked, "cvc5");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The answers to one claim, by action, without those that are as expected.
fn other_than(proofs: &[ProofView], claim: &str, expected: &str) -> Vec<String> {
    let of_claim: Vec<&ProofView> = proofs.iter().filter(|proof| proof.claim.starts_with(claim)).collect();
    assert!(of_claim.len() >= 4, "{claim}: {proofs:?}");
    of_claim.iter().filter(|proof| proof.answer != expected).map(|proof| proof.action.clone()).collect()
}

#[test]
fn of_every_shipped_set_and_of_all_together_everything_is_proved() {
    let alone = SETS.iter().map(|set| vec![*set]);
    for sets in alone.chain([SETS.to_vec()]) {
        let proofs = proofs(&asked(&guard(&sets), &schema()));
        for proof in &proofs {
            println!("{}: {}: {} ({})", sets.join("+"), proof.answer, proof.claim, proof.action);
            assert_eq!((proof.answer.as_str(), &proof.example), ("proved", &None), "{sets:?}: {proof:?}");
        }
        // Four that no agent does, and every action of the schema.
        let actions = text("schema.cedarschema").matches("appliesTo").count();
        assert!(actions >= 11 && proofs.len() == 4 + actions, "{proofs:?}");
    }
}

#[test]
fn a_permit_without_a_scope_lets_agents_do_what_is_persons() {
    let wide = guard(&["ship-to-main"]) + "@id(\"wide\") permit (principal, action, resource);";
    let proofs = proofs(&asked(&wide, &schema()));
    assert_eq!(other_than(&proofs, "no agent ever", "refuted"), Vec::<String>::new());
    assert_eq!(other_than(&proofs, MERGE, "proved"), Vec::<String>::new(), "the forbids still hold");
    let example = proofs.iter().find_map(|proof| proof.example.as_ref()).unwrap();
    assert!(example["principal"].as_str().unwrap().starts_with("Agent::"), "{example}");
}

/// Each forbid of the shipped guard without which `main` would move unreviewed, and one without which it would not.
#[test]
fn a_guard_that_lost_a_rule_about_main_is_refuted_with_a_request_that_shows_it() {
    let whole = guard(&["ship-to-main"]);
    for (lost, refuted) in [
        ("main-moves-by-merge", true),
        ("main-evidence-fits", true),
        ("main-is-reviewed", true),
        ("main-author-is-no-reviewer", true),
        ("main-no-drafts", false),
    ] {
        let start = whole.find(&format!("@id(\"{lost}\")")).unwrap();
        let end = start + whole[start..].find("};\n").unwrap() + 3;
        let guard = format!("{}{}", &whole[..start], &whole[end..]);
        let proofs = proofs(&asked(&guard, &schema()));
        let wrong = other_than(&proofs, MERGE, "proved");
        assert_eq!(
            wrong,
            if refuted { vec!["pulls/merge".to_owned()] } else { Vec::new() },
            "without {lost}"
        );
        if refuted {
            let example = proofs.iter().find_map(|proof| proof.example.as_ref()).unwrap();
            let moved = &example["context"]["effects"]["moves_ref"];
            assert!(
                moved.as_array().unwrap().contains(&json!("refs/heads/main")),
                "without {lost}: {example}"
            );
        }
    }
}

/// Facts that several actions share are this action's own too: a permit that hangs on them is found.
#[test]
fn a_permit_that_moves_main_on_a_branch_moves_facts_is_found() {
    let permit = "@id(\"x\") permit (principal is Agent, action == Action::\"git/update-ref\", resource) when { context has branch_move };";
    let proofs = proofs(&asked(permit, &schema()));
    assert_eq!(other_than(&proofs, MERGE, "proved"), ["git/update-ref"]);
}

/// An action that a later catalogue brings, by another name, is held by the rules about the effect.
#[test]
fn another_action_that_moves_main_is_held_to_it_too() {
    let schema = schema()
        + "action \"git/replace-ref\" in [moves_ref] appliesTo { principal: Agent, resource: Repository, context: Context };";
    let permit = "@id(\"x\") permit (principal is Agent, action == Action::\"git/replace-ref\", resource);";
    let main = guard(&["ship-to-main"]);
    let held = proofs(&asked(&format!("{main}{permit}"), &schema));
    assert_eq!(other_than(&held, MERGE, "proved"), Vec::<String>::new());
    let loose = main.replace("unless { context has merge };", "unless { context.time > 0 };");
    assert_ne!(loose, main);
    let loose = proofs(&asked(&format!("{loose}{permit}"), &schema));
    assert_eq!(other_than(&loose, MERGE, "proved"), ["git/replace-ref", "pulls/merge"]);
}

#[test]
fn two_guards_are_compared_in_both_directions() {
    let compared = |new: &[&str], old: &[&str]| {
        let mut asked = asked(&guard(new), &schema());
        asked["old"] = json!({"guard": guard(old)});
        proofs(&asked)
    };
    let same = compared(&["ship-to-main"], &["ship-to-main"]);
    assert_eq!(other_than(&same, MORE, "proved"), Vec::<String>::new());
    assert_eq!(other_than(&same, LESS, "proved"), Vec::<String>::new());

    let stricter = compared(&["ship-to-main", "incident-freeze"], &["ship-to-main"]);
    assert_eq!(other_than(&stricter, MORE, "proved"), Vec::<String>::new());
    assert_eq!(
        other_than(&stricter, LESS, "proved"),
        ["pulls/create", "pulls/merge", "repos/create-deployment"]
    );

    let looser = compared(&["ship-to-main", "deploy"], &["ship-to-main"]);
    assert_eq!(other_than(&looser, MORE, "proved"), ["repos/create-deployment"]);
    assert_eq!(other_than(&looser, LESS, "proved"), ["repos/create-deployment"], "it looks at the evidence");
    let more = looser.iter().find(|proof| proof.claim == MORE && proof.answer == "refuted").unwrap();
    let example = more.example.as_ref().unwrap();
    let deploys = &example["context"]["effects"]["deploys"];
    assert_eq!(deploys, &json!(["production"]), "the only way in which it allows more: {example}");
}

#[test]
fn what_cannot_be_asked_says_so_and_proves_nothing() {
    let good = asked(&guard(&["ship-to-main"]), &schema());
    let mut cases = vec![(good, "/nonexistent/cvc5", "the solver `cvc5` cannot be used")];
    for (asked, why) in [
        (json!({}), "missing field"),
        (json!({"guard": "permit", "schema": schema()}), "the guard set cannot be read"),
        (json!({"guard": "", "schema": "nothing"}), "the schema cannot be read"),
        (json!({"guard": "", "schema": "entity Agent;"}), "no action of it applies to anything"),
    ] {
        cases.push((asked, "cvc5", why));
    }
    for (asked, solver, why) in cases {
        let output = run(&asked, solver);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && output.stdout.is_empty() && said.contains(why), "{why}: {said}");
    }
    // A claim that cannot be put in the schema's terms is not proved either.
    let other = "entity Person; entity Agent; entity Thing; action \"a/b\" appliesTo { principal: Agent, resource: Thing, context: { x: Long } };";
    let proofs = proofs(&json!({"guard": "", "schema": other}));
    assert!(proofs.iter().any(|proof| proof.claim == MERGE && proof.answer == "unknown"), "{proofs:?}");
}
