//! What a broker reads and holds before it serves: its folder, its key, what persons decided.

use super::{LEDGER_KEY, LedgerKey, StartError};
use crate::approval::Requests;
use crate::policy::Policy;
use crate::realm::{Change, Realm};
use bailiwick_authority::{
    Digest, Envelope, Finding, Kind, Pause, PublicKey, Receipt, Signed, Target, Timestamp, Unverified,
};
use bailiwick_keystore::{RootKey, RootKeyError, RootStore, RootStoreError, RootStoreKind, SecretName};
use bailiwick_ledger::{Store, StoreError};
use bailiwick_protocol::Places;
use rusqlite::OptionalExtension as _;
use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::Arc;

/// Makes the data folder ours alone, and holds it: the folder itself, too, since somebody may take a lock
/// file for a stale one and remove it.
pub(super) fn prepare_folder(places: &Places) -> Result<Vec<File>, StartError> {
    crate::server::make_private_folder(&places.data)?;
    let failed = |path: PathBuf| move |error| StartError::Folder { path, error };
    let path = places.data.join("broker.lock");
    let lock = crate::server::make_private_file(&path)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StartError::AlreadyRunning(places.data.clone())),
        Err(TryLockError::Error(error)) => return Err(failed(path)(error)),
    }
    let mut held = vec![lock];
    // Not every system opens folders, nor every file system locks them; the file is locked in any case.
    if let Ok(folder) = File::open(&places.data) {
        match folder.try_lock() {
            // Let go of first: whoever gets the file has the folder.
            Ok(()) => held.insert(0, folder),
            Err(TryLockError::WouldBlock) => return Err(StartError::AlreadyRunning(places.data.clone())),
            Err(TryLockError::Error(error)) => tracing::debug!(%error, "the data folder cannot be locked"),
        }
    }
    // SQLite gives the files beside it the modes of this one.
    crate::server::make_private_file(&places.ledger())?;
    Ok(held)
}

/// The ledger key: made only for a ledger that is empty.
pub(super) fn ledger_key(roots: &dyn RootStore, store: &Store) -> Result<LedgerKey, StartError> {
    let name = SecretName::new(LEDGER_KEY).map_err(|error| StartError::LedgerKey(error.into()))?;
    let key = match RootKey::load(roots, &name) {
        Err(RootKeyError::Store(RootStoreError::Absent { .. }))
            if store.tip()?.0 == 0 && roots.kind() == RootStoreKind::Keychain =>
        {
            RootKey::create(roots, &name)
        }
        loaded => loaded,
    }
    .map_err(StartError::LedgerKey)?;
    LedgerKey::new(key).map_err(|error| StartError::Ledger(error.to_string()))
}

/// Whether the last statement of the broker's own was signed with this key.
pub(super) fn check_own_statements(store: &Store, key: &PublicKey) -> Result<(), StartError> {
    let last: Option<Vec<u8>> = store.read(|connection| {
        let mut query = connection.prepare(
            "SELECT bytes FROM leaf JOIN envelope ON envelope.statement = leaf.statement
             WHERE kind IN ('receipt', 'finding') ORDER BY sequence DESC LIMIT 1",
        )?;
        Ok(query.query_row([], |row| row.get(0)).optional()?)
    })?;
    let Some(bytes) = last else { return Ok(()) };
    let damaged = |what: String| StartError::Ledger(what);
    let envelope = Envelope::parse(&bytes).map_err(|error| damaged(error.to_string()))?;
    let issuer = match Kind::of(&envelope) {
        Some(Kind::Finding) => Unverified::<Finding>::read(envelope).map(|one| one.verify(key).is_ok()),
        _ => Unverified::<Receipt>::read(envelope).map(|one| one.verify(key).is_ok()),
    };
    match issuer.map_err(|error| damaged(error.to_string()))? {
        true => Ok(()),
        false => Err(StartError::OtherKey),
    }
}

/// The compiled policy in force, by its statement.
pub(super) type Compiled = Option<(Digest, Arc<Policy>)>;

/// Folds what persons decided, in the ledger's order, through the one judge.
pub(super) fn read_realm(store: &Store, broker: &PublicKey) -> Result<(Realm, Compiled), StartError> {
    let mut realm = Realm::default();
    let past = Requests { store, broker };
    for (place, time, bytes) in decisions(store)? {
        let damaged = |what: String| StartError::Ledger(what);
        let envelope = Envelope::parse(&bytes).map_err(|error| damaged(error.to_string()))?;
        match Kind::of(&envelope) {
            Some(Kind::Pause) => {
                // Pauses are the broker's own: one that does not verify was signed with another key.
                let pause: Signed<Pause> = realm.own(envelope, broker).map_err(|_| StartError::OtherKey)?;
                realm = realm.pause(&pause);
            }
            Some(Kind::Approval) => {
                realm.hear_again(envelope, time).map_err(|error| damaged(error.message))?;
            }
            _ => {
                let judged = realm.judge(envelope, time, &past).map_err(|error| damaged(error.message))?;
                if matches!(judged.change, Change::Proposed(_)) {
                    return Err(damaged(format!("too few persons agreed to the {}", judged.kind.as_str())));
                }
                let largest = match judged.kind {
                    Kind::Policy => Some(largest_ask(store, &judged.digest)?),
                    _ => None,
                };
                realm = judged.next.placed(&judged.digest, place);
                realm.largest_ask = largest.unwrap_or(realm.largest_ask);
            }
        }
    }
    let policy = match &realm.policy {
        None => None,
        Some(statement) => {
            let texts = crate::admission::read_texts(store, statement.body())?;
            let policy = Policy::load(&texts).map_err(|problems| {
                StartError::Ledger(format!(
                    "the policy in force no longer loads: {}",
                    crate::admission::first(&problems)
                ))
            })?;
            Some((statement.digest(), Arc::new(policy)))
        }
    };
    Ok((realm, policy))
}

/// The most persons that a policy asked for when it was admitted.
fn largest_ask(store: &Store, policy: &Digest) -> Result<u64, StoreError> {
    store.read(|connection| {
        let mut query = connection.prepare_cached("SELECT largest FROM quorum WHERE policy = ?1")?;
        let largest: Option<i64> = query.query_row([policy.as_bytes()], |row| row.get(0)).optional()?;
        Ok(largest.map_or(1, i64::unsigned_abs))
    })
}

/// Place, time and envelope of what persons decided, and their answers to what is not settled or was no request: the answers to requests
/// that are settled decide nothing any more.
fn decisions(store: &Store) -> Result<Vec<(u64, Timestamp, Vec<u8>)>, StoreError> {
    store.read(|connection| {
        let mut query = connection.prepare(
            "SELECT time, bytes, sequence FROM leaf JOIN envelope_at USING (sequence)
             WHERE kind IN ('roster', 'connection', 'policy', 'halt', 'pause', 'resume', 'standing')
                OR sequence IN (SELECT leaf.sequence FROM pending JOIN answer USING (target)
                    JOIN leaf ON leaf.statement = answer.approval
                    WHERE pending.kind <> 'request' OR pending.state = 'waiting')
             ORDER BY sequence",
        )?;
        let rows = query.query_map([], |row| {
            let time =
                Timestamp::from_seconds(row.get::<_, i64>(0)?.unsigned_abs()).unwrap_or(Timestamp::LAST);
            Ok((row.get::<_, i64>(2)?.unsigned_abs(), time, row.get(1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
}

pub(super) fn read_tombstones(store: &Store) -> Result<Vec<Target>, StartError> {
    let rows: Vec<(String, String)> = store.read(|connection| {
        let mut query = connection.prepare("SELECT kind, id FROM revoked")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    })?;
    rows.into_iter()
        .map(|(kind, id)| {
            Target::from_parts(&kind, &id).map_err(|error| StartError::Ledger(error.to_string()))
        })
        .collect()
}
