//! Points in time: whole seconds of UTC since 1970, as statements carry them.

use crate::fields::number;
use crate::json::Value;
use std::fmt;

/// Whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The last second of the year 9999.
    pub const LAST: Timestamp = Timestamp(253_402_300_799);

    /// The point `seconds` after 1970, if it lies before the year 10000.
    pub fn from_seconds(seconds: u64) -> Option<Timestamp> {
        (seconds <= Timestamp::LAST.0).then_some(Timestamp(seconds))
    }

    /// Seconds since 1970.
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// `seconds` later, at the latest the end of the year 9999.
    #[must_use]
    pub fn plus(self, seconds: u64) -> Timestamp {
        Timestamp(self.0.saturating_add(seconds).min(Timestamp::LAST.0))
    }

    /// Seconds from `earlier` to here; 0 when `earlier` lies ahead.
    pub fn since(self, earlier: Timestamp) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0)
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Value {
        number(time.0)
    }
}
