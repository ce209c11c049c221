//! The console's log: JSON lines in a file a day, kept for a week. What is written there names no secret: secrets
//! are types that do not print.

use bailiwick_person::create_private_folder;
use std::path::Path;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::EnvFilter;

/// How many days of log files are kept.
const LOG_DAYS: usize = 7;

/// Opens the log; it is written until the guard is dropped.
pub(crate) fn start(folder: &Path) -> Result<WorkerGuard, String> {
    create_private_folder(folder).map_err(|failure| failure.message)?;
    let file = Builder::new()
        .rotation(Rotation::DAILY)
        .filename_prefix("console")
        .filename_suffix("log")
        .max_log_files(LOG_DAYS)
        .build(folder)
        .map_err(|error| format!("the log cannot be opened: {error}"))?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    tracing_subscriber::fmt().json().with_env_filter(EnvFilter::new("info")).with_writer(writer).init();
    Ok(guard)
}
