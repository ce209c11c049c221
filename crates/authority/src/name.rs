//! Identifiers and texts: one canonical form each, checked when they are read.

use crate::json::Value;
use std::fmt;
use std::str::FromStr;

/// Why a string is not the identifier it stands for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not `sha256:` and 64 lower-case hexadecimal digits.
    #[error("not `sha256:` followed by 64 lower-case hexadecimal digits")]
    NotADigest,
    /// Not a name.
    #[error("a name is 1 to 63 of a-z, 0-9, `.`, `_`, `-`, the first one a letter or a digit")]
    NotAName,
    /// Not an action id.
    #[error("an action is named as `category/operation` in lower-case letters, digits and `-`")]
    NotAnAction,
    /// Not a resource id.
    #[error("a resource id is `type:id`, for instance `repository:1296269`")]
    NotAResource,
    /// A text that cannot be shown as it is.
    #[error("a text has 1 to {0} bytes and no control or direction-changing characters")]
    NotAText(usize),
    /// A string outside a closed list.
    #[error("not one of {0}")]
    NotOneOf(&'static str),
    /// A nonce of another form.
    #[error("a nonce is 32 lower-case hexadecimal digits")]
    NotANonce,
}

/// A name that a person chose for a series, a connection, a person: `[a-z0-9][a-z0-9._-]{0,62}`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

/// An action by its catalogue's id, `pulls/merge`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActionId(String);

/// A resource by the id that its destination never reuses, `repository:1296269`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId(String);

/// A short text for people: at most [`Text::MAX_BYTES`] bytes, nothing that moves or hides other text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(String);

impl Text {
    /// The longest text, in bytes.
    pub const MAX_BYTES: usize = 512;
}

impl ResourceId {
    /// The part before the colon.
    pub fn kind(&self) -> &str {
        self.0.split_once(':').map_or("", |(kind, _)| kind)
    }

    /// The part after the colon.
    pub fn id(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, id)| id)
    }
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Name, NameError> {
        let starts = text.bytes().next().is_some_and(lower);
        let good =
            text.len() <= 63 && text.bytes().all(|byte| lower(byte) || matches!(byte, b'.' | b'_' | b'-'));
        if starts && good { Ok(Name(text.to_owned())) } else { Err(NameError::NotAName) }
    }
}

impl FromStr for ActionId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<ActionId, NameError> {
        let part = |part: &str| !part.is_empty() && part.bytes().all(|byte| lower(byte) || byte == b'-');
        match text.split_once('/') {
            Some((category, operation)) if text.len() <= 100 && part(category) && part(operation) => {
                Ok(ActionId(text.to_owned()))
            }
            _ => Err(NameError::NotAnAction),
        }
    }
}

impl FromStr for ResourceId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<ResourceId, NameError> {
        match text.split_once(':') {
            Some((kind, id))
                if text.len() <= 200
                    && !kind.is_empty()
                    && kind.bytes().all(|byte| lower(byte) || byte == b'-')
                    && !id.is_empty()
                    && id
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')) =>
            {
                Ok(ResourceId(text.to_owned()))
            }
            _ => Err(NameError::NotAResource),
        }
    }
}

impl FromStr for Text {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Text, NameError> {
        if text.is_empty() || text.len() > Text::MAX_BYTES || text.chars().any(disturbs) {
            return Err(NameError::NotAText(Text::MAX_BYTES));
        }
        Ok(Text(text.to_owned()))
    }
}

/// Characters that act on the text around them or cannot be seen: controls, bidirectional formatting,
/// line and paragraph separators, interlinear annotations, and what Unicode 16 calls
/// `Default_Ignorable_Code_Point` (zero-width characters, fillers, variation selectors, tags).
fn disturbs(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

macro_rules! written_as_a_string {
    ($($name:ident),*) => {$(
        impl $name {
            /// As it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "`{}`", self.0)
            }
        }

        impl From<$name> for Value {
            fn from(name: $name) -> Value {
                Value::Str(name.0)
            }
        }

        impl From<&$name> for Value {
            fn from(name: &$name) -> Value {
                Value::Str(name.0.clone())
            }
        }
    )*};
}

written_as_a_string!(Name, ActionId, ResourceId, Text);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_one_form() {
        for bad in ["", "A", "-a", "a/b", "a b", "å", "a\0", &"a".repeat(64)] {
            assert!(bad.parse::<Name>().is_err(), "accepted `{bad}`");
        }
        for bad in ["pulls", "pulls/", "/merge", "pulls/merge/x", "Pulls/merge", "../merge", "pulls/.."] {
            assert!(bad.parse::<ActionId>().is_err(), "accepted `{bad}`");
        }
        for bad in ["repository", "repository:", ":1", "repository:1/2", "Repository:1", "repository:1 "] {
            assert!(bad.parse::<ResourceId>().is_err(), "accepted `{bad}`");
        }
        for bad in [
            "",
            "a\nb",
            "a\u{ad}b",
            "a\u{3164}b",
            "a\u{fe0f}b",
            "a\u{202e}b",
            "a\u{200b}b",
            "\u{feff}",
            "\u{1b}[31m",
            &"a".repeat(513),
        ] {
            assert!(bad.parse::<Text>().is_err(), "accepted `{bad}`");
        }
        assert!("Füchse & Söhne, 東京".parse::<Text>().is_ok());
    }
}
