//! `key list`: the keys of this profile's person, and which one signs here.

use crate::command::person::key_json;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use crate::{escape, moment};
use bailiwick_person::KeyCard;
use bailiwick_person::persons::in_force;

pub(crate) async fn run(setting: &Setting) -> Result<Exit, Failure> {
    let (console, _) = setting.console().await?;
    let in_force = in_force(&console).await?;
    let places = &setting.profile.places;
    let here = setting.profile.config.key_card(places).map(|card| KeyCard::load(&card)).transpose()?;
    let here = here.map(|card| card.public()).transpose()?.map(|public| public.id());
    let name = setting.profile.config.person();
    let persons = in_force.roster.persons.iter().filter(|person| name.as_ref() == Some(&person.name));
    let keys: Vec<_> = persons.flat_map(|person| &person.keys).collect();
    let value: Vec<_> = keys
        .iter()
        .map(|key| {
            let mut value = key_json(key, &in_force);
            if let Some(members) = value.as_object_mut() {
                members.insert("here".to_owned(), (Some(key.key.id()) == here).into());
            }
            value
        })
        .collect();
    setting.output.result(&value, || {
        let line = |key: &&bailiwick_authority::EnrolledKey| {
            let known = in_force.use_of(key.key.id());
            let since =
                known.map_or_else(String::new, |known| format!("since {}", moment::local(known.since)));
            let here = if Some(key.key.id()) == here { " (signs here)" } else { "" };
            let end = if key.end.is_some() { "; it has ended" } else { "" };
            format!(
                "{}{here}  {}, {} {since}{end}\n",
                key.key.id().digest().short(),
                key.assurance.as_str(),
                escape::line(key.enrolled.as_str())
            )
        };
        keys.iter().map(line).collect()
    })?;
    Ok(Exit::Done)
}
