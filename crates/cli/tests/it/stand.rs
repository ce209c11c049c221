//! A stand for one test: a profile in a folder of its own, and where needed a practice range and a broker.
//! Everything ends and disappears with it.

use bailiwick_keystore::ExposeSecret;
use bailiwick_practice::{Control, Options, Range, Seed};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The executable under test.
pub(crate) const BAILIWICK: &str = env!("CARGO_BIN_EXE_bailiwick");

/// How long anything may take that a test waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A profile, and what runs for it.
pub(crate) struct Stand {
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    range: Option<Range>,
    broker: Option<Child>,
    /// What scripts may name: `$URL`, `$PASS`, …
    pub(crate) variables: BTreeMap<String, String>,
}

/// What a command answered.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Stand {
    /// A profile without anything.
    pub(crate) fn bare() -> Stand {
        let folder = tempfile::Builder::new().prefix("bw").tempdir().unwrap();
        for name in ["home", "p"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("pass"), "correct horse battery staple\n").unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let mut stand = Stand { folder, runtime, range: None, broker: None, variables: BTreeMap::new() };
        let open = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/practice/data.json");
        for (name, path) in [
            ("PASS", stand.path("pass")),
            ("FILES", stand.folder.path().to_owned()),
            ("PROFILE", stand.profile()),
            ("KEY", stand.path("app.pem")),
            ("OPEN", open),
        ] {
            stand.set(name, &path.display().to_string());
        }
        stand
    }

    /// A profile with a practice range, and no broker.
    pub(crate) fn with_range() -> Stand {
        let mut stand = Stand::bare();
        let range = stand.runtime.block_on(Range::start(Seed::story(), Options::default())).unwrap();
        stand.set("URL", range.url());
        stand.set("APP", &range.app().app_id().to_string());
        stand.set("INSTALLATION", &range.app().installation_id().to_string());
        fs::write(stand.path("app.pem"), range.app().private_key_pem().expose_secret()).unwrap();
        stand.range = Some(range);
        stand
    }

    /// A profile with a practice range and a broker that nobody has set up.
    pub(crate) fn start() -> Stand {
        let mut stand = Stand::with_range();
        // An agent's key file has the form that a ledger key has.
        let key = stand.run(["agent", "new", "ledger-key", "--data-dir", &stand.text("elsewhere")]);
        assert_eq!(key.code, 0, "{key:?}");
        stand.start_broker();
        stand
    }

    /// A profile as it is after the first steps: founded, connected, and `ci-bot` may merge into main,
    /// comment, open pull requests and deploy to staging.
    pub(crate) fn delegated() -> Stand {
        let mut stand = Stand::start();
        stand.script(include_str!("scripts/delegated.script"));
        stand
    }

    /// Starts the broker of the profile.
    pub(crate) fn start_broker(&mut self) {
        let roots = serde_json::json!({
            "ledger-key": fs::read_to_string(self.path("elsewhere/config/agents/ledger-key.key")).unwrap(),
            "connection.github": fs::read_to_string(self.path("app.pem")).unwrap(),
        });
        let mut broker = self
            .command()
            .args(["broker", "--roots", "stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        broker.stdin.take().unwrap().write_all(roots.to_string().as_bytes()).unwrap();
        let started = Instant::now();
        while self.run(["--no-start", "status"]).code != 0 {
            assert!(broker.try_wait().unwrap().is_none(), "the broker ended");
            assert!(started.elapsed() < PATIENCE, "the broker does not answer");
            std::thread::yield_now();
        }
        self.broker = Some(broker);
    }

    /// Ends the broker as a service manager would.
    pub(crate) fn stop_broker(&mut self) {
        let mut broker = self.broker.take().unwrap();
        let pid = rustix::process::Pid::from_child(&broker);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        broker.wait().unwrap();
    }

    /// Ends the practice range: nobody listens at its address any more.
    pub(crate) fn stop_range(&mut self) {
        self.runtime.block_on(self.range.take().unwrap().stop());
    }

    /// The hand behind the practice range.
    pub(crate) fn range(&self) -> Control {
        self.range.as_ref().unwrap().control()
    }

    /// A file of this stand.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// The profile's folder.
    pub(crate) fn profile(&self) -> PathBuf {
        self.path("p")
    }

    /// Lets scripts name `value` as `$NAME`.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// The executable with the environment of this stand and nothing else.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(BAILIWICK);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("TZ", "UTC")
            .env("USER", "alice")
            .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", self.text("no-bus")))
            .env("BAILIWICK_DATA_DIR", self.profile())
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command and holds its answer against what every answer must be.
    pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        let output = self.command().args(arguments).output().unwrap();
        Ran::of(&output)
    }

    /// Runs a script.
    pub(crate) fn script(&mut self, text: &str) {
        crate::script::run(self, text);
    }
}

impl Ran {
    fn of(output: &Output) -> Ran {
        let ran = Ran {
            code: output.status.code().expect("it was not ended by a signal"),
            stdout: String::from_utf8(output.stdout.clone()).expect("its output is text"),
            stderr: String::from_utf8(output.stderr.clone()).expect("its errors are text"),
        };
        for text in [&ran.stdout, &ran.stderr] {
            let control = text.chars().find(|character| character.is_control() && *character != '\n');
            assert_eq!(control, None, "a control character reached the terminal: {text:?}");
        }
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        ran
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        if let Some(broker) = &mut self.broker {
            broker.kill().ok();
            broker.wait().ok();
        }
        if let Some(range) = self.range.take() {
            self.runtime.block_on(range.stop());
        }
    }
}
