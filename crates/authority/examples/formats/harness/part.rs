//! One envelope in the making: a payload that may be anything, and a place to interfere at every step
//! from there to the envelope's bytes.

use super::keys::{passkey, signer};
use bailiwick_authority::{Digest, Envelope, Value};
use bailiwick_testkit::Ceremony;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

type Bytes = Box<dyn Fn(Vec<u8>) -> Vec<u8>>;
type Wrap = Box<dyn Fn(&str, &[u8], &[u8]) -> Vec<u8>>;

/// An envelope in the making.
pub(crate) struct Part {
    /// The payload type that is signed and stands in the envelope.
    pub(crate) payload_type: String,
    pub(crate) payload: Value,
    /// The name of the key that signs, whatever the payload says.
    pub(crate) signer: &'static str,
    /// Whether `parent` or `leaf` is filled in with the digest of the part above.
    pub(crate) relink: bool,
    /// Changes the payload's bytes before they are signed.
    pub(crate) before: Option<Bytes>,
    /// Changes the payload's bytes after they were signed.
    pub(crate) after: Option<Bytes>,
    /// Stands in the envelope in place of the payload type that was signed.
    pub(crate) shown_type: Option<String>,
    /// Makes what is signed, in place of the pre-authentication encoding.
    pub(crate) signed: Option<Wrap>,
    /// Changes the signature.
    pub(crate) signature: Option<Bytes>,
    /// Changes what a passkey is told before it signs.
    pub(crate) ceremony: Option<fn(&mut Ceremony)>,
    /// Writes the envelope, in place of [`wrap`].
    pub(crate) wrap: Option<Wrap>,
}

impl Part {
    pub(crate) fn new(kind: &str, payload: Value, signer: &'static str) -> Part {
        let payload_type = match kind {
            "receipt" | "finding" => "application/vnd.in-toto+json".to_owned(),
            kind => format!("application/vnd.bailiwick.{kind}.v1+json"),
        };
        Part {
            payload_type,
            payload,
            signer,
            relink: true,
            before: None,
            after: None,
            shown_type: None,
            signed: None,
            signature: None,
            ceremony: None,
            wrap: None,
        }
    }

    /// The envelope's bytes and its statement digest.
    pub(crate) fn build(&self) -> (Vec<u8>, String) {
        let edit = |edit: &Option<Bytes>, bytes: Vec<u8>| match edit {
            Some(edit) => edit(bytes),
            None => bytes,
        };
        let payload = edit(&self.before, self.payload.encode());
        let message = match &self.signed {
            Some(signed) => signed(&self.payload_type, &payload, &[]),
            None => pae(&self.payload_type, &payload),
        };
        let signature = edit(&self.signature, self.sign(&message));
        let payload = edit(&self.after, payload);
        let shown = self.shown_type.as_deref().unwrap_or(&self.payload_type);
        let digest = Digest::of(&pae(shown, &payload)).to_string();
        let bytes = match &self.wrap {
            Some(wrap) => wrap(shown, &payload, &signature),
            None => wrap(shown, &payload, &signature),
        };
        (bytes, digest)
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match (self.ceremony, passkey(self.signer)) {
            (Some(change), Some(passkey)) => {
                let mut ceremony = passkey.ceremony(message);
                change(&mut ceremony);
                passkey.assert(&ceremony).encode()
            }
            _ => signer(self.signer).sign(message).unwrap(),
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.build().0
    }
}

pub(crate) fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    Envelope::new(payload_type, payload.to_vec(), Vec::new()).pre_authentication_encoding()
}

pub(crate) fn wrap(payload_type: &str, payload: &[u8], signature: &[u8]) -> Vec<u8> {
    Envelope::new(payload_type, payload.to_vec(), signature.to_vec()).to_bytes()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// An envelope of the given texts, in which `{t}`, `{p}` and `{s}` stand for payload type, payload and
/// signature in base64.
pub(crate) fn template(text: &'static str) -> Wrap {
    Box::new(move |payload_type, payload, signature| {
        text.replace("{t}", payload_type)
            .replace("{p}", &base64(payload))
            .replace("{s}", &base64(signature))
            .into_bytes()
    })
}

/// Replaces the first `from` in a text by `to`; there must be one.
pub(crate) fn replacing(from: impl Into<String>, to: impl Into<String>) -> Bytes {
    let (from, to) = (from.into(), to.into());
    Box::new(move |bytes| {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(&from), "`{from}` is not in `{text}`");
        text.replacen(&from, &to, 1).into_bytes()
    })
}
