//! An agent at its terminal: it asks for something and waits until persons have answered.

use super::Screen;
use crate::stage::{PATIENCE, bailiwick, until};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::process::{Child, Command};

/// `bailiwick request`, under way.
pub(super) struct Asked {
    child: Child,
    out: PathBuf,
    errors: PathBuf,
}

impl Asked {
    /// Asks as `ci-bot` for the merge of `branch`; `more` are further arguments.
    pub(super) fn merge(screen: &Screen, branch: &str, more: &[&str]) -> Asked {
        let branch = format!("branch={branch}");
        let merge =
            ["request", "github.merge", "--as", "ci-bot", "--repo", "acme/backend", &branch, "target=main"];
        Asked::of(screen, &[&merge, more].concat())
    }

    /// Asks as `ci-bot` to say something about issue 8.
    pub(super) fn comment(screen: &Screen, text: &str, more: &[&str]) -> Asked {
        let body = format!("body={text}");
        let comment =
            ["request", "github.comment", "--as", "ci-bot", "--repo", "acme/backend", "issue=8", &body];
        Asked::of(screen, &[&comment, more].concat())
    }

    /// Asks for anything.
    pub(super) fn of(screen: &Screen, arguments: &[&str]) -> Asked {
        Asked::by(screen, bailiwick().to_str().unwrap(), &[], arguments)
    }

    /// Asks by another program, which starts `bailiwick` with these arguments.
    pub(super) fn by(screen: &Screen, program: &str, more: &[(&str, &str)], arguments: &[&str]) -> Asked {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let at = |end: &str| screen.session.path("work").join(format!("asked-{number}.{end}"));
        let (out, errors) = (at("out"), at("errors"));
        let to = |path: &PathBuf| Stdio::from(std::fs::File::create(path).unwrap());
        let mut command = Command::from(screen.command(program));
        command.args(arguments).args(["--wait", "1h"]).stdout(to(&out)).stderr(to(&errors));
        let child = command.envs(more.iter().copied()).kill_on_drop(true).spawn().unwrap();
        Asked { child, out, errors }
    }

    /// The four words on its terminal.
    pub(super) async fn words(&self) -> String {
        until("the agent's terminal shows the four words", async || {
            let said = std::fs::read_to_string(&self.errors).ok()?;
            assert!(!said.starts_with("error: "), "{said}");
            let words = said.split_once("the code is: ")?.1.split_once('\n')?.0.trim().to_owned();
            Some(words)
        })
        .await
    }

    /// Whether it still waits.
    pub(super) fn waits(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// How it ended: the exit code, and everything that its terminal shows.
    pub(super) async fn ended(mut self) -> (i32, String) {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("the request ends");
        let text = |path| std::fs::read_to_string(path).unwrap();
        (ended.unwrap().code().unwrap(), text(&self.out) + &text(&self.errors))
    }
}
