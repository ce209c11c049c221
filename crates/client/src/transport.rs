//! One request over a local socket, its answer, and what can go wrong in between as an [`ApiError`].
//!
//! Every request has a connection of its own: local ones cost little, and a broker that was restarted in
//! between is met anew. Answers are bounded in size and time.

use crate::endpoint;
use bailiwick_protocol::{ApiError, ErrorCode, MAX_BODY_BYTES, PROTOCOL};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The largest answer that is read, in bytes: a page of the ledger with its envelopes.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// How long a connection may take to be accepted.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// How long an answer may take beyond what the request itself asks to wait.
pub(crate) const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// A socket that requests go to.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    socket: PathBuf,
}

impl Transport {
    pub(crate) fn new(socket: &Path) -> Transport {
        Transport { socket: socket.to_owned() }
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, route: &str, limit: Duration) -> Result<T, ApiError> {
        self.call(Method::GET, route, Bytes::new(), limit).await
    }

    pub(crate) async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        route: &str,
        body: &B,
        limit: Duration,
    ) -> Result<T, ApiError> {
        let body = serde_json::to_vec(body).map_err(|error| {
            ApiError::new(ErrorCode::Internal, format!("the request cannot be written: {error}"), "report it")
        })?;
        if body.len() > MAX_BODY_BYTES {
            return Err(ApiError::new(
                ErrorCode::TooLarge,
                format!("the request has {} bytes, where {MAX_BODY_BYTES} are allowed", body.len()),
                "ask for less at once, or use a shorter chain",
            ));
        }
        self.call(Method::POST, route, body.into(), limit).await
    }

    /// The answer's body as it is, for the routes that answer something else than JSON of ours.
    pub(crate) async fn get_bytes(&self, route: &str, limit: Duration) -> Result<Bytes, ApiError> {
        let exchange = async {
            let response = self.send(Method::GET, route, Bytes::new()).await?;
            read_answer(response).await
        };
        within(limit, exchange).await
    }

    /// Sends a request whose answer is read as it comes; only the head has a time limit.
    pub(crate) async fn open(&self, route: &str) -> Result<Incoming, ApiError> {
        let response = within(ANSWER_LIMIT, self.send(Method::GET, route, Bytes::new())).await?;
        if response.status().is_success() {
            return Ok(response.into_body());
        }
        let status = response.status();
        let body = within(ANSWER_LIMIT, collect(response)).await?;
        Err(refusal(status, &body))
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        route: &str,
        body: Bytes,
        limit: Duration,
    ) -> Result<T, ApiError> {
        let exchange = async {
            let response = self.send(method, route, body).await?;
            read_answer(response).await
        };
        let answer = within(limit, exchange).await?;
        // A route that answers nothing answers `null`.
        let answer: &[u8] = if answer.is_empty() { b"null" } else { &answer };
        serde_json::from_slice(answer).map_err(|error| {
            ApiError::new(
                ErrorCode::OtherVersion,
                format!("the broker's answer is not what this version expects: {error}"),
                "install the same version on both sides and restart the broker",
            )
        })
    }

    async fn send(&self, method: Method, route: &str, body: Bytes) -> Result<Response<Incoming>, ApiError> {
        let stream = tokio::time::timeout(CONNECT_LIMIT, endpoint::connect(&self.socket))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(|error| self.no_broker(&error))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.broken(&error))?;
        // The connection ends with its one answer; what goes wrong on it shows in that answer.
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(route)
            .header(header::HOST, "bailiwick")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|error| {
                ApiError::new(
                    ErrorCode::BadRequest,
                    format!("`{}` is not a route: {error}", route.escape_debug()),
                    "check the id that was given",
                )
            })?;
        sender.send_request(request).await.map_err(|error| self.broken(&error))
    }

    fn no_broker(&self, error: &io::Error) -> ApiError {
        let socket = self.socket.display();
        let (message, hint) = match error.kind() {
            io::ErrorKind::NotFound => (
                format!("no broker is running: there is no socket `{socket}`"),
                "start it with `bailiwick broker`, or name the profile with `--data-dir`",
            ),
            io::ErrorKind::ConnectionRefused => (
                format!("no broker is running: nobody listens at `{socket}`"),
                "start it with `bailiwick broker`; the last one ended without tidying up",
            ),
            io::ErrorKind::PermissionDenied => (
                format!("the socket `{socket}` is not open to this user"),
                "run this as the user of the broker, or be added to its group",
            ),
            io::ErrorKind::TimedOut => (
                format!("the broker at `{socket}` does not accept connections"),
                "look at the broker's log; it may be overloaded or stopped",
            ),
            _ => (
                format!("the broker at `{socket}` cannot be reached: {error}"),
                "`bailiwick doctor` tells what is wrong with the socket",
            ),
        };
        ApiError::new(ErrorCode::NoBroker, message, hint)
    }

    fn broken(&self, error: &hyper::Error) -> ApiError {
        ApiError::new(
            ErrorCode::NoBroker,
            format!("the broker at `{}` hung up: {error}", self.socket.display()),
            "look whether it is still running (`bailiwick doctor`) and at its log; what was sent may have taken effect",
        )
    }
}

/// Whether the other side speaks our version; `who` says which side is asked.
pub(crate) fn check_protocol(protocol: u32, version: &str) -> Result<(), ApiError> {
    if protocol == PROTOCOL {
        return Ok(());
    }
    let (own, hint) = (
        env!("CARGO_PKG_VERSION"),
        if protocol < PROTOCOL {
            "restart the broker: an older one is still running"
        } else {
            "restart or update this program: the broker is newer"
        },
    );
    Err(ApiError::new(
        ErrorCode::OtherVersion,
        format!(
            "the broker {} speaks protocol {protocol}, this program {own} speaks protocol {PROTOCOL}",
            version.escape_debug()
        ),
        hint,
    ))
}

async fn within<T>(
    limit: Duration,
    exchange: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    tokio::time::timeout(limit, exchange).await.unwrap_or_else(|_| {
        Err(ApiError::new(
            ErrorCode::NoBroker,
            format!("the broker did not answer within {} s", limit.as_secs()),
            "look at the broker's log; what was sent may have taken effect",
        ))
    })
}

async fn read_answer(response: Response<Incoming>) -> Result<Bytes, ApiError> {
    let status = response.status();
    let body = collect(response).await?;
    if status.is_success() { Ok(body) } else { Err(refusal(status, &body)) }
}

async fn collect(response: Response<Incoming>) -> Result<Bytes, ApiError> {
    let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
    body.map(http_body_util::Collected::to_bytes).map_err(|error| {
        if error.is::<LengthLimitError>() {
            return ApiError::new(
                ErrorCode::TooLarge,
                format!("the broker's answer has more than {MAX_ANSWER_BYTES} bytes"),
                "ask for less at once",
            );
        }
        ApiError::new(
            ErrorCode::NoBroker,
            format!("the broker hung up in the middle of its answer: {error}"),
            "look whether it is still running; what was sent may have taken effect",
        )
    })
}

/// The error in an answer, or one that says that there was none to read.
fn refusal(status: StatusCode, body: &[u8]) -> ApiError {
    serde_json::from_slice(body).unwrap_or_else(|_| {
        let code = match status {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => ErrorCode::OtherVersion,
            StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::TooLarge,
            status if status.is_client_error() => ErrorCode::BadRequest,
            _ => ErrorCode::Internal,
        };
        ApiError::new(
            code,
            format!("the broker answered {status} without saying why"),
            "check that broker and client have the same version, and look at the broker's log",
        )
    })
}
