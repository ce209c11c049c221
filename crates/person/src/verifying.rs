//! Holding a ledger against its own mathematics and signatures, and against what was seen before.
//!
//! Each entry's place, head, digests and signature are checked by the pure half of the ledger crate, from
//! the genesis that was pinned, with the broker's key that was pinned. The head that was seen last must
//! stand in it.

use crate::failure::{Failure, bad_format, bad_value};
use crate::known_head::KnownHead;
use crate::ledger_source::{Header, LedgerSource};
use bailiwick_authority::{Digest, PublicKey, Timestamp};
use bailiwick_ledger::{Head, Leaf, Summary, Verification};
use bailiwick_protocol::{LedgerEntry, Places, Status};

/// What a ledger says of itself, which is not believed but compared.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its realm.
    pub realm: Option<String>,
    /// The key of the broker that keeps it.
    pub broker_key: String,
    /// How many entries it has.
    pub entries: u64,
    /// The head after the last.
    pub head: String,
    /// Whether it may be of an earlier day: an export.
    pub is_export: bool,
}

impl From<Status> for Claimed {
    fn from(status: Status) -> Claimed {
        let Status { realm, broker_key, entries, head, .. } = status;
        Claimed { realm, broker_key, entries, head, is_export: false }
    }
}

impl From<Header> for Claimed {
    fn from(header: Header) -> Claimed {
        let Header { realm, broker_key, entries, head, .. } = header;
        Claimed { realm, broker_key, entries, head, is_export: true }
    }
}

/// What a ledger is held against, where it is known beforehand.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The genesis.
    pub genesis: Option<Digest>,
    /// The broker's key.
    pub broker_key: Option<PublicKey>,
}

/// A ledger that holds.
#[derive(Clone, Debug)]
pub struct Verified {
    /// What it has.
    pub summary: Summary,
    /// Whether it was held against a genesis and a key that were known before.
    pub pinned: bool,
}

/// Walks the whole of `source` and remembers its head. `progress` is called after each entry.
pub async fn verify(
    source: &mut LedgerSource,
    claimed: &Claimed,
    known: Known,
    places: &Places,
    mut progress: impl FnMut(u64),
) -> Result<Verified, Failure> {
    let (key, key_known) = broker_key(known.broker_key, claimed)?;
    let realm = match (known.genesis, &claimed.realm) {
        (Some(genesis), _) => Some(genesis),
        (None, Some(realm)) => Some(realm.parse().map_err(|why| bad_value("a realm", realm, &why))?),
        (None, None) => None,
    };
    let seen = match &realm {
        Some(realm) => KnownHead::read(places, realm)?,
        None => None,
    };
    let mut verification = Verification::new(realm, key);
    while let Some(entry) = source.next().await? {
        take(&mut verification, &entry, seen)?;
        progress(entry.sequence + 1);
    }
    let summary = verification.summary();
    compare(summary, claimed, seen)?;
    if let Some(realm) = summary.realm
        && seen.is_none_or(|seen| seen.entries <= summary.entries)
    {
        KnownHead { entries: summary.entries, head: summary.head.digest() }.write(places, &realm)?;
    }
    Ok(Verified { summary: summary.clone(), pinned: key_known && known.genesis.is_some() })
}

/// The key that the broker's own statements are held against, and whether it was known beforehand.
fn broker_key(known: Option<PublicKey>, claimed: &Claimed) -> Result<(PublicKey, bool), Failure> {
    let own = PublicKey::from_line(&claimed.broker_key)
        .map_err(|why| bad_format("a public key", &claimed.broker_key, &why))?;
    match known {
        Some(known) if known != own => Err(Failure::unverified(
            format!(
                "this ledger was kept with the key {}, and {} is expected",
                own.to_line(),
                known.to_line()
            ),
            "it is another broker's ledger, or somebody replaced it",
        )),
        Some(known) => Ok((known, true)),
        None => Ok((own, false)),
    }
}

fn take(
    verification: &mut Verification,
    entry: &LedgerEntry,
    seen: Option<KnownHead>,
) -> Result<(), Failure> {
    let (leaf, head) = parts(entry)?;
    verification.entry(&leaf, head, entry.envelope.as_deref().map(str::as_bytes)).map_err(|broken| {
        Failure::unverified(
            format!("the ledger does not hold: {broken}"),
            "keep the file as it is for whoever looks into this; entries before this one hold",
        )
    })?;
    if let Some(seen) = seen
        && seen.entries == leaf.sequence + 1
        && seen.head != head.digest()
    {
        return Err(Failure::unverified(
            format!("entry {} is not the one that was seen before: the ledger was forked", leaf.sequence),
            "somebody rewrote history since you last looked; compare with an export from before",
        ));
    }
    Ok(())
}

fn parts(entry: &LedgerEntry) -> Result<(Leaf, Head), Failure> {
    let broken = |what: &str| {
        Failure::unverified(
            format!("the ledger does not hold: entry {}: its {what} is malformed", entry.sequence),
            "the ledger was changed by something else than the broker",
        )
    };
    let leaf = Leaf {
        sequence: entry.sequence,
        kind: entry.kind.clone(),
        statement: entry.statement.parse().map_err(|_| broken("statement digest"))?,
        envelope: entry.envelope_digest.parse().map_err(|_| broken("envelope digest"))?,
        time: Timestamp::from_seconds(entry.time).ok_or_else(|| broken("time"))?,
    };
    let head = entry.head.parse().map_err(|_| broken("head"))?;
    Ok((leaf, Head::from_digest(head)))
}

/// Whether what was read is all that was claimed, and all that was seen before.
fn compare(summary: &Summary, claimed: &Claimed, seen: Option<KnownHead>) -> Result<(), Failure> {
    if summary.entries != claimed.entries {
        return Err(Failure::unverified(
            format!("it has {} entries, where {} are claimed", summary.entries, claimed.entries),
            "its end was cut off or added to: get it again",
        ));
    }
    if claimed.head != summary.head.digest().to_string() {
        return Err(Failure::unverified(
            "its last head is not the one that is claimed",
            "its end was changed: get it again",
        ));
    }
    if claimed.realm != summary.realm.map(|realm| realm.to_string()) {
        return Err(Failure::unverified(
            "it is not of the realm that is claimed",
            "its beginning was changed: get it again",
        ));
    }
    match seen {
        // An export of an earlier day is shorter, and nothing is wrong with it.
        Some(seen) if seen.entries > summary.entries && !claimed.is_export => Err(Failure::unverified(
            format!(
                "the ledger has {} entries, and {} were seen before: it was rolled back",
                summary.entries, seen.entries
            ),
            "an older copy of the data folder was restored: whatever was stopped since may live again",
        )),
        _ => Ok(()),
    }
}
