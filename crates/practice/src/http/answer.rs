//! Answers and refusals, before they become HTTP.

use serde_json::{Value, json};

use crate::git::GitError;

/// What an answer carries.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Nothing,
    Json(Value),
    Raw { kind: String, bytes: Vec<u8> },
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content: Content,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Reply {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self { status, content: Content::Json(body), headers: Vec::new() }
    }

    pub(crate) fn ok(body: Value) -> Self {
        Self::json(200, body)
    }

    pub(crate) fn created(body: Value) -> Self {
        let location = body.get("url").and_then(Value::as_str).map(str::to_owned);
        let reply = Self::json(201, body);
        match location {
            Some(url) => reply.header("location", url),
            None => reply,
        }
    }

    pub(crate) fn nothing() -> Self {
        Self { status: 204, content: Content::Nothing, headers: Vec::new() }
    }

    pub(crate) fn raw(status: u16, kind: &str, bytes: Vec<u8>) -> Self {
        Self { status, content: Content::Raw { kind: kind.to_owned(), bytes }, headers: Vec::new() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A request that GitHub turns down, in GitHub's words.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
    /// Boxed, so that a refusal stays small beside the replies it is an alternative to.
    pub(crate) errors: Option<Box<Value>>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// What a handler comes to.
pub(crate) type Outcome = Result<Reply, Refusal>;

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), errors: None, headers: Vec::new() }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    pub(crate) fn bad_credentials() -> Self {
        Self::new(401, "Bad credentials")
    }

    /// 422 with one error about a field. `code` is `invalid`, `missing_field`, `custom`, …
    pub(crate) fn invalid(resource: &str, field: &str, code: &str, message: Option<&str>) -> Self {
        let mut error = json!({"resource": resource, "field": field, "code": code});
        if let (Some(message), Some(error)) = (message, error.as_object_mut()) {
            error.insert("message".to_owned(), json!(message));
        }
        Self { errors: Some(Box::new(json!([error]))), ..Self::new(422, "Validation Failed") }
    }

    /// 422 with one sentence of its own about a resource.
    pub(crate) fn custom(resource: &str, message: &str) -> Self {
        let error = json!({"resource": resource, "code": "custom", "message": message});
        Self { errors: Some(Box::new(json!([error]))), ..Self::new(422, "Validation Failed") }
    }

    /// 422 with plain sentences, as the reviews routes answer.
    pub(crate) fn sentences(errors: &[&str]) -> Self {
        Self { errors: Some(Box::new(json!(errors))), ..Self::new(422, "Unprocessable Entity") }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The answer: GitHub's error body with where to read about it.
    pub(crate) fn reply(self, docs: &str) -> Reply {
        let mut body = json!({"message": self.message});
        if let Some(map) = body.as_object_mut() {
            if let Some(errors) = self.errors {
                map.insert("errors".to_owned(), *errors);
            }
            map.insert("documentation_url".to_owned(), json!(documentation(docs)));
            map.insert("status".to_owned(), json!(self.status.to_string()));
        }
        Reply { headers: self.headers, ..Reply::json(self.status, body) }
    }
}

impl From<GitError> for Refusal {
    /// Git failing under the range is the range's fault: 500, and the reason stays out of the answer.
    fn from(_: GitError) -> Self {
        Self::new(500, "Server Error")
    }
}

/// GitHub's page about an operation.
pub(crate) fn documentation(docs: &str) -> String {
    if docs.is_empty() {
        return "https://docs.github.com/rest".to_owned();
    }
    format!("https://docs.github.com/rest/{docs}")
}
