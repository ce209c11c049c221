//! Pagination: the sizes, the `Link` header, and that following it gives everything once.

use std::collections::BTreeSet;

use bailiwick_practice::NewCommit;
use serde_json::json;

use crate::client::{BACKEND, World};

/// The address with this relation in a `Link` header.
fn linked<'a>(header: &'a str, rel: &str) -> Option<&'a str> {
    let rel = format!("rel=\"{rel}\"");
    let entry = header.split(", ").find(|entry| entry.ends_with(&rel))?;
    Some(entry.split_once('>')?.0.trim_start_matches('<'))
}

#[tokio::test]
async fn following_the_links_gives_every_file_once_up_to_three_thousand() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    let mut many = NewCommit::by("ada").message("Many");
    for number in 0..3010 {
        many = many.write(&format!("many/{number:04}.txt"), format!("{number}\n"));
    }
    control.commit(BACKEND, "many", many).await.unwrap();
    let number = control.open_pull(BACKEND, "ada", ("many", "main"), "Many").unwrap();
    let pull = world.get(&format!("/repos/{BACKEND}/pulls/{number}"), &token).await.expect(200);
    assert_eq!(pull.body["changed_files"], 3010);
    let mut path = format!("/repos/{BACKEND}/pulls/{number}/files?per_page=100");
    let mut names = BTreeSet::new();
    let mut pages = 0;
    loop {
        let page = world.get(&path, &token).await.expect(200);
        pages += 1;
        let files = page.body.as_array().unwrap();
        names.extend(files.iter().map(|file| file["filename"].as_str().unwrap().to_owned()));
        let Some(next) = linked(page.header("link"), "next") else { break };
        path = next.strip_prefix(world.range.url()).unwrap().to_owned();
    }
    assert_eq!((pages, names.len()), (30, 3000));
}

#[tokio::test]
async fn a_link_header_names_the_neighbours_and_the_ends() {
    let world = World::story().await;
    let token = world.full_token().await;
    let id = world.control().repository_id(BACKEND).unwrap();
    let base = format!("{}/repositories/{id}/pulls", world.range.url());
    let first = world.get(&format!("/repos/{BACKEND}/pulls?per_page=3"), &token).await.expect(200);
    assert_eq!(
        first.header("link"),
        format!("<{base}?per_page=3&page=2>; rel=\"next\", <{base}?per_page=3&page=3>; rel=\"last\"")
    );
    let middle = world.get(&format!("/repos/{BACKEND}/pulls?per_page=3&page=2"), &token).await.expect(200);
    let rels: Vec<Option<&str>> =
        ["prev", "next", "last", "first"].iter().map(|rel| linked(middle.header("link"), rel)).collect();
    assert!(rels.iter().all(Option::is_some));
    let last = world.get(&format!("/repos/{BACKEND}/pulls?per_page=3&page=3"), &token).await.expect(200);
    assert_eq!(last.body.as_array().unwrap().len(), 1);
    assert_eq!(linked(last.header("link"), "next"), None);
    let beyond = world.get(&format!("/repos/{BACKEND}/pulls?per_page=3&page=9"), &token).await.expect(200);
    assert_eq!(beyond.body, json!([]));
    let whole = world.get(&format!("/repos/{BACKEND}/pulls"), &token).await.expect(200);
    assert_eq!(whole.header("link"), "");
    for odd in ["per_page=0", "per_page=-1", "per_page=x", "page=0", "per_page=1000"] {
        assert_eq!(
            world
                .get(&format!("/repos/{BACKEND}/pulls?{odd}"), &token)
                .await
                .expect(200)
                .body
                .as_array()
                .unwrap()
                .len(),
            7
        );
    }
}

#[tokio::test]
async fn envelopes_count_everything_and_link_their_pages() {
    let world = World::story().await;
    let control = world.control();
    let token = world.full_token().await;
    let head = control.tip(BACKEND, "feat-123").unwrap();
    for number in 0..33 {
        control.check(BACKEND, &head, "acme-ci", (&format!("part/{number}"), Some("success"))).unwrap();
    }
    let path = format!("/repos/{BACKEND}/commits/{head}/check-runs");
    let first = world.get(&path, &token).await.expect(200);
    assert_eq!(
        (&first.body["total_count"], first.body["check_runs"].as_array().unwrap().len()),
        (&json!(35), 30)
    );
    let next =
        linked(first.header("link"), "next").unwrap().strip_prefix(world.range.url()).unwrap().to_owned();
    let second = world.get(&next, &token).await.expect(200);
    assert_eq!(second.body["check_runs"].as_array().unwrap().len(), 5);
}
