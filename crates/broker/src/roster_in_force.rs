//! The roster in force as consoles read it, with what the ledger knows of each key.

use crate::broker::{Broker, store_error};
use crate::realm::not_set_up;
use bailiwick_authority::{Alarm, Digest, Envelope, KeyId, Roster, Unverified, Value};
use bailiwick_ledger::StoreError;
use bailiwick_protocol::{AlarmView, ApiError, KeyUse, RosterInForce, SignedEntry};
use std::collections::BTreeMap;

/// So many alarms are told; all of them are in the ledger.
const MOST_ALARMS: i64 = 20;

/// An entry that a person signed, with its envelope.
struct Entry {
    sequence: u64,
    kind: String,
    statement: Digest,
    time: u64,
    envelope: Vec<u8>,
}

impl Broker {
    /// Reads the ledger; not for every second.
    pub(crate) fn roster_in_force(&self) -> Result<RosterInForce, ApiError> {
        let roster = self.realm().roster.clone().ok_or_else(not_set_up)?;
        let mut keys: BTreeMap<KeyId, KeyUse> = BTreeMap::new();
        for entry in self.signed_by_persons().map_err(store_error)? {
            let Ok(envelope) = Envelope::parse(&entry.envelope) else { continue };
            if entry.kind == "roster" {
                enrolled(&envelope, entry.time, &mut keys);
            }
            if let Some(used) = issuer(&envelope).and_then(|issuer| keys.get_mut(&issuer)) {
                used.last_used = Some(entry.time);
                used.signed.push(SignedEntry {
                    sequence: entry.sequence,
                    kind: entry.kind,
                    statement: entry.statement.to_string(),
                    time: entry.time,
                });
            }
        }
        Ok(RosterInForce {
            statement: roster.digest().to_string(),
            envelope: String::from_utf8_lossy(&roster.envelope().to_bytes()).into_owned(),
            keys: keys.into_values().collect(),
            alarms: self.alarms().map_err(store_error)?,
        })
    }

    /// The newest alarms.
    fn alarms(&self) -> Result<Vec<AlarmView>, StoreError> {
        let entries: Vec<(i64, i64, Vec<u8>)> = self.journal.store().read(|connection| {
            let mut query = connection.prepare(
                "SELECT sequence, time, bytes FROM leaf
                 JOIN envelope ON envelope.statement = leaf.statement
                 WHERE kind = 'alarm' ORDER BY sequence DESC LIMIT ?1",
            )?;
            let rows = query.query_map([MOST_ALARMS], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        let view = |(sequence, time, bytes): (i64, i64, Vec<u8>)| {
            let alarm = Unverified::<Alarm>::read(Envelope::parse(&bytes).ok()?).ok()?;
            let Alarm { code, statement, person, text, .. } = alarm.body();
            Some(AlarmView {
                sequence: sequence.unsigned_abs(),
                time: time.unsigned_abs(),
                code: code.to_string(),
                statement: statement.to_string(),
                person: person.as_ref().map(ToString::to_string),
                text: text.as_str().to_owned(),
            })
        };
        Ok(entries.into_iter().filter_map(view).collect())
    }

    /// Everything but what agents and the broker signed, in the ledger's order.
    fn signed_by_persons(&self) -> Result<Vec<Entry>, StoreError> {
        self.journal.store().read(|connection| {
            let mut query = connection.prepare(
                "SELECT sequence, kind, leaf.statement, time, bytes FROM leaf
                 JOIN envelope ON envelope.statement = leaf.statement
                 WHERE kind NOT IN ('invocation', 'receipt', 'finding', 'pause', 'request', 'alarm') ORDER BY sequence",
            )?;
            let rows = query.query_map([], |row| {
                Ok(Entry {
                    sequence: row.get::<_, i64>(0)?.unsigned_abs(),
                    kind: row.get(1)?,
                    statement: Digest::from_bytes(row.get(2)?),
                    time: row.get::<_, i64>(3)?.unsigned_abs(),
                    envelope: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn enrolled(envelope: &Envelope, time: u64, keys: &mut BTreeMap<KeyId, KeyUse>) {
    let Ok(roster) = Unverified::<Roster>::read(envelope.clone()) else { return };
    for key in roster.body().persons.iter().flat_map(|person| &person.keys) {
        let id = key.key.id();
        let unused = KeyUse { key: id.to_string(), since: time, last_used: None, signed: Vec::new() };
        keys.entry(id).or_insert(unused);
    }
}

/// Who signed it: the ledger has nothing whose signature was not verified.
fn issuer(envelope: &Envelope) -> Option<KeyId> {
    Value::parse(envelope.payload()).ok()?.get("issuer")?.as_str()?.parse().ok()
}
