//! Several sets as one policy: the texts one after the other, the data united.
//!
//! A permit of any set permits, and a forbid or an ask of any set holds for all of them: putting a set to
//! others can only take away from what they permit, or permit more where none of them forbids. Ids are
//! unique over all of them; loading refuses what is not.

use super::problem::{PolicyProblem, PolicyText, Source};
use bailiwick_authority::Value;
use bailiwick_protocol::PolicyTexts;
use std::collections::BTreeMap;

/// Where the shipped schema lists the calendars, one line for each.
const CALENDARS: &str = "type Calendars = {";

/// The texts of one set. What a set has nothing to say about is empty.
#[derive(Clone, Copy, Debug)]
pub struct SetTexts<'a> {
    /// Its name.
    pub name: &'a str,
    /// The guard set.
    pub guard: &'a str,
    /// The ask set.
    pub ask: &'a str,
    /// Calendars, protected paths, zones.
    pub data: &'a str,
}

/// The texts of all sets together under one schema, whose calendars become those of the data. The error says
/// which data cannot be united with the others.
pub fn compose(sets: &[SetTexts<'_>], schema: &str) -> Result<PolicyTexts, PolicyProblem> {
    let mut united = United::default();
    for set in sets {
        united.take(set)?;
    }
    let joined = |text: for<'a> fn(&SetTexts<'a>) -> &'a str| {
        let texts: Vec<&str> = sets.iter().map(text).filter(|text| !text.is_empty()).collect();
        texts.join("\n")
    };
    let with_data: Vec<&str> = sets.iter().map(|set| set.data).filter(|data| !data.is_empty()).collect();
    Ok(PolicyTexts {
        guard: joined(|set| set.guard),
        ask: joined(|set| set.ask),
        schema: with_calendars(schema, united.calendars.keys()),
        data: match with_data.as_slice() {
            // Its author's own lines stay, so that a problem is found where it stands.
            [one] => (*one).to_owned(),
            _ => united.text(),
        },
    })
}

#[derive(Default)]
struct United {
    calendars: BTreeMap<String, Value>,
    protected_paths: Vec<String>,
    zones: Option<BTreeMap<String, Vec<String>>>,
}

impl United {
    fn take(&mut self, set: &SetTexts<'_>) -> Result<(), PolicyProblem> {
        if set.data.is_empty() {
            return Ok(());
        }
        let source = Source::new(PolicyText::Data, set.data);
        // Whether data are well formed is for loading to say; here they only have to be understood.
        let refuse = |what: &str, message: String| {
            let at = source.find(&format!("\"{what}\""), 0).unwrap_or(0);
            source.problem(at, format!("{}: {message}", set.name), "mend the data of one of the sets")
        };
        let data =
            Value::parse_any_size(set.data.as_bytes()).map_err(|error| refuse("", error.to_string()))?;
        if let Some(Value::Object(calendars)) = data.get("calendars") {
            for (name, calendar) in calendars {
                let known = self.calendars.entry(name.clone()).or_insert_with(|| calendar.clone());
                if known != calendar {
                    return Err(refuse(name, format!("another set has other hours for `{name}`")));
                }
            }
        }
        add(&mut self.protected_paths, data.get("protected_paths"));
        if let Some(Value::Object(zones)) = data.get("zones") {
            let united = self.zones.get_or_insert_default();
            for name in ["full", "limited", "none"] {
                add(united.entry(name.to_owned()).or_default(), zones.get(name));
            }
        }
        Ok(())
    }

    fn text(self) -> String {
        let mut members = vec![
            ("calendars", Value::Object(self.calendars)),
            ("protected_paths", Value::strings(self.protected_paths)),
        ];
        if let Some(zones) = self.zones {
            let lists = zones.into_iter().map(|(name, globs)| (name, Value::strings(globs)));
            members.push(("zones", Value::object(lists)));
        }
        let json = crate::record::to_json(&Value::object(members));
        serde_json::to_string_pretty(&json).unwrap_or_default() + "\n"
    }
}

fn add(list: &mut Vec<String>, more: Option<&Value>) {
    if let Some(Value::List(items)) = more {
        for item in items.iter().filter_map(Value::as_str) {
            if !list.iter().any(|known| known == item) {
                list.push(item.to_owned());
            }
        }
    }
}

/// The schema with these calendars in place of its own; a schema that lists none the shipped way stays.
fn with_calendars<'a>(schema: &str, names: impl Iterator<Item = &'a String>) -> String {
    let Some((before, rest)) = schema.split_once(CALENDARS) else { return schema.to_owned() };
    let Some((_, after)) = rest.split_once("};") else { return schema.to_owned() };
    let lines: String = names.map(|name| format!("\n  {name:?}: Bool,")).collect();
    format!("{before}{CALENDARS}{lines}\n}};{after}")
}
