//! Bodies in, bodies out, errors as errors.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use bailiwick_protocol::{ApiError, ErrorCode, MAX_BODY_BYTES};
use http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A body, or why there is none.
pub(super) type Body = Result<Bytes, BytesRejection>;

/// What a route answers.
pub(super) fn answer<T: Serialize>(result: Result<T, ApiError>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(error) => (status(error.code), Json(error)).into_response(),
    }
}

/// The JSON of a body.
pub(super) fn read<T: DeserializeOwned>(body: Body) -> Result<T, ApiError> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(
            ErrorCode::TooLarge,
            format!("the request is larger than {MAX_BODY_BYTES} bytes"),
            "send a shorter chain or fewer arguments",
        ),
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
