//! Strict JSON: what two independent parsers can only read one way.
//!
//! Refused: invalid UTF-8, duplicate keys, `null`, floats (`1.0`, `1e3`, `-0`), integers of 2^53 and
//! beyond, nesting deeper than [`MAX_DEPTH`], more than [`MAX_PAYLOAD_BYTES`]. Objects encode with
//! their keys in byte order and without white space, so a value has one encoding.

use crate::fields::FormatError;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// The largest payload, in bytes.
pub const MAX_PAYLOAD_BYTES: usize = 64 * 1024;

/// The deepest nesting of arrays and objects, the outermost one counted.
pub const MAX_DEPTH: usize = 16;

const MAX_INTEGER: i64 = (1 << 53) - 1;

/// A strict JSON value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number of magnitude below 2^53.
    Int(i64),
    /// A string; compared as bytes.
    Str(String),
    /// An array.
    List(Vec<Value>),
    /// An object; no key twice.
    Object(BTreeMap<String, Value>),
}

impl Value {
    /// Parses `bytes` as one strict JSON value with nothing but white space around it.
    pub fn parse(bytes: &[u8]) -> Result<Value, FormatError> {
        Node::parse(bytes).map(Node::into_value)
    }

    /// As [`Value::parse`], for documents whose size the caller has limited already.
    pub fn parse_any_size(bytes: &[u8]) -> Result<Value, FormatError> {
        Node::parse_any_size(bytes).map(Node::into_value)
    }

    /// The one encoding of this value: keys in byte order, no white space, UTF-8.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    /// The string inside, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The member `key`, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Object(members) => members.get(key),
            _ => None,
        }
    }

    /// An object of the given members.
    pub fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Object(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// A list of strings.
    pub fn strings<S: Into<String>>(items: impl IntoIterator<Item = S>) -> Value {
        Value::List(items.into_iter().map(|item| Value::Str(item.into())).collect())
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Value::Bool(true) => out.extend_from_slice(b"true"),
            Value::Bool(false) => out.extend_from_slice(b"false"),
            Value::Int(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Value::Str(text) => write_string(text, out),
            Value::List(items) => {
                out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Value::Object(members) => {
                out.push(b'{');
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    write_string(key, out);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Str(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Str(text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Bool(flag)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Int(i64::from(number))
    }
}

/// RFC 8259 escapes: the two that must be, the short forms, and `\u00xx` for other control characters.
fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let escaped = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    for run in text.as_bytes().split_inclusive(|byte| escaped(*byte)) {
        let (plain, special) = match run.split_last() {
            Some((last, before)) if escaped(*last) => (before, Some(*last)),
            _ => (run, None),
        };
        out.extend_from_slice(plain);
        match special {
            None => {}
            Some(b'"') => out.extend_from_slice(b"\\\""),
            Some(b'\\') => out.extend_from_slice(b"\\\\"),
            Some(0x08) => out.extend_from_slice(b"\\b"),
            Some(0x09) => out.extend_from_slice(b"\\t"),
            Some(0x0a) => out.extend_from_slice(b"\\n"),
            Some(0x0c) => out.extend_from_slice(b"\\f"),
            Some(0x0d) => out.extend_from_slice(b"\\r"),
            Some(byte) => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
    }
    out.push(b'"');
}

/// A strict JSON value on its way into a statement: as [`Value`], with its strings left where they were
/// read, so that reading a field costs no copy.
#[derive(Clone, Debug)]
pub(crate) enum Node<'a> {
    Bool(bool),
    Int(i64),
    Str(Cow<'a, str>),
    List(Vec<Node<'a>>),
    Object(Vec<Member<'a>>),
}

/// A member of an object. INVARIANT: members lie in the byte order of their keys, no key twice.
pub(crate) type Member<'a> = (Cow<'a, str>, Node<'a>);

impl<'a> Node<'a> {
    /// As [`Value::parse`].
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Node<'a>, FormatError> {
        if bytes.len() > MAX_PAYLOAD_BYTES {
            return Err(FormatError::TooLarge { bytes: bytes.len(), limit: MAX_PAYLOAD_BYTES });
        }
        Node::parse_any_size(bytes)
    }

    /// As [`Value::parse_any_size`].
    pub(crate) fn parse_any_size(bytes: &'a [u8]) -> Result<Node<'a>, FormatError> {
        let text = std::str::from_utf8(bytes).map_err(|_| FormatError::Json("not valid UTF-8".into()))?;
        let mut parser = serde_json::Deserializer::from_str(text);
        Depth(MAX_DEPTH)
            .deserialize(&mut parser)
            .and_then(|node| parser.end().map(|()| node))
            .map_err(|e| FormatError::Json(e.to_string()))
    }

    /// The value, with strings of its own.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Node::Bool(flag) => Value::Bool(flag),
            Node::Int(number) => Value::Int(number),
            Node::Str(text) => Value::Str(text.into_owned()),
            Node::List(items) => Value::List(items.into_iter().map(Node::into_value).collect()),
            Node::Object(members) => {
                let own = |(key, node): Member<'_>| (key.into_owned(), node.into_value());
                Value::Object(members.into_iter().map(own).collect())
            }
        }
    }
}

/// Deserialises a value with so many levels of nesting left.
struct Depth(usize);

impl Depth {
    fn deeper<E: de::Error>(&self) -> Result<Depth, E> {
        match self.0.checked_sub(1) {
            Some(left) => Ok(Depth(left)),
            None => Err(E::custom(format_args!("nested deeper than {MAX_DEPTH} levels"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Depth {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Depth {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a whole number, true, false, an array or an object")
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Node<'de>, E> {
        Ok(Node::Bool(flag))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Node<'de>, E> {
        if (-MAX_INTEGER..=MAX_INTEGER).contains(&number) {
            Ok(Node::Int(number))
        } else {
            Err(E::custom("an integer of 2^53 or beyond"))
        }
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Node<'de>, E> {
        i64::try_from(number)
            .map_err(|_| E::custom("an integer of 2^53 or beyond"))
            .and_then(|n| self.visit_i64(n))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Node<'de>, E> {
        Err(E::custom("a number that is not a whole number below 2^53"))
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Str(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Str(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Node<'de>, E> {
        Err(E::custom("null"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node<'de>, A::Error> {
        self.deeper::<A::Error>()?;
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(self.deeper()?)? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
        self.deeper::<A::Error>()?;
        let mut members: Vec<Member<'de>> = Vec::new();
        let mut in_order = true;
        while let Some(key) = map.next_key_seed(Key)? {
            in_order = in_order && members.last().is_none_or(|(last, _)| *last < key);
            members.push((key, map.next_value_seed(self.deeper()?)?));
        }
        if !in_order {
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            if let Some([(key, _), _]) = members.array_windows().find(|[(one, _), (other, _)]| one == other) {
                let key = key.escape_default();
                return Err(de::Error::custom(format_args!("the key `{key}` twice")));
            }
        }
        Ok(Node::Object(members))
    }
}

/// Deserialises a key, left where it was read unless it has escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_parsers_could_read_differently_is_refused() {
        for bad in [
            "null",
            "1.0",
            "1e3",
            "-0",
            "9007199254740992",
            "-9007199254740992",
            "{\"a\":1,\"a\":1}",
            "[1,]",
            "{} {}",
            "\"\\ud800\"",
            "\u{feff}{}",
            "NaN",
            "'a'",
            "\"\u{1}\"",
            "01",
            "",
            "[null]",
            "123456789012345678901234567890",
        ] {
            assert!(Value::parse(bad.as_bytes()).is_err(), "accepted `{bad}`");
        }
        assert!(Value::parse(b"\"\xff\"").is_err());
    }

    #[test]
    fn nesting_is_counted_from_the_outermost_container() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(Value::parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(Value::parse(nested(MAX_DEPTH + 1).as_bytes()).is_err());
        let objects = |n: usize| format!("{}1{}", "{\"a\":".repeat(n), "}".repeat(n));
        assert!(Value::parse(objects(MAX_DEPTH).as_bytes()).is_ok());
        assert!(Value::parse(objects(MAX_DEPTH + 1).as_bytes()).is_err());
    }

    #[test]
    fn encoding_is_sorted_compact_and_reads_back() {
        let value =
            Value::parse("{ \"b\": [1, -2, true], \"a\": \"\\u0001\\n\\\"é\\/\" }".as_bytes()).unwrap();
        assert_eq!(
            String::from_utf8(value.encode()).unwrap(),
            "{\"a\":\"\\u0001\\n\\\"é/\",\"b\":[1,-2,true]}"
        );
        assert_eq!(Value::parse(&value.encode()).unwrap(), value);
    }

    #[test]
    fn a_payload_over_the_limit_is_refused_by_its_size() {
        let long = format!("\"{}\"", "a".repeat(MAX_PAYLOAD_BYTES));
        assert!(matches!(Value::parse(long.as_bytes()), Err(FormatError::TooLarge { .. })));
    }
}
