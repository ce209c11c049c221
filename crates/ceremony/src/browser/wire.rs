//! What the page is told, and what it says.

use bailiwick_protocol::Shown;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes in base64 for URLs, as WebAuthn's JSON has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        URL_SAFE_NO_PAD.decode(text).map(Bytes).map_err(serde::de::Error::custom)
    }
}

/// What is to be done.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Task {
    /// Make a key.
    Enrol {
        headline: String,
        person: String,
        user: Bytes,
        challenge: Bytes,
        rp_id: &'static str,
        known: Vec<Bytes>,
        algorithms: Vec<i64>,
    },
    /// Sign a statement with a key.
    Sign { shown: Shown, credential: Bytes, challenge: Bytes, rp_id: &'static str },
}

/// A page that takes its task.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Take {
    pub(super) token: String,
}

/// What it is given: the task, and what its answer must carry.
#[derive(Debug, Serialize)]
pub(super) struct Taken {
    pub(super) ticket: String,
    pub(super) task: Task,
    pub(super) left_ms: u64,
}

/// A page that answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answered {
    pub(super) ticket: String,
    pub(super) answer: Answer,
}

/// What came of the task.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Answer {
    /// The person said no.
    Declined {},
    /// A new key.
    Enrolled {
        credential: Bytes,
        authenticator_data: Bytes,
        client_data: Bytes,
        public_key: Bytes,
        algorithm: i64,
        transports: Vec<String>,
    },
    /// An assertion.
    Signed { credential: Bytes, authenticator_data: Bytes, client_data: Bytes, signature: Bytes },
}
