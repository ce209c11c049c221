//! A change of the roster on its way to a signature.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use crate::unlock::UnlockArguments;
use bailiwick_authority::{Digest, KeyId};
use bailiwick_client::Console;
use bailiwick_person::persons::{Change, InForce};
use bailiwick_protocol::Admitted;
use clap::Args;

/// How a change is signed.
#[derive(Args, Clone, Debug)]
pub(crate) struct ChangeArguments {
    /// Sign without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) unlock: UnlockArguments,
}

/// Shows, signs, hands in, and says what came of it.
pub(crate) async fn sign(
    change: Change,
    console: &Console,
    realm: Digest,
    arguments: &ChangeArguments,
    setting: &Setting,
) -> Result<Exit, Failure> {
    let steward = setting.steward(&arguments.unlock, arguments.yes)?;
    report(&change.sign(console, &steward, realm).await?, setting)?;
    Ok(Exit::Done)
}

/// Whether the next roster is in force, or waits for others.
pub(crate) fn report(admitted: &Admitted, setting: &Setting) -> Result<(), Failure> {
    setting.output.result(admitted, || match admitted.waits_for {
        None => format!("in force from entry {} on: {}", admitted.sequence, admitted.digest),
        Some(more) => format!(
            "signed, and not in force yet: {more} more must agree (`bailiwick approve`): {}",
            admitted.digest
        ),
    })
}

/// A key of the roster by its id, or by as much of it as no other key begins with.
pub(crate) fn key_argument(text: &str, in_force: &InForce) -> Result<KeyId, Failure> {
    let wanted = text.strip_prefix("sha256:").unwrap_or(text);
    let keys = in_force.roster.persons.iter().flat_map(|person| &person.keys).map(|key| key.key.id());
    let mut found = keys.filter(|id| wanted.len() >= 4 && id.digest().hex().starts_with(wanted));
    match (found.next(), found.next()) {
        (Some(key), None) => Ok(key),
        (None, _) => Err(Failure::usage(
            format!("no key on the roster begins with `{text}`"),
            "`bailiwick person list` shows the keys",
        )),
        (Some(_), Some(_)) => Err(Failure::usage(
            format!("more than one key on the roster begins with `{text}`"),
            "write more of it",
        )),
    }
}
