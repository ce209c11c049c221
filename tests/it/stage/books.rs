//! The broker's own books, read from outside: its SQLite file, while it runs or after it was killed.
//!
//! Never writes. After a kill a copy is read, so that the broker itself meets the file as the kill left it.

use bailiwick_authority::Digest;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value as Json;
use std::path::Path;
use tempfile::TempDir;

/// An open ledger file.
pub(crate) struct Books {
    connection: Connection,
    _copy: Option<TempDir>,
}

/// A row of the credential table.
#[derive(Clone, Debug)]
pub(crate) struct CredentialRow {
    pub(crate) operation: String,
    pub(crate) purpose: String,
    pub(crate) kind: String,
    pub(crate) scope: Json,
    /// Seconds since 1970.
    pub(crate) requested: i64,
    pub(crate) sha256: Option<String>,
    pub(crate) end: Option<String>,
    pub(crate) life_ms: Option<i64>,
}

/// A row of the act table, with how its operation stands.
#[derive(Clone, Debug)]
pub(crate) struct ActRow {
    pub(crate) operation: String,
    pub(crate) outcome: Option<Json>,
}

/// An entry of the ledger with its payload.
#[derive(Clone, Debug)]
pub(crate) struct EntryRow {
    pub(crate) statement: String,
    pub(crate) payload: Json,
}

impl Books {
    /// The file as it is now, beside a broker that runs.
    pub(crate) fn open(ledger: &Path) -> Books {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(ledger, flags).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        Books { connection, _copy: None }
    }

    /// A copy of the file and its write-ahead log, which nobody has open.
    pub(crate) fn copy(ledger: &Path) -> Books {
        let folder = TempDir::new().unwrap();
        for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
            let from = ledger.with_file_name(name);
            if from.exists() {
                std::fs::copy(from, folder.path().join(name)).unwrap();
            }
        }
        let connection = Connection::open(folder.path().join("ledger.sqlite")).unwrap();
        Books { connection, _copy: Some(folder) }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Every credential that was ever intended, oldest first.
    pub(crate) fn credentials(&self) -> Vec<CredentialRow> {
        let mut query = self
            .connection
            .prepare("SELECT operation, purpose, kind, scope, requested, sha256, end, life_ms FROM credential ORDER BY id")
            .unwrap();
        let rows = query.query_map([], |row| {
            Ok(CredentialRow {
                operation: id(row.get(0)?),
                purpose: row.get(1)?,
                kind: row.get(2)?,
                scope: serde_json::from_str(&row.get::<_, String>(3)?).unwrap(),
                requested: row.get(4)?,
                sha256: row.get::<_, Option<[u8; 32]>>(5)?.map(|digest| Digest::from_bytes(digest).hex()),
                end: row.get(6)?,
                life_ms: row.get(7)?,
            })
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// Every act that was ever intended.
    pub(crate) fn acts(&self) -> Vec<ActRow> {
        let mut query = self.connection.prepare("SELECT operation, outcome FROM act").unwrap();
        let rows = query.query_map([], |row| {
            let outcome: Option<String> = row.get(1)?;
            let outcome = outcome.map(|text| serde_json::from_str(&text).unwrap());
            Ok(ActRow { operation: id(row.get(0)?), outcome })
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// Operations that are under way, or whose outcome is not known.
    pub(crate) fn open_operations(&self) -> u64 {
        let mut query = self
            .connection
            .prepare_cached("SELECT COUNT(*) FROM operation WHERE live = 1 OR outcome = 'unknown'")
            .unwrap();
        query.query_row([], |row| row.get::<_, i64>(0)).unwrap().unsigned_abs()
    }

    /// The statements of one kind, in the ledger's order.
    pub(crate) fn entries(&self, kind: &str) -> Vec<EntryRow> {
        let mut query = self
            .connection
            .prepare(
                "SELECT leaf.statement, bytes FROM leaf JOIN envelope ON envelope.statement = leaf.statement
                 WHERE kind = ?1 ORDER BY sequence",
            )
            .unwrap();
        let rows = query.query_map([kind], |row| {
            let bytes: Vec<u8> = row.get(1)?;
            let envelope = bailiwick_authority::Envelope::parse(&bytes).unwrap();
            Ok(EntryRow {
                statement: id(row.get(0)?),
                payload: serde_json::from_slice(envelope.payload()).unwrap(),
            })
        });
        rows.unwrap().map(Result::unwrap).collect()
    }
}

fn id(bytes: [u8; 32]) -> String {
    Digest::from_bytes(bytes).to_string()
}
