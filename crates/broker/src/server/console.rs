//! The console socket: reading, stopping, and statements that persons signed.
//!
//! INVARIANT: reaching this socket gives reading and stopping, nothing else. Whatever starts or allows
//! something is a signed statement, judged in `realm.rs`.

use super::answer::{Body, answer, answer_apart, bad, bounded, no_route, read};
use crate::broker::{Broker, store_error};
use crate::process::Peer;
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Query, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bailiwick_authority::{Digest, Target};
use bailiwick_protocol::{
    ApiError, ErrorCode, Event, LedgerEntry, LedgerPage, MAX_BODY_BYTES, PauseRequest, Submission, route,
};
use futures_util::stream::unfold;
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;

type Shared = State<Arc<Broker>>;

/// The most rows that one answer carries.
const MOST_ROWS: u64 = 1_000;

/// The most bytes of envelopes that one answer carries, the last one's beyond. Agents write envelopes, and
/// a client reads no answer of any size.
const MOST_BYTES: usize = 4 << 20;

pub(super) fn router(broker: Arc<Broker>) -> Router {
    Router::new()
        .route(route::STATUS, get(status))
        .route(route::ROSTER, get(roster))
        .route(route::STATEMENTS, post(submit))
        .route(route::STATEMENT, get(statement))
        .route(route::PAUSE, post(pause))
        .route(route::OPERATIONS, get(operations))
        .route(route::OPERATION, get(operation))
        .route(route::CAPABILITIES, get(capabilities))
        .route(route::PREVIEW, get(preview))
        .route(route::LEDGER, get(ledger))
        .route(route::CHECK, get(check))
        .merge(super::approval::routes())
        .merge(super::policy::routes())
        .route(route::EVENTS, get(events))
        .route(route::SHUT_DOWN, post(shut_down))
        .fallback(no_route)
        .method_not_allowed_fallback(no_route)
        .layer(from_fn(bounded))
        .layer(from_fn(only_this_user))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(broker)
}

/// The socket's mode keeps other users out; this does so again, should the mode be changed.
async fn only_this_user(ConnectInfo(peer): ConnectInfo<Peer>, request: Request, next: Next) -> Response {
    if peer.uid == rustix::process::geteuid().as_raw() {
        return next.run(request).await;
    }
    answer::<()>(Err(ApiError::new(
        ErrorCode::NotPermitted,
        "the console socket is for the user that the broker runs under",
        "run the console as that user",
    )))
}

async fn status(State(broker): Shared) -> Response {
    answer_apart(broker, |broker| broker.status()).await
}

async fn roster(State(broker): Shared) -> Response {
    answer_apart(broker, |broker| broker.roster_in_force()).await
}

async fn submit(State(broker): Shared, body: Body) -> Response {
    let result = match read::<Submission>(body) {
        Ok(submission) => broker.admit(submission).await,
        Err(error) => Err(error),
    };
    answer(result)
}

async fn statement(State(broker): Shared, Path(digest): Path<String>) -> Response {
    let found = digest.parse::<Digest>().map_err(|error| bad(error.to_string())).and_then(|digest| {
        let envelope = broker.journal.store().envelope(&digest).map_err(store_error)?;
        envelope.ok_or_else(|| {
            ApiError::new(ErrorCode::NotFound, format!("there is no statement {digest}"), "check the digest")
        })
    });
    match found {
        Ok(bytes) => ([(http::header::CONTENT_TYPE, "application/json")], bytes).into_response(),
        Err(error) => answer::<()>(Err(error)),
    }
}

async fn pause(State(broker): Shared, ConnectInfo(peer): ConnectInfo<Peer>, body: Body) -> Response {
    let result = match read::<PauseRequest>(body) {
        Ok(request) => broker.pause(request, peer.uid).await,
        Err(error) => Err(error),
    };
    answer(result)
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    limit: Option<u64>,
    #[serde(default)]
    before: Option<u64>,
    #[serde(default)]
    from: u64,
}

impl Page {
    fn rows(&self) -> u64 {
        self.limit.unwrap_or(100).min(MOST_ROWS)
    }
}

async fn operations(State(broker): Shared, Query(page): Query<Page>) -> Response {
    let read = move |broker: &Broker| {
        let stored = broker.journal.operations(page.before, page.rows()).map_err(store_error)?;
        Ok(stored.into_iter().map(|view| broker.latest(view)).collect::<Vec<_>>())
    };
    answer_apart(broker, read).await
}

async fn operation(State(broker): Shared, Path(id): Path<String>) -> Response {
    match id.parse::<Digest>() {
        Ok(id) => answer(broker.wait_for(&id, std::time::Duration::ZERO).await),
        Err(error) => answer::<()>(Err(bad(error.to_string()))),
    }
}

async fn capabilities(State(broker): Shared) -> Response {
    answer_apart(broker, |broker| broker.capabilities()).await
}

#[derive(Deserialize)]
struct TargetQuery {
    kind: String,
    id: String,
}

async fn preview(State(broker): Shared, Query(target): Query<TargetQuery>) -> Response {
    let target = Target::from_parts(&target.kind, &target.id).map_err(|error| bad(error.to_string()));
    answer_apart(broker, move |broker| broker.preview(&target?)).await
}

async fn ledger(State(broker): Shared, Query(page): Query<Page>) -> Response {
    let read = move |broker: &Broker| -> Result<LedgerPage, ApiError> {
        let store = broker.journal.store();
        let size = store.tip().map_err(store_error)?.0;
        let entries = store.page(page.from, page.rows(), MOST_BYTES).map_err(store_error)?;
        let entries = entries.into_iter().map(|entry| LedgerEntry {
            sequence: entry.leaf.sequence,
            kind: entry.leaf.kind,
            statement: entry.leaf.statement.to_string(),
            envelope_digest: entry.leaf.envelope.to_string(),
            time: entry.leaf.time.seconds(),
            head: entry.head.digest().to_string(),
            envelope: entry.envelope.and_then(|bytes| String::from_utf8(bytes).ok()),
        });
        Ok(LedgerPage { size, entries: entries.collect() })
    };
    answer_apart(broker, read).await
}

async fn check(State(broker): Shared, Path(name): Path<String>) -> Response {
    let name = match name.parse() {
        Ok(name) => name,
        Err(_) => return answer::<()>(Err(bad("a connection is named by a name"))),
    };
    answer(broker.check(name).await)
}

async fn events(State(broker): Shared) -> Response {
    let Ok(place) = Arc::clone(&broker.listeners).try_acquire_owned() else {
        return answer::<()>(Err(ApiError::new(
            ErrorCode::NotPermitted,
            "so many consoles listen already that one more would keep somebody from stopping",
            "close some of them",
        )));
    };
    let (receiver, ending) = (broker.events.subscribe(), broker.ending.clone());
    let stream = unfold((receiver, ending, place), |(mut receiver, ending, place)| async move {
        let event = tokio::select! {
            received = receiver.recv() => match received {
                Ok(event) => event,
                Err(RecvError::Lagged(count)) => Event::Missed { count },
                Err(RecvError::Closed) => return None,
            },
            () = ending.cancelled() => return None,
        };
        let text = serde_json::to_string(&event).unwrap_or_default();
        let event = axum::response::sse::Event::default().data(text);
        Some((Ok::<_, Infallible>(event), (receiver, ending, place)))
    });
    Sse::new(stream).keep_alive(KeepAlive::default()).into_response()
}

async fn shut_down(State(broker): Shared) -> Response {
    broker.end();
    answer(Ok(()))
}

#[cfg(test)]
mod tests;
