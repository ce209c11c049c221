//! A change of the roster on its way to a signature: what it does is said first, and the whole next roster
//! is what is signed.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use crate::unlock::UnlockArguments;
use bailiwick_authority::{Digest, KeyId, Roster};
use bailiwick_client::Console;
use bailiwick_person::persons::InForce;
use bailiwick_person::{Shown, sentence, submit};
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

/// The next roster, and what the change is in words.
pub(crate) struct Change {
    pub(crate) title: &'static str,
    pub(crate) effects: Vec<String>,
    pub(crate) next: Roster,
}

/// Shows, signs and hands in.
pub(crate) async fn sign(
    change: Change,
    console: &Console,
    realm: Digest,
    arguments: &ChangeArguments,
    setting: &Setting,
) -> Result<Exit, Failure> {
    let steward = setting.steward(&arguments.unlock, arguments.yes)?;
    let Change { title, effects, next } = change;
    let signed = steward
        .seal(realm, &next, |unsigned| {
            Shown::of(title, &sentence::roster(unsigned.body()), unsigned).beside(&effects.join("\n"))
        })
        .await?;
    let admitted = submit(console, &signed, None).await?;
    setting
        .output
        .result(&admitted, || format!("in force from entry {} on: {}", admitted.sequence, admitted.digest))?;
    Ok(Exit::Done)
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
