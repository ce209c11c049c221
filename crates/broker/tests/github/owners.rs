//! CODEOWNERS of the base commit, and whose approval is missing.

use bailiwick_broker::destinations::github::Refusal;
use bailiwick_practice::{NewCommit, Verdict};
use serde_json::json;

use super::{BACKEND, World};

async fn with_owners(path: &str, file: &str) -> World {
    let world = World::story().await;
    let owners = NewCommit::by("linnea").message("Owners").write(path, file);
    world.control().commit(BACKEND, "main", owners).await.unwrap();
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_of_changed_paths_must_be_among_the_approvals_that_count() {
    let world = with_owners(".github/CODEOWNERS", "* @linnea\n/tests/ @Grace\n").await;
    let merge = world.merge("feat-123");
    assert_eq!(world.facts(&merge).await["code_owners_missing"], json!(["* @linnea"]));
    world.control().review(BACKEND, 1, "linnea", Verdict::Approved).unwrap();
    assert_eq!(world.facts(&merge).await["code_owners_missing"], json!([]));
    world.control().review(BACKEND, 1, "grace", Verdict::ChangesRequested).unwrap();
    assert_eq!(world.facts(&merge).await["code_owners_missing"], json!(["/tests/ @Grace"]));
    // An owner who wrote it is no approval.
    world.control().review(BACKEND, 5, "linnea", Verdict::Commented).unwrap();
    let own = world.facts(&world.merge("feat-own-approval")).await;
    assert_eq!(own["code_owners_missing"], json!(["* @linnea"]));
    // The file of the base holds, not what the branch makes of it.
    let mine = NewCommit::by("ada").message("Mine").write(".github/CODEOWNERS", "* @ada\n");
    world.control().commit(BACKEND, "docs-api-limits", mine).await.unwrap();
    assert_eq!(
        world.facts(&world.merge("docs-api-limits")).await["code_owners_missing"],
        json!(["* @linnea"])
    );
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_place_that_has_the_file_holds() {
    let world = with_owners("docs/CODEOWNERS", "* @linnea\n").await;
    assert_eq!(world.facts(&world.merge("feat-123")).await["code_owners_missing"], json!(["* @linnea"]));
    let nearer = NewCommit::by("linnea").message("Nearer").write("CODEOWNERS", "* @grace\n");
    world.control().commit(BACKEND, "main", nearer).await.unwrap();
    assert_eq!(world.facts(&world.merge("feat-123")).await["code_owners_missing"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_whose_members_cannot_be_read_is_refused_in_its_own_words() {
    let world = with_owners("CODEOWNERS", "* @acme/core @linnea\n").await;
    let refusal = World::refusal(world.evidence(&world.merge("feat-123")).await);
    assert_eq!(refusal, Refusal::TeamUnknown("@acme/core".into()));
    assert_eq!(refusal.to_string(), "`@acme/core` owns changed files, and its members cannot be read");
    // Where a person who owns it has approved, nobody asks about the team.
    world.control().review(BACKEND, 1, "linnea", Verdict::Approved).unwrap();
    assert_eq!(world.facts(&world.merge("feat-123")).await["code_owners_missing"], json!([]));
    // Where nobody has approved at all, no member can have.
    let nobody = world.facts(&world.merge("docs-api-limits")).await;
    assert_eq!(nobody["code_owners_missing"], json!(["* @acme/core @linnea"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_is_no_evidence() {
    let world = with_owners("CODEOWNERS", "* @grace\n!secret @linnea\n").await;
    let refusal = World::refusal(world.evidence(&world.merge("feat-123")).await);
    assert_eq!(refusal, Refusal::CodeOwners(2));
    let large = NewCommit::by("linnea").message("Large").write("CODEOWNERS", "# x\n".repeat(300_000));
    world.control().commit(BACKEND, "main", large).await.unwrap();
    let refusal = World::refusal(world.evidence(&world.merge("feat-123")).await);
    assert_eq!(refusal, Refusal::CodeOwners(0));
    world.assert_nothing_alive();
}
