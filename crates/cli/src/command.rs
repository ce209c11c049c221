//! The verbs: one file each, one line here.
//!
//! A verb has `Arguments` and `run`, which is given the [`Setting`] and returns how it ended. A new verb
//! is its file, its `mod`, its line in [`Verb`] and its line in [`Verb::run`].

pub(crate) mod agent;
mod approve;
mod attenuate;
mod broker;
mod capabilities;
mod completions;
mod config;
mod connect;
mod delegate;
mod detach;
mod doctor;
mod drill;
mod export;
mod halt;
mod init;
mod key;
mod man;
mod operations;
mod pause;
mod pending;
mod person;
mod policy;
mod practice;
mod receipts;
mod request;
mod resume;
mod revoke;
mod standing;
mod status;
mod verify;
mod wait;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::setting::Setting;
use bailiwick_authority::{Name, Text};
use clap::Subcommand;

/// What to do.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Set this profile up: make the delegation key, found the realm, sign the shipped policy
    Init(init::Arguments),
    /// Connect a destination: its key goes into the root store, its address is signed
    #[command(subcommand)]
    Connect(connect::Verb),
    /// List persons, invite, enrol, change and retire them
    #[command(subcommand)]
    Person(person::Verb),
    /// List persons' keys, rotate and end them
    #[command(subcommand)]
    Key(key::Verb),
    /// Make agents' keys, list them, fetch what was delegated to them
    #[command(subcommand)]
    Agent(agent::Verb),
    /// Sign a capability: let an agent ask for operations
    Delegate(delegate::Arguments),
    /// Pass a narrower capability on to a sub-agent, as an agent, offline
    Attenuate(attenuate::Arguments),
    /// Ask for one operation, as an agent
    Request(request::Arguments),
    /// Wait for an operation that was asked for, as an agent
    Wait(wait::Arguments),
    /// Show the broker, what is stopped, and the three numbers
    Status(status::Arguments),
    /// List capabilities and whether they hold
    Capabilities(capabilities::Arguments),
    /// List operations, show one, or follow them as they happen
    Operations(operations::Arguments),
    /// List receipts, or show one after verifying it
    Receipts(receipts::Arguments),
    /// List what waits for persons, show one in full, hold it
    Pending(pending::Arguments),
    /// Approve something that waits, with a signature
    Approve(approve::Arguments),
    /// Deny something that waits, with a signature; final
    Deny(approve::DenyArguments),
    /// List, make and end the rules that answer instead of persons
    #[command(subcommand)]
    Standing(standing::Verb),
    /// Hold an agent or everything; needs no signature
    Pause(pause::Arguments),
    /// Lift a pause or a halt, with a signature
    Resume(resume::Arguments),
    /// End a capability, an agent, a person's delegations or a connection, for ever
    Revoke(revoke::Arguments),
    /// End everything until a resume names this halt
    Halt(halt::Arguments),
    /// Check, test, try, compare and activate policies
    #[command(subcommand)]
    Policy(policy::Verb),
    /// Verify the whole ledger offline
    Verify(verify::Arguments),
    /// Write the whole ledger to a file that `verify --from` reads
    Export(export::Arguments),
    /// Show every configured value and where it comes from
    #[command(subcommand)]
    Config(config::Verb),
    /// Look for what is wrong, and say what to do
    Doctor(doctor::Arguments),
    /// Run the broker of this profile
    Broker(broker::Arguments),
    /// Practise: the practice range, alone or with a demo agent
    #[command(subcommand)]
    Practice(practice::Verb),
    /// Live the whole story against the practice range, in a realm of its own
    Drill(drill::Arguments),
    /// Print completions for a shell
    Completions(completions::Arguments),
    /// Write manual pages into a folder
    Man(man::Arguments),
    /// Leave this session and become another command
    #[command(hide = true)]
    Detach(detach::Arguments),
}

impl Verb {
    /// Runs the verbs that need neither places nor configuration; `None` for every other one.
    pub(crate) fn run_bare(&self, output: &Output) -> Option<Result<Exit, Failure>> {
        match self {
            Verb::Detach(arguments) => Some(detach::run(arguments)),
            Verb::Completions(arguments) => Some(completions::run(arguments)),
            Verb::Man(arguments) => Some(man::run(arguments, output)),
            _ => None,
        }
    }

    /// Whether it can do without a configuration that can be read: what finds out what is wrong, and what
    /// stops.
    pub(crate) fn bears_bad_configuration(&self) -> bool {
        matches!(self, Verb::Doctor(_) | Verb::Pause(_))
    }

    /// Runs the verb.
    pub(crate) async fn run(self, setting: &Setting) -> Result<Exit, Failure> {
        match self {
            Verb::Init(arguments) => init::run(arguments, setting).await,
            Verb::Connect(verb) => connect::run(verb, setting).await,
            Verb::Person(verb) => person::run(verb, setting).await,
            Verb::Key(verb) => key::run(verb, setting).await,
            Verb::Agent(verb) => agent::run(verb, setting).await,
            Verb::Delegate(arguments) => delegate::run(arguments, setting).await,
            Verb::Attenuate(arguments) => attenuate::run(&arguments, setting),
            Verb::Request(arguments) => request::run(arguments, setting).await,
            Verb::Wait(arguments) => wait::run(arguments, setting).await,
            Verb::Status(arguments) => status::run(arguments, setting).await,
            Verb::Capabilities(arguments) => capabilities::run(arguments, setting).await,
            Verb::Operations(arguments) => operations::run(arguments, setting).await,
            Verb::Receipts(arguments) => receipts::run(arguments, setting).await,
            Verb::Pending(arguments) => pending::run(arguments, setting).await,
            Verb::Approve(arguments) => approve::run(arguments, setting).await,
            Verb::Deny(arguments) => approve::deny(arguments, setting).await,
            Verb::Standing(verb) => standing::run(verb, setting).await,
            Verb::Pause(arguments) => pause::run(arguments, setting).await,
            Verb::Resume(arguments) => resume::run(arguments, setting).await,
            Verb::Revoke(arguments) => revoke::run(arguments, setting).await,
            Verb::Halt(arguments) => halt::run(arguments, setting).await,
            Verb::Policy(verb) => policy::run(verb, setting).await,
            Verb::Verify(arguments) => verify::run(arguments, setting).await,
            Verb::Export(arguments) => export::run(arguments, setting).await,
            Verb::Config(verb) => config::run(&verb, setting),
            Verb::Doctor(arguments) => doctor::run(arguments, setting).await,
            Verb::Broker(arguments) => broker::run(arguments, setting).await,
            Verb::Practice(verb) => practice::run(verb, setting).await,
            Verb::Drill(arguments) => drill::run(arguments, setting).await,
            Verb::Detach(_) | Verb::Completions(_) | Verb::Man(_) => {
                Err(Failure::defect("a bare verb was given a setting"))
            }
        }
    }
}

/// `github=583231`: a person's id at a destination.
fn identity(text: &str) -> Result<(Name, Text), String> {
    let (connection, id) = text.split_once('=').ok_or("write it as `github=583231`")?;
    let connection = connection.parse().map_err(|why| format!("`{connection}`: {why}"))?;
    Ok((connection, id.parse().map_err(|why| format!("`{id}`: {why}"))?))
}
