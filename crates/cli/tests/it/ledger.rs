//! A ledger that was changed, cut off, forked or rolled back is found.

use crate::stand::Stand;
use std::fs;
use std::path::Path;

/// How many single bytes of an export are changed; `make soak` sets more.
fn flips() -> u64 {
    std::env::var("BAILIWICK_TEST_FLIPS").ok().and_then(|count| count.parse().ok()).unwrap_or(40)
}

#[test]
fn every_changed_byte_of_an_export_is_found() {
    let mut stand = Stand::delegated();
    stand.script(
        "$ bailiwick request github.comment --repo acme/backend issue=1 body=x\n\
         $ bailiwick export $FILES/good.jsonl\n\
         $ bailiwick verify --from $FILES/good.jsonl",
    );
    let good = fs::read(stand.path("good.jsonl")).unwrap();
    let seed = std::env::var("BAILIWICK_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1_u64);
    println!("seed {seed}, {} flips of {} bytes", flips(), good.len());
    let mut state = seed;
    for _ in 0..flips() {
        // Knuth's MMIX generator: enough to choose places, and the same everywhere.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = usize::try_from((state >> 16) % good.len() as u64).unwrap();
        let mut bad = good.clone();
        bad[place] ^= 1 << ((state >> 8) % 7);
        fs::write(stand.path("bad.jsonl"), &bad).unwrap();
        let ran = stand.run(["verify", "--from", "bad.jsonl"]);
        assert!(matches!(ran.code, 1 | 2 | 6), "byte {place} of {}: {ran:?}", bad.len());
    }
}

#[test]
fn missing_doubled_and_exchanged_entries_are_found() {
    let mut stand = Stand::delegated();
    stand.script("$ bailiwick export $FILES/good.jsonl");
    let text = fs::read_to_string(stand.path("good.jsonl")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let edits: [(&str, Vec<&str>); 4] = [
        ("the last is missing", lines[..lines.len() - 1].to_vec()),
        ("one is missing", [&lines[..2], &lines[3..]].concat()),
        ("one is doubled", [&lines[..3], &lines[2..]].concat()),
        ("two are exchanged", [&lines[..2], &[lines[3], lines[2]], &lines[4..]].concat()),
    ];
    for (what, lines) in edits {
        fs::write(stand.path("bad.jsonl"), lines.join("\n") + "\n").unwrap();
        let ran = stand.run(["verify", "--from", "bad.jsonl"]);
        assert_eq!(ran.code, 6, "{what}: {ran:?}");
    }
}

#[test]
fn a_ledger_that_was_rolled_back_is_found() {
    let mut stand = Stand::delegated();
    let data = stand.profile().join("data");
    stand.stop_broker();
    copy(&data, &stand.path("earlier"));
    stand.start_broker();
    stand.script(
        "$ bailiwick revoke agent ci-bot --yes --passphrase-from $PASS\n\
         $ bailiwick verify\n\
         = the ledger holds: *",
    );
    stand.stop_broker();
    fs::remove_dir_all(&data).unwrap();
    copy(&stand.path("earlier"), &data);
    stand.start_broker();
    stand.script(
        "$ bailiwick verify\n\
         ? 6\n\
         ! error: the ledger has * entries, and * were seen before: it was rolled back\n\
         $ bailiwick doctor\n\
         ? 6\n\
         = bad *  ledger         *it was rolled back",
    );
    // Going on from there makes a fork: as long as the one that was seen, and another.
    stand.script(
        "$ bailiwick request github.comment --repo acme/backend issue=1 body=x\n\
         $ bailiwick verify\n\
         ? 6\n\
         ! error: entry * is not the one that was seen before: the ledger was forked",
    );
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
    let modes = fs::metadata(from).unwrap().permissions();
    fs::set_permissions(to, modes).unwrap();
}
