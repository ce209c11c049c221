//! `completions`: what a shell needs to complete this command line.

use crate::command_line::CommandLine;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::write_out;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// For which shell.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  bailiwick completions bash > ~/.local/share/bash-completion/completions/bailiwick"
)]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut CommandLine::command(), "bailiwick", &mut text);
    write_out(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
