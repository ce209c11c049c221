//! Moving branches without a pull request: contents, refs, merges, and what protection says to each.

use secrecy::SecretString;
use serde_json::{Value, json};

use crate::client::{Answer, BACKEND, World};

struct Hand {
    world: World,
    token: SecretString,
}

impl Hand {
    async fn new() -> Hand {
        let world = World::story().await;
        let token = world.token(json!({"contents": "write", "pull_requests": "write"})).await;
        Hand { world, token }
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        self.world.call(method, &format!("/repos/{BACKEND}{path}"), Some(&self.token), Some(body)).await
    }

    fn tip(&self, branch: &str) -> String {
        self.world.control().tip(BACKEND, branch).unwrap().as_str().to_owned()
    }
}

#[tokio::test]
async fn protected_main_moves_by_none_of_them() {
    let hand = Hand::new().await;
    let (main, feature) = (hand.tip("main"), hand.tip("feat-123"));
    let readme = hand.ask("GET", "/contents/README.md", Value::Null).await.expect(200).body["sha"].clone();
    let words = "2 of 2 required status checks are expected. Changes must be made through a pull request.";
    let write = json!({"message": "x", "content": "eA==", "branch": "main"});
    let refused = hand.ask("PUT", "/contents/new.txt", write).await.expect(409);
    assert_eq!(refused.message(), format!("Could not create file: {words}"));
    let default = json!({"message": "x", "content": "eA==", "sha": readme});
    let refused = hand.ask("PUT", "/contents/README.md", default).await.expect(409);
    assert_eq!(refused.message(), format!("Could not update file: {words}"));
    let delete = json!({"message": "x", "sha": readme});
    hand.ask("DELETE", "/contents/README.md", delete).await.expect(409);
    hand.ask("POST", "/merges", json!({"base": "main", "head": "feat-123"})).await.expect(403);
    for force in [false, true] {
        let body = json!({"sha": feature, "force": force});
        hand.ask("PATCH", "/git/refs/heads/main", body).await.expect(422);
    }
    let gone = hand.ask("DELETE", "/git/refs/heads/main", Value::Null).await.expect(422);
    assert_eq!(gone.message(), "Cannot delete this branch");
    assert_eq!(hand.tip("main"), main);
}

#[tokio::test]
async fn a_file_is_written_over_what_was_seen_and_nothing_else() {
    let hand = Hand::new().await;
    let path = "/contents/src/cache.py";
    let seen =
        hand.ask("GET", &format!("{path}?ref=feat-123"), Value::Null).await.expect(200).body["sha"].clone();
    let write = |sha: &Value| json!({"message": "x", "content": "eA==", "branch": "feat-123", "sha": sha});
    let unseen = json!({"message": "x", "content": "eA==", "branch": "feat-123"});
    hand.ask("PUT", path, unseen).await.expect(422);
    hand.ask("PUT", path, write(&json!("0".repeat(40)))).await.expect(409);
    let before = hand.tip("feat-123");
    let written = hand.ask("PUT", path, write(&seen)).await.expect(200).body;
    assert_eq!(written["commit"]["sha"].as_str().unwrap(), hand.tip("feat-123"));
    assert_eq!(written["commit"]["parents"][0]["sha"].as_str().unwrap(), before);
    assert_eq!(hand.world.control().pull(BACKEND, 1).unwrap().head_sha.as_str(), hand.tip("feat-123"));
    let stale = json!({"message": "x", "branch": "feat-123", "sha": seen});
    hand.ask("DELETE", path, stale).await.expect(409);
    for (path, body, status) in [
        ("/contents/a", json!({"message": "x", "content": "%", "branch": "feat-123"}), 422),
        ("/contents/a", json!({"message": "x", "content": "eA==", "branch": "nowhere"}), 404),
        ("/contents/.git/config", json!({"message": "x", "content": "eA==", "branch": "feat-123"}), 422),
        (
            "/contents/.github/workflows/x.yml",
            json!({"message": "x", "content": "eA==", "branch": "feat-123"}),
            403,
        ),
    ] {
        hand.ask("PUT", path, body).await.expect(status);
    }
}

#[tokio::test]
async fn refs_are_made_once_moved_forward_and_removed() {
    let hand = Hand::new().await;
    let (main, feature) = (hand.tip("main"), hand.tip("feat-123"));
    for (name, sha, words) in [
        ("refs/heads/main", main.as_str(), "Reference already exists"),
        ("refs/heads/a..b", &main, "Reference name is not valid"),
        ("heads/a", &main, "Reference name is not valid"),
        ("refs/heads/a", &"0".repeat(40), "Object does not exist"),
    ] {
        let refused = hand.ask("POST", "/git/refs", json!({"ref": name, "sha": sha})).await.expect(422);
        assert_eq!(refused.message(), words);
    }
    let made = hand.ask("POST", "/git/refs", json!({"ref": "refs/heads/a/b", "sha": main})).await.expect(201);
    assert_eq!(made.body["object"]["sha"], main);
    let moved = hand.ask("PATCH", "/git/refs/heads/a/b", json!({"sha": feature})).await.expect(422);
    assert_eq!(moved.message(), "Update is not a fast forward");
    hand.ask("PATCH", "/git/refs/heads/a/b", json!({"sha": feature, "force": true})).await.expect(200);
    assert_eq!(hand.tip("a/b"), feature);
    hand.ask("DELETE", "/git/refs/heads/a/b", Value::Null).await.expect(204);
    let again = hand.ask("DELETE", "/git/refs/heads/a/b", Value::Null).await.expect(422);
    assert_eq!(again.message(), "Reference does not exist");
}

#[tokio::test]
async fn a_branch_takes_another_in_or_says_why_not() {
    let hand = Hand::new().await;
    let merge = |base: &str, head: &str| json!({"base": base, "head": head});
    let made = hand.ask("POST", "/merges", merge("feat-123", "main")).await.expect(201).body;
    assert_eq!(made["sha"].as_str().unwrap(), hand.tip("feat-123"));
    assert_eq!(made["parents"].as_array().unwrap().len(), 2);
    hand.ask("POST", "/merges", merge("feat-123", "main")).await.expect(204);
    hand.ask("POST", "/merges", merge("feat-conflict", "main")).await.expect(409);
    hand.ask("POST", "/merges", merge("nowhere", "main")).await.expect(404);
    let other = json!({"expected_head_sha": "0".repeat(40)});
    hand.ask("PUT", "/pulls/2/update-branch", other).await.expect(422);
    let right = json!({"expected_head_sha": hand.tip("fix-login-timeout")});
    hand.ask("PUT", "/pulls/2/update-branch", right).await.expect(202);
    hand.ask("PUT", "/pulls/2/update-branch", json!({})).await.expect(422);
    hand.ask("PUT", "/pulls/7/update-branch", json!({})).await.expect(422);
}
