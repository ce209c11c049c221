//! What the store promises: durable when it says so, whole or not at all, heads that chain.

use bailiwick_authority::{Digest, Timestamp};
use bailiwick_ledger::{Head, Store, StoreError};

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

pub(crate) fn append(store: &Store, text: &str) -> Result<u64, StoreError> {
    let text = text.to_owned();
    store.write(move |transaction| {
        transaction.append("receipt", Digest::of(text.as_bytes()), text.as_bytes(), at(1_000))
    })
}

pub(crate) fn check_heads(store: &Store) -> u64 {
    let mut head = Head::empty();
    let entries = store.entries(0, u64::MAX).unwrap();
    for (place, entry) in (0..).zip(&entries) {
        assert_eq!(entry.leaf.sequence, place);
        head = head.after(&entry.leaf);
        assert_eq!(entry.head, head);
        assert_eq!(entry.envelope.as_deref().map(Digest::of), Some(entry.leaf.envelope));
    }
    assert_eq!(store.tip().unwrap(), (u64::try_from(entries.len()).unwrap(), head));
    store.tip().unwrap().0
}

#[test]
fn entries_chain_and_survive_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let store = Store::open(&path, "").unwrap();
    assert_eq!(append(&store, "a").unwrap(), 0);
    assert_eq!(append(&store, "b").unwrap(), 1);
    drop(store);
    let store = Store::open(&path, "").unwrap();
    assert_eq!(append(&store, "c").unwrap(), 2);
    assert_eq!(check_heads(&store), 3);
}

#[test]
fn a_statement_stands_once_and_a_failure_takes_nothing_along() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("ledger.sqlite"), "").unwrap();
    append(&store, "a").unwrap();
    assert!(append(&store, "a").is_err());
    let undone: Result<(), StoreError> = store.write(|transaction| {
        transaction.append("receipt", Digest::of(b"x"), b"x", at(1))?;
        Err(StoreError::Other("changed my mind".into()))
    });
    assert_eq!(undone, Err(StoreError::Other("changed my mind".into())));
    assert_eq!(append(&store, "b").unwrap(), 1);
    assert_eq!(check_heads(&store), 2);
}

#[test]
fn many_writers_share_commits_and_each_gets_its_own_place() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("ledger.sqlite"), "").unwrap();
    let mut places: Vec<u64> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let store = &store;
                scope.spawn(move || {
                    (0..25).map(|n| append(store, &format!("{writer}/{n}")).unwrap()).collect::<Vec<_>>()
                })
            })
            .collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    places.sort_unstable();
    assert_eq!(places, (0..400).collect::<Vec<_>>());
    assert_eq!(check_heads(&store), 400);
}

#[test]
fn a_newer_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    drop(Store::open(&path, "").unwrap());
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert_eq!(Store::open(&path, "").err(), Some(StoreError::Newer { found: 99, known: 1 }));
}

#[test]
fn what_is_not_a_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    std::fs::write(&path, "not a database, and long enough to be looked at as one. ".repeat(40)).unwrap();
    assert!(matches!(Store::open(&path, ""), Err(StoreError::Damaged(_))));
}

#[test]
fn the_database_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.pragma_update(None, "application_id", 0x1234).unwrap();
    drop(other);
    assert!(matches!(Store::open(&path, ""), Err(StoreError::Damaged(_))));
    let tables = "SELECT COUNT(*) FROM sqlite_schema";
    let other = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(other.query_row(tables, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[test]
fn half_a_file_is_damaged_and_a_log_that_is_none_is_no_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    std::fs::write(&path, "").unwrap();
    let store = Store::open(&path, "").unwrap();
    for number in 0..200 {
        append(&store, &format!("{number} {}", "x".repeat(500))).unwrap();
    }
    drop(store);
    std::fs::write(folder.path().join("ledger.sqlite-wal"), "no log at all. ".repeat(5_000)).unwrap();
    assert_eq!(check_heads(&Store::open(&path, "").unwrap()), 200);
    let whole = std::fs::read(&path).unwrap();
    for length in [1, 99, 100, 4_095, 4_096, whole.len() / 2] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let read = Store::open(&path, "").and_then(|store| store.entries(0, u64::MAX).map(|all| all.len()));
        assert!(read.is_err(), "{length} of {} bytes: {read:?}", whole.len());
    }
}
