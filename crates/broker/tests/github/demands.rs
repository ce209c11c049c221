//! What the target demands: branch protection and rulesets, the stricter of both.

use bailiwick_practice::{Act, Fault, Protection, Seed, Verdict};
use bailiwick_protocol::ErrorCode;
use serde_json::{Value, json};

use super::{BACKEND, World, edited};

#[tokio::test(flavor = "multi_thread")]
async fn as_many_approvals_are_demanded_as_the_stricter_says() {
    let world = World::story().await;
    let merge = world.merge("feat-123");
    let facts = world.facts(&merge).await;
    let reviews = |facts: &Value| {
        ["required_approvals", "approvals", "approvals_missing"].map(|name| facts[name].as_u64().unwrap())
    };
    assert_eq!((reviews(&facts), &facts["requires_code_owners"]), ([1, 1, 0], &json!(false)));
    let rules = |count: u64| {
        edited("/repos/*/*/rules/branches/*", move |rules| {
            *rules = json!([{"type": "pull_request", "parameters": {
                "required_approving_review_count": count, "require_code_owner_review": true,
                "dismiss_stale_reviews_on_push": false, "require_last_push_approval": false,
                "required_review_thread_resolution": false,
            }}]);
        })
    };
    world.control().inject(rules(3));
    let facts = world.facts(&merge).await;
    assert_eq!((reviews(&facts), &facts["requires_code_owners"]), ([3, 1, 2], &json!(true)));
    world.control().inject(rules(0));
    assert_eq!(reviews(&world.facts(&merge).await), [1, 1, 0]);
    let protection = Seed::story().repositories[0].protection["main"].clone();
    let two = Protection { approvals: 2, code_owners: true, ..protection };
    world.control().protect(BACKEND, "main", Some(two)).unwrap();
    let facts = world.facts(&merge).await;
    assert_eq!((reviews(&facts), &facts["requires_code_owners"]), ([2, 1, 1], &json!(true)));
    world.control().review(BACKEND, 1, "linnea", Verdict::Approved).unwrap();
    assert_eq!(reviews(&world.facts(&merge).await), [2, 2, 0]);
    world.control().protect(BACKEND, "main", None).unwrap();
    assert_eq!(reviews(&world.facts(&merge).await), [0, 2, 0]);
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_required_check_names_the_app_that_must_report_it() {
    let world = World::story().await;
    let facts = world.facts(&world.merge("feat-123")).await;
    let apps = json!([{"name": "ci/lint", "app_id": 20_001}, {"name": "ci/test", "app_id": 20_001}]);
    assert_eq!(facts["required_check_apps"], apps);
    assert_eq!(facts["checks"][0]["app_id"], json!(20_001));
}

#[tokio::test(flavor = "multi_thread")]
async fn demands_that_cannot_be_had_are_no_evidence() {
    let world = World::story().await;
    let protection = "/repos/*/*/branches/*/protection";
    let refused = Fault::on("GET", protection, Act::Status(403));
    let unsaid = edited(protection, |found| {
        found["required_pull_request_reviews"] = json!({"required_approving_review_count": 1});
    });
    let wrong = edited("/repos/*/*/rules/branches/*", |rules| *rules = json!([{"type": "pull_request"}]));
    for (fault, code) in [
        (refused, ErrorCode::DestinationRefused),
        (unsaid, ErrorCode::WrongAnswer),
        (wrong, ErrorCode::WrongAnswer),
    ] {
        world.control().inject(fault);
        let failure = world.evidence(&world.merge("feat-123")).await.unwrap_err();
        assert_eq!(failure.code(), code, "{failure}");
    }
}
