//! A leaf and the chained head after it. Normative in `spec/ledger.md`.

use bailiwick_authority::{Digest, Timestamp, Value};

/// One entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its place, from 0.
    pub sequence: u64,
    /// The statement's kind.
    pub kind: String,
    /// The statement digest.
    pub statement: Digest,
    /// SHA-256 of the envelope's bytes as they were admitted.
    pub envelope: Digest,
    /// When it was admitted.
    pub time: Timestamp,
}

impl Leaf {
    /// `{"envelope", "kind", "sequence", "statement", "time"}`, compact, keys in byte order.
    pub fn to_bytes(&self) -> Vec<u8> {
        Value::object([
            ("sequence", Value::Int(i64::try_from(self.sequence).unwrap_or(i64::MAX))),
            ("kind", Value::from(self.kind.as_str())),
            ("statement", Value::from(self.statement)),
            ("envelope", Value::from(self.envelope)),
            ("time", Value::from(self.time)),
        ])
        .encode()
    }

    /// RFC 6962's leaf hash: `SHA-256(0x00 || leaf)`.
    pub fn hash(&self) -> Digest {
        Digest::of_parts(&[&[0], &self.to_bytes()])
    }
}

/// The head of a ledger: a digest over everything before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head(Digest);

impl Head {
    /// The head of the empty ledger: `SHA-256("bailiwick ledger v1\n")`.
    pub fn empty() -> Head {
        Head(Digest::of(b"bailiwick ledger v1\n"))
    }

    /// A head that was computed before.
    pub fn from_digest(digest: Digest) -> Head {
        Head(digest)
    }

    /// The head after `leaf`: `SHA-256(0x01 || head || leaf hash)`.
    #[must_use]
    pub fn after(&self, leaf: &Leaf) -> Head {
        Head(Digest::of_parts(&[&[1], self.0.as_bytes(), leaf.hash().as_bytes()]))
    }

    /// The digest.
    pub fn digest(&self) -> Digest {
        self.0
    }
}
