//! Faults: each kind happens when it was ordered, as often as it was ordered, and nowhere else.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_practice::{Act, Fault, NewCommit};
use serde_json::json;

use crate::client::{BACKEND, World};

fn repository() -> String {
    format!("/repos/{BACKEND}")
}

#[tokio::test]
async fn statuses_come_with_github_s_words_and_headers() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    for status in [401, 403, 404, 405, 409, 422, 429, 500, 502, 503] {
        control.inject(Fault::on("GET", "/repos/*/*", Act::Status(status)));
        let answer = world.get(&repository(), &token).await.expect(status);
        assert_eq!(answer.message().is_empty(), status == 502, "{status}");
        world.get(&repository(), &token).await.expect(200);
    }
    control.inject(Fault::on("*", "/repos/**", Act::SecondaryRateLimit { retry_after_s: 17 }));
    let answer = world.get(&repository(), &token).await.expect(403);
    assert_eq!(answer.header("retry-after"), "17");
    assert!(answer.message().contains("secondary rate limit"));
    control.inject(Fault::on("*", "/repos/**", Act::RateLimit { status: 429, reset_in_s: 120 }));
    let answer = world.get(&repository(), &token).await.expect(429);
    let reset: i64 = answer.header("x-ratelimit-reset").parse().unwrap();
    assert!((119..=121).contains(&(reset - control.now().as_second())));
    assert_eq!(answer.header("x-ratelimit-remaining"), "0");
}

#[tokio::test]
async fn a_fault_hits_what_matches_after_and_times_and_nothing_else() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    control.inject(Fault::on("GET", "/repos/*/*/pulls/*", Act::Status(503)).after(1).times(2));
    let pull = format!("{}/pulls/1", repository());
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(world.get(&pull, &token).await.status);
        world.get(&repository(), &token).await.expect(200);
        world.get(&format!("{pull}/files"), &token).await.expect(200);
    }
    assert_eq!(statuses, [200, 503, 503, 200, 200]);
    assert_eq!(control.faults_left(), 0);
    control.inject(Fault::on("GET", "/repos/**", Act::Status(500)).always());
    world.get(&repository(), &token).await.expect(500);
    world.get(&pull, &token).await.expect(500);
    control.clear_faults();
    world.get(&pull, &token).await.expect(200);
    let faulty = control.requests().into_iter().filter(|seen| seen.fault.is_some()).count();
    assert_eq!(faulty, 4);
}

#[tokio::test]
async fn connections_end_in_every_bad_way() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    let comments = format!("{}/issues/8/comments", repository());
    let post = || world.request("POST", &comments, Some(&token), Some(json!({"body": "Hello."})));
    control.inject(Fault::on("POST", "/repos/**", Act::CloseWithoutAnswer).times(2));
    assert!(world.send(post()).await.is_err());
    assert!(control.comments(BACKEND, 8).unwrap().is_empty());
    control.clear_faults();
    control.inject(Fault::on("POST", "/repos/**", Act::CloseAfterDoing));
    assert!(world.send(post()).await.is_err());
    assert_eq!(control.comments(BACKEND, 8).unwrap().len(), 1, "it was done, and nobody was told");
    control.inject(Fault::on("POST", "/repos/**", Act::ResetInBody));
    assert!(world.send(post()).await.unwrap_err().starts_with("in the body"));
    let seen = control.requests();
    assert!(seen.iter().any(|s| s.fault.as_deref() == Some("close without answer") && s.status.is_none()));
}

#[tokio::test]
async fn what_hangs_hangs_until_somebody_gives_up() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    for (act, answered) in [(Act::HangAfterRequestHead, false), (Act::HangInBody, true)] {
        control.inject(Fault::on("GET", "/repos/*/*", act));
        let name = control.requests().len() as u64;
        let (world, control) = (&world, &control);
        let hanging = async { world.send(world.request("GET", &repository(), Some(&token), None)).await };
        let seen = control.wait_for(|all| {
            all.iter().any(|s| s.number >= name && s.fault.is_some() && (s.status.is_some() == answered))
        });
        tokio::select! {
            biased;
            () = seen => {}
            _ended = hanging => panic!("it answered"),
        }
    }
    world.get(&repository(), &token).await.expect(200);
}

#[tokio::test]
async fn answers_can_be_late_wrong_or_edited() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    control.inject(Fault::on("GET", "/repos/*/*", Act::Delay(Duration::from_millis(150))));
    let begun = Instant::now();
    world.get(&repository(), &token).await.expect(200);
    assert!(begun.elapsed() >= Duration::from_millis(150));
    control.inject(Fault::on("GET", "/repos/*/*", Act::WrongJson));
    let wrong = world.get(&repository(), &token).await.expect(200);
    assert!(wrong.body.is_null() && !wrong.bytes.is_empty());
    control.inject(Fault::on("GET", "/repos/*/*", Act::WrongShape));
    assert_eq!(world.get(&repository(), &token).await.expect(200).body, json!([]));
    let unknown = Act::Edit(Arc::new(|body| body["mergeable"] = json!(null)));
    control.inject(Fault::on("GET", "/repos/*/*/pulls/*", unknown));
    assert!(world.get(&format!("{}/pulls/1", repository()), &token).await.body["mergeable"].is_null());
}

#[tokio::test]
async fn a_token_can_be_wider_than_asked() {
    let world = World::story().await;
    let control = world.control();
    control.inject(Fault::on("POST", "/app/installations/*/access_tokens", Act::WiderToken));
    let id = control.repository_id(BACKEND).unwrap();
    let minted =
        world.mint(json!({"repository_ids": [id], "permissions": {"contents": "read"}})).await.expect(201);
    assert_eq!(
        (&minted.body["repository_selection"], &minted.body["permissions"]["contents"]),
        (&json!("all"), &json!("write"))
    );
    assert_eq!(control.minted().pop().unwrap().repositories, None);
}

#[tokio::test]
async fn the_head_can_move_between_two_calls() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    let head = control.tip(BACKEND, "feat-123").unwrap();
    let move_it = Act::After(Arc::new(|control| {
        Box::pin(async move {
            let more = NewCommit::by("ada").message("Sneak in").write("sneak.txt", "in\n");
            control.commit(BACKEND, "feat-123", more).await.unwrap();
        })
    }));
    control.inject(Fault::on("GET", "/repos/*/*/pulls/*", move_it));
    let read = world.get(&format!("{}/pulls/1", repository()), &token).await.expect(200);
    assert_eq!(read.body["head"]["sha"], head.as_str());
    let merge =
        world.put(&format!("{}/pulls/1/merge", repository()), &token, json!({"sha": head.as_str()})).await;
    merge.expect(409);
    let before = Act::Before(Arc::new(|control| Box::pin(async move { control.suspend(true) })));
    control.inject(Fault::on("GET", "/repos/**", before));
    world.get(&repository(), &token).await.expect(403);
}
