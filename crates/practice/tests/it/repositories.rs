//! Repositories, branches, commits, comparisons and contents; renaming and making anew.

use bailiwick_practice::{NewCommit, Seed};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::client::{BACKEND, World};

#[tokio::test]
async fn names_are_compared_as_github_does_and_nothing_is_normalised() {
    let world = World::story().await;
    let token = world.full_token().await;
    world.get("/repos/ACME/Backend", &token).await.expect(200);
    for path in [
        "/repos/acme/../backend",
        "/repos/acme//backend",
        "/repos/acme/%2e%2e/backend",
        "/repos/acme/backend%2f..",
        "/repos/acme/backend/",
        "/repos/acme/back%00end",
        "/repos/acme/%ff",
    ] {
        world.get(path, &token).await.expect(404);
    }
}

#[tokio::test]
async fn a_branch_says_how_it_is_protected() {
    let world = World::story().await;
    let token = world.full_token().await;
    let main = world.get(&format!("/repos/{BACKEND}/branches/main"), &token).await.expect(200);
    let checks = &main.body["protection"]["required_status_checks"];
    assert_eq!(main.body["protected"], true);
    assert_eq!(checks["contexts"], json!(["ci/test", "ci/lint"]));
    assert_eq!(checks["checks"][0], json!({"context": "ci/test", "app_id": 20_001}));
    let free = world.get(&format!("/repos/{BACKEND}/branches/feat-123"), &token).await.expect(200);
    assert_eq!(free.body["protected"], false);
    let whole = world.get(&format!("/repos/{BACKEND}/branches/main/protection"), &token).await.expect(200);
    assert_eq!(whole.body["required_pull_request_reviews"]["required_approving_review_count"], 1);
    let none = world.get(&format!("/repos/{BACKEND}/branches/feat-123/protection"), &token).await.expect(404);
    assert_eq!(none.message(), "Branch not protected");
    world.get(&format!("/repos/{BACKEND}/branches/nothing"), &token).await.expect(404);
}

#[tokio::test]
async fn branches_with_slashes_are_found_everywhere() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    let commit = NewCommit::by("ada").message("Deep").write("deep/er/file.txt", "deep\n");
    let sha = control.commit(BACKEND, "team/ada/deep", commit).await.unwrap();
    for path in [
        "branches/team/ada/deep",
        "branches/team%2Fada%2Fdeep",
        "git/ref/heads/team/ada/deep",
        "commits/team/ada/deep",
        "commits/team/ada/deep/status",
        "commits/team/ada/deep/check-runs",
        "compare/main...team/ada/deep",
        "contents/deep/er/file.txt?ref=team/ada/deep",
    ] {
        world.get(&format!("/repos/{BACKEND}/{path}"), &token).await.expect(200);
    }
    let reference = world.get(&format!("/repos/{BACKEND}/git/ref/heads/team/ada/deep"), &token).await;
    assert_eq!(reference.body["object"]["sha"], sha.as_str());
    world.get(&format!("/repos/{BACKEND}/git/ref/heads/team"), &token).await.expect(404);
}

#[tokio::test]
async fn commits_are_found_by_name_and_by_the_beginning_of_it() {
    let world = World::story().await;
    let token = world.full_token().await;
    let tip = world.control().tip(BACKEND, "feat-123").unwrap();
    let short = tip.as_str().get(..10).unwrap();
    for name in ["feat-123", tip.as_str(), short] {
        let commit = world.get(&format!("/repos/{BACKEND}/commits/{name}"), &token).await.expect(200);
        assert_eq!(commit.body["sha"], tip.as_str());
        assert_eq!(commit.body["files"][0]["filename"], "tests/test_cache.py");
        assert_eq!(commit.body["author"]["login"], "ada");
    }
    let missing = world.get(&format!("/repos/{BACKEND}/commits/nothing"), &token).await.expect(422);
    assert_eq!(missing.message(), "No commit found for SHA: nothing");
}

#[tokio::test]
async fn a_comparison_names_renames_and_stops_at_300_files() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    let renamed =
        NewCommit::by("ada").message("Move").rename("src/login.py", "src/auth.py").delete("Makefile");
    control.commit(BACKEND, "moved", renamed).await.unwrap();
    let compared = world.get(&format!("/repos/{BACKEND}/compare/main...moved"), &token).await.expect(200);
    assert_eq!((&compared.body["status"], &compared.body["ahead_by"]), (&json!("ahead"), &json!(1)));
    let files = compared.body["files"].as_array().unwrap();
    let of = |name: &str| files.iter().find(|f| f["filename"] == name).unwrap();
    assert_eq!(
        (&of("src/auth.py")["status"], &of("src/auth.py")["previous_filename"]),
        (&json!("renamed"), &json!("src/login.py"))
    );
    assert_eq!((&of("Makefile")["status"], &of("Makefile")["deletions"]), (&json!("removed"), &json!(2)));
    assert_eq!(of("Makefile")["patch"], "@@ -1,2 +0,0 @@\n-test:\n-\tpython -m pytest");
    let mut many = NewCommit::by("ada").message("Many");
    for number in 0..350 {
        many = many.write(&format!("many/{number:04}.txt"), format!("{number}\n"));
    }
    control.commit(BACKEND, "many", many).await.unwrap();
    let compared = world.get(&format!("/repos/{BACKEND}/compare/main...many"), &token).await.expect(200);
    assert_eq!(compared.body["files"].as_array().unwrap().len(), 300);
    let diverged = world.get(&format!("/repos/{BACKEND}/compare/main...feat-123"), &token).await.expect(200);
    assert_eq!((&diverged.body["status"], &diverged.body["behind_by"]), (&json!("diverged"), &json!(1)));
    world.get(&format!("/repos/{BACKEND}/compare/acme:main...acme:many"), &token).await.expect(200);
    for wrong in ["main", "main...nothing", "main..many", "other:main...many"] {
        world.get(&format!("/repos/{BACKEND}/compare/{wrong}"), &token).await.expect(404);
    }
}

#[tokio::test]
async fn contents_are_files_folders_or_nothing() {
    let world = World::story().await;
    let token = world.full_token().await;
    let file = world.get(&format!("/repos/{BACKEND}/contents/src/limits.py"), &token).await.expect(200);
    let text = file.body["content"].as_str().unwrap().replace('\n', "");
    assert_eq!(STANDARD.decode(text).unwrap(), b"RATE = 50\n");
    let root = world.get(&format!("/repos/{BACKEND}/contents"), &token).await.expect(200);
    let names: Vec<&str> =
        root.body.as_array().unwrap().iter().map(|e| e["name"].as_str().unwrap()).collect();
    assert_eq!(names, [".github", "Makefile", "README.md", "docs", "src"]);
    let folder = world.get(&format!("/repos/{BACKEND}/contents/src"), &token).await.expect(200);
    assert_eq!(folder.body[0]["path"], "src/cache.py");
    for missing in [
        "contents/nothing",
        "contents/src/../README.md",
        "contents/.git/config",
        "contents/README.md?ref=nothing",
    ] {
        world.get(&format!("/repos/{BACKEND}/{missing}"), &token).await.expect(404);
    }
    let mut raw =
        world.request("GET", &format!("/repos/{BACKEND}/contents/src/limits.py"), Some(&token), None);
    raw.headers_mut().insert("accept", "application/vnd.github.raw+json".parse().unwrap());
    assert_eq!(world.send(raw).await.unwrap().bytes.as_ref(), b"RATE = 50\n");
}

#[tokio::test]
async fn a_renamed_repository_keeps_its_number_and_redirects() {
    let world = World::story().await;
    let control = world.control();
    let id = control.repository_id(BACKEND).unwrap();
    let token = world.token(json!({"metadata": "read", "contents": "write", "pull_requests": "read"})).await;
    control.rename_repository(BACKEND, "server").unwrap();
    let moved = world.get(&format!("/repos/{BACKEND}/pulls/1"), &token).await.expect(301);
    assert_eq!(moved.header("location"), format!("{}/repositories/{id}/pulls/1", world.range.url()));
    assert_eq!(moved.message(), "Moved Permanently");
    let merge = world.put(&format!("/repos/{BACKEND}/pulls/1/merge"), &token, json!({})).await.expect(307);
    assert_eq!(merge.header("location"), format!("{}/repositories/{id}/pulls/1/merge", world.range.url()));
    assert_eq!(world.get("/repos/acme/server", &token).await.expect(200).body["id"], id);
    assert_eq!(
        world.get(&format!("/repositories/{id}"), &token).await.expect(200).body["full_name"],
        "acme/server"
    );
    assert_eq!(world.get(&format!("/repositories/{id}/pulls/1"), &token).await.expect(200).body["number"], 1);
    world.call("GET", &format!("/repos/{BACKEND}"), None, None).await.expect(404);
    world.get("/repositories/1", &token).await.expect(404);
}

#[tokio::test]
async fn a_repository_made_anew_is_another_one() {
    let world = World::story().await;
    let control = world.control();
    let id = control.repository_id(BACKEND).unwrap();
    let token = world.token(json!({"contents": "read"})).await;
    let seed = Seed::story().repositories.remove(0);
    let fresh = control.recreate_repository(&seed).await.unwrap();
    assert_ne!(fresh, id);
    // The token was for the old one, so the new one is not there for it.
    world.get(&format!("/repos/{BACKEND}"), &token).await.expect(404);
    world.get(&format!("/repositories/{id}"), &token).await.expect(404);
    let wide = world.full_token().await;
    assert_eq!(world.get(&format!("/repos/{BACKEND}"), &wide).await.expect(200).body["id"], fresh);
    world.mint(json!({"repository_ids": [id]})).await.expect(422);
    world.get(&format!("/repos/{BACKEND}/pulls/1"), &wide).await.expect(200);
}
