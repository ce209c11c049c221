//! Plain HTTP to the practice range: one connection, one call after the other, as a script with a token
//! makes them.

use crate::Failed;
use bailiwick_keystore::{ExposeSecret as _, SecretString};
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::time::Instant;
use tokio::net::TcpStream;

/// One request that the range saw.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    /// By the App's own assertion.
    pub(crate) as_app: bool,
    /// With a token that was dead: the proof that it is.
    pub(crate) after_death: bool,
}

impl Call {
    /// Whether it makes, ends or proves a credential; the others are what the operation is about.
    pub(crate) fn is_of_credentials(&self) -> bool {
        self.as_app || self.after_death || self.path.starts_with("/installation/token")
    }

    /// Whether this status answers it. A file may not be there, which is an answer, too.
    fn is_answered_by(&self, status: StatusCode) -> bool {
        status.is_success() || (status == StatusCode::NOT_FOUND && self.path.contains("/contents/"))
    }

    fn is_mint(&self) -> bool {
        self.path.ends_with("/access_tokens")
    }
}

/// A connection with the tokens that were minted over it.
pub(crate) struct Direct {
    host: String,
    sender: SendRequest<Full<Bytes>>,
    pub(crate) assertion: SecretString,
    token: String,
    mints: u32,
}

impl Direct {
    /// Connects to the range at `url`.
    pub(crate) async fn connect(url: &str) -> Result<Direct, Failed> {
        let host = url.strip_prefix("http://").ok_or("the range speaks plain HTTP")?.to_owned();
        let stream = TcpStream::connect(&host).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Direct {
            host,
            sender,
            assertion: SecretString::from(String::new()),
            token: String::new(),
            mints: 0,
        })
    }

    /// Makes one call and reads its whole answer: microseconds. A merge is pinned to `head`.
    pub(crate) async fn make(&mut self, call: &Call, repository: u64, head: &str) -> Result<f64, Failed> {
        let request = self.request(call, repository, head)?;
        let start = Instant::now();
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        let took = start.elapsed().as_secs_f64() * 1e6;
        let expected =
            if call.after_death { status == StatusCode::UNAUTHORIZED } else { call.is_answered_by(status) };
        if !expected {
            let body = String::from_utf8_lossy(&body).into_owned();
            return Err(format!("{} {}: {status} {body}", call.method, call.path).into());
        }
        if call.is_mint() {
            let answer: serde_json::Value = serde_json::from_slice(&body)?;
            let token = answer.get("token").and_then(serde_json::Value::as_str);
            token.ok_or("a token")?.clone_into(&mut self.token);
        }
        Ok(took)
    }

    fn request(&mut self, call: &Call, repository: u64, head: &str) -> Result<Request<Full<Bytes>>, Failed> {
        let bearer = if call.as_app { self.assertion.expose_secret() } else { self.token.as_str() };
        let request = Request::builder()
            .method(call.method.as_str())
            .uri(&call.path)
            .header(header::HOST, &self.host)
            .header(header::AUTHORIZATION, format!("Bearer {bearer}"))
            .header(header::ACCEPT, "application/vnd.github+json")
            .header(header::USER_AGENT, "bench");
        let body = if call.is_mint() {
            // The first token of an operation reads, the second writes: the scopes of a merge.
            self.mints += 1;
            let permissions = if self.mints % 2 == 1 {
                serde_json::json!({"administration": "read", "checks": "read", "contents": "read", "metadata": "read",
                                   "pull_requests": "read", "statuses": "read"})
            } else {
                serde_json::json!({"contents": "write"})
            };
            serde_json::json!({"repository_ids": [repository], "permissions": permissions}).to_string()
        } else if call.method == "PUT" {
            serde_json::json!({"sha": head, "merge_method": "merge"}).to_string()
        } else {
            String::new()
        };
        Ok(request.body(Full::new(Bytes::from(body)))?)
    }
}
