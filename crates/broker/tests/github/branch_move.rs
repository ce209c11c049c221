//! Moving a branch without a pull request: facts, the act and its pins, and what became of it.

use bailiwick_authority::{Argument, Value as Facts};
use bailiwick_broker::destinations::github::{Cause, Failure, Found, Operation, Refusal};
use bailiwick_practice::{Act, Fault, NewCommit};
use bailiwick_protocol::ErrorCode;
use serde_json::{Value, json};

use super::{BACKEND, World, operation_id, text};

fn write(world: &World, branch: &str, path: &str) -> Operation {
    let arguments = [
        ("branch", text(branch)),
        ("path", text(path)),
        ("content", text("X = 1\n")),
        ("message", text("Write")),
    ];
    world.operation("repos/create-or-update-file-contents", &arguments)
}

fn delete(world: &World, branch: &str, path: &str) -> Operation {
    let arguments = [("branch", text(branch)), ("path", text(path)), ("message", text("Remove"))];
    world.operation("repos/delete-file", &arguments)
}

fn on_ref(world: &World, action: &str, branch: &str, sha: Option<&str>) -> Operation {
    let mut arguments: Vec<(&str, Argument)> = vec![("branch", text(branch))];
    arguments.extend(sha.map(|sha| ("sha", text(sha))));
    world.operation(action, &arguments)
}

fn two(world: &World, action: &str, branch: &str, target: &str) -> Operation {
    let mut arguments = vec![("branch", text(branch)), ("target", text(target))];
    if action == "repos/merge" {
        arguments.push(("message", text("Take it in")));
    }
    world.operation(action, &arguments)
}

fn tip(world: &World, branch: &str) -> String {
    world.control().tip(BACKEND, branch).unwrap().as_str().to_owned()
}

fn json(facts: &Facts) -> Value {
    serde_json::from_slice(&facts.encode()).unwrap()
}

/// Evidence and act; facts and output.
async fn carried_out(world: &World, operation: &Operation) -> (Value, Result<Value, Failure>) {
    let facts = world.evidence(operation).await.unwrap().facts;
    let done = world.act(operation, &facts).await;
    world.assert_nothing_alive();
    (json(&facts), done.map(|done| json(&done.output)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_written_and_removed_over_what_was_seen() {
    let world = World::story().await;
    let head = tip(&world, "feat-123");
    let operation = write(&world, "feat-123", "src/new file.py");
    assert_eq!(operation.sentence(), "write src/new file.py on feat-123 of acme/backend");
    let (facts, output) = carried_out(&world, &operation).await;
    let output = output.unwrap();
    let id = world.control().repository_id(BACKEND).unwrap();
    assert_eq!(
        facts,
        json!({"repository": id, "branch": "feat-123", "target": "refs/heads/feat-123", "exists": true,
               "protected": false, "head": head, "path": "src/new file.py", "changed_paths": ["src/new file.py"]})
    );
    assert_eq!(output["commit"].as_str().unwrap(), tip(&world, "feat-123"));
    assert_eq!((&output["onto"], &output["onto_as_evaluated"]), (&json!(head), &json!(true)));
    // Over what is there, and not over what came since.
    let again = write(&world, "feat-123", "src/new file.py");
    let seen = world.evidence(&again).await.unwrap().facts;
    assert!(seen.get("blob").is_some());
    let late = NewCommit::by("ada").message("Late").write("src/new file.py", "LATE = 1\n");
    world.control().commit(BACKEND, "feat-123", late).await.unwrap();
    let failure = world.act(&again, &seen).await.unwrap_err();
    assert_eq!((failure.code(), failure.may_have_happened), (ErrorCode::Moved, false));
    let removed = carried_out(&world, &delete(&world, "feat-123", "src/new file.py")).await.1.unwrap();
    assert_eq!(removed["commit"].as_str().unwrap(), tip(&world, "feat-123"));
    let refusal = World::refusal(world.evidence(&delete(&world, "feat-123", "src/new file.py")).await);
    assert_eq!(refusal, Refusal::NoFile("src/new file.py".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_is_made_moved_forward_and_removed() {
    let world = World::story().await;
    let (main, feature) = (tip(&world, "main"), tip(&world, "feat-123"));
    let (facts, output) = carried_out(&world, &on_ref(&world, "git/create-ref", "a/b", Some(&feature))).await;
    assert_eq!((&facts["exists"], &facts["commit"]), (&json!(false), &json!(feature)));
    assert_eq!(facts["changed_paths"], json!(["src/cache.py", "tests/test_cache.py"]));
    assert_eq!(output.unwrap(), json!({"branch": "a/b", "commit": feature}));
    let refusal = World::refusal(world.evidence(&on_ref(&world, "git/create-ref", "a/b", Some(&main))).await);
    assert_eq!(refusal, Refusal::BranchExists("a/b".into()));
    // Not forward is not moved, and nothing is ever forced.
    let refusal = World::refusal(world.evidence(&on_ref(&world, "git/update-ref", "a/b", Some(&main))).await);
    assert_eq!(refusal, Refusal::NotForward);
    let more = NewCommit::by("ada").message("More").write("src/more.py", "MORE = 1\n");
    let ahead = world.control().commit(BACKEND, "feat-123", more).await.unwrap();
    let forward = on_ref(&world, "git/update-ref", "a/b", Some(ahead.as_str()));
    let (facts, output) = carried_out(&world, &forward).await;
    assert_eq!(facts["changed_paths"], json!(["src/more.py"]));
    assert_eq!((output.is_ok(), tip(&world, "a/b")), (true, ahead.as_str().to_owned()));
    // It moved aside since: GitHub refuses, and it stays where it is.
    let ahead =
        world.control().commit(BACKEND, "feat-123", NewCommit::by("ada").write("x", "1\n")).await.unwrap();
    let forward = on_ref(&world, "git/update-ref", "a/b", Some(ahead.as_str()));
    let seen = world.evidence(&forward).await.unwrap().facts;
    let aside = world.control().commit(BACKEND, "a/b", NewCommit::by("ada").write("y", "1\n")).await.unwrap();
    let failure = world.act(&forward, &seen).await.unwrap_err();
    assert!(matches!(failure.cause, Cause::Unprocessable(_)), "{failure}");
    assert_eq!(tip(&world, "a/b"), aside.as_str());
    let output = carried_out(&world, &on_ref(&world, "git/delete-ref", "a/b", None)).await.1.unwrap();
    assert_eq!(output, json!({"branch": "a/b", "was": aside.as_str()}));
    assert!(world.control().tip(BACKEND, "a/b").is_err());
    let unknown = on_ref(&world, "git/create-ref", "c", Some(&"0".repeat(40)));
    assert!(matches!(World::refusal(world.evidence(&unknown).await), Refusal::NoRef(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn branches_are_taken_in_at_the_commit_that_was_evaluated() {
    let world = World::story().await;
    let merge = two(&world, "repos/merge", "main", "feat-123");
    let facts = world.evidence(&merge).await.unwrap().facts;
    assert_eq!(json(&facts)["changed_paths"], json!(["src/limits.py"]));
    let late = NewCommit::by("grace").message("Late").write("src/late.py", "LATE = 1\n");
    world.control().commit(BACKEND, "main", late).await.unwrap();
    let output = json(&world.act(&merge, &facts).await.unwrap().output);
    assert_eq!(
        (&output["commit"], &output["onto_as_evaluated"]),
        (&json!(tip(&world, "feat-123")), &json!(true))
    );
    // What came late is not in it, and is taken in by bringing the pull request up to date.
    let update = two(&world, "pulls/update-branch", "feat-123", "main");
    let (facts, output) = carried_out(&world, &update).await;
    assert_eq!((&facts["pull"], &facts["changed_paths"]), (&json!(1), &json!(["src/late.py"])));
    assert_eq!(
        (&output.unwrap()["head"], facts["head"] == json!(tip(&world, "feat-123"))),
        (&facts["head"], false)
    );
    let refusal = World::refusal(world.evidence(&update).await);
    assert_eq!(refusal, Refusal::NothingToMerge);
    // A head that moved is not brought up to date.
    let stale = two(&world, "pulls/update-branch", "fix-login-timeout", "main");
    let facts = world.evidence(&stale).await.unwrap().facts;
    world
        .control()
        .commit(BACKEND, "fix-login-timeout", NewCommit::by("ada").write("x", "1\n"))
        .await
        .unwrap();
    assert!(matches!(world.act(&stale, &facts).await.unwrap_err().cause, Cause::Unprocessable(_)));
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_destination_itself_keeps_protected_main() {
    let world = World::story().await;
    let (main, feature) = (tip(&world, "main"), tip(&world, "feat-123"));
    let operations = [
        write(&world, "main", "README.md"),
        delete(&world, "main", "README.md"),
        on_ref(&world, "git/delete-ref", "main", None),
        two(&world, "repos/merge", "feat-123", "main"),
    ];
    for operation in operations {
        let (facts, output) = carried_out(&world, &operation).await;
        assert_eq!((&facts["protected"], &facts["target"]), (&json!(true), &json!("refs/heads/main")));
        let failure = output.unwrap_err();
        assert!(!failure.may_have_happened, "{failure}");
    }
    assert_eq!(
        World::refusal(world.evidence(&on_ref(&world, "git/update-ref", "main", Some(&feature))).await),
        Refusal::NotForward
    );
    assert_eq!(tip(&world, "main"), main);
}

/// What was sent and not answered is found by its mark, or is said to be untold.
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_looked_up() {
    let world = World::story().await;
    let feature = tip(&world, "feat-123");
    world
        .control()
        .force_branch(BACKEND, "old", &world.control().tip(BACKEND, "main").unwrap())
        .await
        .unwrap();
    let cases = [
        ("PUT", write(&world, "feat-123", "a.py"), true),
        ("DELETE", delete(&world, "docs-api-limits", "README.md"), true),
        ("POST", two(&world, "repos/merge", "main", "feat-own-approval"), true),
        ("POST", on_ref(&world, "git/create-ref", "new", Some(&feature)), false),
        ("DELETE", on_ref(&world, "git/delete-ref", "old", None), false),
        ("PUT", two(&world, "pulls/update-branch", "feat-stale-approval", "main"), false),
    ];
    for (method, operation, tells) in cases {
        for done in [false, true] {
            let act = if done { Act::CloseAfterDoing } else { Act::CloseWithoutAnswer };
            let facts = world.evidence(&operation).await.unwrap().facts;
            world.control().inject(Fault::on(method, "/repos/acme/backend/**", act));
            let failure = world.act(&operation, &facts).await.unwrap_err();
            assert_eq!(failure.code(), ErrorCode::OutcomeUnknown, "{}: {failure}", operation.sentence());
            let token = world.mint(&operation.look_up_scope()).await.unwrap();
            let (now, sent) = (world.now().plus(31), world.now());
            let found = world.github.look_up(&operation, &facts, &operation_id(), &token, sent, now).await;
            world.github.destroy(token).await;
            let found = found.unwrap();
            let sentence = operation.sentence();
            match (done, tells) {
                (false, _) => assert!(matches!(found, Found::DidNotHappen(_)), "{sentence}: {found:?}"),
                (true, true) => assert!(matches!(found, Found::Happened(_)), "{sentence}: {found:?}"),
                (true, false) => assert!(matches!(found, Found::CannotTell(_)), "{sentence}: {found:?}"),
            }
        }
    }
    world.assert_nothing_alive();
}

/// A deletion that was sent on a connection that broke is not sent a second time.
#[tokio::test(flavor = "multi_thread")]
async fn no_act_is_sent_twice() {
    let world = World::story().await;
    world
        .control()
        .force_branch(BACKEND, "old", &world.control().tip(BACKEND, "main").unwrap())
        .await
        .unwrap();
    let operation = on_ref(&world, "git/delete-ref", "old", None);
    let facts = world.evidence(&operation).await.unwrap().facts;
    world.control().clear_requests();
    world.control().inject(Fault::on("DELETE", "/repos/**", Act::CloseWithoutAnswer));
    assert!(world.act(&operation, &facts).await.unwrap_err().may_have_happened);
    let sent = world.asked().iter().filter(|asked| asked.starts_with("DELETE")).count();
    assert_eq!(sent, 1);
}
