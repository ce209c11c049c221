//! The control handle and the witness: what they say agrees with what was done over HTTP.

use bailiwick_practice::{
    Conditions, Control, ControlError, NewCommit, Options, Range, Seed, Sender, StartError,
};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::client::{BACKEND, World};

#[tokio::test]
async fn every_request_is_witnessed_with_who_and_what_and_how_it_ended() {
    let world = World::story().await;
    let control = world.control();
    let id = control.repository_id(BACKEND).unwrap();
    let token = world.token(json!({"contents": "read"})).await;
    world.get(&format!("/repos/{BACKEND}/branches/main?x=1"), &token).await.expect(200);
    world.get(&format!("/repos/{BACKEND}/pulls"), &token).await.expect(403);
    world.get("/user", &world.user("ada")).await.expect(200);
    world.call("DELETE", "/installation/token", Some(&token), None).await.expect(204);
    world.get(&format!("/repos/{BACKEND}"), &token).await.expect(401);
    let seen = control.requests();
    let operations: Vec<(Option<&str>, Option<u16>)> = seen.iter().map(|s| (s.operation, s.status)).collect();
    assert_eq!(
        operations,
        [
            (Some("apps/create-installation-access-token"), Some(201)),
            (Some("repos/get-branch"), Some(200)),
            (Some("pulls/list"), Some(403)),
            (Some("users/get-authenticated"), Some(200)),
            (Some("apps/revoke-installation-access-token"), Some(204)),
            (None, Some(401)),
        ]
    );
    let minted = control.minted().pop().unwrap();
    assert!(matches!(seen[0].sender, Sender::App { issued, expires } if expires - issued == 60));
    assert_eq!(seen[1].sender, Sender::Installation { token: minted.id });
    assert_eq!((seen[1].repository, seen[1].query.as_deref()), (Some(id), Some("x=1")));
    assert!(matches!(&seen[3].sender, Sender::User { login, .. } if login == "ada"));
    assert_eq!(seen[5].sender, Sender::Refused { token: Some(minted.id) });
    assert!(seen.windows(2).all(|pair| pair[0].at <= pair[1].at && pair[0].number + 1 == pair[1].number));
    assert!(seen.iter().all(|s| s.answered_at.is_some_and(|end| end >= s.at)));
    assert!(!format!("{seen:?}").contains(token.expose_secret()));
    control.clear_requests();
    assert!(control.requests().is_empty());
}

#[tokio::test]
async fn pull_requests_are_made_on_demand_again_and_again() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    for round in 0..5 {
        let pull = control.prepare_pull(BACKEND, &format!("round/{round}"), Conditions::met()).await.unwrap();
        let path = format!("/repos/{BACKEND}/pulls/{}/merge", pull.number);
        world.put(&path, &token, json!({"sha": pull.head.as_str()})).await.expect(200);
        let view = control.pull(BACKEND, pull.number).unwrap();
        assert_eq!(view.merged_as.unwrap(), control.tip(BACKEND, "main").unwrap());
    }
    let own = control.prepare_pull(BACKEND, "own", Conditions::own_approval()).await.unwrap();
    let head = world.get(&format!("/repos/{BACKEND}/commits/{}", own.head), &token).await.expect(200);
    assert_eq!(head.body["author"]["login"], "grace");
    let workflow = control.prepare_pull(BACKEND, "workflow", Conditions::protected_path()).await.unwrap();
    let files =
        world.get(&format!("/repos/{BACKEND}/pulls/{}/files", workflow.number), &token).await.expect(200);
    assert!(files.body.as_array().unwrap().iter().any(|f| f["filename"] == ".github/workflows/ci.yml"));
}

#[tokio::test]
async fn simultaneous_merges_go_one_at_a_time_and_none_is_lost() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    let mut paths = Vec::new();
    for round in 0..8 {
        let pull = control.prepare_pull(BACKEND, &format!("race/{round}"), Conditions::met()).await.unwrap();
        paths.push(format!("/repos/{BACKEND}/pulls/{}/merge", pull.number));
    }
    let merges = paths.iter().map(|path| world.put(path, &token, json!({})));
    for answer in futures_util::future::join_all(merges).await {
        answer.expect(200);
    }
    for round in 0..8 {
        let path = format!("/repos/{BACKEND}/contents/changes/race/{round}.md");
        world.get(&path, &token).await.expect(200);
    }
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let world = World::story().await;
    let control = world.control();
    let commit = || NewCommit::by("ada").write("x", "x");
    assert!(matches!(
        control.commit("acme/nothing", "x", commit()).await,
        Err(ControlError::NoRepository(_))
    ));
    assert!(matches!(
        control.commit(BACKEND, "x", NewCommit::by("nobody")).await,
        Err(ControlError::NoUser(_))
    ));
    assert!(matches!(control.pull(BACKEND, 99), Err(ControlError::NoPull(99))));
    assert!(matches!(control.tip(BACKEND, "nothing"), Err(ControlError::Git(_))));
    let head = control.tip(BACKEND, "main").unwrap();
    assert!(matches!(
        control.check(BACKEND, &head, "nothing", ("x", None)),
        Err(ControlError::NoReporter(_))
    ));
    for path in ["../x", "/x", "a//b", ".git/config", "a/.GIT/b", "", "a\nb"] {
        let outside = NewCommit::by("ada").write(path, "x");
        assert!(matches!(control.commit(BACKEND, "x", outside).await, Err(ControlError::Git(_))), "{path:?}");
    }
    assert!(matches!(control.user_token("acme"), Err(ControlError::NoUser(_))));
}

#[tokio::test]
async fn a_seed_is_json_and_must_be_sound() {
    let text = serde_json::to_string(&Seed::story()).unwrap();
    let again: Seed = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), text);
    let unknown = text.replacen('{', "{\"surprise\": 1, ", 1);
    assert!(serde_json::from_str::<Seed>(&unknown).is_err());
    let start = async |change: fn(&mut Seed)| {
        let mut seed = Seed::story();
        change(&mut seed);
        Range::start(seed, Options::default()).await
    };
    let cases: [fn(&mut Seed); 6] = [
        |seed| seed.users[1].login = "ADA".to_owned(),
        |seed| seed.repositories[1].id = seed.repositories[0].id,
        |seed| seed.repositories[0].pulls[0].head = "nothing".to_owned(),
        |seed| seed.repositories[0].pulls[0].author = "nobody".to_owned(),
        |seed| seed.repositories[0].pulls[0].checks[0].reporter = "nothing".to_owned(),
        |seed| seed.app.installation.repositories = Some(vec!["nothing".to_owned()]),
    ];
    for change in cases {
        assert!(matches!(start(change).await, Err(StartError::Seed(_))));
    }
}

#[tokio::test]
async fn a_taken_port_is_said_and_a_stopped_range_answers_nobody() {
    let world = World::story().await;
    let port: u16 = world.range.git_url().rsplit_once(':').unwrap().1.parse().unwrap();
    let mut options = Options::default();
    options.port = port;
    assert!(matches!(Range::start(Seed::story(), options).await, Err(StartError::Listen { .. })));
    let control: Control = world.control();
    world.range.stop().await;
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err());
    assert_eq!(control.pulls(BACKEND).unwrap().len(), 7);
}
