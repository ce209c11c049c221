//! What was in force when: replaced, and void since a key was in other hands.

use super::*;
use bailiwick_authority::{Assurance, Ed25519Signer, EnrolledKey, Person, Role, Signer as _};

const POLICIES: [&[u8]; 3] = [b"first", b"second", b"third"];

fn policy(number: usize) -> Digest {
    Digest::of(POLICIES[number])
}

fn key(seed: u8) -> Ed25519Signer {
    Ed25519Signer::from_seed(&[seed; 32]).unwrap()
}

fn roster(end: KeyEnd) -> Roster {
    let enrolled = |seed: u8, end| EnrolledKey {
        key: key(seed).public().clone(),
        assurance: Assurance::File,
        enrolled: "desk".parse().unwrap(),
        end,
    };
    let keys = vec![enrolled(1, Some(end)), enrolled(2, None)];
    let person = Person {
        name: "ada".parse().unwrap(),
        roles: vec![Role::Steward],
        identities: Default::default(),
        keys,
    };
    Roster { previous: None, change_quorum: 1, persons: vec![person], recovery: None }
}

/// A connection at 1, policies at 2 and 5, all of the key that ends at 9.
fn heads(end: KeyEnd) -> Heads {
    let (mut heads, issuer) = (Heads::default(), key(1).public().id());
    heads.follow("connection/github", None, (Digest::of(b"connection"), issuer), 1).unwrap();
    heads.follow("policy", None, (policy(0), issuer), 2).unwrap();
    heads.follow("policy", Some(policy(0)), (policy(1), issuer), 5).unwrap();
    heads.void_what_is_compromised(&roster(end), 9);
    heads
}

fn verdict(heads: &Heads, policy: Digest, asked: u64) -> Result<(), &'static str> {
    heads.check(Some(policy), &"github".parse().unwrap(), asked)
}

#[test]
fn an_operation_rests_on_what_was_in_force_after_it_was_asked_for() {
    for end in [KeyEnd::Rotated, KeyEnd::Retired] {
        let heads = heads(end);
        assert_eq!(heads.policy(), Some(policy(1)));
        assert_eq!(verdict(&heads, policy(1), 20), Ok(()));
        // Asked for before it was replaced, and after.
        assert_eq!(verdict(&heads, policy(0), 4), Ok(()));
        assert!(verdict(&heads, policy(0), 5).is_err());
        assert!(verdict(&heads, policy(2), 4).is_err(), "one that never was");
        assert!(verdict(&heads, Digest::of(b"connection"), 4).is_err(), "what is no policy");
        assert!(heads.check(None, &"github".parse().unwrap(), 4).is_err(), "none at all");
        assert!(heads.check(Some(policy(1)), &"elsewhere".parse().unwrap(), 4).is_err());
    }
}

#[test]
fn what_a_compromised_key_signed_since_is_void_from_the_roster_on_that_says_so() {
    let mut heads = heads(KeyEnd::CompromisedSince(5));
    assert_eq!(heads.policy(), None);
    assert_eq!(verdict(&heads, policy(1), 8), Ok(()), "asked for while nobody knew");
    assert!(verdict(&heads, policy(1), 9).is_err());
    assert!(verdict(&heads, policy(0), 9).is_err(), "the one before does not come back");
    // The series goes on from what is void; the connection is older than the compromise and stands.
    assert!(heads.follow("policy", Some(policy(0)), (policy(2), key(2).public().id()), 11).is_err());
    heads.follow("policy", Some(policy(1)), (policy(2), key(2).public().id()), 11).unwrap();
    assert_eq!(heads.policy(), Some(policy(2)));
    assert_eq!(verdict(&heads, policy(2), 12), Ok(()));
    heads.void_what_is_compromised(&roster(KeyEnd::CompromisedSince(1)), 13);
    assert_eq!(
        verdict(&heads, policy(2), 14),
        Err("an operation that succeeded through a connection that was not in force")
    );
}
