//! PINs from the key's side: both protocols, tries, and tokens with a purpose (CTAP 2.1, 6.5).

use super::{Habits, Members};
use crate::passkey::RP_ID;
use aes::Aes256;
use aes::cipher::{Block, BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::{digest, hkdf, hmac, rand};
use ciborium::Value;

pub(super) const FOR_MAKING: i64 = 1;
pub(super) const FOR_GETTING: i64 = 2;

const INVALID: u8 = 0x31;
const BLOCKED: u8 = 0x32;
const AUTH_INVALID: u8 = 0x33;
const AUTH_BLOCKED: u8 = 0x34;

const ALL_TRIES: u8 = 8;
/// So many wrong ones in a row, and it must be plugged in again.
const IN_A_ROW: u8 = 3;

/// The key's half of agreements; a new one after every wrong PIN.
pub(super) struct Agreement(PrivateKey);

impl Agreement {
    pub(super) fn new() -> Agreement {
        Agreement(PrivateKey::generate(&ECDH_P256).unwrap())
    }

    fn cose(&self) -> Value {
        let point = self.0.compute_public_key().unwrap();
        let (x, y) = point.as_ref()[1..].split_at(32);
        let members: [(i64, Value); 5] = [
            (1, 2.into()),
            (3, (-25).into()),
            (-1, 1.into()),
            (-2, Value::Bytes(x.into())),
            (-3, Value::Bytes(y.into())),
        ];
        Value::Map(members.map(|(key, value)| (key.into(), value)).into())
    }

    fn secret(&self, protocol: i64, theirs: &Members) -> Vec<u8> {
        let point = [&[4], theirs.bytes(-2).unwrap(), theirs.bytes(-3).unwrap()].concat();
        let z = agree(&self.0, UnparsedPublicKey::new(&ECDH_P256, point), (), |z| Ok(z.to_vec())).unwrap();
        if protocol == 1 {
            return digest::digest(&digest::SHA256, &z).as_ref().to_vec();
        }
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, &[0; 32]).extract(&z);
        let mut key = vec![0; 32];
        salt.expand(&[b"CTAP2 AES key"], hkdf::HKDF_SHA256).unwrap().fill(&mut key).unwrap();
        key
    }
}

/// What was given for PINs.
pub(super) struct Tokens {
    left: u8,
    wrong_in_a_row: u8,
    token: Option<Token>,
}

struct Token {
    secret: [u8; 32],
    protocol: i64,
    /// `None` where tokens are for everything.
    purpose: Option<i64>,
}

impl Default for Tokens {
    fn default() -> Tokens {
        Tokens { left: ALL_TRIES, wrong_in_a_row: 0, token: None }
    }
}

impl Tokens {
    pub(super) fn perform(
        &mut self,
        agreement: &mut Agreement,
        habits: &Habits,
        asked: &Members,
    ) -> Result<Value, u8> {
        let protocol = asked.number(1);
        let known = if habits.protocols.is_empty() { &[1][..] } else { &habits.protocols };
        if !known.contains(&protocol) {
            return Err(0x02);
        }
        let answer = |member: i64, value: Value| Ok(Value::Map(vec![(member.into(), value)]));
        match asked.number(2) {
            1 => answer(3, self.left.into()),
            2 => answer(1, agreement.cose()),
            7 if habits.finger => answer(5, 3.into()),
            5 if !habits.new_ways => {
                let secret = self.check_pin(agreement, habits, asked, protocol)?;
                answer(2, self.give(&secret, protocol, None))
            }
            9 if habits.new_ways => {
                assert_eq!(asked.text(10), RP_ID);
                let secret = self.check_pin(agreement, habits, asked, protocol)?;
                answer(2, self.give(&secret, protocol, Some(asked.number(9))))
            }
            6 if habits.new_ways && habits.finger => {
                assert_eq!(asked.text(10), RP_ID);
                let secret = agreement.secret(protocol, &asked.map(3).unwrap());
                answer(2, self.give(&secret, protocol, Some(asked.number(9))))
            }
            _ => Err(0x3e),
        }
    }

    fn check_pin(
        &mut self,
        agreement: &mut Agreement,
        habits: &Habits,
        asked: &Members,
        protocol: i64,
    ) -> Result<Vec<u8>, u8> {
        let pin = habits.pin.as_ref().ok_or(0x35)?;
        if self.left == 0 {
            return Err(BLOCKED);
        }
        if self.wrong_in_a_row >= IN_A_ROW {
            return Err(AUTH_BLOCKED);
        }
        let secret = agreement.secret(protocol, &asked.map(3).unwrap());
        self.left -= 1;
        let expected = digest::digest(&digest::SHA256, pin.as_bytes());
        if decrypt(&secret, protocol, asked.bytes(6).unwrap()) == expected.as_ref()[..16] {
            (self.left, self.wrong_in_a_row) = (ALL_TRIES, 0);
            return Ok(secret);
        }
        *agreement = Agreement::new();
        self.wrong_in_a_row += 1;
        Err(match (self.left, self.wrong_in_a_row) {
            (0, _) => BLOCKED,
            (_, IN_A_ROW) => AUTH_BLOCKED,
            _ => INVALID,
        })
    }

    fn give(&mut self, shared: &[u8], protocol: i64, purpose: Option<i64>) -> Value {
        let mut secret = [0; 32];
        rand::fill(&mut secret).unwrap();
        self.token = Some(Token { secret, protocol, purpose });
        Value::Bytes(encrypt(shared, protocol, &secret))
    }

    pub(super) fn check(
        &self,
        proof: &[u8],
        hash: &[u8],
        protocol: i64,
        purpose: i64,
        new_ways: bool,
    ) -> Result<(), u8> {
        let token = self.token.as_ref().ok_or(AUTH_INVALID)?;
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &token.secret), hash);
        let tag = if protocol == 1 { &tag.as_ref()[..16] } else { tag.as_ref() };
        let fits = if new_ways { token.purpose == Some(purpose) } else { token.purpose.is_none() };
        if token.protocol == protocol && fits && tag == proof { Ok(()) } else { Err(AUTH_INVALID) }
    }
}

fn decrypt(key: &[u8], protocol: i64, text: &[u8]) -> Vec<u8> {
    let (iv, text) = if protocol == 1 { (&[0; 16][..], text) } else { text.split_at(16) };
    let mut cipher = cbc::Decryptor::<Aes256>::new_from_slices(key, iv).unwrap();
    each_block(text, |block| cipher.decrypt_block(block))
}

fn encrypt(key: &[u8], protocol: i64, text: &[u8]) -> Vec<u8> {
    let mut iv = [0; 16];
    if protocol != 1 {
        rand::fill(&mut iv).unwrap();
    }
    let mut cipher = cbc::Encryptor::<Aes256>::new_from_slices(key, &iv).unwrap();
    let encrypted = each_block(text, |block| cipher.encrypt_block(block));
    if protocol == 1 { encrypted } else { [&iv[..], &encrypted].concat() }
}

fn each_block(text: &[u8], mut each: impl FnMut(&mut Block<Aes256>)) -> Vec<u8> {
    text.chunks(16)
        .flat_map(|part| {
            let mut block = Block::<Aes256>::try_from(part).unwrap();
            each(&mut block);
            block.to_vec()
        })
        .collect()
}
