//! Tokens: narrow, counted, destroyed, proven dead, never lost.

use bailiwick_authority::Digest;
use bailiwick_broker::destinations::github::{
    Cause, Death, GitHub, NotUsable, Refusal, RootSecretError, Scope, fingerprint,
};
use bailiwick_practice::{Act, Fault, Sender};
use bailiwick_protocol::ErrorCode;
use serde_json::json;

use super::{World, connection};

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_lives_a_minute_and_a_token_is_known_by_its_digest() {
    let world = World::story().await;
    let scope = world.merge("feat-123").act_scope();
    let assertion = world.github.assertion(world.now()).unwrap();
    assert_eq!(assertion.expires().since(assertion.issued()), 60);
    assert!(assertion.issued() < world.now());
    let token = world.github.mint(&scope, &assertion, &world.way()).await.unwrap();
    let life = world.control().minted().pop().unwrap();
    assert_eq!(format!("sha256:{}", life.sha256), token.sha256().to_string());
    assert_eq!(i64::try_from(token.expires().seconds()).unwrap(), life.expires.unwrap().as_second());
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&token.scope().to_value().encode()).unwrap(),
        json!({"repositories": [scope.repository()], "permissions": {"contents": "write"}})
    );
    let asserted = world.control().requests().into_iter().find_map(|seen| match seen.sender {
        Sender::App { issued, expires } => Some(expires - issued),
        _ => None,
    });
    assert_eq!(asserted, Some(60));
    // Neither says its value.
    let shown = format!("{token:?} {assertion:?} {:?}", world.github);
    for value in world.control().token_values_for_scan() {
        assert!(!shown.contains(secrecy::ExposeSecret::expose_secret(&value)));
    }
    let (death, life_ms) = world.github.destroy(token).await;
    assert_eq!(death, Death::RevokedProven);
    assert!(death.is_dead() && life_ms < 15_000);
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wider_token_is_destroyed_unused() {
    let world = World::story().await;
    for (case, act) in [
        ("everything", Act::WiderToken),
        ("a permission more", edit(|answer| answer["permissions"]["administration"] = json!("write"))),
        ("a higher level", edit(|answer| answer["permissions"]["metadata"] = json!("write"))),
        (
            "a repository more",
            edit(|answer| {
                answer["repositories"].as_array_mut().unwrap().push(json!({"id": 1, "full_name": "a/b"}));
            }),
        ),
        ("another repository", edit(|answer| answer["repositories"][0]["id"] = json!(1))),
        ("all repositories", edit(|answer| answer["repository_selection"] = json!("all"))),
        ("repositories unsaid", edit(|answer| drop(answer.as_object_mut().unwrap().remove("repositories")))),
    ] {
        world.control().inject(Fault::on("POST", "/app/installations/*/access_tokens", act));
        let failure = world.mint(&world.merge("feat-123").act_scope()).await.expect_err(case);
        assert!(matches!(failure.cause, Cause::WiderThanAsked(_)), "{case}: {failure}");
        assert_eq!(failure.code(), ErrorCode::WiderThanAsked);
        world.assert_nothing_alive();
    }
    let used = world.control().minted().into_iter().map(|token| token.uses).max();
    assert_eq!(used, Some(1), "used for nothing but its end");
}

fn edit(edit: impl Fn(&mut serde_json::Value) + Send + Sync + 'static) -> Act {
    Act::Edit(std::sync::Arc::new(edit))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_comes_with_nonsense_is_destroyed() {
    let world = World::story().await;
    for act in [
        edit(|answer| drop(answer.as_object_mut().unwrap().remove("permissions"))),
        edit(|answer| answer["expires_at"] = json!("tomorrow")),
        edit(|answer| answer["permissions"] = json!([])),
    ] {
        world.control().inject(Fault::on("POST", "/app/installations/*/access_tokens", act));
        let failure = world.mint(&world.merge("feat-123").act_scope()).await.unwrap_err();
        assert_eq!(failure.code(), ErrorCode::WrongAnswer, "{failure}");
        world.assert_nothing_alive();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_installation_lacks_is_said() {
    let world = World::story().await;
    let operation = world.merge("feat-123");
    let mut seed = bailiwick_practice::Seed::story();
    seed.app.permissions.remove("checks");
    seed.app.permissions.insert("contents".into(), bailiwick_practice::Level::Read);
    let poor = World::with(seed, Default::default()).await;
    let failure = poor.mint(&operation.evidence_scope()).await.unwrap_err();
    assert_eq!(failure.cause, Cause::LacksPermissions(vec!["checks:read".into()]));
    let failure = poor.mint(&operation.act_scope()).await.unwrap_err();
    assert_eq!(failure.cause, Cause::LacksPermissions(vec!["contents:write".into()]));
    assert!(!failure.may_have_happened);
    let id = world.control().repository_id("acme/backend").unwrap();
    let name = format!("repository:{id}");
    let mut seed = bailiwick_practice::Seed::story();
    seed.app.installation.repositories = Some(vec!["frontend".into()]);
    let elsewhere = World::with(seed, Default::default()).await;
    let failure = elsewhere.mint(&operation.act_scope()).await.unwrap_err();
    assert_eq!(failure.cause, Cause::Refused(Refusal::RepositoryNotInstalled { name }));
    assert_eq!(failure.code(), ErrorCode::OtherResource);
    world.control().suspend(true);
    let failure = world.mint(&operation.act_scope()).await.unwrap_err();
    assert!(matches!(failure.cause, Cause::Forbidden(_)), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_loses_no_token() {
    let world = World::story().await;
    let scope = world.merge("feat-123").act_scope();
    let control = world.control();
    // The answer is held back until the caller is gone.
    let (go, gone) = tokio::sync::watch::channel(false);
    control.inject(Fault::on(
        "POST",
        "/app/installations/*/access_tokens",
        Act::After(std::sync::Arc::new(move |_| {
            let mut gone = gone.clone();
            Box::pin(async move { drop(gone.wait_for(|gone| *gone).await) })
        })),
    ));
    {
        let minting = world.mint(&scope);
        tokio::pin!(minting);
        tokio::select! {
            _ = &mut minting => panic!("it was answered"),
            () = control.wait_for(|seen| seen.iter().any(|one| one.method == "POST")) => {}
        }
    }
    go.send(true).unwrap();
    control.wait_for(|seen| seen.iter().any(|one| one.method == "DELETE" && one.status == Some(204))).await;
    world.assert_nothing_alive();
    // A token that is simply dropped ends as well.
    control.clear_requests();
    drop(world.mint(&scope).await.unwrap());
    control.wait_for(|seen| seen.iter().any(|one| one.method == "DELETE" && one.status == Some(204))).await;
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_token_ends_is_known() {
    let world = World::story().await;
    let scope = world.merge("feat-123").act_scope();
    let on = |act: Act| Fault::on("DELETE", "/installation/token", act);
    let cases: [(&str, Vec<Fault>, Death); 8] = [
        ("at once", vec![], Death::RevokedProven),
        ("at the second try", vec![on(Act::Status(502))], Death::RevokedProven),
        ("the answer was lost", vec![on(Act::CloseAfterDoing)], Death::RevokedProven),
        (
            "a rate limit, and then",
            vec![on(Act::RateLimit { status: 429, reset_in_s: 9 })],
            Death::RevokedProven,
        ),
        ("the destination cannot", vec![on(Act::Status(404))], Death::NotRevocable),
        ("it never answers", vec![on(Act::HangAfterRequestHead).always()], Death::ValueLost),
        ("it always fails", vec![on(Act::Status(500)).always()], Death::ValueLost),
        (
            "revoked, not proven",
            vec![Fault::on("GET", "/installation/repositories", Act::Status(503)).always()],
            Death::Revoked,
        ),
    ];
    for (case, faults, expected) in cases {
        let token = world.mint(&scope).await.unwrap();
        faults.into_iter().for_each(|fault| world.control().inject(fault));
        let (death, _) = world.github.destroy(token).await;
        assert_eq!(death, expected, "{case}");
        let alive = world.control().minted().pop().unwrap().alive;
        assert_eq!(alive, !expected.is_dead(), "{case}");
        world.control().clear_faults();
    }
    // Ended by somebody else meanwhile.
    let token = world.mint(&scope).await.unwrap();
    let id = world.control().minted().pop().unwrap().id;
    world.control().revoke_token(id).unwrap();
    assert_eq!(world.github.destroy(token).await.0, Death::RevokedProven);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_than_the_connections_is_refused_before_anything_is_sent() {
    let world = World::story().await;
    let other = World::story().await;
    let connection = connection(&world.range);
    let refused = GitHub::new(&connection, other.range.app().private_key_pem()).unwrap_err();
    assert!(matches!(refused, NotUsable::RootSecret(RootSecretError::Another { .. })), "{refused}");
    assert_eq!(refused.to_api_error().code, ErrorCode::RootSecret);
    let refused = GitHub::new(&connection, &"not a key".into()).unwrap_err();
    assert!(matches!(refused, NotUsable::RootSecret(RootSecretError::NotAKey(_))), "{refused}");
    assert!(world.control().requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_by_minutes_is_an_unauthorised_assertion() {
    let world = World::story().await;
    world.control().advance(std::time::Duration::from_secs(3_600));
    let late = bailiwick_authority::Timestamp::from_seconds(world.now().seconds() - 3_600).unwrap();
    let assertion = world.github.assertion(late).unwrap();
    let failure = world.github.mint(&Scope::listing(), &assertion, &world.way()).await.unwrap_err();
    assert!(matches!(failure.cause, Cause::Unauthorised(_)), "{failure}");
    assert!(failure.to_api_error().hint.contains("clock"));
}

/// Held against OpenSSL, of the key in both of its forms.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_the_fingerprint_that_openssl_computes() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let world = World::story().await;
    let pem = world.range.app().private_key_pem();
    let openssl = |arguments: &[&str]| {
        let mut child = Command::new("openssl")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("openssl runs");
        let text = secrecy::ExposeSecret::expose_secret(pem);
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        child.wait_with_output().unwrap().stdout
    };
    let expected = Digest::of(&openssl(&["pkey", "-pubout", "-outform", "der"]));
    assert_eq!(fingerprint(pem).unwrap(), expected);
    let pkcs8 = String::from_utf8(openssl(&["pkey"])).unwrap();
    assert!(pkcs8.starts_with("-----BEGIN PRIVATE KEY-----"));
    assert_eq!(fingerprint(&pkcs8.clone().into()).unwrap(), expected);
    let connection = connection(&world.range);
    let github = GitHub::new(&connection, &pkcs8.into()).unwrap();
    let assertion = github.assertion(world.now()).unwrap();
    let token = github.mint(&Scope::listing(), &assertion, &world.way()).await.unwrap();
    github.destroy(token).await;
}
