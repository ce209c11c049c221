//! Signatures that are somebody else's, over something else, or no signatures.

use crate::harness::fault::{ANY, Fault, TWO, any, child, signed};
use crate::harness::json::{self, compact, int, set};
use crate::harness::keys::holder;
use crate::harness::part::{pae, replacing};
use crate::harness::random::Random;
use crate::harness::scene::Scene;
use bailiwick_authority::{Envelope, Value};

/// The order of Ed25519's group, little-endian.
const L: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The same signature with S + L in place of S.
pub(crate) fn malleable(mut signature: Vec<u8>) -> Vec<u8> {
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(L) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    signature
}

/// After signing, exchanges a member of the payload; the digests that others link to follow.
fn tampered(scene: &mut Scene, random: &mut Random, path: &'static str, new: fn(&Value) -> Value) -> String {
    let link = any(scene, random);
    let part = &mut scene.chain[link];
    let old = json::get(&part.payload, path).unwrap();
    let (member, last) = (new(old), path.rsplit('/').next().unwrap());
    let pair = |value: &Value| format!("\"{last}\":{}", compact(value));
    part.after = Some(replacing(pair(old), pair(&member)));
    format!("link-signature {}", link + 1)
}

fn more(value: &Value) -> Value {
    match value {
        Value::Int(number) => Value::Int(number + 1),
        other => panic!("{other:?} is no number"),
    }
}

pub(crate) const FAULTS: &[Fault] = &[
    Fault::new("signed-by-a-stranger", ANY, |scene, random| {
        let (part, expected) = signed(scene, random);
        part.signer = "stranger-2";
        expected
    }),
    Fault::new("signed-by-the-next-in-line", TWO, |scene, random| {
        let link = child(scene, random);
        scene.chain[link].signer = scene.chain[link - 1].signer;
        format!("link-signature {}", link + 1)
    }),
    Fault::new("signatures-swapped", TWO, |scene, random| {
        let link = child(scene, random);
        scene.edit = Some(Box::new(move |case| {
            let read = |bytes: &[u8]| Envelope::parse(bytes).unwrap();
            let (one, two) = (read(&case.chain[link - 1]), read(&case.chain[link]));
            let with = |own: &Envelope, other: &Envelope| {
                let (kind, payload) = (own.payload_type(), own.payload().to_vec());
                Envelope::new(kind, payload, other.signature().to_vec()).to_bytes()
            };
            case.chain[link - 1] = with(&one, &two);
            case.chain[link] = with(&two, &one);
        }));
        format!("link-signature {link}")
    }),
    Fault::new("signature-bit-flipped", ANY, |scene, random| {
        let (bit, (part, expected)) = (random.below(512), signed(scene, random));
        part.signature = Some(Box::new(move |mut signature| {
            signature[bit / 8] ^= 1 << (bit % 8);
            signature
        }));
        expected
    }),
    Fault::new("signature-a-byte-short", ANY, |scene, random| {
        let (part, expected) = signed(scene, random);
        part.signature = Some(Box::new(|mut signature| {
            signature.pop();
            signature
        }));
        expected
    }),
    Fault::new("signature-a-byte-long", ANY, |scene, random| {
        let (part, expected) = signed(scene, random);
        part.signature = Some(Box::new(|mut signature| {
            signature.push(0);
            signature
        }));
        expected
    }),
    Fault::new("signature-empty", ANY, |scene, random| {
        let (part, expected) = signed(scene, random);
        part.signature = Some(Box::new(|_| Vec::new()));
        expected
    }),
    Fault::new("signature-of-zeros", ANY, |scene, random| {
        let (part, expected) = signed(scene, random);
        part.signature = Some(Box::new(|signature| vec![0; signature.len()]));
        expected
    }),
    Fault::new("signature-of-the-identity", ANY, |scene, random| {
        let (part, expected) = signed(scene, random);
        part.signature = Some(Box::new(|signature| {
            let mut identity = vec![0; signature.len()];
            identity[0] = 1;
            identity
        }));
        expected
    }),
    Fault::new("signature-with-s-plus-l", ANY, |scene, random| {
        let (part, expected) = signed(scene, random);
        part.signature = Some(Box::new(malleable));
        expected
    }),
    Fault::new("signature-halves-swapped", ANY, |scene, random| {
        let (part, expected) = signed(scene, random);
        part.signature = Some(Box::new(|mut signature| {
            signature.rotate_left(32);
            signature
        }));
        expected
    }),
    Fault::new("signed-without-the-pre-authentication-encoding", ANY, |scene, random| {
        let (part, expected) = signed(scene, random);
        part.signed = Some(Box::new(|_, payload, _| payload.to_vec()));
        expected
    }),
    Fault::new("signed-as-another-payload-type", ANY, |scene, random| {
        let (part, expected) = signed(scene, random);
        part.signed = Some(Box::new(|_, payload, _| pae("application/vnd.in-toto+json", payload)));
        expected
    }),
    Fault::new("signed-as-an-earlier-version", ANY, |scene, random| {
        let (part, expected) = signed(scene, random);
        part.signed = Some(Box::new(|kind, payload, _| pae(&kind.replace(".v1", ".v0"), payload)));
        expected
    }),
    Fault::new("tampered-expires", ANY, |scene, random| tampered(scene, random, "expires", more)),
    Fault::new("tampered-issued", ANY, |scene, random| {
        tampered(scene, random, "issued", |issued| match issued {
            Value::Int(number) => Value::Int(number - 1),
            other => other.clone(),
        })
    }),
    Fault::new("tampered-max-depth", ANY, |scene, random| tampered(scene, random, "max_depth", more)),
    Fault::new("tampered-label", ANY, |scene, random| {
        tampered(scene, random, "label", |_| Value::from("a trusted agent"))
    }),
    Fault::new("tampered-purpose", ANY, |scene, random| {
        tampered(scene, random, "purpose", |_| Value::from("everything"))
    }),
    Fault::new("tampered-nonce", ANY, |scene, random| {
        tampered(scene, random, "nonce", |_| Value::from("0123456789abcdef0123456789abcdef"))
    }),
    Fault::new("tampered-holder", ANY, |scene, random| {
        tampered(scene, random, "holder", |_| holder("mallory"))
    }),
    Fault::new("tampered-grants", ANY, |scene, random| {
        let link = any(scene, random);
        scene.chain[link].after = Some(replacing("\"actions\":[", "\"actions\":[\"repos/delete\","));
        format!("link-signature {}", link + 1)
    }),
    Fault::new("tampered-white-space", ANY, |scene, random| {
        let (part, expected) = signed(scene, random);
        part.after = Some(replacing(",", ", "));
        expected
    }),
    Fault::new("holder-replaced-and-signed-by-the-thief", ANY, |scene, random| {
        let link = any(scene, random);
        set(scene.link(link), "holder", holder("mallory"));
        scene.chain[link].signer = "mallory";
        match scene.chain.get_mut(link + 1) {
            Some(next) => {
                set(&mut next.payload, "issuer", crate::harness::keys::id("mallory"));
                next.signer = "mallory";
            }
            None => {
                set(&mut scene.invocation.payload, "issuer", crate::harness::keys::id("mallory"));
                scene.invocation.signer = "mallory";
            }
        }
        format!("link-signature {}", link + 1)
    }),
    Fault::new("tampered-invocation", ANY, |scene, _| {
        scene.invocation.after = Some(replacing("the checks are green", "the checks are red"));
        "not-the-holder".into()
    }),
    Fault::new("tampered-invocation-time", ANY, |scene, _| {
        let expires = scene.number_of_invocation("expires");
        scene.invocation.after =
            Some(replacing(format!("\"expires\":{expires}"), format!("\"expires\":{}", expires - 1)));
        "not-the-holder".into()
    }),
    Fault::new("envelope-byte-flipped", ANY, |scene, random| {
        let (chosen, bit) = (random.below(scene.chain.len() + 1), random.next());
        scene.edit = Some(Box::new(move |case| {
            let bytes = case.chain.get_mut(chosen).unwrap_or(&mut case.invocation);
            let length = u64::try_from(bytes.len()).unwrap();
            let place = usize::try_from(bit / 8 % length).unwrap();
            bytes[place] ^= 1 << (bit % 8);
        }));
        String::new()
    }),
    Fault::new("integer-one-off-in-the-payload", ANY, |scene, random| {
        let (part, expected) = signed(scene, random);
        let issued = json::number(&part.payload, "issued");
        part.after = Some(replacing(
            format!("\"issued\":{}", compact(&int(issued))),
            format!("\"issued\":{}", compact(&int(issued - 1))),
        ));
        expected
    }),
];
