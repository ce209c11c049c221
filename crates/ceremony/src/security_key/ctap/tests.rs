//! Security keys in software, byte by byte at their USB: each way in which they verify who touches them, each
//! no, and lies about everything that they sign.

use super::super::tests::{PIN, Saw, keys_that, shown, wish};
use super::*;
use crate::security_key::{REPORT_BYTES, Report, SecurityKeys};
use crate::{Authenticator as _, TouchedKey};
use bailiwick_authority::{Assertion, AssertionError, PublicKey, Signer as _};
use bailiwick_testkit::{Habits, SoftwareSecurityKey};
use parking_lot::Mutex;
use std::sync::Arc;

/// A key at a software USB; it stays plugged in when it is closed.
#[derive(Clone)]
pub(super) struct Usb(Arc<Mutex<SoftwareSecurityKey>>);

impl Usb {
    fn new(habits: Habits) -> Usb {
        Usb(Arc::new(Mutex::new(SoftwareSecurityKey::new(habits))))
    }

    fn holding(habits: Habits, seed: u8) -> Usb {
        Usb(Arc::new(Mutex::new(SoftwareSecurityKey::new(habits).with_credential([seed; 32]))))
    }

    fn open(&self) -> CtapKey {
        CtapKey::open("soft".into(), Box::new(self.clone())).unwrap().unwrap()
    }

    fn credential(&self, seed: u8) -> PublicKey {
        bailiwick_authority::Signer::public(&self.0.lock().credential(&[seed; 32])).clone()
    }
}

impl Reports for Usb {
    fn send(&self, report: &Report) -> Result<(), CeremonyError> {
        self.0.lock().take(report);
        Ok(())
    }

    fn receive(&self, _: Duration) -> Result<Option<Report>, CeremonyError> {
        Ok(self.0.lock().give())
    }
}

fn hands(plugged: &[&Usb]) -> (SecurityKeys, Saw) {
    let plugged: Vec<Usb> = plugged.iter().map(|one| (*one).clone()).collect();
    keys_that(
        move || Ok(plugged.iter().map(|one| Box::new(one.open()) as Box<dyn Plugged>).collect()),
        |person| person.pin = "12345678",
    )
}

fn assert_with(keys: &SecurityKeys, key: &PublicKey, statement: &[u8]) -> Result<Assertion, CeremonyError> {
    keys.assert(key.as_webauthn().unwrap(), &Digest::of(statement), &shown())
}

/// PIN and finger, the ways of CTAP 2.0 and of 2.1, each protocol.
fn every_way() -> Vec<Habits> {
    let mut ways = Vec::new();
    for (protocols, new_ways) in [
        (vec![], false),
        (vec![1], false),
        (vec![1], true),
        (vec![2], true),
        (vec![2, 1], true),
        (vec![2], false),
    ] {
        for finger in [false, true] {
            ways.push(Habits { protocols: protocols.clone(), new_ways, finger, ..Habits::default() });
        }
    }
    ways
}

#[test]
fn a_key_is_enrolled_and_signs_by_every_way_of_verifying() {
    for algorithm in Algorithm::ALL {
        for habits in every_way() {
            let usb = Usb::new(Habits { algorithm, ..habits.clone() });
            let (keys, saw) = hands(&[&usb]);
            let key = keys.enrol(&wish()).unwrap_or_else(|error| panic!("{habits:?}: {error}"));
            assert_eq!(key.as_webauthn().unwrap().enrolment().algorithm, algorithm);
            let assertion = assert_with(&keys, &key, b"a statement").unwrap();
            assert!(key.verifies(b"a statement", &assertion.encode()), "{habits:?}");
            assert!(!key.verifies(b"another", &assertion.encode()));
            let asked = saw.lock().iter().filter(|one| one.starts_with("pin")).count();
            assert_eq!(asked, if habits.finger { 0 } else { 2 });
            // A person's second credential is made on another key.
            let known = vec![key.as_webauthn().unwrap().enrolment().credential.clone()];
            let again = crate::Wish { known, ..wish() };
            assert!(matches!(keys.enrol(&again), Err(CeremonyError::NoKey(_))));
        }
    }
}

#[test]
fn the_key_that_holds_the_credential_is_found_among_several_and_without_a_touch() {
    let untouched = Habits { touched: false, ..Habits::default() };
    let (first, second) = (Usb::holding(Habits::default(), 1), Usb::holding(untouched.clone(), 2));
    let (keys, _) = hands(&[&second, &first]);
    assert!(assert_with(&keys, &first.credential(1), b"a statement").is_ok());
    let stranger = Usb::holding(Habits::default(), 3).credential(3);
    assert!(matches!(assert_with(&keys, &stranger, b"x"), Err(CeremonyError::AnotherSecurityKey)));
    // What shows that a key has the credential is no signature: nobody was present, of no client data.
    let asked = second.open();
    let enrolled = second.credential(2);
    assert!(asked.holds(&enrolled.as_webauthn().unwrap().enrolment().credential).unwrap());
}

#[test]
fn wrong_pins_are_counted_and_block_the_key_before_it_is_lost() {
    let usb = Usb::holding(Habits::default(), 1);
    let key = usb.open();
    let credential = usb.credential(1);
    let credential = &credential.as_webauthn().unwrap().enrolment().credential;
    let try_pin = |pin: &str| {
        let patience = Patience::new(Duration::from_secs(5), &|| false);
        key.sign(b"{}", credential, Some(pin), &patience)
    };
    assert!(matches!(try_pin(PIN), Err(CeremonyError::WrongPin { left: 7 })));
    assert!(try_pin("12345678").is_ok());
    assert!(matches!(key.verification(), Ok(Verification::Pin { left: 8 })));
    for left in [7, 6] {
        assert!(matches!(try_pin("wrong"), Err(CeremonyError::WrongPin { left: told }) if told == left));
    }
    assert!(matches!(try_pin("wrong"), Err(CeremonyError::PinBlocked)));
    assert!(matches!(try_pin("12345678"), Err(CeremonyError::PinBlocked)), "until it is plugged in again");
    let bare = Usb::holding(Habits { pin: None, ..Habits::default() }, 1);
    assert!(matches!(bare.open().verification(), Ok(Verification::None)));
}

#[test]
fn whoever_gives_up_or_waits_too_long_gets_nothing_and_the_key_is_told() {
    let usb = Usb::holding(Habits { touched: false, ..Habits::default() }, 1);
    let key = usb.open();
    let credential = usb.credential(1);
    let credential = &credential.as_webauthn().unwrap().enrolment().credential;
    let asked = Mutex::new(0);
    let given_up = || {
        *asked.lock() += 1;
        *asked.lock() > 5
    };
    let sign = |patience: &Patience<'_>| key.sign(b"{}", credential, Some("12345678"), patience);
    let long = Patience::new(Duration::from_secs(600), &given_up);
    assert!(matches!(sign(&long), Err(CeremonyError::Declined)));
    // Only what waited was given up: the key takes the next command.
    assert!(key.holds(credential).unwrap());
    assert!(matches!(sign(&Patience::new(Duration::ZERO, &|| false)), Err(CeremonyError::TimedOut)));
    assert!(key.holds(credential).unwrap());
}

/// Nothing comes any more: nobody waits for that in a test.
fn unplugged() -> CeremonyError {
    CeremonyError::System("unplugged".into())
}

/// Says nothing of use.
struct Noise(Mutex<Vec<Report>>);

impl Reports for Noise {
    fn send(&self, _: &Report) -> Result<(), CeremonyError> {
        Ok(())
    }

    fn receive(&self, _: Duration) -> Result<Option<Report>, CeremonyError> {
        self.0.lock().pop().map(Some).ok_or_else(unplugged)
    }
}

#[test]
fn what_a_device_sends_is_an_error_at_worst() {
    let random = |seed: u64, at: usize| {
        let bytes = Digest::of_parts(&[&seed.to_be_bytes(), &at.to_be_bytes()]);
        let mut report = [0; REPORT_BYTES];
        report[..32].copy_from_slice(bytes.as_bytes());
        report
    };
    for seed in 0..200 {
        let reports = (0..20).map(|at| random(seed, at)).collect();
        assert!(CtapKey::open("noise".into(), Box::new(Noise(Mutex::new(reports)))).is_err());
    }
    // Every byte of a good conversation wrong, one at a time: nothing is taken for a signature, nothing ends
    // the program.
    let enrolled = Usb::holding(Habits::default(), 1).credential(1);
    let mut refused = 0;
    for at in 0..700 {
        let bent =
            Bent { usb: Usb::holding(Habits { finger: true, ..Habits::default() }, 1), at, seen: 0.into() };
        let Ok(Some(key)) = CtapKey::open("bent".into(), Box::new(bent)) else {
            refused += 1;
            continue;
        };
        let client_data = super::super::client_data("webauthn.get", Digest::of(b"x").as_bytes());
        let patience = Patience::new(Duration::from_secs(5), &|| false);
        let own = enrolled.as_webauthn().unwrap();
        match key.sign(&client_data, &own.enrolment().credential, None, &patience) {
            Ok((authenticator_data, signature)) => {
                let assertion = Assertion { authenticator_data, client_data, signature };
                if own.check(&Digest::of(b"x"), &assertion).is_err() {
                    refused += 1;
                }
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 300, "{refused}");
}

/// A key one of whose bytes arrives wrong.
struct Bent {
    usb: Usb,
    at: usize,
    seen: Mutex<usize>,
}

impl Reports for Bent {
    fn send(&self, report: &Report) -> Result<(), CeremonyError> {
        self.usb.send(report)
    }

    fn receive(&self, within: Duration) -> Result<Option<Report>, CeremonyError> {
        let mut report = self.usb.receive(within)?.map(Some).ok_or_else(unplugged)?;
        let mut seen = self.seen.lock();
        if let Some(report) = &mut report {
            if let Some(byte) = self.at.checked_sub(*seen).and_then(|at| report.get_mut(at)) {
                *byte ^= 0x55;
            }
            *seen += REPORT_BYTES;
        }
        Ok(report)
    }
}

type Lie =
    (&'static str, Option<bailiwick_testkit::Before>, Option<bailiwick_testkit::After>, AssertionError);

/// Each is a good signature of something else, or what the signature does not cover.
const LIES: [Lie; 13] = [
    ("nobody present", Some(|data, _, _| data[32] &= !0x01), None, AssertionError::NotPresent),
    ("nobody verified", Some(|data, _, _| data[32] &= !0x04), None, AssertionError::NotVerified),
    ("may be copied", Some(|data, _, _| data[32] |= 0x08), None, AssertionError::Synced),
    ("copied, but may not", Some(|data, _, _| data[32] |= 0x10), None, AssertionError::AuthenticatorData),
    (
        "another party",
        Some(|data, _, n| data[bit(n, 32).0] ^= bit(n, 32).1),
        None,
        AssertionError::RelyingParty,
    ),
    (
        "other client data",
        Some(|_, hash, n| hash[bit(n, 32).0] ^= bit(n, 32).1),
        None,
        AssertionError::Signature,
    ),
    (
        "another challenge",
        Some(|_, hash, n| *hash = data_hash(n, "get", None, false)),
        None,
        AssertionError::Signature,
    ),
    (
        "an enrolment",
        Some(|_, hash, n| *hash = data_hash(n, "create", None, false)),
        None,
        AssertionError::Signature,
    ),
    (
        "a page",
        Some(|_, hash, n| *hash = data_hash(n, "get", Some(n), false)),
        None,
        AssertionError::Signature,
    ),
    (
        "inside a page",
        Some(|_, hash, n| *hash = data_hash(n, "get", Some(n), true)),
        None,
        AssertionError::Signature,
    ),
    ("one bit of the signature", None, Some(|_, signature, n| flip(signature, n)), AssertionError::Signature),
    (
        "counter after the fact",
        None,
        Some(|data, _, n| flip(&mut data[33..37], n)),
        AssertionError::Signature,
    ),
    (
        "cut off",
        None,
        Some(|_, signature, n| signature.truncate((n % 60) as usize)),
        AssertionError::Signature,
    ),
];

fn bit(number: u64, bytes: u64) -> (usize, u8) {
    (usize::try_from(number / 8 % bytes).unwrap(), 1 << (number % 8))
}

fn flip(bytes: &mut [u8], number: u64) {
    let (at, mask) = bit(number, bytes.len() as u64);
    bytes[at] ^= mask;
}

/// The hash of client data for another statement, perhaps of a page.
fn data_hash(number: u64, kind: &str, port: Option<u64>, framed: bool) -> [u8; 32] {
    let challenge = base64::Engine::encode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        Digest::of(&number.to_be_bytes()).as_bytes(),
    );
    let origin = port.map_or_else(
        || bailiwick_authority::SECURITY_KEY_ORIGIN.to_owned(),
        |port| format!("http://bailiwick.localhost:{}", port % 65_536),
    );
    let data = format!(
        r#"{{"challenge":"{challenge}","crossOrigin":{framed},"origin":"{origin}","type":"webauthn.{kind}"}}"#
    );
    *Digest::of(data.as_bytes()).as_bytes()
}

/// 5,000 under `BAILIWICK_SOAK=1`; a hundredth of it otherwise, and each lie at least four times.
#[test]
fn no_lie_of_a_key_is_taken_for_its_signature() {
    let soak = std::env::var_os("BAILIWICK_SOAK").is_some_and(|soak| soak == "1");
    let rounds = if soak { 5_000 / LIES.len() as u64 + 1 } else { 4 };
    let mut accepted = 0;
    let mut tried = 0;
    for round in 0..rounds {
        let algorithm = Algorithm::ALL[usize::try_from(round).unwrap() % 2];
        for (name, before, after, expected) in LIES {
            let number = round * 37 + 1;
            let honest = Habits { algorithm, ..Habits::default() };
            let enrolled = Usb::holding(honest.clone(), 1).credential(1);
            let usb = Usb::holding(
                Habits {
                    before: before.map(|lie| (lie, number)),
                    after: after.map(|lie| (lie, number)),
                    finger: round % 3 == 0,
                    ..honest
                },
                1,
            );
            tried += 1;
            match assert_with(&hands(&[&usb]).0, &enrolled, b"a statement") {
                Ok(_) => accepted += 1,
                Err(CeremonyError::NoSignature(why)) => assert_eq!(why, expected, "{name}, {number}"),
                Err(other) => panic!("{name}, {number}: {other}"),
            }
        }
        // One of another algorithm under the same credential id.
        let algorithm = Algorithm::ALL[usize::try_from(round + 1).unwrap() % 2];
        let stranger = Usb::holding(Habits { algorithm, ..Habits::default() }, 1);
        let enrolled = Usb::holding(
            Habits { algorithm: Algorithm::ALL[usize::try_from(round).unwrap() % 2], ..Habits::default() },
            1,
        );
        tried += 1;
        match assert_with(&hands(&[&stranger]).0, &enrolled.credential(1), b"a statement") {
            Ok(_) => accepted += 1,
            Err(error) => assert!(matches!(error, CeremonyError::NoSignature(AssertionError::Signature))),
        }
    }
    println!("{accepted} of {tried} lies were taken for signatures");
    assert_eq!(accepted, 0);
}

#[test]
fn a_lie_about_a_new_key_is_not_enrolled() {
    let lies: [bailiwick_testkit::Before; 5] = [
        |data, _, _| data[32] &= !0x01,
        |data, _, _| data[32] &= !0x04,
        |data, _, _| data[0] ^= 1,
        |data, _, _| data[32] &= !0x40,
        |data, _, _| data.truncate(60),
    ];
    for lie in lies {
        let usb = Usb::new(Habits { before: Some((lie, 0)), ..Habits::default() });
        let answer = hands(&[&usb]).0.enrol(&wish());
        assert!(matches!(answer, Err(CeremonyError::NoKey(_))), "{answer:?}");
    }
}

#[test]
fn it_signs_statements_as_a_touched_key_and_nothing_else() {
    let usb = Usb::holding(Habits::default(), 1);
    let key = TouchedKey::new(usb.credential(1), Box::new(hands(&[&usb]).0)).unwrap();
    assert!(key.sign(b"no statement").is_err());
    assert!(matches!(key.touch(b"no statement", None), Err(CeremonyError::System(_))));
}
