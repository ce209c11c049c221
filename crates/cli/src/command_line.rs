//! The command line as a whole: the flags that every verb has, and what happens before and after a verb.

use crate::command::Verb;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::setting::Setting;
use bailiwick_client::Config;
use bailiwick_person::Profile;
use bailiwick_protocol::Places;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser};
use std::path::PathBuf;
use std::process::ExitCode;

/// Authority for agents over real systems: delegated by a person, used through a broker, taken back at once.
#[derive(Parser, Debug)]
#[command(name = "bailiwick", version, max_term_width = 100, after_help = Exit::TABLE)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    verb: Verb,
}

/// The flags that every verb has.
#[derive(Args, Clone, Debug)]
pub(crate) struct Flags {
    /// Keep everything of the profile below FOLDER; a profile of its own
    #[arg(
        long,
        global = true,
        value_name = "FOLDER",
        env = "BAILIWICK_DATA_DIR",
        help_heading = "Everywhere"
    )]
    pub(crate) data_dir: Option<PathBuf>,
    /// Print results as JSON on standard output, and errors as {"code", "message", "hint"} on standard error
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) json: bool,
    /// Print results and errors, no remarks
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    pub(crate) quiet: bool,
    /// Do not start a broker when none runs
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) no_start: bool,
    #[arg(skip = "default")]
    data_dir_from: &'static str,
}

impl CommandLine {
    /// Reads the arguments of this process; help, version and mistakes are printed here.
    pub(crate) fn read() -> Result<CommandLine, ExitCode> {
        let read = CommandLine::command().try_get_matches().and_then(|matches| {
            let mut command_line = CommandLine::from_arg_matches(&matches)?;
            command_line.flags.data_dir_from = source(&matches, "data_dir");
            Ok(command_line)
        });
        read.map_err(|error| told(&error))
    }

    /// How this command line wants to be answered.
    pub(crate) fn output(&self) -> Output {
        Output::new(self.flags.json, self.flags.quiet)
    }

    /// Carries the verb out.
    pub(crate) fn run(self, output: &Output) -> Result<Exit, Failure> {
        if let Some(done) = self.verb.run_bare(output) {
            return done;
        }
        let verb = self.verb;
        let places = Places::of(self.flags.data_dir.as_deref())?;
        let (config, config_error) = match Config::read(&places) {
            Err(error) if verb.bears_bad_configuration() => (Config::default(), Some(error.to_string())),
            read => (read?, None),
        };
        let setting = Setting {
            profile: Profile { data_dir: self.flags.data_dir, places, config, start: !self.flags.no_start },
            data_dir_from: self.flags.data_dir_from,
            config_error,
            output: *output,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
            Failure::new(
                Exit::Internal,
                "internal",
                format!("the system gives no threads: {error}"),
                "close other programs, or raise the limit on processes",
            )
        })?;
        let ended = runtime.block_on(verb.run(&setting));
        // A thread that waits for a terminal or a keychain must not keep the program from ending.
        runtime.shutdown_background();
        ended
    }
}

/// Where an argument's value came from.
fn source(matches: &ArgMatches, id: &str) -> &'static str {
    match matches.value_source(id) {
        Some(ValueSource::CommandLine) => "flag",
        Some(ValueSource::EnvVariable) => "environment",
        _ => "default",
    }
}

/// Prints help, the version, or what is wrong with the arguments.
fn told(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A closed pipe is no reason to fail.
            error.print().ok();
            return Exit::Done.into();
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            if error.kind() == ErrorKind::MissingSubcommand || asks_for_json() {
                let usage = Failure::usage("a command is missing", "`bailiwick --help` lists them");
                return Output::new(asks_for_json(), false).fail(&usage);
            }
            // All help, and all of it ours.
            error.print().ok();
            return Exit::Usage.into();
        }
        _ => {}
    }
    // Clap quotes the arguments as they are; they may come from anywhere.
    let mut parts = text.trim_start_matches("error: ").split("\n\n").map(str::trim);
    let message = parts.next().unwrap_or_default();
    // A line break of clap's own is layout, one that was given with an argument is not.
    let given = std::env::args_os().any(|argument| argument.to_string_lossy().contains('\n'));
    let message =
        if given { message.to_owned() } else { message.lines().map(str::trim).collect::<Vec<_>>().join(" ") };
    let tips: Vec<&str> =
        parts.filter(|part| part.starts_with("tip: ") || part.starts_with("Usage: ")).collect();
    let hint = match tips.join("; ").trim() {
        "" => "see `bailiwick --help`".to_owned(),
        tips => format!("{tips} (see `--help`)"),
    };
    Output::new(asks_for_json(), false).fail(&Failure::usage(message, hint))
}

/// Whether an error is for a program, where the arguments could not be read.
fn asks_for_json() -> bool {
    std::env::args_os().any(|argument| argument == "--json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;

    const PAGE: &str = include_str!("../../../docs/cli.md");

    fn every_command(command: &Command, visit: &mut impl FnMut(&Command)) {
        visit(command);
        command.get_subcommands().for_each(|sub| every_command(sub, visit));
    }

    #[test]
    fn everything_has_a_help_text_of_one_style() {
        let mut command = CommandLine::command();
        command.build();
        command.clone().debug_assert();
        every_command(&command, &mut |command| {
            let name = command.get_name().to_owned();
            if name == "help" {
                return;
            }
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(!about.is_empty() && !about.ends_with('.'), "`{name}`: {about}");
            for argument in command.get_arguments() {
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                let id = argument.get_id();
                assert!(!help.is_empty() && !help.ends_with('.'), "`{name}` {id}: {help}");
                for value in argument.get_possible_values() {
                    let is_shell = id == "shell";
                    let is_flag = argument.get_num_args().is_some_and(|range| !range.takes_values());
                    assert!(
                        is_shell || is_flag || value.get_help().is_some(),
                        "`{name}` {id} {}",
                        value.get_name()
                    );
                }
            }
        });
    }

    #[test]
    fn the_page_is_current() {
        assert!(PAGE.contains(Exit::TABLE), "the table of exit codes in docs/cli.md");
        let command = CommandLine::command();
        for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
            let row = format!("| `{}` | {} |", verb.get_name(), verb.get_about().unwrap());
            assert!(PAGE.contains(&row), "docs/cli.md lacks: {row}");
        }
        for action in crate::action::ACTIONS {
            let argument = |one: &crate::action::Parameter| {
                format!("`{}`{}", one.name, if one.required { "" } else { " (may be absent)" })
            };
            let arguments: Vec<String> = action.arguments.iter().map(argument).collect();
            let row = format!("| `{}` | `{}` | {} |", action.alias, action.id, arguments.join(", "));
            assert!(PAGE.contains(&row), "docs/cli.md lacks: {row}");
        }
    }
}
