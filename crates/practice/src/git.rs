//! Git, as a child process with nothing inherited: no `GIT_*` from outside, no system or user
//! configuration, no hooks, no prompts.
//!
//! Every object name that reaches a command line is a [`Sha`], so no argument can begin with a dash.

mod commit;
mod compare;
mod import;
mod merge;
mod store;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

pub(crate) use commit::{Commit, Person};
pub(crate) use compare::{Comparison, FileChange};
pub(crate) use import::{Batch, valid_path};
pub use import::{Change, NewCommit};
pub(crate) use merge::{Method, Trial};
pub(crate) use store::{Entry, Store};

/// The full name of a git object: forty lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha(String);

impl Sha {
    /// Reads forty lower-case hexadecimal digits; anything else is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.len() == 40 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        hex.then(|| Self(text.to_owned()))
    }

    /// The forty digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Sha {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why git could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// The program could not be started or spoken to.
    #[error("git could not be run")]
    Start(#[from] std::io::Error),
    /// Git answered with an error.
    #[error("`git {command}` failed with {code:?}: {stderr}")]
    Failed {
        /// The subcommand.
        command: String,
        /// Its exit code, none when a signal ended it.
        code: Option<i32>,
        /// What it said.
        stderr: String,
    },
    /// Git's answer could not be read.
    #[error("the answer of `git {0}` could not be read")]
    Unreadable(&'static str),
    /// A path that git or GitHub would not accept in a tree.
    #[error("the path `{0}` cannot be in a repository")]
    Path(String),
    /// The branch is not there.
    #[error("there is no branch `{0}`")]
    NoBranch(String),
}

/// What one run of git left behind.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

/// Where git is, and the empty home folder it runs with.
#[derive(Clone, Debug)]
pub(crate) struct Git {
    pub(crate) program: PathBuf,
    pub(crate) home: PathBuf,
}

impl Git {
    /// A command in `dir` with a clean environment. The caller adds the arguments.
    pub(crate) fn command(&self, dir: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear();
        for kept in ["PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        command
            .env("HOME", &self.home)
            .env("XDG_CONFIG_HOME", &self.home)
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .args(["-c", "core.hooksPath=/dev/null"])
            .args(["-c", "core.fsmonitor=false"])
            .args(["-c", "gc.auto=0"])
            .args(["-c", "receive.autogc=false"])
            .args(["-c", "maintenance.auto=false"])
            .args(["-c", "core.quotePath=false"])
            .current_dir(dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs git in `dir`, feeds it `stdin`, and returns whatever it did.
    pub(crate) async fn try_run(
        &self,
        dir: &Path,
        args: &[&str],
        stdin: Option<&[u8]>,
    ) -> Result<Ran, GitError> {
        let mut command = self.command(dir);
        command.args(args);
        feed(command, stdin).await
    }

    /// Runs git in `dir` and returns its output; any other exit code than 0 is an error.
    pub(crate) async fn run(
        &self,
        dir: &Path,
        args: &[&str],
        stdin: Option<&[u8]>,
    ) -> Result<Vec<u8>, GitError> {
        let ran = self.try_run(dir, args, stdin).await?;
        if ran.code == Some(0) {
            return Ok(ran.stdout);
        }
        Err(GitError::Failed {
            command: args.first().copied().unwrap_or_default().to_owned(),
            code: ran.code,
            stderr: String::from_utf8_lossy(&ran.stderr).trim().to_owned(),
        })
    }
}

/// Starts `command`, writes `stdin` to it while reading its output, and waits for its end.
pub(crate) async fn feed(mut command: Command, stdin: Option<&[u8]>) -> Result<Ran, GitError> {
    if stdin.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn()?;
    let pipe = child.stdin.take();
    let writing = async {
        if let (Some(mut pipe), Some(bytes)) = (pipe, stdin) {
            // A child that has read enough closes its end: that is not an error of ours.
            drop(pipe.write_all(bytes).await);
            drop(pipe.shutdown().await);
        }
    };
    let ((), output) = tokio::join!(writing, child.wait_with_output());
    let output = output?;
    Ok(Ran { code: output.status.code(), stdout: output.stdout, stderr: output.stderr })
}

/// The text of git's answer without the end of the line.
pub(crate) fn line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}
