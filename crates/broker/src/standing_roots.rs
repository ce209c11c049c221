//! Which root capabilities stand, now that keys end: what rests on a key that was retired, or signed with one
//! since it was in other hands, falls with it.
//!
//! INVARIANT: what fell is closed at the gate before the roster is answered, as by a revocation.

use crate::broker::{Broker, store_error};
use bailiwick_authority::{Admissions, Capability, Digest, Role, Roster, Target, Unverified};
use bailiwick_ledger::{Store, StoreError};
use bailiwick_protocol::ApiError;
use rusqlite::{OptionalExtension as _, params};

/// The ledger, asked where a statement stands.
pub(crate) struct Ledger<'a>(pub(crate) &'a Store);

impl Admissions for Ledger<'_> {
    fn place(&self, statement: &Digest) -> Option<u64> {
        let place = self.0.read(|connection| {
            let mut query = connection.prepare_cached("SELECT sequence FROM leaf WHERE statement = ?1")?;
            let place: Option<i64> = query.query_row([statement.as_bytes()], |row| row.get(0)).optional()?;
            Ok(place.and_then(|place| u64::try_from(place).ok()))
        });
        // What cannot be read was not admitted: the root does not stand.
        place.unwrap_or_else(|error| {
            tracing::error!(%error, "the ledger could not be asked where a root stands");
            None
        })
    }
}

impl Broker {
    /// Closes the gate for every root that stood under the roster before, and no longer does.
    pub(crate) fn let_fall(&self, before: &Roster) -> Result<(), ApiError> {
        let realm = self.realm();
        let Some(after) = realm.roster.as_ref().map(|roster| roster.body()) else { return Ok(()) };
        if !somebody_stands_otherwise(before, after) {
            return Ok(());
        }
        for (digest, place, envelope) in roots(self.journal.store()).map_err(store_error)? {
            let Ok(root) = Unverified::<Capability>::parse(&envelope) else { continue };
            let stands =
                |roster: &Roster| roster.steward_of_root(root.common().issuer, || Some(place)).is_some();
            if stands(before) && !stands(after) {
                self.gate.close(&Target::Capability(digest));
            }
        }
        // What the new roster voids is not used from memory either.
        if realm.policy.is_none() {
            *self.policy.write() = None;
        }
        self.destinations
            .lock()
            .retain(|known, _| realm.connections.values().any(|one| one.digest() == *known));
        Ok(())
    }
}

/// Whether any key, or any person's being a steward, is otherwise than before.
fn somebody_stands_otherwise(before: &Roster, after: &Roster) -> bool {
    before.persons.iter().flat_map(|person| &person.keys).any(|old| {
        let standing = |roster: &Roster| {
            roster
                .enrolled(old.key.id())
                .map(|(person, key)| (key.end, person.roles.contains(&Role::Steward)))
        };
        standing(before) != standing(after)
    })
}

/// Digest, place and envelope of every root capability.
fn roots(store: &Store) -> Result<Vec<(Digest, u64, Vec<u8>)>, StoreError> {
    store.read(|connection| {
        let mut query = connection.prepare(
            "SELECT capability.digest, leaf.sequence, envelope.bytes FROM capability
             JOIN leaf ON leaf.statement = capability.digest
             JOIN envelope ON envelope.statement = capability.digest
             WHERE capability.parent IS NULL",
        )?;
        let rows = query.query_map(params![], |row| {
            Ok((Digest::from_bytes(row.get(0)?), row.get::<_, i64>(1)?.unsigned_abs(), row.get(2)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
}
