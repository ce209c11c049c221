//! The CBOR of CTAP 2: maps with small numbers as keys (CTAP 2.1, 8).

use super::report::garbled;
use crate::error::CeremonyError;
use ciborium::Value;

/// A map that a security key sent.
#[derive(Debug, Default)]
pub(super) struct Map(Vec<(Value, Value)>);

impl Map {
    /// Reads the map that `bytes` begin with.
    pub(super) fn read(bytes: &[u8]) -> Result<Map, CeremonyError> {
        match ciborium::from_reader(bytes) {
            Ok(Value::Map(members)) => Ok(Map(members)),
            _ => Err(garbled("an answer is no CBOR map")),
        }
    }

    /// The member of a number.
    pub(super) fn at(&self, key: i64) -> Option<&Value> {
        self.0.iter().find(|(own, _)| *own == Value::from(key)).map(|(_, value)| value)
    }

    /// The member of a number, if it is a map.
    pub(super) fn map_at(&self, key: i64) -> Option<Map> {
        self.at(key)?.as_map().map(|members| Map(members.clone()))
    }

    /// The member of a number, if it is bytes.
    pub(super) fn bytes_at(&self, key: i64) -> Option<&[u8]> {
        self.at(key)?.as_bytes().map(Vec::as_slice)
    }

    /// The member of a number, if it is a small count.
    pub(super) fn count_at(&self, key: i64) -> Option<u8> {
        number(self.at(key)?).and_then(|count| u8::try_from(count).ok())
    }

    /// Whether there is a member of this name that is true.
    pub(super) fn says(&self, name: &str) -> bool {
        self.0.contains(&(Value::from(name), Value::from(true)))
    }
}

pub(super) fn number(value: &Value) -> Option<i64> {
    value.as_integer().and_then(|number| i64::try_from(number).ok())
}

/// A map to send; its keys stand in the order of CTAP's canonical form.
pub(super) fn map<K: Into<Value>>(members: impl IntoIterator<Item = (K, Value)>) -> Value {
    Value::Map(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

pub(super) fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

pub(super) fn written(value: &Value) -> Result<Vec<u8>, CeremonyError> {
    let mut written = Vec::new();
    ciborium::into_writer(value, &mut written).map_err(|error| CeremonyError::System(error.to_string()))?;
    Ok(written)
}
