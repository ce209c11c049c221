//! `detach`: leaves the caller's session and becomes another command of the same executable.
//!
//! It stands between whoever starts a broker and the broker, so that the broker outlives the terminal or
//! the console that started it. The process id stays the same.

use crate::exit::Exit;
use crate::failure::Failure;
use clap::Args;
use std::ffi::OsString;

/// The command to become.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The command and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

#[cfg(unix)]
pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    use std::os::unix::process::CommandExt;
    // Whatever a shell, a session or a console left open for its children is not the broker's.
    close_fds::set_fds_cloexec(3, &[]);
    // Fails only for the leader of a process group, whose session is its own already or soon will be.
    rustix::process::setsid().ok();
    let own = std::env::current_exe()
        .map_err(|error| Failure::file("find", std::path::Path::new("this program"), &error))?;
    let before = std::env::args_os().skip(1).take_while(|argument| argument != "detach");
    let error = std::process::Command::new(&own).args(before).args(&arguments.command).exec();
    Err(Failure::file("become", &own, &error))
}

#[cfg(not(unix))]
pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let own = std::env::current_exe()
        .map_err(|error| Failure::file("find", std::path::Path::new("this program"), &error))?;
    let before = std::env::args_os().skip(1).take_while(|argument| argument != "detach");
    let started = std::process::Command::new(&own).args(before).args(&arguments.command).spawn();
    started.map(|_| Exit::Done).map_err(|error| Failure::file("start", &own, &error))
}
