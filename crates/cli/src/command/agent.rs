//! `agent`: the agents of this profile and what was delegated to them.

mod fetch;
mod list;
mod new;
mod revoke;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use clap::Subcommand;

pub(crate) use fetch::{fetch_chains, realm_and_broker};

/// What to do about agents.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Make a key for a new agent and print its public half
    New(new::Arguments),
    /// List the agents of this profile and the capabilities that are kept for them
    List(list::Arguments),
    /// Fetch what was delegated to an agent, by proof of its key
    Fetch(fetch::Arguments),
    /// End what an agent passed on, as that agent
    Revoke(revoke::Arguments),
}

pub(crate) async fn run(verb: Verb, setting: &Setting) -> Result<Exit, Failure> {
    match verb {
        Verb::New(arguments) => new::run(&arguments, setting),
        Verb::List(arguments) => list::run(&arguments, setting),
        Verb::Fetch(arguments) => fetch::run(arguments, setting).await,
        Verb::Revoke(arguments) => revoke::run(arguments, setting).await,
    }
}
