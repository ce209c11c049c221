//! Points in time and lengths of time, as people write and read them.
//!
//! Written as RFC 3339 with the local offset, read as RFC 3339 with any; lengths are `8h`, `30m`, `1d`.

use crate::failure::Failure;
use bailiwick_authority::{Nonce, Timestamp};
use jiff::{SpanRelativeTo, Unit, tz::TimeZone};
use std::time::{SystemTime, UNIX_EPOCH};

/// The system's clock.
pub fn now() -> Result<Timestamp, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Timestamp::from_seconds(since)
        .ok_or_else(|| Failure::not_set_up("the system's clock stands beyond the year 9999", "set the clock"))
}

/// Seconds since 1970 as RFC 3339 in the local time zone: `2026-03-01T17:30:00+01:00`.
pub fn local(seconds: u64) -> String {
    i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()).map_or_else(
        || format!("{seconds} s since 1970"),
        |time| time.to_zoned(TimeZone::system()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    )
}

/// A length of time in words: `8h`, `1h 30m`, `45s`.
pub fn length(seconds: u64) -> String {
    let parts = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let mut rest = seconds;
    let mut words = Vec::new();
    for (size, unit) in parts {
        if rest >= size {
            words.push(format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    if words.is_empty() { "0s".to_owned() } else { words.join(" ") }
}

/// Milliseconds in words: `12 ms`, `1.25 s`.
pub fn milliseconds(count: u64) -> String {
    if count < 1_000 {
        format!("{count} ms")
    } else {
        format!("{}.{:02} s", count / 1_000, count % 1_000 / 10)
    }
}

/// Microseconds in words: `180 µs`, `1.2 ms`.
pub fn microseconds(count: u64) -> String {
    if count < 1_000 {
        format!("{count} µs")
    } else {
        format!("{}.{} ms", count / 1_000, count % 1_000 / 100)
    }
}

/// Reads a length of time in whole seconds, at least one; a day has 24 hours.
pub fn seconds(text: &str) -> Result<u64, String> {
    let span: jiff::Span = text.parse().map_err(|_| "write a length of time as `8h`, `30m` or `1d`")?;
    let total = span
        .total((Unit::Second, SpanRelativeTo::days_are_24_hours()))
        .map_err(|_| "write it in days, hours, minutes and seconds")?;
    if !(1.0..=3_155_760_000.0).contains(&total) {
        return Err("a length of time is from 1 second to 100 years".into());
    }
    // Within the bounds above, so neither sign nor size is lost.
    format!("{total:.0}").parse().map_err(|_| "not a length of time".into())
}

/// Reads a point in time.
pub fn instant(text: &str) -> Result<Timestamp, String> {
    let time: jiff::Timestamp =
        text.parse().map_err(|_| "write a time as RFC 3339 with its zone: `2026-03-01T17:30:00+01:00`")?;
    u64::try_from(time.as_second())
        .ok()
        .and_then(Timestamp::from_seconds)
        .ok_or_else(|| "a time lies between 1970 and 9999".into())
}

/// 128 bits from the system.
pub fn nonce() -> Result<Nonce, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::defect(format!("the system gave no randomness: {error}")))?;
    Ok(Nonce(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        for (text, expected) in
            [("8h", 28_800), ("30m", 1_800), ("1d", 86_400), ("90s", 90), ("1h 30m", 5_400), ("1h30m", 5_400)]
        {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for bad in ["", "8", "0s", "-1h", "1y", "2mo", "soon", "1000000d"] {
            assert!(seconds(bad).is_err(), "accepted `{bad}`");
        }
        assert_eq!(length(30_661), "8h 31m 1s");
        assert_eq!(milliseconds(1_258), "1.25 s");
        assert_eq!(microseconds(1_258), "1.2 ms");
    }

    #[test]
    fn times() {
        assert_eq!(instant("1970-01-01T01:00:05+01:00").unwrap().seconds(), 5);
        for bad in ["1969-12-31T23:59:59Z", "2026-03-01T17:30:00", "2026-03-01", "now"] {
            assert!(instant(bad).is_err(), "accepted `{bad}`");
        }
    }
}
