//! Public keys as browsers hand them over: SubjectPublicKeyInfo in DER (RFC 5280), in the one form that each
//! algorithm has. What is cut out here is checked again where the key is made.

use bailiwick_authority::Algorithm;

/// P-256 with an uncompressed point behind it (RFC 5480).
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Ed25519 (RFC 8410).
const ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// rsaEncryption with its NULL (RFC 3279).
const RSA: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// The exponent 65537 as a DER integer, which ends an RSA key.
const EXPONENT: [u8; 5] = [0x02, 0x03, 0x01, 0x00, 0x01];

/// The bytes that an enrolment keeps of a key.
pub(crate) fn key(algorithm: Algorithm, spki: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        Algorithm::Es256 => spki.strip_prefix(&P256).map(<[u8]>::to_vec),
        Algorithm::EdDsa => spki.strip_prefix(&ED25519).map(<[u8]>::to_vec),
        Algorithm::Rs256 => modulus(spki).map(<[u8]>::to_vec),
    }
}

/// SEQUENCE { algorithm, BIT STRING { SEQUENCE { INTEGER modulus, INTEGER 65537 } } }.
fn modulus(spki: &[u8]) -> Option<&[u8]> {
    let outer = whole(spki, 0x30)?.strip_prefix(&RSA)?;
    let bits = whole(outer, 0x03)?.strip_prefix(&[0])?;
    let (integer, rest) = element(whole(bits, 0x30)?, 0x02)?;
    (rest == EXPONENT).then_some(())?;
    integer.strip_prefix(&[0])
}

/// The content of an element that is all there is.
fn whole(der: &[u8], tag: u8) -> Option<&[u8]> {
    element(der, tag).filter(|(_, rest)| rest.is_empty()).map(|(content, _)| content)
}

/// The content of the first element, and what stands behind it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der {
        [first, length, rest @ ..] if *first == tag && *length < 0x80 => (usize::from(*length), rest),
        [first, 0x81, length, rest @ ..] if *first == tag && *length >= 0x80 => (usize::from(*length), rest),
        [first, 0x82, high, low, rest @ ..] if *first == tag && *high > 0 => {
            (usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_testkit::SoftwarePasskey;

    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
        let head = match (high, low) {
            (0, 0..=0x7f) => vec![tag, low],
            (0, _) => vec![tag, 0x81, low],
            _ => vec![tag, 0x82, high, low],
        };
        [head, content.to_vec()].concat()
    }

    fn rsa(modulus: &[u8]) -> Vec<u8> {
        let integer = der(0x02, &[&[0], modulus].concat());
        let bits = [vec![0], der(0x30, &[integer, EXPONENT.to_vec()].concat())].concat();
        der(0x30, &[RSA.to_vec(), der(0x03, &bits)].concat())
    }

    #[test]
    fn each_algorithms_form_is_read_and_no_other() {
        for algorithm in Algorithm::ALL {
            let passkey = SoftwarePasskey::new(algorithm, &[5; 32], false);
            let own = passkey.enrolment().key.clone();
            let spki = match algorithm {
                Algorithm::Es256 => [P256.to_vec(), own.clone()].concat(),
                Algorithm::EdDsa => [ED25519.to_vec(), own.clone()].concat(),
                Algorithm::Rs256 => rsa(&own),
            };
            for other in Algorithm::ALL {
                let found = key(other, &spki);
                assert_eq!(found.as_ref() == Some(&own), other == algorithm, "{algorithm:?} as {other:?}");
            }
            for cut in 0..spki.len() {
                let cut = spki.get(..cut).unwrap();
                assert_ne!(key(algorithm, cut), Some(own.clone()));
            }
        }
        let mut other_exponent = rsa(&[0xff; 256]);
        *other_exponent.last_mut().unwrap() = 3;
        assert_eq!(key(Algorithm::Rs256, &other_exponent), None);
    }
}
