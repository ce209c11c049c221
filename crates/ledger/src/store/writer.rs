//! The one writer: a thread that takes what has queued up into one transaction, and commits it.

use super::StoreError;
use super::checkpoint::Checkpoints;
use crate::leaf::{Head, Leaf};
use bailiwick_authority::{Digest, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

/// The most closures in one commit: bounds how long the first of them waits.
const GROUP: usize = 256;

trait Job: Send {
    /// Does the work; the return value says why it is not to be kept.
    fn run(&mut self, transaction: &mut Transaction<'_>) -> Option<StoreError>;
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
    fn run(&mut self, transaction: &mut Transaction<'_>) -> Option<StoreError> {
        let result =
            self.result.insert(self.work.take().map_or(Err(StoreError::Closed), |work| work(transaction)));
        result.as_ref().err().cloned()
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

/// The writer's thread. Dropping it waits until what was submitted is written, so that nothing is written
/// after a store was closed.
#[derive(Debug)]
pub(super) struct Writer {
    /// Gone while it is being dropped.
    queue: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, path: &Path) -> Result<Writer, StoreError> {
        let (queue, jobs) = channel::<Box<dyn Job>>();
        let checkpoints = Checkpoints::start(path)?;
        let thread = std::thread::Builder::new()
            .name("ledger-writer".into())
            .spawn(move || write_groups(&connection, &jobs, checkpoints))
            .map_err(|error| StoreError::Other(error.to_string()))?;
        Ok(Writer { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
        done: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) {
        let job: Box<dyn Job> = Box::new(Task { work: Some(work), done, result: None });
        let unsent = match &self.queue {
            Some(queue) => queue.send(job).err().map(|unsent| unsent.0),
            None => Some(job),
        };
        if let Some(job) = unsent {
            job.finish(Some(StoreError::Closed));
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        // A callback that holds the last handle runs on the writer's own thread, which cannot wait for itself.
        let thread = self.thread.take().filter(|thread| thread.thread().id() != std::thread::current().id());
        if let Some(thread) = thread {
            // One that panicked has told everybody who waited that the store is closed.
            drop(thread.join());
        }
    }
}

fn write_groups(connection: &Connection, jobs: &Receiver<Box<dyn Job>>, mut checkpoints: Checkpoints) {
    // Taken from the queue and not run yet, because a failure ended the group that they came with.
    let mut waiting: VecDeque<Box<dyn Job>> = VecDeque::new();
    loop {
        if waiting.is_empty() {
            match jobs.recv() {
                Ok(job) => waiting.push_back(job),
                Err(_) => return,
            }
        }
        let mut run = Vec::new();
        let failure = commit_group(connection, &mut waiting, &mut run, jobs).err();
        if failure.is_some() && run.is_empty() {
            // The store does not even begin: whoever waits now would only wait as long again.
            run.extend(waiting.drain(..));
            run.extend(jobs.try_iter());
        }
        for job in run {
            job.finish(failure.clone());
        }
        checkpoints.after_commit(connection);
    }
}

/// Runs jobs from `waiting`, then from the queue, and commits them together. Those in `run` were run: on
/// success they are durable, on failure undone.
fn commit_group(
    connection: &Connection,
    waiting: &mut VecDeque<Box<dyn Job>>,
    run: &mut Vec<Box<dyn Job>>,
    jobs: &Receiver<Box<dyn Job>>,
) -> Result<(), StoreError> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let result = run_group(connection, waiting, run, jobs)
        .and_then(|()| connection.prepare_cached("COMMIT")?.execute([]).map(drop).map_err(StoreError::from));
    if result.is_err() && !connection.is_autocommit() {
        // A failed rollback leaves the connection in its transaction; the next BEGIN then reports it.
        drop(connection.execute_batch("ROLLBACK"));
    }
    result
}

fn run_group(
    connection: &Connection,
    waiting: &mut VecDeque<Box<dyn Job>>,
    run: &mut Vec<Box<dyn Job>>,
    jobs: &Receiver<Box<dyn Job>>,
) -> Result<(), StoreError> {
    let mut transaction = Transaction { connection, tip: tip(connection)? };
    while run.len() < GROUP {
        let Some(job) = waiting.pop_front().or_else(|| jobs.try_recv().ok()) else { return Ok(()) };
        run.push(job);
        connection.prepare_cached("SAVEPOINT job")?.execute([])?;
        let before = transaction.tip;
        if let Some(failure) = run.last_mut().and_then(|job| job.run(&mut transaction)) {
            if connection.is_autocommit() {
                // SQLite undid the whole transaction with it, as it may when the disk is full or fails.
                return Err(failure);
            }
            transaction.tip = before;
            connection.prepare_cached("ROLLBACK TO job")?.execute([])?;
        }
        connection.prepare_cached("RELEASE job")?.execute([])?;
    }
    Ok(())
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
            .prepare_cached("INSERT INTO envelope_at (sequence, bytes) VALUES (?1, ?2)")?
            .execute(params![super::as_i64(sequence), envelope])?;
        self.tip = (sequence + 1, head);
        Ok(sequence)
    }
}
