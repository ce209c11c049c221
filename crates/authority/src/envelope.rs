//! DSSE envelopes with exactly one signature (<https://github.com/secure-systems-lab/dsse>).
//!
//! `{"payload": <base64>, "payloadType": …, "signatures": [{"keyid"?: …, "sig": <base64>}]}`, strict
//! JSON, standard base64 with padding. `keyid` is read and ignored: the issuer stands in the payload.

use crate::digest::Digest;
use crate::fields::{At, Fields, FormatError};
use crate::json::{MAX_PAYLOAD_BYTES, Node, Value};
use crate::key::PublicKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The largest envelope, in bytes: a payload of 64 KiB in base64, and room for the rest.
pub const MAX_ENVELOPE_BYTES: usize = 96 * 1024;

/// A payload type, its payload and one signature, which nothing has checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    payload_type: String,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// Why bytes are not an envelope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Not the JSON of an envelope.
    #[error("not a DSSE envelope: {0}")]
    Format(#[from] FormatError),
    /// None, or more than one.
    #[error("an envelope has exactly one signature, this one has {0}")]
    Signatures(usize),
    /// Not standard base64 with padding.
    #[error("the envelope's `{0}` is not canonical base64")]
    Base64(&'static str),
}

impl Envelope {
    /// An envelope around `payload` with a signature made elsewhere.
    pub fn new(payload_type: &str, payload: Vec<u8>, signature: Vec<u8>) -> Envelope {
        Envelope { payload_type: payload_type.to_owned(), payload, signature }
    }

    /// An envelope without a signature, from what is to be signed: what a signer is given, read back so that
    /// it can show it.
    pub fn of_encoding(encoding: &[u8]) -> Option<Envelope> {
        let rest = encoding.strip_prefix(b"DSSEv1 ")?;
        let (payload_type, rest) = take_counted(rest)?;
        let (payload, rest) = take_counted(rest.strip_prefix(b" ")?)?;
        let payload_type = std::str::from_utf8(payload_type).ok()?;
        let envelope = Envelope::new(payload_type, payload.to_vec(), Vec::new());
        (rest.is_empty() && envelope.pre_authentication_encoding() == encoding).then_some(envelope)
    }

    /// Parses an envelope of at most [`MAX_ENVELOPE_BYTES`].
    pub fn parse(bytes: &[u8]) -> Result<Envelope, EnvelopeError> {
        if bytes.len() > MAX_ENVELOPE_BYTES {
            return Err(FormatError::TooLarge { bytes: bytes.len(), limit: MAX_ENVELOPE_BYTES }.into());
        }
        if let Some(envelope) = read_own_encoding(bytes) {
            return Ok(envelope);
        }
        let mut fields = Fields::of(Node::parse_any_size(bytes)?, At::top())?;
        let payload_type = fields.string("payloadType")?;
        let payload =
            STANDARD.decode(fields.str("payload")?.as_ref()).map_err(|_| EnvelopeError::Base64("payload"))?;
        let signatures = fields.list("signatures")?;
        fields.finish()?;
        let [signature] =
            <[Node<'_>; 1]>::try_from(signatures).map_err(|all| EnvelopeError::Signatures(all.len()))?;
        let mut signature = Fields::of(signature, At::top().field("signatures").item(0))?;
        signature.optional_string("keyid")?;
        let sig =
            STANDARD.decode(signature.str("sig")?.as_ref()).map_err(|_| EnvelopeError::Base64("sig"))?;
        signature.finish()?;
        if payload.len() > MAX_PAYLOAD_BYTES {
            return Err(FormatError::TooLarge { bytes: payload.len(), limit: MAX_PAYLOAD_BYTES }.into());
        }
        Ok(Envelope { payload_type, payload, signature: sig })
    }

    /// The envelope as compact JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Base64 has nothing to escape; a media type might.
        let payload_type = Value::from(self.payload_type.as_str()).encode();
        let (payload, signature) = (STANDARD.encode(&self.payload), STANDARD.encode(&self.signature));
        [
            b"{\"payload\":\"",
            payload.as_bytes(),
            b"\",\"payloadType\":",
            &payload_type,
            b",\"signatures\":[{\"sig\":\"",
            signature.as_bytes(),
            b"\"}]}",
        ]
        .concat()
    }

    /// The media type of the payload.
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// The signed payload.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The signature's bytes.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// What is signed: DSSE's pre-authentication encoding.
    pub fn pre_authentication_encoding(&self) -> Vec<u8> {
        pre_authentication_encoding(&self.payload_type, &self.payload)
    }

    /// Whether the signature is `key`'s over what is signed.
    pub(crate) fn is_signed_by(&self, key: &PublicKey) -> bool {
        let head = pre_authentication_head(&self.payload_type, &self.payload);
        key.verifies_parts(&[head.as_bytes(), &self.payload], &self.signature)
    }

    /// SHA-256 of the pre-authentication encoding: the statement's identity, whoever signed it.
    pub fn statement_digest(&self) -> Digest {
        let head = pre_authentication_head(&self.payload_type, &self.payload);
        Digest::of_parts(&[head.as_bytes(), &self.payload])
    }
}

/// Reads what [`Envelope::to_bytes`] writes, which is what nearly every envelope looks like, without
/// building a tree first. `None` is no judgement: the strict reader decides, and names what is wrong.
///
/// INVARIANT: whatever this reads, the strict reader would read the same.
fn read_own_encoding(bytes: &[u8]) -> Option<Envelope> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (payload, text) = text.strip_prefix("{\"payload\":\"")?.split_once('"')?;
    let (payload_type, text) = text.strip_prefix(",\"payloadType\":\"")?.split_once('"')?;
    let (signature, text) = text.strip_prefix(",\"signatures\":[{\"sig\":\"")?.split_once('"')?;
    let plain = |byte: u8| byte != b'\\' && (byte == b' ' || byte.is_ascii_graphic());
    if text != "}]}" || !payload_type.bytes().all(plain) {
        return None;
    }
    let (payload, signature) = (STANDARD.decode(payload).ok()?, STANDARD.decode(signature).ok()?);
    (payload.len() <= MAX_PAYLOAD_BYTES).then(|| Envelope::new(payload_type, payload, signature))
}

/// `"DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload`, lengths in decimal bytes.
pub(crate) fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut out = pre_authentication_head(payload_type, payload).into_bytes();
    out.extend_from_slice(payload);
    out
}

/// A decimal count, a space, so many bytes; and what stands behind them.
fn take_counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = bytes.iter().position(|byte| *byte == b' ')?;
    let (count, rest) = bytes.split_at_checked(space)?;
    let count = std::str::from_utf8(count).ok()?.parse().ok()?;
    rest.split_at_checked(1)?.1.split_at_checked(count)
}

fn pre_authentication_head(payload_type: &str, payload: &[u8]) -> String {
    format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strictly(bytes: &[u8]) -> Result<Envelope, EnvelopeError> {
        // White space in front is legal and keeps the shortcut out.
        Envelope::parse(&[b" ", bytes].concat())
    }

    #[test]
    fn what_is_signed_reads_back_and_nothing_else_does() {
        let envelope = Envelope::new("application/x y", b"{} 7 {}".to_vec(), Vec::new());
        let encoding = envelope.pre_authentication_encoding();
        assert_eq!(Envelope::of_encoding(&encoding), Some(envelope));
        for cut in 0..encoding.len() {
            assert_eq!(Envelope::of_encoding(encoding.get(..cut).unwrap()), None);
        }
        for bad in [&b"DSSEv1 01 x 0 "[..], b"DSSEv1 +1 x 0 ", b"DSSEv1 1 x 0  ", b"DSSEv1 1 \xff 0 ", b""] {
            assert_eq!(Envelope::of_encoding(bad), None);
        }
    }

    #[test]
    fn the_shortcut_reads_what_the_strict_reader_reads_and_nothing_else() {
        let good = Envelope::new("application/x+json", b"{\"a\":1}".to_vec(), vec![7; 64]).to_bytes();
        assert!(read_own_encoding(&good).is_some());
        let mut read = 0;
        for place in 0..good.len() {
            for byte in 0..=u8::MAX {
                let mut changed = good.clone();
                changed[place] = byte;
                if let Some(envelope) = read_own_encoding(&changed) {
                    assert_eq!(strictly(&changed), Ok(envelope), "byte {byte} at {place}");
                    read += 1;
                }
                assert_eq!(Envelope::parse(&changed).ok(), strictly(&changed).ok(), "byte {byte} at {place}");
            }
            let shorter = good.get(..place).unwrap();
            assert!(read_own_encoding(shorter).is_none() && Envelope::parse(shorter).is_err());
        }
        assert!(read > 1_000, "the shortcut was tried with {read} envelopes only");
        let large = Envelope::new("t", vec![0; MAX_PAYLOAD_BYTES + 1], vec![7; 64]).to_bytes();
        assert!(read_own_encoding(&large).is_none() && Envelope::parse(&large).is_err());
    }
}
