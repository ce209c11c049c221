//! How asking goes is measured: what persons always approve is proposed for narrowing, and only that.

use super::persons::Persons;
use super::rules::ASK;
use super::sign;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_almost_always_approved_is_proposed_for_narrowing() {
    let persons = Persons::new("@approval(\"1 of approver\")").await;
    let mut texts = sign::policy_texts(true);
    texts.ask.push_str(ASK);
    texts.ask.push_str(&super::persons::ask_about_main("@approval(\"1 of approver\")"));
    persons.activate(texts).await;
    let bot = persons.bot().await;
    for number in 0..52 {
        let ask = persons.stage.comment_request(&bot, &format!("comment {number}"));
        let (view, waiting) = persons.begin(&ask).await;
        persons.approve(&persons.bob, &waiting.request).await.unwrap();
        assert_eq!(persons.end(&view.id).await.outcome.as_deref(), Some("succeeded"));
        if number == 49 {
            let fatigue = persons.stage.console.fatigue().await.unwrap();
            assert!(fatigue.iter().all(|one| one.proposal.is_none()), "50 are not over 50");
        }
    }
    let (view, waiting) = persons.begin(&persons.stage.merge_request(&bot)).await;
    persons.stage.console.diff(&waiting.request).await.unwrap();
    persons.deny(&persons.bob, &waiting.request).await.unwrap();
    persons.end(&view.id).await;
    let fatigue = persons.stage.console.fatigue().await.unwrap();
    let of = |id: &str| fatigue.iter().find(|one| one.id == id).unwrap();
    let comments = of("ask-about-comments");
    assert_eq!(
        (comments.asked, comments.approved, comments.denied, comments.evidence_opened),
        (52, 52, 0, 0)
    );
    assert!(comments.median_ms.is_some() && comments.proposal.is_some());
    assert_eq!(comments.name, "comments need a person");
    let merges = of("ask-about-main");
    assert_eq!((merges.asked, merges.approved, merges.denied, merges.evidence_opened), (1, 0, 1, 1));
    assert!(merges.proposal.is_none());
    let agent = fatigue.iter().find(|one| one.by == "agent").unwrap();
    assert_eq!((agent.asked, agent.name.as_str()), (53, "ci-bot"));
}
