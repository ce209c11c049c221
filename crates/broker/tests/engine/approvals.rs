//! An operation that persons must agree to: what they sign is what is done, and only once enough have.

use super::persons::{Persons, kept, someone};
use super::sign::{self, fresh_key};
use super::stage::{BACKEND, submit};
use bailiwick_authority::{
    Assurance, KeyEnd, PublicKey, Request, Role, Signer as _, Target, Unverified, Value,
};
use bailiwick_protocol::{ErrorCode, OperationView, Stage as Step, TargetView};

fn code(view: &OperationView) -> Option<ErrorCode> {
    view.reason.as_ref().map(|reason| reason.code)
}

#[track_caller]
fn assert_ended(view: &OperationView, outcome: &str, reason: ErrorCode) {
    assert_eq!(view.outcome.as_deref(), Some(outcome), "{view:?}");
    assert_eq!(code(view), Some(reason), "{view:?}");
    assert!(view.receipt.is_some() && view.waiting.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn approved_it_is_merged_at_the_commit_that_was_evaluated() {
    let persons = Persons::new("@approval(\"1 of approver\")").await;
    let stage = &persons.stage;
    let bot = persons.bot().await;
    let head = stage.control().pull(BACKEND, 1).unwrap().head_sha;
    let (view, waiting) = persons.begin(&stage.merge_request(&bot)).await;
    assert_eq!(waiting.code.len(), 4);
    assert_eq!(waiting.needs, ["1 of approver"]);
    let [pending] = persons.pending().await.try_into().unwrap();
    assert_eq!((pending.target.as_str(), pending.kind.as_str()), (waiting.request.as_str(), "request"));
    // What the card is drawn from is signed by the broker, and its facts are the ones that it names.
    let key = PublicKey::from_line(&stage.console.status().await.unwrap().broker_key).unwrap();
    let request: Unverified<Request> = Unverified::parse(pending.envelope.as_bytes()).unwrap();
    let request = request.verify(&key).unwrap();
    let facts = Value::parse(pending.facts.as_ref().unwrap().as_bytes()).unwrap();
    assert_eq!(bailiwick_authority::Digest::of(&facts.encode()), request.body().facts);
    assert_eq!(facts.get("head").and_then(Value::as_str), Some(head.as_str()));
    persons.approve(&persons.bob, &waiting.request).await.unwrap();
    let done = persons.end(&view.id).await;
    assert_eq!(done.outcome.as_deref(), Some("succeeded"), "{done:?}");
    let pull = stage.control().pull(BACKEND, 1).unwrap();
    assert!(pull.merged_as.is_some());
    assert_eq!(pull.head_sha, head);
    assert!(persons.pending().await.is_empty());
    let receipt = stage.console.statement(&done.receipt.unwrap()).await.unwrap();
    let receipt: Unverified<bailiwick_authority::Receipt> = Unverified::parse(receipt.as_bytes()).unwrap();
    assert_eq!(receipt.body().request.unwrap().to_string(), waiting.request);
    assert_eq!(receipt.body().approvals.len(), 1);
    let purposes: Vec<&str> = receipt.body().credentials.iter().map(|one| one.purpose.as_str()).collect();
    assert!(purposes.contains(&"evidence-again"), "{purposes:?}");
    stage.assert_nothing_alive();
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_is_final_reaches_the_agent_and_is_answered_again_without_asking() {
    let persons = Persons::new("@approval(\"1 of approver\")").await;
    let bot = persons.bot().await;
    let (view, waiting) = persons.begin(&persons.stage.merge_request(&bot)).await;
    persons.deny(&persons.bob, &waiting.request).await.unwrap();
    let denied = persons.end(&view.id).await;
    assert_ended(&denied, "denied", ErrorCode::DeniedByPerson);
    assert!(denied.reason.unwrap().message.contains("not on a Friday"));
    let late = persons.approve(&persons.eve, &waiting.request).await.unwrap_err();
    assert_eq!(late.code, ErrorCode::NotFound);
    // The same again, by a sub-agent too: nobody is asked.
    let again = persons.stage.agents.ask(&persons.stage.merge_request(&bot)).await.unwrap();
    assert_ended(&again, "denied", ErrorCode::DeniedByPerson);
    let below = bot.attenuate(persons.stage.realm, persons.stage.now(), |_| ());
    let again = persons.stage.agents.ask(&persons.stage.merge_request(&below)).await.unwrap();
    assert_ended(&again, "denied", ErrorCode::DeniedByPerson);
    assert_eq!(persons.stage.count("SELECT COUNT(*) FROM pending"), 1);
    persons.assert_not_merged();
    // Under another policy it is asked again.
    persons.ask("@approval(\"1 of approver\") @timeout(\"5m\")").await;
    let (view, waiting) = persons.begin(&persons.stage.merge_request(&bot)).await;
    persons.approve(&persons.bob, &waiting.request).await.unwrap();
    assert_eq!(persons.end(&view.id).await.outcome.as_deref(), Some("succeeded"));
    persons.stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_answers_in_time_is_denied_and_a_hold_stops_the_clock() {
    let persons = Persons::new("@approval(\"1 of approver\")").await;
    let bot = persons.bot().await;
    let (view, waiting) = persons.begin(&persons.stage.merge_request(&bot)).await;
    let held = persons.stage.console.hold(&waiting.request, true).await.unwrap();
    assert!(held.held);
    persons.pass(3_600);
    let view = persons.until(&view.id, |view| view.waiting.as_ref().is_some_and(|one| one.held)).await;
    assert!(view.outcome.is_none());
    let free = persons.stage.console.hold(&waiting.request, false).await.unwrap();
    assert!(!free.held && free.expires > persons.stage.now().seconds());
    persons.pass(121);
    let late = persons.approve(&persons.bob, &waiting.request).await.unwrap_err();
    assert!(matches!(late.code, ErrorCode::NobodyAnswered | ErrorCode::NotFound), "{late:?}");
    assert_ended(&persons.end(&view.id).await, "denied", ErrorCode::NobodyAnswered);
    assert_eq!(
        persons.stage.console.hold(&waiting.request, true).await.unwrap_err().code,
        ErrorCode::NotFound
    );
    // That nobody answered is no denial: it is asked again, for as long as the policy says.
    persons.ask("@approval(\"1 of approver\") @timeout(\"30m\")").await;
    let (view, waiting) = persons.begin(&persons.stage.merge_request(&bot)).await;
    persons.pass(1_700);
    persons.approve(&persons.bob, &waiting.request).await.unwrap();
    assert_eq!(persons.end(&view.id).await.outcome.as_deref(), Some("succeeded"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_request_is_let_go_after_a_day() {
    let persons = Persons::new("@approval(\"1 of approver\")").await;
    let bot = persons.stage.delegate(|one| one.expires = one.not_before.plus(30 * 86_400)).await;
    let (view, waiting) = persons.begin(&persons.stage.merge_request(&bot)).await;
    persons.stage.console.hold(&waiting.request, true).await.unwrap();
    persons.pass(86_400 + 121);
    assert_ended(&persons.end(&view.id).await, "denied", ErrorCode::NobodyAnswered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_lets_it_wait_on_with_its_card_and_its_handle() {
    let persons = Persons::new("@approval(\"2 of approver\")").await;
    let bot = persons.bot().await;
    let ask = persons.stage.merge_request(&bot);
    let (view, waiting) = persons.begin(&ask).await;
    persons.approve(&persons.bob, &waiting.request).await.unwrap();
    let before = persons.pending().await;
    let persons = persons.restart().await;
    assert_eq!(persons.pending().await, before);
    assert_eq!(before[0].asks[0].approved, 1);
    let again = persons.stage.agents.operation(&view.id, 0).await.unwrap();
    assert_eq!(again.stage, Step::AwaitingApproval);
    assert_eq!(again.waiting.unwrap().code, waiting.code);
    // The invocation sent again gets its handle back, and one person counts once.
    let replayed = persons.stage.agents.ask(&bailiwick_protocol::Ask { wait_ms: 0, ..ask }).await.unwrap();
    assert!(replayed.replayed && replayed.id == view.id);
    let twice = persons.approve(&persons.bob, &waiting.request).await.unwrap_err();
    assert_eq!(twice.code, ErrorCode::Replayed);
    persons.approve(&persons.eve, &waiting.request).await.unwrap();
    let done = persons.end(&view.id).await;
    assert_eq!(done.outcome.as_deref(), Some("succeeded"), "{done:?}");
    persons.stage.assert_nothing_alive();
    assert_eq!(persons.stage.count("SELECT SUM(reserved) FROM capability"), 0);
    persons.stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_ends_what_waits_at_once_and_shows_it() {
    for restarted in [false, true] {
        let mut persons = Persons::new("@approval(\"1 of approver\")").await;
        let bot = persons.bot().await;
        let (view, waiting) = persons.begin(&persons.stage.merge_request(&bot)).await;
        if restarted {
            persons = persons.restart().await;
        }
        let stopped =
            persons.stage.revoke(Target::Capability(bot.leaf().digest())).await.unwrap().stopped.unwrap();
        assert_eq!(stopped.operations.len(), 1, "restarted: {restarted}");
        assert_eq!(stopped.operations[0].outcome.as_deref(), Some("halted"));
        assert_ended(&persons.end(&view.id).await, "halted", ErrorCode::Revoked);
        assert_eq!(
            persons.approve(&persons.bob, &waiting.request).await.unwrap_err().code,
            ErrorCode::NotFound
        );
        persons.assert_not_merged();
        persons.stage.verify_ledger().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_while_it_waits_voids_it() {
    // The policy.
    let persons = Persons::new("@approval(\"1 of approver\")").await;
    let bot = persons.bot().await;
    let (view, waiting) = persons.begin(&persons.stage.merge_request(&bot)).await;
    persons.ask("@approval(\"2 of approver\")").await;
    assert_ended(&persons.end(&view.id).await, "denied", ErrorCode::ApprovalVoid);
    assert_eq!(persons.approve(&persons.bob, &waiting.request).await.unwrap_err().code, ErrorCode::NotFound);
    // The connection.
    persons.ask("@approval(\"1 of approver\")").await;
    let (view, _) = persons.begin(&persons.stage.merge_request(&bot)).await;
    let previous = persons.stage.console.status().await.unwrap().connections[0].statement.parse().unwrap();
    persons.stage.submit(persons.stage.connection(Some(previous))).await.unwrap();
    assert_ended(&persons.end(&view.id).await, "denied", ErrorCode::ApprovalVoid);
    // The capability.
    let brief = persons.stage.delegate(|one| one.expires = one.not_before.plus(60)).await;
    let (view, _) = persons.begin(&persons.stage.merge_request(&brief)).await;
    persons.pass(61);
    assert_ended(&persons.end(&view.id).await, "denied", ErrorCode::ApprovalVoid);
    // A pause.
    let (view, waiting) = persons.begin(&persons.stage.merge_request(&bot)).await;
    let agent = TargetView { kind: "agent".into(), id: bot.key.public().id().to_string() };
    persons.stage.console.pause(agent).await.unwrap();
    persons.approve(&persons.bob, &waiting.request).await.unwrap();
    assert_ended(&persons.end(&view.id).await, "denied", ErrorCode::Paused);
    persons.assert_not_merged();
    persons.stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_approves_for_themselves_or_twice_or_without_the_role_or_a_good_key() {
    let persons = Persons::new("@approval(\"1 of approver\") @by(\"others\")").await;
    let stage = &persons.stage;
    // The steward is an approver too now, and delegated; the agent's key is enrolled as a person's.
    let (dan, well_kept, bot) = (fresh_key(), fresh_key(), persons.bot().await);
    let mut eve = someone("eve", &persons.eve, &[Role::Approver]);
    eve.keys.push(kept("eve", &well_kept, &[], Assurance::DeviceBound).keys[0].clone());
    let mut dan_twice = someone("dan", &dan, &[Role::Approver]);
    dan_twice.keys.push(someone("dan", &bot.key, &[]).keys[0].clone());
    let all = vec![
        someone("steward", &stage.steward, &[Role::Steward, Role::Security, Role::Approver]),
        someone("bob", &persons.bob, &[Role::Security]),
        eve,
        dan_twice,
    ];
    let head = stage.roster_head().await;
    let roster = stage.sign(sign::roster(Some(head), all));
    submit(&stage.console, &roster, None).await.unwrap();
    let (view, waiting) = persons.begin(&stage.merge_request(&bot)).await;
    let refused = [
        ("the delegator", &stage.steward),
        ("without the role", &persons.bob),
        ("the agent's own key", &bot.key),
        ("the person whose key asks", &dan),
        ("nobody", &fresh_key()),
    ];
    for (who, key) in refused {
        let error = persons.approve(key, &waiting.request).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::NotPermitted, "{who}: {error:?}");
    }
    assert_eq!(persons.pending().await[0].answers, []);
    persons.approve(&well_kept, &waiting.request).await.unwrap();
    assert_eq!(persons.end(&view.id).await.outcome.as_deref(), Some("succeeded"));
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_keys_of_one_person_are_one_person_and_a_key_must_be_kept_well_enough() {
    let persons = Persons::new("@approval(\"2 of approver\")").await;
    let stage = &persons.stage;
    let bot = persons.bot().await;
    let (first, second) = (fresh_key(), fresh_key());
    let mut bob = someone("bob", &persons.bob, &[Role::Approver]);
    bob.keys.push(kept("bob", &first, &[], Assurance::Keychain).keys[0].clone());
    bob.keys.push(kept("bob", &second, &[], Assurance::DeviceBound).keys[0].clone());
    let (better, file) = (fresh_key(), &persons.eve);
    let mut eve = kept("eve", &better, &[Role::Approver], Assurance::Keychain);
    eve.keys.push(someone("eve", file, &[]).keys[0].clone());
    let all = vec![sign::person("steward", &stage.steward), bob.clone(), eve.clone()];
    let head = stage.roster_head().await;
    submit(&stage.console, &stage.sign(sign::roster(Some(head), all)), None).await.unwrap();
    persons.ask("@approval(\"2 of approver\") @assurance(\"keychain\")").await;
    let (view, waiting) = persons.begin(&stage.merge_request(&bot)).await;
    persons.approve(&first, &waiting.request).await.unwrap();
    assert_eq!(persons.approve(&second, &waiting.request).await.unwrap_err().code, ErrorCode::NotPermitted);
    assert_eq!(persons.approve(file, &waiting.request).await.unwrap_err().code, ErrorCode::NotPermitted);
    assert_eq!(stage.agents.operation(&view.id, 0).await.unwrap().waiting.unwrap().needs, ["1 of approver"]);
    persons.approve(&better, &waiting.request).await.unwrap();
    assert_eq!(persons.end(&view.id).await.outcome.as_deref(), Some("succeeded"));
    // Without one of them nobody could meet it: it is denied without waiting.
    let mut texts = sign::policy_texts(true);
    texts.ask.push_str(&super::rules::ASK.replace("1 of approver", "2 of approver"));
    persons.activate(texts).await;
    bob.keys.iter_mut().for_each(|key| key.end = Some(KeyEnd::Retired));
    let alone = vec![someone("steward", &stage.steward, &[Role::Steward]), bob, eve];
    let head = stage.roster_head().await;
    submit(&stage.console, &stage.sign(sign::roster(Some(head), alone)), None).await.unwrap();
    let view = stage.comment(&bot, "for nobody to read").await.unwrap();
    assert_ended(&view, "denied", ErrorCode::NobodyToAsk);
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_floods_is_refused_and_its_sub_agents_with_it() {
    let persons = Persons::new("@approval(\"1 of approver\")").await;
    let bot = persons.bot().await;
    for _ in 0..8 {
        persons.begin(&persons.stage.merge_request(&bot)).await;
    }
    let over = persons.stage.agents.ask(&persons.stage.merge_request(&bot)).await.unwrap();
    assert_ended(&over, "denied", ErrorCode::UsesSpent);
    for _ in 0..24 {
        let below = bot.attenuate(persons.stage.realm, persons.stage.now(), |_| ());
        persons.begin(&persons.stage.merge_request(&below)).await;
    }
    let below = bot.attenuate(persons.stage.realm, persons.stage.now(), |_| ());
    let over = persons.stage.agents.ask(&persons.stage.merge_request(&below)).await.unwrap();
    assert_ended(&over, "denied", ErrorCode::UsesSpent);
    // Another agent is asked about all the same.
    persons.begin(&persons.stage.merge_request(&persons.bot().await)).await;
    persons.stage.halt().await.unwrap();
    let all = "SELECT COUNT(*) FROM pending WHERE state = 'halted'";
    persons.stage.until("all of them end", || persons.stage.count(all) == 33).await;
    assert!(persons.pending().await.is_empty());
    persons.stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_approvals_at_once_execute_once() {
    let persons = Persons::new("@approval(\"1 of approver\")").await;
    let bot = persons.bot().await;
    let (view, waiting) = persons.begin(&persons.stage.merge_request(&bot)).await;
    let (one, other) = tokio::join!(
        persons.approve(&persons.bob, &waiting.request),
        persons.approve(&persons.eve, &waiting.request)
    );
    assert!(one.is_ok() ^ other.is_ok(), "{one:?} {other:?}");
    assert_eq!(persons.end(&view.id).await.outcome.as_deref(), Some("succeeded"));
    let acts = persons.stage.control().requests().into_iter().filter(|seen| seen.method == "PUT").count();
    assert_eq!(acts, 1);
}
