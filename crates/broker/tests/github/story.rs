//! Each action of the catalogue, from the request to the destroyed credential.

use bailiwick_authority::Argument;
use bailiwick_broker::destinations::github::{Cause, Step};
use bailiwick_practice::NewCommit;
use bailiwick_protocol::ErrorCode;
use serde_json::json;

use super::{BACKEND, World, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_is_merged_with_two_narrow_tokens_that_are_dead_after() {
    let world = World::story().await;
    let operation = world.merge("feat-123");
    assert_eq!(operation.sentence(), "merge feat-123 into main of acme/backend");
    let evidence = world.evidence(&operation).await.unwrap();
    let pull = world.control().pull(BACKEND, 1).unwrap();
    let facts: serde_json::Value = serde_json::from_slice(&evidence.facts.encode()).unwrap();
    assert_eq!(
        facts,
        json!({
            "repository": world.control().repository_id(BACKEND).unwrap(),
            "pull": 1,
            "branch": "feat-123",
            "head": pull.head_sha.as_str(),
            "target": "refs/heads/main",
            "base": world.control().tip(BACKEND, "main").unwrap().as_str(),
            "from_fork": false,
            "draft": false,
            "mergeable": true,
            "author": {"login": "ada", "id": 1_000_001, "type": "User", "own_app": false},
            "commit_authors": ["ada"],
            "contributors": [
                {"login": "ada", "id": 1_000_001, "type": "User", "own_app": false, "wrote": true, "committed": true},
            ],
            "commit_persons": [],
            "commit_strangers": ["ada"],
            "unattributed_commits": 0,
            "required_checks": ["ci/lint", "ci/test"],
            "required_check_apps": [
                {"name": "ci/lint", "app_id": 20_001},
                {"name": "ci/test", "app_id": 20_001},
            ],
            "required_approvals": 1,
            "requires_code_owners": false,
            "checks": [
                {"name": "ci/lint", "app": "acme-ci", "app_id": 20_001, "kind": "check-run", "conclusion": "success"},
                {"name": "ci/test", "app": "acme-ci", "app_id": 20_001, "kind": "check-run", "conclusion": "success"},
            ],
            "checks_missing": [],
            "reviews": [
                {"login": "grace", "id": 1_000_002, "type": "User", "own_app": false, "state": "APPROVED",
                 "on_head": true, "steward": false},
            ],
            "approvals": 1,
            "approvals_missing": 0,
            "approving_persons": [],
            "approving_reviewers": ["grace"],
            "independent_reviewers": [],
            "code_owners_missing": [],
            "approvals_set_aside": [],
            "changes_requested_by": [],
            "changed_paths": ["src/cache.py", "tests/test_cache.py"],
        })
    );
    assert!(!evidence.observations.is_empty());
    let done = world.act(&operation, &evidence.facts).await.unwrap();
    let merged = world.control().pull(BACKEND, 1).unwrap();
    let output: serde_json::Value = serde_json::from_slice(&done.output.encode()).unwrap();
    assert_eq!(
        output,
        json!({
            "pull": 1,
            "head": pull.head_sha.as_str(),
            "merge_commit": merged.merged_as.as_ref().unwrap().as_str(),
            "verified": true,
            "onto": evidence.facts.get("base").and_then(|base| base.as_str()).unwrap(),
            "onto_as_evaluated": true,
        })
    );
    assert_eq!(done.unpinned.len(), 2);
    let minted = world.control().minted();
    let scopes: Vec<Vec<String>> = minted
        .iter()
        .map(|token| {
            token.permissions.iter().map(|(name, level)| format!("{name}:{}", level.word())).collect()
        })
        .collect();
    let read = [
        "administration:read",
        "checks:read",
        "contents:read",
        "metadata:read",
        "pull_requests:read",
        "statuses:read",
    ];
    assert_eq!(
        scopes,
        [read.map(str::to_owned).to_vec(), vec!["contents:write".into(), "metadata:read".into()]]
    );
    let only = Some(vec![world.control().repository_id(BACKEND).unwrap()]);
    assert!(minted.iter().all(|token| token.repositories == only));
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn merge_methods_are_sent_as_asked() {
    let world = World::story().await;
    for method in ["squash", "rebase", "merge"] {
        let branch = format!("by-{method}");
        let conditions = bailiwick_practice::Conditions::met();
        let pull = world.control().prepare_pull(BACKEND, &branch, conditions).await.unwrap();
        let arguments = [("branch", text(&branch)), ("target", text("main")), ("merge_method", text(method))];
        let operation = world.operation("pulls/merge", &arguments);
        let evidence = world.evidence(&operation).await.unwrap();
        world.act(&operation, &evidence.facts).await.unwrap();
        assert!(world.control().pull(BACKEND, pull.number).unwrap().merged_as.is_some(), "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commit_that_was_evaluated_is_merged_or_none() {
    let world = World::story().await;
    let operation = world.merge("feat-123");
    let evidence = world.evidence(&operation).await.unwrap();
    let late = NewCommit::by("ada").message("Late").write("src/late.py", "LATE = 1\n");
    world.control().commit(BACKEND, "feat-123", late).await.unwrap();
    let failure = world.act(&operation, &evidence.facts).await.unwrap_err();
    assert!(matches!(failure.cause, Cause::Conflict(_)), "{failure}");
    assert_eq!(
        (failure.step, failure.code(), failure.may_have_happened),
        (Step::Act, ErrorCode::Moved, false)
    );
    assert!(world.control().pull(BACKEND, 1).unwrap().merged_as.is_none());
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_moved_before_the_merge_is_said_to_have() {
    let world = World::story().await;
    let operation = world.merge("feat-123");
    let evidence = world.evidence(&operation).await.unwrap();
    let late = NewCommit::by("grace").message("Late").write("src/late.py", "LATE = 1\n");
    let moved = world.control().commit(BACKEND, "main", late).await.unwrap();
    let output = world.act(&operation, &evidence.facts).await.unwrap().output;
    let output: serde_json::Value = serde_json::from_slice(&output.encode()).unwrap();
    assert_eq!((&output["onto"], &output["onto_as_evaluated"]), (&json!(moved.as_str()), &json!(false)));
    assert_eq!(output["verified"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_of_another_operation_are_not_acted_on() {
    let world = World::story().await;
    let evidence = world.evidence(&world.merge("feat-123")).await.unwrap();
    let comment =
        world.operation("issues/create-comment", &[("issue", Argument::Int(8)), ("body", text("x"))]);
    let failure = world.act(&comment, &evidence.facts).await.unwrap_err();
    assert_eq!((failure.code(), failure.may_have_happened), (ErrorCode::Internal, false));
    let elsewhere = world.operation_on(
        "acme/frontend",
        "pulls/merge",
        &[("branch", text("feat-123")), ("target", text("main"))],
    );
    assert_eq!(world.act(&elsewhere, &evidence.facts).await.unwrap_err().code(), ErrorCode::Internal);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_written_as_it_was_asked() {
    let world = World::story().await;
    let body = "Done ✅\n\n- merged `feat-123`";
    let operation =
        world.operation("issues/create-comment", &[("issue", Argument::Int(8)), ("body", text(body))]);
    let evidence = world.evidence(&operation).await.unwrap();
    let facts: serde_json::Value = serde_json::from_slice(&evidence.facts.encode()).unwrap();
    let id = world.control().repository_id(BACKEND).unwrap();
    assert_eq!(
        facts,
        json!({"repository": id, "issue": 8, "is_pull": false, "state": "open", "locked": false})
    );
    let done = world.act(&operation, &evidence.facts).await.unwrap();
    let comments = world.control().comments(BACKEND, 8).unwrap();
    assert_eq!(comments.len(), 1);
    assert_eq!((comments[0].author.as_str(), comments[0].body.as_str()), ("bailiwick-practice[bot]", body));
    let output: serde_json::Value = serde_json::from_slice(&done.output.encode()).unwrap();
    assert_eq!(output, json!({"issue": 8, "comment": comments[0].id}));
    assert!(!done.unpinned.is_empty());
    // A pull request is commented on in the same way.
    let on_pull =
        world.operation("issues/create-comment", &[("issue", Argument::Int(1)), ("body", text("hi"))]);
    assert_eq!(world.facts(&on_pull).await["is_pull"], json!(true));
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_is_opened_once() {
    let world = World::story().await;
    let work = NewCommit::by("ada").message("Work").write("src/work.py", "WORK = 1\n");
    let head = world.control().commit(BACKEND, "work", work).await.unwrap();
    let arguments = [
        ("branch", text("work")),
        ("target", text("main")),
        ("title", text("Work")),
        ("body", text("Why\n\nBecause.")),
    ];
    let operation = world.operation("pulls/create", &arguments);
    let evidence = world.evidence(&operation).await.unwrap();
    let done = world.act(&operation, &evidence.facts).await.unwrap();
    let output: serde_json::Value = serde_json::from_slice(&done.output.encode()).unwrap();
    let number = output["pull"].as_u64().unwrap();
    assert_eq!(output, json!({"pull": number, "head": head.as_str(), "head_as_evaluated": true}));
    let pull = world.control().pull(BACKEND, number).unwrap();
    assert_eq!((pull.title.as_str(), pull.head.as_str(), pull.base.as_str()), ("Work", "work", "main"));
    let refusal = World::refusal(world.evidence(&operation).await);
    assert_eq!(refusal, bailiwick_broker::destinations::github::Refusal::PullExists(number));
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_is_of_the_commit_that_the_ref_stood_for() {
    let world = World::story().await;
    let arguments = [("ref", text("feat-123")), ("environment", text("staging"))];
    let operation = world.operation("repos/create-deployment", &arguments);
    let evidence = world.evidence(&operation).await.unwrap();
    let sha = world.control().tip(BACKEND, "feat-123").unwrap();
    let facts: serde_json::Value = serde_json::from_slice(&evidence.facts.encode()).unwrap();
    assert_eq!(
        facts,
        json!({
            "repository": world.control().repository_id(BACKEND).unwrap(),
            "ref": "feat-123",
            "sha": sha.as_str(),
            "environment": "staging",
            "environment_exists": true,
            "wait_minutes": 0,
            "required_reviewers": [],
            "prevents_self_review": false,
            "branch_policy": "none",
            "branch_patterns": [],
            "custom_rules": 0,
        })
    );
    // The branch moves on; what was evaluated is deployed.
    let late = NewCommit::by("ada").message("Late").write("src/late.py", "LATE = 1\n");
    world.control().commit(BACKEND, "feat-123", late).await.unwrap();
    let done = world.act(&operation, &evidence.facts).await.unwrap();
    let deployments = world.control().deployments(BACKEND).unwrap();
    assert_eq!(deployments.len(), 1);
    let deployment = &deployments[0];
    assert_eq!((deployment.sha.as_str(), deployment.environment.as_str()), (sha.as_str(), "staging"));
    assert_eq!(deployment.states, ["queued"]);
    let output: serde_json::Value = serde_json::from_slice(&done.output.encode()).unwrap();
    assert_eq!(
        output,
        json!({"deployment": deployment.id, "sha": sha.as_str(), "environment": "staging", "status": "queued"})
    );
    // By tag or commit, it is the same commit.
    let by_commit = world.operation(
        "repos/create-deployment",
        &[("ref", text(sha.as_str())), ("environment", text("staging"))],
    );
    assert_eq!(world.facts(&by_commit).await["sha"], json!(sha.as_str()));
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_checks_fail_is_not_deployed() {
    let world = World::story().await;
    let arguments = [("ref", text("fix-login-timeout")), ("environment", text("staging"))];
    let operation = world.operation("repos/create-deployment", &arguments);
    let evidence = world.evidence(&operation).await.unwrap();
    let failure = world.act(&operation, &evidence.facts).await.unwrap_err();
    assert!(matches!(failure.cause, Cause::Conflict(_)), "{failure}");
    assert!(!failure.may_have_happened);
    assert!(world.control().deployments(BACKEND).unwrap().is_empty());
}
