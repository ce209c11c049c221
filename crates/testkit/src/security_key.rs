//! A security key in software, down to the reports at its USB: CTAPHID, the commands that enrol and sign, PINs
//! by both protocols (CTAP 2.1). It can lie about everything that it signs.

mod message;
mod pin;

use crate::passkey::{RP_ID, SoftwarePasskey, UP, UV};
use bailiwick_authority::{Algorithm, Digest, SECURITY_KEY_ORIGIN};
use ciborium::Value;
use message::{Line, Report};
use pin::{Agreement, Tokens};
use std::collections::VecDeque;

/// Changes what is about to be signed: authenticator data, and the hash of the client data.
pub type Before = fn(&mut Vec<u8>, &mut [u8; 32], u64);
/// Changes what was signed: authenticator data and signature.
pub type After = fn(&mut Vec<u8>, &mut Vec<u8>, u64);

/// What a software security key is like.
#[derive(Clone, Debug)]
pub struct Habits {
    /// Its PIN, if it has one.
    pub pin: Option<String>,
    /// Whether it reads fingers.
    pub finger: bool,
    /// The PIN protocols that it names; none in CTAP 2.0, which has the first.
    pub protocols: Vec<i64>,
    /// Whether it gives tokens for one purpose, as CTAP 2.1 does.
    pub new_ways: bool,
    /// What it makes keys for, if that is asked for.
    pub algorithm: Algorithm,
    /// Whether somebody touches it.
    pub touched: bool,
    /// How it lies before it signs, with a number to lie by.
    pub before: Option<(Before, u64)>,
    /// How it lies after that.
    pub after: Option<(After, u64)>,
}

impl Default for Habits {
    fn default() -> Habits {
        Habits {
            pin: Some("12345678".into()),
            finger: false,
            protocols: vec![2, 1],
            new_ways: true,
            algorithm: Algorithm::Es256,
            touched: true,
            before: None,
            after: None,
        }
    }
}

/// A security key in software.
pub struct SoftwareSecurityKey {
    /// What it is like. May change while it is plugged in.
    pub habits: Habits,
    line: Line,
    agreement: Agreement,
    tokens: Tokens,
    /// The seeds of its credentials.
    seeds: Vec<[u8; 32]>,
    counter: u32,
    /// A command that waits for a touch: its channel, and what it asks.
    waiting: Option<(u32, Vec<u8>)>,
}

const OK: u8 = 0x00;
const NO_CREDENTIALS: u8 = 0x2e;
const CANCELLED: u8 = 0x2d;

const PRESENCE_WANTED: u8 = 2;

impl SoftwareSecurityKey {
    /// A key without credentials.
    pub fn new(habits: Habits) -> SoftwareSecurityKey {
        SoftwareSecurityKey {
            habits,
            line: Line::default(),
            agreement: Agreement::new(),
            tokens: Tokens::default(),
            seeds: Vec::new(),
            counter: 0,
            waiting: None,
        }
    }

    /// With the credential of a seed, as if it had been made before.
    pub fn with_credential(mut self, seed: [u8; 32]) -> SoftwareSecurityKey {
        self.seeds.push(seed);
        self
    }

    /// The credential of a seed, as this key enrols it.
    pub fn credential(&self, seed: &[u8; 32]) -> SoftwarePasskey {
        SoftwarePasskey::at(self.habits.algorithm, seed, false, RP_ID, &[SECURITY_KEY_ORIGIN])
    }

    /// Takes a report.
    pub fn take(&mut self, report: &Report) {
        let Some((channel, command, message)) = self.line.take(report) else { return };
        match command {
            message::INIT => self.line.welcome(channel, &message),
            message::CANCEL if self.waiting.is_some() => {
                self.waiting = None;
                self.line.answer(channel, message::CBOR, &[CANCELLED]);
            }
            message::CBOR => {
                let (command, parameters) = message.split_first().unwrap();
                let wants_touch = matches!(command, 1 | 2) && !is_silent(parameters);
                if wants_touch && !self.habits.touched {
                    self.line.wait_on(channel);
                    self.waiting = Some((channel, message));
                    return;
                }
                if wants_touch {
                    self.line.answer(channel, message::KEEPALIVE, &[PRESENCE_WANTED]);
                }
                let answer = self.perform(*command, parameters);
                self.line.answer(channel, message::CBOR, &answer);
            }
            _ => {}
        }
    }

    /// Gives the next report, if there is one. A key that waits for a touch says so for ever.
    pub fn give(&mut self) -> Option<Report> {
        if self.waiting.is_some() {
            self.line.keep_alive(PRESENCE_WANTED);
        }
        self.line.give()
    }

    /// Whether it waits for a touch.
    pub fn waits(&self) -> bool {
        self.waiting.is_some()
    }

    /// Touches it, where it waits for that.
    pub fn touch(&mut self) {
        let Some((channel, message)) = self.waiting.take() else { return };
        let (command, parameters) = message.split_first().unwrap();
        let answer = self.perform(*command, parameters);
        self.line.answer(channel, message::CBOR, &answer);
    }

    fn perform(&mut self, command: u8, parameters: &[u8]) -> Vec<u8> {
        let parameters = if parameters.is_empty() { Members::default() } else { Members::read(parameters) };
        let answer = match command {
            1 => self.make(&parameters),
            2 => self.sign(&parameters),
            4 => Ok(self.info()),
            6 => self.tokens.perform(&mut self.agreement, &self.habits, &parameters),
            _ => Err(0x01),
        };
        match answer {
            Ok(value) => {
                let mut written = vec![OK];
                ciborium::into_writer(&value, &mut written).unwrap();
                written
            }
            Err(status) => vec![status],
        }
    }

    fn info(&self) -> Value {
        let mut options = vec![("rk", true), ("up", true), ("clientPin", self.habits.pin.is_some())];
        options.extend(self.habits.finger.then_some(("uv", true)));
        options.extend(self.habits.new_ways.then_some(("pinUvAuthToken", true)));
        let options = options.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let mut members = vec![
            (1.into(), Value::Array(vec!["FIDO_2_0".into()])),
            (3.into(), Value::Bytes(vec![0; 16])),
            (4.into(), Value::Map(options)),
        ];
        if !self.habits.protocols.is_empty() {
            let known = self.habits.protocols.iter().map(|number| (*number).into()).collect();
            members.push((6.into(), Value::Array(known)));
        }
        Value::Map(members)
    }

    /// The flags, if whoever asks may: a token of this key's, or a finger.
    fn flags(&self, parameters: &Members, token: i64, options: i64, purpose: i64) -> Result<u8, u8> {
        let hash = parameters.bytes(if purpose == pin::FOR_MAKING { 1 } else { 2 }).ok_or(0x14)?;
        if let Some(proof) = parameters.bytes(token) {
            self.tokens.check(proof, hash, parameters.number(token + 1), purpose, self.habits.new_ways)?;
            return Ok(UP | UV);
        }
        let verified = parameters.map(options).is_some_and(|options| options.says("uv"));
        match verified {
            true if self.habits.finger => Ok(UP | UV),
            true => Err(0x2b),
            false if self.habits.pin.is_some() => Err(0x36),
            false => Ok(UP),
        }
    }

    fn make(&mut self, parameters: &Members) -> Result<Value, u8> {
        let flags = self.flags(parameters, 8, 7, pin::FOR_MAKING)?;
        let kinds = parameters.0.iter().find(|(key, _)| *key == 4.into()).unwrap().1.as_array().unwrap();
        let wanted = Value::from(self.habits.algorithm.cose());
        if !kinds.iter().any(|kind| kind.as_map().unwrap().contains(&("alg".into(), wanted.clone()))) {
            return Err(0x26);
        }
        let mut seed = [0; 32];
        seed.copy_from_slice(Digest::of_parts(&[b"a new seed", &self.seeds.len().to_be_bytes()]).as_bytes());
        self.seeds.push(seed);
        let own = self.credential(&seed);
        let enrolment = own.enrolment();
        let length = u16::try_from(enrolment.credential.len()).unwrap().to_be_bytes();
        let mut key = Vec::new();
        ciborium::into_writer(&cose(enrolment.algorithm, &enrolment.key), &mut key).unwrap();
        let attested = [&[0; 16][..], &length, &enrolment.credential, &key].concat();
        let mut data = self.data(flags | 0x40, &parameters.map(2).unwrap().text("id"), &attested);
        if let Some((lie, number)) = self.habits.before {
            lie(&mut data, &mut [0; 32], number);
        }
        let nothing = Value::Map(Vec::new());
        Ok(Value::Map(vec![(1.into(), "none".into()), (2.into(), Value::Bytes(data)), (3.into(), nothing)]))
    }

    fn sign(&mut self, parameters: &Members) -> Result<Value, u8> {
        let list = parameters.0.iter().find(|(key, _)| *key == 3.into()).unwrap().1.as_array().unwrap();
        let ids: Vec<&Vec<u8>> = list
            .iter()
            .filter_map(|one| one.as_map()?.iter().find(|(key, _)| *key == "id".into())?.1.as_bytes())
            .collect();
        let own = self.seeds.iter().map(|seed| self.credential(seed));
        let own = own.into_iter().find(|own| ids.contains(&&own.enrolment().credential));
        let own = own.ok_or(NO_CREDENTIALS)?;
        let silent = parameters.map(5).is_some_and(|options| options.denies("up"));
        let flags = if silent { 0 } else { self.flags(parameters, 6, 5, pin::FOR_GETTING)? };
        let mut data = self.data(flags, &parameters.text(1), &[]);
        let mut hash: [u8; 32] = parameters.bytes(2).unwrap().try_into().unwrap();
        if let (Some((lie, number)), false) = (self.habits.before, silent) {
            lie(&mut data, &mut hash, number);
        }
        let mut signature = own.sign_bytes(&[data.as_slice(), &hash].concat());
        if let (Some((lie, number)), false) = (self.habits.after, silent) {
            lie(&mut data, &mut signature, number);
        }
        let id = vec![
            ("id".into(), Value::Bytes(own.enrolment().credential.clone())),
            ("type".into(), "public-key".into()),
        ];
        Ok(Value::Map(vec![
            (1.into(), Value::Map(id)),
            (2.into(), Value::Bytes(data)),
            (3.into(), Value::Bytes(signature)),
        ]))
    }

    fn data(&mut self, flags: u8, rp_id: &str, attested: &[u8]) -> Vec<u8> {
        self.counter += 1;
        let hash = Digest::of(rp_id.as_bytes());
        [hash.as_bytes(), &[flags][..], &self.counter.to_be_bytes(), attested].concat()
    }
}

fn is_silent(parameters: &[u8]) -> bool {
    !parameters.is_empty() && Members::read(parameters).map(5).is_some_and(|options| options.denies("up"))
}

fn cose(algorithm: Algorithm, key: &[u8]) -> Value {
    let (kind, members) = match algorithm {
        Algorithm::Es256 => {
            let (x, y) = key[1..].split_at(32);
            (2, vec![(-1, 1.into()), (-2, Value::Bytes(x.into())), (-3, Value::Bytes(y.into()))])
        }
        Algorithm::EdDsa => (1, vec![(-1, 6.into()), (-2, Value::Bytes(key.into()))]),
        Algorithm::Rs256 => (3, vec![(-1, Value::Bytes(key.into())), (-2, Value::Bytes(vec![1, 0, 1]))]),
    };
    let head = [(1, Value::from(kind)), (3, Value::from(algorithm.cose()))];
    let all = head.into_iter().chain(members);
    Value::Map(all.map(|(key, value)| (Value::from(key), value)).collect())
}

/// A map that came.
#[derive(Default)]
struct Members(Vec<(Value, Value)>);

impl Members {
    fn read(bytes: &[u8]) -> Members {
        let value: Value = ciborium::from_reader(bytes).unwrap();
        Members(value.into_map().unwrap())
    }

    fn at(&self, key: impl Into<Value>) -> Option<&Value> {
        let key = key.into();
        self.0.iter().find(|(own, _)| *own == key).map(|(_, value)| value)
    }

    fn bytes(&self, key: i64) -> Option<&[u8]> {
        self.at(key)?.as_bytes().map(Vec::as_slice)
    }

    fn number(&self, key: i64) -> i64 {
        self.at(key).and_then(Value::as_integer).map_or(0, |number| number.try_into().unwrap())
    }

    fn text(&self, key: impl Into<Value>) -> String {
        self.at(key).unwrap().as_text().unwrap().to_owned()
    }

    fn map(&self, key: i64) -> Option<Members> {
        Some(Members(self.at(key)?.as_map()?.clone()))
    }

    fn says(&self, name: &str) -> bool {
        self.at(name) == Some(&true.into())
    }

    fn denies(&self, name: &str) -> bool {
        self.at(name) == Some(&false.into())
    }
}

/// Reports on their way out.
type Out = VecDeque<Report>;
