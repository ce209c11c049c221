//! An authenticator in software, which answers whatever it is told to: good assertions, and each kind of
//! bad one with a good signature on it.
//!
//! Its signatures are the same every time (ECDSA by RFC 6979), so that vectors can be made with it.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use bailiwick_authority::{Algorithm, Assertion, Digest, Enrolment, PublicKey, SignError, Signer};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer as _;
use p256::ecdsa;

/// The relying party of the product.
pub const RP_ID: &str = "bailiwick.localhost";
/// Where the tests' keys were enrolled, unless they say otherwise.
pub const ORIGIN: &str = "http://bailiwick.localhost:7311";
/// Somebody touched the key.
pub const UP: u8 = 0x01;
/// The key verified who.
pub const UV: u8 = 0x04;

const BACKUP_ELIGIBLE: u8 = 0x08;

/// One key for all of RS256: making another takes a second, and its secrecy matters to nobody.
const RSA: &[u8] = include_bytes!("rsa-2048.pk8");

/// A key in software that is a passkey or a security key elsewhere.
pub struct SoftwarePasskey {
    secret: Secret,
    public: PublicKey,
}

enum Secret {
    P256(ecdsa::SigningKey),
    Rsa(RsaKeyPair),
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

/// What an assertion says. Every field may be wrong.
#[derive(Clone, Debug)]
pub struct Ceremony {
    /// `webauthn.get`.
    pub kind: String,
    /// The digest of what is signed.
    pub challenge: Digest,
    /// Where the page was.
    pub origin: String,
    /// Whether the page was inside another.
    pub cross_origin: Option<bool>,
    /// Inside which.
    pub top_origin: Option<String>,
    /// The relying party whose hash is signed.
    pub rp_id: String,
    /// The flags of the authenticator data.
    pub flags: u8,
    /// How often the key has signed.
    pub counter: u32,
    /// What stands after the counter.
    pub extensions: Vec<u8>,
}

impl SoftwarePasskey {
    /// The key of a seed, enrolled at [`RP_ID`] and [`ORIGIN`].
    pub fn new(algorithm: Algorithm, seed: &[u8; 32], synced: bool) -> SoftwarePasskey {
        SoftwarePasskey::at(algorithm, seed, synced, RP_ID, &[ORIGIN])
    }

    /// As [`SoftwarePasskey::new`], enrolled elsewhere. Origins stand in the order of their bytes.
    pub fn at(
        algorithm: Algorithm,
        seed: &[u8; 32],
        synced: bool,
        rp_id: &str,
        origins: &[&str],
    ) -> SoftwarePasskey {
        let secret = match algorithm {
            Algorithm::Es256 => Secret::P256(ecdsa::SigningKey::from_slice(seed).unwrap()),
            Algorithm::Rs256 => Secret::Rsa(RsaKeyPair::from_pkcs8(RSA).unwrap()),
            Algorithm::EdDsa => Secret::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(seed))),
        };
        let key = match &secret {
            Secret::P256(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            // RSAPublicKey in DER, of 2048 bits and the exponent 65537: nine bytes, the modulus, five bytes.
            Secret::Rsa(key) => key.public_key().as_ref().get(9..265).unwrap().to_vec(),
            Secret::Ed25519(key) => key.verifying_key().to_bytes().to_vec(),
        };
        let enrolment = Enrolment {
            algorithm,
            key,
            credential: Digest::of_parts(&[b"credential of ", seed]).as_bytes().to_vec(),
            rp_id: rp_id.to_owned(),
            origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
            synced,
        };
        SoftwarePasskey { secret, public: PublicKey::webauthn(enrolment).unwrap() }
    }

    /// What was enrolled.
    pub fn enrolment(&self) -> &Enrolment {
        self.public.as_webauthn().unwrap().enrolment()
    }

    /// A good ceremony over `message`, at the first of the key's origins.
    pub fn ceremony(&self, message: &[u8]) -> Ceremony {
        let enrolment = self.enrolment();
        Ceremony {
            kind: "webauthn.get".into(),
            challenge: Digest::of(message),
            origin: enrolment.origins.first().unwrap().clone(),
            cross_origin: Some(false),
            top_origin: None,
            rp_id: enrolment.rp_id.clone(),
            flags: UP | UV | if enrolment.synced { BACKUP_ELIGIBLE } else { 0 },
            counter: 1,
            extensions: Vec::new(),
        }
    }

    /// Signs what the ceremony says, whatever it is.
    pub fn assert(&self, ceremony: &Ceremony) -> Assertion {
        self.assert_over(ceremony.authenticator_data(), ceremony.client_data())
    }

    /// Signs these bytes, whatever they are.
    pub fn assert_over(&self, authenticator_data: Vec<u8>, client_data: Vec<u8>) -> Assertion {
        let message = [authenticator_data.as_slice(), Digest::of(&client_data).as_bytes()].concat();
        Assertion { signature: self.sign_bytes(&message), authenticator_data, client_data }
    }

    pub(crate) fn sign_bytes(&self, message: &[u8]) -> Vec<u8> {
        match &self.secret {
            Secret::P256(key) => {
                let signature: ecdsa::Signature = ecdsa::signature::Signer::sign(key, message);
                signature.to_der().as_bytes().to_vec()
            }
            Secret::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
                signature
            }
            Secret::Ed25519(key) => key.sign(message).to_vec(),
        }
    }
}

impl Ceremony {
    /// As Chromium writes them, with what it adds so that nobody compares them with a template.
    pub fn client_data(&self) -> Vec<u8> {
        let challenge = URL_SAFE_NO_PAD.encode(self.challenge.as_bytes());
        let mut text =
            format!(r#"{{"type":"{}","challenge":"{challenge}","origin":"{}""#, self.kind, self.origin);
        if let Some(cross) = self.cross_origin {
            text.push_str(&format!(r#","crossOrigin":{cross}"#));
        }
        if let Some(top) = &self.top_origin {
            text.push_str(&format!(r#","topOrigin":"{top}""#));
        }
        text.push_str(
            r#","other_keys_can_be_added_here":"do not compare clientDataJSON against a template"}"#,
        );
        text.into_bytes()
    }

    /// The relying party's hash, flags, counter, extensions.
    pub fn authenticator_data(&self) -> Vec<u8> {
        let mut data = Digest::of(self.rp_id.as_bytes()).as_bytes().to_vec();
        data.push(self.flags);
        data.extend_from_slice(&self.counter.to_be_bytes());
        data.extend_from_slice(&self.extensions);
        data
    }
}

impl Signer for SoftwarePasskey {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(self.assert(&self.ceremony(message)).encode())
    }
}
