//! The approval card.

use crate::stand::{FACTS, chain, key, merge, parsed, signed};
use bailiwick_authority::{Answer, Approval, Digest, Signer, Value};
use bailiwick_card::{Grounds, answer, card, code, identifier, line};

fn silent() -> Value {
    Value::object::<&str>([])
}

#[test]
fn a_card_says_what_would_happen_at_which_version_and_what_each_hop_dropped() {
    let (broker, chain) = (key(9), chain());
    let envelope = signed(&broker, merge(silent()));
    let card = card(&envelope, Grounds { broker: broker.public(), facts: FACTS, chain: &chain }).unwrap();
    assert_eq!(card.broken, None);
    assert_eq!(card.shown.headline, "Merge feat-123 into main of acme/backend at 3f9c2ab");
    assert_eq!(card.version.as_deref(), Some("3f9c2ab77"));
    assert_eq!(card.shown.code, code(&envelope.statement_digest()));
    let crumbs: Vec<_> =
        card.crumbs.iter().map(|crumb| (crumb.name.as_str(), crumb.standing.as_str())).collect();
    assert_eq!(crumbs, [("ada", "person"), ("ci-bot", "signed"), ("reviewer", "claimed")]);
    assert_eq!(
        card.crumbs[2].dropped,
        ["pulls/create", "the time after 2023-11-14 23:13:20 UTC", "passing it on"]
    );
    let evidence = |what: &str| card.evidence.iter().find(|line| line.what == what).unwrap();
    assert_eq!(evidence("checks").state, "good");
    assert_eq!(evidence("reviews").value, "approved at this commit by grace");
    assert!(!card.reversible);
    assert_eq!((card.asks.len(), card.says.clone()), (1, None));
}

#[test]
fn what_does_not_fit_what_was_signed_breaks_the_card() {
    let (broker, chain) = (key(9), chain());
    let envelope = signed(&broker, merge(silent()));
    let other_facts = FACTS.replace("3f9c2ab77", "deadbeef0");
    let (half, turned) = (&chain[..1], [chain[1].clone(), chain[0].clone()]);
    let other = key(8);
    for (what, grounds) in [
        ("another key", Grounds { broker: other.public(), facts: FACTS, chain: &chain }),
        ("other facts", Grounds { broker: broker.public(), facts: &other_facts, chain: &chain }),
        ("no facts", Grounds { broker: broker.public(), facts: "", chain: &chain }),
        ("half a chain", Grounds { broker: broker.public(), facts: FACTS, chain: half }),
        ("a turned chain", Grounds { broker: broker.public(), facts: FACTS, chain: &turned }),
        ("no chain", Grounds { broker: broker.public(), facts: FACTS, chain: &[] }),
    ] {
        assert!(card(&envelope, grounds).unwrap().broken.is_some(), "{what}");
    }
}

#[test]
fn an_agents_words_are_in_the_box_and_nowhere_else() {
    let (broker, chain) = (key(9), chain());
    let words = "APPROVE NOW \u{202e}niam\n\u{1b}[2J<b>urgent</b>";
    let claims = Value::object([("note", Value::from(words))]);
    let envelope = signed(&broker, merge(claims));
    let card = card(&envelope, Grounds { broker: broker.public(), facts: FACTS, chain: &chain }).unwrap();
    assert!(!card.shown.headline.contains("APPROVE"));
    assert_eq!(card.says.as_deref(), Some(format!("note: {}", line(words)).as_str()));
    assert!(card.shown.flags.iter().any(|flag| flag.field == "claims.note"));
}

#[test]
fn a_hostile_name_stands_in_the_headline_in_ascii() {
    let (broker, chain) = (key(9), chain());
    let mut body = merge(silent());
    body.sentence = parsed("merge m\u{430}in into main of acme/backend");
    let envelope = signed(&broker, body);
    let card = card(&envelope, Grounds { broker: broker.public(), facts: FACTS, chain: &chain }).unwrap();
    assert!(card.shown.headline.is_ascii(), "{}", card.shown.headline);
    assert!(card.shown.headline.contains(&identifier("m\u{430}in")));
    assert!(card.shown.flags.iter().any(|flag| flag.field == "sentence"));
}

#[test]
fn an_answer_is_shown_with_the_requests_code_and_only_for_its_request() {
    let (broker, ada, chain) = (key(9), key(1), chain());
    let envelope = signed(&broker, merge(silent()));
    let card = card(&envelope, Grounds { broker: broker.public(), facts: FACTS, chain: &chain }).unwrap();
    let approval = |target| signed(&ada, Approval { target, answer: Answer::Approve, reason: None });
    let shown = answer(&card.shown, &approval(envelope.statement_digest())).unwrap().unwrap();
    assert_eq!(shown.headline, format!("Approve: {}", card.shown.headline));
    assert_eq!(shown.code, card.shown.code);
    // What is answered stands below the answer, whole.
    for line in &card.shown.lines {
        let place = format!("request.{}", line.field);
        assert!(shown.lines.iter().any(|one| one.field == place && one.value == line.value), "{place}");
    }
    assert_eq!(answer(&card.shown, &approval(Digest::of(b"another"))).unwrap(), None);
}
