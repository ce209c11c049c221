//! Taking an invocation in: its statements into the ledger, its uses reserved on every ancestor.

use super::read::read_view;
use super::{Arrival, Limit, NewCapability, Received, as_i64, note_time, seconds, view_json};
use bailiwick_authority::{Digest, Timestamp};
use bailiwick_ledger::{StoreError, Transaction};
use rusqlite::{Connection, OptionalExtension as _, params};

/// How many attempts over a rate are refused with a receipt within its window.
const RECORDED_REFUSALS: u64 = 100;

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

pub(super) fn receive(transaction: &mut Transaction<'_>, arrival: &Arrival) -> Result<Received, StoreError> {
    let connection = transaction.connection();
    let before: Option<String> = connection
        .prepare_cached("SELECT view FROM operation WHERE id = ?1")?
        .query_row([arrival.id.as_bytes()], |row| row.get(0))
        .optional()?;
    if let Some(view) = before {
        return Ok(Received::Before(Box::new(read_view(&view)?)));
    }
    // Here nothing can come between: the ledger is written by this thread alone.
    let roster: Option<[u8; 32]> = connection
        .prepare_cached("SELECT statement FROM leaf WHERE kind = 'roster' ORDER BY sequence DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    if roster.as_ref() != Some(arrival.roster.as_bytes()) {
        return Ok(Received::OtherRoster);
    }
    for limit in &arrival.limits {
        if is_far_over(connection, limit, arrival.now)? {
            return Ok(Received::FarOver(limit.capability));
        }
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
    note_time(transaction.connection(), arrival.now)?;
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

/// Whether so many were refused within this window already that one more is not recorded: a rate bounds
/// what an agent writes into the ledger, too.
fn is_far_over(connection: &Connection, limit: &Limit, now: Timestamp) -> Result<bool, StoreError> {
    let Some((uses, window)) = limit.rate else { return Ok(false) };
    let attempts: i64 = connection
        .prepare_cached("SELECT COUNT(*) FROM attempt WHERE capability = ?1 AND at > ?2")?
        .query_row(
            params![limit.capability.as_bytes(), as_i64(now.seconds().saturating_sub(window))],
            |row| row.get(0),
        )?;
    Ok(attempts.unsigned_abs() >= uses.saturating_add(RECORDED_REFUSALS))
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
