//! Every request of the broker and every answer of the practice range, held against GitHub's own OpenAPI
//! description by Prism's validators.

use super::{Peer, violations};
use crate::stage::{BACKEND, CONNECTION, Destination, Plan, Stage, until, word};
use bailiwick_authority::Argument;
use bailiwick_practice::{Act, Conditions, Fault, NewCommit};
use std::collections::BTreeMap;

#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_as_github_describes_it() {
    let mut stage = Stage::bare(Plan::default()).await;
    let record = tempfile::NamedTempFile::new().unwrap();
    let arguments = ["--upstream", stage.range.url(), "--record", record.path().to_str().unwrap()];
    let peer = Peer::start("witness.mjs", &arguments).await;
    let destination = Destination { api: peer.text("url").to_owned(), ..stage.destination.clone() };
    stage.lead_to(destination);
    stage.raise().await;
    stage.found().await;
    stage.console().await.check(CONNECTION).await.unwrap();
    // The story's capability wants a description with a pull request; this one leaves it open.
    let holder = stage
        .delegate_with(|capability| {
            let mut without = capability.grants[2].clone();
            without.arguments.remove("body");
            capability.grants.push(without);
        })
        .await;
    let control = stage.control();

    // Every action, as it should be.
    let work = NewCommit::by("ada").message("Work").write("src/work.py", "WORK = 1\n");
    control.commit(BACKEND, "work", work).await.unwrap();
    stage.prepare("prism").await;
    for (action, arguments) in [
        ("pulls/merge", vec![("branch", word("prism")), ("target", word("main"))]),
        ("issues/create-comment", vec![("issue", Argument::Int(8)), ("body", word("a\nb \u{1f98a}"))]),
        (
            "pulls/create",
            vec![
                ("branch", word("work")),
                ("target", word("main")),
                ("title", word("Work")),
                ("body", word("x")),
            ],
        ),
        ("repos/create-deployment", vec![("ref", word("main")), ("environment", word("staging"))]),
        ("repos/create-deployment", vec![("ref", word("work")), ("environment", word("staging"))]),
    ] {
        let view = stage.request(&holder, action, &arguments).await.unwrap();
        assert_eq!(view.outcome.as_deref(), Some("succeeded"), "{action}: {view:?}");
    }
    // Every refusal that policy makes of evidence.
    let conditions = [
        Conditions::failing(),
        Conditions::without_checks(),
        Conditions::without_review(),
        Conditions::stale_approval(),
        Conditions::own_approval(),
        Conditions::protected_path(),
        Conditions::conflicting(),
        Conditions::draft(),
        Conditions::checked_by_another("acme-scan"),
    ];
    for (number, conditions) in conditions.into_iter().enumerate() {
        let branch = format!("refused/{number}");
        control.prepare_pull(BACKEND, &branch, conditions).await.unwrap();
        let view = stage.merge(&holder, &branch).await.unwrap();
        assert_eq!(view.outcome.as_deref(), Some("denied"), "{branch}: {view:?}");
    }
    // And every look-up of an outcome that nobody told.
    stage.prepare("untold").await;
    for (method, path, action, arguments) in [
        (
            "PUT",
            "/repos/acme/backend/pulls/*/merge",
            "pulls/merge",
            vec![("branch", word("untold")), ("target", word("main"))],
        ),
        (
            "POST",
            "/repos/acme/backend/issues/*/comments",
            "issues/create-comment",
            vec![("issue", Argument::Int(8)), ("body", word("untold"))],
        ),
        (
            "POST",
            "/repos/acme/backend/deployments",
            "repos/create-deployment",
            vec![("ref", word("untold")), ("environment", word("staging"))],
        ),
    ] {
        control.inject(Fault::on(method, path, Act::CloseAfterDoing));
        let view = stage.request(&holder, action, &arguments).await.unwrap();
        assert_eq!(view.outcome.as_deref(), Some("unknown"), "{action}: {view:?}");
        until("what happened is found out", async || {
            let view = stage.console().await.operation(&view.id).await.unwrap();
            (view.outcome.as_deref() == Some("succeeded")).then_some(())
        })
        .await;
    }

    let record = peer.record();
    let mut operations: BTreeMap<&str, u64> = BTreeMap::new();
    for exchange in &record {
        *operations.entry(exchange["operation"].as_str().unwrap_or("not in the description")).or_default() +=
            1;
    }
    println!("{} exchanges, {} operations:", record.len(), operations.len());
    for (operation, count) in &operations {
        println!("  {count:>4}  {operation}");
    }
    assert_eq!(violations(&record, &["request", "response"]), Vec::<String>::new());
    assert!(operations.len() > 20 && !operations.contains_key("not in the description"));
    stage.verify().await;
}
