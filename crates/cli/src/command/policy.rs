//! `policy`: look at policies, try them, prove things about them, compare them, and sign the next one.
//!
//! Only `activate` signs; everything else reads. What is judged here is judged by the broker's own engine, so
//! that what `check` and `test` say is what the broker will do.

mod activate;
mod check;
mod choice;
mod diff;
mod explain;
mod history;
mod proof;
mod show;
mod test;
mod text;
mod try_it;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::setting::Setting;
use clap::Subcommand;

/// What to do with policies.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Load a policy, name every problem with its line, and prove what must hold of it
    Check(check::Arguments),
    /// Run a policy's tables and print each case with its result
    Test(test::Arguments),
    /// Say why an operation was decided as it was, or how another policy would decide it
    Explain(explain::Arguments),
    /// Ask a policy about an operation that nobody asked for; nothing is done
    Try(Box<try_it::Arguments>),
    /// Show the rules of a policy, or its texts
    Show(show::Arguments),
    /// Show what would change, softened rules first
    Diff(diff::Arguments),
    /// Check a policy, show what changes, sign it, and hand it in
    Activate(activate::Arguments),
    /// List the policies that were in force
    History(history::Arguments),
}

pub(crate) async fn run(verb: Verb, setting: &Setting) -> Result<Exit, Failure> {
    match verb {
        Verb::Check(arguments) => check::run(arguments, setting).await,
        Verb::Test(arguments) => test::run(&arguments, setting),
        Verb::Explain(arguments) => explain::run(arguments, setting).await,
        Verb::Try(arguments) => try_it::run(*arguments, setting).await,
        Verb::Show(arguments) => show::run(arguments, setting).await,
        Verb::Diff(arguments) => diff::run(arguments, setting).await,
        Verb::Activate(arguments) => activate::run(arguments, setting).await,
        Verb::History(arguments) => history::run(arguments, setting).await,
    }
}
