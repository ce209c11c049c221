//! A merge against emulate, whose own list of what it minted is the oracle for "one narrow token for
//! each purpose". `tests/peers/EMULATE.md` says what a pass here does not prove.

use super::{Peer, fetch, violations};
use crate::stage::{Destination, Holder, Plan, Stage, named, text};
use bailiwick_authority::Resource;
use serde_json::{Value as Json, json};

/// The stage with its connection to emulate.
async fn on_emulate() -> (Stage, Peer, Holder) {
    let peer = Peer::start("emulate.mjs", &["--complete"]).await;
    let mut stage = Stage::bare(Plan::default()).await;
    stage.lead_to(Destination {
        api: peer.text("url").to_owned(),
        app: peer.number("app_id"),
        installation: peer.number("installation_id"),
        key_pem: std::fs::read_to_string(peer.text("key_file")).unwrap(),
    });
    stage.raise().await;
    stage.found().await;
    let id = format!("repository:{}", peer.number("repository_id"));
    stage.act_on(Resource { id: named(&id), name: text(peer.text("repository")) });
    let holder = stage.delegate().await;
    (stage, peer, holder)
}

/// Every token that emulate minted for the broker's App, in order.
async fn minted(peer: &Peer) -> Vec<Json> {
    let (status, listed) =
        fetch(peer.text("direct_url"), "GET", "/_emulate/installation-tokens", "", &Json::Null).await;
    assert_eq!(status, 200);
    let all = listed["installation_tokens"].as_array().unwrap().iter();
    all.filter(|token| token["app"]["id"] == peer.says["app_id"]).cloned().collect()
}

fn narrow(token: &Json, peer: &Peer, permissions: &Json) {
    assert_eq!(token["permissions"], *permissions, "{token}");
    assert_eq!(token["repository_ids"], json!([peer.number("repository_id")]), "{token}");
    assert_eq!(token["repository_selection"], "selected", "{token}");
}

/// What reads the evidence of a merge, and nothing else.
fn reading() -> Json {
    json!({"checks": "read", "contents": "read", "metadata": "read", "pull_requests": "read", "statuses": "read", "administration": "read"})
}

#[tokio::test(flavor = "multi_thread")]
async fn merges_with_exactly_one_token_to_read_and_one_to_write() {
    let (stage, peer, holder) = on_emulate().await;
    let before = minted(&peer).await.len();
    let view = stage.merge(&holder, peer.text("branch")).await.unwrap();
    assert_eq!(view.outcome.as_deref(), Some("succeeded"), "{view:?}");
    let ours = minted(&peer).await.split_off(before);
    assert_eq!(ours.len(), 2, "{ours:#?}");
    narrow(&ours[0], &peer, &reading());
    narrow(&ours[1], &peer, &json!({"contents": "write"}));
    // What the receipt says of its credentials is what emulate says.
    let scopes: Vec<&Json> = view
        .credentials
        .iter()
        .filter(|one| one.kind == "installation-token")
        .map(|one| &one.scope["permissions"])
        .collect();
    assert_eq!(scopes, [&ours[0]["permissions"], &ours[1]["permissions"]]);
    let path = format!("/repos/acme/backend/pulls/{}", peer.number("pull"));
    let (_, pull) = fetch(peer.text("direct_url"), "GET", &path, "author_token", &Json::Null).await;
    assert_eq!(
        (&pull["merged"], &pull["merge_commit_sha"]),
        (&json!(true), &view.output.unwrap()["merge_commit"])
    );
    assert_eq!(violations(&peer.record(), &["request"]), Vec::<String>::new());
    stage.verify().await;
    println!("emulate minted: {} to read, {} to write", ours[0]["permissions"], ours[1]["permissions"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_without_checks_and_without_review() {
    let (stage, peer, holder) = on_emulate().await;
    let url = peer.text("direct_url").to_owned();
    let as_author = async |method: &str, path: &str, body: Json| {
        let (status, answer) =
            fetch(&url, method, &format!("/repos/acme/backend{path}"), "author_token", &body).await;
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    };
    let check = |head: &Json, conclusion: &str| json!({"name": "tests", "head_sha": head, "status": "completed", "conclusion": conclusion});
    // A second pull request: its check passes, and nobody has reviewed it.
    as_author("POST", "/git/refs", json!({"ref": "refs/heads/unseen", "sha": peer.says["base_sha"]})).await;
    let content = json!({"message": "Unseen", "branch": "unseen", "content": "NDMK"});
    as_author("PUT", "/contents/src/unseen.txt", content).await;
    let pull =
        as_author("POST", "/pulls", json!({"title": "Unseen", "head": "unseen", "base": "main"})).await;
    as_author("POST", "/check-runs", check(&pull["head"]["sha"], "success")).await;
    // And the first one's required check runs again, and fails.
    as_author("POST", "/check-runs", check(&peer.says["head_sha"], "failure")).await;

    for (branch, policy) in [("unseen", "main-is-reviewed"), (peer.text("branch"), "main-checks-pass")] {
        let before = minted(&peer).await.len();
        let view = stage.merge(&holder, branch).await.unwrap();
        assert_eq!(view.outcome.as_deref(), Some("denied"), "{branch}: {view:?}");
        let refused: Vec<&str> = view.refusals.iter().map(|refusal| refusal.policy.as_str()).collect();
        assert_eq!(refused, [policy], "{branch}: {view:?}");
        // It read, and never got anything to write with.
        let ours = minted(&peer).await.split_off(before);
        assert_eq!(ours.len(), 1, "{branch}: {ours:#?}");
        narrow(&ours[0], &peer, &reading());
    }
    let pulls = as_author("GET", "/pulls?state=open", Json::Null).await;
    assert_eq!(pulls.as_array().unwrap().len(), 2, "neither was merged");
    assert_eq!(violations(&peer.record(), &["request"]), Vec::<String>::new());
    stage.verify().await;
}
