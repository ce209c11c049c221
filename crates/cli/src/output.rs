//! What a command prints: results on standard output, remarks and errors on standard error.
//!
//! With `--json` a result is one JSON document (or one a line where it goes on), and an error is
//! `{"code", "message", "hint"}` on standard error. Colours appear on a terminal only, and nothing that
//! came from outside appears unescaped.

use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;

/// Where and how to print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
}

/// How a piece of text is emphasised on a terminal.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tone {
    Good,
    Bad,
    Dim,
    Strong,
}

impl Output {
    pub(crate) fn new(json: bool, quiet: bool) -> Output {
        Output { json, quiet }
    }

    /// Whether results are for a program.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether a moving display may be shown on standard error.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.json && !self.quiet && io::stderr().is_terminal()
    }

    /// A result: `value` for programs, the text for people. The text is escaped already where it
    /// holds something from outside.
    pub(crate) fn result(
        &self,
        value: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if self.json {
            let line = serde_json::to_string(value).map_err(|error| Failure::defect(error.to_string()))?;
            return write_out(&(escape::json(&line) + "\n"));
        }
        let mut text = text();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        write_out(&text)
    }

    /// A remark for people, on standard error.
    pub(crate) fn remark(&self, text: impl Display) {
        if !self.json && !self.quiet {
            // There is nobody to tell when standard error is gone.
            writeln!(io::stderr(), "{text}").ok();
        }
    }

    /// `text` in a tone, if standard output is a terminal.
    pub(crate) fn tone(&self, tone: Tone, text: impl Display) -> String {
        paint(tone, text, io::stdout().is_terminal())
    }

    /// Shows what is about to be done and asks on the terminal, or takes `yes` for an answer that was given
    /// beforehand. Whoever is asked sees what about, quiet or not.
    pub(crate) fn confirm(
        &self,
        what: &str,
        question: &str,
        yes: bool,
    ) -> Result<(), bailiwick_person::Failure> {
        if yes {
            self.remark(what);
            return Ok(());
        }
        let (mut input, mut errors) = (io::stdin().lock(), io::stderr());
        if !io::stdin().is_terminal() || !errors.is_terminal() {
            return Err(bailiwick_person::Failure::usage(
                "this needs a confirmation, and there is no terminal to ask on",
                "run it in a terminal, or answer beforehand with `--yes`",
            ));
        }
        let mut answer = String::new();
        let asked = write!(errors, "{what}\n{question} [y/N] ").and_then(|()| errors.flush());
        asked.and_then(|()| input.read_line(&mut answer)).map_err(|error| {
            bailiwick_person::Failure::new(
                bailiwick_person::FailureKind::File(error.kind()),
                format!("the terminal failed: {error}"),
                "answer with `--yes`",
            )
        })?;
        if matches!(answer.trim(), "y" | "Y" | "yes") {
            return Ok(());
        }
        Err(bailiwick_person::Failure::not_confirmed())
    }

    /// Prints why a command failed: the one renderer of errors.
    pub(crate) fn fail(&self, failure: &Failure) -> ExitCode {
        let Failure::Said(said) = failure else { return Exit::Done.into() };
        let mut errors = io::stderr();
        let text = if self.json {
            let error = serde_json::json!({
                "code": said.code, "message": said.message, "hint": said.hint,
            });
            escape::json(&error.to_string())
        } else {
            let colour = errors.is_terminal();
            let mut text = format!("{} {}", paint(Tone::Bad, "error:", colour), escape::line(&said.message));
            if !said.hint.is_empty() {
                text.push_str(&format!(
                    "\n {} {}",
                    paint(Tone::Strong, "hint:", colour),
                    escape::line(&said.hint)
                ));
            }
            text
        };
        writeln!(errors, "{text}").ok();
        said.exit.into()
    }
}

fn paint(tone: Tone, text: impl Display, colour: bool) -> String {
    if !colour || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return text.to_string();
    }
    let code = match tone {
        Tone::Good => "32",
        Tone::Bad => "31;1",
        Tone::Dim => "2",
        Tone::Strong => "1",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// Writes to standard output; a closed pipe ends the command without a word.
pub(crate) fn write_out(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
        _ => Failure::new(
            Exit::Internal,
            "output",
            format!("the output cannot be written: {error}"),
            "check the disk or the program that reads it; what was asked may have been done",
        ),
    })
}
