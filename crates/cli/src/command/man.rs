//! `man`: writes a manual page for each verb into a folder.

use crate::command_line::CommandLine;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use clap::{Args, CommandFactory};
use std::path::PathBuf;

/// Where to.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The folder; made if it is not there
    folder: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let folder = &arguments.folder;
    std::fs::create_dir_all(folder).map_err(|error| Failure::file("make the folder", folder, &error))?;
    clap_mangen::generate_to(CommandLine::command(), folder)
        .map_err(|error| Failure::file("write manual pages to", folder, &error))?;
    output.result(&serde_json::json!({"folder": folder}), || {
        format!("manual pages are in `{}`; read one with `man -l`", folder.display())
    })?;
    Ok(Exit::Done)
}
