//! A merge against emulate, whose own list of what it minted is the oracle for "one narrow token for
//! each purpose". `tests/peers/EMULATE.md` says what a pass here does not prove.

use super::{Peer, fetch, violations};
use crate::stage::{Destination, Holder, Plan, Stage, merge_arguments, named, shipped_policy, text, until};
use bailiwick_authority::{Answer, Approval, Resource};
use bailiwick_protocol::{Ask, ErrorCode};
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

/// What persons do in emulate's own interface, in the story's repository.
async fn as_user(peer: &Peer, token: &str, method: &str, path: &str, body: Json) -> Json {
    let path = format!("/repos/acme/backend{path}");
    let (status, answer) = fetch(peer.text("direct_url"), method, &path, token, &body).await;
    assert!(status < 300, "{method} {path}: {status} {answer}");
    answer
}

fn check(head: &Json, conclusion: &str) -> Json {
    json!({"name": "tests", "head_sha": head, "status": "completed", "conclusion": conclusion})
}

/// A pull request into main that adds this file; its check passes, and nobody has reviewed it.
async fn unreviewed(peer: &Peer, branch: &str, file: &str) -> Json {
    let reference = json!({"ref": format!("refs/heads/{branch}"), "sha": peer.says["base_sha"]});
    as_user(peer, "author_token", "POST", "/git/refs", reference).await;
    let content = json!({"message": branch, "branch": branch, "content": "NDMK"});
    as_user(peer, "author_token", "PUT", &format!("/contents/{file}"), content).await;
    let pull = json!({"title": branch, "head": branch, "base": "main"});
    let pull = as_user(peer, "author_token", "POST", "/pulls", pull).await;
    as_user(peer, "author_token", "POST", "/check-runs", check(&pull["head"]["sha"], "success")).await;
    pull
}

/// It is denied by exactly this policy, with a remedy, and nothing to write with was ever minted.
async fn refused_by(stage: &Stage, peer: &Peer, holder: &Holder, branch: &str, policy: &str) -> String {
    let before = minted(peer).await.len();
    let view = stage.merge(holder, branch).await.unwrap();
    assert_eq!(view.outcome.as_deref(), Some("denied"), "{branch}: {view:?}");
    let [refusal] = view.refusals.as_slice() else { panic!("{branch}: {view:?}") };
    assert_eq!(refusal.policy, policy, "{branch}: {view:?}");
    let ours = minted(peer).await.split_off(before);
    assert_eq!(ours.len(), 1, "{branch}: {ours:#?}");
    narrow(&ours[0], peer, &reading());
    refusal.remedy.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_condition_alone_is_refused_with_its_own_remedy() {
    let (stage, peer, holder) = on_emulate().await;
    unreviewed(&peer, "unseen", "src/unseen.txt").await;
    let protected = unreviewed(&peer, "workflow", ".github/workflows/deploy.yml").await;
    let review = json!({"event": "APPROVE", "commit_id": protected["head"]["sha"]});
    let reviews = format!("/pulls/{}/reviews", protected["number"]);
    as_user(&peer, "reviewer_token", "POST", &reviews, review).await;
    let mut remedies = vec![
        refused_by(&stage, &peer, &holder, "unseen", "main-is-reviewed").await,
        refused_by(&stage, &peer, &holder, "workflow", "main-protected-paths").await,
    ];
    // Nothing is missing but the hour.
    let mut texts = shipped_policy();
    texts.data = texts.data.replace("\"always\": true", "\"always\": false");
    let closed = stage.activate(texts, stage.founded().policy).await;
    remedies.push(refused_by(&stage, &peer, &holder, peer.text("branch"), "main-business-hours").await);
    stage.activate(shipped_policy(), closed).await;
    // The required check runs again, and fails.
    let failed = check(&peer.says["head_sha"], "failure");
    as_user(&peer, "author_token", "POST", "/check-runs", failed).await;
    remedies.push(refused_by(&stage, &peer, &holder, peer.text("branch"), "main-checks-pass").await);

    println!("{remedies:#?}");
    remedies.sort();
    remedies.dedup();
    assert_eq!(remedies.len(), 4, "{remedies:?}");
    let pulls = as_user(&peer, "author_token", "GET", "/pulls?state=open", Json::Null).await;
    assert_eq!(pulls.as_array().unwrap().len(), 3, "something was merged");
    assert_eq!(violations(&peer.record(), &["request"]), Vec::<String>::new());
    stage.verify().await;
}

/// Every merge into main needs a person.
const ASK: &str = r#"
    @id("ask-about-main") @title("main needs a person") @because("what moves `main` runs for everybody")
    @remedy("have a steward approve it") @approval("1 of steward")
    forbid (principal, action, resource) when { context.effects.moves_ref.contains("refs/heads/main") };
"#;

#[tokio::test(flavor = "multi_thread")]
async fn merges_what_a_person_saw_and_nothing_that_came_after() {
    let (stage, peer, holder) = on_emulate().await;
    let mut texts = shipped_policy();
    texts.ask.push_str(ASK);
    stage.activate(texts, stage.founded().policy).await;
    let (agent, console) = (stage.agent().await, stage.console().await);
    for moves in [true, false] {
        let ask = stage.ask(&holder, "pulls/merge", &merge_arguments(peer.text("branch"))).await;
        let view = agent.ask(&Ask { wait_ms: 0, ..ask }).await.unwrap();
        let waiting = until("a person is asked", async || console.pending().await.ok()?.pop()).await;
        let seen: Json = serde_json::from_str(waiting.facts.as_deref().unwrap()).unwrap();
        if moves {
            // Somebody pushes, and has it checked and reviewed again, while the person reads.
            let content = json!({"message": "More", "branch": peer.text("branch"), "content": "NDQK"});
            as_user(&peer, "author_token", "PUT", "/contents/src/more.txt", content).await;
            let path = format!("/pulls/{}", peer.number("pull"));
            // emulate moves a pull request's head only when it is told to.
            let update = json!({"expected_head_sha": peer.says["head_sha"]});
            as_user(&peer, "author_token", "PUT", &format!("{path}/update-branch"), update).await;
            let head = as_user(&peer, "author_token", "GET", &path, Json::Null).await["head"]["sha"].clone();
            assert_ne!(head, seen["head"]);
            as_user(&peer, "author_token", "POST", "/check-runs", check(&head, "success")).await;
            let review = json!({"event": "APPROVE", "commit_id": head});
            as_user(&peer, "reviewer_token", "POST", &format!("{path}/reviews"), review).await;
        }
        let target = waiting.target.parse().unwrap();
        stage.decide(Approval { target, answer: Answer::Approve, reason: None }).await.unwrap();
        let view = until("it comes to its end", async || {
            agent.operation(&view.id, 20).await.ok().filter(|view| view.outcome.is_some())
        })
        .await;
        if moves {
            assert_eq!(view.outcome.as_deref(), Some("denied"), "{view:?}");
            assert_eq!(view.reason.unwrap().code, ErrorCode::ApprovalVoid);
            continue;
        }
        assert_eq!(view.outcome.as_deref(), Some("succeeded"), "{view:?}");
        let commit = format!("/git/commits/{}", view.output.unwrap()["merge_commit"].as_str().unwrap());
        let commit = as_user(&peer, "author_token", "GET", &commit, Json::Null).await;
        let parents: Vec<&Json> =
            commit["parents"].as_array().unwrap().iter().map(|one| &one["sha"]).collect();
        assert_eq!(parents, [&seen["base"], &seen["head"]]);
    }
    assert_eq!(violations(&peer.record(), &["request"]), Vec::<String>::new());
    stage.verify().await;
}
