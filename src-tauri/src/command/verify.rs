//! Verifying the whole ledger, page by page, with progress and a way to stop.

use crate::failure::Failure;
use crate::shell::Shell;
use bailiwick_person::LedgerSource;
use bailiwick_person::verifying::{self, Known};
use serde::Serialize;
use std::time::{Duration, Instant};
use tauri::State;
use tauri::ipc::Channel;
use tokio::sync::watch;

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// How far it has come.
#[derive(Clone, Serialize)]
pub(crate) struct VerifyProgress {
    entries: u64,
    of: u64,
}

/// A ledger that holds.
#[derive(Serialize)]
pub(crate) struct Verified {
    entries: u64,
    receipts: u64,
    erased: u64,
    head: String,
    pinned: bool,
    ms: u64,
}

#[tauri::command]
pub(crate) async fn verify(
    progress: Channel<VerifyProgress>,
    shell: State<'_, Shell>,
) -> Result<Verified, Failure> {
    let mut cancelled = begin(&shell)?;
    let walked = tokio::select! {
        walked = walk(&progress, &shell) => walked,
        _ = cancelled.changed() => {
            Err(Failure::new("cancelled", "the verification was stopped", "start it again when you like"))
        }
    };
    if let Ok(mut verifying) = shell.verifying.lock() {
        *verifying = None;
    }
    walked
}

#[tauri::command]
pub(crate) async fn cancel_verify(shell: State<'_, Shell>) -> Result<(), Failure> {
    shell.end_verification();
    Ok(())
}

fn begin(shell: &Shell) -> Result<watch::Receiver<bool>, Failure> {
    let mut verifying = shell.verifying.lock().map_err(|_| Failure::defect("a verification broke off"))?;
    if verifying.is_some() {
        return Err(Failure::new("bad-value", "a verification runs already", "wait for its end, or stop it"));
    }
    let (sender, receiver) = watch::channel(false);
    *verifying = Some(sender);
    Ok(receiver)
}

async fn walk(progress: &Channel<VerifyProgress>, shell: &Shell) -> Result<Verified, Failure> {
    let started = Instant::now();
    let (console, status) = shell.console().await?;
    let profile = shell.profile()?;
    let of = status.entries;
    let known = Known { genesis: profile.config.genesis(), broker_key: profile.config.broker_key() };
    let mut source = LedgerSource::broker(console, of);
    let mut told = Instant::now();
    // Whoever closed the window is not told; the walk itself ends with the command.
    progress.send(VerifyProgress { entries: 0, of }).ok();
    let tell = |entries| {
        if entries == of || told.elapsed() >= TELL_EVERY {
            told = Instant::now();
            progress.send(VerifyProgress { entries, of }).ok();
        }
    };
    let verified = verifying::verify(&mut source, &status.into(), known, &profile.places, tell).await?;
    let summary = verified.summary;
    Ok(Verified {
        entries: summary.entries,
        receipts: summary.receipts,
        erased: summary.erased,
        head: summary.head.digest().to_string(),
        pinned: verified.pinned,
        ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}
