//! The broker's time, and the highest time that it ever recorded.
//!
//! A clock that stands more than [`TOLERANCE_SECONDS`] behind what was recorded freezes minting: a
//! capability that has expired must not come back to life because somebody set the clock back.

use bailiwick_authority::Timestamp;
use bailiwick_protocol::{ApiError, ErrorCode};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// How far the clock may stand behind the high-water mark, in seconds.
pub const TOLERANCE_SECONDS: u64 = 5;

/// Where the time comes from; the system's clock outside of tests.
pub type TimeSource = Box<dyn Fn() -> Timestamp + Send + Sync>;

/// The system's clock.
pub fn system_time() -> TimeSource {
    Box::new(|| {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Timestamp::from_seconds(seconds).unwrap_or(Timestamp::LAST)
    })
}

/// The clock with its high-water mark.
pub(crate) struct Clock {
    source: TimeSource,
    high_water: AtomicU64,
}

impl Clock {
    pub(crate) fn new(source: TimeSource, high_water: Timestamp) -> Clock {
        Clock { source, high_water: AtomicU64::new(high_water.seconds()) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.source)()
    }

    /// The time to judge by, unless the clock stands too far behind what was recorded. It never goes back:
    /// within the tolerance it stands still until the clock has caught up.
    pub(crate) fn trusted(&self) -> Result<Timestamp, ApiError> {
        let now = self.now().seconds();
        let before = self.high_water.fetch_max(now, Ordering::Relaxed);
        match before.saturating_sub(now) {
            0..=TOLERANCE_SECONDS => Ok(Timestamp::from_seconds(now.max(before)).unwrap_or(Timestamp::LAST)),
            seconds => Err(ApiError::new(
                ErrorCode::ClockBehind,
                format!(
                    "the clock stands {seconds} s behind the time that was already recorded; nothing is minted"
                ),
                "set the clock right; the broker goes on by itself once it has caught up",
            )),
        }
    }

    /// How many seconds the clock stands behind; 0 within the tolerance.
    pub(crate) fn behind(&self) -> u64 {
        let behind = self.high_water().since(self.now());
        if behind > TOLERANCE_SECONDS { behind } else { 0 }
    }

    /// The highest time that was recorded.
    pub(crate) fn high_water(&self) -> Timestamp {
        Timestamp::from_seconds(self.high_water.load(Ordering::Relaxed)).unwrap_or(Timestamp::LAST)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "clock at {:?}", self.now())
    }
}
