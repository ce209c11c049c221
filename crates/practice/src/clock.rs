//! The range's own clock: the system's, moved by an offset that only the control handle can change.
//!
//! Tokens expire and assertions are judged by this clock, so that a test can make an hour pass at once.
//! It never goes into the witness's monotonic times, which are the machine's.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimePrinter};

/// A clock that starts at the system's time and can be moved forward or back.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset_ms: AtomicI64,
}

impl Clock {
    /// The time on this clock.
    pub(crate) fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_millis(self.offset_ms.load(Ordering::SeqCst));
        Timestamp::now().checked_add(offset).unwrap_or(Timestamp::MAX)
    }

    /// Lets `by` pass at once.
    pub(crate) fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX / 4);
        self.offset_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Turns the clock back by `by`.
    pub(crate) fn set_back(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX / 4);
        self.offset_ms.fetch_sub(ms, Ordering::SeqCst);
    }
}

/// A time as GitHub writes it in a body: `2026-01-31T09:30:00Z`.
pub(crate) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A time as the `Date` header wants it (RFC 9110).
pub(crate) fn http_date(at: Timestamp) -> String {
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&at)
        .unwrap_or_else(|_| "Thu, 01 Jan 1970 00:00:00 GMT".to_owned())
}

/// A time as git's fast-import wants it: seconds and the zone.
pub(crate) fn git_date(at: Timestamp) -> String {
    format!("{} +0000", at.as_second())
}
