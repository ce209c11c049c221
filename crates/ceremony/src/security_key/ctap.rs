//! A security key at work: the commands of CTAP 2 that enrol and sign (CTAP 2.0 and 2.1, 6).

use super::cbor::{Map, bytes, map, number, written};
use super::pin::{Protocol, Shared, point};
use super::report::{Channel, Patience, Reports, garbled};
use super::{Made, Plugged, Verification};
use crate::RP_ID;
use crate::error::CeremonyError;
use bailiwick_authority::{Algorithm, Digest};
use ciborium::Value;
use std::time::Duration;
use zeroize::Zeroizing;

const MAKE: u8 = 0x01;
const GET: u8 = 0x02;
const INFO: u8 = 0x04;
const PIN: u8 = 0x06;

const FOR_MAKING: i64 = 0x01;
const FOR_GETTING: i64 = 0x02;

const NO_CREDENTIALS: u8 = 0x2e;
const PIN_INVALID: u8 = 0x31;

/// What needs no person is done in this time.
const AT_ONCE: Duration = Duration::from_secs(10);

/// A security key that speaks CTAP 2.
pub struct CtapKey {
    name: String,
    channel: Channel,
    options: Map,
    protocol: Option<Protocol>,
}

/// Why a command came to nothing.
enum Trouble {
    /// The key's own word for it.
    Status(u8),
    Other(CeremonyError),
}

impl From<CeremonyError> for Trouble {
    fn from(error: CeremonyError) -> Trouble {
        Trouble::Other(error)
    }
}

/// What was given for a PIN or a finger.
struct Token {
    protocol: Protocol,
    secret: Zeroizing<Vec<u8>>,
}

impl CtapKey {
    /// Greets what takes these reports; `None` if it speaks no CTAP 2.
    pub fn open(name: String, reports: Box<dyn Reports>) -> Result<Option<CtapKey>, CeremonyError> {
        let Some(channel) = Channel::open(reports)? else { return Ok(None) };
        let mut key = CtapKey { name, channel, options: Map::default(), protocol: None };
        let info = key.now(INFO, None)?;
        key.options = info.map_at(4).unwrap_or_default();
        // CTAP 2.0 has one protocol and says so by having a PIN.
        let numbers = match info.at(6).and_then(Value::as_array) {
            Some(known) => known.iter().filter_map(number).collect(),
            None => vec![Protocol::One.number()],
        };
        key.protocol = Protocol::of(&numbers);
        Ok(Some(key))
    }

    fn now(&self, command: u8, parameters: Option<Value>) -> Result<Map, Trouble> {
        self.command(command, parameters, &Patience::new(AT_ONCE, &|| false))
    }

    fn command(
        &self,
        command: u8,
        parameters: Option<Value>,
        patience: &Patience<'_>,
    ) -> Result<Map, Trouble> {
        let mut message = vec![command];
        if let Some(parameters) = parameters {
            message.extend(written(&parameters)?);
        }
        let answer = self.channel.call(&message, patience)?;
        match answer.split_first() {
            Some((0, [])) => Ok(Map::default()),
            Some((0, map)) => Ok(Map::read(map)?),
            Some((status, _)) => Err(Trouble::Status(*status)),
            None => Err(garbled("an answer is empty").into()),
        }
    }

    fn protocol(&self) -> Result<Protocol, CeremonyError> {
        self.protocol.ok_or_else(|| garbled("it takes PINs in a way that is not known here"))
    }

    /// How many tries are left, of the PIN (1) or the finger (7).
    fn tries(&self, subcommand: i64, member: i64) -> Result<Option<u8>, CeremonyError> {
        let ask = map([(1, Value::from(self.protocol()?.number())), (2, Value::from(subcommand))]);
        match self.now(PIN, Some(ask)) {
            Ok(answer) => Ok(answer.count_at(member)),
            // A key without such a count.
            Err(Trouble::Status(_)) => Ok(None),
            Err(Trouble::Other(error)) => Err(error),
        }
    }

    /// A token for one purpose here, for a PIN or a finger; `None` where the key verifies within the command.
    fn token(
        &self,
        pin: Option<&str>,
        purpose: i64,
        patience: &Patience<'_>,
    ) -> Result<Option<Token>, CeremonyError> {
        let new_ways = self.options.says("pinUvAuthToken");
        if pin.is_none() && !new_ways {
            return Ok(None);
        }
        let protocol = self.protocol()?;
        let agree = map([(1, Value::from(protocol.number())), (2, Value::from(2))]);
        let theirs = self.now(PIN, Some(agree))?.map_at(1).ok_or_else(|| garbled("no agreement"))?;
        let shared = Shared::agree(protocol, &theirs)?;
        let subcommand = match (pin, new_ways) {
            (None, _) => 6,
            (Some(_), true) => 9,
            (Some(_), false) => 5,
        };
        let mut ask =
            vec![(1, Value::from(protocol.number())), (2, Value::from(subcommand)), (3, shared.ours.clone())];
        if let Some(pin) = pin {
            ask.push((6, bytes(&shared.encrypt_pin(pin)?)));
        }
        if new_ways {
            ask.extend([(9, Value::from(purpose)), (10, Value::from(RP_ID))]);
        }
        let answer = match self.command(PIN, Some(map(ask)), patience) {
            Err(Trouble::Status(PIN_INVALID)) => {
                let left = self.tries(1, 3)?.unwrap_or(0);
                return Err(CeremonyError::WrongPin { left });
            }
            other => other?,
        };
        let secret = shared.decrypt_token(answer.bytes_at(2).ok_or_else(|| garbled("no token"))?)?;
        Ok(Some(Token { protocol, secret }))
    }
}

impl Plugged for CtapKey {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn verification(&self) -> Result<Verification, CeremonyError> {
        if self.options.says("uv") && self.tries(7, 5)? != Some(0) {
            return Ok(Verification::Itself);
        }
        if !self.options.says("clientPin") {
            return Ok(Verification::None);
        }
        Ok(Verification::Pin { left: self.tries(1, 3)?.unwrap_or(0) })
    }

    fn holds(&self, credential: &[u8]) -> Result<bool, CeremonyError> {
        // Nobody is asked, so that what comes back is no signature of anything: neither flag is set, and no
        // client data have the hash zero.
        let ask = map([
            (1, Value::from(RP_ID)),
            (2, bytes(&[0; 32])),
            (3, Value::Array(vec![descriptor(credential)])),
            (5, map([("up", Value::from(false))])),
        ]);
        match self.now(GET, Some(ask)) {
            Ok(_) => Ok(true),
            Err(Trouble::Status(NO_CREDENTIALS)) => Ok(false),
            Err(trouble) => Err(trouble.into()),
        }
    }

    fn make(
        &self,
        client_data: &[u8],
        person: &str,
        known: &[Vec<u8>],
        pin: Option<&str>,
        patience: &Patience<'_>,
    ) -> Result<Made, CeremonyError> {
        for credential in known {
            if self.holds(credential)? {
                return Err(CeremonyError::NoKey("this security key has a key of yours already".into()));
            }
        }
        let token = self.token(pin, FOR_MAKING, patience)?;
        let hash = Digest::of(client_data);
        let mut user = [0; 32];
        getrandom::fill(&mut user).map_err(|error| CeremonyError::System(error.to_string()))?;
        let kinds = Algorithm::ALL.map(|algorithm| {
            map([("alg", Value::from(algorithm.cose())), ("type", Value::from("public-key"))])
        });
        let mut ask = vec![
            (1, bytes(hash.as_bytes())),
            (2, map([("id", Value::from(RP_ID)), ("name", Value::from("Bailiwick"))])),
            (
                3,
                map([
                    ("id", bytes(&user)),
                    ("name", Value::from(person)),
                    ("displayName", Value::from(person)),
                ]),
            ),
            (4, Value::Array(kinds.into())),
        ];
        match token {
            Some(Token { protocol, secret }) => ask.extend([
                (8, bytes(&protocol.authenticate(&secret, hash.as_bytes()))),
                (9, Value::from(protocol.number())),
            ]),
            None => ask.push((7, map([("uv", Value::from(true))]))),
        }
        let answer = self.command(MAKE, Some(map(ask)), patience)?;
        let data = answer.bytes_at(2).ok_or_else(|| garbled("no key came"))?;
        made(data).ok_or_else(|| CeremonyError::NoKey("the answer has no key that is known here".into()))
    }

    fn sign(
        &self,
        client_data: &[u8],
        credential: &[u8],
        pin: Option<&str>,
        patience: &Patience<'_>,
    ) -> Result<(Vec<u8>, Vec<u8>), CeremonyError> {
        let token = self.token(pin, FOR_GETTING, patience)?;
        let hash = Digest::of(client_data);
        let mut ask = vec![
            (1, Value::from(RP_ID)),
            (2, bytes(hash.as_bytes())),
            (3, Value::Array(vec![descriptor(credential)])),
        ];
        match token {
            Some(Token { protocol, secret }) => ask.extend([
                (6, bytes(&protocol.authenticate(&secret, hash.as_bytes()))),
                (7, Value::from(protocol.number())),
            ]),
            None => ask.push((5, map([("uv", Value::from(true))]))),
        }
        let answer = self.command(GET, Some(map(ask)), patience)?;
        match (answer.bytes_at(2), answer.bytes_at(3)) {
            (Some(data), Some(signature)) => Ok((data.to_vec(), signature.to_vec())),
            _ => Err(garbled("no signature came")),
        }
    }
}

fn descriptor(credential: &[u8]) -> Value {
    map([("id", bytes(credential)), ("type", Value::from("public-key"))])
}

/// The credential in authenticator data: its id's length at 53, the id, the key in COSE. What else stands there
/// is judged where it is enrolled.
fn made(data: &[u8]) -> Option<Made> {
    let (length, rest) = data.get(53..)?.split_first_chunk()?;
    let (credential, cose) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let cose = Map::read(cose).ok()?;
    let number_at = |key| cose.at(key).and_then(number);
    let (algorithm, key) = match (number_at(1)?, number_at(3)?) {
        (2, -7) if number_at(-1) == Some(1) => (Algorithm::Es256, point(&cose)?),
        (1, -8) if number_at(-1) == Some(6) => (Algorithm::EdDsa, cose.bytes_at(-2)?.to_vec()),
        (3, -257) if cose.bytes_at(-2) == Some(&[1, 0, 1]) => (Algorithm::Rs256, cose.bytes_at(-1)?.to_vec()),
        _ => return None,
    };
    Some(Made { algorithm, key, credential: credential.to_vec(), authenticator_data: data.to_vec() })
}

impl From<Trouble> for CeremonyError {
    fn from(trouble: Trouble) -> CeremonyError {
        let status = match trouble {
            Trouble::Status(status) => status,
            Trouble::Other(error) => return error,
        };
        match status {
            0x19 => CeremonyError::NoKey("this security key has a key of yours already".into()),
            0x26 => CeremonyError::NoKey("it signs with none of ES256, EdDSA and RS256".into()),
            0x27 | 0x2d => CeremonyError::Declined,
            0x2f | 0x3a => CeremonyError::TimedOut,
            NO_CREDENTIALS => CeremonyError::AnotherSecurityKey,
            0x32 | 0x34 => CeremonyError::PinBlocked,
            0x35 | 0x36 => CeremonyError::NoPin,
            0x37 => CeremonyError::NewPinWanted,
            0x3c | 0x3f => CeremonyError::NotRecognised,
            other => CeremonyError::System(format!("the security key refuses with CTAP status {other:#04x}")),
        }
    }
}

#[cfg(test)]
mod tests;
