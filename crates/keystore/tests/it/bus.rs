//! A session bus and a keychain for one test, in folders of their own.
//!
//! The environment belongs to the whole process, so a scenario runs in a child: the same
//! test executable, asked for the same test, with the new bus in its environment.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bailiwick_keystore::{ItemName, Keychain, KeychainOptions, Prompts};
use secret_service::EncryptionType;
use secret_service::blocking::SecretService;
use zbus::blocking::{Connection, connection, fdo::DBusProxy};

const SCENARIO: &str = "KEYSTORE_TEST_SCENARIO";
const FINISHED: &str = "the scenario has run to its end";

/// What there is on the test's bus.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Serves {
    /// There is no bus at all: the address leads to no socket.
    NoBus,
    /// A bus, and nobody on it.
    Nobody,
    /// A bus that would start a keychain program, which dies.
    Failing,
    /// GNOME Keyring without any collection made yet.
    Fresh,
    /// GNOME Keyring, default collection unlocked with this password.
    Unlocked(&'static str),
    /// The same on a display, with GNOME's own prompt.
    Desktop(&'static str),
}

/// Runs `scenario` in a child process on a bus of its own. `test` is the full name of the
/// calling test, such as `keychain::round_trip`.
pub(crate) fn on_bus(test: &str, serves: Serves, scenario: fn()) {
    if std::env::var(SCENARIO).as_deref() == Ok(test) {
        scenario();
        println!("{FINISHED}");
        return;
    }
    let session = Session::start(serves);
    let output = session
        .command(&std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(SCENARIO, test)
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && stdout.contains(FINISHED),
        "{test} failed on its bus: {}\n{stdout}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The keychain, without prompts.
pub(crate) fn keychain() -> Keychain {
    Keychain::open(KeychainOptions::SERVICE).unwrap()
}

/// The keychain, with prompts and a limit in milliseconds.
pub(crate) fn prompting(limit_ms: u64) -> Keychain {
    Keychain::open(KeychainOptions { prompts: Prompts::Allowed, limit: Duration::from_millis(limit_ms) })
        .unwrap()
}

pub(crate) fn item(name: &str) -> ItemName {
    ItemName::new("test", "key", name).unwrap()
}

/// Locks the default collection, as a screen lock or a person might.
pub(crate) fn lock_default_collection() {
    let service = SecretService::connect(EncryptionType::Plain).unwrap();
    let collection = service.get_default_collection().unwrap();
    collection.lock().unwrap();
    assert!(collection.is_locked().unwrap());
}

struct Session {
    folder: tempfile::TempDir,
    address: String,
    display: Option<String>,
    daemons: Vec<Child>,
}

impl Session {
    fn start(serves: Serves) -> Self {
        let folder = tempfile::Builder::new().prefix("ks").tempdir().unwrap();
        for name in ["home", "run", "services"] {
            let path = folder.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        }
        let mut session = Self {
            address: format!("unix:path={}", folder.path().join("nowhere").display()),
            folder,
            display: None,
            daemons: Vec::new(),
        };
        if serves == Serves::NoBus {
            return session;
        }
        if let Serves::Desktop(_) = serves {
            session.start_display();
            session.activate("org.gnome.keyring.SystemPrompter", "/usr/libexec/gcr-prompter");
        }
        if serves == Serves::Failing {
            session.activate("org.freedesktop.secrets", "/bin/false");
        }
        session.start_bus();
        match serves {
            Serves::Unlocked(password) | Serves::Desktop(password) => {
                session.start_keyring(Some(password));
            }
            Serves::Fresh => session.start_keyring(None),
            Serves::NoBus | Serves::Nobody | Serves::Failing => {}
        }
        session
    }

    /// Lets the bus start `program` for `name`.
    fn activate(&self, name: &str, program: &str) {
        let file = format!("[D-BUS Service]\nName={name}\nExec={program}\n");
        let path = self.folder.path().join("services").join(format!("{name}.service"));
        fs::write(path, file).unwrap();
    }

    fn start_display(&mut self) {
        let mut server = self
            .command(Path::new("Xvfb"))
            .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "800x600x24"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb (package xvfb) starts");
        let number = first_line(&mut server);
        self.daemons.push(server);
        self.display = Some(format!(":{number}"));
    }

    fn start_bus(&mut self) {
        let services = self.folder.path().join("services");
        let config = format!(
            "<busconfig><type>session</type><listen>unix:dir={run}</listen>\
             <servicedir>{services}</servicedir><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"false\"/><allow own=\"*\"/>\
             <allow receive_sender=\"*\"/></policy></busconfig>",
            run = self.folder.path().join("run").display(),
            services = services.display(),
        );
        let path = self.folder.path().join("bus.conf");
        fs::write(&path, config).unwrap();
        let mut daemon = self
            .command(Path::new("dbus-daemon"))
            .arg(format!("--config-file={}", path.display()))
            .args(["--nofork", "--nopidfile", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon (package dbus) starts");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        self.daemons.push(daemon);
        self.address = address.trim().to_owned();
    }

    fn start_keyring(&mut self, password: Option<&str>) {
        let bus = self.connect();
        let proxy = DBusProxy::new(&bus).unwrap();
        let mut owners =
            proxy.receive_name_owner_changed_with_args(&[(0, "org.freedesktop.secrets")]).unwrap();
        let mut command = self.command(Path::new("gnome-keyring-daemon"));
        command
            .args(["--foreground", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if password.is_some() {
            command.arg("--unlock");
        }
        let mut daemon = command.spawn().expect("gnome-keyring-daemon (package gnome-keyring) starts");
        let mut stdin = daemon.stdin.take().unwrap();
        stdin.write_all(password.unwrap_or("").as_bytes()).unwrap();
        drop(stdin);
        self.daemons.push(daemon);
        owners.next().expect("the keychain appears on the bus");
    }

    fn connect(&self) -> Connection {
        connection::Builder::address(self.address.as_str()).unwrap().build().unwrap()
    }

    /// A program with this session's environment and nothing else.
    fn command(&self, program: &Path) -> Command {
        let at = |name: &str| -> PathBuf { self.folder.path().join(name) };
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("RUST_BACKTRACE", "1")
            .env("HOME", at("home"))
            .env("XDG_RUNTIME_DIR", at("run"))
            .env("XDG_DATA_HOME", at("home"))
            .env("XDG_CONFIG_HOME", at("home"))
            .env("XDG_CACHE_HOME", at("home"))
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .stdin(Stdio::null());
        if let Some(display) = &self.display {
            command.env("DISPLAY", display);
        }
        command
    }
}

/// What a daemon says once it is ready.
fn first_line(daemon: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

impl Drop for Session {
    fn drop(&mut self) {
        // The keychain first, the bus last.
        for daemon in self.daemons.iter_mut().rev() {
            daemon.kill().ok();
            daemon.wait().ok();
        }
    }
}
