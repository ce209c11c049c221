//! Root secrets handed over at start as one JSON object on standard input, for drills and
//! for secret managers that start the broker themselves.
//!
//! They are in memory only and never written. A known gap: the JSON reader's own buffer
//! for escaped text is freed without being zeroized; the broker is not dumpable.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use secrecy::SecretString;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use zeroize::Zeroizing;

use super::{RootStore, RootStoreError, RootStoreKind, SecretName};

/// Largest hand-over, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// Secrets in memory.
pub struct MemoryRootStore {
    secrets: BTreeMap<SecretName, SecretString>,
}

impl MemoryRootStore {
    /// Reads `{"name": "secret", …}` to the end of `input`. Names must be valid and
    /// different from each other.
    pub fn from_json(input: impl Read) -> Result<Self, RootStoreError> {
        let bad = |reason: String| RootStoreError::BadHandover { reason };
        let mut text = Zeroizing::new(Vec::with_capacity(64 * 1024));
        input.take(MAX_BYTES + 1).read_to_end(&mut text).map_err(|e| bad(e.to_string()))?;
        if text.len() as u64 > MAX_BYTES {
            return Err(bad(format!("more than {MAX_BYTES} bytes")));
        }
        let Handover(secrets) = serde_json::from_slice(&text).map_err(|e| {
            // Only the place and our own words: serde's messages quote what they read.
            let what = match e.classify() {
                serde_json::error::Category::Data => "not an object of different, valid names and texts",
                _ => "not JSON",
            };
            bad(format!("{what}, at line {} column {}", e.line(), e.column()))
        })?;
        Ok(Self { secrets })
    }

    /// The names handed over.
    pub fn names(&self) -> impl Iterator<Item = &SecretName> {
        self.secrets.keys()
    }

    fn not_writable(name: &SecretName) -> RootStoreError {
        RootStoreError::NotWritable {
            kind: RootStoreKind::Memory,
            instead: format!("hand `{name}` over on standard input when the broker starts"),
        }
    }
}

impl fmt::Debug for MemoryRootStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRootStore").field("names", &self.secrets.keys()).finish_non_exhaustive()
    }
}

impl RootStore for MemoryRootStore {
    fn kind(&self) -> RootStoreKind {
        RootStoreKind::Memory
    }

    fn get(&self, name: &SecretName) -> Result<SecretString, RootStoreError> {
        self.secrets
            .get(name)
            .cloned()
            .ok_or_else(|| RootStoreError::Absent { name: name.clone(), kind: RootStoreKind::Memory })
    }

    fn create_only(&self, name: &SecretName, _: &SecretString) -> Result<(), RootStoreError> {
        Err(Self::not_writable(name))
    }

    fn replace(&self, name: &SecretName, _: &SecretString) -> Result<(), RootStoreError> {
        Err(Self::not_writable(name))
    }

    fn delete(&self, name: &SecretName) -> Result<(), RootStoreError> {
        Err(Self::not_writable(name))
    }
}

struct Handover(BTreeMap<SecretName, SecretString>);

impl<'de> Deserialize<'de> for Handover {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Secrets;

        impl<'de> Visitor<'de> for Secrets {
            type Value = Handover;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of names and secrets")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Handover, A::Error> {
                let mut secrets = BTreeMap::new();
                while let Some((name, secret)) = map.next_entry::<String, String>()? {
                    let name = SecretName::new(&name).map_err(A::Error::custom)?;
                    if secrets.insert(name, SecretString::from(secret)).is_some() {
                        return Err(A::Error::custom("a name comes twice"));
                    }
                }
                Ok(Handover(secrets))
            }
        }

        deserializer.deserialize_map(Secrets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn refusal(json: &str) -> String {
        MemoryRootStore::from_json(json.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn reads_an_object() {
        let json = r#"{"ledger": "one\ntwo", "github-app": "pem"}"#;
        let store = MemoryRootStore::from_json(json.as_bytes()).unwrap();
        let ledger = SecretName::new("ledger").unwrap();
        assert_eq!(store.get(&ledger).unwrap().expose_secret(), "one\ntwo");
        assert_eq!(store.names().count(), 2);
        let absent = store.get(&SecretName::new("other").unwrap());
        assert!(matches!(absent, Err(RootStoreError::Absent { .. })));
        let put = store.create_only(&ledger, &SecretString::from("x"));
        assert!(matches!(put, Err(RootStoreError::NotWritable { .. })));
    }

    #[test]
    fn refuses_anything_else_without_quoting_it() {
        for json in [
            "",
            "[]",
            "\"canary\"",
            r#"{"a": 1}"#,
            r#"{"a": {"canary": "x"}}"#,
            r#"{"A": "canary"}"#,
            r#"{"a": "x", "a": "canary"}"#,
            r#"{"a": "canary"} {}"#,
            r#"{"a": "canary"#,
        ] {
            assert!(!refusal(json).contains("canary"), "{json}");
        }
        assert!(refusal(&" ".repeat(1024 * 1024 + 1)).contains("bytes"));
    }

    #[test]
    fn debug_shows_names_only() {
        let store = MemoryRootStore::from_json(&br#"{"a": "canary"}"#[..]).unwrap();
        assert!(!format!("{store:?}").contains("canary"));
    }
}
