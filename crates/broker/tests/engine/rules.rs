//! Standing rules: made from a request, agreed to by those whose answers they replace, used up, ended.

use super::persons::{Persons, someone};
use super::sign::{self, Holder, envelope};
use super::stage::submit;
use bailiwick_authority::{Argument, Constraint, Request, Role, Signer as _, Standing, Target, Unverified};
use bailiwick_protocol::{Ask, ErrorCode, Submission};

/// An ask about every comment: something that can be done many times.
pub(crate) const ASK: &str = r#"
    @id("ask-about-comments") @title("comments need a person") @because("they are read by everybody")
    @remedy("have somebody approve it") @approval("1 of approver")
    forbid (principal, action == Action::"issues/create-comment", resource);
"#;

async fn stage(ask: &str) -> (Persons, Holder) {
    let persons = Persons::new("@approval(\"1 of approver\")").await;
    let mut texts = sign::policy_texts(true);
    texts.ask.push_str(ask);
    persons.activate(texts).await;
    let bot = persons.bot().await;
    (persons, bot)
}

fn comment(persons: &Persons, bot: &Holder, body: &str) -> Ask {
    persons.stage.comment_request(bot, body)
}

/// A rule for comments on this issue that begin with `release `, made from a request that is open.
async fn rule_of(persons: &Persons, request: &str, uses: u64) -> Standing {
    let envelope = persons.stage.console.statement(request).await.unwrap();
    let request: Unverified<Request> = Unverified::parse(envelope.as_bytes()).unwrap();
    let (digest, body) = (request.digest(), request.body());
    Standing {
        request: digest,
        policy: body.policy,
        asks: body.asks.iter().map(|ask| ask.policy.clone()).collect(),
        agent: body.agent,
        connection: body.connection.clone(),
        action: body.action.clone(),
        resource: body.resource.clone(),
        arguments: [
            ("issue".to_owned(), Constraint::Exact(Argument::Int(8))),
            ("body".to_owned(), Constraint::Glob("release *".to_owned())),
        ]
        .into(),
        max_uses: uses,
        expires: persons.stage.now().plus(3_600),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_answers_what_it_names_as_often_as_it_may_and_names_itself_in_the_receipt() {
    let (persons, bot) = stage(ASK).await;
    let (view, waiting) = persons.begin(&comment(&persons, &bot, "release 1")).await;
    persons.approve(&persons.bob, &waiting.request).await.unwrap();
    assert_eq!(persons.end(&view.id).await.outcome.as_deref(), Some("succeeded"));
    let rule = persons.signed(&persons.bob, rule_of(&persons, &waiting.request, 2).await);
    let submission = Submission { envelope: envelope(&rule), policy: None, chain: Vec::new() };
    let tried = persons.stage.console.backtest(&submission).await.unwrap();
    assert_eq!((tried.asked, tried.would_have_approved, tried.against_a_denial), (1, 1, 0));
    submit(&persons.stage.console, &rule, None).await.unwrap();
    let done = persons.stage.agents.ask(&comment(&persons, &bot, "release 2")).await.unwrap();
    assert_eq!(done.outcome.as_deref(), Some("succeeded"), "{done:?}");
    let receipt = persons.stage.console.statement(&done.receipt.unwrap()).await.unwrap();
    assert!(receipt_of(&receipt).approvals.contains(&rule.digest()));
    // Outside its bounds, and for another agent, persons are asked.
    persons.begin(&comment(&persons, &bot, "something else")).await;
    persons.begin(&comment(&persons, &persons.bot().await, "release 2")).await;
    let below = bot.attenuate(persons.stage.realm, persons.stage.now(), |_| ());
    persons.begin(&comment(&persons, &below, "release 2")).await;
    let persons = persons.restart().await;
    let [view] = persons.stage.console.standing().await.unwrap().try_into().unwrap();
    assert_eq!((view.uses, view.max_uses, view.state.as_str()), (1, 2, "active"));
    assert_eq!(view.persons, ["bob"]);
    let done = persons.stage.agents.ask(&comment(&persons, &bot, "release 3")).await.unwrap();
    assert_eq!(done.outcome.as_deref(), Some("succeeded"));
    persons.begin(&comment(&persons, &bot, "release 4")).await;
    assert_eq!(persons.stage.console.standing().await.unwrap()[0].state, "spent");
    persons.stage.verify_ledger().await;
}

fn receipt_of(envelope: &str) -> bailiwick_authority::Receipt {
    let receipt: Unverified<bailiwick_authority::Receipt> = Unverified::parse(envelope.as_bytes()).unwrap();
    receipt.body().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_needs_the_quorum_that_it_replaces() {
    let (persons, bot) = stage(&ASK.replace("1 of approver", "2 of approver")).await;
    let (view, waiting) = persons.begin(&comment(&persons, &bot, "release 1")).await;
    let rule = persons.signed(&persons.bob, rule_of(&persons, &waiting.request, 5).await);
    let admitted = submit(&persons.stage.console, &rule, None).await.unwrap();
    assert_eq!(admitted.waits_for, Some(1));
    assert_eq!(persons.stage.console.standing().await.unwrap()[0].state, "proposed");
    let persons = persons.restart().await;
    // Still asked about: a proposal answers nothing.
    let (other, _) = persons.begin(&comment(&persons, &bot, "release 2")).await;
    persons.approve(&persons.eve, &rule.digest().to_string()).await.unwrap();
    let [rule_view] = persons.stage.console.standing().await.unwrap().try_into().unwrap();
    assert_eq!((rule_view.state.as_str(), rule_view.persons.len()), ("active", 2));
    let done = persons.stage.agents.ask(&comment(&persons, &bot, "release 3")).await.unwrap();
    assert_eq!(done.outcome.as_deref(), Some("succeeded"), "{done:?}");
    // What was asked before goes on waiting for its own answers.
    for id in [&view.id, &other.id] {
        assert!(persons.stage.agents.operation(id, 0).await.unwrap().outcome.is_none());
    }
    persons.stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_ends_by_revocation_by_another_policy_and_by_time() {
    for how in ["revoked", "policy-changed", "expired"] {
        let (persons, bot) = stage(ASK).await;
        let (view, waiting) = persons.begin(&comment(&persons, &bot, "release 1")).await;
        let rule = persons.signed(&persons.bob, rule_of(&persons, &waiting.request, 5).await);
        submit(&persons.stage.console, &rule, None).await.unwrap();
        persons.approve(&persons.bob, &waiting.request).await.unwrap();
        persons.end(&view.id).await;
        match how {
            "revoked" => drop(persons.stage.revoke(Target::Standing(rule.digest())).await.unwrap()),
            "expired" => persons.pass(3_601),
            _ => {
                let mut texts = sign::policy_texts(true);
                texts.ask.push_str(&ASK.replace("read by everybody", "read by all"));
                persons.activate(texts).await;
            }
        }
        let persons = persons.restart().await;
        persons.begin(&comment(&persons, &bot, "release 2")).await;
        assert_eq!(persons.stage.console.standing().await.unwrap()[0].state, how);
        persons.stage.verify_ledger().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_no_wider_than_its_request_and_not_made_from_what_was_denied() {
    let (persons, bot) = stage(ASK).await;
    let (view, waiting) = persons.begin(&comment(&persons, &bot, "release 1")).await;
    let good = rule_of(&persons, &waiting.request, 5).await;
    let other = sign::fresh_key();
    let wider: [(&str, Standing); 7] = [
        ("another agent", Standing { agent: other.public().id(), ..good.clone() }),
        ("another action", Standing { action: "pulls/merge".parse().unwrap(), ..good.clone() }),
        ("another ask", Standing { asks: vec!["ask-about-forks".parse().unwrap()], ..good.clone() }),
        ("an ask twice", Standing { asks: vec![good.asks[0].clone(), good.asks[0].clone()], ..good.clone() }),
        ("bounds that exclude it", Standing { arguments: Default::default(), ..good.clone() }),
        ("for ever", Standing { expires: good.expires.plus(365 * 86_400), ..good.clone() }),
        ("too often", Standing { max_uses: 1_001, ..good.clone() }),
    ];
    for (what, rule) in wider {
        let refused =
            submit(&persons.stage.console, &persons.signed(&persons.bob, rule), None).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::NotPermitted, "{what}: {refused:?}");
    }
    // Somebody whose approval would not count proposes it at most.
    let carl = sign::fresh_key();
    let all = vec![
        sign::person("steward", &persons.stage.steward),
        someone("bob", &persons.bob, &[Role::Approver]),
        someone("eve", &persons.eve, &[Role::Approver]),
        someone("carl", &carl, &[Role::Security]),
    ];
    let roster = persons.stage.sign(sign::roster(Some(persons.stage.roster_head().await), all));
    submit(&persons.stage.console, &roster, None).await.unwrap();
    let proposed = persons.signed(&carl, good.clone());
    assert_eq!(submit(&persons.stage.console, &proposed, None).await.unwrap().waits_for, Some(1));
    persons.deny(&persons.bob, &waiting.request).await.unwrap();
    persons.end(&view.id).await;
    let denied = submit(&persons.stage.console, &persons.signed(&persons.bob, good), None).await.unwrap_err();
    assert_eq!(denied.code, ErrorCode::NotPermitted);
    persons.stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_answers_nothing_that_those_who_made_it_could_not_answer() {
    let (persons, bot) = stage(&ASK.replace("@approval", "@by(\"others\") @approval")).await;
    let stage = &persons.stage;
    let enrol = async |bob: &[Role]| {
        let all = vec![
            sign::person("steward", &stage.steward),
            someone("bob", &persons.bob, bob),
            someone("eve", &persons.eve, &[Role::Approver]),
        ];
        let roster = stage.sign(sign::roster(Some(stage.roster_head().await), all));
        submit(&stage.console, &roster, None).await.unwrap();
    };
    enrol(&[Role::Steward, Role::Approver]).await;
    let (view, waiting) = persons.begin(&comment(&persons, &bot, "release 1")).await;
    persons.approve(&persons.bob, &waiting.request).await.unwrap();
    persons.end(&view.id).await;
    let rule = persons.signed(&persons.bob, rule_of(&persons, &waiting.request, 5).await);
    submit(&stage.console, &rule, None).await.unwrap();
    let done = stage.agents.ask(&comment(&persons, &bot, "release 2")).await.unwrap();
    assert_eq!(done.outcome.as_deref(), Some("succeeded"), "{done:?}");

    // The same agent with authority that bob gave it: his rule is no more an answer than his approval.
    let own = sign::capability(&bot.key, &stage.repository, stage.now());
    let own = persons.signed(&persons.bob, own);
    submit(&stage.console, &own, None).await.unwrap();
    let of_bob = Holder { key: bot.key, chain: vec![own] };
    let (_, waiting) = persons.begin(&comment(&persons, &of_bob, "release 3")).await;
    let refused = persons.approve(&persons.bob, &waiting.request).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotPermitted);

    // Nor does it outlive his being an approver.
    let bot = Holder { key: of_bob.key, chain: bot.chain };
    enrol(&[Role::Steward]).await;
    persons.begin(&comment(&persons, &bot, "release 4")).await;
    assert_eq!(stage.console.standing().await.unwrap()[0].state, "void");
    enrol(&[Role::Steward, Role::Approver]).await;
    assert_eq!(stage.console.standing().await.unwrap()[0].state, "active");
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_use_of_a_rule_is_had_once() {
    let (persons, bot) = stage(ASK).await;
    let (view, waiting) = persons.begin(&comment(&persons, &bot, "release 1")).await;
    let rule = persons.signed(&persons.bob, rule_of(&persons, &waiting.request, 1).await);
    submit(&persons.stage.console, &rule, None).await.unwrap();
    persons.deny(&persons.bob, &waiting.request).await.unwrap();
    persons.end(&view.id).await;
    let asks: Vec<Ask> = (2..6)
        .map(|number| Ask { wait_ms: 0, ..comment(&persons, &bot, &format!("release {number}")) })
        .collect();
    let mut ids = Vec::new();
    for ask in &asks {
        ids.push(persons.stage.agents.ask(ask).await.unwrap().id);
    }
    let mut done = 0;
    for id in &ids {
        let view = persons.until(id, |view| view.outcome.is_some() || view.waiting.is_some()).await;
        done += usize::from(view.outcome.as_deref() == Some("succeeded"));
    }
    assert_eq!(done, 1);
    assert_eq!(persons.stage.count("SELECT uses FROM standing"), 1);
    assert_eq!(persons.stage.comments().iter().filter(|body| body.starts_with("release")).count(), 1);
}
