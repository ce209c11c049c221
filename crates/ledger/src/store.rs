//! The ledger in SQLite: WAL, `synchronous=FULL`, one writer with group commit.
//!
//! Durable when [`Store::submit`] calls back with success. Closures that arrive while a commit is under
//! way share the next one; each runs in a savepoint of its own, so one that fails takes nothing along. Only
//! where SQLite itself undoes the whole transaction (no room, a failing disk) those before it fail with it.
//! A crash means: every transaction that was called back with success is there, whole; of the others
//! each is there whole or not at all.

mod checkpoint;
mod error;
mod schema;
mod writer;

pub use error::StoreError;
pub use writer::Transaction;

use crate::leaf::{Head, Leaf};
use bailiwick_authority::{Digest, Timestamp};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::path::{Path, PathBuf};
use writer::Writer;

/// An entry as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The leaf.
    pub leaf: Leaf,
    /// The head after it.
    pub head: Head,
    /// The envelope, unless it was erased.
    pub envelope: Option<Vec<u8>>,
}

/// The store. Reads go through connections of their own and never wait for the writer.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    writer: Writer,
    readers: Mutex<Vec<Connection>>,
}

impl Store {
    /// Opens or makes the ledger at `path`, with the tables that `more` (idempotent SQL) adds beside it.
    pub fn open(path: &Path, more: &str) -> Result<Store, StoreError> {
        let connection = schema::open(path, more)?;
        let writer = Writer::start(connection, path)?;
        Ok(Store { path: path.to_owned(), writer, readers: Mutex::default() })
    }

    /// Runs `work` in the next group commit and calls `done` on the writer's thread: with its result
    /// once it is durable, or with the error that undid it. `work` must be short and may run only once.
    pub fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
        done: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) {
        self.writer.submit(work, done);
    }

    /// As [`Store::submit`], waiting for the result. Blocks: not for asynchronous workers.
    pub fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (send, receive) = std::sync::mpsc::sync_channel(1);
        self.submit(work, move |result| drop(send.send(result)));
        receive.recv().unwrap_or(Err(StoreError::Closed))
    }

    /// Runs `read` on a connection that sees every commit before this call.
    pub fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let pooled = self.readers.lock().pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => schema::reader(&self.path)?,
        };
        let result = read(&connection);
        let mut readers = self.readers.lock();
        if readers.len() < 4 {
            readers.push(connection);
        }
        result
    }

    /// How many entries there are, and the head after the last.
    pub fn tip(&self) -> Result<(u64, Head), StoreError> {
        self.read(writer::tip)
    }

    /// Up to `limit` entries from the place `from`.
    pub fn entries(&self, from: u64, limit: u64) -> Result<Vec<Entry>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(ENTRIES)?;
            let rows = query.query_map(params![as_i64(from), as_i64(limit)], read_entry)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// As [`Store::entries`], and no more once their envelopes have `bytes` bytes together; at least one.
    pub fn page(&self, from: u64, limit: u64, bytes: usize) -> Result<Vec<Entry>, StoreError> {
        self.read(|connection| {
            let (mut entries, mut size) = (Vec::new(), 0_usize);
            let mut query = connection.prepare_cached(ENTRIES)?;
            for entry in query.query_map(params![as_i64(from), as_i64(limit)], read_entry)? {
                let entry = entry?;
                size += entry.envelope.as_ref().map_or(0, Vec::len);
                entries.push(entry);
                if size >= bytes {
                    break;
                }
            }
            Ok(entries)
        })
    }

    /// The envelope of a statement in the ledger.
    pub fn envelope(&self, statement: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT bytes FROM envelope WHERE statement = ?1")?;
            Ok(query.query_row([statement.as_bytes()], |row| row.get(0)).optional()?)
        })
    }
}

const ENTRIES: &str = "SELECT sequence, kind, statement, envelope_digest, time, head, bytes
     FROM leaf LEFT JOIN envelope_at USING (sequence)
     WHERE sequence >= ?1 ORDER BY sequence LIMIT ?2";

fn read_entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        leaf: Leaf {
            sequence: row.get::<_, i64>(0)?.unsigned_abs(),
            kind: row.get(1)?,
            statement: Digest::from_bytes(row.get(2)?),
            envelope: Digest::from_bytes(row.get(3)?),
            time: Timestamp::from_seconds(row.get::<_, i64>(4)?.unsigned_abs()).unwrap_or(EPOCH_OF_FAULTS),
        },
        head: Head::from_digest(Digest::from_bytes(row.get(5)?)),
        envelope: row.get(6)?,
    })
}

/// Where a stored time cannot be one: the last representable second, so that nothing based on it is young.
const EPOCH_OF_FAULTS: Timestamp = Timestamp::LAST;

/// A count as SQLite stores it.
fn as_i64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
