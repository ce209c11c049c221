//! The page's server: five routes on loopback, for as long as the port is held.

use super::desk::{Desk, Refused};
use super::guard::{Route, admit};
use super::peer;
use super::wire::{Answered, Take};
use crate::error::CeremonyError;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};

const PAGE: &str = include_str!("../../page/page.html");
const SCRIPT: &str = include_str!("../../page/page.js");
const STYLE: &str = include_str!("../../page/page.css");

/// The largest answer of a page, in bytes.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// How many connections are open at once. A browser opens six.
const MOST_CONNECTIONS: usize = 32;

/// How long a request's head may take.
const HEAD_LIMIT: Duration = Duration::from_secs(10);

/// Nothing but our own script and style; no frame around us, no window that opened us, nothing kept.
const HEADERS: [(&str, &str); 9] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    (
        "permissions-policy",
        "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), geolocation=(), \
         microphone=()",
    ),
];

/// A server that ends with this value.
pub(super) struct Server {
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves the desk on these listeners, on a thread of its own.
    pub(super) fn start(
        listeners: Vec<StdListener>,
        desk: Arc<Desk>,
        port: u16,
    ) -> Result<Server, CeremonyError> {
        let system = |error: std::io::Error| CeremonyError::System(error.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system)?;
        let listeners = {
            let _inside = runtime.enter();
            listeners.into_iter().map(TcpListener::from_std).collect::<Result<Vec<_>, _>>().map_err(system)?
        };
        let (end, ended) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("ceremony".into())
            .spawn(move || {
                runtime.block_on(async move {
                    let connections = Arc::new(Semaphore::new(MOST_CONNECTIONS));
                    for listener in listeners {
                        tokio::spawn(accept(listener, Arc::clone(&desk), Arc::clone(&connections), port));
                    }
                    // An error is the sender's end, which ends us as well.
                    ended.await.ok();
                });
            })
            .map_err(system)?;
        Ok(Server { end: Some(end), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

async fn accept(listener: TcpListener, desk: Arc<Desk>, connections: Arc<Semaphore>, port: u16) {
    loop {
        let (Ok(turn), Ok((stream, peer))) =
            (Arc::clone(&connections).acquire_owned().await, listener.accept().await)
        else {
            // Out of descriptors, mostly: others must end first.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let desk = Arc::clone(&desk);
        tokio::spawn(async move {
            let _turn = turn;
            serve(stream, peer, desk, port).await;
        });
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, desk: Arc<Desk>, port: u16) {
    if !stream.local_addr().is_ok_and(|own| peer::is_own(peer, own)) {
        tracing::warn!(%peer, "a connection to the ceremony's page that is not this user's was closed");
        return;
    }
    let service = service_fn(move |request| {
        let desk = Arc::clone(&desk);
        async move { Ok::<_, Infallible>(with_headers(answer(request, &desk, port).await)) }
    });
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_LIMIT)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = serving.await {
        tracing::debug!(%error, "a connection to the ceremony's page ended");
    }
}

async fn answer(request: Request<Incoming>, desk: &Desk, port: u16) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let route = match admit(&head, port) {
        Ok(route) => route,
        Err(status) => return empty(status),
    };
    match route {
        Route::Page => text("text/html; charset=utf-8", PAGE),
        Route::Script => text("text/javascript; charset=utf-8", SCRIPT),
        Route::Style => text("text/css; charset=utf-8", STYLE),
        Route::Take => match read::<Take>(body).await {
            Ok(take) => told(desk.take(&take.token)),
            Err(status) => empty(status),
        },
        Route::Answer => match read::<Answered>(body).await {
            Ok(answered) => told(desk.answer(&answered.ticket, answered.answer)),
            Err(status) => empty(status),
        },
    }
}

async fn read<T: DeserializeOwned>(body: Incoming) -> Result<T, StatusCode> {
    let body =
        Limited::new(body, MAX_BODY_BYTES).collect().await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    serde_json::from_slice(&body.to_bytes()).map_err(|_| StatusCode::BAD_REQUEST)
}

fn told<T: Serialize>(result: Result<T, Refused>) -> Response<Full<Bytes>> {
    match result {
        Ok(value) => json(StatusCode::OK, &value),
        Err(Refused::Nothing) => empty(StatusCode::GONE),
        Err(Refused::Answer(message)) => {
            json(StatusCode::UNPROCESSABLE_ENTITY, &serde_json::json!({ "message": message }))
        }
    }
}

fn json(status: StatusCode, value: &impl Serialize) -> Response<Full<Bytes>> {
    match serde_json::to_vec(value) {
        Ok(body) => {
            let mut response = Response::new(Full::new(Bytes::from(body)));
            *response.status_mut() = status;
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
        Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn text(kind: &'static str, body: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

fn with_headers(mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
