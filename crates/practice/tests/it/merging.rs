//! Merges of each method, and every way in which one is refused.

use bailiwick_practice::{Conditions, Protection};
use serde_json::json;

use crate::client::{BACKEND, World};

const WRITE: &str = "write";

#[tokio::test]
async fn each_method_merges_for_real() {
    let world = World::story().await;
    let control = world.control();
    let token = world.token(json!({"contents": WRITE, "pull_requests": "read"})).await;
    for (method, parents) in [("merge", 2), ("squash", 1), ("rebase", 1)] {
        let before = control.tip(BACKEND, "main").unwrap();
        let pull =
            control.prepare_pull(BACKEND, &format!("ready-{method}"), Conditions::met()).await.unwrap();
        let body = json!({"sha": pull.head.as_str(), "merge_method": method});
        let merged = world
            .put(&format!("/repos/{BACKEND}/pulls/{}/merge", pull.number), &token, body)
            .await
            .expect(200);
        assert_eq!(merged.body["merged"], true);
        let tip = control.tip(BACKEND, "main").unwrap();
        assert_eq!(merged.body["sha"], tip.as_str());
        assert_ne!(tip, before);
        let commit = world.get(&format!("/repos/{BACKEND}/commits/{tip}"), &token).await.expect(200);
        assert_eq!(commit.body["parents"].as_array().unwrap().len(), parents, "{method}");
        assert_eq!(commit.body["parents"][0]["sha"], before.as_str());
        let file = world
            .get(&format!("/repos/{BACKEND}/contents/changes/ready-{method}.md"), &token)
            .await
            .expect(200);
        assert_eq!(file.body["type"], "file");
        let read = world.get(&format!("/repos/{BACKEND}/pulls/{}", pull.number), &token).await.expect(200);
        assert_eq!((&read.body["merged"], &read.body["state"]), (&json!(true), &json!("closed")));
        assert_eq!(read.body["merge_commit_sha"], tip.as_str());
        assert_eq!(read.body["merged_by"]["login"], "bailiwick-practice[bot]");
        let again =
            world.put(&format!("/repos/{BACKEND}/pulls/{}/merge", pull.number), &token, json!({})).await;
        assert_eq!(again.expect(405).message(), "Pull Request is not mergeable");
    }
}

#[tokio::test]
async fn the_words_of_a_merge_are_the_callers_or_github_s() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    let own =
        control.prepare_pull(BACKEND, "own-words", Conditions::met().titled("Own words")).await.unwrap();
    world.put(&format!("/repos/{BACKEND}/pulls/{}/merge", own.number), &token, json!({})).await.expect(200);
    let main = world.get(&format!("/repos/{BACKEND}/commits/main"), &token).await.expect(200);
    let expected = format!("Merge pull request #{} from acme/own-words\n\nOwn words", own.number);
    assert_eq!(main.body["commit"]["message"], expected);
    assert_eq!(main.body["author"]["login"], "bailiwick-practice[bot]");
    let given = control.prepare_pull(BACKEND, "given-words", Conditions::met()).await.unwrap();
    let body = json!({"merge_method": "squash", "commit_title": "A title", "commit_message": "A message"});
    world.put(&format!("/repos/{BACKEND}/pulls/{}/merge", given.number), &token, body).await.expect(200);
    let main = world.get(&format!("/repos/{BACKEND}/commits/main"), &token).await.expect(200);
    assert_eq!(main.body["commit"]["message"], "A title\n\nA message");
}

#[tokio::test]
async fn what_is_not_ready_is_405_and_says_why() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    let cases = [
        ("failing", Conditions::failing(), "Required status check \"ci/test\" is failing."),
        (
            "running",
            Conditions::met().with_check("ci/lint", None),
            "Required status check \"ci/lint\" is in progress.",
        ),
        ("silent", Conditions::without_checks(), "2 of 2 required status checks are expected."),
        (
            "wrong-app",
            Conditions::checked_by_another("acme-scan"),
            "2 of 2 required status checks are expected.",
        ),
        (
            "alone",
            Conditions::without_review(),
            "At least 1 approving review is required by reviewers with write access.",
        ),
        ("conflict", Conditions::conflicting(), "Pull Request is not mergeable"),
        ("draft", Conditions::draft(), "Pull Request is still a draft"),
    ];
    for (branch, conditions, words) in cases {
        let pull = control.prepare_pull(BACKEND, branch, conditions).await.unwrap();
        let before = control.tip(BACKEND, "main").unwrap();
        let merge =
            world.put(&format!("/repos/{BACKEND}/pulls/{}/merge", pull.number), &token, json!({})).await;
        assert_eq!(merge.expect(405).message(), words, "{branch}");
        assert_eq!(control.tip(BACKEND, "main").unwrap(), before);
        assert!(control.pull(BACKEND, pull.number).unwrap().open);
    }
    let closed = control.prepare_pull(BACKEND, "closed", Conditions::met()).await.unwrap();
    control.close_pull(BACKEND, closed.number).unwrap();
    world
        .put(&format!("/repos/{BACKEND}/pulls/{}/merge", closed.number), &token, json!({}))
        .await
        .expect(405);
}

#[tokio::test]
async fn another_head_than_the_judged_one_is_409() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    let pull = control.prepare_pull(BACKEND, "moving", Conditions::met()).await.unwrap();
    let more = bailiwick_practice::NewCommit::by("ada").write("more.txt", "more\n");
    let moved = control.commit(BACKEND, "moving", more).await.unwrap();
    let path = format!("/repos/{BACKEND}/pulls/{}/merge", pull.number);
    let merge = world.put(&path, &token, json!({"sha": pull.head.as_str()})).await.expect(409);
    assert_eq!(merge.message(), "Head branch was modified. Review and try the merge again.");
    world.put(&path, &token, json!({"sha": "main"})).await.expect(422);
    world.put(&path, &token, json!({"sha": 7})).await.expect(422);
    world.put(&path, &token, json!({"merge_method": "octopus"})).await.expect(422);
    for check in ["ci/test", "ci/lint"] {
        control.check(BACKEND, &moved, "acme-ci", (check, Some("success"))).unwrap();
    }
    world.put(&path, &token, json!({"sha": moved.as_str()})).await.expect(200);
}

#[tokio::test]
async fn a_strict_branch_wants_the_base_in_the_head() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    control.protect(BACKEND, "main", Some(Protection { strict: true, ..Protection::default() })).unwrap();
    let pull = control.prepare_pull(BACKEND, "behind", Conditions::met()).await.unwrap();
    let other = bailiwick_practice::NewCommit::by("grace").write("elsewhere.txt", "x\n");
    control.commit(BACKEND, "main", other).await.unwrap();
    let read = world.get(&format!("/repos/{BACKEND}/pulls/{}", pull.number), &token).await;
    assert_eq!(read.body["mergeable_state"], "behind");
    world.put(&format!("/repos/{BACKEND}/pulls/{}/merge", pull.number), &token, json!({})).await.expect(405);
}

#[tokio::test]
async fn a_merge_needs_contents_write() {
    let world = World::story().await;
    let narrow = world.token(json!({"contents": "read", "pull_requests": "write"})).await;
    let merge = world.put(&format!("/repos/{BACKEND}/pulls/1/merge"), &narrow, json!({})).await.expect(403);
    assert_eq!(merge.message(), "Resource not accessible by integration");
    assert_eq!(merge.header("x-accepted-github-permissions"), "contents=write");
    assert!(world.control().pull(BACKEND, 1).unwrap().open);
}

#[tokio::test]
async fn an_older_approval_counts_for_github_unless_stale_ones_are_dismissed() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    let read = world.get(&format!("/repos/{BACKEND}/pulls/6/reviews"), &token).await.expect(200);
    let head = control.pull(BACKEND, 6).unwrap().head_sha;
    assert_eq!(read.body[0]["state"], "APPROVED");
    assert_ne!(read.body[0]["commit_id"], head.as_str());
    let dismissing = Protection { approvals: 1, dismiss_stale_reviews: true, ..Protection::default() };
    control.protect(BACKEND, "main", Some(dismissing)).unwrap();
    let stale = control.prepare_pull(BACKEND, "stale", Conditions::stale_approval()).await.unwrap();
    let reviews = world.get(&format!("/repos/{BACKEND}/pulls/{}/reviews", stale.number), &token).await;
    assert_eq!(reviews.body[0]["state"], "DISMISSED");
    world.put(&format!("/repos/{BACKEND}/pulls/{}/merge", stale.number), &token, json!({})).await.expect(405);
}

#[tokio::test]
async fn the_story_s_pull_requests_are_what_the_story_says() {
    let world = World::story().await;
    let token = world.full_token().await;
    let states = ["clean", "blocked", "clean", "blocked", "clean", "clean", "dirty"];
    for (place, state) in states.iter().enumerate() {
        let read = world.get(&format!("/repos/{BACKEND}/pulls/{}", place + 1), &token).await.expect(200);
        assert_eq!(read.body["mergeable_state"], *state, "pull request {}", place + 1);
    }
    let files = world.get(&format!("/repos/{BACKEND}/pulls/3/files"), &token).await.expect(200);
    assert_eq!(files.body[0]["filename"], ".github/workflows/ci.yml");
}
