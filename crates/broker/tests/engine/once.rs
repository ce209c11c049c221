//! What may be done once is done once, and what may be done so often is not done more often, however many
//! ask at the same moment and however their requests are written.

use super::{Stage, times};
use bailiwick_authority::{Invocation, Rate, Unverified};
use bailiwick_protocol::{ApiError, Ask, ErrorCode, OperationView};
use std::collections::BTreeMap;
use tokio::task::JoinSet;

/// The same envelope in other words: order of members, white space, a key id.
fn written_otherwise(envelope: &str, variant: usize) -> String {
    let value: serde_json::Value = serde_json::from_str(envelope).unwrap();
    let (payload, kind) = (&value["payload"], &value["payloadType"]);
    let signature = &value["signatures"][0]["sig"];
    match variant % 4 {
        0 => envelope.to_owned(),
        1 => serde_json::to_string_pretty(&value).unwrap(),
        2 => format!(
            "\n{{\"signatures\":[{{\"sig\":{signature},\"keyid\":\"{variant}\"}}],\t\"payloadType\":{kind},\"payload\":{payload}}} "
        ),
        _ => format!(
            "{{\"payload\":{payload},\"payloadType\":{},\"signatures\":[{{\"keyid\":\"x\",\"sig\":{signature}}}]}}",
            kind.to_string().replace("vnd", "\\u0076nd")
        ),
    }
}

/// Asks for all of these at once.
async fn ask_all(stage: &Stage, asks: Vec<Ask>) -> Vec<Result<OperationView, ApiError>> {
    let mut all = JoinSet::new();
    for ask in asks {
        let agents = stage.agents.clone();
        all.spawn(async move { agents.ask(&ask).await });
    }
    all.join_all().await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_invocation_runs_once_however_often_it_is_sent_at_once() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let (operations, copies) = (times(20, 2_000), 50);
    let mut sent = Vec::new();
    for number in 0..operations {
        let original = stage.comment_request(&bot, &format!("once {number}"));
        let asks: Vec<Ask> = (0..copies)
            .map(|variant| Ask {
                invocation: written_otherwise(&original.invocation, variant),
                ..original.clone()
            })
            .collect();
        sent.push(asks[number % copies].clone());
        let answers = ask_all(&stage, asks).await;
        let views: Vec<OperationView> = answers.into_iter().map(|answer| answer.unwrap()).collect();
        assert!(views.iter().all(|view| view.id == views[0].id));
        assert_eq!(views.iter().filter(|view| !view.replayed).count(), 1);
    }
    let mut bodies: BTreeMap<String, usize> = BTreeMap::new();
    for body in stage.comments() {
        *bodies.entry(body).or_default() += 1;
    }
    assert_eq!(bodies.len(), operations);
    assert!(bodies.values().all(|count| *count == 1), "{bodies:?}");
    let stage = stage.restart().await;
    stage.control().clear_requests();
    for ask in sent {
        let again = stage.agents.ask(&ask).await.unwrap();
        assert!(again.replayed && again.outcome.as_deref() == Some("succeeded"), "{again:?}");
    }
    assert!(stage.control().requests().is_empty());
    assert_eq!(stage.verify_ledger().await.receipts, operations as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonce_serves_one_statement_of_its_key() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let first = stage.comment_request(&bot, "first");
    let unsigned: Unverified<Invocation> = Unverified::parse(first.invocation.as_bytes()).unwrap();
    let nonce = unsigned.common().nonce;
    let asks: Vec<Ask> = (0..20)
        .map(|number| stage.comment_request_with(&bot, &format!("another {number}"), nonce))
        .chain([first])
        .collect();
    let answers = ask_all(&stage, asks).await;
    let refused = |answer: &Result<OperationView, ApiError>| {
        answer.as_ref().err().is_some_and(|error| error.code == ErrorCode::Replayed)
    };
    assert_eq!(answers.iter().filter(|answer| refused(answer)).count(), 20, "{answers:?}");
    assert_eq!(stage.comments().len(), 1);
    stage.verify_ledger().await;
}

fn spent(answers: &[Result<OperationView, ApiError>]) -> usize {
    let is = |view: &OperationView| view.reason.as_ref().is_some_and(|why| why.code == ErrorCode::UsesSpent);
    answers.iter().filter(|answer| answer.as_ref().is_ok_and(is)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn uses_are_those_of_all_below_together_and_never_exceeded() {
    let stage = Stage::new().await;
    for round in 0..times(3, 100) {
        let bot = stage.delegate(|capability| capability.max_uses = Some(10)).await;
        let child = bot.attenuate(stage.realm, stage.now(), |child| child.max_uses = Some(7));
        let grandchild = child.attenuate(stage.realm, stage.now(), |_| ());
        let before = stage.comments().len();
        let asks = (0..45).map(|number| {
            let holder = [&bot, &child, &grandchild][number % 3];
            stage.comment_request(holder, &format!("round {round}, {number}"))
        });
        let answers = ask_all(&stage, asks.collect()).await;
        let done = stage.comments().len() - before;
        assert!(done <= 10, "{done} were done");
        assert_eq!(spent(&answers), 45 - done);
        let over = "SELECT COUNT(*) FROM capability WHERE reserved <> 0 OR committed > 10";
        assert_eq!(stage.count(over), 0);
        // What was held back by those that were refused meanwhile can be used up, and no more.
        for number in 0..12 {
            stage.comment(&bot, &format!("round {round}, later {number}")).await.unwrap();
        }
        assert_eq!(stage.comments().len() - before, 10);
        assert_eq!(stage.comment(&child, "spent").await.unwrap().reason.unwrap().code, ErrorCode::UsesSpent);
    }
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_holds_under_concurrency_counts_attempts_and_bounds_what_is_recorded() {
    let stage = Stage::new().await;
    let rate = Some(Rate { uses: 5, seconds: 600 });
    let bot = stage.delegate(|capability| capability.rate = rate).await;
    let child = bot.attenuate(stage.realm, stage.now(), |_| ());
    let ask = |number: usize| stage.comment_request([&bot, &child][number % 2], &number.to_string());
    let answers = ask_all(&stage, (0..40).map(ask).collect()).await;
    assert_eq!((stage.comments().len(), spent(&answers)), (5, 35));
    let answers = ask_all(&stage, (0..120).map(ask).collect()).await;
    assert_eq!(stage.count("SELECT COUNT(*) FROM operation"), 105);
    assert_eq!((spent(&answers), answers.iter().filter(|one| one.is_err()).count()), (65, 55));
    assert_eq!(stage.comments().len(), 5);
    stage.move_clock(601);
    stage.control().advance(std::time::Duration::from_secs(601));
    let answers = ask_all(&stage, (0..10).map(ask).collect()).await;
    assert_eq!((stage.comments().len(), spent(&answers)), (10, 5));
    stage.verify_ledger().await;
}
