//! The change that a person looks at, at the commits of the facts.

use bailiwick_authority::Value;
use bailiwick_broker::destinations::github::{Cause, Refusal};
use bailiwick_practice::NewCommit;
use bailiwick_protocol::Diff;

use super::{BACKEND, World, text};

async fn diff(
    world: &World,
    operation: &bailiwick_broker::destinations::github::Operation,
    facts: &Value,
) -> Result<Diff, Cause> {
    let token = world.mint(&operation.evidence_scope()).await.unwrap();
    let found = world.github.diff(operation, facts, &token, &world.way()).await;
    world.github.destroy(token).await;
    found.map_err(|failure| failure.cause)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_diff_is_of_the_commits_that_the_facts_name() {
    let world = World::story().await;
    let merge = world.merge("feat-123");
    let facts = world.evidence(&merge).await.unwrap().facts;
    let late = NewCommit::by("ada").message("Late").write("src/late.py", "LATE = 1\n");
    world.control().commit(BACKEND, "feat-123", late).await.unwrap();
    let shown = diff(&world, &merge, &facts).await.unwrap();
    assert_eq!(Some(shown.head.as_str()), facts.get("head").and_then(Value::as_str));
    let files: Vec<(&str, &str)> =
        shown.files.iter().map(|file| (file.path.as_str(), file.status.as_str())).collect();
    assert_eq!(files, [("src/cache.py", "modified"), ("tests/test_cache.py", "added")]);
    assert!(shown.complete);
    let patch = shown.files[0].patch.as_deref().unwrap();
    assert!(patch.contains("+def invalidate(key, store):"), "{patch}");
    assert_eq!((shown.files[1].added, shown.files[1].removed), (7, 0));
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renaming_keeps_both_paths_and_a_binary_file_makes_it_incomplete() {
    let world = World::story().await;
    let moved = NewCommit::by("ada").message("Move").rename("src/limits.py", "src/bounds.py");
    world.control().commit(BACKEND, "moved", moved).await.unwrap();
    world.control().open_pull(BACKEND, "ada", ("moved", "main"), "Moved").unwrap();
    let merge = world.merge("moved");
    let shown = diff(&world, &merge, &world.evidence(&merge).await.unwrap().facts).await.unwrap();
    let file = &shown.files[0];
    assert_eq!((file.path.as_str(), file.from.as_deref()), ("src/bounds.py", Some("src/limits.py")));
    assert!(shown.complete);
    let binary = NewCommit::by("ada").message("Logo").write("logo.png", vec![0_u8, 159, 146, 150, 0, 1]);
    world.control().commit(BACKEND, "moved", binary).await.unwrap();
    let shown = diff(&world, &merge, &world.evidence(&merge).await.unwrap().facts).await.unwrap();
    assert!(!shown.complete && shown.files.iter().any(|file| file.patch.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_no_lines_has_no_diff() {
    let world = World::story().await;
    let comment = world.operation(
        "issues/create-comment",
        &[("issue", bailiwick_authority::Argument::Int(8)), ("body", text("x"))],
    );
    let facts = world.evidence(&comment).await.unwrap().facts;
    assert_eq!(diff(&world, &comment, &facts).await, Err(Cause::Refused(Refusal::NoDiff)));
}
