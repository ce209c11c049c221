//! The rows of what waits for persons, and of what they answered.

use super::{Journal, as_i64, seconds};
use crate::approval::{Countdown, How, Matter};
use bailiwick_authority::{Digest, KeyId, Timestamp, Value};
use bailiwick_ledger::StoreError;
use bailiwick_protocol::PolicyTexts;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// A row of something that waits, or waited.
#[derive(Debug)]
pub(crate) struct PendingRow {
    pub(crate) target: Digest,
    /// For a proposal: the statement as it was signed. The ledger has requests.
    pub(crate) envelope: Option<Vec<u8>>,
    pub(crate) texts: Option<PolicyTexts>,
    pub(crate) facts: Option<Value>,
    /// What the operation was decided on, as [`crate::record::Record::decided`] wrote it.
    pub(crate) decided: Option<Value>,
    pub(crate) since: Timestamp,
    pub(crate) countdown: Countdown,
    /// How it ended; `None` while it waits.
    pub(crate) how: Option<How>,
}

/// What the row of a new matter has beside the matter.
#[derive(Debug, Default)]
pub(crate) struct About {
    pub(crate) operation: Option<Digest>,
    pub(crate) decided: Option<Value>,
    pub(crate) agent: Option<KeyId>,
    /// What people call who asked.
    pub(crate) label: Option<String>,
    pub(crate) action: Option<String>,
    pub(crate) resource: Option<String>,
    /// For a proposal: the statement as it was signed.
    pub(crate) envelope: Option<Vec<u8>>,
    pub(crate) texts: Option<PolicyTexts>,
    pub(crate) asked_ms: u64,
}

/// Adds the row of a matter that waits from now on.
pub(crate) fn put(connection: &Connection, matter: &Matter, about: &About) -> Result<(), StoreError> {
    let asks = matter
        .asks
        .iter()
        .map(|ask| Value::object([("policy", Value::from(&ask.policy)), ("title", Value::from(&ask.title))]));
    let text = |value: &Value| String::from_utf8_lossy(&value.encode()).into_owned();
    let texts = about.texts.as_ref().map(|texts| serde_json::to_string(texts).unwrap_or_default());
    connection
        .prepare_cached(
            "INSERT INTO pending (target, kind, operation, agent, label, action, resource, asks, envelope, texts,
                facts, decided, since, expires, asked_ms, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 'waiting')",
        )?
        .execute(params![
            matter.target.as_bytes(),
            matter.kind().as_str(),
            about.operation.as_ref().map(Digest::as_bytes),
            about.agent.map(|agent| agent.to_string()),
            about.label,
            about.action,
            about.resource,
            text(&Value::List(asks.collect())),
            about.envelope,
            texts,
            matter.facts,
            about.decided.as_ref().map(text),
            seconds(matter.since),
            seconds(matter.countdown.expires),
            as_i64(about.asked_ms),
        ])?;
    Ok(())
}

/// Notes which statement an approval in the ledger answers.
pub(crate) fn put_answer(
    connection: &Connection,
    approval: &Digest,
    target: &Digest,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO answer (approval, target) VALUES (?1, ?2)")?
        .execute(params![approval.as_bytes(), target.as_bytes()])?;
    Ok(())
}

/// Notes that a person denied this, so that nobody is asked about it again.
pub(crate) fn put_refused(
    connection: &Connection,
    what: &Digest,
    request: &Digest,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO refused (what, request) VALUES (?1, ?2)")?
        .execute(params![what.as_bytes(), request.as_bytes()])?;
    Ok(())
}

/// Notes how a matter is held.
pub(crate) fn put_countdown(
    connection: &Connection,
    target: &Digest,
    countdown: &Countdown,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE pending SET expires = ?2, held = ?3, held_seconds = ?4 WHERE target = ?1")?
        .execute(params![
            target.as_bytes(),
            seconds(countdown.expires),
            countdown.held.map(seconds),
            as_i64(countdown.held_seconds)
        ])?;
    Ok(())
}

impl Journal {
    /// What waits, oldest first.
    pub(crate) fn waiting(&self) -> Result<Vec<PendingRow>, StoreError> {
        self.pending_where("state = 'waiting'", None)
    }

    /// What persons were asked about an operation.
    pub(crate) fn asked_about(&self, operation: &Digest) -> Result<Option<PendingRow>, StoreError> {
        Ok(self.pending_where("operation = ?1", Some(operation))?.pop())
    }

    /// One matter.
    pub(crate) fn matter(&self, target: &Digest) -> Result<Option<PendingRow>, StoreError> {
        Ok(self.pending_where("target = ?1", Some(target))?.pop())
    }

    /// The request that a person denied when this was asked before.
    pub(crate) fn refused(&self, what: &Digest) -> Result<Option<Digest>, StoreError> {
        self.store.read(|connection| {
            let mut query = connection.prepare_cached("SELECT request FROM refused WHERE what = ?1")?;
            let found: Option<[u8; 32]> = query.query_row([what.as_bytes()], |row| row.get(0)).optional()?;
            Ok(found.map(Digest::from_bytes))
        })
    }

    /// The envelopes of the approvals of a statement with when they were admitted, in their order.
    pub(crate) fn answers(&self, target: &Digest) -> Result<Vec<(Timestamp, Vec<u8>)>, StoreError> {
        self.store.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT leaf.time, bytes FROM answer JOIN leaf ON leaf.statement = answer.approval
                 JOIN envelope_at USING (sequence) WHERE answer.target = ?1 ORDER BY sequence",
            )?;
            let rows = query.query_map([target.as_bytes()], |row| Ok((time(row.get(0)?), row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn pending_where(&self, condition: &str, key: Option<&Digest>) -> Result<Vec<PendingRow>, StoreError> {
        self.store.read(|connection| {
            let mut query =
                connection.prepare_cached(&format!("{PENDING} WHERE {condition} ORDER BY asked_ms"))?;
            let rows = match key {
                Some(key) => query.query_map([key.as_bytes()], read)?.collect::<Result<Vec<_>, _>>()?,
                None => query.query_map([], read)?.collect::<Result<Vec<_>, _>>()?,
            };
            rows.into_iter().map(Raw::into_row).collect()
        })
    }
}

const PENDING: &str = "SELECT target, envelope, texts, facts, decided, since, expires, held,
    held_seconds, state FROM pending";

struct Raw {
    row: PendingRow,
    texts: Option<String>,
    facts: Option<String>,
    decided: Option<String>,
    state: String,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw {
        row: PendingRow {
            target: Digest::from_bytes(row.get(0)?),
            envelope: row.get(1)?,
            texts: None,
            facts: None,
            decided: None,
            since: time(row.get(5)?),
            countdown: Countdown {
                expires: time(row.get(6)?),
                held: row.get::<_, Option<i64>>(7)?.map(time),
                held_seconds: row.get::<_, i64>(8)?.unsigned_abs(),
            },
            how: None,
        },
        texts: row.get(2)?,
        facts: row.get(3)?,
        decided: row.get(4)?,
        state: row.get(9)?,
    })
}

impl Raw {
    fn into_row(self) -> Result<PendingRow, StoreError> {
        let damaged = |what: &str| StoreError::Damaged(format!("a row of what waits: {what}"));
        let texts = match self.texts.as_deref().map(serde_json::from_str) {
            Some(Ok(texts)) => Some(texts),
            Some(Err(_)) => return Err(damaged("its policy")),
            None => None,
        };
        let value = |text: Option<String>| text.map(|text| super::read::value(&text)).transpose();
        let how = match How::of(&self.state) {
            None if self.state != "waiting" => return Err(damaged("its state")),
            how => how,
        };
        Ok(PendingRow { texts, facts: value(self.facts)?, decided: value(self.decided)?, how, ..self.row })
    }
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds.unsigned_abs()).unwrap_or(Timestamp::LAST)
}
