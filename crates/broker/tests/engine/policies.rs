//! What consoles ask about policies, of a broker that runs: nothing of it changes what is in force.

use super::Stage;
use super::sign;
use super::stage::submit;
use bailiwick_broker::policy::together;
use bailiwick_protocol::{
    ErrorCode, PolicyDiffRequest, PolicyQuestion, PolicySource, PolicySubject, PolicyTry, ResourceView,
};

fn of(id: &str) -> PolicySubject {
    PolicySubject::Operation { id: id.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_past_operation_is_explained_as_it_was_decided_and_as_another_policy_would() {
    let stage = Stage::new().await;
    let bot = stage.delegate(|_| ()).await;
    let done = stage.comment(&bot, "hello").await.unwrap();
    assert_eq!(done.outcome.as_deref(), Some("succeeded"));
    let head = stage.console.status().await.unwrap().policy.unwrap();

    let in_force = PolicyTry { policy: PolicySource::InForce, subject: of(&done.id) };
    let answer = stage.console.policy_try(&in_force).await.unwrap();
    assert_eq!((answer.outcome.as_str(), answer.determining[0].id.as_str()), ("allow", "may-comment"));
    assert_eq!(answer.determining[0].title, "agents may comment");
    let then = answer.then.expect("it was decided");
    assert_eq!((then.outcome.as_str(), then.policy.as_deref()), ("allow", Some(head.as_str())));
    assert_eq!(then.determining, ["may-comment"]);
    assert_eq!(answer.question.effects.as_deref(), Some(&["publishes".to_owned()][..]));
    assert_eq!(
        (answer.question.person.as_str(), answer.question.path),
        ("steward", vec!["ci-bot".to_owned()])
    );
    // What the question says is what anybody can ask again, and it gets the same answer.
    let again = stage.console.policy_try(&in_force).await.unwrap();
    let made_up = PolicySubject::MadeUp { question: Box::new(again.question.clone()) };
    let made_up = PolicyTry { policy: PolicySource::InForce, subject: made_up };
    let made_up = stage.console.policy_try(&made_up).await.unwrap();
    assert_eq!((made_up.outcome, made_up.question, made_up.then), (again.outcome, again.question, None));

    // Under another policy, and what would be different.
    let read_only = PolicySource::Texts { texts: together(&["ship-to-main", "read-only"]).unwrap() };
    let other = PolicyTry { policy: read_only.clone(), subject: of(&done.id) };
    let answer = stage.console.policy_try(&other).await.unwrap();
    assert_eq!((answer.outcome.as_str(), answer.refusals[0].policy.as_str()), ("deny", "read-only"));
    let request = PolicyDiffRequest { old: PolicySource::InForce, new: read_only };
    let diff = stage.console.policy_diff(&request).await.unwrap();
    assert!(diff.headline.starts_with("1 rule more that refuses or asks: `read-only`"), "{}", diff.headline);
    assert!(!diff.softens && diff.data_changed && diff.removed.is_empty(), "{diff:?}");
    assert_eq!((diff.backtest.judged, diff.backtest.different.len()), (1, 1));
    let case = &diff.backtest.different[0];
    assert_eq!(
        (case.operation.as_str(), case.old.as_str(), case.new.as_str()),
        (done.id.as_str(), "allow", "deny")
    );

    // Nothing of this changed anything.
    assert_eq!(stage.console.status().await.unwrap().policy.unwrap(), head);
    stage.verify_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_made_up_operation_gets_its_effects_from_the_catalogue() {
    let stage = Stage::new().await;
    let mut question = PolicyQuestion {
        action: "repos/create-deployment".into(),
        effects: None,
        connection: "practice".into(),
        resource: ResourceView { id: "repository:1".into(), name: "acme/backend".into() },
        arguments: serde_json::json!({"ref": "main", "environment": "production"}),
        facts: None,
        agent: None,
        path: vec!["ci-bot".into()],
        person: "steward".into(),
        roles: vec!["steward".into()],
        assurance: "keychain".into(),
        now: None,
        expires: None,
    };
    let ask = |question: &PolicyQuestion| PolicyTry {
        policy: PolicySource::InForce,
        subject: PolicySubject::MadeUp { question: Box::new(question.clone()) },
    };
    let answer = stage.console.policy_try(&ask(&question)).await.unwrap();
    assert_eq!((answer.outcome.as_str(), answer.refusals[0].policy.as_str()), ("deny", "no-permit"));
    let effects = answer.question.effects.unwrap();
    assert_eq!(effects, ["deploys(production)", "runs_code"]);
    question.arguments = serde_json::json!({"ref": "main", "environment": "staging"});
    assert_eq!(stage.console.policy_try(&ask(&question)).await.unwrap().outcome, "allow");

    for (change, why) in [
        (r#"{"action": "repos/delete"}"#, "there is no action"),
        (r#"{"effects": ["flies"]}"#, "is no effect"),
        (r#"{"person": "Ada Lovelace"}"#, "is not a person's name"),
        (r#"{"assurance": "none"}"#, "is not an assurance"),
        (r#"{"arguments": []}"#, "the arguments are no object"),
        (r#"{"now": 18446744073709551615}"#, "too far away"),
    ] {
        let mut wire = serde_json::to_value(&question).unwrap();
        let change: serde_json::Value = serde_json::from_str(change).unwrap();
        wire.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let changed: PolicyQuestion = serde_json::from_value(wire).unwrap();
        let error = stage.console.policy_try(&ask(&changed)).await.unwrap_err();
        assert!(error.code == ErrorCode::BadRequest && error.message.contains(why), "{change}: {error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn history_lists_every_policy_and_its_texts_are_there() {
    let stage = Stage::new().await;
    let first = stage.console.status().await.unwrap().policy.unwrap();
    let texts = together(&["ship-to-main", "never-give"]).unwrap();
    let signed = stage.sign(sign::policy(&texts, Some(first.parse().unwrap())));
    submit(&stage.console, &signed, Some(texts.clone())).await.unwrap();

    let history = stage.console.policy_history().await.unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!((history[0].statement.as_str(), history[0].in_force), (&*signed.digest().to_string(), true));
    assert_eq!(history[0].previous.as_deref(), Some(first.as_str()));
    assert_eq!((history[1].statement.as_str(), history[1].in_force), (first.as_str(), false));
    assert!(history.iter().all(|version| version.person == "steward"), "{history:?}");
    assert_eq!(stage.console.policy_version(&history[0].statement).await.unwrap(), texts);
    assert_eq!(stage.console.policy_version(&first).await.unwrap(), sign::policy_texts(true));
    let back = PolicyDiffRequest {
        old: PolicySource::InForce,
        new: PolicySource::Statement { statement: first.clone() },
    };
    let diff = stage.console.policy_diff(&back).await.unwrap();
    assert!(
        diff.softens && diff.headline.starts_with("6 rules no longer refuse or ask"),
        "{}",
        diff.headline
    );
    for other in [stage.realm.to_string(), "sha256:00".to_owned(), signed.body().guard.to_string()] {
        assert!(stage.console.policy_version(&other).await.is_err(), "{other}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_load_is_named_with_its_line_and_what_nobody_can_give_is_not_activated() {
    let stage = Stage::new().await;
    let first = stage.console.status().await.unwrap().policy.unwrap();
    let mut texts = together(&["ship-to-main"]).unwrap();
    let good = stage.console.policy_check(&texts).await.unwrap();
    assert!(good.problems.is_empty() && good.rules.len() >= 16, "{good:?}");
    let ask = good.rules.iter().find(|rule| rule.set == "ask").unwrap();
    assert_eq!((ask.id.as_str(), ask.approval.as_deref()), ("ask-about-forks", Some("1 of approver")));
    let line = texts.ask.lines().nth(usize::try_from(ask.line).unwrap() - 1).unwrap();
    assert!(line.starts_with("@id(\"ask-about-forks\")") && ask.text.starts_with(line), "{line}");

    let lines = u32::try_from(texts.guard.lines().count()).unwrap();
    texts.guard.push_str("@id(\"x\") @title(\"t\") @because(\"b\") @remedy(\"r\") @approval(\"1 of approver\")\nforbid (principal, action, resource) when { context.time < 0 };");
    let bad = stage.console.policy_check(&texts).await.unwrap();
    assert!(bad.rules.is_empty());
    assert_eq!((bad.problems[0].text.as_str(), bad.problems[0].line), ("guard", lines + 1));
    assert!(bad.problems[0].message.contains("@approval"), "{bad:?}");

    // Two approvers where the roster has one person.
    let texts = together(&["ship-to-main", "deploy"]).unwrap();
    let signed = stage.sign(sign::policy(&texts, Some(first.parse().unwrap())));
    let refused = submit(&stage.console, &signed, Some(texts)).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::BadStatement);
    let why = "`ask-about-production` asks for 2 of `approver` with a key kept at least as `keychain`, and the roster has nobody";
    assert!(refused.message.contains(why), "{refused:?}");
    assert_eq!(stage.console.status().await.unwrap().policy.unwrap(), first);
    stage.verify_ledger().await;
}
