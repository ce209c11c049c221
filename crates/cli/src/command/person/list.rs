//! `person list`: persons, roles, keys, and how each key is kept and ended.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Tone};
use crate::setting::Setting;
use crate::{escape, moment};
use bailiwick_authority::{EnrolledKey, KeyEnd, Person};
use bailiwick_person::persons::{InForce, in_force};
use bailiwick_protocol::AlarmView;
use serde_json::{Value, json};

/// So many of the newest alarms are shown; `--json` has those that the broker tells.
const MOST_ALARMS: usize = 5;

pub(crate) async fn run(setting: &Setting) -> Result<Exit, Failure> {
    let (console, _) = setting.console().await?;
    let in_force = in_force(&console).await?;
    let value = json!({
        "statement": in_force.digest.to_string(),
        "change_quorum": in_force.roster.change_quorum,
        "persons": in_force.roster.persons.iter().map(|one| person_json(one, &in_force)).collect::<Vec<_>>(),
        "alarms": in_force.alarms,
    });
    let output = &setting.output;
    output.result(&value, || {
        let mut text: String =
            in_force.roster.persons.iter().map(|person| person_text(output, person, &in_force)).collect();
        text.push_str(&match in_force.roster.change_quorum {
            1 => "one steward alone changes roster, policy and connections\n".to_owned(),
            count => format!("{count} stewards must agree to a change of roster, policy or connections\n"),
        });
        text.extend(in_force.alarms.iter().take(MOST_ALARMS).map(|alarm| alarm_text(output, alarm)));
        text
    })?;
    Ok(Exit::Done)
}

fn alarm_text(output: &Output, alarm: &AlarmView) -> String {
    let whose = alarm.person.as_deref().map(|person| format!(" (a key of {})", escape::line(person)));
    format!(
        "{} entry {}, {}: {}{}\n",
        output.tone(Tone::Bad, "noticed"),
        alarm.sequence,
        moment::local(alarm.time),
        escape::line(&alarm.text),
        whose.unwrap_or_default(),
    )
}

fn roles(person: &Person) -> Vec<&'static str> {
    person.roles.iter().map(|role| role.as_str()).collect()
}

fn person_json(person: &Person, in_force: &InForce) -> Value {
    let keys: Vec<Value> = person.keys.iter().map(|key| key_json(key, in_force)).collect();
    json!({ "name": person.name.as_str(), "roles": roles(person), "keys": keys })
}

pub(crate) fn key_json(key: &EnrolledKey, in_force: &InForce) -> Value {
    let known = in_force.use_of(key.key.id());
    let end = key.end.map(|end| match end {
        KeyEnd::Rotated => json!({ "how": "rotated" }),
        KeyEnd::Retired => json!({ "how": "retired" }),
        KeyEnd::CompromisedSince(entry) => json!({ "how": "compromised", "since": entry }),
    });
    json!({
        "id": key.key.id().to_string(),
        "public": key.key.to_line(),
        "suite": key.key.suite().as_str(),
        "assurance": key.assurance.as_str(),
        "enrolled": key.enrolled.as_str(),
        "since": known.map(|known| known.since),
        "last_used": known.and_then(|known| known.last_used),
        "end": end,
    })
}

fn person_text(output: &Output, person: &Person, in_force: &InForce) -> String {
    let roles = match roles(person) {
        roles if roles.is_empty() => "no role".to_owned(),
        roles => roles.join(", "),
    };
    let mut text = format!("{}  {roles}\n", output.tone(Tone::Strong, escape::line(person.name.as_str())));
    for key in &person.keys {
        let used = in_force.use_of(key.key.id()).and_then(|known| known.last_used);
        let used =
            used.map_or_else(|| "never used".to_owned(), |time| format!("last used {}", moment::local(time)));
        let end = match key.end {
            None => output.tone(Tone::Good, "active"),
            Some(KeyEnd::Rotated) => output.tone(Tone::Bad, "rotated: what it signed before stands"),
            Some(KeyEnd::Retired) => output.tone(Tone::Bad, "retired: what it delegated does not stand"),
            Some(KeyEnd::CompromisedSince(entry)) => {
                output.tone(Tone::Bad, format_args!("compromised since entry {entry}"))
            }
        };
        text.push_str(&format!(
            "  {}  {}, {}; {used}; {end}\n",
            key.key.id().digest().short(),
            key.assurance.as_str(),
            escape::line(key.enrolled.as_str()),
        ));
    }
    text
}
