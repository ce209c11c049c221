//! Every way a request goes wrong, in each step, and whether it may have happened.

use bailiwick_broker::destinations::github::{Cause, Failure, Step};
use bailiwick_practice::{Act, Fault};
use bailiwick_protocol::ErrorCode;

use super::{BACKEND, World, connection};

const MERGE: &str = "/repos/*/*/pulls/*/merge";

fn kind(failure: &Failure) -> &'static str {
    match &failure.cause {
        Cause::Unauthorised(_) => "401",
        Cause::Forbidden(_) => "403",
        Cause::RateLimited { until: Some(_) } => "limit",
        Cause::SlowDown { wait_s: Some(7) } => "slow",
        Cause::Missing(_) => "404",
        Cause::NotAllowed(_) => "405",
        Cause::Conflict(_) => "409",
        Cause::Unprocessable(_) => "422",
        Cause::ServerError(..) => "5xx",
        Cause::Unexpected(..) => "other",
        Cause::TimedOut => "time-out",
        Cause::HungUp => "hang-up",
        Cause::WrongAnswer(_) => "wrong",
        Cause::TooLarge => "large",
        Cause::Unreachable(_) => "unreachable",
        _ => "?",
    }
}

/// The fault, what it is understood as, the code, whether the act may have happened.
fn cases() -> Vec<(Act, &'static str, ErrorCode, bool)> {
    use ErrorCode::{DestinationRefused, Moved, OutcomeUnknown, RateLimited};
    vec![
        (Act::Status(401), "401", DestinationRefused, false),
        (Act::Status(403), "403", DestinationRefused, false),
        (Act::Status(404), "404", DestinationRefused, false),
        (Act::Status(405), "405", DestinationRefused, false),
        (Act::Status(409), "409", Moved, false),
        (Act::Status(422), "422", DestinationRefused, false),
        (Act::Status(429), "limit", RateLimited, false),
        (Act::Status(418), "other", DestinationRefused, false),
        (Act::RateLimit { status: 403, reset_in_s: 90 }, "limit", RateLimited, false),
        (Act::RateLimit { status: 429, reset_in_s: 90 }, "limit", RateLimited, false),
        (Act::SecondaryRateLimit { retry_after_s: 7 }, "slow", RateLimited, false),
        (Act::Status(500), "5xx", OutcomeUnknown, true),
        (Act::Status(502), "5xx", OutcomeUnknown, true),
        (Act::Status(503), "5xx", OutcomeUnknown, true),
        (Act::CloseWithoutAnswer, "hang-up", OutcomeUnknown, true),
        (Act::CloseAfterDoing, "hang-up", OutcomeUnknown, true),
        (Act::ResetInBody, "hang-up", OutcomeUnknown, true),
        (Act::WrongJson, "wrong", OutcomeUnknown, true),
        (Act::WrongShape, "wrong", OutcomeUnknown, true),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_to_an_act_has_its_outcome() {
    for (act, expected, code, maybe) in cases() {
        let world = World::story().await;
        let operation = world.merge("feat-123");
        let evidence = world.evidence(&operation).await.unwrap();
        let name = format!("{act:?}");
        world.control().inject(Fault::on("PUT", MERGE, act));
        let failure = world.act(&operation, &evidence.facts).await.unwrap_err();
        assert_eq!(
            (kind(&failure), failure.code(), failure.may_have_happened),
            (expected, code, maybe),
            "{name}"
        );
        assert_eq!(failure.step, Step::Act);
        assert_eq!(failure.request, format!("PUT /repos/{BACKEND}/pulls/1/merge"), "{name}");
        let error = failure.to_api_error();
        assert!(error.message.parse::<bailiwick_authority::Text>().is_ok(), "{name}: {}", error.message);
        assert!(!error.hint.is_empty());
        // Sent once, whatever came of it.
        let puts = world.control().requests().iter().filter(|seen| seen.method == "PUT").count();
        assert_eq!(puts, 1, "{name}");
        let merged = world.control().pull(BACKEND, 1).unwrap().merged_as.is_some();
        assert!(maybe || !merged, "{name}: it happened, and is said not to have");
        world.assert_nothing_alive();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_to_a_read_is_a_failure_and_nothing_more() {
    let world = World::story().await;
    let operation = world.merge("feat-123");
    for (act, expected, _, _) in cases() {
        // A 404 of the reviews cannot be taken for none, nor can any other answer.
        let name = format!("{act:?}");
        world.control().inject(Fault::on("GET", "/repos/*/*/pulls/*/reviews", act).always());
        let failure = world.evidence(&operation).await.unwrap_err();
        assert_eq!(
            (kind(&failure), failure.step, failure.may_have_happened),
            (expected, Step::Evidence, false),
            "{name}"
        );
        world.control().clear_faults();
    }
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_to_a_mint_is_a_failure_and_no_token_is_left() {
    let world = World::story().await;
    let scope = world.merge("feat-123").act_scope();
    let mut lost = 0;
    for (act, expected, _, maybe) in cases() {
        let name = format!("{act:?}");
        let expected = if name == "status 422" { "?" } else { expected };
        world.control().inject(Fault::on("POST", "/app/installations/*/access_tokens", act));
        let failure = world.mint(&scope).await.unwrap_err();
        assert_eq!((kind(&failure), failure.step), (expected, Step::Mint), "{name}: {failure}");
        assert_eq!(failure.may_have_happened, maybe, "{name}");
        let alive = world.control().minted().iter().filter(|token| token.alive).count();
        assert!(maybe || alive == lost, "{name}: a token lives, and is said not to have been minted");
        lost = alive;
        world.control().clear_faults();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hang_ends_in_a_time_out() {
    let world = World::story().await;
    let operation = world.merge("feat-123");
    let evidence = world.evidence(&operation).await.unwrap();
    let act = world.mint(&operation.act_scope()).await.unwrap();
    let read = world.mint(&operation.evidence_scope()).await.unwrap();
    world.control().inject(Fault::on("PUT", MERGE, Act::HangAfterRequestHead));
    world.control().inject(Fault::on("GET", "/repos/*/*/pulls/*/files", Act::HangInBody));
    let (way, id) = (world.way(), super::operation_id());
    let known = super::nobody_known();
    let (acted, seen) = tokio::join!(
        world.github.act(&operation, &evidence.facts, &act, &way, &id),
        world.github.evidence(&operation, &known, &read, &way)
    );
    let (acted, seen) = (acted.unwrap_err(), seen.unwrap_err());
    assert_eq!((kind(&acted), acted.may_have_happened), ("time-out", true));
    assert_eq!((kind(&seen), seen.may_have_happened), ("time-out", false));
    world.github.destroy(act).await;
    world.github.destroy(read).await;
    world.assert_nothing_alive();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_reached_says_why() {
    let world = World::story().await;
    let scope = world.merge("feat-123").act_scope();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let cases = [
        (format!("http://127.0.0.1:{port}"), "it refuses connections"),
        (format!("http://nowhere.localhost.invalid:{port}"), "its name has no address"),
    ];
    for (api, why) in cases {
        let connection = bailiwick_authority::Connection { api, ..connection(&world.range) };
        let github = bailiwick_broker::destinations::github::GitHub::new(
            &connection,
            world.range.app().private_key_pem(),
        )
        .unwrap();
        let assertion = github.assertion(world.now()).unwrap();
        let failure = github.mint(&scope, &assertion, &world.way()).await.unwrap_err();
        assert_eq!(failure.code(), ErrorCode::Unreachable);
        assert!(!failure.may_have_happened);
        assert!(failure.to_string().contains(why), "{failure}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_answer_is_cut() {
    let world = World::story().await;
    let edit = |answer: &mut serde_json::Value| answer["body"] = serde_json::json!("x".repeat(17 << 20));
    world.control().inject(Fault::on("GET", "/repos/*/*/pulls/*", Act::Edit(std::sync::Arc::new(edit))));
    let failure = world.evidence(&world.merge("feat-123")).await.unwrap_err();
    assert_eq!((kind(&failure), failure.code()), ("large", ErrorCode::WrongAnswer));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_says_until_when_and_words_are_quoted() {
    let world = World::story().await;
    let operation = world.merge("feat-123");
    let limit = Act::RateLimit { status: 403, reset_in_s: 90 };
    world.control().inject(Fault::on("GET", "/repos/*/*/pulls/*/reviews", limit));
    let failure = world.evidence(&operation).await.unwrap_err();
    let Cause::RateLimited { until: Some(until) } = failure.cause else { panic!("{failure}") };
    assert!((85..=95).contains(&until.since(world.now())), "{until:?}");
    assert!(failure.to_string().contains("used up until 20"), "{failure}");
    let evidence = world.evidence(&operation).await.unwrap();
    let words = |answer: &mut serde_json::Value| {
        answer["message"] = serde_json::json!(format!("no\u{1b}[2J\u{202e}`\n{}", "x".repeat(5_000)));
    };
    world.control().inject(Fault::on("PUT", MERGE, Act::Status(405)));
    let plain = world.act(&operation, &evidence.facts).await.unwrap_err();
    assert!(plain.to_string().contains("`Pull Request is not mergeable`"), "{plain}");
    world.control().set_draft(BACKEND, 1, true).unwrap();
    world.control().inject(Fault::on("PUT", MERGE, Act::Edit(std::sync::Arc::new(words))));
    let hostile = world.act(&operation, &evidence.facts).await.unwrap_err().to_api_error().message;
    assert!(hostile.parse::<bailiwick_authority::Text>().is_ok() && hostile.contains("\\u{1b}"), "{hostile}");
}
