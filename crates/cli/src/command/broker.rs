//! `broker`: runs the broker of this profile until it is told to end.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use bailiwick_broker::{Broker, Mode, Options, StartError, harden, system_time};
use bailiwick_keystore::{
    CredentialsRootStore, Keychain, KeychainOptions, KeychainRootStore, MemoryRootStore, RootStore,
};
use bailiwick_person::create_private_folder;
use bailiwick_protocol::ErrorCode;
use clap::{Args, ValueEnum};
use std::path::Path;
use std::sync::Arc;
use tracing_subscriber::EnvFilter;

/// How many days of log files are kept.
const LOG_DAYS: usize = 7;

/// How to run it.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Where the broker's root secrets are; what the configuration says, or the keychain, if absent
    #[arg(long, value_enum)]
    roots: Option<Roots>,
    /// Say that this runs as a service under a user of its own, out of the agents' reach
    #[arg(long)]
    installed: bool,
}

/// Where root secrets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Roots {
    /// The keychain of the operating system
    Keychain,
    /// systemd's credentials of this service
    Credentials,
    /// One JSON object {"name": "secret"} on standard input; kept in memory only
    Stdin,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    // Before the first secret is read.
    harden().map_err(|error| {
        Failure::new(Exit::Internal, "internal", error.to_string(), "run it on a system that allows this")
    })?;
    let _log = start_log(&setting.profile.places.log)?;
    let roots = open_roots(chosen_roots(arguments.roots, setting)?, setting).await?;
    let mode = if arguments.installed { Mode::Installed } else { Mode::Sidecar };
    let options = Options { places: setting.profile.places.clone(), roots, time: system_time(), mode };
    let broker = tokio::task::spawn_blocking(move || Broker::open(options))
        .await
        .map_err(|error| Failure::defect(error.to_string()))?
        .map_err(failure)?;
    let ending = Arc::clone(&broker);
    tokio::spawn(async move {
        asked_to_end().await;
        ending.end();
    });
    setting.output.remark(format_args!("serving on {}", setting.profile.places.console_socket().display()));
    broker.run().await.map_err(failure)?;
    Ok(Exit::Done)
}

fn chosen_roots(given: Option<Roots>, setting: &Setting) -> Result<Roots, Failure> {
    match (given, setting.profile.config.broker.roots.as_deref()) {
        (Some(given), _) => Ok(given),
        (None, None) => Ok(Roots::Keychain),
        (None, Some(configured)) => Roots::from_str(configured, false).map_err(|_| {
            Failure::usage(
                format!("the configuration names the root store `{configured}`"),
                "set `broker.roots` to `keychain`, `credentials` or `stdin`",
            )
        }),
    }
}

async fn open_roots(roots: Roots, setting: &Setting) -> Result<Arc<dyn RootStore>, Failure> {
    let profile = bailiwick_client::profile(&setting.profile.places);
    let open = move || -> Result<Arc<dyn RootStore>, Failure> {
        Ok(match roots {
            Roots::Keychain => {
                let keychain = Keychain::open(KeychainOptions::SERVICE).map_err(|error| {
                    Failure::new(
                        Exit::NotReady,
                        "keychain",
                        format!("the broker's root secrets cannot be read from the keychain: {error}"),
                        format!(
                            "{}. The alternatives are `--roots stdin` and `--roots credentials`",
                            error.hint()
                        ),
                    )
                })?;
                Arc::new(KeychainRootStore::new(keychain, &profile))
            }
            Roots::Credentials => Arc::new(CredentialsRootStore::from_environment()?),
            Roots::Stdin => Arc::new(MemoryRootStore::from_json(std::io::stdin().lock())?),
        })
    };
    tokio::task::spawn_blocking(open).await.map_err(|error| Failure::defect(error.to_string()))?
}

/// JSON lines in a file a day. What is written there names no secret: secrets are types that do not print.
fn start_log(folder: &Path) -> Result<tracing_appender::non_blocking::WorkerGuard, Failure> {
    create_private_folder(folder)?;
    let file = tracing_appender::rolling::Builder::new()
        .rotation(tracing_appender::rolling::Rotation::DAILY)
        .filename_prefix("broker")
        .filename_suffix("log")
        .max_log_files(LOG_DAYS)
        .build(folder)
        .map_err(|error| Failure::defect(format!("the log cannot be opened: {error}")))?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    tracing_subscriber::fmt().json().with_env_filter(EnvFilter::new("info")).with_writer(writer).init();
    Ok(guard)
}

#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn failure(error: StartError) -> Failure {
    let hint = error.hint();
    let (exit, code) = match &error {
        StartError::AlreadyRunning(_) => (Exit::NotReady, ErrorCode::AlreadyRunning),
        StartError::LedgerKey(_) => (Exit::NotReady, ErrorCode::RootSecret),
        StartError::OtherKey | StartError::Ledger(_) => (Exit::Unverified, ErrorCode::Store),
        StartError::Store(_) | StartError::Folder { .. } => (Exit::Internal, ErrorCode::Store),
    };
    Failure::new(exit, code.as_str(), error.to_string(), hint)
}
