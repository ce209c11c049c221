//! A steward who lost every key: those who are named for it give them a new one together, and nothing else.

use super::alarms::alarms;
use super::persons::{Persons, someone};
use super::sign::{self, fresh_key};
use super::stage::submit;
use bailiwick_authority::{
    Ed25519Signer, EnrolledKey, KeyEnd, Person, Recovery, Role, Roster, Signed, Signer as _,
};
use bailiwick_protocol::{ApiError, ErrorCode};

/// The one steward, with bob, eve and carl, of whom two recover keys.
struct Named {
    persons: Persons,
    carl: Ed25519Signer,
    roster: Signed<Roster>,
}

impl Named {
    async fn new() -> Named {
        let persons = Persons::new("@approval(\"1 of approver\")").await;
        let (carl, dora) = (fresh_key(), fresh_key());
        let recovery = Recovery { quorum: 2, persons: names(&["bob", "carl", "eve"]) };
        let approver = &[Role::Approver];
        let body = Roster {
            previous: Some(persons.stage.roster_head().await),
            change_quorum: 1,
            persons: vec![
                sign::person("steward", &persons.stage.steward),
                someone("bob", &persons.bob, approver),
                someone("eve", &persons.eve, approver),
                someone("carl", &carl, approver),
                someone("dora", &dora, approver),
            ],
            recovery: Some(recovery),
        };
        let roster = persons.stage.sign(body);
        submit(&persons.stage.console, &roster, None).await.unwrap();
        Named { persons, carl, roster }
    }

    /// The steward with a new key in place of the old one, and whatever else is changed.
    fn next(&self, new: &Ed25519Signer, change: impl FnOnce(&mut Roster)) -> Roster {
        let mut next = Roster { previous: Some(self.roster.digest()), ..self.roster.body().clone() };
        let old = next.persons[0].keys[0].clone();
        next.persons[0].keys[0].end = Some(KeyEnd::Retired);
        next.persons[0].keys.push(EnrolledKey { key: new.public().clone(), ..old });
        change(&mut next);
        next
    }

    async fn propose(
        &self,
        key: &Ed25519Signer,
        roster: Roster,
    ) -> Result<(Signed<Roster>, Option<u64>), ApiError> {
        let signed = self.persons.signed(key, roster);
        let admitted = submit(&self.persons.stage.console, &signed, None).await?;
        Ok((signed, admitted.waits_for))
    }
}

fn names(names: &[&str]) -> Vec<bailiwick_authority::Name> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_three_give_the_only_steward_a_new_key() {
    let named = Named::new().await;
    let (persons, new) = (&named.persons, fresh_key());
    let (roster, waits) = named.propose(&persons.bob, named.next(&new, |_| ())).await.unwrap();
    assert_eq!(waits, Some(1), "one of two is not enough");
    assert_eq!(persons.stage.roster_head().await, named.roster.digest());
    // Whoever proposed it agrees once, and nobody counts who is not named.
    let again = persons.approve(&persons.bob, &roster.digest().to_string()).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::Replayed);
    persons.approve(&named.carl, &roster.digest().to_string()).await.unwrap();
    assert_eq!(persons.stage.roster_head().await, roster.digest());
    // The new key is the steward's, and the old one is nobody's.
    let stage = &named.persons.stage;
    let old = stage.submit(sign::capability(&fresh_key(), &stage.repository, stage.now())).await;
    assert_eq!(old.unwrap_err().code, ErrorCode::NotPermitted);
    let capability = persons.signed(&new, sign::capability(&fresh_key(), &stage.repository, stage.now()));
    submit(&stage.console, &capability, None).await.unwrap();
    stage.verify_ledger().await;
    let persons = named.persons.restart().await;
    assert_eq!(persons.stage.roster_head().await, roster.digest());
    persons.stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_fewer_recovers_nobody_nor_do_two_keys_of_one_or_who_is_not_named() {
    let named = Named::new().await;
    // Bob's second key is on the roster, and is he again.
    let (mut next, second) = (named.roster.body().clone(), fresh_key());
    next.previous = Some(named.roster.digest());
    next.persons[1].keys.push(someone("bob", &second, &[]).keys[0].clone());
    let twice = named.persons.stage.sign(next);
    submit(&named.persons.stage.console, &twice, None).await.unwrap();
    let named = Named { roster: twice, ..named };
    let (persons, stage) = (&named.persons, &named.persons.stage);
    let new = fresh_key();
    let (roster, _) = named.propose(&persons.bob, named.next(&new, |_| ())).await.unwrap();
    let target = roster.digest().to_string();
    let twice = persons.approve(&second, &target).await.unwrap_err();
    assert_eq!(twice.code, ErrorCode::NotPermitted, "{twice:?}");
    let told = alarms(stage).await.pop().unwrap();
    assert_eq!((told.code.as_str(), told.kind.as_str()), ("refused", "approval"));
    assert!(told.text.as_str().contains("counts once however many keys sign"), "{told:?}");
    let head = stage.roster_head().await;
    assert_eq!(head, named.roster.digest(), "m − 1 persons recover nobody");
    // The person who is said to have lost their keys is there, and says no: that is final.
    persons.deny(&stage.steward, &target).await.unwrap();
    assert!(persons.approve(&named.carl, &target).await.is_err());
    assert_eq!(stage.roster_head().await, head);
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_too_few_agree_to_lapses_and_stands_in_the_ledger() {
    let named = Named::new().await;
    let (persons, stage) = (&named.persons, &named.persons.stage);
    let (late, _) = named.propose(&persons.bob, named.next(&fresh_key(), |_| ())).await.unwrap();
    persons.pass(7 * 86_400 + 1);
    assert!(persons.approve(&named.carl, &late.digest().to_string()).await.is_err());
    let (second, _) = named.propose(&persons.bob, named.next(&fresh_key(), |_| ())).await.unwrap();
    let told = alarms(stage).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].code.as_str(), told[0].statement), ("lapsed", late.digest()));
    assert_eq!(
        told[0].text.as_str(),
        "a roster was not put in force: 1 of 2 agreed to it, and nobody else did in time"
    );
    // Another roster takes its place meanwhile.
    submit(&stage.console, &stage.sign(named.next(&fresh_key(), |_| ())), None).await.unwrap();
    let told = alarms(stage).await;
    assert_eq!((told.len(), told[1].code.as_str(), told[1].statement), (2, "lapsed", second.digest()));
    assert!(persons.pending().await.is_empty());
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_recover_may_change_nothing_else() {
    let named = Named::new().await;
    let (persons, new) = (&named.persons, fresh_key());
    let own = |key: &Ed25519Signer| someone("x", key, &[]).keys[0].clone();
    type Change<'a> = Box<dyn FnOnce(&mut Roster) + 'a>;
    let more = own(&fresh_key());
    let changes: Vec<(&str, Change<'_>)> = vec![
        ("a role more", Box::new(|next| next.persons[1].roles.push(Role::Steward))),
        ("a role of the lost", Box::new(|next| next.persons[0].roles.truncate(1))),
        (
            "a person more",
            Box::new(|next| next.persons.push(someone("mallory", &fresh_key(), &[Role::Steward]))),
        ),
        ("fewer to agree", Box::new(|next| next.recovery = None)),
        ("two keys", Box::new(|next| next.persons[0].keys.push(more))),
        (
            "an id",
            Box::new(|next| {
                next.persons[0].identities.insert("github".parse().unwrap(), "2".parse().unwrap());
            }),
        ),
        ("the old key stays", Box::new(|next| next.persons[0].keys[0].end = None)),
        ("the old key stands", Box::new(|next| next.persons[0].keys[0].end = Some(KeyEnd::Rotated))),
        ("another loses a key", Box::new(|next| next.persons[3].keys[0].end = Some(KeyEnd::Retired))),
        (
            "a new key of their own",
            Box::new(|next| {
                *next = Roster { persons: named.roster.body().persons.clone(), ..next.clone() };
                next.persons[1].keys[0].end = Some(KeyEnd::Retired);
                next.persons[1].keys.push(own(&fresh_key()));
            }),
        ),
    ];
    for (what, change) in changes {
        let answer = named.propose(&persons.bob, named.next(&new, change)).await;
        assert_eq!(answer.err().map(|error| error.code), Some(ErrorCode::NotPermitted), "{what}");
    }
    // Nor does somebody who is not named, or a roster that follows an older one.
    let stage = &persons.stage;
    for stranger in [fresh_key(), stage.delegate(|_| ()).await.key] {
        let answer = named.propose(&stranger, named.next(&new, |_| ())).await;
        assert_eq!(answer.err().map(|error| error.code), Some(ErrorCode::NotPermitted));
    }
    let older = named.propose(&persons.bob, named.next(&new, |next| next.previous = Some(stage.realm))).await;
    assert_eq!(older.err().map(|error| error.code), Some(ErrorCode::NotTheSuccessor));
    assert!(persons.pending().await.is_empty());
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_steward_goes_on_changing_what_the_ordinary_quorum_lets_them() {
    let named = Named::new().await;
    let stage = &named.persons.stage;
    // A rotation has the form of nothing that needs those who are named.
    let new = fresh_key();
    let next = named.next(&new, |_| ());
    let roster = stage.sign(Roster {
        persons: next.persons.iter().map(|person| Person { ..person.clone() }).collect(),
        ..next
    });
    assert_eq!(submit(&stage.console, &roster, None).await.unwrap().waits_for, None);
    stage.verify_ledger().await;
}
