//! Ed25519: which public keys are taken, and which signatures are one's own.
//!
//! The constants were made by hand, with the secret scalar of the key `ada` and points of small order:
//! implementations disagree on exactly these.

use super::{Expect, Vector, no};
use crate::harness::case::text;
use crate::harness::keys::{key, public};
use crate::harness::part::base64;
use bailiwick_authority::{Signer, Value};

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len() / 2).map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn taken(name: &str, description: &str, public: &str, expect: Expect) -> Vector {
    let members = vec![("type", Value::from("key")), ("public", Value::from(public))];
    Vector::new("key", name, description, members, expect)
}

fn signed(name: &str, description: &str, public: &str, message: &[u8], sig: &[u8], expect: Expect) -> Vector {
    let members = vec![
        ("type", Value::from("signature")),
        ("public", Value::from(public)),
        ("message", text(message)),
        ("signature", Value::object([("base64", Value::from(base64(sig)))])),
    ];
    Vector::new("signature", name, description, members, expect)
}

/// A key with a part of small order, and for each R of small order a message and an S, such that the
/// equation holds without cofactors.
const SMALL: &str = "ea9d1a3a083c9b4655ae5e7e6e0dc9064a2a2ce0861e1f5ac01cfea6ec46b3e6";
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

const IDENTITY: &str = "0100000000000000000000000000000000000000000000000000000000000000";
const MIXED: &str = "2b9d7b5849504a6b25f37901e24393bae16d143895a1ed944c8c71f4f07f7de7";

fn of_small_order() -> impl Iterator<Item = Vector> {
    (1..).zip(OF_SMALL_ORDER).map(|(number, [message, r, s])| {
        let description =
            "One of the eight points of small order as R, under a key with such a part: the equation holds.";
        let signature = [hex(r), hex(s)].concat();
        let name = format!("r-of-small-order-{number}");
        signed(&name, description, &base64(&hex(SMALL)), &hex(message), &signature, no("wrong-signature"))
    })
}

pub(super) fn vectors() -> Vec<Vector> {
    let point = |digits: &str| base64(&hex(digits));
    let refused = || no("invalid-field");
    let ada = public("ada");
    let message = b"bailiwick";
    let good = key("ada").sign(message).unwrap();
    let with = |change: fn(&mut Vec<u8>)| {
        let mut signature = good.clone();
        change(&mut signature);
        signature
    };
    let wrong = || no("wrong-signature");
    let mut all = vec![
        taken("plain", "A key of a person.", &ada, Expect::Ok),
        taken(
            "mixed-order",
            "A point outside the prime-order group that is not of small order: taken, and harmless without cofactors.",
            &point(MIXED),
            Expect::Ok,
        ),
        taken("identity", "The neutral element, for which everybody can sign.", &point(IDENTITY), refused()),
        taken(
            "order-2",
            "The point of order 2.",
            &point("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
            refused(),
        ),
        taken(
            "order-4",
            "A point of order 4.",
            &point("0000000000000000000000000000000000000000000000000000000000000000"),
            refused(),
        ),
        taken(
            "order-8",
            "A point of order 8.",
            &point("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
            refused(),
        ),
        taken(
            "y-plus-p",
            "y = p + 1, which some read as y = 1.",
            &point("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
            refused(),
        ),
        taken(
            "y-of-p-minus-1-with-a-sign",
            "x = 0 with the sign bit set.",
            &point("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
            refused(),
        ),
        taken(
            "all-ones",
            "y = 2^255 - 1.",
            &point("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
            refused(),
        ),
        taken(
            "off-the-curve",
            "y = 2 belongs to no point.",
            &point("0200000000000000000000000000000000000000000000000000000000000000"),
            refused(),
        ),
        taken("a-byte-short", "31 bytes.", &base64(&[7; 31]), refused()),
        taken("a-byte-long", "33 bytes.", &base64(&[7; 33]), refused()),
        taken("unpadded", "Base64 without its padding.", ada.trim_end_matches('='), refused()),
        signed("plain", "A signature of a person's key.", &ada, message, &good, Expect::Ok),
        signed(
            "rfc-8032-test-1",
            "RFC 8032, 7.1, TEST 1: the empty message.",
            &point("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
            b"",
            &hex(
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            Expect::Ok,
        ),
        signed("another-message", "Over something else.", &ada, b"Bailiwick", &good, wrong()),
        signed(
            "s-plus-l",
            "S + L in place of S.",
            &ada,
            message,
            &crate::harness::faults::malleable(good.clone()),
            wrong(),
        ),
        signed(
            "s-with-a-high-bit",
            "A bit of S that is always zero.",
            &ada,
            message,
            &with(|s| s[63] |= 0x80),
            wrong(),
        ),
        signed("r-negated", "The sign of R turned.", &ada, message, &with(|s| s[31] ^= 0x80), wrong()),
        signed("empty", "No bytes.", &ada, message, b"", wrong()),
        signed("a-byte-short", "63 bytes.", &ada, message, &good[..63], wrong()),
        signed("a-byte-long", "65 bytes.", &ada, message, &with(|s| s.push(0)), wrong()),
        signed("zeros", "64 zeros.", &ada, message, &[0; 64], wrong()),
        signed(
            "r-of-order-1",
            "R is the neutral element and the equation holds: only a check for small order refuses it.",
            &ada,
            message,
            &hex(
                "010000000000000000000000000000000000000000000000000000000000000085a57f4f5f74d79090255c1a23ec199d7961702c0e18b7e2f975a245790ae40e",
            ),
            wrong(),
        ),
        signed(
            "r-of-order-1-in-another-encoding",
            "The same with y = p + 1.",
            &ada,
            message,
            &hex(
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7fa2d05a2daf25c169c845a435dbe6ebaff324d63c78021fb8ee9d3b4f2aa63900",
            ),
            wrong(),
        ),
        signed(
            "r-of-order-8",
            "R of order 8: the equation holds with cofactors only.",
            &ada,
            message,
            &hex(
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a86c125dc335633c034cbfc81af6e2b87c67e214f96862421353dde77758c1806",
            ),
            wrong(),
        ),
        signed(
            "r-of-mixed-order",
            "R with a part of order 8: the equation holds with cofactors only.",
            &ada,
            message,
            &hex(
                "5b61c2e3b93e6c06450f327ea72cdfeb8cde6aa020d2dd827ab3f86e708c83938f842d9613b210747ab82adab64116ccbb42d1227181963b2f403ea4762d9903",
            ),
            wrong(),
        ),
        signed(
            "key-of-mixed-order",
            "A key with a part of order 8, and a challenge divisible by 8: the equation holds without cofactors.",
            &point(MIXED),
            b"bailiwick4",
            &hex(
                "b141e22a69590cf954bf6706e001cfedf186b6e4a5c4f93deab0673f894838f25aeea483f0c635e340dfcf94859d8310ce5aa2f476625d175c8b6582bf9f8c05",
            ),
            Expect::Ok,
        ),
        signed(
            "key-of-mixed-order-with-cofactors",
            "The same key, and a challenge that is not divisible: the equation holds with cofactors only.",
            &point(MIXED),
            b"bailiwick0",
            &hex(
                "82fbaf95f8f1fb3bd9b553c864786b7b7c4ec5159b52d5aa5a97d310da9afe10273ee758811f8cb1130065a04478c5fed93382f030a8abb84f4d75bbd2f6ef0c",
            ),
            wrong(),
        ),
        signed(
            "key-of-order-1",
            "The neutral element as key: the equation holds for every message.",
            &point(IDENTITY),
            b"anything",
            &hex(
                "7c61a1560daa2f213db96805c77499a77d575fe3f05c751389914f48bc1042c28db16b93a43d0546651f676b24b2880c2f0e868450f5c3685aec9faccb08ff00",
            ),
            refused(),
        ),
    ];
    all.extend(of_small_order());
    all
}
