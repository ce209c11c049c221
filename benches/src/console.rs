//! The console while nobody looks at it, and how fast it is back: the real program on a screen of the bench's
//! own (Xvfb), its memory as the system shares it out (proportional set size), console and broker together.
//!
//! The peer is Debian's Chromium with one window of one empty page and nothing else: what a program built on it
//! starts from. No package registry ships an Electron, only an installer that downloads one.

use crate::Failed;
use crate::row::{Against, Goal, Line, time};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long memory is left to settle before it is read.
const SETTLED: Duration = Duration::from_secs(5);

/// How long something may take before the bench gives up on it.
const PATIENCE: Duration = Duration::from_secs(60);

/// The rows.
pub(crate) fn lines(folder: &Path) -> Result<Vec<Line>, Failed> {
    let console = release("bailiwick-console")?;
    release("bailiwick")?;
    let desk = Desk::open(&folder.join("console"))?;
    let peer = chromium(&desk)?;

    let mut running = desk.start(&console, &["--hidden"])?;
    std::thread::sleep(SETTLED);
    let hidden = desk.memory()?;

    let cold = Instant::now();
    desk.start(&console, &[])?.wait()?;
    desk.until("the window opens", || desk.window().is_some())?;
    let cold = cold.elapsed();
    std::thread::sleep(SETTLED);
    let open = desk.memory()?;

    // The window is destroyed as soon as it is closed: the configuration keeps it for no minute.
    desk.close()?;
    desk.until("the window goes", || desk.window().is_none())?;
    std::thread::sleep(SETTLED);
    let closed = desk.memory()?;
    let again = Instant::now();
    desk.start(&console, &[])?.wait()?;
    desk.until("the window comes back", || desk.window().is_some())?;
    let again = again.elapsed();
    running.kill()?;
    running.wait()?;

    let memory = |path: &str, ours: f64, goal| Line {
        path: path.to_owned(),
        ours: mebibytes(ours),
        against: Against::Peer(format!("Chromium, one empty window {}", mebibytes(peer))),
        ratio: ours / peer,
        goal,
        later: None,
    };
    let back = |path: &str, took: Duration| Line {
        path: path.to_owned(),
        ours: time(took.as_secs_f64() * 1e6),
        against: Against::Floor("goal 1000.0 ms".to_owned()),
        ratio: took.as_secs_f64(),
        goal: Goal::AtMost(1.0),
        later: None,
    };
    Ok(vec![
        memory("console and broker in the tray, no window yet", hidden, Goal::AtMost(0.5)),
        memory("console and broker, window open", open, Goal::None),
        memory("console and broker in the tray, window destroyed", closed, Goal::AtMost(0.5)),
        back("from the call to the first window", cold),
        back("from the call to the window, after it was destroyed", again),
    ])
}

fn mebibytes(bytes: f64) -> String {
    format!("{:.0} MiB", bytes / f64::from(1 << 20))
}

/// A program as it is shipped; `make bench` builds it.
fn release(name: &str) -> Result<PathBuf, Failed> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().ok_or("there is no target folder")?;
    let program = target.join("release").join(name);
    if program.is_file() {
        return Ok(program);
    }
    Err(format!("{} was not built: run `make bench`", program.display()).into())
}

/// A screen with a session bus and a keychain that is unlocked, and a home of its own.
struct Desk {
    home: PathBuf,
    environment: Vec<(&'static str, String)>,
    others: Vec<Child>,
}

impl Desk {
    fn open(home: &Path) -> Result<Desk, Failed> {
        for part in ["run", ".config/bailiwick"] {
            std::fs::create_dir_all(home.join(part))?;
        }
        let profile = home.join("profile/config");
        std::fs::create_dir_all(&profile)?;
        std::fs::write(profile.join("config.toml"), "[console]\nkeep_window_minutes = 0\n")?;
        let path = std::env::var("PATH")?;
        let mut desk = Desk {
            home: home.to_owned(),
            environment: vec![
                ("PATH", path),
                ("HOME", home.display().to_string()),
                ("XDG_RUNTIME_DIR", home.join("run").display().to_string()),
                ("LIBGL_ALWAYS_SOFTWARE", "1".to_owned()),
                // In another locale xdotool finds no title that has a dash in it.
                ("LANG", "C.UTF-8".to_owned()),
            ],
            others: Vec::new(),
        };
        let screen =
            desk.telling("Xvfb", &["-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp"])?;
        desk.environment.push(("DISPLAY", format!(":{screen}")));
        let bus = desk.telling("dbus-daemon", &["--session", "--nofork", "--print-address"])?;
        desk.environment.push(("DBUS_SESSION_BUS_ADDRESS", bus));
        let mut keyring = desk
            .command("gnome-keyring-daemon")
            .args(["--foreground", "--components=secrets", "--unlock"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        keyring.stdin.take().ok_or("the keychain hears nothing")?.write_all(b"bench")?;
        desk.others.push(keyring);
        Ok(desk)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment.iter().cloned()).current_dir(&self.home);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Starts a program that stays, and answers its first line.
    fn telling(&mut self, program: &str, arguments: &[&str]) -> Result<String, Failed> {
        let mut child = self.command(program).args(arguments).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("it says nothing")?).read_line(&mut line)?;
        self.others.push(child);
        Ok(line.trim().to_owned())
    }

    fn start(&self, console: &Path, arguments: &[&str]) -> Result<Child, Failed> {
        let profile = self.home.join("profile");
        let mut command = self.command(&console.display().to_string());
        Ok(command.arg("--data-dir").arg(profile).args(arguments).spawn()?)
    }

    fn xdotool(&self, arguments: &[&str]) -> Result<String, Failed> {
        let output = self.command("xdotool").args(arguments).stdout(Stdio::piped()).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn window(&self) -> Option<String> {
        let found = self.xdotool(&["search", "--onlyvisible", "--name", "^Bailiwick"]).ok()?;
        found.lines().next().map(str::to_owned)
    }

    /// Closes the window by its key; without a window manager, it has to be given the focus.
    fn close(&self) -> Result<(), Failed> {
        let window = self.window().ok_or("there is no window to close")?;
        self.xdotool(&["windowfocus", "--sync", &window, "key", "--clearmodifiers", "ctrl+w"])?;
        Ok(())
    }

    fn until(&self, what: &str, condition: impl Fn() -> bool) -> Result<(), Failed> {
        let began = Instant::now();
        while !condition() {
            if began.elapsed() > PATIENCE {
                return Err(format!("waited a minute in vain until {what}").into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// What everything in this desk's profile takes together, in bytes.
    fn memory(&self) -> Result<f64, Failed> {
        proportional(&self.home.join("profile").display().to_string())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // What the console started for itself, the broker among it, goes with its profile.
        for pid in with_argument(&self.home.display().to_string()) {
            self.command("kill").arg(pid.to_string()).status().ok();
        }
        for mut other in self.others.drain(..).rev() {
            other.kill().ok();
            other.wait().ok();
        }
    }
}

/// Chromium with one window of an empty page: the memory of all its processes.
fn chromium(desk: &Desk) -> Result<f64, Failed> {
    let data = desk.home.join("chromium").display().to_string();
    let mut child = desk
        .command("chromium")
        .args(["--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-background-networking"])
        .args([&format!("--user-data-dir={data}"), "--app=data:text/html,hello"])
        .spawn()?;
    std::thread::sleep(SETTLED + SETTLED);
    let memory = proportional(&data);
    child.kill()?;
    child.wait()?;
    memory
}

/// The proportional set size of every process with `word` in its command line, and of what these started.
fn proportional(word: &str) -> Result<f64, Failed> {
    let mut wanted = with_argument(word);
    let mut next = 0;
    while let Some(&pid) = wanted.get(next) {
        let children =
            std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        for child in children.split_whitespace().filter_map(|child| child.parse().ok()) {
            if !wanted.contains(&child) {
                wanted.push(child);
            }
        }
        next += 1;
    }
    let mut kibibytes = 0.0;
    for pid in wanted {
        let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).map_err(|error| {
            format!("the memory of {pid} cannot be read ({error}): the console hides it from its own user, so run as root")
        })?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or_default();
        kibibytes += line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default();
    }
    if kibibytes == 0.0 { Err(format!("nothing runs with `{word}`").into()) } else { Ok(kibibytes * 1024.0) }
}

fn with_argument(word: &str) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(word)
    })
    .collect()
}
