//! Roots signed with a passkey that was touched for something else, somewhere else, or not at all.

use crate::harness::fault::{ANY, Fault, TWO};
use crate::harness::json::set;
use crate::harness::keys::{PASSKEYS, id};
use crate::harness::random::Random;
use crate::harness::scene::Scene;
use bailiwick_authority::{Assertion, Digest};
use bailiwick_testkit::{Ceremony, UP, UV};

/// A root by any of the passkeys, in a ceremony that was changed before it was signed.
fn ceremony(scene: &mut Scene, random: &mut Random, change: fn(&mut Ceremony)) -> String {
    scene.rooted_in(PASSKEYS[random.below(PASSKEYS.len())].0);
    scene.chain[0].ceremony = Some(change);
    "link-signature 1".into()
}

/// A root by any of the passkeys, with a bit of a part of its assertion flipped.
fn flipped(scene: &mut Scene, random: &mut Random, part: fn(&mut Assertion) -> &mut Vec<u8>) -> String {
    scene.rooted_in(PASSKEYS[random.below(PASSKEYS.len())].0);
    let bit = random.next();
    scene.chain[0].signature = Some(Box::new(move |bytes| {
        let mut assertion = Assertion::decode(&bytes).unwrap();
        let part = part(&mut assertion);
        let at = usize::try_from(bit / 8 % u64::try_from(part.len()).unwrap()).unwrap();
        part[at] ^= 1 << (bit % 8);
        assertion.encode()
    }));
    "link-signature 1".into()
}

pub(crate) const FAULTS: &[Fault] = &[
    Fault::new("touched-for-another-statement", ANY, |scene, random| {
        ceremony(scene, random, |c| c.challenge = Digest::of(b"another"))
    }),
    Fault::new("touched-at-another-port", ANY, |scene, random| {
        ceremony(scene, random, |c| c.origin = "http://bailiwick.localhost:7312".into())
    }),
    Fault::new("touched-at-another-origin", ANY, |scene, random| {
        ceremony(scene, random, |c| c.origin = "https://bailiwick.localhost.evil.example".into())
    }),
    Fault::new("touched-for-another-party", ANY, |scene, random| {
        ceremony(scene, random, |c| c.rp_id = "localhost".into())
    }),
    Fault::new("touched-by-nobody", ANY, |scene, random| ceremony(scene, random, |c| c.flags &= !UP)),
    Fault::new("touched-by-anybody", ANY, |scene, random| ceremony(scene, random, |c| c.flags &= !UV)),
    Fault::new("touched-in-a-frame", ANY, |scene, random| {
        ceremony(scene, random, |c| c.cross_origin = Some(true))
    }),
    Fault::new("touched-below-another-page", ANY, |scene, random| {
        ceremony(scene, random, |c| c.top_origin = Some("https://evil.example".into()))
    }),
    Fault::new("touched-to-enrol", ANY, |scene, random| {
        ceremony(scene, random, |c| c.kind = "webauthn.create".into())
    }),
    Fault::new("touched-with-other-copies", ANY, |scene, random| {
        ceremony(scene, random, |c| c.flags ^= 0x08)
    }),
    Fault::new("touched-authenticator-data-flipped", ANY, |scene, random| {
        flipped(scene, random, |assertion| &mut assertion.authenticator_data)
    }),
    Fault::new("touched-client-data-flipped", ANY, |scene, random| {
        flipped(scene, random, |assertion| &mut assertion.client_data)
    }),
    Fault::new("touched-signature-flipped", ANY, |scene, random| {
        flipped(scene, random, |assertion| &mut assertion.signature)
    }),
    Fault::new("touched-with-another-key", ANY, |scene, random| {
        let issuer = random.below(PASSKEYS.len());
        scene.rooted_in(PASSKEYS[(issuer + 1) % PASSKEYS.len()].0);
        set(scene.link(0), "issuer", id(PASSKEYS[issuer].0));
        "link-signature 1".into()
    }),
    Fault::new("touched-key-signs-bare", ANY, |scene, random| {
        scene.rooted_in("ella-eddsa");
        let wrong = random.next().to_be_bytes();
        scene.chain[0].signature = Some(Box::new(move |_| [wrong; 8].concat()));
        "link-signature 1".into()
    }),
    Fault::new("touched-key-of-nobody", ANY, |scene, random| {
        let passkey = PASSKEYS[random.below(PASSKEYS.len())].0;
        set(scene.link(0), "issuer", id(passkey));
        scene.chain[0].signer = passkey;
        "not-a-steward".into()
    }),
    Fault::new("touched-for-the-child-of-a-holder", TWO, |scene, random| {
        scene.rooted_in("ella-es256");
        let passkey = PASSKEYS[random.below(PASSKEYS.len())].0;
        set(scene.link(1), "issuer", id(passkey));
        scene.chain[1].signer = passkey;
        "link-broken 2".into()
    }),
];
