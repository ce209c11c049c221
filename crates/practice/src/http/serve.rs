//! From a request to an answer: witness, credentials, fault, route, access, handler, headers. In this order.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::answer::{Content, Outcome, Refusal, Reply};
use super::caller::{self, Caller};
use super::path::{self, Query};
use super::route::{self, Access, Params, Route};
use super::smart;
use super::wire::Fate;
use crate::api::Call;
use crate::clock::http_date;
use crate::control::Control;
use crate::fault::{self, Act};
use crate::range::Inner;
use crate::witness::{Seen, Sender};
use crate::world::{Repository, World};

/// The body of an answer; it fails where a fault says so.
pub(crate) type Body = UnsyncBoxBody<Bytes, Aborted>;

/// The connection is to be dropped without (the rest of) an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection was dropped on purpose")]
pub(crate) struct Aborted;

/// The values of `X-GitHub-Api-Version` that GitHub takes.
const API_VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];

/// The largest body an API request may have, and the largest push.
const API_BODY: usize = 2 << 20;
const GIT_BODY: usize = 512 << 20;

/// Serves one request on a connection with this fate.
pub(crate) async fn serve(
    inner: Arc<Inner>,
    fate: Fate,
    request: Request<Incoming>,
) -> Result<Response<Body>, Aborted> {
    let number = arrived(&inner, &request);
    let head = request.method() == http::Method::HEAD;
    let below = inner.links.below(request.uri().path()).map(str::to_owned);
    let path = below.clone().unwrap_or_else(|| request.uri().path().to_owned());
    let act = fault::take(&mut inner.world.lock().faults, request.method().as_str(), &path);
    if let Some(act) = &act {
        inner.note(number, |seen| seen.fault = Some(format!("{act:?}")));
    }
    if let Some(act) = act.clone() {
        before(&inner, act).await?;
    }
    let etag = request.headers().get(http::header::IF_NONE_MATCH).cloned();
    let mut reply = answer(&inner, number, request, below, act.as_ref()).await;
    if let Some(act) = act.clone() {
        after(&inner, act, &mut reply).await?;
    }
    let status = reply.status;
    let response = finish(&inner, &fate, reply, (head, etag), act);
    inner.note(number, |seen| {
        seen.status = Some(status);
        seen.answered_at = Some(Instant::now());
    });
    Ok(response)
}

fn arrived(inner: &Inner, request: &Request<Incoming>) -> u64 {
    let uri = request.uri();
    inner.arrive(Seen {
        number: 0,
        at: Instant::now(),
        time: SystemTime::now(),
        method: request.method().as_str().to_owned(),
        path: uri.path().to_owned(),
        query: uri.query().map(str::to_owned),
        operation: None,
        sender: Sender::Nobody,
        repository: None,
        status: None,
        answered_at: None,
        fault: None,
    })
}

/// What a fault does before anything else.
async fn before(inner: &Arc<Inner>, act: Act) -> Result<(), Aborted> {
    match act {
        Act::Delay(time) => tokio::time::sleep(time).await,
        Act::HangAfterRequestHead => {
            inner.stopping.cancelled().await;
            return Err(Aborted);
        }
        Act::CloseWithoutAnswer => return Err(Aborted),
        Act::Before(callback) => callback(Control::of(inner)).await,
        _ => {}
    }
    Ok(())
}

/// What a fault does once the request has been served.
async fn after(inner: &Arc<Inner>, act: Act, reply: &mut Reply) -> Result<(), Aborted> {
    match act {
        Act::CloseAfterDoing => return Err(Aborted),
        Act::After(callback) => callback(Control::of(inner)).await,
        Act::WrongJson => {
            let bytes = b"{\"message\": \"this is not".to_vec();
            reply.content = Content::Raw { kind: "application/json; charset=utf-8".to_owned(), bytes };
        }
        Act::WrongShape => {
            let array = matches!(reply.content, Content::Json(Value::Array(_)));
            reply.content = Content::Json(if array { json!({}) } else { json!([]) });
        }
        Act::Edit(edit) => {
            if let Content::Json(body) = &mut reply.content {
                edit(body);
            }
        }
        _ => {}
    }
    Ok(())
}

/// The answer to a request: an injected one, git's, the health page's, or the API's.
async fn answer(
    inner: &Arc<Inner>,
    number: u64,
    request: Request<Incoming>,
    below: Option<String>,
    act: Option<&Act>,
) -> Reply {
    let (head, body) = request.into_parts();
    let raw = head.uri.path();
    if raw == "/_practice/health" {
        return Reply::ok(json!({"status": "ok"}));
    }
    let query = Query::parse(head.uri.query().unwrap_or_default());
    let git = smart::asked(raw);
    let limit = if git.is_some() { GIT_BODY } else { API_BODY };
    let Ok(body) = Limited::new(body, limit).collect().await else {
        return Refusal::new(413, "Payload too large").reply("");
    };
    let body = body.to_bytes();
    if let Some(reply) = act.and_then(|act| injected(inner, act)) {
        let (sender, _) = caller::identify(inner, &head.headers);
        inner.note(number, |seen| seen.sender = sender);
        return reply;
    }
    if let Some(asked) = git {
        return smart::serve(inner, number, &asked, &head, body).await;
    }
    let (sender, caller) = caller::identify(inner, &head.headers);
    inner.note(number, |seen| seen.sender = sender);
    let limits = caller.as_ref().map_or_else(|_| "anonymous".to_owned(), Caller::account_of_limits);
    let (docs, outcome) = match below.as_deref().and_then(path::segments) {
        None => ("", Err(Refusal::not_found())),
        Some(segments) => {
            let asked = Asked {
                method: head.method.as_str(),
                segments,
                query,
                body,
                wider: matches!(act, Some(Act::WiderToken)),
            };
            dispatch(inner, number, &head.headers, caller, asked).await
        }
    };
    let mut reply = outcome.unwrap_or_else(|refusal| refusal.reply(docs));
    let mut headers = inner.rate_headers(&limits);
    headers.append(&mut reply.headers);
    Reply { headers, ..reply }
}

/// What a request asks for, taken apart.
struct Asked<'a> {
    method: &'a str,
    segments: Vec<String>,
    query: Query,
    body: Bytes,
    wider: bool,
}

async fn dispatch(
    inner: &Arc<Inner>,
    number: u64,
    headers: &HeaderMap,
    caller: Result<Caller, Refusal>,
    asked: Asked<'_>,
) -> (&'static str, Outcome) {
    if !headers.contains_key(http::header::USER_AGENT) {
        let text = "\r\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent header \
                    (https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent).\r\n";
        return ("", Ok(Reply::raw(403, "text/html; charset=utf-8", text.as_bytes().to_vec())));
    }
    let version = headers.get("x-github-api-version");
    if let Some(version) = version.filter(|version| !API_VERSIONS.iter().any(|known| known == version)) {
        let words =
            format!("The API version `{}` is not supported.", String::from_utf8_lossy(version.as_bytes()));
        return ("about-the-rest-api/api-versions", Err(Refusal::new(400, words)));
    }
    let caller = match caller {
        Ok(caller) => caller,
        Err(refusal) => return ("", Err(refusal)),
    };
    if let Err(refusal) = inner.count(&caller) {
        return ("rate-limit/rate-limit", Err(refusal));
    }
    let Asked { method, segments, query, body, wider } = asked;
    let Some(segments) = canonical(inner, &caller, segments) else { return ("", Err(Refusal::not_found())) };
    let Some((route, params)) = route::find(method, &segments) else {
        return ("", Err(Refusal::not_found()));
    };
    inner.note(number, |seen| seen.operation = Some(route.operation));
    let repository = match admit(inner, route, &params, &caller) {
        Ok(repository) => repository,
        Err(refusal) => return (route.docs, Err(wanted(refusal, route))),
    };
    inner.note(number, |seen| seen.repository = repository);
    let accept =
        headers.get(http::header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let inner = Arc::clone(inner);
    let mut rest = segments;
    rest.drain(..rest.len().min(3));
    let call = Call {
        inner,
        caller,
        repository: repository.unwrap_or_default(),
        params,
        query,
        body,
        accept,
        rest,
        wider,
    };
    (route.docs, (route.handler)(call).await)
}

/// `/repositories/{id}/…` as `/repos/{owner}/{repo}/…`, if the caller sees that repository.
fn canonical(inner: &Inner, caller: &Caller, segments: Vec<String>) -> Option<Vec<String>> {
    let [first, id, rest @ ..] = segments.as_slice() else { return Some(segments) };
    if first != "repositories" {
        return Some(segments);
    }
    let world = inner.world.lock();
    let repository = world.repositories.get(&id.parse().ok()?).filter(|r| caller.sees(&world, r))?;
    let owner = world.accounts.get(&repository.owner)?.login.clone();
    Some(
        ["repos".to_owned(), owner, repository.name.clone()]
            .into_iter()
            .chain(rest.iter().cloned())
            .collect(),
    )
}

/// Whether this caller may use this route here, and which repository it is about.
fn admit(inner: &Inner, route: &Route, params: &Params, caller: &Caller) -> Result<Option<u64>, Refusal> {
    let world = inner.world.lock();
    match route.access {
        Access::Anyone => Ok(None),
        Access::App if matches!(caller, Caller::App) => Ok(None),
        Access::App | Access::AppOnRepository if !matches!(caller, Caller::App) => {
            Err(Refusal::new(401, "A JSON web token could not be decoded"))
        }
        Access::App | Access::AppOnRepository => {
            let repository = locate(inner, &world, route, params, caller)?;
            if world.installed(repository) { Ok(Some(repository.id)) } else { Err(Refusal::not_found()) }
        }
        Access::Installation => match caller {
            Caller::Installation { .. } => Ok(None),
            Caller::Nobody => Err(Refusal::new(401, "Requires authentication")),
            _ => Err(Refusal::new(
                403,
                "You must authenticate with an installation access token in order to list repositories for an installation.",
            )),
        },
        Access::User => match caller {
            Caller::User { .. } => Ok(None),
            other => Err(other.lacks()),
        },
        Access::Repository(_) if matches!(caller, Caller::App) => {
            // An assertion of the App opens only the App's own routes.
            Err(Refusal::new(401, "Bad credentials"))
        }
        Access::Repository(needs) => {
            let repository = locate(inner, &world, route, params, caller)?;
            if caller.may(&world, repository, needs) { Ok(Some(repository.id)) } else { Err(caller.lacks()) }
        }
    }
}

/// The repository that the path names; a redirect where it was renamed; 404 where the caller must not know.
fn locate<'w>(
    inner: &Inner,
    world: &'w World,
    route: &Route,
    params: &Params,
    caller: &Caller,
) -> Result<&'w Repository, Refusal> {
    let (owner, name) = (params.get("owner"), params.get("repo"));
    if let Some(repository) = world.named(owner, name) {
        return if caller.sees(world, repository) { Ok(repository) } else { Err(Refusal::not_found()) };
    }
    let moved = world.moved(owner, name).filter(|r| caller.sees(world, r)).ok_or_else(Refusal::not_found)?;
    let rest = params.fill(route.path.strip_prefix("/repos/{owner}/{repo}").unwrap_or_default());
    let url = format!("{}/repositories/{}{rest}", inner.links.api, moved.id);
    let (status, words) =
        if route.method == "GET" { (301, "Moved Permanently") } else { (307, "Temporary Redirect") };
    Err(Refusal::new(status, words).header("location", url))
}

/// A missing permission is refused together with the permissions that would do, as GitHub does.
fn wanted(refusal: Refusal, route: &Route) -> Refusal {
    let (403, Access::Repository(needs)) = (refusal.status, route.access) else { return refusal };
    let list: Vec<String> = needs.iter().map(|(name, level)| format!("{name}={}", level.word())).collect();
    refusal.header("x-accepted-github-permissions", list.join("; "))
}

/// The answer that a fault puts in place of the real one.
fn injected(inner: &Inner, act: &Act) -> Option<Reply> {
    let now = inner.clock.now().as_second();
    let limits = "using-the-rest-api/rate-limits-for-the-rest-api";
    match act {
        Act::Status(status) => Some(canned(*status, now)),
        Act::SecondaryRateLimit { retry_after_s } => Some(
            Refusal::new(
                403,
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
            )
            .header("retry-after", retry_after_s.to_string())
            .reply(&format!("{limits}#about-secondary-rate-limits")),
        ),
        Act::RateLimit { status, reset_in_s } => {
            let reset = now.saturating_add_unsigned(*reset_in_s);
            Some(
                Refusal::new(*status, "API rate limit exceeded for installation ID 777001.")
                    .header("x-ratelimit-limit", "15000")
                    .header("x-ratelimit-remaining", "0")
                    .header("x-ratelimit-used", "15000")
                    .header("x-ratelimit-reset", reset.to_string())
                    .reply(&format!("{limits}#about-primary-rate-limits")),
            )
        }
        _ => None,
    }
}

/// GitHub's usual words for a status.
fn canned(status: u16, now: i64) -> Reply {
    let words = match status {
        401 => "Bad credentials",
        403 => "Resource not accessible by integration",
        404 => "Not Found",
        405 => "Pull Request is not mergeable",
        409 => "Head branch was modified. Review and try the merge again.",
        422 => "Validation Failed",
        429 => "API rate limit exceeded for installation ID 777001.",
        500 => "Server Error",
        502 => {
            return Reply::raw(
                502,
                "text/html; charset=utf-8",
                b"<html><body><h1>502 Bad Gateway</h1></body></html>".to_vec(),
            );
        }
        503 => {
            "No server is currently available to service your request. Sorry about that. Please try resubmitting your request and contact us if the problem persists."
        }
        _ => "Something went wrong",
    };
    let refusal = Refusal::new(status, words);
    let refusal = match status {
        422 => Refusal {
            errors: Some(Box::new(json!([{"resource": "PullRequest", "code": "custom"}]))),
            ..refusal
        },
        429 => refusal
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", now.saturating_add(60).to_string()),
        _ => refusal,
    };
    refusal.reply("")
}

/// The HTTP answer: GitHub's headers, the entity tag, and the body whole or broken.
fn finish(
    inner: &Inner,
    fate: &Fate,
    reply: Reply,
    (head, known): (bool, Option<HeaderValue>),
    act: Option<Act>,
) -> Response<Body> {
    let mut status = reply.status;
    let (kind, bytes) = match reply.content {
        Content::Nothing => (None, Vec::new()),
        Content::Json(body) => (
            Some("application/json; charset=utf-8".to_owned()),
            serde_json::to_vec(&body).unwrap_or_default(),
        ),
        Content::Raw { kind, bytes } => (Some(kind), bytes),
    };
    let mut headers = inner.standing_headers();
    let json = kind.as_deref().is_some_and(|kind| kind.starts_with("application/json"));
    let mut bytes = Bytes::from(bytes);
    if status == 200 && json {
        let tag = format!("W/\"{}\"", hex(&Sha256::digest(&bytes)));
        if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
            status = 304;
            bytes = Bytes::new();
        }
        headers.push(("etag", tag));
    }
    headers.extend(kind.map(|kind| ("content-type", kind)));
    headers.extend(reply.headers);
    headers.push(("date", http_date(inner.clock.now())));
    let length = bytes.len();
    let body = match act {
        Some(Act::ResetInBody) => broken(bytes, Some(fate.clone()), inner),
        Some(Act::HangInBody) => broken(bytes, None, inner),
        _ if head => full(Bytes::new()),
        _ => full(bytes),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    if status != 204 && status != 304 {
        response.headers_mut().insert(http::header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

fn full(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never: Infallible| match never {}).boxed_unsync()
}

/// Half a body, and then a reset (with a fate) or silence until the range stops.
fn broken(bytes: Bytes, fate: Option<Fate>, inner: &Inner) -> Body {
    let half = bytes.slice(..bytes.len() / 2);
    let stopping = inner.stopping.clone();
    let end = async move {
        match fate {
            Some(fate) => {
                // Long enough for the first half to leave, so that the reset falls into the body.
                tokio::time::sleep(Duration::from_millis(20)).await;
                fate.reset();
            }
            None => stopping.cancelled().await,
        }
        Err(Aborted)
    };
    let first = stream::once(async move { Ok(Frame::data(half)) });
    StreamBody::new(futures_util::StreamExt::chain(first, stream::once(end))).boxed_unsync()
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
