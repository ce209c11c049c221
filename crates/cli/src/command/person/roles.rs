//! `person roles`: a person gets these roles and no other.

use super::{ChangeArguments, sign};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use bailiwick_authority::{Name, Role};
use bailiwick_person::persons::in_force;
use clap::Args;

/// Whose roles.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The person
    name: Name,
    /// A role: `steward`, `approver`, `security`; none takes all away
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<Role>,
    #[command(flatten)]
    change: ChangeArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, _, realm) = setting.realm().await?;
    let change = in_force(&console).await?.changing_roles(&arguments.name, &arguments.roles)?;
    sign(change, &console, realm, &arguments.change, setting).await
}
