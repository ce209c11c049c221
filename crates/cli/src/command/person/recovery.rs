//! `person recovery`: who may together give a person who lost every key a new one.

use super::{ChangeArguments, sign};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use bailiwick_authority::Name;
use bailiwick_person::persons::in_force;
use clap::Args;

/// Whom to name.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The persons, who are approvers; nobody may recover a key any more if none is named
    #[arg(value_name = "PERSON")]
    persons: Vec<Name>,
    /// How many of them it takes: at least 2, and as many as must agree to any change
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    quorum: u64,
    #[command(flatten)]
    change: ChangeArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, _, realm) = setting.realm().await?;
    let change = in_force(&console).await?.naming_recovery(arguments.quorum, &arguments.persons)?;
    sign(change, &console, realm, &arguments.change, setting).await
}
