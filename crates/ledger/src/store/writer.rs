//! The one writer: a thread that takes what has queued up into one transaction, and commits it.

use super::{StoreError, schema};
use crate::leaf::{Head, Leaf};
use bailiwick_authority::{Digest, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// The most closures in one commit: bounds how long the first of them waits.
const GROUP: usize = 256;

/// How large the write-ahead log may grow before it is checkpointed, in bytes.
const CHECKPOINT_BYTES: u64 = 8 << 20;

trait Job: Send {
    /// Does the work; the return value says whether it is to be kept.
    fn run(&mut self, transaction: &mut Transaction<'_>) -> bool;
    /// Hands on the result, or `failure` if the commit failed.
    fn finish(self: Box<Self>, failure: Option<StoreError>);
}

struct Task<T, W, D> {
    work: Option<W>,
    done: D,
    result: Option<Result<T, StoreError>>,
}

impl<T, W, D> Job for Task<T, W, D>
where
    T: Send,
    W: FnOnce(&mut Transaction<'_>) -> Result<T, StoreError> + Send,
    D: FnOnce(Result<T, StoreError>) + Send,
{
    fn run(&mut self, transaction: &mut Transaction<'_>) -> bool {
        self.result = self.work.take().map(|work| work(transaction));
        matches!(self.result, Some(Ok(_)))
    }

    fn finish(self: Box<Self>, failure: Option<StoreError>) {
        let result = match (failure, self.result) {
            // What failed on its own keeps its own error.
            (_, Some(Err(own))) => Err(own),
            (Some(failure), _) => Err(failure),
            (None, Some(Ok(value))) => Ok(value),
            (None, None) => Err(StoreError::Closed),
        };
        (self.done)(result);
    }
}

/// The writer's thread; it ends when the last handle is dropped.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Sender<Box<dyn Job>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, path: &Path) -> Result<Writer, StoreError> {
        let (queue, jobs) = channel::<Box<dyn Job>>();
        let (wake, checkpoints) = channel::<()>();
        let failed = |error: std::io::Error| StoreError::Other(error.to_string());
        let file = path.to_owned();
        std::thread::Builder::new()
            .name("checkpointer".into())
            .spawn(move || checkpoint_when_large(&file, &checkpoints))
            .map_err(failed)?;
        std::thread::Builder::new()
            .name("ledger-writer".into())
            .spawn(move || write_groups(connection, &jobs, &wake))
            .map_err(failed)?;
        Ok(Writer { queue })
    }

    pub(super) fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
        done: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) {
        let job = Box::new(Task { work: Some(work), done, result: None });
        if let Err(unsent) = self.queue.send(job) {
            unsent.0.finish(Some(StoreError::Closed));
        }
    }
}

fn write_groups(connection: Connection, jobs: &Receiver<Box<dyn Job>>, wake: &Sender<()>) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        let failure = commit_group(&connection, &mut group, jobs).err();
        for job in group {
            job.finish(failure.clone());
        }
        // The checkpointer may have ended with the process; then nothing is lost but tidiness.
        wake.send(()).ok();
    }
}

fn commit_group(
    connection: &Connection,
    group: &mut Vec<Box<dyn Job>>,
    jobs: &Receiver<Box<dyn Job>>,
) -> Result<(), StoreError> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let result = run_group(connection, group, jobs)
        .and_then(|()| connection.prepare_cached("COMMIT")?.execute([]).map(drop).map_err(StoreError::from));
    if result.is_err() && !connection.is_autocommit() {
        // A failed rollback leaves the connection in its transaction; the next BEGIN then reports it.
        drop(connection.execute_batch("ROLLBACK"));
    }
    result
}

fn run_group(
    connection: &Connection,
    group: &mut Vec<Box<dyn Job>>,
    jobs: &Receiver<Box<dyn Job>>,
) -> Result<(), StoreError> {
    let mut transaction = Transaction { connection, tip: tip(connection)? };
    let mut next = 0;
    loop {
        while let Some(job) = group.get_mut(next) {
            next += 1;
            connection.prepare_cached("SAVEPOINT job")?.execute([])?;
            let before = transaction.tip;
            if !job.run(&mut transaction) {
                transaction.tip = before;
                connection.prepare_cached("ROLLBACK TO job")?.execute([])?;
            }
            connection.prepare_cached("RELEASE job")?.execute([])?;
        }
        if group.len() >= GROUP {
            return Ok(());
        }
        match jobs.try_recv() {
            Ok(job) => group.push(job),
            Err(_) => return Ok(()),
        }
    }
}

fn checkpoint_when_large(path: &PathBuf, wake: &Receiver<()>) {
    let mut log = path.clone().into_os_string();
    log.push("-wal");
    let mut connection = None;
    loop {
        match wake.recv_timeout(Duration::from_secs(60)) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        }
        while wake.try_recv().is_ok() {}
        if std::fs::metadata(&log).map_or(0, |file| file.len()) < CHECKPOINT_BYTES {
            continue;
        }
        if connection.is_none() {
            connection = Connection::open(path).ok().filter(|opened| schema::settings(opened).is_ok());
        }
        // A checkpoint that cannot be taken now is taken after the next commit.
        if let Some(connection) = &connection {
            drop(connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(())));
        }
    }
}

pub(super) fn tip(connection: &Connection) -> Result<(u64, Head), StoreError> {
    let mut query =
        connection.prepare_cached("SELECT sequence, head FROM leaf ORDER BY sequence DESC LIMIT 1")?;
    let last = query
        .query_row([], |row| {
            Ok((row.get::<_, i64>(0)?.unsigned_abs() + 1, Head::from_digest(Digest::from_bytes(row.get(1)?))))
        })
        .optional()?;
    Ok(last.unwrap_or((0, Head::empty())))
}

/// A transaction under way on the writer's thread.
#[derive(Debug)]
pub struct Transaction<'a> {
    connection: &'a Connection,
    tip: (u64, Head),
}

impl Transaction<'_> {
    /// The connection, for the caller's own tables.
    pub fn connection(&self) -> &Connection {
        self.connection
    }

    /// Adds a statement at the end of the ledger and answers its place. A statement that is there
    /// already is refused.
    pub fn append(
        &mut self,
        kind: &str,
        statement: Digest,
        envelope: &[u8],
        time: Timestamp,
    ) -> Result<u64, StoreError> {
        let (sequence, head) = self.tip;
        let leaf = Leaf { sequence, kind: kind.to_owned(), statement, envelope: Digest::of(envelope), time };
        let head = head.after(&leaf);
        self.connection
            .prepare_cached(
                "INSERT INTO leaf (sequence, kind, statement, envelope_digest, time, head) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                super::as_i64(sequence),
                kind,
                statement.as_bytes(),
                leaf.envelope.as_bytes(),
                super::as_i64(time.seconds()),
                head.digest().as_bytes()
            ])?;
        self.connection
            .prepare_cached("INSERT INTO envelope (statement, bytes) VALUES (?1, ?2)")?
            .execute(params![statement.as_bytes(), envelope])?;
        self.tip = (sequence + 1, head);
        Ok(sequence)
    }
}
