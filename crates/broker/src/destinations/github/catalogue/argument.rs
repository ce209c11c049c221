//! Arguments: what each may be. Checked once here; nothing behind it validates again.

use bailiwick_authority::{Argument, Arguments, Text};

use super::{ActionSpec, BadOperation};
use crate::destinations::github::evidence::is_sha;
use crate::destinations::github::quote::quote;

/// The longest comment or description. It stands in the invocation and in the receipt, each of 64 KiB.
pub(super) const MAX_BODY_BYTES: usize = 16 * 1024;

/// The longest branch, tag or other ref, in bytes; GitHub's own bound with `refs/heads/` is 255.
const MAX_REF_BYTES: usize = 244;

/// The longest path, in bytes.
const MAX_PATH_BYTES: usize = 255;

/// What an argument may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentKind {
    /// A branch by its short name (git-check-ref-format).
    Branch,
    /// A branch or tag by its short name, or a commit.
    Ref,
    /// A commit by its whole name.
    Commit,
    /// A file's path from the repository's root, in its one form.
    Path,
    /// A whole number from 1.
    Number,
    /// A text of several lines.
    Text {
        /// Its most bytes.
        max_bytes: usize,
    },
    /// A text of one line.
    Line {
        /// Its most bytes.
        max_bytes: usize,
    },
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// One argument of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgumentSpec {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub kind: ArgumentKind,
    /// Whether it must be there.
    pub required: bool,
    /// What it is, in words.
    pub about: &'static str,
}

/// Arguments that an action takes: all of them known, the required ones there, each of its kind.
pub(super) struct Parsed<'a> {
    action: &'static str,
    arguments: &'a Arguments,
}

impl<'a> Parsed<'a> {
    pub(super) fn check(
        spec: &'static ActionSpec,
        arguments: &'a Arguments,
    ) -> Result<Parsed<'a>, BadOperation> {
        for name in arguments.keys() {
            if !spec.arguments.iter().any(|known| known.name == name) {
                return Err(BadOperation::UnknownArgument { action: spec.id, name: name.clone() });
            }
        }
        for known in spec.arguments {
            match arguments.get(known.name) {
                Some(value) => known.check(value)?,
                None if known.required => {
                    return Err(BadOperation::MissingArgument { action: spec.id, name: known.name });
                }
                None => {}
            }
        }
        Ok(Parsed { action: spec.id, arguments })
    }

    pub(super) fn optional(&self, name: &str) -> Option<&'a str> {
        match self.arguments.get(name)? {
            Argument::Str(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn text(&self, name: &'static str) -> Result<String, BadOperation> {
        let missing = BadOperation::MissingArgument { action: self.action, name };
        self.optional(name).map(str::to_owned).ok_or(missing)
    }

    pub(super) fn number(&self, name: &'static str) -> Result<u64, BadOperation> {
        match self.arguments.get(name) {
            Some(Argument::Int(number)) => u64::try_from(*number)
                .map_err(|_| BadOperation::BadArgument { name, why: "is below 1".to_owned() }),
            _ => Err(BadOperation::MissingArgument { action: self.action, name }),
        }
    }
}

impl ArgumentSpec {
    fn check(&self, value: &Argument) -> Result<(), BadOperation> {
        let why = match (self.kind, value) {
            (ArgumentKind::Number, Argument::Int(number)) if *number >= 1 => return Ok(()),
            (ArgumentKind::Number, _) => Err("is not a whole number from 1".to_owned()),
            (kind, Argument::Str(text)) => match kind {
                ArgumentKind::Branch => check_ref(text, true),
                ArgumentKind::Ref => check_ref(text, false),
                ArgumentKind::Commit if is_sha(text) => Ok(()),
                ArgumentKind::Commit => Err(format!("is {}, not the whole name of a commit", quote(text))),
                ArgumentKind::Path => check_path(text),
                ArgumentKind::Text { max_bytes } => check_text(text, max_bytes),
                ArgumentKind::Line { max_bytes } => check_line(text, max_bytes),
                ArgumentKind::OneOf(words) if words.contains(&text.as_str()) => Ok(()),
                ArgumentKind::OneOf(words) => {
                    Err(format!("is {}, not one of {}", quote(text), words.join(", ")))
                }
                ArgumentKind::Number => Err("is not a whole number from 1".to_owned()),
            },
            _ => Err("is not a text".to_owned()),
        };
        why.map_err(|why| BadOperation::BadArgument { name: self.name, why })
    }
}

/// The rules of git-check-ref-format(1), and ours: short names only, nothing that cannot be seen.
fn check_ref(name: &str, branch: bool) -> Result<(), String> {
    let bad = |why: &str| Err(format!("is {}, {why}", quote(name)));
    if name.is_empty() || name.len() > MAX_REF_BYTES {
        return Err(format!("does not have 1 to {MAX_REF_BYTES} bytes"));
    }
    if name.starts_with("refs/") {
        return bad("a full ref; the short name is wanted, without `refs/heads/`");
    }
    if name.parse::<Text>().is_err() {
        return bad("which has characters that cannot be seen");
    }
    if name.contains([' ', '~', '^', ':', '?', '*', '[', '\\']) || name.contains("..") || name.contains("@{")
    {
        return bad("which has characters that git does not allow in a ref");
    }
    let component = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    if !name.split('/').all(component) || name.ends_with('.') || name == "@" {
        return bad("which git does not allow as a ref");
    }
    if name.starts_with('-') || (branch && name == "HEAD") {
        return bad("which git does not allow as a branch");
    }
    Ok(())
}

/// Relative, with no component that git or a server could take for another place.
fn check_path(path: &str) -> Result<(), String> {
    if path.is_empty() || path.len() > MAX_PATH_BYTES {
        return Err(format!("does not have 1 to {MAX_PATH_BYTES} bytes"));
    }
    let component =
        |part: &str| !part.is_empty() && part != "." && part != ".." && !part.eq_ignore_ascii_case(".git");
    if path.parse::<Text>().is_err() || path.contains('\\') || !path.split('/').all(component) {
        return Err(format!("is {}, which is no path from the repository's root", quote(path)));
    }
    Ok(())
}

fn check_text(text: &str, max_bytes: usize) -> Result<(), String> {
    if text.trim().is_empty() || text.len() > max_bytes {
        return Err(format!("does not have 1 to {max_bytes} bytes"));
    }
    // Joiners and variation selectors make emoji and stay; what reorders or controls text does not.
    let disturbs = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    match text.chars().find(|c| disturbs(*c)) {
        Some(c) => {
            Err(format!("has the character {}, which moves or hides other text", quote(&c.to_string())))
        }
        None => Ok(()),
    }
}

fn check_line(text: &str, max_bytes: usize) -> Result<(), String> {
    if text.trim().is_empty() || text.len() > max_bytes {
        return Err(format!("does not have 1 to {max_bytes} bytes"));
    }
    if text.parse::<Text>().is_err() {
        return Err(format!("is {}, which has characters that cannot be seen", quote(text)));
    }
    Ok(())
}
