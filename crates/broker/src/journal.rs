//! The durable steps of operations, beside the ledger in the same store.
//!
//! | step | a crash after it means |
//! |---|---|
//! | [`Journal::receive`] | the operation exists; nothing was asked of anybody: it failed |
//! | [`Journal::intend_mint`] | a credential may have been minted; its value is lost, it dies by itself |
//! | [`Journal::minted`] | a credential was minted; its value is lost, it dies at a known time |
//! | [`Journal::intend_act`] | the act may have happened: unknown until it is looked up |
//! | [`Journal::acted`] | the outcome is known; what remains is tidying up and the receipt |
//! | [`Journal::finish`] | nothing remains |
//!
//! INVARIANT: a [`Recorded`] value exists only after its step is on disk.

use bailiwick_authority::{Digest, Timestamp, Value};
use bailiwick_ledger::{Store, StoreError, Transaction};
use bailiwick_protocol::OperationView;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::sync::Arc;
use tokio::sync::oneshot;

/// The journal's tables.
pub(crate) const TABLES: &str = "
CREATE TABLE IF NOT EXISTS operation (
    id BLOB PRIMARY KEY, issuer BLOB NOT NULL, nonce BLOB NOT NULL, received INTEGER NOT NULL,
    live INTEGER NOT NULL, outcome TEXT, view TEXT NOT NULL, UNIQUE (issuer, nonce)
) STRICT;
CREATE INDEX IF NOT EXISTS operation_live ON operation (live) WHERE live = 1;
CREATE INDEX IF NOT EXISTS operation_received ON operation (received);
CREATE INDEX IF NOT EXISTS operation_unknown ON operation (outcome) WHERE outcome = 'unknown';
CREATE TABLE IF NOT EXISTS credential (
    id INTEGER PRIMARY KEY, operation BLOB NOT NULL, purpose TEXT NOT NULL, kind TEXT NOT NULL, scope TEXT NOT NULL,
    requested INTEGER NOT NULL, sha256 BLOB, expires INTEGER, end TEXT, life_ms INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS credential_operation ON credential (operation);
CREATE INDEX IF NOT EXISTS credential_end ON credential (end);
CREATE TABLE IF NOT EXISTS act (
    operation BLOB PRIMARY KEY, at INTEGER NOT NULL, facts TEXT NOT NULL, outcome TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS capability (
    digest BLOB PRIMARY KEY, parent BLOB, holder BLOB NOT NULL, person TEXT NOT NULL,
    reserved INTEGER NOT NULL DEFAULT 0, committed INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS capability_parent ON capability (parent);
CREATE INDEX IF NOT EXISTS capability_holder ON capability (holder);
CREATE TABLE IF NOT EXISTS attempt (capability BLOB NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS attempt_at ON attempt (capability, at);
CREATE TABLE IF NOT EXISTS revoked (kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS text (digest BLOB PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS body (commitment BLOB PRIMARY KEY, salt BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS high_water (one INTEGER PRIMARY KEY CHECK (one = 1), time INTEGER NOT NULL) STRICT;
-- What start reads: everything that persons decided, and nothing of what agents did.
CREATE INDEX IF NOT EXISTS leaf_decisions ON leaf (sequence)
    WHERE kind IN ('roster', 'connection', 'policy', 'halt', 'pause', 'resume');
";

/// Proof that a step is on disk.
#[derive(Debug)]
pub(crate) struct Recorded<T>(T);

impl<T> Recorded<T> {
    pub(crate) fn get(&self) -> &T {
        &self.0
    }
}

/// The intent to mint one credential: the ids of its rows.
#[derive(Debug)]
pub(crate) struct MintIntent {
    pub(crate) assertion: i64,
    pub(crate) token: i64,
}

/// The intent to act.
#[derive(Debug)]
pub(crate) struct ActIntent;

/// A capability's limits, to be reserved under.
#[derive(Clone, Debug)]
pub(crate) struct Limit {
    pub(crate) capability: Digest,
    pub(crate) max_uses: Option<u64>,
    /// Uses and seconds.
    pub(crate) rate: Option<(u64, u64)>,
}

/// A capability that the ledger may not have yet.
#[derive(Clone, Debug)]
pub(crate) struct NewCapability {
    pub(crate) digest: Digest,
    pub(crate) parent: Option<Digest>,
    pub(crate) holder: Digest,
    pub(crate) person: String,
    pub(crate) envelope: Vec<u8>,
}

/// An invocation on its way in.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) id: Digest,
    pub(crate) issuer: Digest,
    pub(crate) nonce: [u8; 16],
    pub(crate) envelope: Vec<u8>,
    pub(crate) capabilities: Vec<NewCapability>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) view: OperationView,
    pub(crate) now: Timestamp,
}

/// What became of an arrival.
#[derive(Debug)]
pub(crate) enum Received {
    /// It is on disk, with its uses reserved.
    Fresh,
    /// It is on disk; this capability's uses or rate are spent.
    Spent(String),
    /// It was received before.
    Before(Box<OperationView>),
    /// Its issuer used this nonce for something else.
    NonceUsed,
}

/// How a credential ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CredentialEnd {
    pub(crate) end: &'static str,
    pub(crate) life_ms: Option<u64>,
}

/// An operation that a crash left.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) id: Digest,
    pub(crate) view: OperationView,
    /// Facts, and the outcome if it was known.
    pub(crate) act: Option<(Value, Option<Value>)>,
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

/// The journal of one store.
#[derive(Clone, Debug)]
pub(crate) struct Journal {
    store: Arc<Store>,
}

impl Journal {
    pub(crate) fn new(store: Arc<Store>) -> Journal {
        Journal { store }
    }

    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Runs `work` durably without blocking the caller's thread.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (send, receive) = oneshot::channel();
        self.store.submit(work, move |result| drop(send.send(result)));
        receive.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Takes an invocation in: its statements into the ledger, its uses reserved on every ancestor.
    pub(crate) async fn receive(&self, arrival: Arrival) -> Result<Received, StoreError> {
        self.write(move |transaction| receive(transaction, &arrival)).await
    }

    /// Records that a credential is about to be requested, with the digest and end of the App's
    /// assertion that it is requested by.
    pub(crate) async fn intend_mint(
        &self,
        operation: Digest,
        purpose: &'static str,
        scope: &Value,
        assertion: (Digest, Timestamp),
        now: Timestamp,
    ) -> Result<Recorded<MintIntent>, StoreError> {
        let scope = json(scope);
        self.write(move |transaction| {
            let connection = transaction.connection();
            let row =
                |kind: &str, scope: &str, known: Option<(Digest, Timestamp)>| -> Result<i64, StoreError> {
                    connection
                    .prepare_cached(
                        "INSERT INTO credential (operation, purpose, kind, scope, requested, sha256, expires)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    )?
                    .execute(params![
                        operation.as_bytes(),
                        purpose,
                        kind,
                        scope,
                        seconds(now),
                        known.as_ref().map(|(digest, _)| digest.as_bytes()),
                        known.as_ref().map(|(_, expires)| seconds(*expires)),
                    ])?;
                    Ok(connection.last_insert_rowid())
                };
            let assertion = row("app-jwt", "{}", Some(assertion))?;
            let token = row("installation-token", &scope, None)?;
            Ok(Recorded(MintIntent { assertion, token }))
        })
        .await
    }

    /// Records the digest of a credential's value, before the value is used.
    pub(crate) async fn minted(
        &self,
        id: i64,
        sha256: Digest,
        expires: Timestamp,
    ) -> Result<Recorded<()>, StoreError> {
        self.write(move |transaction| {
            transaction
                .connection()
                .prepare_cached("UPDATE credential SET sha256 = ?2, expires = ?3 WHERE id = ?1")?
                .execute(params![id, sha256.as_bytes(), seconds(expires)])?;
            Ok(Recorded(()))
        })
        .await
    }

    /// Records how credentials ended.
    pub(crate) async fn ended(&self, ends: Vec<(i64, CredentialEnd)>) -> Result<(), StoreError> {
        self.write(move |transaction| {
            for (id, end) in ends {
                transaction
                    .connection()
                    .prepare_cached("UPDATE credential SET end = ?2, life_ms = ?3 WHERE id = ?1")?
                    .execute(params![id, end.end, end.life_ms.map(as_i64)])?;
            }
            Ok(())
        })
        .await
    }

    /// Records the decision to act, with the facts it rests on, and commits the reserved uses.
    pub(crate) async fn intend_act(
        &self,
        operation: Digest,
        facts: &Value,
        chain: Vec<Digest>,
        view: &OperationView,
        now: Timestamp,
    ) -> Result<Recorded<ActIntent>, StoreError> {
        let (facts, view) = (json(facts), view_json(view));
        self.write(move |transaction| {
            let connection = transaction.connection();
            connection
                .prepare_cached("INSERT INTO act (operation, at, facts) VALUES (?1, ?2, ?3)")?
                .execute(params![operation.as_bytes(), seconds(now), facts])?;
            for capability in &chain {
                connection
                    .prepare_cached(
                        "UPDATE capability SET reserved = reserved - 1, committed = committed + 1 WHERE digest = ?1",
                    )?
                    .execute([capability.as_bytes()])?;
            }
            put_view(connection, &operation, &view)?;
            Ok(Recorded(ActIntent))
        })
        .await
    }

    /// Records what came of the act, as soon as it is known.
    pub(crate) async fn acted(
        &self,
        _: &Recorded<ActIntent>,
        operation: Digest,
        outcome: &Value,
    ) -> Result<Recorded<()>, StoreError> {
        let outcome = json(outcome);
        self.write(move |transaction| {
            transaction
                .connection()
                .prepare_cached("UPDATE act SET outcome = ?2 WHERE operation = ?1")?
                .execute(params![operation.as_bytes(), outcome])?;
            Ok(Recorded(()))
        })
        .await
    }

    /// Keeps the bodies that facts were read from, under their commitments.
    pub(crate) async fn keep_bodies(
        &self,
        bodies: Vec<(Digest, [u8; 16], Vec<u8>)>,
    ) -> Result<(), StoreError> {
        self.write(move |transaction| {
            for (commitment, salt, bytes) in bodies {
                transaction
                    .connection()
                    .prepare_cached(
                        "INSERT OR IGNORE INTO body (commitment, salt, bytes) VALUES (?1, ?2, ?3)",
                    )?
                    .execute(params![commitment.as_bytes(), salt, bytes])?;
            }
            Ok(())
        })
        .await
    }

    /// Ends an operation: its receipt into the ledger, uses that were only reserved given back.
    pub(crate) async fn finish(
        &self,
        view: OperationView,
        operation: Digest,
        chain: Vec<Digest>,
        receipt: (Digest, Vec<u8>),
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.write(move |transaction| {
            let sequence = transaction.append("receipt", receipt.0, &receipt.1, now)?;
            let connection = transaction.connection();
            let acted: bool = connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM act WHERE operation = ?1)")?
                .query_row([operation.as_bytes()], |row| row.get(0))?;
            for capability in chain.iter().filter(|_| !acted) {
                connection
                    .prepare_cached(
                        "UPDATE capability SET reserved = MAX(reserved - 1, 0) WHERE digest = ?1",
                    )?
                    .execute([capability.as_bytes()])?;
            }
            connection
                .prepare_cached("UPDATE operation SET live = 0, outcome = ?2, view = ?3 WHERE id = ?1")?
                .execute(params![operation.as_bytes(), view.outcome, view_json(&view)])?;
            note_time(connection, now)?;
            Ok(sequence)
        })
        .await
    }

    /// Adds a finding to an operation that had ended as unknown.
    pub(crate) async fn found(
        &self,
        view: OperationView,
        operation: Digest,
        finding: (Digest, Vec<u8>),
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.write(move |transaction| {
            let sequence = transaction.append("finding", finding.0, &finding.1, now)?;
            transaction
                .connection()
                .prepare_cached("UPDATE operation SET outcome = ?2, view = ?3 WHERE id = ?1")?
                .execute(params![operation.as_bytes(), view.outcome, view_json(&view)])?;
            Ok(sequence)
        })
        .await
    }

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
                "SELECT id, view, act.facts, act.outcome FROM operation
                 LEFT JOIN act ON act.operation = operation.id WHERE operation.{condition} ORDER BY operation.received"
            ))?;
            let rows = query.query_map([], |row| {
                let facts: Option<String> = row.get(2)?;
                let outcome: Option<String> = row.get(3)?;
                Ok((row.get::<_, [u8; 32]>(0)?, row.get::<_, String>(1)?, facts, outcome))
            })?;
            rows.map(|row| {
                let (id, view, facts, outcome) = row?;
                let act = match facts {
                    Some(facts) => Some((value(&facts)?, outcome.map(|text| value(&text)).transpose()?)),
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

/// Raises the high-water mark; never lowers it.
pub(crate) fn note_time(connection: &Connection, now: Timestamp) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO high_water (one, time) VALUES (1, ?1)
             ON CONFLICT (one) DO UPDATE SET time = MAX(time, excluded.time)",
        )?
        .execute([seconds(now)])?;
    Ok(())
}

/// Adds a capability to the ledger and to the table, unless it is there.
pub(crate) fn keep_capability(
    transaction: &mut Transaction<'_>,
    capability: &NewCapability,
    now: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let known = transaction
        .connection()
        .prepare_cached(
            "INSERT OR IGNORE INTO capability (digest, parent, holder, person) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            capability.digest.as_bytes(),
            capability.parent.as_ref().map(Digest::as_bytes),
            capability.holder.as_bytes(),
            capability.person
        ])?
        == 0;
    if known {
        return Ok(None);
    }
    transaction.append("capability", capability.digest, &capability.envelope, now).map(Some)
}

fn receive(transaction: &mut Transaction<'_>, arrival: &Arrival) -> Result<Received, StoreError> {
    let connection = transaction.connection();
    let before: Option<String> = connection
        .prepare_cached("SELECT view FROM operation WHERE id = ?1")?
        .query_row([arrival.id.as_bytes()], |row| row.get(0))
        .optional()?;
    if let Some(view) = before {
        return Ok(Received::Before(Box::new(read_view(&view)?)));
    }
    let inserted = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO operation (id, issuer, nonce, received, live, view) VALUES (?1, ?2, ?3, ?4, 1, ?5)",
        )?
        .execute(params![
            arrival.id.as_bytes(),
            arrival.issuer.as_bytes(),
            arrival.nonce,
            seconds(arrival.now),
            view_json(&arrival.view)
        ])?;
    if inserted == 0 {
        return Ok(Received::NonceUsed);
    }
    for capability in &arrival.capabilities {
        keep_capability(transaction, capability, arrival.now)?;
    }
    transaction.append("invocation", arrival.id, &arrival.envelope, arrival.now)?;
    let mut spent = None;
    for limit in &arrival.limits {
        // Attempts count against a rate even where the uses are spent.
        let over = reserve(transaction.connection(), limit, arrival.now)?;
        spent = spent.or(over);
    }
    Ok(match spent {
        None => Received::Fresh,
        Some(what) => Received::Spent(what),
    })
}

/// Reserves one use; says what is spent if one is.
fn reserve(connection: &Connection, limit: &Limit, now: Timestamp) -> Result<Option<String>, StoreError> {
    let id = limit.capability.as_bytes();
    let used: i64 = connection
        .prepare_cached(
            "UPDATE capability SET reserved = reserved + 1 WHERE digest = ?1 RETURNING reserved + committed",
        )?
        .query_row([id], |row| row.get(0))?;
    let mut spent = None;
    if limit.max_uses.is_some_and(|most| used.unsigned_abs() > most) {
        spent = Some(format!(
            "the {} uses of capability {}",
            limit.max_uses.unwrap_or(0),
            limit.capability.short()
        ));
    }
    if let Some((uses, window)) = limit.rate {
        connection
            .prepare_cached("DELETE FROM attempt WHERE capability = ?1 AND at <= ?2")?
            .execute(params![id, as_i64(now.seconds().saturating_sub(window))])?;
        connection
            .prepare_cached("INSERT INTO attempt (capability, at) VALUES (?1, ?2)")?
            .execute(params![id, seconds(now)])?;
        let attempts: i64 = connection
            .prepare_cached("SELECT COUNT(*) FROM attempt WHERE capability = ?1")?
            .query_row([id], |row| row.get(0))?;
        if attempts.unsigned_abs() > uses {
            spent = Some(format!("{uses} uses within {window} s of capability {}", limit.capability.short()));
        }
    }
    Ok(spent)
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

fn put_view(connection: &Connection, operation: &Digest, view: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE operation SET view = ?2 WHERE id = ?1")?
        .execute(params![operation.as_bytes(), view])?;
    Ok(())
}

fn view_json(view: &OperationView) -> String {
    serde_json::to_string(view).unwrap_or_default()
}

fn read_view(text: &str) -> Result<OperationView, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged(format!("an operation's row: {error}")))
}

fn json(value: &Value) -> String {
    String::from_utf8_lossy(&value.encode()).into_owned()
}

fn value(text: &str) -> Result<Value, StoreError> {
    Value::parse_any_size(text.as_bytes())
        .map_err(|error| StoreError::Damaged(format!("a stored value: {error}")))
}

fn seconds(time: Timestamp) -> i64 {
    as_i64(time.seconds())
}

pub(crate) fn as_i64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
