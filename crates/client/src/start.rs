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
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a broker may take from its start to its first answer: it resolves what a crash left first.
const START_LIMIT: Duration = Duration::from_secs(20);

/// How often it is asked.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// How much of the broker's last words is quoted, in bytes.
const QUOTED_BYTES: usize = 2_000;

/// When the file of these words begins anew, in bytes.
const MOST_WORDS_BYTES: u64 = 64 * 1024;

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
    let words = Words::open(places.log.join("broker.out"))?;
    let mut child = spawn(&executable()?, data_dir, &words)?;
    let deadline = Instant::now() + START_LIMIT;
    let mut gave_way = false;
    loop {
        let last = match Console::connect(places).await {
            Ok(console) if gave_way => return Ok((console, Started::Before)),
            Ok(console) => return Ok((console, Started::Now(child.id()))),
            Err(error) if error.code == ErrorCode::NoBroker => error,
            Err(error) => return Err(StartError::Broker(error)),
        };
        let ended = if gave_way { None } else { child.try_wait().map_err(failed("watch", &words.path))? };
        if let Some(status) = ended {
            let why = why_it_ended(status, &words);
            // Somebody else started one at the same time: that one will answer.
            gave_way = matches!(&why, StartError::Refused(error) if error.code == ErrorCode::AlreadyRunning);
            if !gave_way {
                return Err(why);
            }
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

fn spawn(executable: &Path, data_dir: Option<&Path>, words: &Words) -> Result<Child, StartError> {
    let (output, errors) = words.writers().map_err(failed("write", &words.path))?;
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

fn why_it_ended(status: ExitStatus, words: &Words) -> StartError {
    let words = words.last();
    let said = words.lines().rev().find_map(said);
    said.map_or_else(|| StartError::Ended { status: status.to_string(), words }, StartError::Refused)
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

/// What a broker says before its own log is open: a file that is added to, and where our part begins.
struct Words {
    path: PathBuf,
    file: File,
    begin: u64,
}

impl Words {
    fn open(path: PathBuf) -> Result<Words, StartError> {
        let folder = path.parent().unwrap_or(&path);
        std::fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
        let mut options = std::fs::OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let opened = options.open(&path).and_then(|file| {
            if file.metadata()?.len() > MOST_WORDS_BYTES {
                file.set_len(0)?;
            }
            let begin = file.metadata()?.len();
            Ok((file, begin))
        });
        let (file, begin) = opened.map_err(failed("write", &path))?;
        Ok(Words { path, file, begin })
    }

    fn writers(&self) -> io::Result<(File, File)> {
        Ok((self.file.try_clone()?, self.file.try_clone()?))
    }

    fn last(&self) -> String {
        let bytes = std::fs::read(&self.path).unwrap_or_default();
        let begin =
            usize::try_from(self.begin).unwrap_or(usize::MAX).max(bytes.len().saturating_sub(QUOTED_BYTES));
        let text = String::from_utf8_lossy(bytes.get(begin..).unwrap_or_default()).trim().to_owned();
        if text.is_empty() { "it said nothing".to_owned() } else { text }
    }
}
