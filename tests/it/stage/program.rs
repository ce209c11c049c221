//! The programs under test, as processes.

use bailiwick_client::Console;
use bailiwick_protocol::Places;
use rustix::process::{Pid, Signal};
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

/// The `bailiwick` that was built beside this test.
pub(crate) fn bailiwick() -> PathBuf {
    if let Some(path) = std::env::var_os("BAILIWICK_TEST_BINARY") {
        return path.into();
    }
    let own = std::env::current_exe().unwrap();
    // target/debug/deps/it-… → target/debug/bailiwick, whatever the target folder and the profile are.
    let path = own.parent().and_then(Path::parent).unwrap().join("bailiwick");
    assert!(
        path.is_file(),
        "there is no `{}`: build it first with `cargo build --package bailiwick-cli`, as `make test` does",
        path.display()
    );
    path
}

/// How the broker is started: what stands before it on the command line, and its environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Launch {
    /// A program that becomes the broker, with its arguments.
    pub(crate) through: Vec<OsString>,
    /// More environment.
    pub(crate) environment: Vec<(String, OsString)>,
}

impl Launch {
    /// Through this command, which must become the broker (the process id stays the same).
    pub(crate) fn through<S: Into<OsString>>(command: impl IntoIterator<Item = S>) -> Launch {
        Launch { through: command.into_iter().map(Into::into).collect(), environment: Vec::new() }
    }

    /// `program` with this launch before it.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut words = self.through.iter().cloned().chain([program.as_os_str().to_owned()]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).envs(self.environment.iter().cloned());
        command
    }
}

/// A broker process with its secrets on standard input. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Broker {
    child: Child,
    /// What it said on standard output and standard error.
    words: PathBuf,
}

impl Broker {
    /// Starts a broker on the profile in `folder`, without waiting for anything.
    pub(crate) async fn start(launch: &Launch, folder: &Path, secrets: &str) -> Broker {
        let words = folder.join("broker.words");
        let output = File::options().create(true).append(true).open(&words).unwrap();
        let mut child = launch
            .command(&bailiwick())
            .arg("--data-dir")
            .arg(folder)
            .args(["--json", "broker", "--roots", "stdin"])
            .stdin(Stdio::piped())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        // One that ends before it reads says so itself.
        input.write_all(secrets.as_bytes()).await.ok();
        drop(input);
        Broker { child, words }
    }

    /// Waits until it answers on its console socket.
    pub(crate) async fn ready(&mut self, places: &Places) -> Console {
        let start = Instant::now();
        loop {
            match Console::connect(places).await {
                Ok(console) => return console,
                Err(error) => {
                    let ended = self.child.try_wait().unwrap();
                    assert!(ended.is_none(), "the broker ended ({ended:?}): {}", self.words());
                    assert!(start.elapsed() < super::PATIENCE, "the broker does not answer: {error}");
                }
            }
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(super::PATIENCE, self.child.wait()).await.expect("the broker ends").unwrap()
    }

    /// Whether it has not ended yet.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// kill -9, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id().unwrap()).unwrap()).unwrap()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        rustix::process::kill_process(self.pid(), signal).unwrap();
    }

    /// What it has said so far.
    pub(crate) fn words(&self) -> String {
        std::fs::read_to_string(&self.words).unwrap_or_default()
    }
}
