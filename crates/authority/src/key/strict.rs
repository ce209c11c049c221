//! Strict Ed25519 (RFC 8032), without computing what a comparison can say.
//!
//! The library's own strict verification decompresses R only to see whether it is of small order. Its
//! plain verification compares R's bytes with those of a computed point, so an R that passes is the
//! canonical encoding of a point, and the eight points of small order have canonical encodings that are
//! known. Comparing with them accepts and refuses exactly the same, and saves a tenth of each
//! verification. The key is held against small order once, when it is read.

use ed25519_dalek::ed25519::signature::MultipartVerifier as _;
use ed25519_dalek::{Signature, VerifyingKey};

/// The `y` of the points of small order, little-endian, without the sign of `x`.
const SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    {
        let mut one = [0; 32];
        one[0] = 1;
        one
    },
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    MINUS_ONE,
];

/// `p - 1`, little-endian.
const MINUS_ONE: [u8; 32] = {
    let mut bytes = [0xff; 32];
    bytes[0] = 0xec;
    bytes[31] = 0x7f;
    bytes
};

const SIGN: u8 = 0x80;

/// A public key: 32 bytes that encode a point canonically, not of small order.
pub(super) fn read(bytes: &[u8]) -> Result<VerifyingKey, &'static str> {
    let bytes: &[u8; 32] = bytes.try_into().map_err(|_| "an Ed25519 public key has 32 bytes")?;
    let key = VerifyingKey::from_bytes(bytes).map_err(|_| "not a point of the curve")?;
    if !is_canonical(bytes) {
        return Err("not the canonical encoding of its point");
    }
    if key.is_weak() {
        return Err("a point of small order");
    }
    Ok(key)
}

/// Whether `signature` over the parts of `message`, one after the other, is `key`'s.
/// INVARIANT: `key` is not of small order.
pub(super) fn verifies(key: &VerifyingKey, message: &[&[u8]], signature: &Signature) -> bool {
    !is_of_small_order(signature.r_bytes()) && key.multipart_verify(message, signature).is_ok()
}

/// Whether the encoding of a point that can be decoded is the one that encoding it again gives: `y` below
/// `p`, and no sign on an `x` of zero (RFC 8032, section 5.1.3).
fn is_canonical(bytes: &[u8; 32]) -> bool {
    let (y, signed) = without_sign(bytes);
    let below_p = y.iter().rev().cmp(MINUS_ONE.iter().rev()).is_le();
    let [_, one, _, _, minus_one] = &SMALL_ORDER;
    below_p && !(signed && (y == *one || y == *minus_one))
}

fn is_of_small_order(encoded: &[u8; 32]) -> bool {
    SMALL_ORDER.contains(&without_sign(encoded).0)
}

fn without_sign(encoded: &[u8; 32]) -> ([u8; 32], bool) {
    let mut y = *encoded;
    let [.., last] = &mut y;
    let signed = *last & SIGN != 0;
    *last &= !SIGN;
    (y, signed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::Verifier as _;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        std::array::from_fn(|i| u8::from_str_radix(hex.get(2 * i..2 * i + 2).unwrap(), 16).unwrap())
    }

    /// Signatures whose R is of small order, one for each such R, by a key with a small-order part, so
    /// that the equation holds without the cofactor: message, R, s.
    const KEY: &str = "ea9d1a3a083c9b4655ae5e7e6e0dc9064a2a2ce0861e1f5ac01cfea6ec46b3e6";
    const OF_SMALL_ORDER: [[&str; 3]; 8] = [
        [
            "0004",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "f7909e3125406cfc184d56c4bb46b1700bafa7088f31a2cf1609030b6fe5dc09",
        ],
        [
            "0007",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "8941ca8e3434a34cb7bd997fcbcfc2553530abb06a160753167a2b216bbd7b0e",
        ],
        [
            "0003",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "bf49cbac4cbc0eb3440ed46305e64ba41577af052b812f7e367c9850c7204004",
        ],
        [
            "000e",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "b93cbe031deecf1ec503d60d379055bc2c10a7b9209c6aa10dd27e02769a680d",
        ],
        [
            "0003",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "a9d4a97bf33061c3357b2aeb8470a95013104c11082cbcc0b9a156469e163801",
        ],
        [
            "0008",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "0f03963c5523eca8c41f4938971ae9a954d6a40739d4db9509b05da8e6b00c0f",
        ],
        [
            "0006",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            "dcc87992ce577d371c7122bfe59a07ac8d209dcf4e15aad4909f42d7c35c000e",
        ],
        [
            "000d",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "86d7447c1a364eb42470de6b529ac092ddfad3b9977d07f1f605d232eef3aa0a",
        ],
    ];

    #[test]
    fn an_r_of_small_order_is_refused_as_the_library_refuses_it() {
        let key = VerifyingKey::from_bytes(&bytes(KEY)).unwrap();
        assert!(!key.is_weak());
        for [message, r, s] in OF_SMALL_ORDER {
            let (message, r): ([u8; 2], _) = (bytes(message), bytes(r));
            let signature = Signature::from_components(r, bytes(s));
            assert!(VerifyingKey::from_bytes(&r).unwrap().is_weak());
            assert!(key.verify(&message, &signature).is_ok(), "not a case: {r:02x?}");
            assert!(key.verify_strict(&message, &signature).is_err());
            assert!(!verifies(&key, &[&message], &signature));
        }
    }

    #[test]
    fn a_point_has_the_one_encoding_that_it_is_given_again() {
        let mut seen = (0, 0);
        let mut check = |encoded: [u8; 32]| {
            let Ok(key) = VerifyingKey::from_bytes(&encoded) else { return };
            let again = *key.to_edwards().compress().as_bytes() == encoded;
            assert_eq!(is_canonical(&encoded), again, "{encoded:02x?}");
            if again { seen.0 += 1 } else { seen.1 += 1 }
        };
        for low in 0..=u8::MAX {
            for high in [0x7f, 0xff, 0x00, 0x80] {
                for fill in [0xff, 0x00] {
                    let mut encoded = [fill; 32];
                    (encoded[0], encoded[31]) = (low, high);
                    check(encoded);
                }
            }
        }
        for y in SMALL_ORDER {
            check(y);
            check(std::array::from_fn(|i| if i == 31 { y[i] | SIGN } else { y[i] }));
        }
        assert!(seen.0 > 500 && seen.1 > 20, "{seen:?}");
    }
}
