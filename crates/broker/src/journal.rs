//! The durable steps of operations, beside the ledger in the same store.
//!
//! | step | a crash after it means |
//! |---|---|
//! | [`Journal::receive`] | the operation exists; nothing was asked of anybody: it failed |
//! | `put_pending` | persons are asked; the next start lets it wait on |
//! | [`Journal::intend_mint`] | a credential may have been minted; its value is lost, it dies by itself |
//! | [`Journal::minted`] | a credential was minted; its value is lost, it dies at a known time |
//! | [`Journal::intend_act`] | the act may have happened: unknown until it is looked up |
//! | [`Journal::acted`] | the outcome is known; what remains is tidying up and the receipt |
//! | [`Journal::finish`] | nothing remains |
//!
//! INVARIANT: a [`Recorded`] value exists only after its step is on disk.

mod pending;
mod read;
mod receive;
mod tables;

pub(crate) use pending::{About, PendingRow, put as put_pending, put_answer, put_countdown, put_refused};
pub(crate) use read::{CredentialRow, Left, LeftAct};
pub(crate) use receive::keep_capability;
pub(crate) use tables::TABLES;

use crate::approval::How;
use crate::record::Record;
use bailiwick_authority::{Digest, Timestamp, Value};
use bailiwick_ledger::{Store, StoreError, Transaction};
use bailiwick_protocol::OperationView;
use rusqlite::{Connection, params};
use std::sync::Arc;
use tokio::sync::oneshot;

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
    /// The roster that it was judged by.
    pub(crate) roster: Digest,
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
    /// This capability's rate was exceeded so often that nothing was recorded.
    FarOver(Digest),
    /// Nothing was recorded: another roster stands in the ledger than the one that it was judged by.
    OtherRoster,
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
        self.write(move |transaction| receive::receive(transaction, &arrival)).await
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
            let assertion =
                credential(connection, operation, (purpose, "app-jwt", "{}"), now, Some(assertion))?;
            let token =
                credential(connection, operation, (purpose, "installation-token", &scope), now, None)?;
            note_time(connection, now)?;
            Ok(Recorded(MintIntent { assertion, token }))
        })
        .await
    }

    /// Records that an assertion of the App's, with this digest and end, is about to be used by itself.
    pub(crate) async fn intend_assertion(
        &self,
        operation: Digest,
        purpose: &'static str,
        assertion: (Digest, Timestamp),
        now: Timestamp,
    ) -> Result<Recorded<i64>, StoreError> {
        self.write(move |transaction| {
            let what = (purpose, "app-jwt", "{}");
            credential(transaction.connection(), operation, what, now, Some(assertion)).map(Recorded)
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

    /// Records the decision to act, with the facts it rests on, and commits the reserved uses; `None` where
    /// a rule that persons made, with so many uses, is spent.
    pub(crate) async fn intend_act(
        &self,
        operation: Digest,
        (facts, decided): (&Value, &Value),
        (chain, rules): (Vec<Digest>, Vec<(Digest, u64)>),
        view: &OperationView,
        now: Timestamp,
    ) -> Result<Option<Recorded<ActIntent>>, StoreError> {
        let (facts, decided, view) = (json(facts), json(decided), view.clone());
        self.write(move |transaction| {
            let connection = transaction.connection();
            if !crate::approval::take_uses(connection, &rules)? {
                return Ok(None);
            }
            connection
                .prepare_cached("INSERT INTO act (operation, at, facts) VALUES (?1, ?2, ?3)")?
                .execute(params![operation.as_bytes(), seconds(now), facts])?;
            connection
                .prepare_cached("INSERT INTO decided (operation, what) VALUES (?1, ?2)")?
                .execute(params![operation.as_bytes(), decided])?;
            for capability in &chain {
                connection
                    .prepare_cached(
                        "UPDATE capability SET reserved = reserved - 1, committed = committed + 1 WHERE digest = ?1",
                    )?
                    .execute([capability.as_bytes()])?;
            }
            put_view(connection, &operation, &view)?;
            Ok(Some(Recorded(ActIntent)))
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

    /// Ends an operation: its receipt into the ledger, uses that were only reserved given back, the ends
    /// of its credentials where they could not be written before.
    pub(crate) async fn finish(
        &self,
        record: &Record,
        receipt: (Digest, Vec<u8>),
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let (operation, chain, view) = (record.id, record.chain.clone(), record.view.clone());
        let credentials = record.credentials.clone();
        let how = if view.outcome.as_deref() == Some("halted") { How::Halted } else { How::Void };
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
            for one in &credentials {
                connection
                    .prepare_cached(
                        "UPDATE credential SET end = ?4, life_ms = ?5
                         WHERE operation = ?1 AND purpose = ?2 AND kind = ?3 AND end IS NULL",
                    )?
                    .execute(params![
                        operation.as_bytes(),
                        one.purpose.as_str(),
                        one.kind.as_str(),
                        one.end.as_str(),
                        one.life_ms.map(as_i64)
                    ])?;
            }
            // Whatever still waited for persons ends with the operation that it was about.
            connection
                .prepare_cached(
                    "UPDATE pending SET state = ?2, settled_ms = ?3 WHERE operation = ?1 AND state = 'waiting'",
                )?
                .execute(params![operation.as_bytes(), how.as_str(), as_i64(now.seconds().saturating_mul(1_000))])?;
            connection
                .prepare_cached("UPDATE operation SET live = 0, outcome = ?2, view = ?3 WHERE id = ?1")?
                .execute(params![operation.as_bytes(), view.outcome, view_json(&view)])?;
            note_time(connection, now)?;
            Ok(sequence)
        })
        .await
    }

    /// Adds a finding to an operation that had ended as unknown; `None` when another was there before.
    pub(crate) async fn found(
        &self,
        view: OperationView,
        operation: Digest,
        finding: (Digest, Vec<u8>),
        now: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        self.write(move |transaction| {
            let still_unknown = transaction
                .connection()
                .prepare_cached(
                    "UPDATE operation SET outcome = ?2, view = ?3 WHERE id = ?1 AND outcome = 'unknown'",
                )?
                .execute(params![operation.as_bytes(), view.outcome, view_json(&view)])?;
            if still_unknown == 0 {
                return Ok(None);
            }
            transaction.append("finding", finding.0, &finding.1, now).map(Some)
        })
        .await
    }
}

/// Adds the row of a credential of this purpose, kind and scope, with its digest and end if they are known.
fn credential(
    connection: &Connection,
    operation: Digest,
    (purpose, kind, scope): (&str, &str, &str),
    now: Timestamp,
    known: Option<(Digest, Timestamp)>,
) -> Result<i64, StoreError> {
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

pub(crate) fn put_view(
    connection: &Connection,
    operation: &Digest,
    view: &OperationView,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE operation SET view = ?2 WHERE id = ?1")?
        .execute(params![operation.as_bytes(), view_json(view)])?;
    Ok(())
}

fn view_json(view: &OperationView) -> String {
    serde_json::to_string(view).unwrap_or_default()
}

fn json(value: &Value) -> String {
    String::from_utf8_lossy(&value.encode()).into_owned()
}

fn seconds(time: Timestamp) -> i64 {
    as_i64(time.seconds())
}

pub(crate) fn as_i64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
