//! The write-ahead log: readers hold nobody up, and it does not grow for ever.

use crate::store::{append, check_heads};
use bailiwick_ledger::Store;
use std::path::Path;
use std::time::{Duration, Instant};

/// More than this and the log is brought into the file.
const LARGE: u64 = 8 << 20;

fn size(log: &Path) -> u64 {
    std::fs::metadata(log).map_or(0, |file| file.len())
}

#[test]
fn a_reader_that_stays_stops_no_writer_and_the_log_is_cut_when_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (folder.path().join("ledger.sqlite"), folder.path().join("ledger.sqlite-wal"));
    let store = Store::open(&path, "").unwrap();
    append(&store, "first").unwrap();
    let reader = rusqlite::Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM leaf").unwrap();
    let count = || reader.query_row("SELECT COUNT(*) FROM leaf", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count(), 1);
    let (mut number, mut slowest) = (0, Duration::ZERO);
    let write = |number: &mut u64| {
        *number += 1;
        let begun = Instant::now();
        append(&store, &format!("{number} {}", "x".repeat(200_000))).unwrap();
        begun.elapsed()
    };
    while size(&log) < 2 * LARGE {
        slowest = slowest.max(write(&mut number));
    }
    // A checkpoint that waited for the reader would hold the next commit for seconds.
    assert!(slowest < Duration::from_millis(2_500), "{slowest:?}");
    assert_eq!(count(), 1);
    reader.execute_batch("COMMIT").unwrap();
    let begun = Instant::now();
    while size(&log) >= LARGE {
        assert!(begun.elapsed() < Duration::from_secs(60), "the log is never cut");
        write(&mut number);
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(check_heads(&store), number + 1);
}

#[test]
fn a_page_ends_where_it_gets_too_large_and_is_never_empty_before_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("ledger.sqlite"), "").unwrap();
    for number in 0..10 {
        append(&store, &format!("{number}{}", "x".repeat(999))).unwrap();
    }
    let page = |from, limit, bytes| store.page(from, limit, bytes).unwrap().len();
    assert_eq!((page(0, 100, 2_500), page(0, 2, 2_500), page(0, 100, 1), page(9, 100, 1)), (3, 2, 1, 1));
    assert_eq!((page(10, 100, 1), page(0, 100, usize::MAX)), (0, 10));
}
