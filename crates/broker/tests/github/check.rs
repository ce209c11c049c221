//! A look at a connection.

use std::time::Duration;

use bailiwick_broker::destinations::github::Scope;
use bailiwick_practice::{Level, Seed};

use super::World;

async fn check(world: &World, now: bailiwick_authority::Timestamp) -> bailiwick_protocol::ConnectionCheck {
    let token = world.mint(&Scope::listing()).await.unwrap();
    let assertion = world.github.assertion(world.now()).unwrap();
    let checked = world.github.check(&assertion, &token, &world.way(), now).await.unwrap();
    world.github.destroy(token).await;
    checked
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_says_what_it_may_and_reaches() {
    let world = World::story().await;
    let checked = check(&world, world.now()).await;
    assert_eq!((checked.account.as_str(), checked.app.as_str()), ("acme", "Bailiwick practice"));
    let names: Vec<&str> = checked.resources.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["acme/backend", "acme/frontend", "acme/infra"]);
    assert!(checked.missing.is_empty(), "{:?}", checked.missing);
    assert!(checked.clock_skew_seconds.abs() <= 2);
    let scopes: Vec<_> = world.control().minted().into_iter().map(|token| token.permissions).collect();
    assert_eq!(scopes, [[("metadata".to_owned(), Level::Read)].into()]);
    world.control().advance(Duration::from_secs(300));
    let skewed = bailiwick_authority::Timestamp::from_seconds(world.now().seconds() - 300).unwrap();
    assert!((298..=302).contains(&check(&world, skewed).await.clock_skew_seconds));
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_catalogue_needs_and_the_app_lacks_is_named() {
    let mut seed = Seed::story();
    seed.app.permissions.remove("deployments");
    seed.app.permissions.insert("contents".to_owned(), Level::Read);
    let world = World::with(seed, Default::default()).await;
    let checked = check(&world, world.now()).await;
    assert_eq!(
        checked.missing,
        ["`pulls/merge` and 6 more need contents:write", "`repos/create-deployment` needs deployments:write"]
    );
}
