//! The way to the broker, held open as long as the console runs: every event goes to the page, the tray counts, and
//! what a person should know becomes a notification.
//!
//! A broker that is not there is started once, when the console begins; after that the person decides.

use crate::failure::Failure;
use crate::notice::{self, Notice};
use crate::shell::Shell;
use crate::told::{Told, tell};
use crate::tray::{self, Said};
use bailiwick_client::{Console, EventStream};
use bailiwick_protocol::{Event, OperationView, Status};
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tauri::{AppHandle, Manager};

/// The waits between two attempts to connect again.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// So long before its end a capability is worth a word, in seconds.
const SOON: u64 = 15 * 60;

/// Holds the way to the broker open until the console ends.
pub(crate) fn hold(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        begin(&app).await;
        let mut watch = Watch::new(app);
        loop {
            watch.once().await;
        }
    });
}

/// Starts the broker if this profile was set up and none runs.
async fn begin(app: &AppHandle) {
    let Ok(profile) = app.state::<Shell>().profile() else { return };
    if let Err(failure) = profile.console_unpinned().await {
        tracing::warn!(message = failure.message, "the broker does not run");
    }
}

struct Watch {
    app: AppHandle,
    pause: Duration,
    /// Whether the page was told that the broker is away, and why.
    away: Option<String>,
    /// Operations that are under way.
    running: BTreeSet<String>,
    /// What waits for persons.
    waiting: BTreeSet<String>,
    /// Operations and capabilities that were told of.
    told: BTreeSet<String>,
    halted: bool,
    paused: bool,
}

impl Watch {
    fn new(app: AppHandle) -> Watch {
        Watch {
            app,
            pause: FIRST_PAUSE,
            away: None,
            running: BTreeSet::new(),
            waiting: BTreeSet::new(),
            told: BTreeSet::new(),
            halted: false,
            paused: false,
        }
    }

    /// Connects, and follows until the broker is lost.
    async fn once(&mut self) {
        match self.connect().await {
            Ok((console, status, events)) => {
                self.pause = FIRST_PAUSE;
                self.away = None;
                self.see(&status);
                self.tell("connected", None);
                self.follow(&console, events).await;
                self.running.clear();
                self.waiting.clear();
                self.tell("connecting", None);
            }
            Err(failure) => {
                if self.away.as_ref() != Some(&failure.message) {
                    self.away = Some(failure.message.clone());
                    tray::say(&self.app, &Said::Away);
                    self.tell("away", Some(failure));
                }
                tokio::time::sleep(self.pause).await;
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            }
        }
    }

    async fn connect(&self) -> Result<(Console, Status, EventStream), Failure> {
        let (console, status) = self.app.state::<Shell>().console().await?;
        let events = console.events_until_lost().await?;
        Ok((console, status, events))
    }

    async fn follow(&mut self, console: &Console, mut events: EventStream) {
        let mut next_end = self.ends_soon(console).await;
        loop {
            tokio::select! {
                event = events.next() => {
                    let Some(event) = event else { return };
                    if self.take(console, &event).await {
                        next_end = self.ends_soon(console).await;
                    }
                    // Behind the lock the page hears of nothing; it reads everything again afterwards.
                    if self.app.state::<Shell>().is_open() {
                        tell(&self.app, &event);
                    }
                }
                () = until(next_end) => next_end = self.ends_soon(console).await,
            }
        }
    }

    /// Takes an event in. Says whether capabilities may have changed.
    async fn take(&mut self, console: &Console, event: &Event) -> bool {
        match event {
            Event::Operation { operation } => {
                self.operation(operation);
                self.say();
                false
            }
            Event::Statement { kind, .. } => {
                if matches!(kind.as_str(), "pause" | "halt" | "resume")
                    && let Ok(status) = console.status().await
                {
                    self.see(&status);
                }
                matches!(kind.as_str(), "capability" | "revocation")
            }
            Event::Pending { pending } => {
                if self.waiting.insert(pending.target.clone()) {
                    notice::raise(&self.app, Notice::Waits, "/approvals".to_owned());
                }
                self.say();
                false
            }
            Event::Settled { target, .. } => {
                self.waiting.remove(target);
                self.say();
                false
            }
            Event::Missed { .. } => {
                self.running.clear();
                self.say();
                true
            }
        }
    }

    fn operation(&mut self, view: &OperationView) {
        let Some(outcome) = view.outcome.as_deref() else {
            self.running.insert(view.id.clone());
            return;
        };
        self.running.remove(&view.id);
        let notice = match outcome {
            "denied" => Notice::Refused,
            "unknown" => Notice::Unknown,
            _ => return,
        };
        if self.told.insert(view.id.clone()) {
            notice::raise(&self.app, notice, format!("/receipts/{}", view.id));
        }
    }

    /// Tells of capabilities that end soon, and answers when the next one comes to that.
    async fn ends_soon(&mut self, console: &Console) -> Option<u64> {
        let now = now();
        let known = console.capabilities().await.ok()?;
        let roots = known.iter().filter(|one| one.parent.is_none() && one.state == "active");
        let mut next: Option<u64> = None;
        for one in roots {
            // What was given for less than twice that is not worth a word.
            if one.expires.saturating_sub(one.not_before) < 2 * SOON {
                continue;
            }
            let at = one.expires.saturating_sub(SOON);
            if at > now {
                next = Some(next.map_or(at, |next| next.min(at)));
            } else if self.told.insert(one.id.clone()) {
                notice::raise(&self.app, Notice::EndsSoon, format!("/authority/{}", one.id));
            }
        }
        next
    }

    fn see(&mut self, status: &Status) {
        self.halted = status.halted.is_some();
        self.paused = status.paused.iter().any(|pause| pause.target.kind == "everything");
        self.say();
    }

    fn say(&self) {
        let said = match (self.halted, self.paused) {
            (true, _) => Said::Halted,
            (false, true) => Said::Paused,
            (false, false) if !self.waiting.is_empty() => Said::Waiting(self.waiting.len()),
            (false, false) => Said::Running(self.running.len()),
        };
        tray::say(&self.app, &said);
    }

    fn tell(&self, state: &'static str, failure: Option<Failure>) {
        tell(&self.app, &Told::Link { state, failure });
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Waits until that second; for ever if there is none.
async fn until(at: Option<u64>) {
    match at {
        Some(at) => tokio::time::sleep(Duration::from_secs(at.saturating_sub(now()).max(1))).await,
        None => std::future::pending().await,
    }
}
