//! Checkpoints, off the commit path: what the write-ahead log has is brought into the file.
//!
//! INVARIANT: nobody who commits waits for a reader. Most of the work is done beside commits; the log is
//! cut only when nobody reads it at that moment, and else a while later.

use super::{StoreError, schema};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// How large the write-ahead log may grow before it is checkpointed, in bytes.
const LARGE: u64 = 8 << 20;

/// How long to wait between two attempts, so that a log that cannot be cut costs little.
const PAUSE: Duration = Duration::from_secs(1);

/// Starts the thread. Send to it after each commit; it ends when the sender is dropped.
pub(super) fn start(store: &Path) -> Result<Sender<()>, StoreError> {
    let (wake, commits) = channel::<()>();
    let store = store.to_owned();
    std::thread::Builder::new()
        .name("checkpointer".into())
        .spawn(move || checkpoint_when_large(&store, &commits))
        .map_err(|error| StoreError::Other(error.to_string()))?;
    Ok(wake)
}

fn checkpoint_when_large(store: &PathBuf, commits: &Receiver<()>) {
    let mut log = store.clone().into_os_string();
    log.push("-wal");
    let (mut connection, mut last) = (None, None::<Instant>);
    while commits.recv().is_ok() {
        while commits.try_recv().is_ok() {}
        let large = std::fs::metadata(&log).is_ok_and(|file| file.len() >= LARGE);
        if !large || last.is_some_and(|last| last.elapsed() < PAUSE) {
            continue;
        }
        if connection.is_none() {
            connection = Connection::open(store).ok().filter(|opened| {
                schema::settings(opened).is_ok() && opened.busy_timeout(Duration::ZERO).is_ok()
            });
        }
        // A checkpoint that cannot be taken now is taken after a later commit.
        for mode in ["PASSIVE", "TRUNCATE"] {
            if let Some(connection) = &connection {
                drop(connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(())));
            }
        }
        last = Some(Instant::now());
    }
}
