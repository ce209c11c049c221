//! `key`: the keys of persons: a new one for an old one, and the ends that a key can have.

mod end;
mod list;
mod rotate;
mod take_up;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use clap::Subcommand;

/// What to do with keys.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// List the keys of this profile's person
    List,
    /// Make a new key for this profile's person; what the old one signed stands
    Rotate(Box<rotate::Arguments>),
    /// Sign with the key that took an ended one's place, once others have agreed to it
    TakeUp,
    /// End a key that is given up: what it delegated stops, until another key signs it again
    Retire(end::Retire),
    /// End a key that is in other hands since a ledger entry: nothing of it counts from there on
    Compromised(end::Compromised),
}

pub(crate) async fn run(verb: Verb, setting: &Setting) -> Result<Exit, Failure> {
    match verb {
        Verb::List => list::run(setting).await,
        Verb::Rotate(arguments) => rotate::run(*arguments, setting).await,
        Verb::TakeUp => take_up::run(setting).await,
        Verb::Retire(arguments) => end::retire(arguments, setting).await,
        Verb::Compromised(arguments) => end::compromised(arguments, setting).await,
    }
}
