//! Starting the broker that lies beside one's own executable, when none runs.
//!
//! The broker outlives whoever started it: it has a session of its own, no terminal, and a log file for
//! what it says before its own log is open. The executable is named by its absolute path; `PATH` is never
//! searched and no shell is involved.

use crate::console::Console;
use bailiwick_protocol::{ApiError, ErrorCode, Places};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a broker may take from its start to its first answer: it resolves what a crash left first.
const START_LIMIT: Duration = Duration::from_secs(20);

/// How often it is asked.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// How much of the broker's last words is quoted, in bytes.
const QUOTED_BYTES: usize = 2_000;

/// Whether this call started the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// It was running.
    Before,
    /// It was started, with this process id.
    Now(u32),
}

/// Why no broker was started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no `bailiwick` beside the own executable.
    #[error("there is no `{}` to start the broker with", .0.display())]
    NoExecutable(PathBuf),
    /// The system refused.
    #[error("cannot {action} `{}`: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// The broker said why it cannot run.
    #[error("the broker cannot run: {0}")]
    Refused(ApiError),
    /// The broker ended at once.
    #[error("the broker ended right after its start ({status}): {words}")]
    Ended {
        /// How it ended.
        status: String,
        /// What it said last.
        words: String,
    },
    /// The broker runs and does not answer.
    #[error("the broker was started and did not answer within {} s: {last}", START_LIMIT.as_secs())]
    Silent {
        /// The last error met.
        last: ApiError,
    },
    /// A broker runs, and something else is wrong with it.
    #[error(transparent)]
    Broker(ApiError),
}

impl From<StartError> for ApiError {
    fn from(error: StartError) -> ApiError {
        let hint = match &error {
            StartError::NoExecutable(_) => {
                "install `bailiwick` beside this program, or start the broker yourself"
            }
            StartError::Io { .. } => "check the folder's permissions and the disk",
            StartError::Ended { .. } => "run `bailiwick broker` in a terminal and read what it says",
            StartError::Silent { .. } => "look at the broker's log",
            StartError::Broker(_) | StartError::Refused(_) => "",
        };
        match error {
            StartError::Broker(error) => error,
            StartError::Refused(error) => {
                ApiError::new(error.code, format!("the broker cannot run: {}", error.message), error.hint)
            }
            error => ApiError::new(ErrorCode::NoBroker, error.to_string(), hint),
        }
    }
}

/// Connects to the broker of `places`; when none runs, starts `bailiwick broker` and waits until it
/// answers. `data_dir` is the profile's folder as it was given, if one was.
pub async fn start_broker(
    places: &Places,
    data_dir: Option<&Path>,
) -> Result<(Console, Started), StartError> {
    match Console::connect(places).await {
        Ok(console) => return Ok((console, Started::Before)),
        Err(error) if error.code == ErrorCode::NoBroker => {}
        Err(error) => return Err(StartError::Broker(error)),
    }
    let words = places.log.join("broker.out");
    let mut child = spawn(&executable()?, data_dir, &words)?;
    let deadline = Instant::now() + START_LIMIT;
    loop {
        let last = match Console::connect(places).await {
            Ok(console) => return Ok((console, Started::Now(child.id()))),
            Err(error) if error.code == ErrorCode::NoBroker => error,
            Err(error) => return Err(StartError::Broker(error)),
        };
        let ended = child.try_wait().map_err(failed("watch", &words))?;
        if let Some(status) = ended {
            let words = last_words(&words);
            return Err(words.lines().rev().find_map(said).map_or_else(
                || StartError::Ended { status: status.to_string(), words },
                StartError::Refused,
            ));
        }
        if Instant::now() >= deadline {
            return Err(StartError::Silent { last });
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

/// `bailiwick` in the folder of the running executable.
fn executable() -> Result<PathBuf, StartError> {
    let own = std::env::current_exe().map_err(failed("find", Path::new("this program")))?;
    let path = own.with_file_name(format!("bailiwick{}", std::env::consts::EXE_SUFFIX));
    if path.is_file() { Ok(path) } else { Err(StartError::NoExecutable(path)) }
}

fn spawn(executable: &Path, data_dir: Option<&Path>, words: &Path) -> Result<Child, StartError> {
    let folder = words.parent().unwrap_or(words);
    std::fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
    let output = open_words(words).map_err(failed("write", words))?;
    let errors = output.try_clone().map_err(failed("write", words))?;
    let mut command = Command::new(executable);
    // What goes wrong is then said as an `ApiError`, whose code and hint are handed on.
    command.arg("--json");
    if let Some(folder) = data_dir {
        let folder = std::path::absolute(folder).map_err(failed("find", folder))?;
        command.arg("--data-dir").arg(folder);
    }
    // The verb leaves this session and becomes the broker: `setsid` in a child that has begun to run is
    // safe, between fork and exec it would not be.
    command.args(["detach", "broker"]).current_dir("/");
    command.stdin(Stdio::null()).stdout(output).stderr(errors);
    command.spawn().map_err(failed("start", executable))
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StartError {
    let path = path.to_owned();
    move |source| StartError::Io { action, path, source }
}

fn open_words(path: &Path) -> io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The error in a line that a command wrote with `--json`. Its code may be one that only the command line
/// has.
fn said(line: &str) -> Option<ApiError> {
    #[derive(serde::Deserialize)]
    struct Said {
        code: serde_json::Value,
        message: String,
        hint: String,
    }
    let Said { code, message, hint } = serde_json::from_str(line).ok()?;
    let otherwise = if code == "keychain" { ErrorCode::RootSecret } else { ErrorCode::NoBroker };
    Some(ApiError::new(serde_json::from_value(code).unwrap_or(otherwise), message, hint))
}

fn last_words(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_default();
    let tail = bytes.get(bytes.len().saturating_sub(QUOTED_BYTES)..).unwrap_or_default();
    let text = String::from_utf8_lossy(tail).trim().to_owned();
    if text.is_empty() { "it said nothing".to_owned() } else { text }
}
