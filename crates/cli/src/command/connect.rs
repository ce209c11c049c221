//! `connect`: makes a destination usable. The root secret goes from the person's side into the root store
//! directly; over the socket travels a signed statement with its fingerprint.

mod github;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use clap::Subcommand;

/// Which kind of destination.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// A GitHub App's installation, on github.com or GitHub Enterprise
    Github(Box<github::Arguments>),
}

pub(crate) async fn run(verb: Verb, setting: &Setting) -> Result<Exit, Failure> {
    match verb {
        Verb::Github(arguments) => github::run(*arguments, setting).await,
    }
}
