//! Reading an object field by field: each must be there, have its type, and be known.

use crate::digest::{Digest, KeyId};
use crate::json::Value;
use crate::name::NameError;
use crate::time::Timestamp;
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

/// An object being taken apart. [`Fields::finish`] refuses what was not taken.
pub(crate) struct Fields {
    path: String,
    members: BTreeMap<String, Value>,
}

impl Fields {
    pub(crate) fn of(value: Value, path: &str) -> Result<Fields, FormatError> {
        match value {
            Value::Object(members) => Ok(Fields { path: path.to_owned(), members }),
            _ => Err(FormatError::WrongType { field: path.to_owned(), expected: "an object" }),
        }
    }

    pub(crate) fn path(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }

    pub(crate) fn invalid(&self, field: &str, why: impl ToString) -> FormatError {
        FormatError::Invalid { field: self.path(field), why: why.to_string() }
    }

    fn wrong(&self, field: &str, expected: &'static str) -> FormatError {
        FormatError::WrongType { field: self.path(field), expected }
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.members.contains_key(field)
    }

    pub(crate) fn optional(&mut self, field: &str) -> Option<Value> {
        self.members.remove(field)
    }

    pub(crate) fn required(&mut self, field: &str) -> Result<Value, FormatError> {
        self.optional(field).ok_or_else(|| FormatError::Missing(self.path(field)))
    }

    pub(crate) fn string(&mut self, field: &str) -> Result<String, FormatError> {
        match self.required(field)? {
            Value::Str(text) => Ok(text),
            _ => Err(self.wrong(field, "a string")),
        }
    }

    pub(crate) fn optional_string(&mut self, field: &str) -> Result<Option<String>, FormatError> {
        if self.has(field) { self.string(field).map(Some) } else { Ok(None) }
    }

    /// A string that parses as `T`.
    pub(crate) fn parsed<T: std::str::FromStr<Err = NameError>>(
        &mut self,
        field: &str,
    ) -> Result<T, FormatError> {
        self.string(field)?.parse().map_err(|why| self.invalid(field, why))
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

    /// A whole number, not negative.
    pub(crate) fn count(&mut self, field: &str) -> Result<u64, FormatError> {
        match self.required(field)? {
            Value::Int(number) => {
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

    pub(crate) fn list(&mut self, field: &str) -> Result<Vec<Value>, FormatError> {
        match self.required(field)? {
            Value::List(items) => Ok(items),
            _ => Err(self.wrong(field, "an array")),
        }
    }

    /// An array whose items are read by `read`, given the item and its path.
    pub(crate) fn each<T>(
        &mut self,
        field: &str,
        read: impl Fn(Value, &str) -> Result<T, FormatError>,
    ) -> Result<Vec<T>, FormatError> {
        let path = self.path(field);
        self.list(field)?
            .into_iter()
            .enumerate()
            .map(|(index, item)| read(item, &format!("{path}[{index}]")))
            .collect()
    }

    /// An array of strings that parse as `T`.
    pub(crate) fn parsed_list<T: std::str::FromStr<Err = NameError>>(
        &mut self,
        field: &str,
    ) -> Result<Vec<T>, FormatError> {
        self.each(field, |item, path| match item {
            Value::Str(text) => text.parse().map_err(|why: NameError| FormatError::Invalid {
                field: path.to_owned(),
                why: why.to_string(),
            }),
            _ => Err(FormatError::WrongType { field: path.to_owned(), expected: "a string" }),
        })
    }

    pub(crate) fn object(&mut self, field: &str) -> Result<Fields, FormatError> {
        let path = self.path(field);
        Fields::of(self.required(field)?, &path)
    }

    pub(crate) fn optional_object(&mut self, field: &str) -> Result<Option<Fields>, FormatError> {
        if self.has(field) { self.object(field).map(Some) } else { Ok(None) }
    }

    /// The members of an object whose keys are data, in byte order.
    pub(crate) fn into_members(self) -> BTreeMap<String, Value> {
        self.members
    }

    pub(crate) fn finish(self) -> Result<(), FormatError> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(field) => Err(FormatError::Unknown(self.path(field))),
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
