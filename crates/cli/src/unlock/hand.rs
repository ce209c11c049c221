//! A security key at USB, and its person at the terminal: which key, its PIN, the hint to touch it, and Ctrl-C
//! for no.

use crate::escape;
use crate::exit::Exit;
use crate::output::Output;
use bailiwick_person::{About, CeremonyError, Hand};
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use zeroize::Zeroizing;

/// The hand of whoever sits at the terminal.
#[derive(Debug)]
pub(super) struct TerminalHand {
    output: Output,
    given_up: Arc<AtomicBool>,
}

impl TerminalHand {
    pub(super) fn new(output: Output) -> TerminalHand {
        TerminalHand { output, given_up: Arc::default() }
    }
}

impl Hand for TerminalHand {
    /// A statement whole, field by field: the touch is the yes to it.
    fn show(&self, about: About<'_>) -> Result<(), CeremonyError> {
        let shown = match about {
            About::Making(headline) => {
                self.output.remark(format_args!("{}", escape::line(headline)));
                return Ok(());
            }
            About::Signing(shown) => shown,
        };
        let mut text = format!("{}\n", escape::line(&shown.headline));
        for line in &shown.lines {
            text.push_str(&format!("  {}  {}\n", escape::line(&line.field), escape::line(&line.value)));
        }
        for flag in &shown.flags {
            text.push_str(&format!("  look closely at {}: {}\n", flag.field, escape::line(&flag.why)));
        }
        text.push_str(&format!("  code: {}\n", shown.code.join("-")));
        // Whoever touches a key sees what for, quiet or not.
        io::stderr().write_all(text.as_bytes()).map_err(|_| CeremonyError::Declined)
    }

    fn choose(&self, names: &[String]) -> Result<usize, CeremonyError> {
        if !io::stdin().is_terminal() {
            return Err(no_terminal("several security keys are plugged in"));
        }
        let mut text = String::from("Several security keys are plugged in:\n");
        for (number, name) in (1..).zip(names) {
            text.push_str(&format!("  {number}  {}\n", escape::line(name)));
        }
        text.push_str("Which one? ");
        let (mut errors, mut answer) = (io::stderr(), String::new());
        let asked = errors.write_all(text.as_bytes()).and_then(|()| errors.flush());
        asked
            .and_then(|()| io::stdin().lock().read_line(&mut answer))
            .map_err(|error| CeremonyError::System(format!("the terminal failed: {error}")))?;
        // What is no number of a key is a no.
        answer
            .trim()
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1))
            .ok_or(CeremonyError::Declined)
    }

    fn pin(&self, name: &str, left: u8) -> Result<Zeroizing<String>, CeremonyError> {
        if !io::stdin().is_terminal() {
            return Err(no_terminal("the security key wants its PIN"));
        }
        let tries = if left < 8 { format!(", {left} tries left") } else { String::new() };
        rpassword::prompt_password(format!("PIN of {}{tries}: ", escape::line(name)))
            .map(Zeroizing::new)
            .map_err(|error| CeremonyError::System(format!("the PIN cannot be read: {error}")))
    }

    fn touch(&self, name: &str) -> Result<(), CeremonyError> {
        self.output.remark(format_args!("touch {} now; Ctrl-C for no", escape::line(name)));
        let given_up = Arc::clone(&self.given_up);
        // The key is told to wait no longer, which ending this program would not do.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                while tokio::signal::ctrl_c().await.is_ok() {
                    if given_up.swap(true, Ordering::SeqCst) {
                        std::process::exit(Exit::Interrupted as i32);
                    }
                }
            });
        }
        Ok(())
    }

    fn given_up(&self) -> bool {
        self.given_up.load(Ordering::SeqCst)
    }
}

fn no_terminal(what: &str) -> CeremonyError {
    CeremonyError::System(format!("{what}, and there is no terminal to ask on"))
}
