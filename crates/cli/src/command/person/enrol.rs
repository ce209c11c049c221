//! `person enrol`: a steward takes an invitation, compares its four words, and signs the next roster.

use super::{ChangeArguments, key_argument, sign};
use crate::command::identity;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use bailiwick_authority::{KeyEnd, Name, Role, Text};
use bailiwick_person::persons::{in_force, take_invitation};
use clap::Args;

/// Whom to enrol.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The invitation, as it was sent
    invitation: String,
    /// A role of a new person: `steward`, `approver`, `security`
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<Role>,
    /// A new person's id at a destination, for instance the number of a GitHub user: `github=583231`
    #[arg(long = "identity", value_name = "CONNECTION=ID", value_parser = identity)]
    identities: Vec<(Name, Text)>,
    /// A key of the same person that is retired with it, after a loss
    #[arg(long = "retire", value_name = "KEY")]
    retired: Vec<String>,
    /// The four words that the newcomer told you: compared before anything is signed
    #[arg(long, value_name = "WORDS")]
    code: Option<String>,
    #[command(flatten)]
    change: ChangeArguments,
}

pub(crate) async fn run(arguments: Arguments, setting: &Setting) -> Result<Exit, Failure> {
    let (console, _, realm) = setting.realm().await?;
    let in_force = in_force(&console).await?;
    let invitation =
        take_invitation(&console, &arguments.invitation, realm, arguments.code.as_deref()).await?;
    let ends = arguments
        .retired
        .iter()
        .map(|key| Ok((key_argument(key, &in_force)?, KeyEnd::Retired)))
        .collect::<Result<Vec<_>, Failure>>()?;
    let change = in_force.enrolling(&invitation, &arguments.roles, &arguments.identities, &ends)?;
    sign(change, &console, realm, &arguments.change, setting).await
}
