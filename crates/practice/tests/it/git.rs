//! Smart HTTP with the real git: clone and push, and what each token may.

use std::path::Path;
use std::process::Output;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tokio::process::Command;

use crate::client::{BACKEND, World};

/// The repository's address with a token in it, as CI scripts write it.
fn address(world: &World, user: &str, token: &SecretString) -> String {
    let host = world.range.git_url().strip_prefix("http://").unwrap();
    format!("http://{user}:{}@{host}/{BACKEND}.git", token.expose_secret())
}

async fn git(folder: &Path, args: &[&str]) -> Output {
    Command::new("git")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .args(["-c", "user.name=Ada Moreau", "-c", "user.email=1000001+ada@users.noreply.github.com"])
        .args(args)
        .current_dir(folder)
        .output()
        .await
        .unwrap()
}

async fn good(folder: &Path, args: &[&str]) -> String {
    let output = git(folder, args).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

async fn bad(folder: &Path, args: &[&str]) -> String {
    let output = git(folder, args).await;
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn clone_and_push_move_the_pull_request() {
    let world = World::story().await;
    let control = world.control();
    let folder = tempfile::tempdir().unwrap();
    let token = world.token(json!({"contents": "write"})).await;
    let url = address(&world, "x-access-token", &token);
    good(folder.path(), &["clone", "--quiet", &url, "work"]).await;
    let work = folder.path().join("work");
    assert_eq!(good(&work, &["rev-parse", "HEAD"]).await, control.tip(BACKEND, "main").unwrap().as_str());
    good(&work, &["checkout", "--quiet", "feat-123"]).await;
    std::fs::write(work.join("pushed.txt"), "pushed\n").unwrap();
    good(&work, &["add", "pushed.txt"]).await;
    good(&work, &["commit", "--quiet", "-m", "Push it"]).await;
    good(&work, &["push", "--quiet", "origin", "feat-123", "HEAD:refs/heads/new/branch"]).await;
    let pushed = good(&work, &["rev-parse", "HEAD"]).await;
    assert_eq!(control.tip(BACKEND, "new/branch").unwrap().as_str(), pushed);
    assert_eq!(control.pull(BACKEND, 1).unwrap().head_sha.as_str(), pushed);
    let read = world.token(json!({"pull_requests": "read", "contents": "read"})).await;
    let commits = world.get(&format!("/repos/{BACKEND}/pulls/1/commits"), &read).await.expect(200);
    assert_eq!(commits.body.as_array().unwrap().len(), 3);
    good(&work, &["fetch", "--quiet", "origin", "refs/pull/1/head"]).await;
    assert_eq!(good(&work, &["rev-parse", "FETCH_HEAD"]).await, pushed);
}

#[tokio::test]
async fn a_large_push_arrives_whole() {
    let world = World::story().await;
    let folder = tempfile::tempdir().unwrap();
    let token = world.token(json!({"contents": "write"})).await;
    let url = address(&world, "x-access-token", &token);
    good(folder.path(), &["clone", "--quiet", &url, "work"]).await;
    let work = folder.path().join("work");
    let noise: Vec<u8> =
        (0..750_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).rotate_left(9).to_le_bytes()).collect();
    std::fs::write(work.join("large.bin"), noise).unwrap();
    good(&work, &["add", "large.bin"]).await;
    good(&work, &["commit", "--quiet", "-m", "Large"]).await;
    good(&work, &["push", "--quiet", "origin", "HEAD:refs/heads/large"]).await;
    let pushed = good(&work, &["rev-parse", "HEAD"]).await;
    assert_eq!(world.control().tip(BACKEND, "large").unwrap().as_str(), pushed);
}

#[tokio::test]
async fn tokens_open_git_as_far_as_they_reach() {
    let world = World::story().await;
    let folder = tempfile::tempdir().unwrap();
    let read = world.token(json!({"contents": "read"})).await;
    let blind = world.token(json!({"issues": "write"})).await;
    let url = address(&world, "x-access-token", &read);
    good(folder.path(), &["clone", "--quiet", &url, "work"]).await;
    let work = folder.path().join("work");
    assert!(bad(&work, &["push", "origin", "HEAD:refs/heads/x"]).await.contains("403"));
    let list = ["ls-remote"];
    let ask = async |url: &str| bad(folder.path(), &[&list[..], &[url]].concat()).await;
    assert!(ask(&address(&world, "x-access-token", &blind)).await.contains("403"));
    assert!(ask(&address(&world, "ada", &read)).await.contains("Authentication failed"));
    assert!(
        ask(&address(&world, "x-access-token", &"ghs_wrong".to_owned().into()))
            .await
            .contains("Authentication failed")
    );
    assert!(
        ask(&format!("{}/{BACKEND}.git", world.range.git_url())).await.contains("could not read Username")
    );
    assert!(ask(&url.replace("backend", "frontend")).await.contains("not found"));
    good(folder.path(), &["ls-remote", &address(&world, "ada", &world.user("ada"))]).await;
    world.call("DELETE", "/installation/token", Some(&read), None).await.expect(204);
    assert!(ask(&url).await.contains("Authentication failed"));
}

#[tokio::test]
async fn a_protected_branch_does_not_move_by_a_push() {
    let world = World::story().await;
    let control = world.control();
    let folder = tempfile::tempdir().unwrap();
    let token = world.token(json!({"contents": "write"})).await;
    good(folder.path(), &["clone", "--quiet", &address(&world, "x-access-token", &token), "work"]).await;
    let work = folder.path().join("work");
    good(&work, &["commit", "--quiet", "--allow-empty", "-m", "Straight in"]).await;
    let before = control.tip(BACKEND, "main").unwrap();
    let said = bad(&work, &["push", "origin", "HEAD:refs/heads/main"]).await;
    assert!(said.contains("GH006: Protected branch update failed for refs/heads/main."), "{said}");
    assert!(said.contains("protected branch hook declined"), "{said}");
    assert!(bad(&work, &["push", "origin", ":refs/heads/main"]).await.contains("declined"));
    assert!(bad(&work, &["push", "origin", "HEAD:refs/pull/1/head"]).await.contains("hidden ref"));
    assert_eq!(control.tip(BACKEND, "main").unwrap(), before);
    control.protect(BACKEND, "main", None).unwrap();
    good(&work, &["push", "--quiet", "origin", "HEAD:refs/heads/main"]).await;
    assert_ne!(control.tip(BACKEND, "main").unwrap(), before);
}
