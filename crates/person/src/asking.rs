//! How a person is asked: for a yes to what is signed, and for the passphrase of a key file.
//!
//! The command line answers on a terminal, the console with windows of the system's own.

use crate::failure::Failure;
use bailiwick_authority::Digest;
use bailiwick_keystore::SecretString;
use std::path::Path;

/// What a person is shown before anything is signed. Every text is escaped already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What this is, in a few words: `Sign a capability`.
    pub title: String,
    /// What the statements say, complete, written from the bytes that will be signed.
    pub lines: Vec<String>,
    /// What else there is to know: what would stop, what is replaced. It is not signed.
    pub beside: Vec<String>,
    /// What the person can compare elsewhere: the statement's digest in short.
    pub code: Option<String>,
    /// The statements that a yes is about. Without one it is a question only.
    pub statements: Vec<Digest>,
}

impl Shown {
    /// What one statement says.
    pub fn of(title: &str, lines: &str, statement: Digest) -> Shown {
        Shown {
            title: title.to_owned(),
            lines: lines.trim_end().lines().map(str::to_owned).collect(),
            beside: Vec::new(),
            code: Some(statement.short()),
            statements: vec![statement],
        }
    }

    /// A question about something that is not signed.
    pub fn question(title: &str, line: impl Into<String>) -> Shown {
        Shown {
            title: title.to_owned(),
            lines: vec![line.into()],
            beside: Vec::new(),
            code: None,
            statements: Vec::new(),
        }
    }

    /// With lines that are not signed.
    #[must_use]
    pub fn beside(mut self, lines: &str) -> Shown {
        self.beside.extend(lines.trim_end().lines().map(str::to_owned));
        self
    }

    /// With another statement, which the same yes is about, after an empty line.
    #[must_use]
    pub fn and(mut self, other: Shown) -> Shown {
        self.lines.push(String::new());
        self.with(other)
    }

    /// With another statement, which the same yes is about.
    #[must_use]
    pub fn with(mut self, other: Shown) -> Shown {
        self.lines.extend(other.lines);
        self.beside.extend(other.beside);
        self.statements.extend(other.statements);
        self
    }

    /// Everything in one text.
    pub fn text(&self) -> String {
        let lines = self.lines.iter().chain(&self.beside);
        lines.map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

/// Whoever asks the person. Calls block; none is made on an asynchronous worker.
pub trait Asker: Send + Sync {
    /// Shows and asks. `Ok` is a yes to exactly this; everything else is a [`Failure`], and nothing is signed.
    fn confirm(&self, shown: &Shown) -> Result<(), Failure>;

    /// Says what a key is about to be touched for. The touch is the yes: whoever touches it is shown the whole
    /// statement, and asked, by what it is touched through.
    fn announce(&self, _: &Shown) {}

    /// Says where the page is on which the key is touched; it is being opened.
    fn page(&self, _: &str) {}

    /// The passphrase of the key file at `key`.
    fn passphrase(&self, key: &Path) -> Result<SecretString, Failure>;

    /// A passphrase for a key file that is made at `key`, typed twice.
    fn new_passphrase(&self, key: &Path) -> Result<SecretString, Failure>;
}
