//! How a PIN reaches a security key, and what it gives for it: PIN/UV auth protocols one and two (CTAP 2.1,
//! 6.5.6 and 6.5.7).

use super::cbor::{Map, bytes, map};
use super::report::garbled;
use crate::error::CeremonyError;
use aes::Aes256;
use aes::cipher::{Block, BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use aws_lc_rs::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::{digest, hkdf, hmac};
use ciborium::Value;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

type Secret = Zeroizing<Vec<u8>>;

const IV: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    One,
    Two,
}

impl Protocol {
    /// The first that both sides know.
    pub(super) fn of(numbers: &[i64]) -> Option<Protocol> {
        numbers.iter().find_map(|number| match number {
            1 => Some(Protocol::One),
            2 => Some(Protocol::Two),
            _ => None,
        })
    }

    pub(super) fn number(self) -> i64 {
        match self {
            Protocol::One => 1,
            Protocol::Two => 2,
        }
    }

    /// What proves that whoever asks has the token.
    pub(super) fn authenticate(self, token: &[u8], message: &[u8]) -> Vec<u8> {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, token), message);
        let length = if self == Protocol::One { 16 } else { 32 };
        tag.as_ref().iter().take(length).copied().collect()
    }
}

/// A secret that this program and the security key have come to share.
pub(super) struct Shared {
    protocol: Protocol,
    aes: Secret,
    /// Our half of the agreement, for the key.
    pub(super) ours: Value,
}

impl Shared {
    /// Agrees with the half that the key sent, in COSE.
    pub(super) fn agree(protocol: Protocol, theirs: &Map) -> Result<Shared, CeremonyError> {
        let broken = || garbled("no secret can be agreed on");
        let point = point(theirs).ok_or_else(broken)?;
        let own = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).map_err(|_| broken())?;
        let public = own.compute_public_key().map_err(|_| broken())?;
        let ours = cose(public.as_ref()).ok_or_else(broken)?;
        let theirs = UnparsedPublicKey::new(&ECDH_P256, point);
        let aes = agree_ephemeral(own, theirs, (), |x| derive(protocol, x)).map_err(|()| broken())?;
        Ok(Shared { protocol, aes, ours })
    }

    /// The PIN, as the key wants it: the first half of its hash, encrypted.
    pub(super) fn encrypt_pin(&self, pin: &str) -> Result<Vec<u8>, CeremonyError> {
        let pin: Zeroizing<String> = Zeroizing::new(pin.nfc().collect());
        let hash = digest::digest(&digest::SHA256, pin.as_bytes());
        let half: Secret = Zeroizing::new(hash.as_ref().iter().take(16).copied().collect());
        let mut iv = [0; IV];
        if self.protocol == Protocol::Two {
            getrandom::fill(&mut iv).map_err(|error| CeremonyError::System(error.to_string()))?;
        }
        let mut cipher = cbc::Encryptor::<Aes256>::new_from_slices(&self.aes, &iv).map_err(|_| length())?;
        let encrypted = blocks(&half, |block| cipher.encrypt_block(block))?;
        let sent = if self.protocol == Protocol::Two { iv.as_slice() } else { &[] };
        Ok([sent, &encrypted].concat())
    }

    /// The token that the key gave, decrypted.
    pub(super) fn decrypt_token(&self, encrypted: &[u8]) -> Result<Secret, CeremonyError> {
        let (iv, encrypted) = match self.protocol {
            Protocol::One => ([0; IV].as_slice(), encrypted),
            Protocol::Two => encrypted.split_at_checked(IV).ok_or_else(length)?,
        };
        if encrypted.is_empty() {
            return Err(length());
        }
        let mut cipher = cbc::Decryptor::<Aes256>::new_from_slices(&self.aes, iv).map_err(|_| length())?;
        blocks(encrypted, |block| cipher.decrypt_block(block))
    }
}

/// The key of the cipher, of the x of the point that both have.
fn derive(protocol: Protocol, x: &[u8]) -> Result<Secret, ()> {
    if protocol == Protocol::One {
        return Ok(Zeroizing::new(digest::digest(&digest::SHA256, x).as_ref().to_vec()));
    }
    let mut key = Zeroizing::new(vec![0; 32]);
    hkdf::Salt::new(hkdf::HKDF_SHA256, &[0; 32])
        .extract(x)
        .expand(&[b"CTAP2 AES key"], hkdf::HKDF_SHA256)
        .and_then(|expanded| expanded.fill(&mut key))
        .map_err(|_| ())?;
    Ok(key)
}

/// Whole blocks, one after the other.
fn blocks(text: &[u8], mut each: impl FnMut(&mut Block<Aes256>)) -> Result<Secret, CeremonyError> {
    let mut done = Zeroizing::new(Vec::with_capacity(text.len()));
    for part in text.chunks(16) {
        let mut block = Block::<Aes256>::try_from(part).map_err(|_| length())?;
        each(&mut block);
        done.extend_from_slice(&block);
    }
    Ok(done)
}

fn length() -> CeremonyError {
    garbled("something encrypted has no whole blocks")
}

/// 0x04, x, y of a COSE key on P-256.
pub(super) fn point(key: &Map) -> Option<Vec<u8>> {
    let (x, y) = (key.bytes_at(-2)?, key.bytes_at(-3)?);
    (x.len() == 32 && y.len() == 32).then(|| [&[0x04], x, y].concat())
}

/// A key agreement's half in COSE: EC2, ECDH-ES with HKDF-256, P-256.
fn cose(point: &[u8]) -> Option<Value> {
    let (x, y) = point.strip_prefix(&[0x04])?.split_at_checked(32)?;
    Some(map([
        (1, Value::from(2)),
        (3, Value::from(-25)),
        (-1, Value::from(1)),
        (-2, bytes(x)),
        (-3, bytes(y)),
    ]))
}
