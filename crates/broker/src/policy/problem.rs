//! What is wrong with a policy's texts, with line and column.

use super::template::engine_says;
use miette::Diagnostic;
use std::fmt;

/// Which of the four texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyText {
    /// The guard set.
    Guard,
    /// The ask set.
    Ask,
    /// The schema.
    Schema,
    /// Calendars and protected paths.
    Data,
}

impl PolicyText {
    /// `guard`, `ask`, `schema` or `data`.
    pub fn as_str(self) -> &'static str {
        match self {
            PolicyText::Guard => "guard",
            PolicyText::Ask => "ask",
            PolicyText::Schema => "schema",
            PolicyText::Data => "data",
        }
    }
}

/// A reason not to load a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyProblem {
    /// In which text.
    pub set: PolicyText,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong, as a lower-case sentence.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.set.as_str(), self.line, self.column, self.message)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, " ({})", self.hint) }
    }
}

/// A text while it is being read: it turns offsets into lines and columns.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) set: PolicyText,
    pub(super) text: &'a str,
}

impl<'a> Source<'a> {
    pub(super) fn new(set: PolicyText, text: &'a str) -> Source<'a> {
        Source { set, text }
    }

    pub(super) fn problem(
        self,
        offset: usize,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> PolicyProblem {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count().saturating_add(1);
        let column = before.rsplit('\n').next().unwrap_or("").chars().count().saturating_add(1);
        PolicyProblem { set: self.set, line, column, message: message.into(), hint: hint.into() }
    }

    /// A problem that the engine found, where it says that it is; else at `otherwise`.
    pub(super) fn diagnosed(self, found: &dyn Diagnostic, otherwise: usize) -> PolicyProblem {
        let label = found.labels().and_then(|mut labels| labels.next());
        let hint = found
            .help()
            .map(|help| help.to_string())
            .or_else(|| label.as_ref().and_then(|label| label.label()).map(str::to_owned))
            .unwrap_or_else(|| "mend the text and load it again".to_owned());
        let offset = label.map_or(otherwise, |label| label.offset());
        self.problem(offset, engine_says(&found.to_string()), engine_says(&hint))
    }

    /// The first place of `needle` from `start` on.
    pub(super) fn find(self, needle: &str, start: usize) -> Option<usize> {
        self.text.get(start..)?.find(needle).map(|at| at.saturating_add(start))
    }
}
