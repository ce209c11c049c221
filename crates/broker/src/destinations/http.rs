//! Outward HTTP: to one connection's address and to no other.
//!
//! A request is answered, or ends in a [`Trouble`] that says whether any of it was sent. Redirects are
//! never followed, no proxy or certificate setting is taken from the environment, and the address is
//! compared as a parsed value. Requests that change something get a connection of their own, so that a
//! hang-up on an old connection never leaves their outcome in doubt.

mod connect;
mod gated;
mod line;
mod trouble;

use std::sync::Arc;
use std::time::Duration;

use bailiwick_authority::Connection;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Url;
use zeroize::Zeroizing;

use crate::gate::Pass;
use connect::Connector;
use line::Line;

pub use trouble::{NoAnswer, Trouble, Unreachable};

/// The largest body that is read, in bytes.
pub const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

const MAX_HEADERS: usize = 100;
const MAX_HEAD_BYTES: usize = 64 * 1024;
const MAX_IDLE: usize = 8;
const MAX_AT_ONCE: usize = 8;
const IDLE_FOR: Duration = Duration::from_secs(20);
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// Under what a request goes out.
#[derive(Clone, Debug)]
pub enum Way {
    /// Every byte is written through this pass; after its gate closed, none is.
    Gated(Arc<Pass>),
    /// Written whatever is revoked: for destroying a credential, and for finding out what became of a
    /// request that was sent before.
    Ungated,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    /// Path and query below the base path, beginning with a slash, percent-encoded.
    pub(crate) path: &'a str,
    pub(crate) body: Option<Bytes>,
    pub(crate) bearer: &'a SecretString,
    pub(crate) deadline: Duration,
    /// Once it was written, wait for the answer even if the gate closes: its outcome matters.
    pub(crate) patient: bool,
}

/// An answer. Its body is zeroised when dropped, since it may carry a credential.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

/// The way out to one connection's address.
pub(crate) struct Outward {
    connector: Connector,
    base: Url,
    base_path: String,
    host: HeaderValue,
    idle: Mutex<Vec<(Line, Instant)>>,
    at_once: Semaphore,
}

/// Why a connection's address, certificates or proxy cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetUpError {
    /// The address, or the proxy's, is no URL.
    #[error("`{0}` is not an address")]
    Address(String),
    /// The private authority's certificates are not PEM certificates.
    #[error("the certificates of the private authority are not certificates in PEM")]
    PrivateAuthority,
    /// The system has no trusted certificates.
    #[error("the system has no trusted certificates to verify the destination with")]
    NoSystemRoots,
}

impl Outward {
    /// The way out to a connection's address. Reads the system's certificates where it needs them.
    pub(crate) fn new(connection: &Connection) -> Result<Outward, SetUpError> {
        let wrong = || SetUpError::Address(connection.api.clone());
        let base = Url::parse(&connection.api).map_err(|_| wrong())?;
        let host = base.host_str().ok_or_else(wrong)?;
        let host = match base.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        Ok(Outward {
            connector: Connector::new(connection)?,
            base_path: base.path().trim_end_matches('/').to_owned(),
            host: HeaderValue::from_str(&host).map_err(|_| wrong())?,
            base,
            idle: Mutex::default(),
            at_once: Semaphore::new(MAX_AT_ONCE),
        })
    }

    /// The path and query below the base path of a URL that the destination gave, if it is its own.
    pub(crate) fn own_path(&self, url: &str) -> Option<String> {
        let url = Url::parse(url).ok()?;
        let same = url.scheme() == self.base.scheme()
            && url.host() == self.base.host()
            && url.port_or_known_default() == self.base.port_or_known_default()
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none();
        let path = url.path().strip_prefix(&self.base_path)?;
        if !same || !path.starts_with('/') {
            return None;
        }
        Some(url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
    }

    /// Sends one request and reads the whole answer.
    pub(crate) async fn exchange(&self, way: &Way, call: Call<'_>) -> Result<Answer, Trouble> {
        let watch = Watch::default();
        let exchange = async {
            let stopped = async {
                match way {
                    Way::Gated(pass) => pass.stopped().await,
                    Way::Ungated => std::future::pending().await,
                }
            };
            let exchange = self.attempt(way, &call, &watch);
            tokio::pin!(exchange, stopped);
            tokio::select! {
                biased;
                done = &mut exchange => done,
                () = &mut stopped => {
                    if call.patient && watch.sent() { exchange.await } else { Err(NoAnswer::Stopped) }
                }
            }
        };
        let done = tokio::time::timeout(call.deadline, exchange).await.unwrap_or(Err(NoAnswer::TimedOut));
        done.map_err(|why| {
            let closed = matches!(way, Way::Gated(pass) if pass.is_stopped());
            // A write that the gate refused surfaces as a broken connection.
            let why = if closed && why == NoAnswer::HungUp { NoAnswer::Stopped } else { why };
            Trouble { why, sent: watch.sent() }
        })
    }

    async fn attempt(&self, way: &Way, call: &Call<'_>, watch: &Watch) -> Result<Answer, NoAnswer> {
        // Destroying never queues behind what is being stopped.
        let _turn = match way {
            Way::Gated(_) => self.at_once.acquire().await.ok(),
            Way::Ungated => None,
        };
        // Of deletions only those of credentials may be repeated.
        let destroys = call.method == Method::DELETE && matches!(way, Way::Ungated);
        let reusable = call.method == Method::GET || destroys;
        while let Some(line) = reusable.then(|| self.take_idle()).flatten() {
            match self.over(line, way, call, watch).await {
                // The destination let go of a connection that lay idle: both methods may be repeated.
                Err(NoAnswer::HungUp) => {}
                done => return done,
            }
        }
        let connect = Line::open(&self.connector, way);
        let line = tokio::time::timeout(CONNECT_DEADLINE, connect)
            .await
            .unwrap_or(Err(NoAnswer::Unreachable(Unreachable::Silent)))?;
        self.over(line, way, call, watch).await
    }

    async fn over(
        &self,
        mut line: Line,
        way: &Way,
        call: &Call<'_>,
        watch: &Watch,
    ) -> Result<Answer, NoAnswer> {
        line.take_up(way);
        watch.begin(&line);
        let request = self.request(call).map_err(|_| NoAnswer::NotHttp)?;
        let response = line.send(request).await?;
        let (head, mut body) = response.into_parts();
        let expected = head
            .headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok())
            .unwrap_or(0);
        if expected > MAX_BODY_BYTES {
            return Err(NoAnswer::TooLarge);
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(expected));
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| NoAnswer::HungUp)?;
            if let Some(data) = frame.data_ref() {
                if bytes.len() + data.len() > MAX_BODY_BYTES {
                    return Err(NoAnswer::TooLarge);
                }
                bytes.extend_from_slice(data);
            }
        }
        self.put_idle(line);
        let mut headers = head.headers;
        unsay(&mut headers, &mut bytes, call.bearer);
        Ok(Answer { status: head.status, headers, body: bytes })
    }

    fn request(&self, call: &Call<'_>) -> Result<http::Request<Full<Bytes>>, http::Error> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", call.bearer.expose_secret()))?;
        bearer.set_sensitive(true);
        let request = http::Request::builder()
            .method(&call.method)
            .uri(format!("{}{}", self.base_path, call.path))
            .header(header::HOST, self.host.clone())
            .header(header::AUTHORIZATION, bearer)
            .header(header::ACCEPT, "application/vnd.github+json")
            .header(header::USER_AGENT, concat!("bailiwick/", env!("CARGO_PKG_VERSION")))
            .header("x-github-api-version", "2022-11-28");
        match &call.body {
            None => request.body(Full::default()),
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
                .body(Full::new(body.clone())),
        }
    }

    fn take_idle(&self) -> Option<Line> {
        let mut idle = self.idle.lock();
        while let Some((line, since)) = idle.pop() {
            if since.elapsed() < IDLE_FOR && line.is_usable() {
                return Some(line);
            }
        }
        None
    }

    /// Only a line whose exchange ended completely comes back, so nothing unsent is left in it.
    fn put_idle(&self, line: Line) {
        line.put_down();
        let mut idle = self.idle.lock();
        idle.retain(|(line, since)| since.elapsed() < IDLE_FOR && line.is_usable());
        if idle.len() < MAX_IDLE {
            idle.push((line, Instant::now()));
        }
    }
}

impl std::fmt::Debug for Outward {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outward").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Takes the credential out of an answer that says it back. Answers are quoted to people and kept as
/// observations, and a credential's value is neither.
fn unsay(headers: &mut HeaderMap, body: &mut [u8], bearer: &SecretString) {
    let value = bearer.expose_secret().as_bytes();
    if value.is_empty() {
        return;
    }
    let mut rest = body;
    while let Some(at) = rest.windows(value.len()).position(|window| window == value) {
        let Some((said, after)) = rest.get_mut(at..).and_then(|tail| tail.split_at_mut_checked(value.len()))
        else {
            break;
        };
        said.fill(b'*');
        rest = after;
    }
    for header in headers.values_mut() {
        if header.as_bytes().windows(value.len()).any(|window| window == value) {
            *header = HeaderValue::from_static("*");
        }
    }
}

/// Whether the request that is on its way was begun to be written.
#[derive(Default)]
struct Watch(Mutex<Option<gated::Mark>>);

impl Watch {
    fn begin(&self, line: &Line) {
        *self.0.lock() = Some(line.mark());
    }

    fn sent(&self) -> bool {
        self.0.lock().as_ref().is_some_and(gated::Mark::passed)
    }
}

#[cfg(test)]
mod tests;
