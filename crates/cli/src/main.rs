//! `bailiwick`: the command line, and the composition root of broker and practice range.
//!
//! One file per verb under `command/`. Only `broker`, `practice` and `drill` may name the crates of the
//! broker and of the practice range; every other verb is a client like any other.

mod capability_choice;
mod command;
mod command_line;
mod exit;
mod failure;
mod grant_arguments;
mod narrowing;
mod operation_text;
mod output;
mod rehearsal;
mod setting;
mod stopped_text;
mod target_argument;
mod unlock;

// The words and tables that the console has too.
use bailiwick_person::{action, constraint_text, escape, moment, sentence, shipped_policy};

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
