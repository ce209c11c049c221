//! A desktop session without a desktop: a bus, GNOME Keyring, a home of its own.

use crate::stage::{PATIENCE, bailiwick, until};
use bailiwick_client::Console;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use zbus::blocking::{Connection, connection, fdo::DBusProxy};

const PASSWORD: &str = "correct horse battery staple";

/// Everything that agents do needs a person.
const ASK: &str = r#"
@id("ask-about-everything")
@title("a person agrees to what agents do")
@because("nobody has watched this agent yet")
@remedy("have somebody approve it")
@approval("1 of steward")
@timeout("1h")
forbid (principal, action, resource);
"#;

/// What there is of a keychain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keychain {
    /// No session bus at all.
    NoBus,
    /// A bus, and nobody on it who keeps secrets.
    Absent,
    /// GNOME Keyring, unlocked.
    Unlocked,
}

/// The session; everything in it ends with it, the broker too.
pub(crate) struct Session {
    folder: TempDir,
    address: String,
    bus: Option<std::process::Child>,
    keyring: Option<std::process::Child>,
}

/// What a command answered.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) out: String,
    pub(crate) errors: String,
}

impl Ran {
    /// The error of a command that was asked with `--json`.
    pub(crate) fn error(&self) -> serde_json::Value {
        let last = self.errors.lines().rev().find_map(|line| serde_json::from_str(line).ok());
        last.unwrap_or_else(|| panic!("no error in {self:?}"))
    }
}

/// A program on a terminal, and somebody who reads and types.
pub(crate) struct Terminal {
    child: Child,
    keyboard: ChildStdin,
    screen: ChildStdout,
    /// What was read so far.
    text: String,
}

impl Terminal {
    pub(crate) async fn types(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).await.unwrap();
    }

    /// Waits until this stands on the screen, below what was seen before.
    pub(crate) async fn sees(&mut self, wanted: &str) {
        let read = async {
            while !self.text.contains(wanted) {
                let mut part = [0; 4096];
                let count = self.screen.read(&mut part).await.unwrap();
                assert!(count > 0, "`{wanted}` did not come: {}", self.text);
                self.text.push_str(&String::from_utf8_lossy(&part[..count]).replace('\r', ""));
            }
        };
        let came = tokio::time::timeout(PATIENCE, read).await;
        assert!(came.is_ok(), "`{wanted}` does not come: {}", self.text);
        let end = self.text.find(wanted).unwrap() + wanted.len();
        self.text.drain(..end);
    }

    /// Waits for its end; what was not seen yet.
    pub(crate) async fn ends(mut self) -> Ran {
        let rest = async {
            let mut rest = Vec::new();
            self.screen.read_to_end(&mut rest).await.unwrap();
            (rest, self.child.wait().await.unwrap())
        };
        let (rest, status) = tokio::time::timeout(PATIENCE, rest).await.expect("the line ends");
        let out = self.text + &String::from_utf8_lossy(&rest).replace('\r', "");
        Ran { exit: status.code().unwrap(), out, errors: String::new() }
    }
}

impl Session {
    pub(crate) fn start(keychain: Keychain) -> Session {
        let folder = TempDir::with_prefix("bw-").unwrap();
        for name in ["bin", "home", "run", "work"] {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        }
        let address = format!("unix:path={}", folder.path().join("nowhere").display());
        let mut session = Session { folder, address, bus: None, keyring: None };
        if keychain != Keychain::NoBus {
            session.start_bus();
        }
        if keychain == Keychain::Unlocked {
            session.unlock();
        }
        session
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start_bus(&mut self) {
        let config = format!(
            "<busconfig><type>session</type><listen>unix:dir={}</listen><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"false\"/><allow own=\"*\"/>\
             <allow receive_sender=\"*\"/></policy></busconfig>",
            self.path("run").display()
        );
        std::fs::write(self.path("bus.conf"), config).unwrap();
        let mut bus = std::process::Command::new("dbus-daemon")
            .arg(format!("--config-file={}", self.path("bus.conf").display()))
            .args(["--nofork", "--nopidfile", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon (package dbus-daemon) starts");
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        address.trim().clone_into(&mut self.address);
        self.bus = Some(bus);
    }

    /// Starts the keychain with its password: it is unlocked, as after a login. Its secrets are those of before.
    pub(crate) fn unlock(&mut self) {
        self.end_keyring();
        let bus = self.connect();
        let proxy = DBusProxy::new(&bus).unwrap();
        let mut owners =
            proxy.receive_name_owner_changed_with_args(&[(0, "org.freedesktop.secrets")]).unwrap();
        let mut keyring = std::process::Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--components=secrets", "--unlock"])
            .envs(self.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon (package gnome-keyring) starts");
        keyring.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        self.keyring = Some(keyring);
        // Whoever had the name before is gone; the next one with an owner is this one.
        owners.find(|change| change.args().unwrap().new_owner().is_some()).expect("the keychain appears");
    }

    /// Locks the default collection, as a screen lock does.
    pub(crate) fn lock(&self) {
        let bus = self.connect();
        let collection =
            zbus::zvariant::ObjectPath::try_from("/org/freedesktop/secrets/aliases/default").unwrap();
        bus.call_method(
            Some("org.freedesktop.secrets"),
            "/org/freedesktop/secrets",
            Some("org.freedesktop.Secret.Service"),
            "Lock",
            &(vec![collection],),
        )
        .unwrap();
    }

    /// Where the session bus is.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A connection to the session bus.
    pub(crate) fn connect(&self) -> Connection {
        connection::Builder::address(self.address.as_str()).unwrap().build().unwrap()
    }

    /// What a program of this session finds in its environment, and nothing else.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let at = |name: &str| self.path(name).display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        vec![
            // What a test puts into `bin` comes first.
            ("PATH", format!("{}:{}:{path}", at("bin"), bailiwick().parent().unwrap().display())),
            ("HOME", at("home")),
            ("USER", "alice".to_owned()),
            ("XDG_RUNTIME_DIR", at("run")),
            ("DBUS_SESSION_BUS_ADDRESS", self.address.clone()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TERM", "xterm".to_owned()),
        ]
    }

    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment()).current_dir(self.path("work"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// Runs `bailiwick` with these arguments, without a terminal.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        let running = self.command(&bailiwick()).args(arguments).output();
        let output = tokio::time::timeout(PATIENCE, running).await.expect("the command ends").unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran { exit: output.status.code().unwrap(), out: text(&output.stdout), errors: text(&output.stderr) }
    }

    /// Runs a line of shell on a terminal of its own, and answers `y` to whatever it asks.
    pub(crate) async fn type_line(&self, line: &str) -> Ran {
        let mut terminal = self.terminal(line);
        // The terminal keeps what is typed until somebody reads it.
        terminal.types("y\n").await;
        terminal.ends().await
    }

    /// Runs a line of shell on a terminal of its own.
    pub(crate) fn terminal(&self, line: &str) -> Terminal {
        let mut child = self
            .command(Path::new("script"))
            .args(["--quiet", "--return", "--flush", "--echo", "never", "--command", line, "/dev/null"])
            .stdin(Stdio::piped())
            .spawn()
            .expect("script (package bsdutils) runs");
        let keyboard = child.stdin.take().unwrap();
        let screen = child.stdout.take().unwrap();
        Terminal { child, keyboard, screen, text: String::new() }
    }

    /// Writes the policy that is in force into `ours`, and that a person agrees to whatever agents do.
    pub(crate) async fn asks_about_everything(&self) {
        let shown = self.run(&["policy", "show", "--into", "ours"]).await;
        assert_eq!(shown.exit, 0, "{shown:?}");
        let ask = self.path("work").join("ours/ask.cedar");
        let texts = std::fs::read_to_string(&ask).unwrap() + ASK;
        std::fs::write(&ask, texts).unwrap();
    }

    pub(crate) fn console_socket(&self) -> PathBuf {
        self.path("run").join("bailiwick").join("console").join("socket")
    }

    /// The console of the default profile.
    pub(crate) async fn console(&self) -> Console {
        Console::at(&self.console_socket()).await.unwrap().0
    }

    /// Asks the broker of the default profile to end, and waits until it has.
    pub(crate) async fn end_broker(&self) {
        self.console().await.shut_down().await.unwrap();
        let socket = self.console_socket();
        until("the broker has ended", async || {
            tokio::net::UnixStream::connect(&socket).await.is_err().then_some(())
        })
        .await;
        // The lock on the folder goes with the process, a moment later than the socket.
        let lock = self.path("home").join(".local/share/bailiwick/broker.lock");
        until("the folder is free", async || {
            let file = std::fs::File::options().write(true).open(&lock).ok()?;
            file.try_lock().ok()
        })
        .await;
    }

    /// Kills the broker of the default profile, as a crash does.
    pub(crate) async fn kill_broker(&self) {
        let stream = std::os::unix::net::UnixStream::connect(self.console_socket()).unwrap();
        let broker = rustix::net::sockopt::socket_peercred(&stream).unwrap();
        rustix::process::kill_process(broker.pid, rustix::process::Signal::KILL).unwrap();
        let socket = self.console_socket();
        until("the broker is gone", async || {
            tokio::net::UnixStream::connect(&socket).await.is_err().then_some(())
        })
        .await;
    }

    fn end_keyring(&mut self) {
        if let Some(mut keyring) = self.keyring.take() {
            keyring.kill().ok();
            keyring.wait().ok();
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A broker that the program started for itself outlives whoever started it, but not its home: after
        // a test that failed it is still there, at the other end of its socket.
        // Profiles of their own lie in `work`.
        let folders = std::fs::read_dir(self.path("work")).into_iter().flatten().flatten();
        let sockets = folders.map(|folder| folder.path().join("run/console/socket"));
        for socket in sockets.chain([self.console_socket()]) {
            if let Ok(stream) = std::os::unix::net::UnixStream::connect(socket)
                && let Ok(broker) = rustix::net::sockopt::socket_peercred(&stream)
            {
                rustix::process::kill_process(broker.pid, rustix::process::Signal::TERM).ok();
            }
        }
        self.end_keyring();
        if let Some(mut bus) = self.bus.take() {
            bus.kill().ok();
            bus.wait().ok();
        }
    }
}
