//! `person retire`: a person leaves. They stay on the roster, so that their name is never given again.

use super::{Change, ChangeArguments, sign};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use bailiwick_authority::{KeyEnd, Name};
use bailiwick_person::persons::in_force;
use clap::Args;

/// Who leaves.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The person
    name: Name,
    #[command(flatten)]
    change: ChangeArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, _, realm) = setting.realm().await?;
    let in_force = in_force(&console).await?;
    let next = in_force.retire_person(&arguments.name)?;
    let mut effects = vec![format!("`{}` has no role and no key any more", arguments.name)];
    let keys = in_force.roster.persons.iter().filter(|person| person.name == arguments.name);
    for key in keys.flat_map(|person| &person.keys).filter(|key| key.end.is_none()) {
        effects.push(format!("the key {} ends:", key.key.id().digest().short()));
        effects.extend(in_force.effect(key.key.id(), KeyEnd::Retired));
    }
    let change = Change { title: "Let a person leave", effects, next };
    sign(change, &console, realm, &arguments.change, setting).await
}
