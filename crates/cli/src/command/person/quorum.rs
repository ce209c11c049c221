//! `person quorum`: how many persons must agree to a change.

use super::{ChangeArguments, sign};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use bailiwick_person::persons::in_force;
use clap::Args;

/// How many.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// So many stewards must agree to a change of roster, policy or connections; whoever proposes it is one
    quorum: u64,
    #[command(flatten)]
    change: ChangeArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, _, realm) = setting.realm().await?;
    let change = in_force(&console).await?.asking_for(arguments.quorum)?;
    sign(change, &console, realm, &arguments.change, setting).await
}
