//! Notifications: that an agent was refused, that an outcome is not known, that a capability ends soon.
//!
//! INVARIANT: every word is ours. Nothing that an agent, a destination or a name in a statement says appears, and
//! there is no button that decides anything: a click opens the console at the place.

use crate::window;
use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};
use tauri::AppHandle;

/// Of one kind, one in so long: a burst is one notice.
const ONE_IN: Duration = Duration::from_secs(30);

/// When each kind was raised last.
static RAISED: LazyLock<Mutex<BTreeMap<Notice, Instant>>> = LazyLock::new(Mutex::default);

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Notice {
    /// Something waits for a person.
    Waits,
    /// The policy, or a capability, refused.
    Refused,
    /// Something was sent and nobody knows whether it happened.
    Unknown,
    /// A capability ends within a quarter of an hour.
    EndsSoon,
}

impl Notice {
    fn summary(self) -> &'static str {
        match self {
            Notice::Waits => "Something waits for you",
            Notice::Refused => "An agent was refused",
            Notice::Unknown => "An outcome is not known",
            Notice::EndsSoon => "A capability ends soon",
        }
    }

    fn body(self) -> &'static str {
        match self {
            Notice::Waits => "Open Bailiwick to see it and to answer.",
            Notice::Refused => "Open Bailiwick to see what it asked for and why it was refused.",
            Notice::Unknown => {
                "Something was sent and no answer came. Bailiwick finds out what became of it."
            }
            Notice::EndsSoon => "Open Bailiwick to renew it or to let it end.",
        }
    }
}

/// Raises a notification, unless the person looks at the window or was told just now. `place` is where a click
/// leads: ours, and never an agent's words.
pub(crate) fn raise(app: &AppHandle, notice: Notice, place: String) {
    if window::is_watched(app) || !is_due(notice) {
        return;
    }
    let app = app.clone();
    // Waiting for the click blocks.
    std::thread::spawn(move || {
        let mut notification = notify_rust::Notification::new();
        notification
            .appname("Bailiwick")
            .summary(notice.summary())
            .body(notice.body())
            .action("default", "Open");
        let shown = match notification.show() {
            Ok(shown) => shown,
            Err(error) => return tracing::warn!(%error, "there is nobody to show notifications"),
        };
        shown.wait_for_action(|action| {
            if action == "default" {
                let opened = app.clone();
                let opening = app.run_on_main_thread(move || {
                    if let Err(error) = window::open(&opened, Some(&place)) {
                        tracing::error!(%error, "the window cannot be opened");
                    }
                });
                if let Err(error) = opening {
                    tracing::error!(%error, "the window cannot be opened");
                }
            }
        });
    });
}

fn is_due(notice: Notice) -> bool {
    let Ok(mut raised) = RAISED.lock() else { return false };
    let due = raised.get(&notice).is_none_or(|last| last.elapsed() >= ONE_IN);
    if due {
        raised.insert(notice, Instant::now());
    }
    due
}
