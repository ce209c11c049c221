//! Canaries planted in every place and every form that are looked at: a scan that misses one of them
//! proves nothing about what it did not find.

use super::scanner::{Sighting, forms};
use super::tap::Tap;
use super::{submit_nonsense, write_into};
use crate::stage::{Stage, comment_arguments};
use bailiwick_client::{Agent, Console};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What was planted: a canary, the form it has there if only one counts, and a part of the place's name.
struct Planted {
    canary: String,
    form: Option<&'static str>,
    place: &'static str,
}

/// All that was planted.
#[derive(Default)]
pub(super) struct Plant(Vec<Planted>);

/// Processes with canaries; they end with this.
pub(super) struct Processes([Child; 2]);

impl Drop for Processes {
    fn drop(&mut self) {
        for child in &mut self.0 {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// A canary as long as a token, with characters that the encodings treat differently.
fn fresh() -> String {
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).unwrap();
    let random: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("canary>>>???~~~{random}")
}

impl Plant {
    pub(super) fn new() -> Plant {
        Plant::default()
    }

    fn put(&mut self, form: Option<&'static str>, place: &'static str) -> String {
        let canary = fresh();
        self.0.push(Planted { canary: canary.clone(), form, place });
        canary
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn canaries(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|one| (one.canary.as_str(), one.canary.as_bytes()))
    }

    pub(super) fn is_planted(&self, seen: &Sighting) -> bool {
        self.0.iter().any(|one| one.canary == seen.secret)
    }

    /// What was planted and is not among the sightings, where it was planted and as it was.
    pub(super) fn missed(&self, seen: &[&Sighting]) -> Vec<String> {
        let missed = self.0.iter().filter(|one| {
            !seen.iter().any(|sighting| {
                sighting.secret == one.canary
                    && sighting.place.contains(one.place)
                    && one.form.is_none_or(|form| form == sighting.form)
            })
        });
        missed.map(|one| format!("{} in {}", one.form.unwrap_or("any form"), one.place)).collect()
    }

    /// Two: asked of both sockets.
    pub(super) async fn sockets(&mut self, console: &Tap, agent: &Tap) {
        let (over_console, _) = Console::at(console.path()).await.unwrap();
        let over_agent = Agent::connect(agent.path()).await.unwrap();
        submit_nonsense(&over_console, &self.put(None, "console socket, asked")).await;
        over_agent.fetch(self.put(None, "agent socket, asked")).await.unwrap_err();
    }

    /// Four: an argument is in the database (in the view as it is, in the signed statement in base64) and
    /// in what both sockets answer.
    pub(super) async fn ledger(&mut self, stage: &Stage, console: &Tap, agent: &Tap) {
        let holder = stage.delegate().await;
        let mut ids = Vec::new();
        for (form, place) in [
            (Some("plain"), "ledger.sqlite"),
            (None, "ledger.sqlite-wal"),
            (None, "console socket, answered"),
            (None, "agent socket, answered"),
        ] {
            let canary = self.put(form, place);
            let ask = stage.ask(&holder, "issues/create-comment", &comment_arguments(&canary)).await;
            let over_agent = Agent::connect(agent.path()).await.unwrap();
            let view = over_agent.ask(&ask).await.unwrap();
            assert_eq!(view.outcome.as_deref(), Some("succeeded"));
            ids.push(view.id);
        }
        let (over_console, _) = Console::at(console.path()).await.unwrap();
        for id in ids {
            over_console.operation(&id).await.unwrap();
        }
    }

    /// Twelve: a log line, and files below the data folder in each form.
    pub(super) fn files(&mut self, folder: &Path) {
        let line = self.put(None, "/log/");
        write_into(
            &folder.join("log").join("planted.log"),
            format!("{{\"message\":\"{line}\"}}\n").as_bytes(),
        );
        for form in [
            "plain",
            "hex",
            "upper-case hex",
            "percent",
            "lower-case percent",
            "JSON escapes",
            "base64",
            "base64, one byte in",
            "base64, two bytes in",
            "base64url",
            "base64url, one byte in",
        ] {
            let canary = self.put(Some(form), "/data/planted/");
            let (_, bytes) = forms(canary.as_bytes()).into_iter().find(|(name, _)| *name == form).unwrap();
            let name = form.replace([' ', ','], "-");
            write_into(
                &folder.join("data/planted").join(name),
                &[b"before ", bytes.as_slice(), b" after"].concat(),
            );
        }
    }

    /// Two: a process's environment and its command line.
    pub(super) fn processes(&mut self) -> Processes {
        let (environ, argument) = (self.put(None, "environ of"), self.put(None, "cmdline of"));
        let sleep =
            |command: &mut Command| command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let with_environment = sleep(Command::new("sleep").arg("600").env("GITHUB_TOKEN", environ));
        // It reads its standard input first, which stays open, and never gets to the second file.
        let with_argument = Command::new("cat")
            .args(["-", &argument])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        for child in [&with_environment, &with_argument] {
            while std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap().is_empty() {
                std::thread::yield_now();
            }
        }
        Processes([with_environment, with_argument])
    }
}
