//! How a person is asked: for a yes to what is signed, and for the passphrase of a key file.
//!
//! The command line answers on a terminal, the console with windows of the system's own.

use crate::failure::Failure;
use bailiwick_authority::{Digest, Payload, Unsigned};
use bailiwick_ceremony::{Hand, Page};
use bailiwick_keystore::SecretString;
use std::path::Path;

/// What a person is shown before anything is signed. Every text is escaped already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What this is, in a few words: `Sign a capability`.
    pub title: String,
    /// What the statements say in sentences, written from the bytes that will be signed.
    pub lines: Vec<String>,
    /// What they rest on, each with its name; further lines of the same have none.
    pub rows: Vec<(String, String)>,
    /// What in them may not be what it looks like.
    pub flags: Vec<String>,
    /// Everything that they say, field by field.
    pub fields: Vec<String>,
    /// What else there is to know: what would stop, what is replaced. It is not signed.
    pub beside: Vec<String>,
    /// Four words a statement, the same wherever it is shown.
    pub codes: Vec<String>,
    /// The statements that a yes is about. Without one it is a question only.
    pub statements: Vec<Digest>,
    /// Why it must not be signed: it cannot be shown in full.
    pub(crate) hidden: Option<String>,
}

impl Shown {
    /// What one statement says.
    pub fn of<T: Payload>(title: &str, lines: &str, statement: &Unsigned<T>) -> Shown {
        let mut shown = Shown {
            title: title.to_owned(),
            lines: lines.trim_end().lines().map(str::to_owned).collect(),
            rows: Vec::new(),
            flags: Vec::new(),
            fields: Vec::new(),
            beside: Vec::new(),
            codes: vec![bailiwick_card::code_text(&statement.digest())],
            statements: vec![statement.digest()],
            hidden: None,
        };
        match bailiwick_card::shown(&statement.envelope()) {
            Ok(card) => {
                shown.flags = card.flags.iter().map(|flag| format!("{}: {}", flag.field, flag.why)).collect();
                shown.fields =
                    card.lines.iter().map(|line| format!("{}  {}", line.field, line.value)).collect();
            }
            Err(why) => shown.hidden = Some(why.to_string()),
        }
        shown
    }

    /// A question about something that is not signed.
    pub fn question(title: &str, line: impl Into<String>) -> Shown {
        Shown {
            title: title.to_owned(),
            lines: vec![line.into()],
            rows: Vec::new(),
            flags: Vec::new(),
            fields: Vec::new(),
            beside: Vec::new(),
            codes: Vec::new(),
            statements: Vec::new(),
            hidden: None,
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
        self.rows.extend(other.rows);
        self.flags.extend(other.flags);
        self.fields.extend(other.fields);
        self.beside.extend(other.beside);
        self.codes.extend(other.codes);
        self.statements.extend(other.statements);
        self.hidden = self.hidden.or(other.hidden);
        self
    }

    /// What a terminal shows, in one text.
    pub fn text(&self) -> String {
        let mut lines = self.lines.clone();
        lines.extend(self.rows.iter().map(row_text));
        lines.extend(self.flags.iter().map(|flag| format!("look closely at {flag}")));
        lines.extend(self.beside.iter().cloned());
        lines.extend(self.codes.iter().map(|code| format!("code: {code}")));
        lines.join("\n")
    }
}

/// A row, as a terminal has it.
pub(crate) fn row_text((name, value): &(String, String)) -> String {
    format!("  {name:<11} {value}")
}

/// Whoever asks the person. Calls block; none is made on an asynchronous worker.
pub trait Asker: Send + Sync {
    /// Shows and asks. `Ok` is a yes to exactly this; everything else is a [`Failure`], and nothing is signed.
    fn confirm(&self, shown: &Shown) -> Result<(), Failure>;

    /// Says what a key is about to be touched for. The touch is the yes: whoever touches it is shown the whole
    /// statement, and asked, by what it is touched through.
    fn announce(&self, _: &Shown) {}

    /// Says what becomes of the page on which a key is made or touched.
    fn page(&self, _: Page<'_>) {}

    /// The hand that touches a security key at this machine's USB, chooses among several, and types its PIN;
    /// `None` where nobody can be asked for that.
    fn hand(&self) -> Option<Box<dyn Hand>> {
        None
    }

    /// The passphrase of the key file at `key`.
    fn passphrase(&self, key: &Path) -> Result<SecretString, Failure>;

    /// A passphrase for a key file that is made at `key`, typed twice.
    fn new_passphrase(&self, key: &Path) -> Result<SecretString, Failure>;
}
