//! `verify`: holds the whole ledger against its own mathematics and signatures, offline.
//!
//! Each entry's place, head, digests and signature are checked by the pure half of the ledger crate, from
//! the genesis that was pinned, with the broker's key that was pinned. The head that was seen last must
//! stand in it.

use crate::exit::Exit;
use crate::failure::{Failure, bad_value};
use crate::known_head::KnownHead;
use crate::ledger_source::LedgerSource;
use crate::output::{Output, Tone};
use crate::setting::Setting;
use bailiwick_authority::{Digest, PublicKey, Timestamp};
use bailiwick_ledger::{Head, Leaf, Summary, Verification};
use bailiwick_protocol::LedgerEntry;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;
use std::time::Instant;

/// What to verify, and against what.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Verify an export instead of the broker's ledger; no broker is needed
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// The genesis to hold it against, where none is pinned in this profile
    #[arg(long, value_name = "DIGEST")]
    genesis: Option<Digest>,
    /// The broker's public key to hold it against, where none is pinned in this profile
    #[arg(long, value_name = "KEY")]
    broker_key: Option<String>,
}

/// What the ledger says of itself, which is not believed but compared.
struct Claimed {
    realm: Option<String>,
    broker_key: String,
    entries: u64,
    head: String,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let started = Instant::now();
    let (mut source, claimed) = open(&arguments, setting).await?;
    let genesis = arguments.genesis.or(setting.config.genesis());
    let (key, pinned) = broker_key(&arguments, setting, &claimed)?;
    let realm = match (genesis, &claimed.realm) {
        (Some(genesis), _) => Some(genesis),
        (None, Some(realm)) => Some(realm.parse().map_err(|why| bad_value("a realm", realm, &why))?),
        (None, None) => None,
    };
    let known = match &realm {
        Some(realm) => KnownHead::read(&setting.places, realm)?,
        None => None,
    };
    let bar = progress(&setting.output, claimed.entries);
    let mut verification = Verification::new(realm, key);
    let walk = walk(&mut source, &mut verification, known, &bar);
    tokio::select! {
        walked = walk => walked?,
        _ = tokio::signal::ctrl_c() => {
            bar.abandon();
            return Ok(Exit::Interrupted);
        }
    }
    bar.finish_and_clear();
    let summary = verification.summary();
    compare(summary, &claimed, known, arguments.from.is_some())?;
    if let Some(realm) = summary.realm
        && known.is_none_or(|known| known.entries <= summary.entries)
    {
        KnownHead { entries: summary.entries, head: summary.head.digest() }.write(&setting.places, &realm)?;
    }
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    report(&setting.output, summary, pinned && genesis.is_some(), ms)
}

async fn open(arguments: &Arguments, setting: &Setting) -> Result<(LedgerSource, Claimed), Failure> {
    if let Some(path) = &arguments.from {
        let (source, header) = LedgerSource::file(path)?;
        let claimed = Claimed {
            realm: header.realm,
            broker_key: header.broker_key,
            entries: header.entries,
            head: header.head,
        };
        return Ok((source, claimed));
    }
    let (console, status) = setting.console().await?;
    let claimed = Claimed {
        realm: status.realm,
        broker_key: status.broker_key,
        entries: status.entries,
        head: status.head,
    };
    Ok((LedgerSource::broker(console, claimed.entries), claimed))
}

/// The key that the broker's own statements are held against, and whether it was known beforehand.
fn broker_key(
    arguments: &Arguments,
    setting: &Setting,
    claimed: &Claimed,
) -> Result<(PublicKey, bool), Failure> {
    let read = |line: &str| {
        PublicKey::from_line(line).map_err(|why| crate::failure::bad_format("a public key", line, &why))
    };
    let known = match &arguments.broker_key {
        Some(line) => Some(read(line)?),
        None => setting.config.broker_key(),
    };
    let own = read(&claimed.broker_key)?;
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

async fn walk(
    source: &mut LedgerSource,
    verification: &mut Verification,
    known: Option<KnownHead>,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    while let Some(entry) = source.next().await? {
        let (leaf, head) = parts(&entry)?;
        verification.entry(&leaf, head, entry.envelope.as_deref().map(str::as_bytes)).map_err(|broken| {
            Failure::unverified(
                format!("the ledger does not hold: {broken}"),
                "keep the file as it is for whoever looks into this; entries before this one hold",
            )
        })?;
        if let Some(known) = known
            && known.entries == leaf.sequence + 1
            && known.head != head.digest()
        {
            return Err(Failure::unverified(
                format!("entry {} is not the one that was seen before: the ledger was forked", leaf.sequence),
                "somebody rewrote history since you last looked; compare with an export from before",
            ));
        }
        bar.inc(1);
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
fn compare(
    summary: &Summary,
    claimed: &Claimed,
    known: Option<KnownHead>,
    is_export: bool,
) -> Result<(), Failure> {
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
    match known {
        // An export of an earlier day is shorter, and nothing is wrong with it.
        Some(known) if known.entries > summary.entries && !is_export => Err(Failure::unverified(
            format!(
                "the ledger has {} entries, and {} were seen before: it was rolled back",
                summary.entries, known.entries
            ),
            "an older copy of the data folder was restored: whatever was stopped since may live again",
        )),
        _ => Ok(()),
    }
}

fn progress(output: &Output, entries: u64) -> ProgressBar {
    if !output.shows_progress() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} entries, {per_sec}, {eta} left");
    let bar = ProgressBar::new(entries);
    style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
}

fn report(output: &Output, summary: &Summary, pinned: bool, ms: u64) -> Result<Exit, Failure> {
    let value = serde_json::json!({
        "verified": true,
        "pinned": pinned,
        "entries": summary.entries,
        "receipts": summary.receipts,
        "erased": summary.erased,
        "realm": summary.realm.map(|realm| realm.to_string()),
        "head": summary.head.digest().to_string(),
        "ms": ms,
    });
    output.result(&value, || {
        format!(
            "{} {} entries, {} receipts, {} erased, in {}\n  head   {}\n  realm  {}\n",
            output.tone(Tone::Good, "the ledger holds:"),
            summary.entries,
            summary.receipts,
            summary.erased,
            crate::moment::milliseconds(ms),
            summary.head.digest(),
            summary.realm.map_or_else(|| "none yet".to_owned(), |realm| realm.to_string())
        )
    })?;
    if summary.erased > 0 {
        output.remark(format_args!("of {} statements only the digests are left to check", summary.erased));
    }
    if !pinned {
        output.remark(
            "genesis and broker key are the ledger's own claims here; hold it against yours with \
             `--genesis` and `--broker-key`, or in a profile that has pinned them",
        );
    }
    Ok(Exit::Done)
}
