//! `key rotate`: a new key for this profile's person; the old one signs that it is so, and ends.

use crate::command::person::{Change, ChangeArguments, KeyPlaceArguments, sign};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use crate::unlock::Terminal;
use bailiwick_authority::KeyEnd;
use bailiwick_person::founding::new_key;
use bailiwick_person::persons::in_force;
use clap::Args;
use std::sync::Arc;

/// Where the new key is to rest.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: KeyPlaceArguments,
    #[command(flatten)]
    change: ChangeArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, _, realm) = setting.realm().await?;
    let in_force = in_force(&console).await?;
    let steward = setting.steward(&arguments.change.unlock, arguments.change.yes)?;
    let old = steward.public().id();
    let unlock = arguments.change.unlock.clone();
    // Making a key is the yes to its proof; the roster is asked for by itself.
    let terminal = Arc::new(Terminal::new(setting.output, unlock, true));
    let name = steward.name().clone();
    let key = new_key(arguments.place.place(), name, realm, &setting.profile, terminal).await?;
    let next = in_force.enrol(&key.invitation, &[], &[(old, KeyEnd::Rotated)])?;
    let mut effects = vec![format!("the key {} ends:", old.digest().short())];
    effects.extend(in_force.effect(old, KeyEnd::Rotated));
    let change = Change { title: "Rotate a key", effects, next };
    let exit = sign(change, &console, realm, &arguments.change, setting).await?;
    key.take_over(&setting.profile)?;
    setting.output.remark("this profile signs with the new key from now on");
    Ok(exit)
}
