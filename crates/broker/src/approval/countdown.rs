//! How long a matter can still be answered, and how holding it stops that clock.

use bailiwick_authority::Timestamp;

/// The longest that a matter is held altogether, in seconds: what is forgotten ends by itself.
pub(crate) const MOST_HELD_SECONDS: u64 = 86_400;

/// The time that persons have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Countdown {
    /// When it ends, as long as nobody holds it.
    pub(crate) expires: Timestamp,
    /// Since when it is held, if it is.
    pub(crate) held: Option<Timestamp>,
    /// How many seconds it was held before.
    pub(crate) held_seconds: u64,
}

impl Countdown {
    pub(crate) fn until(expires: Timestamp) -> Countdown {
        Countdown { expires, held: None, held_seconds: 0 }
    }

    /// When it ends if it were let go at `now`.
    pub(crate) fn expires_at(&self, now: Timestamp) -> Timestamp {
        self.expires.plus(self.holding(now))
    }

    /// Whether nobody can answer any more.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        now >= self.expires_at(now)
    }

    /// Whether its clock stands still at `now`.
    pub(crate) fn is_held(&self, now: Timestamp) -> bool {
        self.held.is_some_and(|since| now.since(since) < self.room())
    }

    /// The same, held or let go from `now` on.
    #[must_use]
    pub(crate) fn hold(&self, held: bool, now: Timestamp) -> Countdown {
        match (held, self.held) {
            (true, Some(_)) | (false, None) => *self,
            (true, None) => Countdown { held: Some(now), ..*self },
            (false, Some(_)) => Countdown {
                expires: self.expires_at(now),
                held: None,
                held_seconds: self.held_seconds.saturating_add(self.holding(now)),
            },
        }
    }

    /// How many seconds of the hold under way count.
    fn holding(&self, now: Timestamp) -> u64 {
        self.held.map_or(0, |since| now.since(since).min(self.room()))
    }

    fn room(&self) -> u64 {
        MOST_HELD_SECONDS.saturating_sub(self.held_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds).unwrap()
    }

    #[test]
    fn a_hold_stops_the_clock_and_only_for_a_day() {
        let countdown = Countdown::until(at(100));
        assert!(!countdown.is_over(at(99)) && countdown.is_over(at(100)));
        let held = countdown.hold(true, at(60));
        assert!(!held.is_over(at(5_000)) && held.is_held(at(5_000)));
        assert_eq!(held.hold(true, at(70)), held, "a second hold does not begin it anew");
        let free = held.hold(false, at(1_060));
        assert_eq!(free.expires, at(1_100));
        assert!(free.is_over(at(1_100)) && !free.is_held(at(1_060)));
        let day = MOST_HELD_SECONDS;
        assert!(!held.is_held(at(60 + day)) && !held.is_over(at(99 + day)) && held.is_over(at(100 + day)));
        let spent = free.hold(true, at(1_070)).hold(false, at(2 * day + 1_070));
        assert_eq!((spent.held_seconds, spent.expires), (day, at(1_100 + day - 1_000)));
        let none_left = spent.hold(true, spent.expires);
        assert!(none_left.is_over(spent.expires), "what was held for a day is held no more");
    }
}
