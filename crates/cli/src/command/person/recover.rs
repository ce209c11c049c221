//! `person recover`: those who are named for it give a person who lost every key the one that they made.

use super::{ChangeArguments, sign};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use bailiwick_person::persons::{in_force, take_invitation};
use clap::Args;

/// Whom to recover.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The invitation that the person made with their new key
    invitation: String,
    /// The four words that the person told you, by phone or in person: compared before anything is signed
    #[arg(long, value_name = "WORDS")]
    code: String,
    #[command(flatten)]
    change: ChangeArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, _, realm) = setting.realm().await?;
    let in_force = in_force(&console).await?;
    let invitation = take_invitation(&console, &arguments.invitation, realm, Some(&arguments.code)).await?;
    sign(in_force.recovering(&invitation)?, &console, realm, &arguments.change, setting).await
}
