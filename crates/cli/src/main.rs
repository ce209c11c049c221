//! `bailiwick`: the command line, and the composition root of broker and practice range.
//!
//! One file per verb under `command/`. Only `broker`, `practice` and `drill` may name the crates of the
//! broker and of the practice range; every other verb is a client like any other.

mod action;
mod agent_folder;
mod capability_choice;
mod chain_file;
mod command;
mod command_line;
mod constraint_text;
mod escape;
mod exit;
mod failure;
mod grant_arguments;
mod known_head;
mod ledger_source;
mod moment;
mod narrowing;
mod operation_text;
mod output;
mod person;
mod rehearsal;
mod sentence;
mod setting;
mod shipped_policy;
mod stopped_text;
mod target_argument;
mod unlock;
mod waiting;

use command_line::CommandLine;
use std::process::ExitCode;

fn main() -> ExitCode {
    let command_line = match CommandLine::read() {
        Ok(command_line) => command_line,
        Err(exit) => return exit,
    };
    let output = command_line.output();
    match command_line.run(&output) {
        Ok(exit) => exit.into(),
        Err(failure) => output.fail(&failure),
    }
}
