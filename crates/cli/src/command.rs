//! The verbs: one file each, one line here.
//!
//! A verb has `Arguments` and `run`, which is given the [`Setting`] and returns how it ended. A new verb
//! is its file, its `mod`, its line in [`Verb`] and its line in [`Verb::run`].

mod agent;
mod delegate;
mod detach;
mod init;
mod request;
mod wait;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::setting::Setting;
use clap::Subcommand;

/// What to do.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Set this profile up: make the delegation key, found the realm, sign the shipped policy
    Init(init::Arguments),
    /// Make agents' keys, list them, fetch what was delegated to them
    #[command(subcommand)]
    Agent(agent::Verb),
    /// Sign a capability: let an agent ask for operations
    Delegate(delegate::Arguments),
    /// Ask for one operation, as an agent
    Request(request::Arguments),
    /// Wait for an operation that was asked for, as an agent
    Wait(wait::Arguments),
    /// Leave this session and become another command
    #[command(hide = true)]
    Detach(detach::Arguments),
}

impl Verb {
    /// Runs the verbs that need neither places nor configuration; hands every other one back.
    pub(crate) fn run_bare(self, _output: &Output) -> Result<Result<Exit, Failure>, Verb> {
        match self {
            Verb::Detach(arguments) => Ok(detach::run(&arguments)),
            other => Err(other),
        }
    }

    /// Runs the verb.
    pub(crate) async fn run(self, setting: &Setting) -> Result<Exit, Failure> {
        match self {
            Verb::Init(arguments) => init::run(arguments, setting).await,
            Verb::Agent(verb) => agent::run(verb, setting).await,
            Verb::Delegate(arguments) => delegate::run(arguments, setting).await,
            Verb::Request(arguments) => request::run(arguments, setting).await,
            Verb::Wait(arguments) => wait::run(arguments, setting).await,
            Verb::Detach(_) => Err(Failure::defect("a bare verb was given a setting")),
        }
    }
}
