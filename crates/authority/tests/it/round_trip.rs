//! What is sealed is read back as it was, whatever kind it is; and strict JSON has one encoding.

use crate::harness::keys::key;
use crate::samples;
use crate::size::property;
use bailiwick_authority::{
    Ed25519Signer, Envelope, Kind, Payload, Realm, Signer, Timestamp, Unverified, Value, seal,
};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::fmt::Debug;

/// Seals random bodies of one kind and reads them back from the envelope's bytes.
fn round_trip<T: Payload + Clone + Debug + PartialEq>(bodies: impl Strategy<Value = T>) {
    let signer: &Ed25519Signer = key("ada");
    let issued = samples::time();
    let realm = prop_oneof![Just(Realm::Genesis), samples::digest().prop_map(Realm::Of)];
    let mut runner = TestRunner::new(property(T::KIND.as_str(), 24, 2_400));
    let strategy = (bodies, realm, issued, samples::nonce());
    let result = runner.run(&strategy, |(body, realm, issued, nonce)| {
        let sealed = seal(signer, realm, issued, nonce, body.clone()).unwrap();
        let bytes = sealed.envelope().to_bytes();
        let envelope = Envelope::parse(&bytes).unwrap();
        prop_assert_eq!(&envelope, sealed.envelope());
        prop_assert_eq!(Kind::of(&envelope), Some(T::KIND));
        let read: Unverified<T> = Unverified::parse(&bytes).unwrap();
        prop_assert_eq!(read.body(), &body);
        prop_assert_eq!(read.digest(), sealed.digest());
        let common = read.common().clone();
        prop_assert_eq!((common.realm, common.issued, common.nonce), (realm, issued, nonce));
        prop_assert_eq!(common.issuer, signer.public().id());
        prop_assert!(read.clone().verify(signer.public()).is_ok());
        prop_assert!(read.verify(key("ben").public()).is_err());
        // Another kind never reads it.
        for kind in Kind::ALL {
            prop_assert_eq!(kind == T::KIND, reads(kind, &bytes));
        }
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{}: {failure}", T::KIND.as_str()));
}

/// Whether the bytes read as a statement of `kind`.
fn reads(kind: Kind, bytes: &[u8]) -> bool {
    use bailiwick_authority::{
        Alarm, Approval, Capability, Connection, Fetch, Finding, Halt, Invitation, Invocation, Pause,
        PolicySet, Receipt, Request, Resume, Revocation, Roster, Session, Standing,
    };
    match kind {
        Kind::Roster => Unverified::<Roster>::parse(bytes).is_ok(),
        Kind::Connection => Unverified::<Connection>::parse(bytes).is_ok(),
        Kind::Policy => Unverified::<PolicySet>::parse(bytes).is_ok(),
        Kind::Capability => Unverified::<Capability>::parse(bytes).is_ok(),
        Kind::Invocation => Unverified::<Invocation>::parse(bytes).is_ok(),
        Kind::Revocation => Unverified::<Revocation>::parse(bytes).is_ok(),
        Kind::Halt => Unverified::<Halt>::parse(bytes).is_ok(),
        Kind::Pause => Unverified::<Pause>::parse(bytes).is_ok(),
        Kind::Resume => Unverified::<Resume>::parse(bytes).is_ok(),
        Kind::Fetch => Unverified::<Fetch>::parse(bytes).is_ok(),
        Kind::Request => Unverified::<Request>::parse(bytes).is_ok(),
        Kind::Approval => Unverified::<Approval>::parse(bytes).is_ok(),
        Kind::Standing => Unverified::<Standing>::parse(bytes).is_ok(),
        Kind::Session => Unverified::<Session>::parse(bytes).is_ok(),
        Kind::Invitation => Unverified::<Invitation>::parse(bytes).is_ok(),
        Kind::Alarm => Unverified::<Alarm>::parse(bytes).is_ok(),
        Kind::Receipt => Unverified::<Receipt>::parse(bytes).is_ok(),
        Kind::Finding => Unverified::<Finding>::parse(bytes).is_ok(),
    }
}

macro_rules! every_kind {
    ($($kind:ident),*) => {$(
        #[test]
        fn $kind() {
            round_trip(samples::$kind());
        }
    )*};
}

every_kind!(
    roster, connection, policy, capability, invocation, revocation, halt, pause, resume, fetch, request,
    approval, standing, session, invitation, alarm, receipt, finding
);

#[test]
fn what_would_not_be_read_is_not_sealed() {
    // A window longer than a day is no rate, and a capability without a grant is none.
    let mut runner = TestRunner::new(property("unsealable", 8, 80));
    let result = runner.run(&samples::capability(), |good| {
        let issued = Timestamp::from_seconds(0).unwrap();
        let nonce = bailiwick_authority::Nonce([0; 16]);
        let bad = bailiwick_authority::Capability { grants: Vec::new(), ..good.clone() };
        prop_assert!(seal(key("ada"), Realm::Genesis, issued, nonce, bad).is_err());
        let rate = Some(bailiwick_authority::Rate { uses: 1, seconds: 86_401 });
        let bad = bailiwick_authority::Capability { rate, ..good.clone() };
        prop_assert!(seal(key("ada"), Realm::Genesis, issued, nonce, bad).is_err());
        // A count that JSON cannot carry must not be sealed as another one.
        let bad = bailiwick_authority::Capability { max_uses: Some(u64::MAX), ..good };
        prop_assert!(seal(key("ada"), Realm::Genesis, issued, nonce, bad).is_err());
        Ok(())
    });
    result.unwrap();
}

#[test]
fn strict_json_has_one_encoding() {
    let mut runner = TestRunner::new(property("strict json", 500, 50_000));
    let result = runner.run(&any::<String>(), |text| {
        if let Ok(value) = Value::parse(text.as_bytes()) {
            prop_assert_eq!(Value::parse(&value.encode()), Ok(value));
        }
        let quoted = Value::from(text);
        prop_assert_eq!(Value::parse(&quoted.encode()), Ok(quoted));
        Ok(())
    });
    result.unwrap();
}
