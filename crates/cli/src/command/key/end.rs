//! `key retire` and `key compromised`: a key ends, and what that does is said before it is signed.

use crate::command::person::{ChangeArguments, key_argument, sign};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use bailiwick_authority::KeyEnd;
use bailiwick_person::persons::in_force;
use clap::Args;

/// Which key is given up.
#[derive(Args, Debug)]
pub(crate) struct Retire {
    /// The key's id, or its beginning
    key: String,
    #[command(flatten)]
    change: ChangeArguments,
}

/// Which key is in other hands, and since when.
#[derive(Args, Debug)]
pub(crate) struct Compromised {
    /// The key's id, or its beginning
    key: String,
    /// The first ledger entry that may be somebody else's; `bailiwick person list --json` and `bailiwick verify`
    /// say which entries there are. 0: all
    #[arg(long, value_name = "ENTRY")]
    since: u64,
    #[command(flatten)]
    change: ChangeArguments,
}

pub(crate) async fn retire(arguments: Retire, setting: &Setting) -> Result<Exit, Failure> {
    end(&arguments.key, KeyEnd::Retired, &arguments.change, setting).await
}

pub(crate) async fn compromised(arguments: Compromised, setting: &Setting) -> Result<Exit, Failure> {
    end(&arguments.key, KeyEnd::CompromisedSince(arguments.since), &arguments.change, setting).await
}

async fn end(
    key: &str,
    end: KeyEnd,
    arguments: &ChangeArguments,
    setting: &Setting,
) -> Result<Exit, Failure> {
    let (console, _, realm) = setting.realm().await?;
    let in_force = in_force(&console).await?;
    let change = in_force.ending(key_argument(key, &in_force)?, end)?;
    sign(change, &console, realm, arguments, setting).await
}
