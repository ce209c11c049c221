//! Reading an object field by field: each must be there, have its type, and be known.

use crate::digest::{Digest, KeyId};
use crate::json::{Member, Node, Value};
use crate::name::NameError;
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Why bytes are not the statement that they claim to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Not strict JSON.
    #[error("not strict JSON: {0}")]
    Json(String),
    /// Larger than any statement may be.
    #[error("{bytes} bytes, where at most {limit} are allowed")]
    TooLarge {
        /// The size that was met, in bytes.
        bytes: usize,
        /// The largest that is allowed, in bytes.
        limit: usize,
    },
    /// A field that must be there is not.
    #[error("the field `{0}` is missing")]
    Missing(String),
    /// A field has another JSON type than the format says.
    #[error("the field `{field}` is not {expected}")]
    WrongType {
        /// The field's path.
        field: String,
        /// What it should have been, with its article.
        expected: &'static str,
    },
    /// A field that the format does not have.
    #[error("the field `{0}` is unknown")]
    Unknown(String),
    /// A field whose value the format does not allow.
    #[error("the field `{field}` is refused: {why}")]
    Invalid {
        /// The field's path.
        field: String,
        /// What is wrong with it.
        why: String,
    },
}

/// Where in a payload something stands. It is put together only for people: reading passes it along
/// unknown, and whatever is refused is read again with it.
#[derive(Clone, Debug)]
pub(crate) struct At(Option<String>);

impl At {
    /// The payload itself.
    pub(crate) fn top() -> At {
        At(Some(String::new()))
    }

    /// Nobody will ask.
    pub(crate) fn unknown() -> At {
        At(None)
    }

    /// A member of what stands here.
    pub(crate) fn field(&self, field: &str) -> At {
        At(self.0.as_ref().map(
            |path| {
                if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
            },
        ))
    }

    /// An item of the array that stands here.
    pub(crate) fn item(&self, index: usize) -> At {
        At(self.0.as_ref().map(|path| format!("{path}[{index}]")))
    }

    /// As errors name it: `grants[0].actions`.
    pub(crate) fn name(&self) -> String {
        self.0.clone().unwrap_or_default()
    }

    pub(crate) fn invalid(&self, why: impl ToString) -> FormatError {
        FormatError::Invalid { field: self.name(), why: why.to_string() }
    }

    pub(crate) fn wrong(&self, expected: &'static str) -> FormatError {
        FormatError::WrongType { field: self.name(), expected }
    }
}

/// An object being taken apart. [`Fields::finish`] refuses what was not taken.
pub(crate) struct Fields<'a> {
    at: At,
    members: Vec<Member<'a>>,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(node: Node<'a>, at: At) -> Result<Fields<'a>, FormatError> {
        match node {
            Node::Object(members) => Ok(Fields { at, members }),
            _ => Err(at.wrong("an object")),
        }
    }

    /// Where a member stands.
    pub(crate) fn at(&self, field: &str) -> At {
        self.at.field(field)
    }

    pub(crate) fn invalid(&self, field: &str, why: impl ToString) -> FormatError {
        self.at(field).invalid(why)
    }

    fn wrong(&self, field: &str, expected: &'static str) -> FormatError {
        self.at(field).wrong(expected)
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.members.iter().any(|(name, _)| name == field)
    }

    pub(crate) fn optional(&mut self, field: &str) -> Option<Node<'a>> {
        let place = self.members.iter().position(|(name, _)| name == field)?;
        Some(self.members.swap_remove(place).1)
    }

    pub(crate) fn required(&mut self, field: &str) -> Result<Node<'a>, FormatError> {
        self.optional(field).ok_or_else(|| FormatError::Missing(self.at(field).name()))
    }

    /// Any value, kept as it is.
    pub(crate) fn value(&mut self, field: &str) -> Result<Value, FormatError> {
        self.required(field).map(Node::into_value)
    }

    pub(crate) fn optional_value(&mut self, field: &str) -> Option<Value> {
        self.optional(field).map(Node::into_value)
    }

    pub(crate) fn str(&mut self, field: &str) -> Result<Cow<'a, str>, FormatError> {
        match self.required(field)? {
            Node::Str(text) => Ok(text),
            _ => Err(self.wrong(field, "a string")),
        }
    }

    pub(crate) fn string(&mut self, field: &str) -> Result<String, FormatError> {
        self.str(field).map(Cow::into_owned)
    }

    pub(crate) fn optional_string(&mut self, field: &str) -> Result<Option<String>, FormatError> {
        if self.has(field) { self.string(field).map(Some) } else { Ok(None) }
    }

    /// A string that parses as `T`.
    pub(crate) fn parsed<T: std::str::FromStr<Err = NameError>>(
        &mut self,
        field: &str,
    ) -> Result<T, FormatError> {
        self.str(field)?.parse().map_err(|why| self.invalid(field, why))
    }

    pub(crate) fn optional_parsed<T: std::str::FromStr<Err = NameError>>(
        &mut self,
        field: &str,
    ) -> Result<Option<T>, FormatError> {
        if self.has(field) { self.parsed(field).map(Some) } else { Ok(None) }
    }

    pub(crate) fn digest(&mut self, field: &str) -> Result<Digest, FormatError> {
        self.parsed(field)
    }

    pub(crate) fn key_id(&mut self, field: &str) -> Result<KeyId, FormatError> {
        self.parsed(field)
    }

    /// Bytes in canonical standard base64.
    pub(crate) fn base64(&mut self, field: &str) -> Result<Vec<u8>, FormatError> {
        let text = self.str(field)?;
        STANDARD.decode(text.as_ref()).map_err(|_| self.invalid(field, "not canonical base64"))
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, field: &str) -> Result<bool, FormatError> {
        match self.required(field)? {
            Node::Bool(flag) => Ok(flag),
            _ => Err(self.wrong(field, "true or false")),
        }
    }

    /// A whole number, not negative.
    pub(crate) fn count(&mut self, field: &str) -> Result<u64, FormatError> {
        match self.required(field)? {
            Node::Int(number) => {
                u64::try_from(number).map_err(|_| self.wrong(field, "a whole number of at least 0"))
            }
            _ => Err(self.wrong(field, "a whole number")),
        }
    }

    pub(crate) fn optional_count(&mut self, field: &str) -> Result<Option<u64>, FormatError> {
        if self.has(field) { self.count(field).map(Some) } else { Ok(None) }
    }

    pub(crate) fn time(&mut self, field: &str) -> Result<Timestamp, FormatError> {
        let seconds = self.count(field)?;
        Timestamp::from_seconds(seconds).ok_or_else(|| self.invalid(field, "beyond the year 9999"))
    }

    pub(crate) fn optional_time(&mut self, field: &str) -> Result<Option<Timestamp>, FormatError> {
        if self.has(field) { self.time(field).map(Some) } else { Ok(None) }
    }

    pub(crate) fn list(&mut self, field: &str) -> Result<Vec<Node<'a>>, FormatError> {
        match self.required(field)? {
            Node::List(items) => Ok(items),
            _ => Err(self.wrong(field, "an array")),
        }
    }

    /// An array whose items are read by `read`, given the item and where it stands.
    pub(crate) fn each<T>(
        &mut self,
        field: &str,
        read: impl Fn(Node<'a>, At) -> Result<T, FormatError>,
    ) -> Result<Vec<T>, FormatError> {
        let at = self.at(field);
        self.list(field)?.into_iter().enumerate().map(|(index, item)| read(item, at.item(index))).collect()
    }

    /// An array of strings that parse as `T`.
    pub(crate) fn parsed_list<T: std::str::FromStr<Err = NameError>>(
        &mut self,
        field: &str,
    ) -> Result<Vec<T>, FormatError> {
        self.each(field, |item, at| match item {
            Node::Str(text) => text.parse().map_err(|why: NameError| at.invalid(why)),
            _ => Err(at.wrong("a string")),
        })
    }

    pub(crate) fn object(&mut self, field: &str) -> Result<Fields<'a>, FormatError> {
        let at = self.at(field);
        Fields::of(self.required(field)?, at)
    }

    pub(crate) fn optional_object(&mut self, field: &str) -> Result<Option<Fields<'a>>, FormatError> {
        if self.has(field) { self.object(field).map(Some) } else { Ok(None) }
    }

    /// The members of an object whose keys are data, in byte order. For an object that nothing was
    /// taken from.
    pub(crate) fn into_members(self) -> Vec<Member<'a>> {
        self.members
    }

    pub(crate) fn finish(self) -> Result<(), FormatError> {
        match self.members.iter().map(|(name, _)| name).min() {
            None => Ok(()),
            Some(field) => Err(FormatError::Unknown(self.at(field).name())),
        }
    }
}

/// An object being put together, without the fields that are absent.
#[derive(Default)]
pub(crate) struct Members(BTreeMap<String, Value>);

impl Members {
    pub(crate) fn put(&mut self, field: &str, value: impl Into<Value>) {
        self.0.insert(field.to_owned(), value.into());
    }

    pub(crate) fn put_some(&mut self, field: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(field, value);
        }
    }

    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

impl From<Members> for Value {
    fn from(members: Members) -> Value {
        members.into_value()
    }
}

/// A count as a JSON number. One of 2^53 and beyond cannot be read back, so that it is never sealed.
pub(crate) fn number(count: u64) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}
