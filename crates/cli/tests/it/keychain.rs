//! The default way: keys in a keychain, and a broker that is started when one is needed.

use crate::stand::{PATIENCE, Stand};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// A session bus and an unlocked keychain, both ended when dropped.
struct Keychain {
    address: String,
    daemons: Vec<Child>,
}

impl Keychain {
    fn start(stand: &Stand) -> Keychain {
        let run = stand.path("home");
        let config = format!(
            "<busconfig><type>session</type><listen>unix:dir={}</listen><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"false\"/><allow own=\"*\"/>\
             <allow receive_sender=\"*\"/></policy></busconfig>",
            run.display()
        );
        fs::write(stand.path("bus.conf"), config).unwrap();
        let mut bus = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", stand.text("bus.conf")))
            .args(["--nofork", "--nopidfile", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon (package dbus) starts");
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let address = address.trim().to_owned();
        let mut keyring = Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--components=secrets", "--unlock"])
            .env("DBUS_SESSION_BUS_ADDRESS", &address)
            .env("HOME", &run)
            .env("XDG_RUNTIME_DIR", &run)
            .env("XDG_DATA_HOME", &run)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon (package gnome-keyring) starts");
        keyring.stdin.take().unwrap().write_all(b"a password").unwrap();
        Keychain { address, daemons: vec![keyring, bus] }
    }

    fn run(&self, stand: &Stand, arguments: &[&str]) -> (i32, String, String) {
        let output =
            stand.command().env("DBUS_SESSION_BUS_ADDRESS", &self.address).args(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    }
}

impl Drop for Keychain {
    fn drop(&mut self) {
        for daemon in &mut self.daemons {
            daemon.kill().ok();
            daemon.wait().ok();
        }
    }
}

#[test]
fn a_broker_is_started_with_its_keys_in_the_keychain() {
    let stand = Stand::with_range();
    let keychain = Keychain::start(&stand);
    let started = Instant::now();
    while !keychain.run(&stand, &["--json", "doctor"]).1.contains("\"message\":\"unlocked\"") {
        assert!(started.elapsed() < PATIENCE, "the keychain does not answer");
    }
    let (code, out, errors) = keychain.run(&stand, &["init", "--name", "alice"]);
    assert_eq!(code, 0, "{errors}");
    assert!(out.contains("key         keychain: ") && errors.contains("started the broker"), "{out}{errors}");
    let pid = started_pid(&errors).unwrap();
    let _ended = EndBroker(&stand, &keychain, pid);
    stays_alone(pid);

    let app = stand.variables["APP"].as_str();
    let installation = stand.variables["INSTALLATION"].as_str();
    let url = stand.variables["URL"].as_str();
    let connect = [
        "connect",
        "github",
        "--app-id",
        app,
        "--installation",
        installation,
        "--key",
        "app.pem",
        "--api",
        url,
        "--yes",
    ];
    for arguments in [
        &connect[..],
        // Again: the key is there already, and the statement follows the one in force.
        &connect,
        &["agent", "new", "ci-bot"],
        &[
            "delegate",
            "--to",
            "ci-bot",
            "--allow",
            "github.comment",
            "--repo",
            "acme/backend",
            "--for",
            "1h",
            "--yes",
        ],
        &["request", "github.comment", "--repo", "acme/backend", "issue=1", "body=x"],
        &["init"],
        &["verify"],
        &["revoke", "agent", "ci-bot", "--yes"],
    ] {
        let (code, out, errors) = keychain.run(&stand, arguments);
        assert_eq!(code, 0, "{arguments:?}: {out}{errors}");
        assert!(!errors.contains("started the broker"), "{arguments:?} started a second one");
    }
    several_start_one(&stand, &keychain, pid);
}

/// Of several that start a broker at the same time all are served, and by the one that came first.
fn several_start_one(stand: &Stand, keychain: &Keychain, former: i32) {
    end(stand, keychain, former);
    let pids: Vec<Option<i32>> = std::thread::scope(|scope| {
        let starters: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let (code, _, errors) = keychain.run(stand, &["status"]);
                    assert_eq!(code, 0, "{errors}");
                    started_pid(&errors)
                })
            })
            .collect();
        starters.into_iter().map(|starter| starter.join().unwrap()).collect()
    });
    let pids: Vec<i32> = pids.into_iter().flatten().collect();
    assert_eq!(pids.len(), 1, "one of them started the broker: {pids:?}");
    end(stand, keychain, pids[0]);
}

fn started_pid(errors: &str) -> Option<i32> {
    errors.split("(process ").nth(1)?.split(')').next()?.parse().ok()
}

fn end(stand: &Stand, keychain: &Keychain, pid: i32) {
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).ok();
    let started = Instant::now();
    while keychain.run(stand, &["--no-start", "status"]).0 == 0 && started.elapsed() < PATIENCE {}
}

/// Ends the broker that a command started.
struct EndBroker<'a>(&'a Stand, &'a Keychain, i32);

impl Drop for EndBroker<'_> {
    fn drop(&mut self) {
        end(self.0, self.1, self.2);
    }
}

/// The broker leads a session of its own, has no terminal, and none of our descriptors.
fn stays_alone(pid: i32) {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let (group, session, terminal) = (fields[2], fields[3], fields[4]);
    assert_eq!((group, session, terminal), (&*pid.to_string(), &*pid.to_string(), "0"), "{stat}");
    let commands = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap();
    assert!(commands.starts_with('/'), "it was started by its absolute path: {commands}");
}
