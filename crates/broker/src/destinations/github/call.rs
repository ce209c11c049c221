//! Speaking GitHub's REST: one step of one operation, with one credential.
//!
//! Statuses become causes here and nowhere else. Bodies of reads are kept as observations; those of
//! mints never are, since they carry the credential.

use std::time::Duration;

use bailiwick_authority::Timestamp;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use parking_lot::Mutex;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::failure::{Cause, Failure, Said, Step};
use super::quote::quote;
use super::refusal::Refusal;
use crate::destinations::http::{Answer, Call, NoAnswer, Outward, Trouble, Way};

/// How long one request may take, its answer included.
const DEADLINE: Duration = Duration::from_secs(10);

/// The most pages of one listing that are read.
const MAX_PAGES: usize = 50;

/// An exchange whose answer facts were read from. Recorded, not bound.
#[derive(Clone, PartialEq, Eq)]
pub struct Observation {
    /// `GET`.
    pub method: String,
    /// Path and query below the base path.
    pub path: String,
    /// The status.
    pub status: u16,
    /// The answer's `ETag`.
    pub etag: Option<String>,
    /// The answer's `Date`.
    pub date: Option<String>,
    /// The body as it came.
    pub body: Vec<u8>,
}

/// Bodies are other people's, private perhaps, and long: never in a log.
impl std::fmt::Debug for Observation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {} ({} bytes)", self.method, self.path, self.status, self.body.len())
    }
}

/// One step's requests.
pub(super) struct Caller<'a> {
    outward: &'a Outward,
    way: Way,
    bearer: &'a SecretString,
    step: Step,
    seen: Mutex<Vec<Observation>>,
}

#[derive(Deserialize)]
struct ErrorBody {
    message: Option<String>,
}

impl<'a> Caller<'a> {
    pub(super) fn new(outward: &'a Outward, way: &Way, bearer: &'a SecretString, step: Step) -> Caller<'a> {
        Caller { outward, way: way.clone(), bearer, step, seen: Mutex::default() }
    }

    /// What was read, in the order of the paths.
    pub(super) fn into_observations(self) -> Vec<Observation> {
        let mut seen = self.seen.into_inner();
        seen.sort_by(|a, b| a.path.cmp(&b.path));
        seen
    }

    /// A failure of this step.
    pub(super) fn failure(&self, cause: Cause) -> Failure {
        Failure::of(self.step, cause)
    }

    /// A refusal in this step.
    pub(super) fn refused(&self, refusal: Refusal) -> Failure {
        self.failure(Cause::Refused(refusal))
    }

    /// Reads one thing.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let answer = self.read(path).await?;
        self.parse(path, &answer)
    }

    /// Reads one thing, if it is there.
    pub(super) async fn get_if_there<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Failure> {
        match self.get(path).await {
            Ok(found) => Ok(Some(found)),
            Err(Failure { cause: Cause::Missing(_), .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Reads every page of a listing; `items` takes them out of a page.
    pub(super) async fn pages<P: DeserializeOwned, T>(
        &self,
        path: &str,
        items: impl Fn(P) -> Vec<T>,
    ) -> Result<Vec<T>, Failure> {
        let mut all = Vec::new();
        let mut next = Some(path.to_owned());
        for _ in 0..MAX_PAGES {
            let Some(path) = next else { return Ok(all) };
            let answer = self.read(&path).await?;
            all.extend(items(self.parse(&path, &answer)?));
            next = self.next_page(&path, &answer.headers)?;
        }
        match next {
            None => Ok(all),
            Some(_) => Err(self.wrong(Method::GET, path, "its listing does not end")),
        }
    }

    /// Reads every page of a plain array.
    pub(super) async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Failure> {
        self.pages(path, |page: Vec<T>| page).await
    }

    /// Sends a change and hands back the answer, whose status is a success.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<Answer, Failure> {
        let body = Bytes::from(body.to_string());
        let answer = self.exchange(method.clone(), path, Some(body), true).await?;
        self.judge(&method, path, answer)
    }

    /// As [`Caller::send`], without a body.
    pub(super) async fn send_bare(&self, method: Method, path: &str) -> Result<Answer, Failure> {
        let answer = self.exchange(method.clone(), path, None, true).await?;
        self.judge(&method, path, answer)
    }

    /// Sends a request and hands back whatever the answer is.
    pub(super) async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<Bytes>,
        patient: bool,
    ) -> Result<Answer, Failure> {
        let call =
            Call { method: method.clone(), path, body, bearer: self.bearer, deadline: DEADLINE, patient };
        let answer = self.outward.exchange(&self.way, call).await;
        if let Ok(Answer { status, headers, .. }) = &answer {
            let request = headers.get("x-github-request-id").and_then(|id| id.to_str().ok());
            tracing::debug!(%method, path, status = status.as_u16(), request, "GitHub answered");
        }
        answer.map_err(|Trouble { why, sent }| {
            let cause = match why {
                NoAnswer::Unreachable(why) => Cause::Unreachable(why),
                NoAnswer::TimedOut => Cause::TimedOut,
                NoAnswer::HungUp => Cause::HungUp,
                NoAnswer::TooLarge => Cause::TooLarge,
                NoAnswer::NotHttp => Cause::WrongAnswer("it is not HTTP".to_owned()),
                NoAnswer::Stopped => Cause::Stopped,
            };
            self.at(&method, path, cause, sent && method != Method::GET)
        })
    }

    /// Reads the body of an answer to `path`.
    pub(super) fn parse<T: DeserializeOwned>(&self, path: &str, answer: &Answer) -> Result<T, Failure> {
        serde_json::from_slice(&answer.body)
            .map_err(|error| self.wrong(Method::GET, path, &quote(&error.to_string())))
    }

    /// An answer to `path` that cannot be understood.
    pub(super) fn wrong(&self, method: Method, path: &str, why: &str) -> Failure {
        let maybe = method != Method::GET;
        self.at(&method, path, Cause::WrongAnswer(why.to_owned()), maybe)
    }

    async fn read(&self, path: &str) -> Result<Answer, Failure> {
        let answer = self.exchange(Method::GET, path, None, false).await?;
        let text = |name| answer.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        self.seen.lock().push(Observation {
            method: Method::GET.to_string(),
            path: path.to_owned(),
            status: answer.status.as_u16(),
            etag: text(header::ETAG),
            date: text(header::DATE),
            body: answer.body.to_vec(),
        });
        self.judge(&Method::GET, path, answer)
    }

    fn judge(&self, method: &Method, path: &str, answer: Answer) -> Result<Answer, Failure> {
        if answer.status.is_success() {
            return Ok(answer);
        }
        let maybe = *method != Method::GET && answer.status.is_server_error();
        Err(self.at(method, path, cause(&answer), maybe))
    }

    fn at(&self, method: &Method, path: &str, cause: Cause, may_have_happened: bool) -> Failure {
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        Failure { step: self.step, cause, may_have_happened, request: format!("{method} {path}") }
    }

    /// The next page's path, which must be the destination's own.
    fn next_page(&self, path: &str, headers: &HeaderMap) -> Result<Option<String>, Failure> {
        let links = headers.get_all(header::LINK).iter().filter_map(|value| value.to_str().ok());
        let Some(url) = links.flat_map(|links| links.split(',')).find_map(next_link) else { return Ok(None) };
        match self.outward.own_path(url) {
            Some(next) if next != path => Ok(Some(next)),
            _ => Err(self.wrong(Method::GET, path, "its next page is somewhere else")),
        }
    }
}

/// The URL of one `<url>; rel="next"` (RFC 8288).
fn next_link(link: &str) -> Option<&str> {
    let (url, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    let next = |parameter: &str| matches!(parameter.trim(), "rel=\"next\"" | "rel=next");
    parameters.split(';').any(next).then_some(url)
}

/// What a status that is no success means.
pub(super) fn cause(answer: &Answer) -> Cause {
    let status = answer.status;
    let number = |name: &str| answer.headers.get(name)?.to_str().ok()?.parse::<u64>().ok();
    let said = || {
        let body: Option<ErrorBody> = serde_json::from_slice(&answer.body).ok();
        Said(body.and_then(|body| body.message).map(|message| quote(&message)).unwrap_or_default())
    };
    let limited = matches!(status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS);
    if limited && number("x-ratelimit-remaining") == Some(0) {
        return Cause::RateLimited { until: number("x-ratelimit-reset").and_then(Timestamp::from_seconds) };
    }
    if status == StatusCode::TOO_MANY_REQUESTS || (limited && answer.headers.contains_key("retry-after")) {
        return Cause::SlowDown { wait_s: number("retry-after") };
    }
    match status {
        StatusCode::UNAUTHORIZED => Cause::Unauthorised(said()),
        StatusCode::FORBIDDEN => Cause::Forbidden(said()),
        StatusCode::NOT_FOUND => Cause::Missing(said()),
        StatusCode::METHOD_NOT_ALLOWED => Cause::NotAllowed(said()),
        StatusCode::CONFLICT => Cause::Conflict(said()),
        StatusCode::UNPROCESSABLE_ENTITY => Cause::Unprocessable(said()),
        _ if status.is_redirection() => Cause::Redirected,
        _ if status.is_server_error() => Cause::ServerError(status.as_u16(), said()),
        _ => Cause::Unexpected(status.as_u16(), said()),
    }
}

/// One path segment, percent-encoded (RFC 3986: everything but unreserved characters).
pub(super) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_header_has_one_next_page() {
        let header = "<https://h/a?page=1>; rel=\"prev\", <https://h/a?page=3>; rel=\"next\"";
        assert_eq!(header.split(',').find_map(next_link), Some("https://h/a?page=3"));
        assert_eq!(next_link("<https://h/a>; rel=\"last\""), None);
        assert_eq!(next_link("https://h/a; rel=\"next\""), None);
    }

    #[test]
    fn a_segment_stays_one_segment() {
        assert_eq!(segment("feat/1 ü..%"), "feat%2F1%20%C3%BC..%25");
    }
}
