//! The file: its format, its settings, its tables.

use super::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// `BLWK`, so that `file` and a person can tell what it is.
const APPLICATION_ID: i64 = 0x424c_574b;
const FORMAT: i64 = 1;
/// One page, in bytes.
const SMALLEST_FILE: u64 = 4_096;
const OLDEST_LIBRARY: i32 = 3_051_003;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS leaf (
    sequence INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    statement BLOB NOT NULL UNIQUE,
    envelope_digest BLOB NOT NULL,
    time INTEGER NOT NULL,
    head BLOB NOT NULL
) STRICT;
-- Beside the leaf, so that it can be erased without breaking the chain of heads. By its place and not by
-- its digest: appending writes the end of one tree, and not some page of a large one.
CREATE TABLE IF NOT EXISTS envelope_at (sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE VIEW IF NOT EXISTS envelope AS
    SELECT leaf.statement AS statement, envelope_at.bytes AS bytes FROM leaf JOIN envelope_at USING (sequence);
";

pub(super) fn open(path: &Path, more: &str) -> Result<Connection, StoreError> {
    if rusqlite::version_number() < OLDEST_LIBRARY {
        return Err(StoreError::OldLibrary(rusqlite::version().to_owned()));
    }
    // SQLite takes what is shorter than a page for an empty file, and would begin a ledger anew in its place.
    if std::fs::metadata(path).is_ok_and(|file| (1..SMALLEST_FILE).contains(&file.len())) {
        return Err(StoreError::Damaged("its file ends in its first page".into()));
    }
    let connection = Connection::open(path)?;
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let (found, owner) = (number("user_version")?, number("application_id")?);
    if owner != APPLICATION_ID && (owner != 0 || found != 0) {
        return Err(StoreError::Damaged("it is the database of another program".into()));
    }
    if found > FORMAT {
        return Err(StoreError::Newer { found, known: FORMAT });
    }
    settings(&connection)?;
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::Other(format!("its folder does not allow a write-ahead log, only `{mode}`")));
    }
    // Checkpoints are taken by a thread of their own, off the commit path.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    if found < FORMAT {
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.execute_batch(more)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()?;
    Ok(connection)
}

/// A connection that reads only.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    settings(&connection)?;
    Ok(connection)
}

pub(super) fn settings(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    if cfg!(target_os = "macos") {
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    }
    Ok(())
}
