//! `person retire`: a person leaves. They stay on the roster, so that their name is never given again.

use super::{ChangeArguments, sign};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use bailiwick_authority::Name;
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
    let change = in_force(&console).await?.letting_go(&arguments.name)?;
    sign(change, &console, realm, &arguments.change, setting).await
}
