//! A security key over USB, without a browser: CTAP 2, in which this program is the client.
//!
//! What a browser does is done here: the client data, which name [`SECURITY_KEY_ORIGIN`], a choice among the
//! keys that are plugged in, the PIN, the hint to touch. What is said to a key is a [`Plugged`]'s: [`CtapKey`]
//! says it in CTAP 2, over the reports of a device.

mod cbor;
mod ctap;
mod pin;
mod report;
#[cfg(target_os = "linux")]
mod usb;

pub use ctap::CtapKey;
pub use report::{Patience, REPORT_BYTES, Report, Reports};
#[cfg(target_os = "linux")]
use usb::plugged_in;

use crate::RP_ID;
use crate::authenticator::{Authenticator, Wish};
use crate::error::CeremonyError;
use crate::new_key::NewKey;
use bailiwick_authority::{Algorithm, Assertion, Digest, PublicKey, SECURITY_KEY_ORIGIN, Value, WebAuthnKey};
use bailiwick_protocol::Shown;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a touch is waited for.
const A_TOUCH: Duration = Duration::from_secs(120);

/// Other systems keep security keys to themselves or were not written for.
#[cfg(not(target_os = "linux"))]
fn plugged_in() -> Result<Vec<Box<dyn Plugged>>, CeremonyError> {
    Err(CeremonyError::OtherWay("without a browser on this system"))
}

/// A security key that is plugged in. Calls that a person must touch the key for wait for that.
pub trait Plugged {
    /// What it calls itself.
    fn name(&self) -> String;

    /// How it verifies who touches it.
    fn verification(&self) -> Result<Verification, CeremonyError>;

    /// Whether it has this credential of ours; without a touch.
    fn holds(&self, credential: &[u8]) -> Result<bool, CeremonyError>;

    /// Makes a credential for the person, verified; none where one of `known` is there.
    fn make(
        &self,
        client_data: &[u8],
        person: &str,
        known: &[Vec<u8>],
        pin: Option<&str>,
        patience: &Patience<'_>,
    ) -> Result<Made, CeremonyError>;

    /// Signs, verified: authenticator data and signature.
    fn sign(
        &self,
        client_data: &[u8],
        credential: &[u8],
        pin: Option<&str>,
        patience: &Patience<'_>,
    ) -> Result<(Vec<u8>, Vec<u8>), CeremonyError>;
}

/// How a security key verifies who touches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// By itself: it reads a finger.
    Itself,
    /// By a PIN, with so many tries left.
    Pin {
        /// How many are left before it blocks.
        left: u8,
    },
    /// Not yet: it has neither a PIN nor a finger.
    None,
}

/// A credential that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// How it signs.
    pub algorithm: Algorithm,
    /// Its public key, as enrolments keep it.
    pub key: Vec<u8>,
    /// Its id.
    pub credential: Vec<u8>,
    /// What the key said of it.
    pub authenticator_data: Vec<u8>,
}

/// What a key is about to be touched for.
#[derive(Clone, Copy, Debug)]
pub enum About<'a> {
    /// A new credential, for what this says.
    Making(&'a str),
    /// A signature of this.
    Signing(&'a Shown),
}

/// The person at the keys: shown what a touch is for, asked for a PIN, told to touch.
pub trait Hand: Send + Sync {
    /// Shows what follows; an error is a no.
    fn show(&self, about: About<'_>) -> Result<(), CeremonyError>;

    /// Which of these keys to use; an error is a no. Asked only where there are several.
    fn choose(&self, names: &[String]) -> Result<usize, CeremonyError>;

    /// The PIN of this key; an error is a no.
    fn pin(&self, name: &str, left: u8) -> Result<Zeroizing<String>, CeremonyError>;

    /// This key waits for a touch. An error is a no, and nothing is waited for.
    fn touch(&self, name: &str) -> Result<(), CeremonyError>;

    /// It waits no longer, whatever came of it.
    fn rest(&self) {}

    /// Whether the person does not want to touch it any more; asked again and again while it waits.
    fn given_up(&self) -> bool {
        false
    }
}

type Found = Vec<Box<dyn Plugged>>;

/// The security keys of this machine, as they are plugged in when they are needed.
pub struct SecurityKeys {
    plugged: Box<dyn Fn() -> Result<Found, CeremonyError> + Send + Sync>,
    hand: Box<dyn Hand>,
}

impl SecurityKeys {
    /// The security keys at this machine's USB, in the hands of this person.
    pub fn at_usb(hand: Box<dyn Hand>) -> SecurityKeys {
        SecurityKeys::new(plugged_in, hand)
    }

    /// Security keys that `plugged` finds, in the hands of this person.
    pub fn new(
        plugged: impl Fn() -> Result<Found, CeremonyError> + Send + Sync + 'static,
        hand: Box<dyn Hand>,
    ) -> SecurityKeys {
        SecurityKeys { plugged: Box::new(plugged), hand }
    }

    fn found(&self) -> Result<Found, CeremonyError> {
        let found = (self.plugged)()?;
        if found.is_empty() { Err(CeremonyError::NoSecurityKey) } else { Ok(found) }
    }

    fn chosen(&self) -> Result<Box<dyn Plugged>, CeremonyError> {
        let mut found = self.found()?;
        let names: Vec<String> = found.iter().map(|key| key.name()).collect();
        let place = if names.len() == 1 { 0 } else { self.hand.choose(&names)? };
        if place >= found.len() {
            return Err(CeremonyError::Declined);
        }
        Ok(found.swap_remove(place))
    }

    /// The PIN, where the key wants one; then the hint to touch.
    fn prepare(&self, key: &dyn Plugged) -> Result<Option<Zeroizing<String>>, CeremonyError> {
        let pin = match key.verification()? {
            Verification::Itself => None,
            Verification::Pin { left: 0 } => return Err(CeremonyError::PinBlocked),
            Verification::Pin { left } => Some(self.hand.pin(&key.name(), left)?),
            Verification::None => return Err(CeremonyError::NoPin),
        };
        self.hand.touch(&key.name())?;
        Ok(pin)
    }
}

/// Lets a hand rest, whatever came of the touch.
struct Rests<'a>(&'a dyn Hand);

impl Drop for Rests<'_> {
    fn drop(&mut self) {
        self.0.rest();
    }
}

impl Authenticator for SecurityKeys {
    fn enrol(&self, wish: &Wish) -> Result<PublicKey, CeremonyError> {
        self.hand.show(About::Making(&wish.headline))?;
        let key = self.chosen()?;
        let mut challenge = [0; 32];
        getrandom::fill(&mut challenge).map_err(|error| CeremonyError::System(error.to_string()))?;
        let _rests = Rests(self.hand.as_ref());
        let pin = self.prepare(key.as_ref())?;
        let client_data = client_data("webauthn.create", &challenge);
        let given_up = || self.hand.given_up();
        let patience = Patience::new(A_TOUCH, &given_up);
        let pin = pin.as_ref().map(|pin| pin.as_str());
        let made = key.make(&client_data, &wish.person, &wish.known, pin, &patience)?;
        NewKey {
            algorithm: made.algorithm,
            key: made.key,
            credential: made.credential,
            authenticator_data: &made.authenticator_data,
            origins: vec![SECURITY_KEY_ORIGIN.to_owned()],
        }
        .enrol()
    }

    fn assert(
        &self,
        key: &WebAuthnKey,
        statement: &Digest,
        shown: &Shown,
    ) -> Result<Assertion, CeremonyError> {
        let enrolment = key.enrolment();
        if enrolment.rp_id != RP_ID || !enrolment.origins.iter().any(|origin| origin == SECURITY_KEY_ORIGIN) {
            return Err(CeremonyError::OtherWay("without a browser"));
        }
        self.hand.show(About::Signing(shown))?;
        let mut holder = None;
        for plugged in self.found()? {
            if plugged.holds(&enrolment.credential)? {
                holder = Some(plugged);
                break;
            }
        }
        let holder = holder.ok_or(CeremonyError::AnotherSecurityKey)?;
        let _rests = Rests(self.hand.as_ref());
        let pin = self.prepare(holder.as_ref())?;
        let client_data = client_data("webauthn.get", statement.as_bytes());
        let given_up = || self.hand.given_up();
        let patience = Patience::new(A_TOUCH, &given_up);
        let pin = pin.as_ref().map(|pin| pin.as_str());
        let (authenticator_data, signature) =
            holder.sign(&client_data, &enrolment.credential, pin, &patience)?;
        let assertion = Assertion { authenticator_data, client_data, signature };
        key.check(statement, &assertion)?;
        Ok(assertion)
    }
}

/// What a browser would have written.
fn client_data(kind: &str, challenge: &[u8]) -> Vec<u8> {
    Value::object([
        ("challenge", Value::from(URL_SAFE_NO_PAD.encode(challenge))),
        ("crossOrigin", Value::from(false)),
        ("origin", Value::from(SECURITY_KEY_ORIGIN)),
        ("type", Value::from(kind)),
    ])
    .encode()
}

#[cfg(test)]
mod tests;
