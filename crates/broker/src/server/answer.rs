//! Bodies in, bodies out, errors as errors.

use crate::broker::{Broker, internal};
use axum::Json;
use axum::body::{Body as Incoming, Bytes, to_bytes};
use axum::extract::Request;
use axum::extract::rejection::BytesRejection;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bailiwick_protocol::{ApiError, ErrorCode, MAX_BODY_BYTES};
use http::{StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;

/// How long a request's body may take to arrive. Both sockets are local.
const BODY_LIMIT: Duration = Duration::from_secs(10);

/// A body, or why there is none.
pub(super) type Body = Result<Bytes, BytesRejection>;

/// What a route answers.
pub(super) fn answer<T: Serialize>(result: Result<T, ApiError>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(error) => (status(error.code), Json(error)).into_response(),
    }
}

/// What a route answers that reads much: on a thread of its own, so that reading, however long it takes,
/// keeps nobody from stopping.
pub(super) async fn answer_apart<T: Serialize>(
    broker: Arc<Broker>,
    read: impl FnOnce(&Broker) -> Result<T, ApiError> + Send + 'static,
) -> Response {
    let reading = tokio::task::spawn_blocking(move || answer(read(&broker)));
    reading.await.unwrap_or_else(|_| answer::<()>(Err(internal("reading was interrupted"))))
}

/// Reads a request's body whole before anything looks at it: what says beforehand that it is too large
/// is refused unread, and one that does not come is not waited for.
pub(super) async fn bounded(request: Request, next: Next) -> Response {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MAX_BODY_BYTES) {
        return answer::<()>(Err(too_large()));
    }
    let (head, body) = request.into_parts();
    match tokio::time::timeout(BODY_LIMIT, to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(head, Incoming::from(body))).await,
        // Where it ended early nobody reads this any more.
        Ok(Err(_)) => answer::<()>(Err(too_large())),
        Err(_) => {
            answer::<()>(Err(bad(format!("the body did not arrive within {} s", BODY_LIMIT.as_secs()))))
        }
    }
}

fn too_large() -> ApiError {
    ApiError::new(
        ErrorCode::TooLarge,
        format!("the request is larger than {MAX_BODY_BYTES} bytes"),
        "send a shorter chain or fewer arguments",
    )
}

/// The JSON of a body.
pub(super) fn read<T: DeserializeOwned>(body: Body) -> Result<T, ApiError> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => bad(rejection.to_string()),
    })?;
    serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))
}

pub(super) fn bad(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::BadRequest, message, "see the route's description in the protocol crate")
}

pub(super) async fn no_route() -> Response {
    answer::<()>(Err(ApiError::new(
        ErrorCode::NotFound,
        "there is no such route on this socket",
        "agents and consoles have a socket each",
    )))
}

fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::BadRequest
        | ErrorCode::BadStatement
        | ErrorCode::BadArgument
        | ErrorCode::UnknownAction => StatusCode::BAD_REQUEST,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::NotTheSuccessor | ErrorCode::Replayed | ErrorCode::NotSetUp => StatusCode::CONFLICT,
        ErrorCode::Store => StatusCode::INSUFFICIENT_STORAGE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::Unreachable | ErrorCode::NoAnswer | ErrorCode::WrongAnswer | ErrorCode::RateLimited => {
            StatusCode::BAD_GATEWAY
        }
        _ => StatusCode::FORBIDDEN,
    }
}
