//! `verify`: holds the whole ledger against its own mathematics and signatures, offline.

use crate::exit::Exit;
use crate::failure::{Failure, bad_format};
use crate::output::{Output, Tone};
use crate::setting::Setting;
use bailiwick_authority::{Digest, PublicKey};
use bailiwick_ledger::Summary;
use bailiwick_person::LedgerSource;
use bailiwick_person::verifying::{Claimed, Known, verify};
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

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let started = Instant::now();
    let (mut source, claimed) = open(&arguments, setting).await?;
    let profile = &setting.profile;
    let broker_key = match &arguments.broker_key {
        Some(line) => Some(PublicKey::from_line(line).map_err(|why| bad_format("a public key", line, &why))?),
        None => profile.config.broker_key(),
    };
    let known = Known { genesis: arguments.genesis.or(profile.config.genesis()), broker_key };
    let bar = progress(&setting.output, claimed.entries);
    let walk = verify(&mut source, &claimed, known, &profile.places, |_| bar.inc(1));
    let verified = tokio::select! {
        walked = walk => walked?,
        _ = tokio::signal::ctrl_c() => {
            bar.abandon();
            return Ok(Exit::Interrupted);
        }
    };
    bar.finish_and_clear();
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    report(&setting.output, &verified.summary, verified.pinned, ms)
}

async fn open(arguments: &Arguments, setting: &Setting) -> Result<(LedgerSource, Claimed), Failure> {
    if let Some(path) = &arguments.from {
        let (source, header) = LedgerSource::file(path)?;
        return Ok((source, header.into()));
    }
    let (console, status) = setting.console().await?;
    Ok((LedgerSource::broker(console, status.entries), status.into()))
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
