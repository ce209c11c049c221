//! What consoles ask about what waits for persons: which, how each looks, how asking goes.
//!
//! INVARIANT: nothing here answers anything. An answer is a signed statement, judged in `realm.rs`; holding stops
//! a clock and allows nothing.

use super::answer::{Body, answer, answer_apart, bad, read};
use crate::broker::Broker;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use bailiwick_authority::Digest;
use bailiwick_protocol::{ApiError, ErrorCode, Hold, Submission, route};
use std::sync::Arc;

type Shared = State<Arc<Broker>>;

/// This half of the console's router.
pub(super) fn routes() -> Router<Arc<Broker>> {
    Router::new()
        .route(route::PENDING, get(pending))
        .route(route::PENDING_ONE, get(pending_one))
        .route(route::HOLD, post(hold))
        .route(route::DIFF, get(diff))
        .route(route::STANDING, get(standing))
        .route(route::BACKTEST, post(backtest))
        .route(route::FATIGUE, get(fatigue))
}

async fn pending(State(broker): Shared) -> Response {
    answer_apart(broker, |broker| broker.pending()).await
}

async fn pending_one(State(broker): Shared, Path(target): Path<String>) -> Response {
    let read = move |broker: &Broker| {
        let target = target.parse::<Digest>().map_err(|error| bad(error.to_string()))?;
        broker.pending_one(&target).ok_or_else(|| not_waiting(&target))
    };
    answer_apart(broker, read).await
}

async fn hold(State(broker): Shared, Path(target): Path<String>, body: Body) -> Response {
    let result = match (target.parse::<Digest>(), read::<Hold>(body)) {
        (Ok(target), Ok(hold)) => broker.hold_matter(target, hold.held).await,
        (Err(error), _) => Err(bad(error.to_string())),
        (_, Err(error)) => Err(error),
    };
    answer(result)
}

async fn diff(State(broker): Shared, Path(target): Path<String>) -> Response {
    match target.parse::<Digest>() {
        Ok(target) => answer(broker.diff(target).await),
        Err(error) => answer::<()>(Err(bad(error.to_string()))),
    }
}

async fn standing(State(broker): Shared) -> Response {
    answer_apart(broker, |broker| broker.standing_rules()).await
}

async fn backtest(State(broker): Shared, body: Body) -> Response {
    let submission = read::<Submission>(body);
    answer_apart(broker, move |broker| broker.try_rule(&submission?)).await
}

async fn fatigue(State(broker): Shared) -> Response {
    answer_apart(broker, |broker| broker.fatigue()).await
}

fn not_waiting(target: &Digest) -> ApiError {
    ApiError::new(
        ErrorCode::NotFound,
        format!("nothing waits under {target}"),
        "it was answered, or its time is over",
    )
}
