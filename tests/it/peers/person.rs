//! A real browser, whose key is a virtual authenticator, and to which a desk's `xdg-open` leads; and a person
//! who types at that desk.

use crate::desk::{Keychain, Ran, Session};
use crate::stage::{PATIENCE, bailiwick, until};
use serde_json::{Value as Json, json};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// Which browser.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Program {
    Chromium,
    Firefox,
}

/// The browser of a desk.
pub(crate) struct Browser {
    _child: Child,
    talk: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    /// The addresses that were opened.
    log: PathBuf,
    /// How many of them so far.
    opened: AtomicUsize,
}

/// A person with a desk and a browser.
pub(super) struct Person {
    pub(super) session: Session,
    browser: Browser,
}

impl Browser {
    /// The browser that programs of this session open pages in from now on.
    pub(crate) async fn of(session: &Session, program: Program) -> Browser {
        let stub = session.path("bin").join("xdg-open");
        let log = session.path("opened");
        std::fs::write(&stub, format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >>'{}'\n", log.display())).unwrap();
        std::fs::set_permissions(&stub, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::write(&log, "").unwrap();
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers");
        let mut child = Command::new(folder.join("node24"))
            .arg(folder.join("person.mjs"))
            .arg(match program {
                Program::Chromium => "chromium",
                Program::Firefox => "firefox",
            })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the pinned Node 24 runs (`setup/setup test` installs it)");
        let talk = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let browser = Browser { _child: child, talk: Mutex::new(talk), log, opened: AtomicUsize::new(0) };
        let ready = browser.hears().await;
        assert_eq!(ready["ready"], true, "{program:?} starts");
        println!("{}", ready["version"]);
        browser
    }

    async fn hears(&self) -> Json {
        let mut line = String::new();
        let mut talk = self.talk.lock().await;
        let read = tokio::time::timeout(PATIENCE, talk.1.read_line(&mut line));
        read.await.expect("the browser answers").unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("the browser ended: {line:?}"))
    }

    /// Lets the person do something in the browser.
    pub(crate) async fn does(&self, deed: Json) -> Json {
        self.talk.lock().await.0.write_all(format!("{deed}\n").as_bytes()).await.unwrap();
        let answer = self.hears().await;
        assert!(answer.get("error").is_none(), "{deed}: {answer}");
        answer
    }

    /// The next address that a program opened.
    pub(crate) async fn next_page(&self) -> String {
        let number = self.opened.fetch_add(1, Ordering::SeqCst);
        until("a page was opened", async || {
            let text = std::fs::read_to_string(&self.log).ok()?;
            text.lines().nth(number).map(str::to_owned)
        })
        .await
    }

    /// Touches the key on the next page; what the page showed before and after.
    pub(crate) async fn touch(&self) -> Json {
        let page = self.next_page().await;
        self.does(json!({ "sign": page })).await
    }
}

impl Person {
    /// A desk with an unlocked keychain, and a browser.
    pub(super) async fn at(program: Program) -> Person {
        let session = Session::start(Keychain::Unlocked);
        let browser = Browser::of(&session, program).await;
        Person { session, browser }
    }

    /// As [`Browser::does`].
    pub(super) async fn does(&self, deed: Json) -> Json {
        self.browser.does(deed).await
    }

    /// As [`Browser::next_page`].
    pub(super) async fn next_page(&self) -> String {
        self.browser.next_page().await
    }

    /// Begins a command that will wait for the person.
    pub(super) fn begins(&self, arguments: &[&str]) -> JoinHandle<std::io::Result<Output>> {
        tokio::spawn(self.session.command(&bailiwick()).args(arguments).output())
    }

    /// Ends such a command; the page's port is free again afterwards.
    pub(super) async fn breaks_off(&self, running: JoinHandle<std::io::Result<Output>>) {
        running.abort();
        until("the page's port is free", async || {
            TcpStream::connect(("127.0.0.1", 7311)).await.is_err().then_some(())
        })
        .await;
    }

    /// Runs `bailiwick` while the person touches their key on each of so many pages; what the pages showed.
    pub(super) async fn touching(&self, arguments: &[&str], touches: usize) -> (Ran, Vec<Json>) {
        let running = self.begins(arguments);
        let mut pages = Vec::new();
        for _ in 0..touches {
            pages.push(self.browser.touch().await);
        }
        let output =
            tokio::time::timeout(PATIENCE, running).await.expect("the command ends").unwrap().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let ran = Ran {
            exit: output.status.code().unwrap(),
            out: text(&output.stdout),
            errors: text(&output.stderr),
        };
        (ran, pages)
    }
}
