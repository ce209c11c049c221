//! `person`: who is on the roster, and how they come, change and leave.

mod change;
mod enrol;
mod invite;
mod list;
mod quorum;
mod recover;
mod recovery;
mod retire;
mod roles;

pub(crate) use change::{ChangeArguments, key_argument, report, sign};
pub(crate) use invite::KeyPlaceArguments;
pub(crate) use list::key_json;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use clap::Subcommand;

/// What to do with persons.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// List persons, their roles and their keys
    List,
    /// Make a key on this machine and print the invitation that a steward enrols it by
    Invite(Box<invite::Arguments>),
    /// Enrol whoever sent an invitation, after comparing its four words
    Enrol(enrol::Arguments),
    /// Give a person other roles
    Roles(roles::Arguments),
    /// Name who may together give a person who lost every key a new one
    Recovery(recovery::Arguments),
    /// Give a person who lost every key a new one, as one of those who are named for it
    Recover(recover::Arguments),
    /// Let a person leave: no roles, and every key retired
    Retire(retire::Arguments),
    /// Say how many persons must agree to a change of roster, policy or connections
    Quorum(quorum::Arguments),
}

pub(crate) async fn run(verb: Verb, setting: &Setting) -> Result<Exit, Failure> {
    match verb {
        Verb::List => list::run(setting).await,
        Verb::Invite(arguments) => invite::run(*arguments, setting).await,
        Verb::Enrol(arguments) => enrol::run(arguments, setting).await,
        Verb::Roles(arguments) => roles::run(arguments, setting).await,
        Verb::Recovery(arguments) => recovery::run(arguments, setting).await,
        Verb::Recover(arguments) => recover::run(arguments, setting).await,
        Verb::Retire(arguments) => retire::run(arguments, setting).await,
        Verb::Quorum(arguments) => quorum::run(arguments, setting).await,
    }
}
