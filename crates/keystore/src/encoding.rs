//! Ed25519 private keys as PKCS#8 (RFC 8410), in the one form that OpenSSL 3.0 reads too.
//!
//! That form is version 1, without the public half: version 2 is refused by OpenSSL. So
//! the public half is kept beside the key where it must be readable without unlocking.

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::{EncodePrivateKey, KeypairBytes, spki::der::pem::LineEnding};
use pkcs8::{DecodePrivateKey, SecretDocument};
use zeroize::Zeroizing;

/// Why bytes are not an Ed25519 private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 private key in PKCS#8")]
pub(crate) struct NotAKey;

/// A new key from the system's randomness.
pub(crate) fn generate() -> Result<SigningKey, getrandom::Error> {
    let mut seed = Zeroizing::new([0_u8; 32]);
    getrandom::fill(seed.as_mut())?;
    Ok(SigningKey::from_bytes(&seed))
}

/// PKCS#8 version 1, DER.
pub(crate) fn to_der(key: &SigningKey) -> Result<SecretDocument, NotAKey> {
    without_public(key).to_pkcs8_der().map_err(|_| NotAKey)
}

/// PKCS#8 version 1, PEM (`PRIVATE KEY`).
pub(crate) fn to_pem(key: &SigningKey) -> Result<Zeroizing<String>, NotAKey> {
    without_public(key).to_pkcs8_pem(LineEnding::LF).map_err(|_| NotAKey)
}

/// Reads DER of either version; a public half that does not fit is refused.
pub(crate) fn from_der(der: &[u8]) -> Result<SigningKey, NotAKey> {
    SigningKey::from_pkcs8_der(der).map_err(|_| NotAKey)
}

/// Reads PEM of either version; a public half that does not fit is refused.
pub(crate) fn from_pem(pem: &[u8]) -> Result<SigningKey, NotAKey> {
    let text = std::str::from_utf8(pem).map_err(|_| NotAKey)?;
    SigningKey::from_pkcs8_pem(text).map_err(|_| NotAKey)
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads exactly 32 bytes of lower-case hexadecimal.
pub(crate) fn unhex32(text: &str) -> Option<[u8; 32]> {
    let mut out = [0_u8; 32];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != out.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in out.iter_mut().zip(pairs) {
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    Some(out)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

fn without_public(key: &SigningKey) -> KeypairBytes {
    KeypairBytes { secret_key: key.to_bytes(), public_key: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_example_of_rfc_8410() {
        let pem = b"-----BEGIN PRIVATE KEY-----\n\
            MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
            -----END PRIVATE KEY-----\n";
        let key = from_pem(pem).unwrap();
        assert_eq!(
            hex(key.verifying_key().as_bytes()),
            "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"
        );
        assert_eq!(to_pem(&key).unwrap().as_bytes(), pem);
    }

    #[test]
    fn refuses_a_public_half_of_another_key() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let other = SigningKey::from_bytes(&[8; 32]);
        let mixed = KeypairBytes {
            secret_key: key.to_bytes(),
            public_key: Some(ed25519_dalek::pkcs8::PublicKeyBytes(other.verifying_key().to_bytes())),
        };
        assert!(from_der(mixed.to_pkcs8_der().unwrap().as_bytes()).is_err());
    }

    #[test]
    fn hexadecimal_reads_back() {
        let bytes: [u8; 32] = std::array::from_fn(|i| u8::try_from(i * 8).unwrap());
        assert_eq!(unhex32(&hex(&bytes)), Some(bytes));
        assert_eq!(unhex32(&hex(&bytes).to_uppercase()), None);
        assert_eq!(unhex32("00"), None);
    }
}
