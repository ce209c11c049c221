//! Checkpoints, off the commit path: what the write-ahead log holds is brought into the file.
//!
//! Nearly all of it is moved by a thread of its own, beside commits; the last few pages by the writer
//! between two commits, after which SQLite begins the log anew at its start. The log's file keeps its
//! length: writing over what is there costs a flush nothing but the bytes, while a file that grows makes
//! every flush write its length, too. So its length says nothing about what it holds, and is cut only
//! when it grew because somebody read for long.
//!
//! INVARIANT: nobody who commits waits for a reader.

use super::{StoreError, schema};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// How much the log may hold before it is moved, in pages: 8 MiB.
const LARGE: i64 = 2_048;

/// How much of it may be left to the writer, in pages.
const REST: i64 = 64;

/// How often what was committed meanwhile is moved, too, before the log is left to grow.
const ATTEMPTS: u32 = 16;

/// After how many commits the log is looked at.
const EVERY: u32 = 16;

/// How long the log's file may become before it is cut, in bytes.
const LONG: u64 = 16 << 20;

/// How long to wait between two attempts to cut it, so that a log that cannot be cut costs little.
const PAUSE: Duration = Duration::from_secs(1);

/// The writer's side of the thread, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Checkpoints {
    wake: Sender<()>,
    /// Whether only a rest is left to move.
    rest: Arc<AtomicBool>,
    commits: u32,
}

impl Checkpoints {
    /// Starts the thread.
    pub(super) fn start(store: &Path) -> Result<Checkpoints, StoreError> {
        let (wake, woken) = channel::<()>();
        let rest = Arc::new(AtomicBool::new(false));
        let (store, left) = (store.to_owned(), Arc::clone(&rest));
        std::thread::Builder::new()
            .name("checkpointer".into())
            .spawn(move || checkpoint_when_woken(&store, &woken, &left))
            .map_err(|error| StoreError::Other(error.to_string()))?;
        Ok(Checkpoints { wake, rest, commits: 0 })
    }

    /// After each commit, on the connection that committed.
    pub(super) fn after_commit(&mut self, connection: &Connection) {
        if self.rest.swap(false, Ordering::Relaxed) {
            // One that cannot be taken because somebody reads is taken after a later commit.
            Log::after(connection, "PASSIVE");
        }
        self.commits += 1;
        if self.commits >= EVERY {
            self.commits = 0;
            if Log::after(connection, "NOOP").is_none_or(|log| log.pages >= LARGE) {
                // The thread may have ended with the process; then nothing is lost but tidiness.
                self.wake.send(()).ok();
            }
        }
    }
}

fn checkpoint_when_woken(store: &PathBuf, woken: &Receiver<()>, rest: &AtomicBool) {
    let mut file = store.clone().into_os_string();
    file.push("-wal");
    let (mut connection, mut cut) = (None, None::<Instant>);
    while woken.recv().is_ok() {
        while woken.try_recv().is_ok() {}
        if connection.is_none() {
            connection = Connection::open(store).ok().filter(|opened| {
                schema::settings(opened).is_ok() && opened.busy_timeout(Duration::ZERO).is_ok()
            });
        }
        let Some(connection) = &connection else { continue };
        if move_most(connection) {
            rest.store(true, Ordering::Relaxed);
        }
        let long = std::fs::metadata(&file).is_ok_and(|file| file.len() >= LONG);
        if long && cut.is_none_or(|cut| cut.elapsed() >= PAUSE) {
            Log::after(connection, "TRUNCATE");
            cut = Some(Instant::now());
        }
    }
}

/// Whether no more than a rest is left.
fn move_most(connection: &Connection) -> bool {
    let mut left = i64::MAX;
    for _ in 0..ATTEMPTS {
        let Some(log) = Log::after(connection, "PASSIVE") else { return false };
        let before = std::mem::replace(&mut left, log.pages - log.moved);
        // Where nothing more can be moved, somebody reads what is behind.
        if left <= REST || left >= before {
            break;
        }
    }
    left <= REST
}

/// What the write-ahead log holds, in pages.
struct Log {
    pages: i64,
    /// How many of them are in the file already.
    moved: i64,
}

impl Log {
    /// The log after a checkpoint of this kind; `None` if it could not be taken.
    fn after(connection: &Connection, kind: &str) -> Option<Log> {
        let mut query = connection.prepare_cached(&format!("PRAGMA wal_checkpoint({kind})")).ok()?;
        let (busy, log) = query
            .query_row([], |row| Ok((row.get::<_, bool>(0)?, Log { pages: row.get(1)?, moved: row.get(2)? })))
            .ok()?;
        // A busy one has moved what it could, and says so.
        (!busy || log.pages >= 0).then_some(log)
    }
}
