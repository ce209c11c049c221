//! Reading the journal: operations as they stand, what a crash left, credentials and their ends.

use super::{Journal, as_i64, seconds};
use bailiwick_authority::{Digest, Timestamp, Value};
use bailiwick_ledger::StoreError;
use bailiwick_protocol::OperationView;
use rusqlite::{OptionalExtension as _, Row, params};

/// An operation that a crash left.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) id: Digest,
    pub(crate) view: OperationView,
    pub(crate) act: Option<LeftAct>,
}

/// The act of an operation that a crash left.
#[derive(Debug)]
pub(crate) struct LeftAct {
    /// When it was about to be sent.
    pub(crate) at: Timestamp,
    /// What it was decided on.
    pub(crate) facts: Value,
    /// What else it rested on, as [`crate::record::Record::decided`] wrote it.
    pub(crate) decided: Option<Value>,
    /// What came of it, if that was known.
    pub(crate) outcome: Option<Value>,
}

/// A credential as the journal has it.
#[derive(Clone, Debug)]
pub(crate) struct CredentialRow {
    pub(crate) id: i64,
    pub(crate) operation: Digest,
    pub(crate) purpose: String,
    pub(crate) kind: String,
    pub(crate) scope: Value,
    pub(crate) requested: Timestamp,
    pub(crate) sha256: Option<Digest>,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) end: Option<String>,
    pub(crate) life_ms: Option<u64>,
}

impl Journal {
    pub(crate) fn operation(&self, id: &Digest) -> Result<Option<OperationView>, StoreError> {
        self.store.read(|connection| {
            let mut query = connection.prepare_cached("SELECT view FROM operation WHERE id = ?1")?;
            let text: Option<String> = query.query_row([id.as_bytes()], |row| row.get(0)).optional()?;
            text.map(|text| read_view(&text)).transpose()
        })
    }

    /// The newest operations received before `before` (seconds; exclusive), newest first.
    pub(crate) fn operations(
        &self,
        before: Option<u64>,
        limit: u64,
    ) -> Result<Vec<OperationView>, StoreError> {
        self.store.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT view FROM operation WHERE received < ?1 ORDER BY received DESC, rowid DESC LIMIT ?2",
            )?;
            let rows = query
                .query_map(params![as_i64(before.unwrap_or(u64::MAX)), as_i64(limit)], |row| {
                    row.get::<_, String>(0)
                })?;
            rows.map(|text| read_view(&text?)).collect()
        })
    }

    /// The operations whose outcome is unknown.
    pub(crate) fn unknown(&self) -> Result<Vec<Left>, StoreError> {
        self.left_where("outcome = 'unknown'")
    }

    /// The operations that had not ended.
    pub(crate) fn unfinished(&self) -> Result<Vec<Left>, StoreError> {
        self.left_where("live = 1")
    }

    fn left_where(&self, condition: &'static str) -> Result<Vec<Left>, StoreError> {
        self.store.read(|connection| {
            let mut query = connection.prepare(&format!(
                "SELECT id, view, act.facts, act.outcome, act.at, decided.what FROM operation
                 LEFT JOIN act ON act.operation = operation.id
                 LEFT JOIN decided ON decided.operation = operation.id WHERE operation.{condition} ORDER BY operation.received"
            ))?;
            let rows = query.query_map([], |row| {
                let facts: Option<String> = row.get(2)?;
                let outcome: Option<String> = row.get(3)?;
                let at: Option<i64> = row.get(4)?;
                let found = (outcome, row.get::<_, Option<String>>(5)?);
                Ok((row.get::<_, [u8; 32]>(0)?, row.get::<_, String>(1)?, facts.zip(at), found))
            })?;
            rows.map(|row| {
                let (id, view, facts, (outcome, decided)) = row?;
                let act = match facts {
                    Some((facts, at)) => Some(LeftAct {
                        at: Timestamp::from_seconds(at.unsigned_abs()).unwrap_or(Timestamp::LAST),
                        facts: value(&facts)?,
                        decided: decided.map(|text| value(&text)).transpose()?,
                        outcome: outcome.map(|text| value(&text)).transpose()?,
                    }),
                    None => None,
                };
                Ok(Left { id: Digest::from_bytes(id), view: read_view(&view)?, act })
            })
            .collect()
        })
    }

    /// The credentials of an operation, in the order they were asked for.
    pub(crate) fn credentials_of(&self, operation: &Digest) -> Result<Vec<CredentialRow>, StoreError> {
        self.store.read(|connection| {
            let mut query =
                connection.prepare_cached(&format!("{CREDENTIALS} WHERE operation = ?1 ORDER BY id"))?;
            let rows = query.query_map([operation.as_bytes()], read_credential)?;
            rows.map(|row| row?.into_row()).collect()
        })
    }

    /// The credentials that have no recorded end.
    pub(crate) fn open_credentials(&self) -> Result<Vec<CredentialRow>, StoreError> {
        self.store.read(|connection| {
            let mut query =
                connection.prepare_cached(&format!("{CREDENTIALS} WHERE end IS NULL ORDER BY id"))?;
            let rows = query.query_map([], read_credential)?;
            rows.map(|row| row?.into_row()).collect()
        })
    }

    /// The credentials that nobody could destroy and that have not ended by themselves at `now`.
    pub(crate) fn undead_credentials(&self, now: Timestamp) -> Result<Vec<CredentialRow>, StoreError> {
        self.store.read(|connection| {
            let mut query = connection.prepare_cached(&format!(
                "{CREDENTIALS} WHERE end IN ('value-lost', 'not-revocable')
                 AND COALESCE(expires, requested + 3600) > ?1 ORDER BY id"
            ))?;
            let rows = query.query_map([seconds(now)], read_credential)?;
            rows.map(|row| row?.into_row()).collect()
        })
    }

    /// The highest time that was recorded anywhere.
    pub(crate) fn high_water(&self) -> Result<Timestamp, StoreError> {
        self.store.read(|connection| {
            let time: i64 = connection.query_row(
                "SELECT MAX(COALESCE((SELECT time FROM high_water), 0),
                            COALESCE((SELECT time FROM leaf ORDER BY sequence DESC LIMIT 1), 0))",
                [],
                |row| row.get(0),
            )?;
            Ok(Timestamp::from_seconds(time.unsigned_abs()).unwrap_or(Timestamp::LAST))
        })
    }
}

const CREDENTIALS: &str =
    "SELECT id, operation, purpose, kind, scope, requested, sha256, expires, end, life_ms FROM credential";

struct RawCredential(CredentialRow, String);

impl RawCredential {
    fn into_row(mut self) -> Result<CredentialRow, StoreError> {
        self.0.scope = value(&self.1)?;
        Ok(self.0)
    }
}

fn read_credential(row: &Row<'_>) -> rusqlite::Result<RawCredential> {
    let time = |seconds: i64| Timestamp::from_seconds(seconds.unsigned_abs()).unwrap_or(Timestamp::LAST);
    let credential = CredentialRow {
        id: row.get(0)?,
        operation: Digest::from_bytes(row.get(1)?),
        purpose: row.get(2)?,
        kind: row.get(3)?,
        scope: Value::Bool(false),
        requested: time(row.get(5)?),
        sha256: row.get::<_, Option<[u8; 32]>>(6)?.map(Digest::from_bytes),
        expires: row.get::<_, Option<i64>>(7)?.map(time),
        end: row.get(8)?,
        life_ms: row.get::<_, Option<i64>>(9)?.map(i64::unsigned_abs),
    };
    Ok(RawCredential(credential, row.get(4)?))
}

pub(super) fn read_view(text: &str) -> Result<OperationView, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged(format!("an operation's row: {error}")))
}

pub(super) fn value(text: &str) -> Result<Value, StoreError> {
    Value::parse_any_size(text.as_bytes())
        .map_err(|error| StoreError::Damaged(format!("a stored value: {error}")))
}
