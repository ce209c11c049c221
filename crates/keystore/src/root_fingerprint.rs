//! What names an App's private key without showing it: the fingerprint that a connection statement pins.
//!
//! It is SHA-256 of the public half as SubjectPublicKeyInfo (RFC 5280, DER), the same digest that
//! GitHub shows beside an App's key and that `openssl pkey -pubout -outform der | sha256sum` prints.
//! Nothing here decides whether the key is accepted anywhere.

use pkcs8::der::asn1::UintRef;
use pkcs8::der::{Decode, Reader, SliceReader};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef, SecretDocument};
use sha2::{Digest, Sha256};

/// `rsaEncryption` (RFC 8017, appendix C).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// `SEQUENCE { rsaEncryption, NULL }`: the algorithm of an RSA key in a SubjectPublicKeyInfo.
const RSA_ALGORITHM: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

/// 2048 bits.
const LEAST_MODULUS_BYTES: usize = 256;

/// Why a text is not an App's private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RootFingerprintError {
    /// Not PEM, or something else in PEM.
    #[error("this is not a private key in PEM")]
    NotAPrivateKey,
    /// A key under a passphrase.
    #[error("this private key is encrypted with a passphrase")]
    Encrypted,
    /// A key of another kind.
    #[error("this is not an RSA key")]
    NotRsa,
    /// Too short to be safe; GitHub does not make such keys.
    #[error("this RSA key is shorter than 2048 bits")]
    TooShort,
}

impl RootFingerprintError {
    /// What the person can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotAPrivateKey | Self::NotRsa | Self::TooShort => {
                "use the `.pem` file that GitHub gave when the App's private key was generated"
            }
            Self::Encrypted => "decrypt it first: `openssl pkey -in key.pem -out plain.pem`",
        }
    }
}

/// The fingerprint of an RSA private key in PEM (PKCS#1 as GitHub gives it, or PKCS#8).
pub fn root_fingerprint(pem: &str) -> Result<[u8; 32], RootFingerprintError> {
    if pem.contains("ENCRYPTED") {
        return Err(RootFingerprintError::Encrypted);
    }
    let (label, document) =
        SecretDocument::from_pem(pem.trim()).map_err(|_| RootFingerprintError::NotAPrivateKey)?;
    let spki = match label {
        "RSA PRIVATE KEY" => public_half(document.as_bytes())?,
        "PRIVATE KEY" => {
            let info = PrivateKeyInfoRef::from_der(document.as_bytes())
                .map_err(|_| RootFingerprintError::NotAPrivateKey)?;
            if info.algorithm.oid != RSA {
                return Err(RootFingerprintError::NotRsa);
            }
            public_half(info.private_key.as_bytes())?
        }
        "EC PRIVATE KEY" => return Err(RootFingerprintError::NotRsa),
        _ => return Err(RootFingerprintError::NotAPrivateKey),
    };
    Ok(Sha256::digest(spki).into())
}

/// The SubjectPublicKeyInfo of an `RSAPrivateKey` (RFC 8017, appendix A.1.2).
fn public_half(pkcs1: &[u8]) -> Result<Vec<u8>, RootFingerprintError> {
    let (modulus, exponent) = read(pkcs1).map_err(|_| RootFingerprintError::NotRsa)?;
    if modulus.len() < LEAST_MODULUS_BYTES {
        return Err(RootFingerprintError::TooShort);
    }
    let key = tlv(SEQUENCE, &[integer(&modulus), integer(&exponent)].concat());
    let bits = tlv(BIT_STRING, &[&[0][..], &key].concat());
    Ok(tlv(SEQUENCE, &[&RSA_ALGORITHM[..], &bits].concat()))
}

/// Modulus and public exponent, without leading zeros.
fn read(pkcs1: &[u8]) -> Result<(Vec<u8>, Vec<u8>), pkcs8::der::Error> {
    let mut reader = SliceReader::new(pkcs1)?;
    let (modulus, exponent) = reader.sequence(|key| {
        let _version = u8::decode(key)?;
        let modulus = UintRef::decode(key)?.as_bytes().to_vec();
        let exponent = UintRef::decode(key)?.as_bytes().to_vec();
        for _the_private_half in 0..6 {
            UintRef::decode(key)?;
        }
        Ok::<_, pkcs8::der::Error>((modulus, exponent))
    })?;
    reader.finish()?;
    Ok((modulus, exponent))
}

/// A positive INTEGER.
fn integer(magnitude: &[u8]) -> Vec<u8> {
    let sign = if magnitude.first().is_none_or(|byte| byte & 0x80 != 0) { &[0][..] } else { &[][..] };
    tlv(INTEGER, &[sign, magnitude].concat())
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.iter().copied().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match length.as_slice() {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        // At most eight bytes of length, so the count always fits beside the flag.
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(0x7f));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_an_rsa_private_key_is_refused_by_its_kind() {
        use RootFingerprintError as Error;
        let cases = [
            ("", Error::NotAPrivateKey),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", Error::NotAPrivateKey),
            ("-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----\n", Error::NotRsa),
            (
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
                Error::Encrypted,
            ),
            (
                "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n",
                Error::NotRsa,
            ),
        ];
        for (pem, error) in cases {
            assert_eq!(root_fingerprint(pem), Err(error), "{pem}");
        }
    }
}
