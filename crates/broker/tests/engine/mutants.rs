//! Approvals and requests that are not quite the ones that were signed, and answers by those who may not give
//! any: none of them lets anything happen.

use super::persons::Persons;
use super::sign::{self, envelope, fresh_key, fresh_nonce};
use super::times;
use bailiwick_authority::{
    Answer, Approval, Digest, Ed25519Signer, Envelope, Nonce, Realm, Request, Signer as _, Text, Timestamp,
    Unverified, Value, seal,
};
use bailiwick_protocol::{ErrorCode, Submission};

struct Dice(u64);

impl Dice {
    fn new() -> Dice {
        let Nonce(bytes) = fresh_nonce();
        let seed = u64::from_le_bytes(bytes[..8].try_into().unwrap());
        println!("seed {seed}");
        Dice(seed | 1)
    }

    fn below(&mut self, count: usize) -> usize {
        // xorshift64: reproducible from the seed that is printed.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(count).unwrap()).unwrap()
    }
}

/// The same envelope with one byte of its payload or its signature changed.
fn flip(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut json: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    let field = if dice.below(3) == 0 { "/signatures/0/sig" } else { "/payload" };
    let text = json.pointer(field).unwrap().as_str().unwrap().as_bytes().to_vec();
    // Another letter of the alphabet at some place: other bits of what it encodes.
    let mut text = text;
    let at = dice.below(text.len());
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let other = alphabet[dice.below(alphabet.len())];
    text[at] = if text[at] == other { b'!' } else { other };
    *json.pointer_mut(field).unwrap() = String::from_utf8(text).unwrap().into();
    serde_json::to_vec(&json).unwrap()
}

/// An approval whose fields are not all right.
fn wrong_field(persons: &Persons, target: Digest, round: usize) -> Vec<u8> {
    let (realm, now, bob) = (Realm::Of(persons.stage.realm), persons.stage.now(), &persons.bob);
    let approval = |target: Digest| Approval { target, answer: Answer::Approve, reason: None };
    let sealed = |key: &Ed25519Signer, realm: Realm, now: Timestamp, target: Digest| {
        seal(key, realm, now, fresh_nonce(), approval(target)).unwrap().envelope().to_bytes()
    };
    match round % 6 {
        0 => sealed(bob, Realm::Of(Digest::of(b"another realm")), now, target),
        1 => sealed(bob, realm, now, Digest::of(target.as_bytes())),
        2 => sealed(bob, realm, now.plus(3_600), target),
        3 => sealed(&fresh_key(), realm, now, target),
        4 => sealed(&persons.stage.steward, realm, now, target),
        _ => sealed(bob, Realm::Genesis, now, target),
    }
}

/// A request that differs in one field from the one that waits; an approval of it names another digest.
fn other_request(request: &Request, round: usize) -> Request {
    let mut other = request.clone();
    let digest = Digest::of(format!("{round}").as_bytes());
    let text = |text: &str| text.parse::<Text>().unwrap();
    match round % 16 {
        0 => other.operation = digest,
        1 => other.chain[0] = digest,
        2 => other.person = "bob".parse().unwrap(),
        3 => other.path.push(text("another")),
        4 => other.agent = fresh_key().public().id(),
        5 => other.process = Value::object([("uid", Value::Int(0))]),
        6 => other.action = "pulls/create".parse().unwrap(),
        7 => other.sentence = text("do nothing at all"),
        8 => other.effects.clear(),
        9 => other.connection_statement = digest,
        10 => other.resource.name = text("acme/other"),
        11 => other.arguments.clear(),
        12 => other.facts = digest,
        13 => other.policy = digest,
        14 => other.asks[0].count = 7,
        _ => other.expires = other.expires.plus(1),
    }
    other
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mutant_of_an_approval_or_a_request_lets_anything_happen() {
    let persons = Persons::new("@approval(\"1 of approver\") @by(\"others\") @timeout(\"24h\")").await;
    let bot = persons.bot().await;
    let (view, waiting) = persons.begin(&persons.stage.merge_request(&bot)).await;
    let pending = persons.stage.console.pending_one(&waiting.request).await.unwrap();
    let request: Unverified<Request> = Unverified::parse(pending.envelope.as_bytes()).unwrap();
    let target = request.digest();
    let good = persons.signed(&persons.bob, Approval { target, answer: Answer::Approve, reason: None });
    let good = good.envelope().to_bytes();
    let (mut dice, rounds) = (Dice::new(), times(120, 10_000));
    for round in 0..rounds {
        let mutant = match round % 3 {
            0 => flip(&good, &mut dice),
            1 => wrong_field(&persons, target, round / 3),
            _ => {
                let other = other_request(request.body(), round / 3);
                // As the broker would sign it, but for its key: the digest is another one either way.
                let signed =
                    sign::sign(&fresh_key(), Realm::Of(persons.stage.realm), persons.stage.now(), other);
                assert_ne!(signed.digest(), target);
                let approval = Approval { target: signed.digest(), answer: Answer::Approve, reason: None };
                persons.signed(&persons.bob, approval).envelope().to_bytes()
            }
        };
        let envelope = String::from_utf8(mutant).unwrap();
        let submission = Submission { envelope: envelope.clone(), policy: None, chain: Vec::new() };
        let refused = persons.stage.console.submit(&submission).await;
        assert!(refused.is_err(), "round {round}: {envelope}");
    }
    println!("{rounds} mutants, none accepted");
    assert!(persons.pending().await[0].answers.is_empty());
    persons.assert_not_merged();
    // The one that is right is accepted, once.
    let right = Submission { envelope: String::from_utf8(good).unwrap(), policy: None, chain: Vec::new() };
    persons.stage.console.submit(&right).await.unwrap();
    assert_eq!(persons.end(&view.id).await.outcome.as_deref(), Some("succeeded"));
    let again = persons.stage.console.submit(&right).await.unwrap_err();
    assert!(matches!(again.code, ErrorCode::NotFound | ErrorCode::Replayed), "{again:?}");
    persons.stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_approves_by_no_door() {
    let persons = Persons::new("@approval(\"1 of approver\")").await;
    let bot = persons.bot().await;
    let (view, waiting) = persons.begin(&persons.stage.merge_request(&bot)).await;
    let target: Digest = waiting.request.parse().unwrap();
    let approval = Approval { target, answer: Answer::Approve, reason: None };
    let by_agent = persons.signed(&bot.key, approval.clone());
    let by_person = persons.signed(&persons.bob, approval);
    for round in 0..times(100, 500) {
        let signed = if round % 2 == 0 { &by_agent } else { &by_person };
        // On the agent socket there is no route for it, whoever signed it.
        let body = serde_json::json!({"envelope": envelope(signed), "chain": [envelope(bot.leaf())]});
        for route in [
            "/agent/v1/invocations",
            "/agent/v1/revocations",
            "/agent/v1/capabilities",
            "/console/v1/statements",
            "/console/v1/pending",
            "/agent/v1/../../console/v1/statements",
        ] {
            let status = post(&persons, route, &body).await;
            assert!((400..500).contains(&status), "{route} answered {status}");
        }
        // On the console socket its signature is nobody's.
        let submission = Submission { envelope: envelope(&by_agent), policy: None, chain: Vec::new() };
        let refused = persons.stage.console.submit(&submission).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::NotPermitted);
        // Nor does it become a person's by what the envelope says of itself.
        let claimed = envelope(&by_agent)
            .replace("\"sig\"", &format!("\"keyid\":\"{}\",\"sig\"", persons.bob.public().id()));
        if Envelope::parse(claimed.as_bytes()).is_ok() {
            let submission = Submission { envelope: claimed, policy: None, chain: Vec::new() };
            assert!(persons.stage.console.submit(&submission).await.is_err());
        }
    }
    assert!(persons.stage.agents.operation(&view.id, 0).await.unwrap().outcome.is_none());
    persons.deny(&persons.bob, &waiting.request).await.unwrap();
    persons.end(&view.id).await;
    persons.assert_not_merged();
}

/// The status that the agent socket answers to a body.
async fn post(persons: &Persons, route: &str, body: &serde_json::Value) -> u16 {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let body = serde_json::to_vec(body).unwrap();
    let mut stream = tokio::net::UnixStream::connect(persons.stage.places.agent_socket()).await.unwrap();
    let head = format!(
        "POST {route} HTTP/1.1\r\nhost: bailiwick\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let line = String::from_utf8_lossy(&answer);
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}
