//! Revocations against operations under way. The range's log is the witness: after the acknowledgement
//! no request head arrives but those that end what was begun.

use super::sign::Holder;
use super::{Stage, times};
use bailiwick_authority::{Signer as _, Target};
use bailiwick_practice::{Seen, Sender};
use bailiwick_protocol::OperationView;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What is taken back.
#[derive(Clone, Copy, Debug)]
enum Stop {
    Root,
    Agent,
    Above,
    Everything,
}

const UNKNOWN: &str = "SELECT COUNT(*) FROM operation WHERE outcome = 'unknown'";

const STOPS: [Stop; 4] = [Stop::Root, Stop::Agent, Stop::Above, Stop::Everything];

/// Between nothing and `longest`.
fn some_time(longest: Duration) -> Duration {
    let mut bytes = [0; 2];
    getrandom::fill(&mut bytes).unwrap();
    longest * u32::from(u16::from_le_bytes(bytes)) / u32::from(u16::MAX)
}

/// Stops and answers when that was acknowledged.
async fn stop(stage: &Stage, holder: &Holder, stop: Stop) -> Instant {
    let root = Target::Capability(holder.chain[0].digest());
    let admitted = match stop {
        Stop::Root | Stop::Above => stage.revoke(root).await,
        Stop::Agent => stage.revoke(Target::Agent(holder.key.public().id())).await,
        Stop::Everything => stage.halt().await,
    }
    .unwrap();
    let acknowledged = Instant::now();
    assert!(admitted.stopped.unwrap().durable);
    if matches!(stop, Stop::Everything) {
        stage.resume(&admitted.digest).await.unwrap();
    }
    acknowledged
}

/// The numbers by which the range knows the tokens of an operation.
fn tokens_of(stage: &Stage, view: &OperationView) -> Vec<u64> {
    let id: bailiwick_authority::Digest = view.id.parse().unwrap();
    let store = stage.store();
    let mut query = store
        .prepare("SELECT lower(hex(sha256)) FROM credential WHERE operation = ?1 AND purpose <> 'finding'")
        .unwrap();
    let known: Vec<Option<String>> =
        query.query_map([id.as_bytes()], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let minted = stage.control().minted().into_iter();
    minted.filter(|token| known.contains(&Some(token.sha256.clone()))).map(|token| token.id).collect()
}

/// Whether a request may come after the acknowledgement: it ends a credential, or finds out, with a
/// credential of its own, what became of something that was sent before one.
fn may_come_late(seen: &Seen, tokens: &[u64], looking_up: bool) -> bool {
    let others = !matches!(&seen.sender, Sender::Installation { token } if tokens.contains(token));
    let looks_up = (seen.method == "GET" && others) || seen.path.ends_with("/access_tokens");
    seen.path.starts_with("/installation/") || (looking_up && looks_up)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_acknowledgement_no_request_head_arrives() {
    let stage = Stage::new().await;
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    let races = times(200, 10_000);
    let begun = Instant::now();
    stage.comment(&stage.delegate(|_| ()).await, "undisturbed").await.unwrap();
    let longest = begun.elapsed();
    for race in 0..races {
        let what = STOPS[race % STOPS.len()];
        let root = stage.delegate(|_| ()).await;
        let holder = match what {
            Stop::Above => root.attenuate(stage.realm, stage.now(), |_| ()),
            _ => root,
        };
        let unknown = stage.count(UNKNOWN) > 0;
        stage.control().clear_requests();
        let body = format!("race {race}");
        let stopping = async {
            tokio::time::sleep(some_time(longest)).await;
            stop(&stage, &holder, what).await
        };
        let (view, acknowledged) = tokio::join!(stage.comment(&holder, &body), stopping);
        let view = view.unwrap();
        let late: Vec<Seen> =
            stage.control().requests().into_iter().filter(|seen| seen.at > acknowledged).collect();
        let outcome = view.outcome.clone().unwrap();
        let (tokens, looking_up) = (tokens_of(&stage, &view), unknown || outcome == "unknown");
        let none = late.iter().all(|seen| may_come_late(seen, &tokens, looking_up));
        assert!(none, "{what:?} {view:?} {late:?}");
        // What the broker says happened is what the destination shows.
        match outcome.as_str() {
            "succeeded" => assert!(stage.comments().contains(&body)),
            "halted" => assert!(!stage.comments().contains(&body)),
            "unknown" => {}
            other => panic!("{what:?} ended as {other}: {view:?}"),
        }
        assert!(view.receipt.is_some());
        if !matches!(what, Stop::Everything) {
            let again = stage.comment(&holder, "after").await.unwrap();
            assert_eq!(again.outcome.as_deref(), Some("halted"), "{what:?}");
        }
        *outcomes.entry(outcome).or_default() += 1;
    }
    println!("{races} races: {outcomes:?}");
    assert!(outcomes.contains_key("halted"), "nothing was ever stopped: {outcomes:?}");
    stage.until("what was unknown is found out", || stage.count(UNKNOWN) == 0).await;
    stage.until("all tokens end", || stage.control().minted().iter().all(|token| !token.alive)).await;
    assert!(!stage.comments().iter().any(|body| body == "after"));
    assert_eq!(stage.count("SELECT COUNT(*) FROM credential WHERE end IS NULL"), 0);
    assert_eq!(stage.count("SELECT SUM(reserved) FROM capability"), 0);
    stage.verify_ledger().await;
}
