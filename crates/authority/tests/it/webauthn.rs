//! The `webauthn` suite: each thing that an assertion must say, wrong by itself under a good signature,
//! is refused for exactly that; and so is every flipped bit.

use crate::harness::part::pae;
use crate::harness::random::Random;
use crate::size::{seed, size};
use bailiwick_authority::{
    Algorithm, Assertion, AssertionError, Digest, Enrolment, Nonce, PublicKey, Realm, Resume,
    SECURITY_KEY_ORIGIN, Signer, Timestamp, Unverified, Value, seal,
};
use bailiwick_testkit::{Ceremony, ORIGIN, SoftwarePasskey, UP, UV};

const SEED: [u8; 32] = [11; 32];

fn passkey(algorithm: Algorithm, synced: bool) -> SoftwarePasskey {
    SoftwarePasskey::new(algorithm, &SEED, synced)
}

/// What a good key says of a ceremony that was changed before it was signed.
fn verdict(key: &SoftwarePasskey, change: impl FnOnce(&mut Ceremony)) -> Result<(), AssertionError> {
    let message = pae("application/x", b"statement");
    let mut ceremony = key.ceremony(&message);
    change(&mut ceremony);
    let assertion = key.assert(&ceremony);
    let verdict = key.public().as_webauthn().unwrap().check(&Digest::of(&message), &assertion);
    // The one door says the same.
    assert_eq!(key.public().verifies(&message, &assertion.encode()), verdict.is_ok());
    verdict
}

#[test]
fn a_good_assertion_is_a_signature_under_every_algorithm() {
    for algorithm in Algorithm::ALL {
        for synced in [false, true] {
            assert_eq!(verdict(&passkey(algorithm, synced), |_| ()), Ok(()), "{algorithm:?}");
        }
    }
}

/// Name of the fault, what it changes, what it is refused for.
type Fault = (&'static str, fn(&mut Ceremony), AssertionError);

const FAULTS: [Fault; 34] = [
    ("enrolment", |c| c.kind = "webauthn.create".into(), AssertionError::Type),
    ("payment", |c| c.kind = "payment.get".into(), AssertionError::Type),
    ("kind in capitals", |c| c.kind = "WebAuthn.get".into(), AssertionError::Type),
    ("another statement", |c| c.challenge = Digest::of(b"another"), AssertionError::Challenge),
    ("no statement", |c| c.challenge = Digest::from_bytes([0; 32]), AssertionError::Challenge),
    ("another port", |c| c.origin = "http://bailiwick.localhost:7312".into(), AssertionError::Origin),
    ("no port", |c| c.origin = "http://bailiwick.localhost".into(), AssertionError::Origin),
    ("another scheme", |c| c.origin = "https://bailiwick.localhost:7311".into(), AssertionError::Origin),
    ("another host", |c| c.origin = "http://localhost:7311".into(), AssertionError::Origin),
    ("below the host", |c| c.origin = "http://x.bailiwick.localhost:7311".into(), AssertionError::Origin),
    ("above the host", |c| c.origin = "http://bailiwick.localhost.evil:7311".into(), AssertionError::Origin),
    ("with a slash", |c| c.origin.push('/'), AssertionError::Origin),
    ("in capitals", |c| c.origin = ORIGIN.to_uppercase(), AssertionError::Origin),
    ("no browser", |c| c.origin = SECURITY_KEY_ORIGIN.into(), AssertionError::Origin),
    ("opaque", |c| c.origin = "null".into(), AssertionError::Origin),
    ("empty", |c| c.origin.clear(), AssertionError::Origin),
    ("in a frame", |c| c.cross_origin = Some(true), AssertionError::CrossOrigin),
    ("in a named frame", |c| c.top_origin = Some("https://evil.example".into()), AssertionError::CrossOrigin),
    ("in its own frame", |c| c.top_origin = Some(ORIGIN.into()), AssertionError::CrossOrigin),
    ("another party", |c| c.rp_id = "localhost".into(), AssertionError::RelyingParty),
    ("party with a dot", |c| c.rp_id = "bailiwick.localhost.".into(), AssertionError::RelyingParty),
    ("party in capitals", |c| c.rp_id = "Bailiwick.localhost".into(), AssertionError::RelyingParty),
    ("party of an app", |c| c.rp_id = "https://bailiwick.localhost".into(), AssertionError::RelyingParty),
    ("nobody there", |c| c.flags = UV, AssertionError::NotPresent),
    ("nobody verified", |c| c.flags = UP, AssertionError::NotVerified),
    ("neither", |c| c.flags = 0, AssertionError::NotPresent),
    ("may be copied now", |c| c.flags |= 0x08, AssertionError::Synced),
    ("copied", |c| c.flags |= 0x18, AssertionError::Synced),
    ("copied though it may not", |c| c.flags |= 0x10, AssertionError::AuthenticatorData),
    ("attesting", |c| c.flags |= 0x40, AssertionError::AuthenticatorData),
    ("extensions left out", |c| c.flags |= 0x80, AssertionError::AuthenticatorData),
    ("extensions not announced", |c| c.extensions = vec![0xa0], AssertionError::AuthenticatorData),
    (
        "attesting with a credential",
        |c| {
            c.flags |= 0x40;
            c.extensions = vec![0; 55];
        },
        AssertionError::AuthenticatorData,
    ),
    ("origin with a quote", |c| c.origin = "\",\"origin\":\"x".into(), AssertionError::ClientData),
];

#[test]
fn every_fault_is_refused_for_what_it_is() {
    for algorithm in Algorithm::ALL {
        let key = passkey(algorithm, false);
        for (name, change, expected) in FAULTS {
            assert_eq!(verdict(&key, change), Err(expected), "{algorithm:?}: {name}");
        }
    }
    let synced = passkey(Algorithm::Es256, true);
    assert_eq!(verdict(&synced, |c| c.flags = UP | UV), Err(AssertionError::Synced));
    assert_eq!(verdict(&synced, |c| c.flags |= 0x10), Ok(()));
}

#[test]
fn what_authenticators_may_do_is_taken() {
    let key = passkey(Algorithm::Es256, false);
    assert_eq!(verdict(&key, |c| c.counter = 0), Ok(()));
    assert_eq!(verdict(&key, |c| c.counter = u32::MAX), Ok(()));
    assert_eq!(verdict(&key, |c| c.cross_origin = None), Ok(()));
    // Bits without a meaning, and extensions, which are not read.
    assert_eq!(verdict(&key, |c| c.flags |= 0x22), Ok(()));
    let extended = |c: &mut Ceremony| {
        c.flags |= 0x80;
        c.extensions = vec![0xa1, 0x61, 0x61, 0xf5];
    };
    assert_eq!(verdict(&key, extended), Ok(()));
}

#[test]
fn client_data_are_strict_json() {
    let key = passkey(Algorithm::EdDsa, false);
    let message = b"statement";
    let ceremony = key.ceremony(message);
    let good = String::from_utf8(ceremony.client_data()).unwrap();
    let checked = |client_data: String| {
        let assertion = key.assert_over(ceremony.authenticator_data(), client_data.into_bytes());
        key.public().as_webauthn().unwrap().check(&Digest::of(message), &assertion)
    };
    assert_eq!(checked(good.clone()), Ok(()));
    let twice = good.replace(r#"{"type""#, r#"{"origin":"https://evil.example","type""#);
    let escaped_twice = good.replace(r#"{"type""#, r#"{"\u006frigin":"https://evil.example","type""#);
    for bad in [
        twice,
        escaped_twice,
        good.replace(r#""crossOrigin":false"#, r#""crossOrigin":null"#),
        format!("\u{feff}{good}"),
        format!("{good}{good}"),
        good.replace(r#""challenge""#, r#""Challenge""#),
        good.replace(r#""type":"webauthn.get","#, ""),
        "[]".into(),
        String::new(),
    ] {
        assert_eq!(checked(bad.clone()), Err(AssertionError::ClientData), "{bad}");
    }
    let word = good.replace(r#""crossOrigin":false"#, r#""crossOrigin":"false""#);
    assert_eq!(checked(word), Err(AssertionError::CrossOrigin));
    let challenge = |from: &str, to: &str| good.replace(from, to);
    let digest = Value::from(Digest::of(message));
    for bad in [challenge(r#"","origin"#, r#"=","origin"#), challenge(r#"","origin"#, r#" ","origin"#)] {
        assert_eq!(checked(bad.clone()), Err(AssertionError::Challenge), "{bad} {digest:?}");
    }
}

#[test]
fn another_key_or_algorithm_never_signs() {
    let message = b"statement";
    let keys: Vec<SoftwarePasskey> = Algorithm::ALL
        .into_iter()
        .map(|algorithm| passkey(algorithm, false))
        .chain([SoftwarePasskey::new(Algorithm::Es256, &[12; 32], false)])
        .collect();
    for (one, signer) in keys.iter().enumerate() {
        let signature = signer.sign(message).unwrap();
        for (other, key) in keys.iter().enumerate() {
            assert_eq!(key.public().verifies(message, &signature), one == other, "{one} {other}");
        }
    }
    // The same Ed25519 key without WebAuthn around it is another key, and its bare signature is none here.
    let bare = bailiwick_authority::Ed25519Signer::from_seed(&SEED).unwrap();
    let key = passkey(Algorithm::EdDsa, false);
    assert_ne!(bare.public().id(), key.public().id());
    assert!(!key.public().verifies(message, &bare.sign(message).unwrap()));
    assert!(!bare.public().verifies(message, &key.sign(message).unwrap()));
}

#[test]
fn a_key_enrolled_at_several_origins_signs_at_each() {
    let origins = [SECURITY_KEY_ORIGIN, ORIGIN];
    let key = SoftwarePasskey::at(Algorithm::Es256, &SEED, false, bailiwick_testkit::RP_ID, &origins);
    for origin in origins {
        assert_eq!(verdict(&key, |c| c.origin = origin.into()), Ok(()));
    }
    let elsewhere = |c: &mut Ceremony| c.origin = "http://bailiwick.localhost:7312".into();
    assert_eq!(verdict(&key, elsewhere), Err(AssertionError::Origin));
}

#[test]
fn a_flipped_bit_or_another_statement_is_never_accepted() {
    let mut random = Random::new(seed("assertions"));
    let mut tried = 0;
    for algorithm in Algorithm::ALL {
        let key = passkey(algorithm, false);
        for round in 0..size(40, 2_000) {
            let message = format!("statement {round}").into_bytes();
            let good = key.assert(&key.ceremony(&message));
            assert!(key.public().verifies(&message, &good.encode()));
            for part in 0..5 {
                let mut bad = good.clone();
                let mut other = message.clone();
                let flipped = match part {
                    0 => &mut bad.authenticator_data,
                    1 => &mut bad.client_data,
                    2 => &mut bad.signature,
                    3 => &mut other,
                    _ => &mut Vec::new(),
                };
                let encoded = if part == 4 {
                    let mut encoded = good.encode();
                    let at = random.below(encoded.len());
                    encoded[at] ^= 1 << random.below(8);
                    encoded
                } else {
                    let at = random.below(flipped.len());
                    flipped[at] ^= 1 << random.below(8);
                    bad.encode()
                };
                tried += 1;
                assert!(!key.public().verifies(&other, &encoded), "{algorithm:?} {round} {part}");
            }
        }
    }
    println!("{tried} changed assertions, 0 accepted");
    assert!(tried >= 600);
}

#[test]
fn an_assertion_has_one_encoding() {
    let key = passkey(Algorithm::Es256, false);
    let good = key.assert(&key.ceremony(b"m"));
    let encoded = good.encode();
    assert_eq!(Assertion::decode(&encoded), Some(good.clone()));
    assert_eq!(good.counter(), Some(1));
    let text = String::from_utf8(encoded.clone()).unwrap();
    let long = Assertion { client_data: vec![b' '; 4_096], ..good };
    for bad in [
        format!(" {text}"),
        text.replace("{\"a", "{ \"a"),
        text.replace('=', ""),
        text.replace("\"signature\"", "\"x\":1,\"signature\""),
        text.replace("client_data", "clientData"),
        "{}".into(),
        String::new(),
        String::from_utf8(long.encode()).unwrap(),
    ] {
        assert_eq!(Assertion::decode(bad.as_bytes()), None, "{bad}");
        assert!(!key.public().verifies(b"m", bad.as_bytes()));
    }
}

#[test]
fn a_key_has_one_encoding_and_says_what_it_is_held_against() {
    let key = passkey(Algorithm::Es256, false);
    let line = key.public().to_line();
    assert_eq!(&PublicKey::from_line(&line).unwrap(), key.public());
    let good = key.enrolment().clone();
    let refused = |change: fn(&mut Enrolment)| {
        let mut enrolment = good.clone();
        change(&mut enrolment);
        PublicKey::webauthn(enrolment).is_err()
    };
    for (number, bad) in [
        refused(|e| e.rp_id = "localhost".into()),
        refused(|e| e.rp_id = "Bailiwick.localhost".into()),
        refused(|e| e.rp_id = "bailiwick.localhost:7311".into()),
        refused(|e| e.rp_id = "bailiwick.localhost/".into()),
        refused(|e| e.rp_id = "127.0.0.1".into()),
        refused(|e| e.rp_id.clear()),
        refused(|e| e.origins.clear()),
        refused(|e| e.origins.push(e.origins[0].clone())),
        refused(|e| {
            e.origins = vec!["http://bailiwick.localhost:2".into(), "http://bailiwick.localhost:1".into()]
        }),
        refused(|e| e.origins = vec!["http://xbailiwick.localhost:1".into()]),
        refused(|e| e.origins = vec!["http://localhost:1".into()]),
        refused(|e| e.origins = vec!["https://bailiwick.localhost.evil".into()]),
        refused(|e| e.origins = vec!["http://bailiwick.localhost:1/".into()]),
        refused(|e| e.origins = vec!["bailiwick:other".into()]),
        refused(|e| e.credential = vec![1; 15]),
        refused(|e| e.credential = vec![1; 1_024]),
        refused(|e| e.algorithm = Algorithm::Rs256),
        refused(|e| e.algorithm = Algorithm::EdDsa),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(bad, "enrolment {number} was taken");
    }
    // Another origin, party, credential or promise about copies is another key.
    let ids = [
        |e: &mut Enrolment| e.origins = vec!["http://bailiwick.localhost:1".into()],
        |e: &mut Enrolment| e.credential.push(0),
        |e: &mut Enrolment| e.synced = true,
    ]
    .map(|change: fn(&mut Enrolment)| {
        let mut enrolment = good.clone();
        change(&mut enrolment);
        PublicKey::webauthn(enrolment).unwrap().id()
    });
    assert!(!ids.contains(&key.public().id()));
}

#[test]
fn a_statement_is_sealed_and_verified_like_any_other() {
    let key = passkey(Algorithm::Es256, false);
    let now = Timestamp::from_seconds(1_772_448_000).unwrap();
    let body = Resume { lifts: Digest::of(b"a halt") };
    let sealed = seal(&key, Realm::Of(Digest::of(b"realm")), now, Nonce([1; 16]), body).unwrap();
    let bytes = sealed.envelope().to_bytes();
    let read = |bytes: &[u8]| Unverified::<Resume>::parse(bytes).unwrap().verify(key.public()).is_ok();
    assert!(read(&bytes));
    // The same assertion beneath another statement.
    let other = Resume { lifts: Digest::of(b"another halt") };
    let other = seal(&key, Realm::Of(Digest::of(b"realm")), now, Nonce([1; 16]), other).unwrap();
    let moved = bailiwick_authority::Envelope::new(
        sealed.envelope().payload_type(),
        other.envelope().payload().to_vec(),
        sealed.envelope().signature().to_vec(),
    );
    assert!(!read(&moved.to_bytes()));
}
