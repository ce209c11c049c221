//! A WebAuthn key: what was enrolled, and the one encoding of it that its key id is made of.
//!
//! Everything that a verifier holds an assertion against stands in the key itself: algorithm, relying
//! party, origins. Nothing of it is ever taken from an envelope, an assertion or a setting.

use crate::connection::web_origin;
use crate::fields::{At, Fields, FormatError};
use crate::json::{Node, Value};
use crate::key::strict;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use std::fmt;

/// The origin of assertions that a security key makes without a browser. It is no address, so that no page
/// can have it.
pub const SECURITY_KEY_ORIGIN: &str = "bailiwick:security-key";

/// The largest public bytes of a key.
const MAX_PUBLIC_BYTES: usize = 4_096;

/// Credential ids have 16 to 1,023 bytes (WebAuthn, 4).
const CREDENTIAL_BYTES: std::ops::RangeInclusive<usize> = 16..=1_023;

const MAX_ORIGINS: usize = 8;

/// The one exponent of RSA keys: 65537.
const EXPONENT: [u8; 3] = [1, 0, 1];

/// A signature algorithm of COSE, by its registered name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256: −7.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256: −257.
    Rs256,
    /// Ed25519: −8.
    EdDsa,
}

impl Algorithm {
    /// Every algorithm, the one to be preferred first.
    pub const ALL: [Algorithm; 3] = [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256];

    /// The name in COSE's registry.
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::Es256 => "ES256",
            Algorithm::Rs256 => "RS256",
            Algorithm::EdDsa => "EdDSA",
        }
    }

    /// The number in COSE's registry.
    pub fn cose(self) -> i64 {
        match self {
            Algorithm::Es256 => -7,
            Algorithm::Rs256 => -257,
            Algorithm::EdDsa => -8,
        }
    }

    fn of_name(name: &str) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }
}

/// What is fixed when a WebAuthn key is enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// How it signs.
    pub algorithm: Algorithm,
    /// The public key: for ES256 the point as 0x04, x, y; for RS256 the modulus, big-endian, the exponent
    /// being 65537; for EdDSA the 32 bytes.
    pub key: Vec<u8>,
    /// The credential's id, by which an authenticator finds it.
    pub credential: Vec<u8>,
    /// The relying party: a lower-case host name of at least two labels.
    pub rp_id: String,
    /// Where assertions may be made, in byte order: web origins at the relying party's host, or below it,
    /// or [`SECURITY_KEY_ORIGIN`].
    pub origins: Vec<String>,
    /// Whether the authenticator says that the credential may be copied to other devices.
    pub synced: bool,
}

/// A WebAuthn key.
///
/// INVARIANT: made only by [`WebAuthnKey::new`], from an enrolment that holds together.
pub struct WebAuthnKey {
    enrolment: Enrolment,
    public: Vec<u8>,
    verifier: Verifier,
}

enum Verifier {
    Parsed(Box<ParsedPublicKey>),
    Ed25519(VerifyingKey),
}

impl WebAuthnKey {
    pub(super) fn new(enrolment: Enrolment) -> Result<WebAuthnKey, &'static str> {
        if !CREDENTIAL_BYTES.contains(&enrolment.credential.len()) {
            return Err("a credential id has 16 to 1023 bytes");
        }
        check_rp_id(&enrolment.rp_id)?;
        check_origins(&enrolment.origins, &enrolment.rp_id)?;
        let verifier = Verifier::read(enrolment.algorithm, &enrolment.key)?;
        let public = encode(&enrolment);
        if public.len() > MAX_PUBLIC_BYTES {
            return Err("longer than 4096 bytes");
        }
        Ok(WebAuthnKey { enrolment, public, verifier })
    }

    /// Reads public bytes, which must be the one encoding of what they say.
    pub(super) fn read(public: &[u8]) -> Result<WebAuthnKey, &'static str> {
        if public.len() > MAX_PUBLIC_BYTES {
            return Err("longer than 4096 bytes");
        }
        let enrolment = decode(public).map_err(|_| "not a WebAuthn key")?;
        let key = WebAuthnKey::new(enrolment)?;
        if key.public != public { Err("not the one encoding of this key") } else { Ok(key) }
    }

    /// The public bytes.
    pub(super) fn public(&self) -> &[u8] {
        &self.public
    }

    /// What was enrolled.
    pub fn enrolment(&self) -> &Enrolment {
        &self.enrolment
    }

    /// Whether `signature` over `message` verifies under the enrolled algorithm.
    pub(super) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.verifier {
            Verifier::Parsed(key) => key.verify_sig(message, signature).is_ok(),
            Verifier::Ed25519(key) => Signature::from_slice(signature)
                .is_ok_and(|signature| strict::verifies(key, &[message], &signature)),
        }
    }
}

impl fmt::Debug for WebAuthnKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.enrolment.fmt(f)
    }
}

impl Verifier {
    fn read(algorithm: Algorithm, key: &[u8]) -> Result<Verifier, &'static str> {
        match algorithm {
            Algorithm::Es256 => {
                if key.len() != 65 || key.first() != Some(&4) {
                    return Err("an ES256 key is an uncompressed point: 65 bytes, the first one 4");
                }
                let parsed = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key);
                parsed.map(Verifier::parsed).map_err(|_| "not a point of P-256")
            }
            Algorithm::Rs256 => {
                let high = key.first().is_some_and(|byte| byte & 0x80 != 0);
                let odd = key.last().is_some_and(|byte| byte & 1 != 0);
                if !matches!(key.len(), 256 | 384 | 512) || !high || !odd {
                    return Err("an RS256 key is an odd modulus of 2048, 3072 or 4096 bits");
                }
                let parsed = RsaPublicKeyComponents { n: key, e: EXPONENT.as_slice() }
                    .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256);
                parsed.map(Verifier::parsed).map_err(|_| "not an RSA key")
            }
            Algorithm::EdDsa => strict::read(key).map(Verifier::Ed25519),
        }
    }

    fn parsed(key: ParsedPublicKey) -> Verifier {
        Verifier::Parsed(Box::new(key))
    }
}

/// A host name in lower case, of at least two labels, that is no address.
fn check_rp_id(rp_id: &str) -> Result<(), &'static str> {
    let as_origin = format!("https://{rp_id}");
    let is_host = web_origin(&as_origin).is_ok_and(|host| host == rp_id);
    if is_host && rp_id.contains('.') && rp_id.parse::<std::net::Ipv4Addr>().is_err() {
        Ok(())
    } else {
        Err("a relying party is a lower-case host name of at least two labels")
    }
}

fn check_origins(origins: &[String], rp_id: &str) -> Result<(), &'static str> {
    if origins.is_empty() || origins.len() > MAX_ORIGINS {
        return Err("a key has 1 to 8 origins");
    }
    if !origins.array_windows().all(|[one, next]| one < next) {
        return Err("origins stand in the order of their bytes, none twice");
    }
    let at_rp = |origin: &String| {
        web_origin(origin).is_ok_and(|host| {
            host.strip_suffix(rp_id).is_some_and(|above| above.is_empty() || above.ends_with('.'))
        })
    };
    if origins.iter().all(|origin| origin == SECURITY_KEY_ORIGIN || at_rp(origin)) {
        Ok(())
    } else {
        Err("an origin is not one of the relying party's")
    }
}

fn encode(enrolment: &Enrolment) -> Vec<u8> {
    Value::object([
        ("algorithm", Value::from(enrolment.algorithm.as_str())),
        ("credential", Value::from(STANDARD.encode(&enrolment.credential))),
        ("key", Value::from(STANDARD.encode(&enrolment.key))),
        ("origins", Value::strings(enrolment.origins.iter())),
        ("rp_id", Value::from(enrolment.rp_id.as_str())),
        ("synced", Value::from(enrolment.synced)),
    ])
    .encode()
}

fn decode(public: &[u8]) -> Result<Enrolment, FormatError> {
    let mut fields = Fields::of(Node::parse(public)?, At::unknown())?;
    let algorithm = fields.str("algorithm")?;
    let algorithm = Algorithm::of_name(&algorithm)
        .ok_or_else(|| fields.invalid("algorithm", "not one of `ES256`, `RS256`, `EdDSA`"))?;
    let enrolment = Enrolment {
        algorithm,
        key: fields.base64("key")?,
        credential: fields.base64("credential")?,
        rp_id: fields.string("rp_id")?,
        origins: fields.each("origins", |item, at| match item {
            Node::Str(text) => Ok(text.into_owned()),
            _ => Err(at.wrong("a string")),
        })?,
        synced: fields.flag("synced")?,
    };
    fields.finish()?;
    Ok(enrolment)
}

#[cfg(test)]
mod tests;
