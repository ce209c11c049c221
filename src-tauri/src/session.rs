//! The lock: who reads here, and until when.
//!
//! INVARIANT: the lock is held here, and not by the page: what is behind it is refused in one place, before any
//! command runs (`command.rs`). Stopping is never behind it.

use crate::asking;
use crate::shell::Shell;
use crate::told::{Told, tell};
use serde::Serialize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tauri::{AppHandle, Manager};
use tokio::sync::Notify;

/// Whether somebody is signed in.
#[derive(Default)]
pub(crate) struct Session {
    open: Mutex<Option<Open>>,
    opened: Notify,
    /// How often it was locked.
    locks: AtomicU64,
}

/// Somebody is.
#[derive(Clone, Copy)]
struct Open {
    /// Until when at most, in seconds since 1970.
    until: u64,
    touched: Moment,
}

/// A moment by two clocks: the one stands still while the machine sleeps, the other may be set back.
#[derive(Clone, Copy)]
struct Moment {
    steady: Instant,
    wall: SystemTime,
}

/// Who is signed in, as the page is told.
#[derive(Clone, Serialize)]
pub(crate) struct SessionView {
    person: Option<String>,
    until: Option<u64>,
    idle_seconds: u64,
}

impl Moment {
    fn now() -> Moment {
        Moment { steady: Instant::now(), wall: SystemTime::now() }
    }

    /// How long it is from `self` to `later`, by the clock that says more.
    fn until(self, later: Moment) -> Duration {
        let steady = later.steady.saturating_duration_since(self.steady);
        steady.max(later.wall.duration_since(self.wall).unwrap_or_default())
    }

    fn seconds(self) -> u64 {
        self.wall.duration_since(UNIX_EPOCH).map_or(u64::MAX, |since| since.as_secs())
    }
}

impl Open {
    /// How long it stays open if nobody touches anything; nothing if it is over.
    fn left(self, now: Moment, idle: Duration) -> Option<Duration> {
        let idle = idle.checked_sub(self.touched.until(now)).filter(|left| !left.is_zero())?;
        let session = self.until.checked_sub(now.seconds()).filter(|left| *left > 0)?;
        Some(idle.min(Duration::from_secs(session)))
    }
}

impl Session {
    /// Somebody has signed, and reads until then at most.
    pub(crate) fn open(&self, until: u64) {
        self.set(Some(Open { until, touched: Moment::now() }));
        self.opened.notify_one();
    }

    /// Somebody touched the console. What is locked stays locked.
    pub(crate) fn touch(&self, idle: Duration) {
        if self.left(idle).is_some()
            && let Ok(mut open) = self.open.lock()
            && let Some(open) = open.as_mut()
        {
            open.touched = Moment::now();
        }
    }

    /// How long it stays open if nobody touches anything; `None` if it is locked.
    pub(crate) fn left(&self, idle: Duration) -> Option<Duration> {
        // A lock that broke off is a lock.
        let open = self.open.lock().ok().and_then(|open| *open)?;
        open.left(Moment::now(), idle)
    }

    /// How often it was locked: whoever began before and ends after began for somebody else.
    pub(crate) fn locks(&self) -> u64 {
        self.locks.load(Ordering::SeqCst)
    }

    fn until(&self) -> Option<u64> {
        self.open.lock().ok().and_then(|open| *open).map(|open| open.until)
    }

    fn set(&self, to: Option<Open>) {
        let mut open = self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *open = to;
    }
}

/// Who is signed in now.
pub(crate) fn view(shell: &Shell) -> SessionView {
    let idle = shell.idle();
    let until = shell.session.left(idle).and_then(|_| shell.session.until());
    let person = shell.profile().ok().and_then(|profile| profile.config.person());
    SessionView {
        person: until.and(person).map(|name| name.to_string()),
        until,
        idle_seconds: idle.as_secs(),
    }
}

/// Locks: what is under way ends, and nothing that was asked before is signed after.
pub(crate) fn lock(app: &AppHandle) {
    let shell = app.state::<Shell>();
    shell.session.set(None);
    shell.session.locks.fetch_add(1, Ordering::SeqCst);
    shell.end_verification();
    asking::break_off(app);
    tell(app, &Told::Session { session: view(&shell) });
}

/// Lets the lock fall by itself, as long as the console runs.
pub(crate) fn keep(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        let shell = app.state::<Shell>();
        loop {
            match shell.session.left(shell.idle()) {
                Some(left) => tokio::select! {
                    () = tokio::time::sleep(left) => {}
                    () = shell.session.opened.notified() => {}
                },
                None => {
                    if shell.session.until().is_some() {
                        lock(&app);
                    }
                    shell.session.opened.notified().await;
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_secs(600);

    fn after(from: Moment, steady: u64, wall: i64) -> Moment {
        let aside = Duration::from_secs(wall.unsigned_abs());
        let wall = if wall < 0 { from.wall - aside } else { from.wall + aside };
        Moment { steady: from.steady + Duration::from_secs(steady), wall }
    }

    #[test]
    fn it_falls_when_nobody_touches_anything_by_either_clock() {
        let touched = Moment::now();
        let open = Open { until: touched.seconds() + 43_200, touched };
        assert_eq!(open.left(after(touched, 200, 200), IDLE), Some(Duration::from_secs(400)));
        assert_eq!(open.left(after(touched, 600, 600), IDLE), None);
        // The machine slept.
        assert_eq!(open.left(after(touched, 1, 3_600), IDLE), None);
        // The clock was set back.
        assert_eq!(open.left(after(touched, 601, -3_600), IDLE), None);
    }

    #[test]
    fn it_falls_when_its_hours_are_over() {
        let touched = Moment::now();
        let open = Open { until: touched.seconds() + 60, touched };
        assert!(open.left(after(touched, 10, 10), IDLE).is_some_and(|left| left <= Duration::from_secs(50)));
        assert_eq!(open.left(after(touched, 60, 61), IDLE), None);
    }

    #[test]
    fn nobody_is_signed_in_at_first_and_a_touch_opens_nothing() {
        let session = Session::default();
        session.touch(IDLE);
        assert!(session.left(IDLE).is_none());
        session.open(Moment::now().seconds() + 60);
        assert!(session.left(IDLE).is_some());
        session.set(None);
        session.touch(IDLE);
        assert!(session.left(IDLE).is_none());
    }
}
