//! What was refused, and counters that do not grow: in the ledger, and of no other effect.

use super::persons::someone;
use super::sign::{self, fresh_key, sign};
use super::stage::{Stage, submit};
use bailiwick_authority::{
    Alarm, Algorithm, Assurance, Digest, EnrolledKey, Envelope, Halt, Invitation, KeyEnd, Payload, Person,
    PublicKey, Realm, Role, Roster, Session, SignError, Signed, Signer, Timestamp, Unverified, seal,
};
use bailiwick_protocol::{ErrorCode, Submission};
use bailiwick_testkit::SoftwarePasskey;

/// The ledger's alarms, which the broker signed.
pub(crate) async fn alarms(stage: &Stage) -> Vec<Alarm> {
    stage.verify_ledger().await;
    let page = stage.console.ledger(0, 200).await.unwrap();
    let of_kind = page.entries.iter().filter(|entry| entry.kind == "alarm");
    of_kind
        .map(|entry| {
            let envelope = Envelope::parse(entry.envelope.as_ref().unwrap().as_bytes()).unwrap();
            Unverified::<Alarm>::read(envelope).unwrap().body().clone()
        })
        .collect()
}

/// Refused, and the ledger's next alarm is about it.
async fn is_told<T: Payload>(stage: &Stage, what: &str, statement: &Signed<T>) {
    let before = alarms(stage).await.len();
    assert!(submit(&stage.console, statement, None).await.is_err(), "{what}");
    let all = alarms(stage).await;
    assert_eq!(all.len(), before + 1, "{what}");
    let alarm = all.last().unwrap();
    assert_eq!((alarm.code.as_str(), alarm.statement), ("refused", statement.digest()), "{what}");
    assert_eq!((alarm.kind.as_str(), alarm.key), (T::KIND.as_str(), statement.common().issuer), "{what}");
}

fn ended(person: &Person, end: KeyEnd) -> Person {
    let mut person = person.clone();
    person.keys[0].end = Some(end);
    person
}

fn by(stage: &Stage, key: &dyn Signer, previous: Digest, persons: Vec<Person>) -> Signed<Roster> {
    let body = sign::roster(Some(previous), persons);
    seal(key, Realm::Of(stage.realm), stage.now(), sign::fresh_nonce(), body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attack_on_the_roster_is_refused_and_in_the_ledger() {
    let stage = Stage::new().await;
    let (other, third) = (fresh_key(), fresh_key());
    let first = sign::person("steward", &stage.steward);
    let all = vec![first.clone(), sign::person("other", &other), someone("third", &third, &[Role::Approver])];
    let older = stage.sign(sign::roster(Some(stage.realm), all.clone()));
    submit(&stage.console, &older, None).await.unwrap();
    let bot = stage.delegate(|_| ()).await;
    let with = |key: &dyn Signer| {
        let own = EnrolledKey { key: key.public().clone(), ..first.keys[0].clone() };
        let mallory = Person { name: "mallory".parse().unwrap(), keys: vec![own], ..first.clone() };
        [all.clone(), vec![mallory]].concat()
    };
    let head = older.digest();
    is_told(&stage, "an agent enrols itself", &by(&stage, &bot.key, head, with(&bot.key))).await;
    is_told(&stage, "an approver enrols somebody", &by(&stage, &third, head, with(&fresh_key()))).await;
    is_told(&stage, "a replayed older roster", &by(&stage, &stage.steward, stage.realm, all.clone())).await;
    let invitation = Invitation {
        name: "mallory".parse().unwrap(),
        identities: first.identities.clone(),
        key: with(&bot.key)[3].keys[0].clone(),
        expires: stage.now().plus(600),
    };
    let invitation = sign(&bot.key, Realm::Of(stage.realm), stage.now(), invitation);
    is_told(&stage, "an invitation", &invitation).await;
    // The first key is compromised, since before anything was signed today.
    let compromised = ended(&first, KeyEnd::CompromisedSince(2));
    let gone = by(&stage, &other, head, [vec![compromised], all[1..].to_vec()].concat());
    submit(&stage.console, &gone, None).await.unwrap();
    let long_ago = Timestamp::from_seconds(stage.now().seconds() - 1_000_000).unwrap();
    let capability = sign::capability(&fresh_key(), &stage.repository, stage.now());
    let backdated = sign(&stage.steward, Realm::Of(stage.realm), long_ago, capability);
    is_told(&stage, "a backdated statement of a compromised key", &backdated).await;
    is_told(&stage, "an ended key's return", &by(&stage, &stage.steward, gone.digest(), all.clone())).await;
    // A statement under a signature of something else: whom it names is not believed to have signed it.
    let halt = sign(&other, Realm::Of(stage.realm), stage.now(), Halt { reason: "mine".parse().unwrap() });
    let envelope = halt.envelope();
    let signature = stage.steward.sign(b"something else").unwrap();
    let forged = Envelope::new(envelope.payload_type(), envelope.payload().to_vec(), signature);
    let text = String::from_utf8(forged.to_bytes()).unwrap();
    let submission = Submission { envelope: text, policy: None, chain: Vec::new() };
    let answer = stage.console.submit(&submission).await.unwrap_err();
    assert_eq!(answer.code, ErrorCode::BadStatement);
    let told = alarms(&stage).await;
    assert_eq!(told.last().unwrap().statement, halt.digest());
    // Once each, and not without end.
    stage.console.submit(&submission).await.unwrap_err();
    assert_eq!(alarms(&stage).await.len(), told.len());
    for _ in 0..60 {
        submit(&stage.console, &by(&stage, &bot.key, head, with(&bot.key)), None).await.unwrap_err();
    }
    assert_eq!(alarms(&stage).await.len(), 30);
    let stage = stage.restart().await;
    assert_eq!(alarms(&stage).await.len(), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_that_does_not_grow_is_told_and_decides_nothing() {
    let stage = Stage::new().await;
    let passkey = SoftwarePasskey::new(Algorithm::Es256, &[3; 32], false);
    let mut person = sign::person("steward", &stage.steward);
    person.keys.push(EnrolledKey {
        key: Signer::public(&passkey).clone(),
        assurance: Assurance::DeviceBound,
        enrolled: "passkey on a desk".parse().unwrap(),
        end: None,
    });
    stage.submit(sign::roster(Some(stage.realm), vec![person])).await.unwrap();
    let broker = stage.agents.greeting().broker.parse().unwrap();
    let mut expected = 0;
    for (counter, alarm) in
        [(0, false), (0, false), (5, false), (6, false), (6, true), (2, true), (7, false), (0, true)]
    {
        let key = Counting { passkey: &passkey, counter };
        let console = "console on a desk".parse().unwrap();
        let body = Session { broker, console, expires: stage.now().plus(600) };
        let statement = seal(&key, Realm::Of(stage.realm), stage.now(), sign::fresh_nonce(), body).unwrap();
        submit(&stage.console, &statement, None).await.unwrap_or_else(|why| panic!("{counter}: {why:?}"));
        expected += usize::from(alarm);
        let told = alarms(&stage).await;
        assert_eq!(told.len(), expected, "{counter}");
        if let (true, Some(told)) = (alarm, told.last()) {
            assert_eq!((told.code.as_str(), told.statement), ("counter", statement.digest()));
        }
    }
}

/// A passkey that says how often it has signed.
struct Counting<'a> {
    passkey: &'a SoftwarePasskey,
    counter: u32,
}

impl Signer for Counting<'_> {
    fn public(&self) -> &PublicKey {
        Signer::public(self.passkey)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let mut ceremony = self.passkey.ceremony(message);
        ceremony.counter = self.counter;
        Ok(self.passkey.assert(&ceremony).encode())
    }
}
