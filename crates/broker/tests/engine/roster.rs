//! Persons and their keys come and end: what stands, what falls, and what is refused whoever asks for it.

use super::persons::{Persons, someone};
use super::sign::{self, Holder, fresh_key, sign};
use super::stage::{Stage, submit};
use bailiwick_authority::{
    Algorithm, Digest, Ed25519Signer, EnrolledKey, Invitation, KeyEnd, MAX_SESSION_SECONDS, Person, Realm,
    Role, Roster, Session, Signed, Signer, Timestamp, seal,
};
use bailiwick_protocol::{ApiError, ErrorCode, OperationView};
use bailiwick_testkit::SoftwarePasskey;

/// A second steward, so that the first one's key can end.
async fn two_stewards() -> (Stage, Ed25519Signer, Person, Person) {
    let stage = Stage::new().await;
    let other = fresh_key();
    let (first, second) = (sign::person("steward", &stage.steward), sign::person("other", &other));
    stage.submit(sign::roster(Some(stage.realm), vec![first.clone(), second.clone()])).await.unwrap();
    (stage, other, first, second)
}

fn ended(person: &Person, end: KeyEnd) -> Person {
    let mut person = person.clone();
    person.keys[0].end = Some(end);
    person
}

/// The next roster of these persons, signed with `key`.
async fn change(stage: &Stage, key: &dyn Signer, persons: Vec<Person>) -> Result<Digest, ApiError> {
    let roster = next(stage, key, persons).await;
    submit(&stage.console, &roster, None).await.map(|_| roster.digest())
}

async fn next(stage: &Stage, key: &dyn Signer, persons: Vec<Person>) -> Signed<Roster> {
    let body = sign::roster(Some(stage.roster_head().await), persons);
    seal(key, Realm::Of(stage.realm), stage.now(), sign::fresh_nonce(), body).unwrap()
}

async fn comments(stage: &Stage, bot: &Holder) -> Result<OperationView, ApiError> {
    stage.comment(bot, "hello").await
}

#[track_caller]
fn works(answer: &Result<OperationView, ApiError>) {
    let outcome = answer.as_ref().ok().and_then(|view| view.outcome.as_deref());
    assert_eq!(outcome, Some("succeeded"), "{answer:?}");
}

#[track_caller]
fn falls(answer: &Result<OperationView, ApiError>) {
    match answer {
        Ok(view) => assert_ne!(view.outcome.as_deref(), Some("succeeded"), "{view:?}"),
        Err(error) => assert_eq!(error.code, ErrorCode::NotAuthorised, "{error:?}"),
    }
}

#[track_caller]
fn refused(answer: &Result<Digest, ApiError>, codes: &[ErrorCode]) {
    let code = answer.as_ref().unwrap_err().code;
    assert!(codes.contains(&code), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rotated_key_signed_stands_and_what_a_retired_one_signed_falls() {
    let (stage, other, first, second) = two_stewards().await;
    let bot = stage.delegate(|_| ()).await;
    let unsubmitted = {
        let key = fresh_key();
        let capability = stage.sign(sign::capability(&key, &stage.repository, stage.now()));
        Holder { key, chain: vec![capability] }
    };
    works(&comments(&stage, &bot).await);
    change(&stage, &other, vec![ended(&first, KeyEnd::Rotated), second.clone()]).await.unwrap();
    works(&comments(&stage, &bot).await);
    // What it signed and nobody admitted does not stand, and nothing new of it is admitted, whatever its date.
    falls(&comments(&stage, &unsubmitted).await);
    let late = stage.submit(sign::capability(&fresh_key(), &stage.repository, stage.now())).await;
    assert_eq!(late.unwrap_err().code, ErrorCode::NotPermitted);
    let stage = stage.restart().await;
    works(&comments(&stage, &bot).await);
    change(&stage, &other, vec![ended(&first, KeyEnd::Retired), second]).await.unwrap();
    falls(&comments(&stage, &bot).await);
    let stage = stage.restart().await;
    falls(&comments(&stage, &bot).await);
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_counts_that_a_compromised_key_signed_since_the_entry_that_is_named() {
    let (stage, other, first, second) = two_stewards().await;
    let before = stage.delegate(|_| ()).await;
    let since = stage.console.status().await.unwrap().entries;
    let after = stage.delegate(|_| ()).await;
    // A thief changes the policy, too.
    let texts = sign::policy_texts(true);
    let head = stage.console.status().await.unwrap().policy.unwrap().parse().unwrap();
    let thiefs = stage.sign(sign::policy(&texts, Some(head)));
    submit(&stage.console, &thiefs, Some(texts.clone())).await.unwrap();
    works(&comments(&stage, &after).await);
    let end = KeyEnd::CompromisedSince(since);
    change(&stage, &other, vec![ended(&first, end), second]).await.unwrap();
    falls(&comments(&stage, &after).await);
    // Its policy is void, so that nothing is allowed until somebody signs the next one.
    assert_eq!(stage.console.status().await.unwrap().policy, None);
    let denied = comments(&stage, &before).await;
    falls(&denied);
    let stage = stage.restart().await;
    assert_eq!(stage.console.status().await.unwrap().policy, None);
    let policy = sign::policy(&texts, Some(thiefs.digest()));
    let policy = sign(&other, Realm::Of(stage.realm), stage.now(), policy);
    submit(&stage.console, &policy, Some(texts)).await.unwrap();
    works(&comments(&stage, &before).await);
    falls(&comments(&stage, &after).await);
    // A statement that says that it was made long before is no less late.
    let long_ago = Timestamp::from_seconds(stage.now().seconds() - 1_000_000).unwrap();
    let capability = sign::capability(&fresh_key(), &stage.repository, stage.now());
    let backdated = sign(&stage.steward, Realm::Of(stage.realm), long_ago, capability);
    let refused = submit(&stage.console, &backdated, None).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotPermitted);
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_under_way_does_not_outlive_the_key_at_its_root() {
    for end in [KeyEnd::Retired, KeyEnd::CompromisedSince(0)] {
        let (stage, other, first, second) = two_stewards().await;
        let bot = stage.delegate(|_| ()).await;
        let ask = stage.merge_request(&bot);
        let roster = next(&stage, &other, vec![ended(&first, end), second]).await;
        let ending = async {
            submit(&stage.console, &roster, None).await.unwrap();
        };
        let view = stage.ask_and_meanwhile(&ask, ending).await.unwrap();
        assert_ne!(view.outcome.as_deref(), Some("succeeded"), "{view:?}");
        stage.verify_ledger().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_roster_leaves_anybody_out_or_takes_an_end_back() {
    let (stage, other, first, second) = two_stewards().await;
    let gone = ended(&first, KeyEnd::Retired);
    change(&stage, &other, vec![gone.clone(), second.clone()]).await.unwrap();
    let renamed = Person { name: "somebody".parse().unwrap(), ..gone.clone() };
    let mut stolen = second.clone();
    stolen.keys.push(gone.keys[0].clone());
    let keyless = Person { keys: Vec::new(), ..gone.clone() };
    let mut better = second.clone();
    better.keys[0].assurance = bailiwick_authority::Assurance::DeviceBound;
    for (what, persons) in [
        ("the ended key comes back", vec![first.clone(), second.clone()]),
        ("its end becomes milder", vec![ended(&first, KeyEnd::Rotated), second.clone()]),
        ("its person is left out", vec![second.clone()]),
        ("its person has another name", vec![renamed, second.clone()]),
        ("the key is left out", vec![keyless.clone(), second.clone()]),
        ("the key is another person's", vec![keyless, stolen]),
        ("a key is said to be kept better", vec![gone.clone(), better]),
    ] {
        let answer = change(&stage, &other, persons).await;
        assert!(answer.is_err(), "{what}");
        refused(&answer, &[ErrorCode::NotTheSuccessor]);
    }
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_the_roster_who_may_not() {
    let (stage, other, first, second) = two_stewards().await;
    let bot = stage.delegate(|_| ()).await;
    let mallory = fresh_key();
    let with = |key: &dyn Signer| {
        let key = EnrolledKey { key: key.public().clone(), ..second.keys[0].clone() };
        let person = Person { name: "mallory".parse().unwrap(), keys: vec![key], ..second.clone() };
        vec![first.clone(), second.clone(), person]
    };
    let not_permitted = &[ErrorCode::NotPermitted];
    refused(&change(&stage, &bot.key, with(&bot.key)).await, not_permitted);
    refused(&change(&stage, &mallory, with(&mallory)).await, not_permitted);
    // An older roster takes effect never again, and neither does one that was signed on top of it.
    let on_genesis = stage.sign(sign::roster(Some(stage.realm), with(&mallory)));
    let answer = submit(&stage.console, &on_genesis, None).await.map(|_| on_genesis.digest());
    refused(&answer, &[ErrorCode::NotTheSuccessor]);
    // A retired key signs nothing, its own return least of all.
    let gone = ended(&first, KeyEnd::Retired);
    change(&stage, &other, vec![gone.clone(), second.clone()]).await.unwrap();
    refused(&change(&stage, &stage.steward, vec![gone, second.clone()]).await, not_permitted);
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_gives_nothing_and_is_not_admitted() {
    let (stage, _, _, second) = two_stewards().await;
    let key = fresh_key();
    let invitation = Invitation {
        name: "mallory".parse().unwrap(),
        identities: second.identities.clone(),
        key: EnrolledKey { key: key.public().clone(), ..second.keys[0].clone() },
        expires: stage.now().plus(600),
    };
    let signed = sign(&key, Realm::Of(stage.realm), stage.now(), invitation);
    let refused = submit(&stage.console, &signed, None).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotPermitted);
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_is_replaced_by_as_many_persons_as_must_agree() {
    let persons = Persons::new("@approval(\"1 of approver\")").await;
    let stage = &persons.stage;
    let (steward, second) = (sign::person("steward", &stage.steward), fresh_key());
    let stewards = |bob: Person| vec![steward.clone(), bob, someone("eve", &persons.eve, &[Role::Steward])];
    let bob = someone("bob", &persons.bob, &[Role::Steward]);
    let body = |persons: Vec<Person>, previous| Roster {
        previous: Some(previous),
        change_quorum: 3,
        persons,
        recovery: None,
    };
    let three = stage.sign(body(stewards(bob.clone()), stage.roster_head().await));
    submit(&stage.console, &three, None).await.unwrap();
    // The steward lost their key and has a new one; bob proposes it, with two keys of his own.
    let mut twice = bob.clone();
    twice.keys.push(sign::person("bob", &second).keys[0].clone());
    let with_second = stage.sign(body(stewards(twice.clone()), three.digest()));
    assert_eq!(submit(&stage.console, &with_second, None).await.unwrap().waits_for, Some(2));
    for key in [&persons.bob, &persons.eve] {
        persons.approve(key, &with_second.digest().to_string()).await.unwrap();
    }
    assert_eq!(stage.roster_head().await, with_second.digest());
    let mut recovered = ended(&steward, KeyEnd::Retired);
    recovered.keys.push(sign::person("steward", &fresh_key()).keys[0].clone());
    let all = vec![recovered, twice, someone("eve", &persons.eve, &[Role::Steward])];
    let roster = persons.signed(&persons.bob, body(all, with_second.digest()));
    assert_eq!(submit(&stage.console, &roster, None).await.unwrap().waits_for, Some(2));
    // His second key is he again.
    let again = persons.approve(&second, &roster.digest().to_string()).await.unwrap_err();
    assert!(matches!(again.code, ErrorCode::Replayed | ErrorCode::NotPermitted), "{again:?}");
    persons.approve(&persons.eve, &roster.digest().to_string()).await.unwrap();
    assert_eq!(stage.roster_head().await, with_second.digest(), "two of three are not enough");
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_with_a_touch_for_twelve_hours_at_one_broker() {
    let (stage, other, first, mut second) = two_stewards().await;
    let passkey = SoftwarePasskey::new(Algorithm::Es256, &[3; 32], false);
    second.keys.push(EnrolledKey {
        key: passkey.public().clone(),
        assurance: bailiwick_authority::Assurance::DeviceBound,
        enrolled: "passkey on a desk".parse().unwrap(),
        end: None,
    });
    change(&stage, &other, vec![first, second]).await.unwrap();
    let broker = stage.agents.greeting().broker.parse().unwrap();
    let session = |seconds: u64, broker| Session {
        broker,
        console: "console on a desk".parse().unwrap(),
        expires: stage.now().plus(seconds),
    };
    let seal = |key: &dyn Signer, body| {
        seal(key, Realm::Of(stage.realm), stage.now(), sign::fresh_nonce(), body).unwrap()
    };
    let good = seal(&passkey, session(MAX_SESSION_SECONDS, broker));
    submit(&stage.console, &good, None).await.unwrap();
    let elsewhere = fresh_key().public().id();
    for (what, statement) in [
        ("longer", seal(&passkey, session(MAX_SESSION_SECONDS + 1, broker))),
        ("ended", seal(&passkey, session(0, broker))),
        ("at another broker", seal(&passkey, session(60, elsewhere))),
        ("by nobody", seal(&fresh_key(), session(60, broker))),
    ] {
        assert!(submit(&stage.console, &statement, None).await.is_err(), "{what}");
    }
    assert_eq!(submit(&stage.console, &good, None).await.unwrap_err().code, ErrorCode::Replayed);
    stage.verify_ledger().await;
}
