//! Repositories that the installation does not have, and those that were renamed, or recreated under
//! their name, since the capability was signed.

use super::{is_clear, still_works};
use crate::stage::{BACKEND, Holder, Plan, Stage, word};
use bailiwick_practice::Seed;
use bailiwick_protocol::{ApiError, ErrorCode};

/// What the operation ended with: refused, with a receipt, nothing changed.
async fn refused(stage: &Stage, holder: &Holder, what: &str, code: ErrorCode, says: &str) -> ApiError {
    let deploy = [("ref", word("main")), ("environment", word("staging"))];
    for (action, arguments) in
        [("repos/create-deployment", &deploy), ("pulls/merge", &crate::stage::merge_arguments("feat-123"))]
    {
        let view = stage.request(holder, action, arguments).await.unwrap();
        assert_ne!(view.outcome.as_deref(), Some("succeeded"), "{what}: {view:?}");
        let error = view.reason.clone().unwrap();
        assert_eq!(error.code, code, "{what}: {error:?}");
        assert!(error.message.contains(says), "{what}: {error:?}");
        is_clear(what, &error);
        assert!(view.receipt.is_some());
    }
    let writes = stage.control().requests().into_iter().filter(|seen| {
        let token = seen.path.ends_with("/access_tokens") || seen.path == "/installation/token";
        seen.method != "GET" && !token
    });
    assert_eq!(writes.count(), 0, "{what}: something was written");
    assert!(stage.control().minted().iter().all(|token| !token.alive), "{what}: a token lives on");
    stage.verify().await;
    stage.request(holder, "repos/create-deployment", &deploy).await.unwrap().reason.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn that_the_installation_does_not_have() {
    let mut seed = Seed::story();
    seed.app.installation.repositories = Some(vec!["backend".into()]);
    let mut stage = Stage::planned(Plan { seed, ..Plan::default() }).await;
    let infra = stage.resource("acme/infra");
    let own = stage.founded().repository.clone();
    stage.act_on(infra);
    let holder = stage.delegate().await;
    refused(&stage, &holder, "not installed", ErrorCode::OtherResource, "does not have the repository").await;
    stage.act_on(own);
    still_works(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn that_was_renamed() {
    let stage = Stage::start().await;
    let holder = stage.delegate().await;
    stage.control().rename_repository(BACKEND, "core").unwrap();
    refused(&stage, &holder, "renamed", ErrorCode::OtherResource, "is called `acme/core` now").await;
    stage.control().rename_repository("acme/core", "backend").unwrap();
    still_works(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn that_was_recreated_under_its_name() {
    let mut stage = Stage::start().await;
    let holder = stage.delegate().await;
    let seed = Seed::story().repositories.into_iter().find(|seed| seed.name == "backend").unwrap();
    let id = stage.control().recreate_repository(&seed).await.unwrap();
    assert_ne!(format!("repository:{id}"), stage.founded().repository.id.to_string());
    refused(&stage, &holder, "recreated", ErrorCode::OtherResource, "").await;
    // The new one is another repository: whoever means it signs for it.
    stage.act_on(stage.resource(BACKEND));
    still_works(&stage).await;
}
