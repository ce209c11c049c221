//! What one closure's failure does to those that share its commit: nothing, or as little as SQLite lets.

use crate::store::{append, at, check_heads};
use bailiwick_authority::Digest;
use bailiwick_ledger::{Store, StoreError, Transaction};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

type Answer = Receiver<Result<u64, StoreError>>;

/// Submits `work` without waiting for it.
fn submit(
    store: &Store,
    work: impl FnOnce(&mut Transaction<'_>) -> Result<u64, StoreError> + Send + 'static,
) -> Answer {
    let (send, answer) = channel();
    store.submit(work, move |result| send.send(result).unwrap());
    answer
}

fn submit_append(store: &Store, text: &str) -> Answer {
    let text = text.to_owned();
    submit(store, move |transaction| {
        transaction.append("receipt", Digest::of(text.as_bytes()), text.as_bytes(), at(1_000))
    })
}

/// Keeps the writer busy until the sender that it hands back is used, so that what follows shares a commit.
fn hold_the_writer(store: &Store) -> (std::sync::mpsc::Sender<()>, Answer) {
    let (let_go, gone_on) = channel::<()>();
    let held = submit(store, move |_| {
        gone_on.recv().unwrap();
        Ok(0)
    });
    (let_go, held)
}

fn get(answer: &Answer) -> Result<u64, StoreError> {
    answer.recv_timeout(Duration::from_secs(60)).unwrap()
}

#[test]
fn one_that_undoes_the_whole_transaction_takes_those_before_it_along_and_none_after() {
    let folder = tempfile::tempdir().unwrap();
    let more = "CREATE TABLE IF NOT EXISTS fault (one INTEGER);
        CREATE TRIGGER IF NOT EXISTS faulty BEFORE INSERT ON fault BEGIN SELECT RAISE(ROLLBACK, 'torn down'); END;";
    let store = Store::open(&folder.path().join("ledger.sqlite"), more).unwrap();
    let (let_go, held) = hold_the_writer(&store);
    let before = submit_append(&store, "before");
    let fault = submit(&store, |transaction| {
        transaction.connection().execute("INSERT INTO fault VALUES (1)", [])?;
        Ok(0)
    });
    let after: Vec<Answer> = (0..5).map(|n| submit_append(&store, &format!("after {n}"))).collect();
    let_go.send(()).unwrap();
    let torn = |result: Result<u64, StoreError>| {
        assert!(matches!(&result, Err(StoreError::Other(why)) if why.contains("torn down")), "{result:?}");
    };
    torn(get(&held));
    torn(get(&before));
    torn(get(&fault));
    assert_eq!(after.iter().map(|one| get(one).unwrap()).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    append(&store, "before").unwrap();
    assert_eq!(check_heads(&store), 6);
}

#[test]
fn one_that_finds_no_room_is_told_so_like_those_before_it_and_those_after_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("ledger.sqlite"), "").unwrap();
    append(&store, "first").unwrap();
    let room = |pages: i64| {
        move |transaction: &mut Transaction<'_>| {
            let connection = transaction.connection();
            let used: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
            let most = used + pages;
            connection.pragma_update_and_check(None, "max_page_count", most, |_| Ok(()))?;
            Ok(0)
        }
    };
    store.write(room(8)).unwrap();
    let (let_go, held) = hold_the_writer(&store);
    let small = submit_append(&store, "small");
    let large = submit_append(&store, &"large".repeat(50_000));
    let other = submit_append(&store, "other");
    let_go.send(()).unwrap();
    // SQLite undoes the whole transaction here, too. Everybody hears why, and nobody after it suffers.
    assert_eq!([get(&held), get(&small), get(&large)], [const { Err(StoreError::Full) }; 3]);
    assert_eq!(get(&other), Ok(1));
    check_heads(&store);
    store.write(room(1_000)).unwrap();
    append(&store, &"large".repeat(50_000)).unwrap();
    assert_eq!(check_heads(&store), 3);
}

#[test]
fn a_store_that_cannot_begin_fails_all_who_wait_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let store = Store::open(&path, "").unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    let answers: Vec<Answer> = (0..20).map(|n| submit_append(&store, &n.to_string())).collect();
    assert!(answers.iter().all(|answer| get(answer).is_err()));
    // One wait for the lock, or two if one came first; not one for each.
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    other.execute_batch("COMMIT").unwrap();
    append(&store, "goes on").unwrap();
    assert_eq!(check_heads(&store), 1);
}

#[test]
fn closing_writes_what_was_submitted_and_answers_everybody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let store = Store::open(&path, "").unwrap();
    let answers: Vec<Answer> = (0..500).map(|n| submit_append(&store, &n.to_string())).collect();
    drop(store);
    let mut places: Vec<u64> = answers.iter().map(|answer| answer.try_recv().unwrap().unwrap()).collect();
    places.sort_unstable();
    assert_eq!(places, (0..500).collect::<Vec<_>>());
    assert_eq!(check_heads(&Store::open(&path, "").unwrap()), 500);
}

#[test]
fn a_failed_closure_leaves_neither_its_rows_nor_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("ledger.sqlite"), "").unwrap();
    let (let_go, held) = hold_the_writer(&store);
    let answers: Vec<Answer> = (0..40)
        .map(|n| {
            let text = n.to_string();
            submit(&store, move |transaction| {
                let place =
                    transaction.append("receipt", Digest::of(text.as_bytes()), text.as_bytes(), at(1))?;
                if n % 3 == 0 { Err(StoreError::Other("not this one".into())) } else { Ok(place) }
            })
        })
        .collect();
    let_go.send(()).unwrap();
    get(&held).unwrap();
    let kept: Vec<u64> = answers.iter().filter_map(|answer| get(answer).ok()).collect();
    assert_eq!(kept, (0..26).collect::<Vec<_>>());
    assert_eq!(check_heads(&store), 26);
}
