//! A screen, a session with a keychain, a notification daemon, and the console on it.

use super::driver::Driver;
use crate::desk::Ran;
use crate::desk::session::{Keychain, Session};
use crate::stage::{bailiwick, until};
use bailiwick_keystore::ExposeSecret as _;
use bailiwick_practice::{Options, Range, Seed};
use serde_json::json;
use std::fs::Permissions;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

/// The screen with everything on it; it all ends when it is dropped.
pub(super) struct Screen {
    // Fields drop in this order: the console before the screen and the session that it is in.
    driver: Option<Driver>,
    others: Vec<Child>,
    pub(super) session: Session,
    display: String,
}

/// A profile that was set up on a terminal, with the range that it is connected to.
pub(super) struct SetUp {
    pub(super) range: Range,
}

impl Screen {
    /// A screen with a session, and no console yet.
    pub(super) fn dark() -> Screen {
        let session = Session::start(Keychain::Unlocked);
        let mut xvfb = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb (package xvfb) starts");
        let mut number = String::new();
        BufReader::new(xvfb.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let display = format!(":{}", number.trim());
        let mut screen = Screen { driver: None, others: vec![xvfb], session, display };
        let dunst = screen.command("dunst").stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        screen.others.push(dunst.expect("dunst (package dunst) starts"));
        screen
    }

    /// The console of a profile that was never used, at its first page.
    pub(super) async fn fresh() -> Screen {
        let mut screen = Screen::dark();
        screen.open().await;
        screen
    }

    /// Opens the console.
    pub(super) async fn open(&mut self) {
        self.open_with(&[]).await;
    }

    /// Opens the console with these arguments.
    pub(super) async fn open_with(&mut self, arguments: &[&str]) {
        self.driver = Some(Driver::open(&self.environment(), &console(), arguments).await);
    }

    /// Opens the console in another mount namespace, which this command line makes.
    pub(super) async fn open_in(&mut self, wrapper: &[String]) {
        let program = self.session.path("bin").join("console-elsewhere");
        let words = wrapper.join(" ");
        let script = format!("#!/bin/sh\nexec {words} --die-with-parent '{}' \"$@\"\n", console().display());
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        self.driver = Some(Driver::open(&self.environment(), &program, &[]).await);
    }

    /// Starts the console again, as a person does who no longer sees it: the one that runs shows itself.
    pub(super) async fn start_again(&self) {
        let mut second = self.command(console().to_str().unwrap());
        let ended = second.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(ended.success(), "{ended}");
        until("the window is back", async || self.windows("Bailiwick").pop()).await;
    }

    /// Opens the console and signs in.
    pub(super) async fn enter(&mut self) {
        self.open().await;
        self.sign_in().await;
    }

    /// Signs in at a console that is locked.
    pub(super) async fn sign_in(&self) {
        self.page().press("Sign in as alice").await;
        self.sign("Sign in").await;
        self.signed_in().await;
    }

    /// Waits until somebody is signed in.
    pub(super) async fn signed_in(&self) {
        until("somebody is signed in", async || {
            (!self.page().text().await.contains("Sign in as alice")).then_some(())
        })
        .await;
    }

    /// Sets the profile up as a person does on a terminal: key, realm, a range, an agent with the story's
    /// authority. The console is not open yet.
    pub(super) async fn set_up() -> (Screen, SetUp) {
        let screen = Screen::dark();
        let range = Range::start(Seed::story(), Options::default()).await.unwrap();
        let key = screen.session.path("work").join("app.pem");
        std::fs::write(&key, range.app().private_key_pem().expose_secret()).unwrap();
        let open = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../policies/practice/data.json");
        let (app, installation) =
            (range.app().app_id().to_string(), range.app().installation_id().to_string());
        screen.types(&["init", "--name", "alice", "--policy-data", open.to_str().unwrap()]).await;
        screen
            .types(&[
                "connect",
                "github",
                "--yes",
                "--api",
                range.url(),
                "--app-id",
                &app,
                "--installation",
                &installation,
                "--key",
                key.to_str().unwrap(),
            ])
            .await;
        screen.types(&["agent", "new", "ci-bot"]).await;
        screen
            .types(&[
                "delegate",
                "--yes",
                "--to",
                "ci-bot",
                "--allow",
                "github.merge",
                "--allow",
                "github.comment",
                "--repo",
                "acme/backend",
                "--arg",
                "target=main",
                "--for",
                "8h",
            ])
            .await;
        (screen, SetUp { range })
    }

    /// As [`Screen::set_up`], with a policy by which a person agrees to whatever agents do.
    pub(super) async fn asking() -> (Screen, SetUp) {
        let (screen, set_up) = Screen::set_up().await;
        screen.session.asks_about_everything().await;
        screen.types(&["policy", "activate", "ours", "--yes", "--without-proof"]).await;
        (screen, set_up)
    }

    /// Runs `bailiwick`, which has to succeed.
    pub(super) async fn types(&self, arguments: &[&str]) -> Ran {
        let ran = self.session.run(arguments).await;
        assert_eq!(ran.exit, 0, "{arguments:?}: {ran:?}");
        ran
    }

    /// The page.
    pub(super) fn page(&self) -> &Driver {
        self.driver.as_ref().expect("the console is open")
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let mut environment = self.session.environment();
        environment.push(("DISPLAY", self.display.clone()));
        // A screen without a graphics card draws everything itself.
        environment.push(("LIBGL_ALWAYS_SOFTWARE", "1".to_owned()));
        environment.push(("WEBKIT_DISABLE_COMPOSITING_MODE", "1".to_owned()));
        environment
    }

    /// A program of this session, on this screen.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(self.environment())
            .current_dir(self.session.path("work"))
            .stdin(Stdio::null());
        command
    }

    pub(super) fn output(&self, program: &str, arguments: &[&str]) -> Output {
        self.command(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"))
    }

    pub(super) fn says(&self, program: &str, arguments: &[&str]) -> String {
        String::from_utf8_lossy(&self.output(program, arguments).stdout).trim().to_owned()
    }

    /// The windows that are seen and whose title begins so.
    pub(super) fn windows(&self, title: &str) -> Vec<String> {
        let found = self.says("xdotool", &["search", "--onlyvisible", "--name", &format!("^{title}")]);
        found.lines().map(str::to_owned).collect()
    }

    /// Waits for the native window with this title and brings the keyboard to it.
    pub(super) async fn native(&self, title: &str) -> String {
        let window = until(&format!("a native window `{title}`"), async || self.windows(title).pop()).await;
        self.output("xdotool", &["windowfocus", "--sync", &window]);
        window
    }

    /// Brings the keyboard to the main window and presses keys there.
    pub(super) async fn types_into_page(&self, keys: &[&str]) {
        self.keyboard_to_page().await;
        self.keys(keys);
    }

    /// Brings the keyboard to the main window, and waits until the page hears it: a key that means nothing is
    /// pressed until then.
    pub(super) async fn keyboard_to_page(&self) {
        let page = self.page();
        page.run("window.heard = false; addEventListener('keydown', () => (window.heard = true))", json!([]))
            .await;
        until("the page hears the keyboard", async || {
            let window = self.windows("Bailiwick").pop()?;
            if self.says("xdotool", &["getwindowfocus"]) != window {
                self.output("xdotool", &["windowfocus", "--sync", &window]);
            }
            self.keys(&["Shift_L"]);
            (page.run("return window.heard", json!([])).await == json!(true)).then_some(())
        })
        .await;
    }

    /// Types a text where the keyboard is.
    pub(super) fn says_into_page(&self, text: &str) {
        self.output("xdotool", &["type", "--delay", "20", text]);
    }

    /// Closes the main window as a person does.
    pub(super) async fn close_window(&self) {
        self.types_into_page(&["ctrl+w"]).await;
        until("the window is closed", async || self.windows("Bailiwick").is_empty().then_some(())).await;
    }

    /// Keeps what is on the screen, native windows too, where `BAILIWICK_PICTURES` names a folder.
    pub(super) fn picture(&self, name: &str) {
        if let Some(folder) = std::env::var_os("BAILIWICK_PICTURES") {
            // What the page has is painted a moment later.
            std::thread::sleep(std::time::Duration::from_millis(300));
            let file = PathBuf::from(folder).join(format!("{name}.png"));
            self.output("import", &["-window", "root", file.to_str().unwrap()]);
        }
    }

    /// Presses keys in whatever window has the keyboard.
    pub(super) fn keys(&self, keys: &[&str]) {
        self.output("xdotool", &[&["key"], keys].concat());
    }

    /// Presses *Sign* in the native window with this title, as soon as it can be pressed.
    pub(super) async fn sign(&self, title: &str) {
        let window = self.native(title).await;
        until(&format!("`{title}` was signed"), async || {
            if !self.windows(title).contains(&window) {
                return Some(());
            }
            self.keys(&["alt+s"]);
            None
        })
        .await;
    }

    /// Presses *Cancel*, by the key that the focus is on.
    pub(super) async fn cancel(&self, title: &str) {
        let window = self.native(title).await;
        self.keys(&["space"]);
        until(&format!("`{title}` is gone"), async || (!self.windows(title).contains(&window)).then_some(()))
            .await;
    }

    /// Keeps a picture of the whole screen, where `BAILIWICK_PICTURES` names a folder: for whoever wants to look.
    pub(super) async fn look(&self, name: &str) {
        let Some(folder) = std::env::var_os("BAILIWICK_PICTURES") else { return };
        let file = PathBuf::from(folder).join(format!("{name}.png"));
        // What moves comes to rest first.
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        self.output("import", &["-window", "root", file.to_str().unwrap()]);
    }

    /// The notifications on the screen.
    pub(super) fn notifications(&self) -> usize {
        self.says("dunstctl", &["count", "displayed"]).parse().unwrap_or(0)
    }

    /// Clicks the newest notification, and answers what it had said.
    pub(super) async fn click_notification(&self) -> String {
        until("a notification is there", async || (self.notifications() > 0).then_some(())).await;
        self.output("dunstctl", &["action"]);
        self.output("dunstctl", &["close-all"]);
        self.history()
    }

    /// Every notification that is gone, in the daemon's words.
    pub(super) fn history(&self) -> String {
        self.says("dunstctl", &["history"])
    }

    /// The process of the console.
    pub(super) fn console_process(&self) -> Option<String> {
        let home = self.session.path("home");
        let found = self.says("pgrep", &["-f", console().to_str().unwrap()]);
        found.lines().map(str::to_owned).find(|pid| {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            let needle = format!("HOME={}", home.display());
            // A hardened process hides its environment from everybody else, so that one counts too.
            environment.is_empty() || environment.windows(needle.len()).any(|one| one == needle.as_bytes())
        })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let story = std::thread::current().name().unwrap_or_default().replace("::", "-");
            self.picture(&format!("failed-{story}"));
        }
        // The console ends with its screen; the broker with the session.
        self.driver = None;
        for mut other in self.others.drain(..).rev() {
            other.kill().ok();
            other.wait().ok();
        }
    }
}

/// The console beside the tested `bailiwick`.
pub(super) fn console() -> PathBuf {
    let console = bailiwick().with_file_name("bailiwick-console");
    assert!(console.is_file(), "{} was not built", console.display());
    console
}
