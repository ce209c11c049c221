//! Taking a capability back over 1, 1,000 and 100,000 descendants, nothing live: what the broker says it
//! took from the request's arrival until nothing more is written under it.
//!
//! The descendants are put into the broker's table by the bench, since presenting 100,000 chains would
//! take longer than all else here; to a revocation it makes no difference how they got there.

use crate::Failed;
use crate::raw::RawFile;
use crate::realm::Realm;
use crate::rounds::{Series, once};
use crate::row::{Against, Goal, Line, time};
use bailiwick_authority::{Digest, Revocation, Target};
use rusqlite::{Connection, params};
use std::path::Path;

/// How many descendants each kind of tree has.
const SIZES: [u32; 3] = [1, 1_000, 100_000];

/// How many trees of each size there are, and so how many rounds.
const TREES: u32 = 12;

/// The rows of this file.
pub(crate) fn lines(folder: &Path) -> Result<Vec<Line>, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let flush = RawFile::create(&folder.join("revoke.raw"))?;
    let peer = Leases::plant(&folder.join("leases.sqlite"))?;
    let [raw, ours, answered, leases] = runtime.block_on(measured(&folder.join("revoke"), &flush, &peer))?;
    let (one, many) = (ours.first().ok_or("a size")?, ours.last().ok_or("a size")?);
    let mut lines = Vec::new();
    for (place, size) in SIZES.into_iter().enumerate() {
        let (own, whole, lease) = (
            ours.get(place).ok_or("a size")?,
            answered.get(place).ok_or("a size")?,
            leases.get(place).ok_or("a size")?,
        );
        let path = format!("revoke over {size} descendants, nothing live");
        let raw_of = raw.first().ok_or("flushes")?;
        lines.push(Line {
            path: path.clone(),
            ours: time(own.median()),
            against: Against::Floor(format!("pwrite + fdatasync {}", time(raw_of.median()))),
            ratio: own.over(raw_of),
            goal: Goal::AtMost(1.5),
            later: None,
        });
        lines.push(Line {
            path: path.clone(),
            ours: time(own.median()),
            against: Against::Peer(format!("recursive SQL update {}", time(lease.median()))),
            ratio: lease.over(own),
            goal: Goal::None,
            later: None,
        });
        lines.push(Line {
            path,
            ours: format!("answered with its list {}", time(whole.median())),
            against: Against::Ours(format!("acknowledged {}", time(own.median()))),
            ratio: whole.over(own),
            goal: Goal::None,
            later: None,
        });
    }
    lines.push(Line {
        path: "revoke over 100000 descendants, against one".to_owned(),
        ours: time(many.median()),
        against: Against::Ours(format!("over one {}", time(one.median()))),
        ratio: many.over(one),
        goal: Goal::AtMost(1.2),
        later: None,
    });
    Ok(lines)
}

/// Raw flushes; ours acknowledged, ours answered, and the peer's, each by size.
async fn measured(folder: &Path, flush: &RawFile, peer: &Leases) -> Result<[Vec<Series>; 4], Failed> {
    let realm = Realm::found(folder, &[]).await?;
    plant(&realm)?;
    let mut figures: [Vec<Vec<f64>>; 4] = std::array::from_fn(|_| vec![Vec::new(); SIZES.len()]);
    let bytes = vec![7; 1_500];
    for tree in 0..TREES {
        for turn in 0..SIZES.len() {
            let place = (turn + usize::try_from(tree)?) % SIZES.len();
            let size = SIZES.get(place).copied().ok_or("a size")?;
            // The first to write after a pause pays for it: in every second round that is ours.
            let raw_first = tree % 2 == 0;
            let before = if raw_first { Some(once(|| flush.write(&bytes))?.0) } else { None };
            let target = Target::Capability(root_of(place, tree));
            let revocation = realm.sign(Revocation { target, reason: "measured".parse()? })?;
            let start = std::time::Instant::now();
            let admitted = realm.submit(&revocation, None).await?;
            let answered = start.elapsed().as_secs_f64() * 1e6;
            let stopped = admitted.stopped.ok_or("a revocation says what it stopped")?;
            if !stopped.durable || stopped.capabilities.len() != usize::try_from(size)? + 1 {
                return Err(format!("{} capabilities of {size} ended", stopped.capabilities.len()).into());
            }
            let acknowledged = f64::from(u32::try_from(stopped.acknowledged_us)?);
            let raw = match before {
                Some(raw) => raw,
                None => once(|| flush.write(&bytes))?.0,
            };
            let lease = peer.revoke(place, tree)?;
            for (column, figure) in figures.iter_mut().zip([raw, acknowledged, answered, lease]) {
                column.get_mut(place).ok_or("a size")?.push(figure);
            }
        }
    }
    realm.end().await?;
    Ok(figures.map(|column| column.into_iter().map(Series::of).collect()))
}

fn root_of(place: usize, tree: u32) -> Digest {
    Digest::of(format!("root {place} {tree}").as_bytes())
}

fn plant(realm: &Realm) -> Result<(), Failed> {
    let mut connection = Connection::open(realm.places.ledger())?;
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare(
            "INSERT INTO capability (digest, parent, holder, person) VALUES (?1, ?2, ?3, 'steward')",
        )?;
        for (place, size) in SIZES.into_iter().enumerate() {
            for tree in 0..TREES {
                let root = root_of(place, tree);
                insert.execute(params![root.as_bytes(), None::<&[u8]>, [0_u8; 32]])?;
                for child in 0..size {
                    let digest = Digest::of(format!("child {place} {tree} {child}").as_bytes());
                    insert.execute(params![digest.as_bytes(), root.as_bytes(), [1_u8; 32]])?;
                }
            }
        }
    }
    transaction.commit()?;
    Ok(())
}

/// The peer: leases in a table that are marked one by one, in one transaction, below a parent.
struct Leases(Connection);

impl Leases {
    fn plant(path: &Path) -> Result<Leases, Failed> {
        let mut connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.execute_batch(
            "CREATE TABLE lease (id INTEGER PRIMARY KEY, parent INTEGER, revoked INTEGER NOT NULL DEFAULT 0);
             CREATE INDEX lease_parent ON lease (parent);",
        )?;
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare("INSERT INTO lease (id, parent) VALUES (?1, ?2)")?;
            for (place, size) in SIZES.into_iter().enumerate() {
                let root = root_id(place);
                insert.execute(params![root, None::<i64>])?;
                for child in 1..=i64::from(size) {
                    insert.execute(params![root + child, root])?;
                }
            }
        }
        transaction.commit()?;
        Ok(Leases(connection))
    }

    /// Microseconds for one cascade. The marks alternate, so that each one changes every row.
    fn revoke(&self, place: usize, round: u32) -> Result<f64, Failed> {
        let took = once(|| {
            self.0
                .prepare_cached(
                    "WITH RECURSIVE below (id) AS (
                    SELECT ?1 UNION SELECT lease.id FROM lease JOIN below ON lease.parent = below.id
                 ) UPDATE lease SET revoked = ?2 WHERE id IN below",
                )?
                .execute(params![root_id(place), (round + 1) % 2])?;
            Ok(())
        })?;
        Ok(took.0)
    }
}

fn root_id(place: usize) -> i64 {
    i64::try_from(place).map_or(0, |place| place * 1_000_000)
}
