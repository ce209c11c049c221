//! Who is who among those who wrote, committed and approved.

use std::collections::BTreeMap;

use bailiwick_authority::{Person, Roster};
use bailiwick_broker::destinations::github::Known;
use bailiwick_practice::{Conditions, NewCommit, Protection, RequiredCheck, Verdict};
use serde_json::{Value, json};

use super::{BACKEND, World, edited, nobody_known};

/// The story's `ada` (author) and `grace` (reviewer) by their numbers, under names of the realm.
fn known(steward: &str, persons: &[(&str, &str)]) -> Known {
    let person = |(name, id): &(&str, &str)| Person {
        name: name.parse().unwrap(),
        roles: Vec::new(),
        identities: BTreeMap::from([("github".parse().unwrap(), id.parse().unwrap())]),
        keys: Vec::new(),
    };
    let roster = Roster {
        previous: None,
        change_quorum: 1,
        persons: persons.iter().map(person).collect(),
        recovery: None,
    };
    Known::of(Some(&roster), &"github".parse().unwrap(), &steward.parse().unwrap())
}

const ADA: (&str, &str) = ("ada-m", "1000001");
const GRACE: (&str, &str) = ("grace-o", "1000002");

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_persons_by_the_rosters_numbers() {
    let world = World::story().await;
    let merge = world.merge("feat-123");
    let facts = world.facts_to(&merge, &known("stella", &[ADA, GRACE, ("stella", "1000003")])).await;
    assert_eq!(
        facts["author"],
        json!({"login": "ada", "id": 1_000_001, "type": "User", "own_app": false, "person": "ada-m"})
    );
    assert_eq!(facts["commit_persons"], json!(["ada-m"]));
    assert_eq!(facts["commit_strangers"], json!([]));
    assert_eq!(facts["approving_persons"], json!(["grace-o"]));
    assert_eq!(facts["independent_reviewers"], json!(["grace"]));
    assert_eq!(
        (&facts["reviews"][0]["person"], &facts["reviews"][0]["steward"]),
        (&json!("grace-o"), &json!(false))
    );
    // The same without a roster: nobody is a person, and nobody is certainly not the steward.
    let facts = world.facts_to(&merge, &nobody_known()).await;
    assert_eq!(facts["approving_reviewers"], json!(["grace"]));
    assert_eq!((&facts["approving_persons"], &facts["independent_reviewers"]), (&json!([]), &json!([])));
    assert_eq!(facts["commit_strangers"], json!(["ada"]));
    assert!(facts["author"].get("person").is_none());
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_by_whoever_answers_for_the_agent_is_marked() {
    let world = World::story().await;
    let steward = known("grace-o", &[ADA, GRACE]);
    let facts = world.facts_to(&world.merge("feat-123"), &steward).await;
    assert_eq!(facts["approving_reviewers"], json!(["grace"]));
    assert_eq!(facts["reviews"][0]["steward"], json!(true));
    assert_eq!(facts["independent_reviewers"], json!([]));
    world.control().review(BACKEND, 1, "linnea", Verdict::Approved).unwrap();
    let facts = world.facts_to(&world.merge("feat-123"), &steward).await;
    assert_eq!(facts["independent_reviewers"], json!(["linnea"]));
    // Another login of the steward's is the steward's: the number counts.
    let renamed = |reviews: &mut Value| reviews[0]["user"]["login"] = json!("grace-2");
    world.control().inject(edited("/repos/*/*/pulls/*/reviews", renamed));
    let facts = world.facts_to(&world.merge("feat-123"), &steward).await;
    assert_eq!(facts["reviews"][0]["steward"], json!(true), "{}", facts["reviews"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn writing_and_committing_are_told_apart() {
    let world = World::story().await;
    let edit = |commits: &mut Value| {
        commits[0]["committer"] = json!({"login": "grace", "id": 1_000_002, "type": "User"});
        commits[1]["committer"] = json!({"login": "web-flow", "id": 19_864_447, "type": "User"});
    };
    world.control().inject(edited("/repos/*/*/pulls/*/commits", edit));
    let facts = world.facts_to(&world.merge("feat-123"), &known("stella", &[ADA])).await;
    let roles: Vec<(&Value, &Value, &Value)> = facts["contributors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["login"], &one["wrote"], &one["committed"]))
        .collect();
    let (yes, no) = (&json!(true), &json!(false));
    let expected = [(&json!("ada"), yes, no), (&json!("grace"), no, yes), (&json!("web-flow"), no, yes)];
    assert_eq!(roles, expected);
    assert_eq!(facts["commit_strangers"], json!(["grace"]), "GitHub's own account is nobody's");
    assert_eq!(facts["approvals_set_aside"], json!([{"login": "grace", "why": "committed"}]));
    // An account without its kind is somebody all the same.
    let untyped = |commits: &mut Value| commits[0]["committer"] = json!({"login": "grace", "id": 1_000_002});
    world.control().inject(edited("/repos/*/*/pulls/*/commits", untyped));
    let facts = world.facts(&world.merge("feat-123")).await;
    assert_eq!(facts["approving_reviewers"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_our_own_app_says_counts_for_nothing() {
    let world = World::story().await;
    let control = world.control();
    let bot = "bailiwick-practice[bot]";
    let any = |context: &str| Protection {
        required_checks: vec![RequiredCheck { context: context.into(), reporter: None }],
        ..Protection::default()
    };
    control.protect(BACKEND, "main", Some(any("build"))).unwrap();
    let head = control.pull(BACKEND, 1).unwrap().head_sha;
    control.status(BACKEND, &head, bot, ("build", "success")).unwrap();
    let facts = world.facts(&world.merge("feat-123")).await;
    assert_eq!(facts["checks_missing"], json!(["build"]));
    let own = json!({"name": "build", "app": bot, "kind": "status", "conclusion": "success", "own": true});
    assert!(facts["checks"].as_array().unwrap().contains(&own), "{}", facts["checks"]);
    // The same by another App's bot counts; by a bot whose App nobody knows it does not.
    control.status(BACKEND, &head, "acme-scan[bot]", ("build", "success")).unwrap();
    assert_eq!(world.facts(&world.merge("feat-123")).await["checks_missing"], json!([]));
    control.inject(bailiwick_practice::Fault::on("GET", "/apps/*", bailiwick_practice::Act::Status(404)));
    assert_eq!(world.facts(&world.merge("feat-123")).await["checks_missing"], json!(["build"]));
    // An approval by our own App is set aside by that name, and a commit of it is no stranger's.
    control.review(BACKEND, 1, bot, Verdict::Approved).unwrap();
    let facts = world.facts(&world.merge("feat-123")).await;
    assert_eq!(facts["approvals_set_aside"], json!([{"login": bot, "why": "own-app"}]));
    let work = NewCommit::by(bot).message("Work").write("src/work.py", "WORK = 1\n");
    control.commit(BACKEND, "work", work).await.unwrap();
    control.open_pull(BACKEND, bot, ("work", "main"), "Work").unwrap();
    let facts = world.facts(&world.merge("work")).await;
    assert_eq!((&facts["author"]["own_app"], &facts["commit_strangers"]), (&json!(true), &json!([])));
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_to_look_a_bot_up_is_no_evidence() {
    let world = World::story().await;
    let control = world.control();
    let head = control.pull(BACKEND, 1).unwrap().head_sha;
    control.status(BACKEND, &head, "acme-scan[bot]", ("build", "success")).unwrap();
    control.inject(bailiwick_practice::Fault::on("GET", "/apps/*", bailiwick_practice::Act::Status(500)));
    assert!(world.evidence(&world.merge("feat-123")).await.is_err());
    world.control().prepare_pull(BACKEND, "again", Conditions::met()).await.unwrap();
    assert!(world.evidence(&world.merge("again")).await.is_ok());
}
