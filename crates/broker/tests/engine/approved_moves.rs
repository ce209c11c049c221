//! What changes between any two calls of an operation that persons are asked about: it is carried out on what
//! they approved, or not at all.

use super::persons::Persons;
use super::stage::BACKEND;
use super::times;
use bailiwick_authority::{Request, Unverified, Value};
use bailiwick_practice::{Act, Callback, Control, Fault, NewCommit, Verdict};
use bailiwick_protocol::{Ask, ErrorCode, OperationView};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What somebody does meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Move {
    Head,
    Base,
    Review,
    Check,
    Draft,
}

const MOVES: [Move; 5] = [Move::Head, Move::Base, Move::Review, Move::Check, Move::Draft];

async fn make(control: &Control, what: Move) {
    let commit = |path: &str| NewCommit::by("ada").message("Meanwhile").write(path, "meanwhile\n");
    // A pull request that was merged by then cannot be changed any more: that is no change.
    match what {
        Move::Head => drop(control.commit(BACKEND, "feat-123", commit("src/meanwhile.py")).await),
        Move::Base => drop(control.commit(BACKEND, "main", commit("docs/meanwhile.md")).await),
        Move::Review => drop(control.review(BACKEND, 1, "grace", Verdict::ChangesRequested)),
        Move::Check => {
            let head = control.pull(BACKEND, 1).unwrap().head_sha;
            drop(control.check(BACKEND, &head, "acme-ci", ("ci/test", Some("failure"))));
        }
        Move::Draft => drop(control.set_draft(BACKEND, 1, true)),
    }
}

/// Which request of an operation is the first after persons were asked, which one acts, and how many there are.
async fn lengths() -> (u64, u64, u64) {
    let persons = Persons::new("@approval(\"1 of approver\")").await;
    let bot = persons.bot().await;
    persons.stage.control().clear_requests();
    let (view, waiting) = persons.begin(&persons.stage.merge_request(&bot)).await;
    let first = persons.stage.control().requests().len();
    persons.approve(&persons.bob, &waiting.request).await.unwrap();
    assert_eq!(persons.end(&view.id).await.outcome.as_deref(), Some("succeeded"));
    let all = persons.stage.control().requests();
    let act = all.iter().position(|seen| seen.method == "PUT").unwrap();
    let count = |number: usize| u64::try_from(number).unwrap();
    (count(first), count(act), count(all.len()))
}

fn head_of(request: &str, facts: &str) -> (Unverified<Request>, String) {
    let request: Unverified<Request> = Unverified::parse(request.as_bytes()).unwrap();
    let facts = Value::parse(facts.as_bytes()).unwrap();
    assert_eq!(bailiwick_authority::Digest::of(&facts.encode()), request.body().facts);
    (request, facts.get("head").and_then(Value::as_str).unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moves_between_any_two_calls_is_noticed_or_comes_too_late() {
    let (first, act, all) = lengths().await;
    let rounds = times(20, 1_000);
    let mut ended: BTreeMap<String, usize> = BTreeMap::new();
    for round in 0..rounds {
        let what = MOVES[round % MOVES.len()];
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).unwrap();
        let at = u64::from_le_bytes(bytes) % all;
        let persons = Persons::new("@approval(\"1 of approver\")").await;
        let bot = persons.bot().await;
        let control = persons.stage.control();
        let moving: Callback = Arc::new(move |control| Box::pin(async move { make(&control, what).await }));
        control.inject(Fault::on("*", "/**", Act::Before(moving)).after(at));
        let view =
            persons.stage.agents.ask(&Ask { wait_ms: 0, ..persons.stage.merge_request(&bot) }).await.unwrap();
        let view = persons.until(&view.id, |view| view.waiting.is_some() || view.outcome.is_some()).await;
        let mut approved = None;
        if let Some(waiting) = &view.waiting {
            let pending = persons.stage.console.pending_one(&waiting.request).await.unwrap();
            approved = Some(head_of(&pending.envelope, pending.facts.as_deref().unwrap()).1);
            persons.approve(&persons.bob, &waiting.request).await.unwrap();
        }
        let view = persons.end(&view.id).await;
        let pull = control.pull(BACKEND, 1).unwrap();
        let context = format!("{what:?} before request {at} of {all}: {view:?}");
        if pull.merged_as.is_some() {
            // Only with the commit that was approved, and only if it was there at the second look.
            assert_eq!(view.outcome.as_deref(), Some("succeeded"), "{context}");
            assert_eq!(approved.as_deref(), Some(view_head(&view).as_str()), "{context}");
            assert!(what != Move::Head || !(first..=act).contains(&at), "{context}");
        } else {
            assert_ne!(view.outcome.as_deref(), Some("succeeded"), "{context}");
        }
        persons.stage.assert_nothing_alive();
        let code = view.reason.as_ref().map_or("-".to_owned(), |reason| reason.code.as_str());
        *ended.entry(format!("{} {code}", view.outcome.unwrap_or_default())).or_default() += 1;
    }
    println!("{rounds} rounds: {ended:?}");
}

fn view_head(view: &OperationView) -> String {
    view.facts.as_ref().and_then(|facts| facts["head"].as_str()).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_while_it_waits_voids_the_approval_and_is_named() {
    for what in MOVES {
        let persons = Persons::new("@approval(\"1 of approver\")").await;
        let bot = persons.bot().await;
        let (view, waiting) = persons.begin(&persons.stage.merge_request(&bot)).await;
        make(&persons.stage.control(), what).await;
        persons.approve(&persons.bob, &waiting.request).await.unwrap();
        let view = persons.end(&view.id).await;
        let reason = view.reason.clone().unwrap();
        assert_eq!(reason.code, ErrorCode::ApprovalVoid, "{what:?}: {view:?}");
        assert_eq!(view.outcome.as_deref(), Some("denied"));
        persons.assert_not_merged();
        persons.stage.verify_ledger().await;
    }
}
