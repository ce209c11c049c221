//! Touches before us and before a relying party that we did not write: every fault is refused by both, whatever the
//! signature on it; and what a security key at USB signs is a signature to both.

use super::passkey::{case, relying_party};
use crate::stage::sized;
use bailiwick_authority::{
    Algorithm, Digest, Envelope, Halt, Nonce, PublicKey, Realm, Signer, Timestamp, Unsigned,
};
use bailiwick_ceremony::{
    About, Authenticator as _, CeremonyError, CtapKey, Hand, Plugged, Report, Reports, SecurityKeys,
    TouchedKey, Wish,
};
use bailiwick_testkit::{Ceremony, Habits, SoftwarePasskey, SoftwareSecurityKey, UP, UV};
use rand::{Rng as _, RngExt as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use zeroize::Zeroizing;

/// A statement of this key's, unsigned.
fn statement(key: &PublicKey, number: u64) -> Unsigned<Halt> {
    let realm = Realm::Of(Digest::of(b"a realm"));
    let mut nonce = [0; 16];
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    let issued = Timestamp::from_seconds(1_700_000_000).unwrap();
    let halt = Halt { reason: "something looks wrong".parse().unwrap() };
    Unsigned::write(key.id(), realm, issued, Nonce(nonce), &halt).unwrap()
}

/// The name of a fault, whether a relying party looks for it, and what it does to a good ceremony.
type Fault = (&'static str, bool, fn(&mut Ceremony, u64));

const FAULTS: [Fault; 11] = [
    ("another challenge", true, |c, n| c.challenge = Digest::of(&n.to_be_bytes())),
    ("another origin", true, |c, n| c.origin = format!("http://evil-{n}.localhost:7311")),
    ("another port", true, |c, n| c.origin = format!("http://bailiwick.localhost:{}", 1_024 + n % 6_000)),
    ("another scheme", true, |c, _| c.origin = "https://bailiwick.localhost:7311".into()),
    ("a page above", false, |c, n| c.top_origin = Some(format!("https://evil-{n}.example"))),
    ("inside a page", false, |c, _| c.cross_origin = Some(true)),
    ("another party", true, |c, n| c.rp_id = format!("evil-{n}.localhost")),
    ("nobody present", true, |c, _| c.flags = UV),
    ("nobody verified", true, |c, _| c.flags = UP),
    ("may be copied", false, |c, _| c.flags |= 0x08),
    ("an enrolment", true, |c, _| c.kind = "webauthn.create".into()),
];

/// 5,000 under `BAILIWICK_SOAK=1`, and a good one beside every tenth.
#[test]
fn no_faulty_touch_is_a_signature_to_us_or_to_a_relying_party() {
    let (count, seed) = (sized(250, 5_000), rand::rng().next_u64());
    println!("{count} faults, seed {seed}");
    let mut random = <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(seed);
    let key = SoftwarePasskey::new(Algorithm::Es256, &[11; 32], false);
    let public = Signer::public(&key).clone();
    let other = SoftwarePasskey::new(Algorithm::Es256, &[12; 32], false);
    let strangers =
        [Algorithm::EdDsa, Algorithm::Rs256].map(|one| SoftwarePasskey::new(one, &[11; 32], false));
    let (mut cases, mut expected, mut accepted) = (Vec::new(), Vec::new(), 0);
    for number in 0..u64::try_from(count).unwrap() {
        let unsigned = statement(&public, number);
        let envelope = unsigned.envelope();
        let message = envelope.pre_authentication_encoding();
        let mut ceremony = key.ceremony(&message);
        let noise: u64 = random.random();
        let (name, looked_for, signature) = match number % 15 {
            at @ 0..11 => {
                let (name, looked_for, fault) = FAULTS[usize::try_from(at).unwrap()];
                fault(&mut ceremony, noise);
                (name, looked_for, key.assert(&ceremony).encode())
            }
            11 => ("another credential", true, other.assert(&ceremony).encode()),
            12 => {
                let stranger = &strangers[usize::try_from(noise % 2).unwrap()];
                ("another algorithm", true, stranger.assert(&ceremony).encode())
            }
            13 => {
                let elsewhere =
                    statement(&public, number + 1_000_000).envelope().pre_authentication_encoding();
                ("another statement", true, key.assert(&key.ceremony(&elsewhere)).encode())
            }
            _ => {
                let mut good = key.assert(&ceremony);
                let part = match noise % 3 {
                    0 => &mut good.authenticator_data,
                    1 => &mut good.client_data,
                    _ => &mut good.signature,
                };
                let bit = usize::try_from(noise / 3).unwrap() % (part.len() * 8);
                part[bit / 8] ^= 1 << (bit % 8);
                ("one bit", true, good.encode())
            }
        };
        if public.verifies(&message, &signature) {
            accepted += 1;
            eprintln!("{name}, {number}, was taken");
        }
        let faulty = Envelope::new(envelope.payload_type(), envelope.payload().to_vec(), signature);
        cases.push(case(&public, &faulty).to_string());
        expected.push((name, looked_for.then_some("refused")));
        if number % 10 == 0 {
            let signed = statement(&public, number).sign(&key).unwrap();
            assert!(public.verifies(&message, signed.envelope().signature()));
            cases.push(case(&public, signed.envelope()).to_string());
            expected.push(("good", Some("verified")));
        }
    }
    assert_eq!(accepted, 0, "of {count} faults, seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let (said, _) = relying_party(&folder.path().join("cases"), &cases);
    for ((name, verdict), said) in expected.into_iter().zip(said) {
        // What it does not look for it may say anything of.
        assert!(verdict.is_none_or(|verdict| said.starts_with(verdict)), "{name}: {said}, seed {seed}");
    }
}

/// A security key at a USB in software.
#[derive(Clone)]
struct Usb(Arc<Mutex<SoftwareSecurityKey>>);

impl Reports for Usb {
    fn send(&self, report: &Report) -> Result<(), CeremonyError> {
        self.0.lock().unwrap().take(report);
        Ok(())
    }

    fn receive(&self, _: Duration) -> Result<Option<Report>, CeremonyError> {
        Ok(self.0.lock().unwrap().give())
    }
}

/// Types the PIN, and touches whatever asks.
struct Willing;

impl Hand for Willing {
    fn show(&self, about: About<'_>) -> Result<(), CeremonyError> {
        match about {
            About::Making(headline) => assert_eq!(headline, "Make a key"),
            About::Signing(shown) => assert!(shown.headline.to_lowercase().contains("halt"), "{shown:?}"),
        }
        Ok(())
    }

    fn choose(&self, _: &[String]) -> Result<usize, CeremonyError> {
        Ok(0)
    }

    fn pin(&self, _: &str, _: u8) -> Result<Zeroizing<String>, CeremonyError> {
        Ok(Zeroizing::new("12345678".into()))
    }

    fn touch(&self, _: &str) -> Result<(), CeremonyError> {
        Ok(())
    }
}

fn at_usb(usb: &Usb) -> SecurityKeys {
    let usb = usb.clone();
    let found = move || {
        let key = CtapKey::open("soft".into(), Box::new(usb.clone()))?;
        Ok(key.into_iter().map(|key| Box::new(key) as Box<dyn Plugged>).collect())
    };
    SecurityKeys::new(found, Box::new(Willing))
}

#[test]
fn what_a_security_key_at_usb_signs_a_relying_party_verifies_for_that_statement_alone() {
    let usb = Usb(Arc::new(Mutex::new(SoftwareSecurityKey::new(Habits::default()))));
    let wish = Wish { person: "ada".into(), headline: "Make a key".into(), known: Vec::new() };
    let public = at_usb(&usb).enrol(&wish).unwrap();
    let key = TouchedKey::new(public.clone(), Box::new(at_usb(&usb))).unwrap();
    let signed: Vec<Envelope> =
        (0..5).map(|number| statement(&public, number).sign(&key).unwrap().envelope().clone()).collect();
    let folder = tempfile::tempdir().unwrap();
    let cases: Vec<String> = signed.iter().map(|envelope| case(&public, envelope).to_string()).collect();
    assert_eq!(relying_party(&folder.path().join("cases"), &cases), (vec!["verified".to_owned(); 5], 0));
    let moved: Vec<String> = (0..5)
        .map(|one| {
            let (envelope, other) = (&signed[one], signed[(one + 1) % 5].signature().to_vec());
            assert!(!public.verifies(&envelope.pre_authentication_encoding(), &other));
            let moved = Envelope::new(envelope.payload_type(), envelope.payload().to_vec(), other);
            case(&public, &moved).to_string()
        })
        .collect();
    let (said, failed) = relying_party(&folder.path().join("cases"), &moved);
    assert_eq!(failed, 5, "{said:?}");
}
