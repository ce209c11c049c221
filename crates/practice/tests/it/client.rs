//! A plain client: no retries, no redirects, nothing that would hide what the range says.

use bailiwick_practice::{Control, Options, Range, Seed};
use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

/// The repository of the story.
pub(crate) const BACKEND: &str = "acme/backend";

/// A range with a client beside it.
pub(crate) struct World {
    pub(crate) range: Range,
    http: Client<HttpConnector, Full<Bytes>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) bytes: Bytes,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }
}

impl World {
    pub(crate) async fn story() -> Self {
        Self::with(Seed::story(), Options::default()).await
    }

    pub(crate) async fn with(seed: Seed, options: Options) -> Self {
        let range = Range::start(seed, options).await.unwrap();
        Self { range, http: Client::builder(TokioExecutor::new()).build_http() }
    }

    pub(crate) fn control(&self) -> Control {
        self.range.control()
    }

    /// Sends a request as it is given; `Err` when the connection gave nothing that could be read.
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, String> {
        let response = self.http.request(request).await.map_err(|error| error.to_string())?;
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.map_err(|error| format!("in the body: {error}"))?.to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body, bytes })
    }

    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        auth: Option<&SecretString>,
        body: Option<Value>,
    ) -> Request<Full<Bytes>> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.range.url()))
            .header("user-agent", "practice-tests")
            .header("accept", "application/vnd.github+json");
        if let Some(auth) = auth {
            request = request.header("authorization", format!("Bearer {}", auth.expose_secret()));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let bytes = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        request.body(Full::new(bytes)).unwrap()
    }

    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        auth: Option<&SecretString>,
        body: Option<Value>,
    ) -> Answer {
        self.send(self.request(method, path, auth, body)).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str, auth: &SecretString) -> Answer {
        self.call("GET", path, Some(auth), None).await
    }

    pub(crate) async fn post(&self, path: &str, auth: &SecretString, body: Value) -> Answer {
        self.call("POST", path, Some(auth), Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, auth: &SecretString, body: Value) -> Answer {
        self.call("PUT", path, Some(auth), Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, auth: &SecretString, body: Value) -> Answer {
        self.call("PATCH", path, Some(auth), Some(body)).await
    }

    /// Asks for a token with this body.
    pub(crate) async fn mint(&self, body: Value) -> Answer {
        let app = self.range.app();
        let assertion = app.assertion(self.control().now().as_second());
        self.post(&format!("/app/installations/{}/access_tokens", app.installation_id()), &assertion, body)
            .await
    }

    /// A token for `acme/backend` with these permissions.
    pub(crate) async fn token(&self, permissions: Value) -> SecretString {
        let id = self.control().repository_id(BACKEND).unwrap();
        let minted = self.mint(json!({"repository_ids": [id], "permissions": permissions})).await.expect(201);
        SecretString::from(minted.body["token"].as_str().unwrap().to_owned())
    }

    /// A token that may do all that the App may.
    pub(crate) async fn full_token(&self) -> SecretString {
        let minted = self.mint(json!({})).await.expect(201);
        SecretString::from(minted.body["token"].as_str().unwrap().to_owned())
    }

    pub(crate) fn user(&self, login: &str) -> SecretString {
        self.control().user_token(login).unwrap()
    }
}
