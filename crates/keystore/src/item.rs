//! The name of an item in the keychain: `profile/purpose/name`, escaped so that no two
//! names meet in any system's store.
//!
//! It must not hold anything secret: item names are readable without unlocking.

use std::fmt;

/// Longest escaped name, in bytes. Windows allows 513 UTF-16 units for a user name.
const MAX_BYTES: usize = 480;

/// Names one secret in the keychain, under the service `bailiwick`.
///
/// Each part is escaped: ASCII lower-case letters, digits, `.`, `_` and `-` stand for
/// themselves, every other byte becomes `%` and two lower-case hexadecimal digits.
/// Upper-case letters are escaped too, because Windows compares names without case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemName(String);

/// Names one person's delegation key in the keychain: `profile/delegation/name`.
///
/// It is a type of its own so that nothing but [`PersonKey`](crate::PersonKey) can ask the
/// keychain for such a key: no [`ItemName`] has the purpose `delegation`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DelegationItem(ItemName);

/// The purpose that only a [`DelegationItem`] has.
const DELEGATION: &str = "delegation";

/// Why a text is no item name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemNameError {
    /// A part is empty.
    #[error("the {part} of a keychain item is empty")]
    Empty {
        /// `profile`, `purpose` or `name`.
        part: &'static str,
    },
    /// The escaped name is too long for the smallest store.
    #[error("the keychain item's name has {bytes} bytes when escaped; the limit is {MAX_BYTES}")]
    TooLong {
        /// Length of the escaped name.
        bytes: usize,
    },
    /// The purpose belongs to delegation keys, which are not read as items.
    #[error("the purpose `delegation` is kept for persons' keys")]
    Reserved,
    /// The text is not in the form that [`ItemName::as_str`] gives.
    #[error("`{0}` is not a keychain item: it has the form profile/purpose/name")]
    Malformed(String),
}

impl ItemName {
    /// Joins the three parts. Any non-empty text is allowed in each, save that the purpose
    /// is not `delegation`.
    pub fn new(profile: &str, purpose: &str, name: &str) -> Result<Self, ItemNameError> {
        if purpose == DELEGATION {
            return Err(ItemNameError::Reserved);
        }
        Self::join(profile, purpose, name)
    }

    fn join(profile: &str, purpose: &str, name: &str) -> Result<Self, ItemNameError> {
        let mut escaped = String::new();
        for (part, value) in [("profile", profile), ("purpose", purpose), ("name", name)] {
            if value.is_empty() {
                return Err(ItemNameError::Empty { part });
            }
            if part != "profile" {
                escaped.push('/');
            }
            escape_into(&mut escaped, value);
        }
        if escaped.len() > MAX_BYTES {
            return Err(ItemNameError::TooLong { bytes: escaped.len() });
        }
        Ok(Self(escaped))
    }

    /// Reads back what [`ItemName::as_str`] gave. Only that one spelling is accepted.
    pub fn parse(text: &str) -> Result<Self, ItemNameError> {
        let [profile, purpose, name] = split(text)?;
        exact(text, Self::new(&profile, &purpose, &name)?)
    }

    /// The escaped name, as the system's own keychain program shows it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ItemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl DelegationItem {
    /// The key of the person `name` in `profile` (a realm or a data folder).
    pub fn new(profile: &str, name: &str) -> Result<Self, ItemNameError> {
        ItemName::join(profile, DELEGATION, name).map(Self)
    }

    /// Reads back what [`DelegationItem::as_str`] gave. Only that one spelling is accepted.
    pub fn parse(text: &str) -> Result<Self, ItemNameError> {
        match split(text)? {
            [profile, purpose, name] if purpose == DELEGATION => {
                exact(text, ItemName::join(&profile, DELEGATION, &name)?).map(Self)
            }
            _ => Err(malformed(text)),
        }
    }

    /// The escaped name, as the system's own keychain program shows it.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) fn item(&self) -> &ItemName {
        &self.0
    }
}

impl fmt::Display for DelegationItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn split(text: &str) -> Result<[String; 3], ItemNameError> {
    let parts: Option<Vec<String>> = text.split('/').map(unescape).collect();
    parts.and_then(|parts| parts.try_into().ok()).ok_or_else(|| malformed(text))
}

fn exact(text: &str, parsed: ItemName) -> Result<ItemName, ItemNameError> {
    if parsed.0 == text { Ok(parsed) } else { Err(malformed(text)) }
}

fn malformed(text: &str) -> ItemNameError {
    ItemNameError::Malformed(text.chars().take(80).collect())
}

fn escape_into(out: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02x}"));
        }
    }
}

fn unescape(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_never_meet() {
        let one = ItemName::new("a/b", "c", "d").unwrap();
        let other = ItemName::new("a", "b/c", "d").unwrap();
        assert_ne!(one, other);
        assert_eq!(one.as_str(), "a%2fb/c/d");
    }

    #[test]
    fn names_that_differ_by_case_differ_without_case() {
        let lower = ItemName::new("p", "root", "app").unwrap();
        let upper = ItemName::new("p", "root", "App").unwrap();
        assert!(!lower.as_str().eq_ignore_ascii_case(upper.as_str()));
    }

    #[test]
    fn every_name_reads_back() {
        for odd in ["x", "Ünï çødé", "a b\tc\n", "%41", "/", "\0", "🗝", "..", "-x"] {
            let item = ItemName::new(odd, "key", odd).unwrap();
            assert!(item.as_str().is_ascii());
            assert_eq!(ItemName::parse(item.as_str()).unwrap(), item);
        }
    }

    #[test]
    fn delegation_keys_are_no_items() {
        let key = DelegationItem::new("acme", "Ada").unwrap();
        assert_eq!(key.as_str(), "acme/delegation/%41da");
        assert_eq!(DelegationItem::parse(key.as_str()).unwrap(), key);
        assert_eq!(ItemName::parse(key.as_str()), Err(ItemNameError::Reserved));
        let escaped = ItemName::new("acme", "Delegation", "Ada").unwrap();
        assert!(DelegationItem::parse(escaped.as_str()).is_err());
        assert!(ItemName::parse("acme/%64elegation/ada").is_err());
    }

    #[test]
    fn another_spelling_is_refused() {
        for text in ["a/b", "a/b/c/d", "a//c", "A/b/c", "a/b/%C3", "a/b/%61", "a/b/%", "a/b/%zz"] {
            assert!(ItemName::parse(text).is_err(), "{text}");
        }
        assert!(ItemName::new("p", "k", &"é".repeat(100)).is_err());
    }
}
