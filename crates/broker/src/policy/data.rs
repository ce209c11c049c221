//! The data beside the sets: calendars, protected paths and zones, read strictly.

use super::calendar::{Calendar, Hours};
use super::path_glob::{PathGlob, SplitPath};
use super::problem::{PolicyProblem, PolicyText, Source};
use super::zone::Zones;
use bailiwick_authority::{Name, Resource, Timestamp, Value};
use std::collections::BTreeMap;

/// The largest data text, in bytes.
const MAX_BYTES: usize = 256 * 1024;
const MAX_CALENDARS: usize = 64;
const MAX_GLOBS: usize = 1_000;

/// What the policies may refer to by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Data {
    pub(super) calendars: BTreeMap<String, Calendar>,
    protected_paths: Vec<PathGlob>,
    zones: Zones,
}

impl Data {
    pub(super) fn parse(text: &str) -> Result<Data, PolicyProblem> {
        let source = Source::new(PolicyText::Data, text);
        if text.len() > MAX_BYTES {
            return Err(source.problem(0, "the data is larger than 256 KiB", "shorten it"));
        }
        let value = Value::parse_any_size(text.as_bytes()).map_err(|e| {
            let message = e.to_string();
            let at = position(text, &message);
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
            source.problem(at, message, "the data is strict JSON: no comments, no duplicate keys")
        })?;
        let mut reader = Reader { source, at: 0 };
        reader.data(value)
    }

    /// Those of `paths` that are protected, sorted.
    pub(super) fn protected<'a>(&self, paths: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        let covered = |path: &&str| {
            let split = SplitPath::of(path);
            self.protected_paths.iter().any(|glob| glob.covers(&split))
        };
        let mut hit: Vec<&str> = paths.filter(covered).collect();
        hit.sort_unstable();
        hit.dedup();
        hit
    }

    /// The zone of a resource, from 1 to 3.
    pub(super) fn zone_of(&self, connection: &Name, resource: &Resource) -> u32 {
        self.zones.of(connection, resource)
    }

    /// Every calendar, open or closed at `now`.
    pub(super) fn calendar_at(&self, now: Timestamp) -> Value {
        Value::object(self.calendars.iter().map(|(name, one)| (name.as_str(), Value::from(one.is_open(now)))))
    }
}

/// Takes the value apart; `at` follows the text so that a problem can say where.
struct Reader<'a> {
    source: Source<'a>,
    at: usize,
}

impl Reader<'_> {
    fn refuse(&self, message: impl Into<String>, hint: &str) -> PolicyProblem {
        self.source.problem(self.at, message, hint)
    }

    /// Moves on to where `key` stands in the text.
    fn go_to(&mut self, key: &str) {
        if let Some(at) = self.source.find(&format!("\"{key}\""), self.at) {
            self.at = at;
        }
    }

    fn object(&self, value: Value, what: &str) -> Result<BTreeMap<String, Value>, PolicyProblem> {
        match value {
            Value::Object(members) => Ok(members),
            _ => Err(self.refuse(format!("{what} is not an object"), "write it as `{…}`")),
        }
    }

    fn nothing_else(
        &mut self,
        left: BTreeMap<String, Value>,
        known: &'static str,
    ) -> Result<(), PolicyProblem> {
        match left.into_keys().next() {
            None => Ok(()),
            Some(key) => {
                self.go_to(&key);
                Err(self.refuse(format!("`{}` is unknown here", key.escape_default()), known))
            }
        }
    }

    fn data(&mut self, value: Value) -> Result<Data, PolicyProblem> {
        let mut members = self.object(value, "the data")?;
        let mut data = Data::default();
        let (calendars, paths) = (members.remove("calendars"), members.remove("protected_paths"));
        let zones = members.remove("zones");
        self.nothing_else(members, "the data has `calendars`, `protected_paths` and, if wanted, `zones`")?;
        let hint = "the data has `calendars` and `protected_paths`, though they may be empty";
        let calendars = calendars.ok_or_else(|| self.refuse("`calendars` is missing", hint))?;
        let paths = paths.ok_or_else(|| self.refuse("`protected_paths` is missing", hint))?;

        self.go_to("calendars");
        let start = self.at;
        let calendars = self.object(calendars, "`calendars`")?;
        if calendars.len() > MAX_CALENDARS {
            return Err(self.refuse("there are more than 64 calendars", "remove some"));
        }
        for (name, value) in calendars {
            self.at = start;
            self.go_to(&name);
            if let Err(why) = name.parse::<Name>() {
                return Err(
                    self.refuse(format!("`{}` is no name: {why}", name.escape_default()), "rename it")
                );
            }
            let calendar = self.calendar(value)?;
            data.calendars.insert(name, calendar);
        }

        self.at = 0;
        self.go_to("protected_paths");
        data.protected_paths = self.globs(paths, "`protected_paths`", "for instance `.github/**`")?;
        if let Some(zones) = zones {
            self.at = 0;
            self.go_to("zones");
            data.zones = self.zones(zones)?;
        }
        Ok(data)
    }

    fn zones(&mut self, value: Value) -> Result<Zones, PolicyProblem> {
        let shape =
            "`zones` is `{\"full\": […], \"limited\": […], \"none\": […]}`, of globs as `github/acme/*`";
        let mut members = self.object(value, "`zones`")?;
        let start = self.at;
        let mut globs = |name: &'static str| {
            self.at = start;
            self.go_to(name);
            let globs =
                members.remove(name).ok_or_else(|| self.refuse(format!("`zones` has no `{name}`"), shape))?;
            self.globs(globs, &format!("`{name}`"), "for instance `github/acme/*`")
        };
        let zones = Zones::new(globs("full")?, globs("limited")?, globs("none")?);
        self.at = start;
        self.nothing_else(members, shape)?;
        Ok(zones)
    }

    fn globs(&mut self, value: Value, what: &str, hint: &str) -> Result<Vec<PathGlob>, PolicyProblem> {
        let globs = self.strings(value, what)?;
        if globs.len() > MAX_GLOBS {
            return Err(self.refuse(format!("{what} has more than 1,000 globs"), "join some with `**`"));
        }
        let mut parsed = Vec::with_capacity(globs.len());
        for glob in globs {
            self.go_to(&glob);
            parsed.push(PathGlob::parse(&glob).map_err(|why| {
                self.refuse(format!("`{}` is no glob: {why}", glob.escape_default()), hint)
            })?);
        }
        Ok(parsed)
    }

    fn calendar(&mut self, value: Value) -> Result<Calendar, PolicyProblem> {
        let shape = "a calendar is `{\"zone\", \"weekdays\", \"from\", \"to\"}` or `{\"always\": true}`";
        let mut members = self.object(value, "a calendar")?;
        if let Some(always) = members.remove("always") {
            self.nothing_else(members, shape)?;
            return match always {
                Value::Bool(open) => Ok(Calendar::Always(open)),
                _ => Err(self.refuse("`always` is neither true nor false", shape)),
            };
        }
        let mut text = |key: &str| match members.remove(key) {
            Some(Value::Str(text)) => Ok(text),
            Some(_) => Err(self.refuse(format!("`{key}` is not a string"), shape)),
            None => Err(self.refuse(format!("the calendar has no `{key}`"), shape)),
        };
        let (zone, from, to) = (text("zone")?, text("from")?, text("to")?);
        let weekdays =
            members.remove("weekdays").ok_or_else(|| self.refuse("the calendar has no `weekdays`", shape))?;
        let weekdays = self.strings(weekdays, "`weekdays`")?;
        self.nothing_else(members, shape)?;
        Hours::new(&zone, &weekdays, &from, &to).map(Calendar::Hours).map_err(|why| self.refuse(why, shape))
    }

    fn strings(&self, value: Value, what: &str) -> Result<Vec<String>, PolicyProblem> {
        let wrong =
            || self.refuse(format!("{what} is not a list of strings"), "write it as `[\"…\", \"…\"]`");
        let Value::List(items) = value else { return Err(wrong()) };
        items
            .into_iter()
            .map(|item| if let Value::Str(text) = item { Ok(text) } else { Err(wrong()) })
            .collect()
    }
}

/// The offset that a JSON error names as `line L column C`.
fn position(text: &str, message: &str) -> usize {
    let number = |word: &str| {
        let (_, rest) = message.rsplit_once(word)?;
        rest.trim_start().split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok()
    };
    let (Some(line), Some(column)) = (number("line "), number("column ")) else { return 0 };
    let start: usize =
        text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).fold(0, usize::saturating_add);
    start.saturating_add(column.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_refused_where_it_stands() {
        let good = r#"{"calendars":{"a":{"always":true}},"protected_paths":["x/**"]}"#;
        assert!(Data::parse(good).is_ok());
        for (bad, line, column, message) in [
            ("", 1, 1, "strict JSON"),
            ("[]", 1, 1, "the data is not an object"),
            ("{\n \"calendars\": {},\n \"calendars\": {}}", 3, 17, "strict JSON"),
            ("{\"calendars\":{}}", 1, 1, "`protected_paths` is missing"),
            ("{\"protected_paths\":[]}", 1, 1, "`calendars` is missing"),
            ("{\"calendars\":{},\"protected_paths\":[],\n\"more\":1}", 2, 1, "`more` is unknown"),
            ("{\"calendars\":[],\"protected_paths\":[]}", 1, 2, "`calendars` is not an object"),
            ("{\"calendars\":{\n\"A\":{\"always\":true}},\"protected_paths\":[]}", 2, 1, "`A` is no name"),
            ("{\"calendars\":{\n\"a\":{\"always\":1}},\"protected_paths\":[]}", 2, 1, "`always` is neither"),
            (
                "{\"calendars\":{\n\"a\":{\"always\":true,\"zone\":\"UTC\"}},\"protected_paths\":[]}",
                2,
                20,
                "`zone` is unknown",
            ),
            ("{\"calendars\":{\n\"a\":{}},\"protected_paths\":[]}", 2, 1, "the calendar has no `zone`"),
            (
                "{\"calendars\":{\n\"a\":{\"zone\":1,\"from\":\"\",\"to\":\"\"}},\"protected_paths\":[]}",
                2,
                1,
                "`zone` is not a string",
            ),
            ("{\"calendars\":{},\n\"protected_paths\":\"x\"}", 2, 1, "not a list of strings"),
            ("{\"calendars\":{},\n\"protected_paths\":[1]}", 2, 1, "not a list of strings"),
            ("{\"calendars\":{},\n\"protected_paths\":[\"a\",\n\"/b\"]}", 3, 1, "`/b` is no glob"),
            ("{\"calendars\":{},\"protected_paths\":[],\n\"zones\":[]}", 2, 1, "`zones` is not an object"),
            (
                "{\"calendars\":{},\"protected_paths\":[],\n\"zones\":{\"full\":[],\"none\":[]}}",
                2,
                1,
                "no `limited`",
            ),
            (
                "{\"calendars\":{},\"protected_paths\":[],\"zones\":{\"full\":[],\"limited\":[],\n\"none\":[\"/x\"]}}",
                2,
                9,
                "`/x` is no glob",
            ),
            (
                "{\"calendars\":{},\"protected_paths\":[],\"zones\":{\"full\":[],\"limited\":[],\n\"none\":[],\"0\":[]}}",
                2,
                11,
                "`0` is unknown",
            ),
            ("{\"calendars\":{},\"protected_paths\":[]} x", 1, 39, "strict JSON"),
            ("{\"calendars\":null,\"protected_paths\":[]}", 1, 17, "strict JSON"),
        ] {
            let problem = Data::parse(bad).map(drop).expect_err(bad);
            assert!(problem.message.contains(message), "`{bad}`: {problem}");
            assert_eq!((problem.line, problem.column), (line, column), "`{bad}`: {problem}");
            assert!(!problem.hint.is_empty());
        }
    }
}
