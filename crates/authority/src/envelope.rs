//! DSSE envelopes with exactly one signature (<https://github.com/secure-systems-lab/dsse>).
//!
//! `{"payload": <base64>, "payloadType": …, "signatures": [{"keyid"?: …, "sig": <base64>}]}`, strict
//! JSON, standard base64 with padding. `keyid` is read and ignored: the issuer stands in the payload.

use crate::digest::Digest;
use crate::fields::{Fields, FormatError};
use crate::json::{MAX_PAYLOAD_BYTES, Value};
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

    /// Parses an envelope of at most [`MAX_ENVELOPE_BYTES`].
    pub fn parse(bytes: &[u8]) -> Result<Envelope, EnvelopeError> {
        if bytes.len() > MAX_ENVELOPE_BYTES {
            return Err(FormatError::TooLarge { bytes: bytes.len(), limit: MAX_ENVELOPE_BYTES }.into());
        }
        let mut fields = Fields::of(Value::parse_any_size(bytes)?, "")?;
        let payload_type = fields.string("payloadType")?;
        let payload =
            STANDARD.decode(fields.string("payload")?).map_err(|_| EnvelopeError::Base64("payload"))?;
        let signatures = fields.list("signatures")?;
        fields.finish()?;
        let [signature] =
            <[Value; 1]>::try_from(signatures).map_err(|all| EnvelopeError::Signatures(all.len()))?;
        let mut signature = Fields::of(signature, "signatures[0]")?;
        signature.optional_string("keyid")?;
        let sig = STANDARD.decode(signature.string("sig")?).map_err(|_| EnvelopeError::Base64("sig"))?;
        signature.finish()?;
        if payload.len() > MAX_PAYLOAD_BYTES {
            return Err(FormatError::TooLarge { bytes: payload.len(), limit: MAX_PAYLOAD_BYTES }.into());
        }
        Ok(Envelope { payload_type, payload, signature: sig })
    }

    /// The envelope as compact JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        let signature = Value::object([("sig", Value::Str(STANDARD.encode(&self.signature)))]);
        Value::object([
            ("payload", Value::Str(STANDARD.encode(&self.payload))),
            ("payloadType", Value::Str(self.payload_type.clone())),
            ("signatures", Value::List(vec![signature])),
        ])
        .encode()
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

    /// SHA-256 of the pre-authentication encoding: the statement's identity, whoever signed it.
    pub fn statement_digest(&self) -> Digest {
        Digest::of(&self.pre_authentication_encoding())
    }
}

/// `"DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload`, lengths in decimal bytes.
pub(crate) fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut out = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    out.extend_from_slice(payload);
    out
}
