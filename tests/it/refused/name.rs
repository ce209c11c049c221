//! Unknown actions; names with `..`, control characters, look-alikes, and names that are too long.

use super::{Case, all_refused, comment, is_clear};
use crate::stage::{Holder, Stage, forge, fresh_key, named, now, payload_of, seal_at, word};
use bailiwick_authority::{Invocation, Kind, Signer as _};
use bailiwick_protocol::{Ask, ErrorCode};
use serde_json::json;

/// Names of repositories that are none, or another's.
fn hostile_names() -> Vec<String> {
    [
        "acme/../x",
        "../acme/backend",
        "acme/backend/../infra",
        "acme/..",
        "acme/.",
        "acme//backend",
        "/acme/backend",
        "acme/backend/",
        "acme",
        "acme/",
        "/backend",
        "acme\\backend",
        "acme/back end",
        "acme/backend?x=1",
        "acme/backend#x",
        "acme/backend%2f..%2finfra",
        "acme/%62ackend",
        "acme/backend\n",
        "acme/back\u{0}end",
        "acme/\u{1b}[31mbackend",
        "acm\u{435}/backend",
        "acme/\u{ff42}ackend",
        "acme/back\u{200b}end",
        "acme/\u{202e}dnekcab",
        "acme/b\u{0430}ckend",
        "-acme/backend",
        "acme/back\u{301}end",
        "acme@evil/backend",
        "acme:pw@evil/backend",
        "http://evil/backend",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain([
        format!("acme/{}", "b".repeat(101)),
        format!("{}/backend", "a".repeat(40)),
        format!("acme/{}", "b".repeat(100_000)),
    ])
    .collect()
}

/// Branches that git or the eye would trip over.
fn hostile_branches() -> Vec<String> {
    [
        "-x",
        "--upload-pack=evil",
        "a..b",
        "a/../b",
        "refs/heads/main",
        "a b",
        "a~1",
        "a^",
        "a:b",
        "a?b",
        "a*",
        "a[b",
        "a\\b",
        "@",
        "@{u}",
        "a@{1}",
        ".a",
        "a/.b",
        "a.lock",
        "a/",
        "/a",
        "a//b",
        "a.",
        "HEAD",
        "feat\u{202e}321-taef",
        "fe\u{200b}at",
        "feat\u{7}",
        "feat\nmain",
        "feat\u{0}",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain(["x".repeat(245), "x".repeat(50_000)])
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_action() {
    let stage = Stage::start().await;
    let mut cases = Vec::new();
    for action in ["pulls/delete", "repos/delete", "pulls/merge-all", "github/merge"] {
        let grant =
            stage.grant(action, &[("issue", crate::stage::anything()), ("body", crate::stage::anything())]);
        // Refused where a person hands it in …
        let key = fresh_key();
        let mut capability = stage.story_capability(key.public());
        capability.grants.push(grant.clone());
        let error = stage.decide(capability.clone()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::UnknownAction, "{action}: {error:?}");
        assert!(error.message.contains(action) && error.hint.contains("pulls/merge"), "{error:?}");
        // … and where an agent presents it without having handed it in.
        let holder = Holder { key, chain: vec![seal_at(&stage.steward, stage.realm(), now(), capability)] };
        let ask = stage.ask(&holder, action, &[("issue", word("8")), ("body", word("x"))]).await;
        cases.push(Case::new(action, ask, ErrorCode::UnknownAction, "there is no action"));
        let known = stage.delegate().await;
        let ask = stage.ask(&known, action, &[("body", word("x"))]).await;
        cases.push(Case::new(
            format!("{action}, not granted"),
            ask,
            ErrorCode::NotAuthorised,
            "no grant of link 1",
        ));
    }
    let mut capability = stage.story_capability(fresh_key().public());
    capability.grants[0].catalogue = named("github-99");
    let error = stage.decide(capability).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::UnknownAction);
    all_refused(&stage, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_repository_names() {
    let stage = Stage::start().await;
    let holder = stage.delegate().await;
    let good = seal_at(&holder.key, stage.realm(), now(), super::invocation(&stage, &holder).await);
    let mut refused = 0;
    let before = stage.control().requests().len();
    for name in hostile_names() {
        let mut payload = payload_of(&good);
        payload["resource"]["name"] = json!(name);
        payload["nonce"] = json!(crate::stage::nonce().to_string());
        let invocation = forge(&holder.key, Kind::Invocation.payload_type(), &payload);
        let ask = Ask { chain: holder.envelopes(), invocation, wait_ms: 60_000 };
        let error = super::refusal(stage.agent().await.ask(&ask).await).unwrap();
        assert!(
            matches!(error.code, ErrorCode::BadStatement | ErrorCode::BadArgument | ErrorCode::NotAuthorised),
            "{name:?}: {error:?}"
        );
        is_clear(&name, &error);
        refused += 1;
    }
    for id in [
        "repository:0",
        "repository:-1",
        "repository:01",
        "repository:1e3",
        "repository:../1",
        "Repository:1",
        "user:1",
        "repository:",
        "1",
    ] {
        let mut payload = payload_of(&good);
        payload["resource"]["id"] = json!(id);
        payload["nonce"] = json!(crate::stage::nonce().to_string());
        let invocation = forge(&holder.key, Kind::Invocation.payload_type(), &payload);
        let ask = Ask { chain: holder.envelopes(), invocation, wait_ms: 60_000 };
        let error = super::refusal(stage.agent().await.ask(&ask).await).unwrap();
        is_clear(id, &error);
        refused += 1;
    }
    assert_eq!(stage.control().requests().len(), before, "a hostile name reached the destination");
    println!("{refused} hostile names refused");
    super::still_works(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_branch_names() {
    let stage = Stage::start().await;
    // Anything goes as far as the capability is concerned: the catalogue has to refuse.
    let holder = stage
        .delegate_with(|capability| {
            for grant in &mut capability.grants {
                for rule in grant.arguments.values_mut() {
                    if !matches!(rule, bailiwick_authority::Constraint::Range(..)) {
                        *rule = crate::stage::anything();
                    }
                }
            }
        })
        .await;
    let mut cases = Vec::new();
    for branch in hostile_branches() {
        for arguments in [
            vec![("branch", word(&branch)), ("target", word("main"))],
            vec![("branch", word("feat-123")), ("target", word(&branch))],
        ] {
            let body: Invocation = stage.invocation(&holder, "pulls/merge", &arguments).await;
            let ask = stage.ask_of(&holder, body);
            cases.push(Case::new(format!("{branch:.40?}"), ask, ErrorCode::BadArgument, "the argument `"));
        }
    }
    for text in ["", " ", "\u{202e}evil", "a\u{0}b", "a\u{1b}[2Jb"] {
        let ask = stage.ask(&holder, "issues/create-comment", &comment(text)).await;
        cases.push(Case::new(
            format!("a comment {text:?}"),
            ask,
            ErrorCode::BadArgument,
            "the argument `body`",
        ));
    }
    all_refused(&stage, cases).await;
}
