//! Security keys in software behind the trait: enrolment, signatures, PINs, several keys, and every no.

use super::*;
use bailiwick_authority::{AssertionError, Signer as _};
use bailiwick_testkit::{SoftwarePasskey, UP, UV};
use parking_lot::Mutex;
use std::sync::Arc;

pub(super) const PIN: &str = "correct horse";

/// A security key in software.
#[derive(Clone)]
struct Soft {
    seed: u8,
    verification: Verification,
    flags: u8,
    /// Signs this in place of what it is asked.
    misled: bool,
}

impl Soft {
    fn new(seed: u8) -> Soft {
        Soft { seed, verification: Verification::Pin { left: 8 }, flags: UP | UV, misled: false }
    }

    fn passkey(&self) -> SoftwarePasskey {
        let origins = &[SECURITY_KEY_ORIGIN];
        SoftwarePasskey::at(Algorithm::Es256, &[self.seed; 32], false, RP_ID, origins)
    }

    fn verified(&self, pin: Option<&str>) -> Result<(), CeremonyError> {
        match (self.verification, pin) {
            (Verification::Itself, None) | (Verification::Pin { .. }, Some(PIN)) => Ok(()),
            (Verification::Pin { left }, _) => Err(CeremonyError::WrongPin { left: left - 1 }),
            _ => Err(CeremonyError::NoPin),
        }
    }

    fn data(&self, attested: &[u8]) -> Vec<u8> {
        let at = if attested.is_empty() { 0 } else { 0x40 };
        let hash = Digest::of(RP_ID.as_bytes());
        [hash.as_bytes(), &[self.flags | at, 0, 0, 0, 9][..], attested].concat()
    }
}

impl Plugged for Soft {
    fn name(&self) -> String {
        format!("key {}", self.seed)
    }

    fn verification(&self) -> Result<Verification, CeremonyError> {
        Ok(self.verification)
    }

    fn holds(&self, credential: &[u8]) -> Result<bool, CeremonyError> {
        Ok(self.passkey().enrolment().credential == credential)
    }

    fn make(
        &self,
        _: &[u8],
        _: &str,
        known: &[Vec<u8>],
        pin: Option<&str>,
        _: &Patience<'_>,
    ) -> Result<Made, CeremonyError> {
        self.verified(pin)?;
        let own = self.passkey();
        let credential = own.enrolment().credential.clone();
        if known.contains(&credential) {
            return Err(CeremonyError::NoKey("it has a key of yours already".into()));
        }
        let length = u16::try_from(credential.len()).unwrap().to_be_bytes();
        let attested = [&[0; 16][..], &length, &credential, &[0xa0]].concat();
        let authenticator_data = self.data(&attested);
        Ok(Made {
            algorithm: Algorithm::Es256,
            key: own.enrolment().key.clone(),
            credential,
            authenticator_data,
        })
    }

    fn sign(
        &self,
        client_data: &[u8],
        _: &[u8],
        pin: Option<&str>,
        _: &Patience<'_>,
    ) -> Result<(Vec<u8>, Vec<u8>), CeremonyError> {
        self.verified(pin)?;
        let signed = if self.misled { b"{}".to_vec() } else { client_data.to_vec() };
        let assertion = self.passkey().assert_over(self.data(&[]), signed);
        Ok((assertion.authenticator_data, assertion.signature))
    }
}

/// A person, with what happened to them.
pub(super) struct Person {
    pub(super) pin: &'static str,
    chooses: usize,
    agrees: bool,
    touches: bool,
    saw: Arc<Mutex<Vec<String>>>,
}

impl Hand for Person {
    fn show(&self, about: About<'_>) -> Result<(), CeremonyError> {
        self.saw.lock().push(match about {
            About::Making(headline) => format!("making {headline}"),
            About::Signing(shown) => format!("shown {}", shown.headline),
        });
        if self.agrees { Ok(()) } else { Err(CeremonyError::Declined) }
    }

    fn choose(&self, names: &[String]) -> Result<usize, CeremonyError> {
        self.saw.lock().push(format!("choose {}", names.join(", ")));
        Ok(self.chooses)
    }

    fn pin(&self, name: &str, left: u8) -> Result<Zeroizing<String>, CeremonyError> {
        self.saw.lock().push(format!("pin of {name}, {left} left"));
        Ok(Zeroizing::new(self.pin.to_owned()))
    }

    fn touch(&self, name: &str) -> Result<(), CeremonyError> {
        self.saw.lock().push(format!("touch {name}"));
        if self.touches { Ok(()) } else { Err(CeremonyError::Declined) }
    }

    fn rest(&self) {
        self.saw.lock().push("rest".into());
    }
}

pub(super) type Saw = Arc<Mutex<Vec<String>>>;

fn keys(plugged: Vec<Soft>, change: impl FnOnce(&mut Person)) -> (SecurityKeys, Saw) {
    // The software keys are plain data; a real one is opened anew for each call as well.
    keys_that(
        move || Ok(plugged.iter().cloned().map(|key| Box::new(key) as Box<dyn Plugged>).collect()),
        change,
    )
}

/// The keys that `found` finds, in the hands of a person.
pub(super) fn keys_that(
    found: impl Fn() -> Result<Vec<Box<dyn Plugged>>, CeremonyError> + Send + Sync + 'static,
    change: impl FnOnce(&mut Person),
) -> (SecurityKeys, Saw) {
    let saw = Saw::default();
    let mut person = Person { pin: PIN, chooses: 0, agrees: true, touches: true, saw: Arc::clone(&saw) };
    change(&mut person);
    (SecurityKeys::new(found, Box::new(person)), saw)
}

pub(super) fn shown() -> Shown {
    Shown {
        digest: String::new(),
        kind: "halt".into(),
        headline: "Halt".into(),
        code: Vec::new(),
        lines: Vec::new(),
        flags: Vec::new(),
    }
}

pub(super) fn wish() -> Wish {
    Wish { person: "ada".into(), headline: "Make a key".into(), known: Vec::new() }
}

fn assert(keys: &SecurityKeys, seed: u8) -> Result<Assertion, CeremonyError> {
    let enrolled = Soft::new(seed).passkey();
    keys.assert(enrolled.public().as_webauthn().unwrap(), &Digest::of(b"a statement"), &shown())
}

#[test]
fn a_key_is_enrolled_and_signs_what_was_shown() {
    let (security, saw) = keys(vec![Soft::new(1)], |_| ());
    let key = security.enrol(&wish()).unwrap();
    assert_eq!(key, *Soft::new(1).passkey().public());
    let message = b"a statement";
    let enrolled = key.as_webauthn().unwrap();
    let assertion = security.assert(enrolled, &Digest::of(message), &shown()).unwrap();
    assert!(key.verifies(message, &assertion.encode()));
    assert!(!key.verifies(b"another", &assertion.encode()));
    assert_eq!(
        *saw.lock(),
        [
            "making Make a key",
            "pin of key 1, 8 left",
            "touch key 1",
            "rest",
            "shown Halt",
            "pin of key 1, 8 left",
            "touch key 1",
            "rest"
        ]
    );
    let again = Wish { known: vec![enrolled.enrolment().credential.clone()], ..wish() };
    assert!(matches!(security.enrol(&again), Err(CeremonyError::NoKey(_))));
}

#[test]
fn among_several_keys_the_enrolled_one_signs_and_the_person_chooses_a_new_one() {
    let (security, saw) = keys(vec![Soft::new(1), Soft::new(2), Soft::new(3)], |person| person.chooses = 2);
    assert!(assert(&security, 2).is_ok());
    assert!(saw.lock().ends_with(&["touch key 2".to_owned(), "rest".to_owned()]));
    assert_eq!(security.enrol(&wish()).unwrap(), *Soft::new(3).passkey().public());
    assert!(matches!(assert(&security, 4), Err(CeremonyError::AnotherSecurityKey)));
    let (security, _) = keys(vec![Soft::new(1), Soft::new(2)], |person| person.chooses = 7);
    assert!(matches!(security.enrol(&wish()), Err(CeremonyError::Declined)));
}

#[test]
fn each_way_in_which_nothing_is_signed_is_told_apart() {
    let fingers = Soft { verification: Verification::Itself, ..Soft::new(1) };
    let (security, saw) = keys(vec![fingers], |_| ());
    assert!(assert(&security, 1).is_ok());
    assert!(!saw.lock().iter().any(|one| one.starts_with("pin")));
    let (none, _) = keys(Vec::new(), |_| ());
    assert!(matches!(assert(&none, 1), Err(CeremonyError::NoSecurityKey)));
    let (wrong, _) = keys(vec![Soft::new(1)], |person| person.pin = "wrong");
    assert!(matches!(assert(&wrong, 1), Err(CeremonyError::WrongPin { left: 7 })));
    let with = |verification| keys(vec![Soft { verification, ..Soft::new(1) }], |_| ()).0;
    assert!(matches!(assert(&with(Verification::None), 1), Err(CeremonyError::NoPin)));
    assert!(matches!(assert(&with(Verification::Pin { left: 0 }), 1), Err(CeremonyError::PinBlocked)));
    let (no, saw) = keys(vec![Soft::new(1)], |person| person.agrees = false);
    assert!(matches!(assert(&no, 1), Err(CeremonyError::Declined)));
    assert_eq!(*saw.lock(), ["shown Halt"]);
    // Called off at the touch, the hand rests and the key was asked for nothing.
    let (no, saw) = keys(vec![Soft::new(1)], |person| person.touches = false);
    assert!(matches!(assert(&no, 1), Err(CeremonyError::Declined)));
    assert_eq!(saw.lock().last().unwrap(), "rest");
    assert!(matches!(no.enrol(&wish()), Err(CeremonyError::Declined)));
}

#[test]
fn what_a_key_says_is_held_against_what_was_enrolled() {
    let bad = |key: Soft| assert(&keys(vec![key], |_| ()).0, 1);
    let unverified = bad(Soft { flags: UP, ..Soft::new(1) });
    assert!(matches!(unverified, Err(CeremonyError::NoSignature(AssertionError::NotVerified))));
    let misled = bad(Soft { misled: true, ..Soft::new(1) });
    assert!(matches!(misled, Err(CeremonyError::NoSignature(AssertionError::Signature))));
    let (unverified, _) = keys(vec![Soft { flags: UP, ..Soft::new(1) }], |_| ());
    assert!(matches!(unverified.enrol(&wish()), Err(CeremonyError::NoKey(_))));
    // A key that was enrolled on a page only is not asked for.
    let elsewhere = SoftwarePasskey::new(Algorithm::Es256, &[1; 32], false);
    let (security, saw) = keys(vec![Soft::new(1)], |_| ());
    let answer = security.assert(elsewhere.public().as_webauthn().unwrap(), &Digest::of(b"x"), &shown());
    assert!(matches!(answer, Err(CeremonyError::OtherWay(_))));
    assert!(saw.lock().is_empty());
}
