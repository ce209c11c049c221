//! How a person is asked on a terminal: for a yes, and for a passphrase, which may also come from a file or
//! standard input.
//!
//! A passphrase is never an argument and never an environment variable, because others can read both.

mod hand;

use crate::output::Output;
use bailiwick_keystore::SecretString;
use bailiwick_person::{Asker, Failure, FailureKind, Hand, Page, Shown};
use clap::Args;
use hand::TerminalHand;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

/// The longest passphrase or key that is read, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// Where the passphrase of a key file comes from.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct UnlockArguments {
    /// Read the passphrase of the delegation key's file from the first line of FILE (`-`: standard input)
    /// instead of asking for it
    #[arg(long, value_name = "FILE", help_heading = "Signing")]
    pub(crate) passphrase_from: Option<PathBuf>,
}

/// A person at a terminal.
#[derive(Debug)]
pub(crate) struct Terminal {
    output: Output,
    unlock: UnlockArguments,
    /// Whether the yes was given beforehand.
    yes: bool,
}

impl Terminal {
    pub(crate) fn new(output: Output, unlock: UnlockArguments, yes: bool) -> Terminal {
        Terminal { output, unlock, yes }
    }
}

impl Asker for Terminal {
    fn confirm(&self, shown: &Shown) -> Result<(), Failure> {
        let question = if shown.statements.is_empty() { shown.title.as_str() } else { "Sign this?" };
        self.output.confirm(&shown.text(), question, self.yes)
    }

    fn announce(&self, shown: &Shown) {
        self.output.remark(format_args!("{}\n{}", shown.title, shown.text()));
        for statement in &shown.statements {
            self.output.remark(format_args!("touch your key for: {}", bailiwick_card::code_text(statement)));
        }
    }

    fn page(&self, page: Page<'_>) {
        if let Page::Opens { address, .. } = page {
            self.output.remark(format_args!("opening {address}"));
        }
    }

    fn hand(&self) -> Option<Box<dyn Hand>> {
        Some(Box::new(TerminalHand::new(self.output)))
    }

    fn passphrase(&self, key: &Path) -> Result<SecretString, Failure> {
        match &self.unlock.passphrase_from {
            Some(file) => first_line(file),
            None => ask(&format!("Passphrase of {}: ", key.display())),
        }
    }

    fn new_passphrase(&self, key: &Path) -> Result<SecretString, Failure> {
        if let Some(file) = &self.unlock.passphrase_from {
            return first_line(file);
        }
        let first = ask(&format!("New passphrase for {}: ", key.display()))?;
        let second = ask("The same again: ")?;
        if bailiwick_keystore::ExposeSecret::expose_secret(&first)
            == bailiwick_keystore::ExposeSecret::expose_secret(&second)
        {
            return Ok(first);
        }
        Err(Failure::usage("the two passphrases differ", "try again; nothing was made"))
    }
}

/// `init` is the yes to a realm of one's own: nothing is asked but passphrases.
#[derive(Debug)]
pub(crate) struct Founder(pub(crate) Terminal);

impl Asker for Founder {
    fn confirm(&self, _: &Shown) -> Result<(), Failure> {
        Ok(())
    }

    fn announce(&self, shown: &Shown) {
        self.0.announce(shown);
    }

    fn page(&self, page: Page<'_>) {
        self.0.page(page);
    }

    fn hand(&self) -> Option<Box<dyn Hand>> {
        self.0.hand()
    }

    fn passphrase(&self, key: &Path) -> Result<SecretString, Failure> {
        self.0.passphrase(key)
    }

    fn new_passphrase(&self, key: &Path) -> Result<SecretString, Failure> {
        self.0.new_passphrase(key)
    }
}

/// All of a file, or of standard input for `-`, as a secret.
pub(crate) fn read_secret(file: &Path) -> Result<SecretString, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        io::stdin().lock().take(MAX_BYTES).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text))
    };
    // The string's buffer moves into the secret, which is zeroised when dropped.
    read.map_err(|error| Failure::file("read", file, &error)).map(|_| SecretString::from(text))
}

fn first_line(file: &Path) -> Result<SecretString, Failure> {
    let text = read_secret(file)?;
    let line = bailiwick_keystore::ExposeSecret::expose_secret(&text).lines().next().unwrap_or_default();
    Ok(SecretString::from(line))
}

fn ask(prompt: &str) -> Result<SecretString, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::new(
            FailureKind::Key,
            "the delegation key's file needs its passphrase, and there is no terminal to ask on",
            "run it in a terminal, or name a file with `--passphrase-from FILE` (`-`: standard input)",
        ));
    }
    rpassword::prompt_password(prompt).map(SecretString::from).map_err(|error| {
        Failure::new(
            FailureKind::Key,
            format!("the passphrase cannot be read: {error}"),
            "run it in a terminal, or name a file with `--passphrase-from FILE`",
        )
    })
}
