//! `key rotate`: a new key for this profile's person; the old one signs that it is so, and ends.

use crate::command::person::{ChangeArguments, KeyPlaceArguments, report};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use crate::unlock::Terminal;
use bailiwick_person::persons::rotate;
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
    let Arguments { place, change } = arguments;
    let terminal = Arc::new(Terminal::new(setting.output, change.unlock, change.yes));
    let rotated = rotate(place.place(), &setting.profile, &console, realm, terminal).await?;
    report(&rotated.admitted, setting)?;
    setting.output.remark(if rotated.in_force {
        "this profile signs with the new key from now on"
    } else {
        "this profile signs with the old key until others have agreed; then run `bailiwick key take-up`"
    });
    Ok(Exit::Done)
}
