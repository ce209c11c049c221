//! The App's assertion and the life of installation tokens: narrowed, expiring, revocable, never wider.

use std::time::Duration;

use bailiwick_practice::{InstallationSeed, Level, Options, Seed};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::client::{BACKEND, World};

#[tokio::test]
async fn assertions_are_judged_strictly() {
    let world = World::story().await;
    let app = world.range.app();
    let now = world.control().now().as_second();
    let id = app.app_id().to_string();
    let good = [
        json!({"iss": id, "iat": now, "exp": now + 60}),
        json!({"iss": app.app_id(), "iat": now - 60, "exp": now + 540}),
        json!({"iss": app.client_id(), "iat": now + 50, "exp": now + 600}),
    ];
    for claims in &good {
        world.get("/app", &app.assertion_of(claims)).await.expect(200);
    }
    let expiry = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
    let issue =
        "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
    let far = "'Expiration time' claim ('exp') is too far in the future";
    let bad = [
        (json!({"iss": id, "iat": now, "exp": now}), expiry),
        (json!({"iss": id, "iat": now - 700, "exp": now - 100}), expiry),
        (json!({"iss": id, "iat": now, "exp": (now + 60).to_string()}), expiry),
        (json!({"iss": id, "iat": now, "exp": 1e12}), expiry),
        (json!({"iss": id, "iat": now}), expiry),
        (json!({"iss": id, "iat": now + 90, "exp": now + 120}), issue),
        (json!({"iss": id, "exp": now + 120}), issue),
        (json!({"iss": id, "iat": now, "exp": now + 601}), far),
        (json!({"iss": id, "iat": now, "exp": now + 36_000}), far),
        (json!({"iat": now, "exp": now + 60}), "Missing 'issuer' claim ('iss')"),
        (json!({"iss": [], "iat": now, "exp": now + 60}), "'Issuer' claim ('iss') must be an Integer"),
        (json!({"iss": "1", "iat": now, "exp": now + 60}), "Integration not found"),
    ];
    for (claims, words) in bad {
        let answer = world.get("/app", &app.assertion_of(&claims)).await.expect(401);
        assert_eq!(answer.message(), words, "{claims}");
    }
}

#[tokio::test]
async fn an_assertion_that_another_key_signed_or_nobody_is_refused() {
    let (world, other) = (World::story().await, World::story().await);
    let stranger = other.range.app().assertion_now();
    let own = world.range.app().assertion_now();
    let (signed, _) = own.expose_secret().rsplit_once('.').unwrap();
    // {"alg":"none"} and {"alg":"HS256"}, with the payload of a good assertion.
    let payload = signed.split_once('.').unwrap().1;
    let none = format!("eyJhbGciOiJub25lIn0.{payload}.");
    let hmac = format!("eyJhbGciOiJIUzI1NiJ9.{payload}.AAAA");
    let bare = format!("{signed}.");
    for value in [stranger.expose_secret(), &none, &hmac, &bare, "ey", "eyJ.eyJ.eyJ"] {
        let answer = world.get("/app", &SecretString::from(value.to_owned())).await.expect(401);
        assert_eq!(answer.message(), "A JSON web token could not be decoded", "{value}");
    }
}

#[tokio::test]
async fn a_token_is_as_narrow_as_it_was_asked_for() {
    let world = World::story().await;
    let id = world.control().repository_id(BACKEND).unwrap();
    let minted =
        world.mint(json!({"repository_ids": [id], "permissions": {"contents": "read"}})).await.expect(201);
    let value = minted.body["token"].as_str().unwrap().to_owned();
    assert!(value.starts_with("ghs_") && value.len() > 400, "GitHub's newer format is long");
    assert_eq!(minted.body["permissions"], json!({"contents": "read", "metadata": "read"}));
    assert_eq!(minted.body["repository_selection"], "selected");
    assert_eq!(minted.body["repositories"][0]["id"], id);
    assert_eq!(minted.body["repositories"].as_array().unwrap().len(), 1);
    let token = SecretString::from(value.clone());
    world.get(&format!("/repos/{BACKEND}/branches/main"), &token).await.expect(200);
    world.get(&format!("/repos/{BACKEND}/pulls"), &token).await.expect(403);
    world.get("/repos/acme/frontend", &token).await.expect(404);
    let listed = world.get("/installation/repositories", &token).await.expect(200);
    assert_eq!((&listed.body["total_count"], &listed.body["repositories"][0]["id"]), (&json!(1), &json!(id)));
    let life = world.control().minted().pop().unwrap();
    assert_eq!(life.repositories, Some(vec![id]));
    assert_eq!(life.permissions.get("contents"), Some(&Level::Read));
    let digest: String = Sha256::digest(value.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(life.sha256, digest);
    assert!(!format!("{:?}", world.control().tokens()).contains(&value));
    assert_eq!(world.control().token_values_for_scan().last().unwrap().expose_secret(), value);
}

#[tokio::test]
async fn what_is_left_out_is_not_narrowed() {
    let world = World::story().await;
    let all = world.mint(json!({})).await.expect(201);
    assert_eq!(all.body["repository_selection"], "all");
    assert_eq!(all.body["permissions"]["contents"], "write");
    assert!(all.body.get("repositories").is_none());
    let token = SecretString::from(all.body["token"].as_str().unwrap().to_owned());
    assert_eq!(world.get("/installation/repositories", &token).await.body["total_count"], 3);
    // An empty list is one that was left out: the trap that a careful client has to know of.
    let empty = world.mint(json!({"repository_ids": [], "permissions": {}})).await.expect(201);
    assert_eq!(
        (&empty.body["repository_selection"], &empty.body["permissions"]["contents"]),
        (&json!("all"), &json!("write"))
    );
    let named = world.mint(json!({"repositories": ["frontend", "infra"]})).await.expect(201);
    assert_eq!(named.body["repositories"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn more_than_the_installation_has_is_422() {
    let world = World::story().await;
    let permissions = "The permissions requested are not granted to this installation.";
    let repositories = "There is at least one repository that does not exist or is not accessible to the parent installation.";
    let cases = [
        (json!({"permissions": {"administration": "write"}}), permissions),
        (json!({"permissions": {"secrets": "read"}}), permissions),
        (json!({"permissions": {"contents": "admin"}}), permissions),
        (json!({"permissions": {"pull-requests": "read"}}), permissions),
        (json!({"repository_ids": [1]}), repositories),
        (json!({"repositories": ["backend", "nothing"]}), repositories),
        (json!({"repositories": ["acme/backend"]}), repositories),
    ];
    for (body, words) in cases {
        let answer = world.mint(body.clone()).await.expect(422);
        assert_eq!(answer.message(), words, "{body}");
    }
    let wrong: [Value; 4] = [
        json!({"repository_ids": "all"}),
        json!({"repository_ids": ["1"]}),
        json!({"repositories": [1]}),
        json!({"permissions": []}),
    ];
    for body in wrong {
        world.mint(body).await.expect(422);
    }
    assert!(world.control().minted().is_empty());
}

#[tokio::test]
async fn an_installation_of_selected_repositories_reaches_no_others() {
    let mut seed = Seed::story();
    let chosen = Some(vec!["backend".to_owned()]);
    seed.app.installation = InstallationSeed { repositories: chosen, ..seed.app.installation };
    let world = World::with(seed, Options::default()).await;
    let app = world.range.app().assertion_now();
    world.get("/repos/acme/frontend/installation", &app).await.expect(404);
    world.get("/repos/acme/backend/installation", &app).await.expect(200);
    world.mint(json!({"repositories": ["frontend"]})).await.expect(422);
    let token = world.full_token().await;
    world.get("/repos/acme/frontend", &token).await.expect(404);
    world.get("/repos/acme/backend", &token).await.expect(200);
}

#[tokio::test]
async fn a_revoked_token_is_dead_at_once() {
    let world = World::story().await;
    let token = world.full_token().await;
    world.call("DELETE", "/installation/token", Some(&token), None).await.expect(204);
    let again = world.get(&format!("/repos/{BACKEND}"), &token).await.expect(401);
    assert_eq!(
        again.body,
        json!({"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"})
    );
    world.call("DELETE", "/installation/token", Some(&token), None).await.expect(401);
    let life = world.control().minted().pop().unwrap();
    assert!(!life.alive && life.revoked.is_some() && life.revoked_at.unwrap() >= life.minted_at);
    assert_eq!(life.uses, 1);
}

#[tokio::test]
async fn a_token_dies_after_an_hour_of_the_range_s_clock() {
    let world = World::story().await;
    let token = world.full_token().await;
    let life = world.control().minted().pop().unwrap();
    assert_eq!(life.expires.unwrap().duration_since(life.minted).as_secs(), 3600);
    world.control().advance(Duration::from_secs(3590));
    world.get(&format!("/repos/{BACKEND}"), &token).await.expect(200);
    world.control().advance(Duration::from_secs(20));
    world.get(&format!("/repos/{BACKEND}"), &token).await.expect(401);
    assert!(!world.control().minted().pop().unwrap().alive);
    let date = world.call("GET", "/meta", None, None).await;
    assert!(date.header("date").ends_with("GMT"));
}

#[tokio::test]
async fn a_suspended_installation_opens_nothing() {
    let world = World::story().await;
    let token = world.full_token().await;
    world.control().suspend(true);
    world.get(&format!("/repos/{BACKEND}"), &token).await.expect(403);
    let minted = world.mint(json!({})).await.expect(403);
    assert_eq!(minted.message(), "This installation has been suspended");
    world.control().suspend(false);
    world.get(&format!("/repos/{BACKEND}"), &token).await.expect(200);
}

#[tokio::test]
async fn the_key_can_be_given_and_is_a_pkcs1_pem() {
    let first = World::story().await;
    let pem = first.range.app().private_key_pem().clone();
    assert!(pem.expose_secret().starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    let mut options = Options::default();
    options.private_key_pem = Some(pem);
    let second = World::with(Seed::story(), options).await;
    second.get("/app", &first.range.app().assertion_now()).await.expect(200);
}
