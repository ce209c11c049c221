//! Faults on order: the next requests that match are answered wrongly, late, or not at all.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::control::Control;

/// What a fault runs.
pub type Callback = Arc<dyn Fn(Control) -> BoxFuture<'static, ()> + Send + Sync>;

/// What a fault does to an answer's body.
pub type Edit = Arc<dyn Fn(&mut Value) + Send + Sync>;

/// What happens to a request.
#[derive(Clone)]
#[non_exhaustive]
pub enum Act {
    /// Answers this status with the body that GitHub gives for it; nothing else is done.
    Status(u16),
    /// 403 with `Retry-After`: GitHub's secondary rate limit.
    SecondaryRateLimit {
        /// What the header says, in seconds.
        retry_after_s: u64,
    },
    /// 403 or 429 with `X-RateLimit-Remaining: 0`: the primary rate limit.
    RateLimit {
        /// 403 or 429; GitHub uses both.
        status: u16,
        /// How far away `X-RateLimit-Reset` is, in seconds.
        reset_in_s: u64,
    },
    /// Waits, then serves the request.
    Delay(Duration),
    /// Reads the request's head and never answers.
    HangAfterRequestHead,
    /// Serves the request, sends the answer's head and half its body, and then nothing more.
    HangInBody,
    /// Serves the request, sends the answer's head and half its body, and resets the connection.
    ResetInBody,
    /// Closes the connection at once: nothing was done.
    CloseWithoutAnswer,
    /// Serves the request and then closes the connection without an answer: it was done, and nobody says so.
    CloseAfterDoing,
    /// Serves the request and answers its status with something that is not JSON.
    WrongJson,
    /// Serves the request and answers with an empty JSON array where an object belongs, or the other way round.
    WrongShape,
    /// Mints what the installation has, whatever was asked for.
    WiderToken,
    /// Serves the request, then changes the answer's body.
    Edit(Edit),
    /// Runs something, waits for its end, then serves the request.
    Before(Callback),
    /// Serves the request, runs something, waits for its end, then answers.
    After(Callback),
}

impl std::fmt::Debug for Act {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status {status}"),
            Self::SecondaryRateLimit { retry_after_s } => {
                write!(f, "secondary rate limit, {retry_after_s} s")
            }
            Self::RateLimit { status, reset_in_s } => write!(f, "rate limit {status}, {reset_in_s} s"),
            Self::Delay(time) => write!(f, "delay {time:?}"),
            Self::HangAfterRequestHead => f.write_str("hang after the request head"),
            Self::HangInBody => f.write_str("hang in the body"),
            Self::ResetInBody => f.write_str("reset in the body"),
            Self::CloseWithoutAnswer => f.write_str("close without answer"),
            Self::CloseAfterDoing => f.write_str("close after doing"),
            Self::WrongJson => f.write_str("wrong JSON"),
            Self::WrongShape => f.write_str("wrong shape"),
            Self::WiderToken => f.write_str("wider token"),
            Self::Edit(_) => f.write_str("edit"),
            Self::Before(_) => f.write_str("before"),
            Self::After(_) => f.write_str("after"),
        }
    }
}

/// A fault on order.
#[derive(Clone, Debug)]
pub struct Fault {
    method: Option<String>,
    path: String,
    skip: u64,
    times: u64,
    act: Act,
}

impl Fault {
    /// The next request to `path` suffers `act`. In the path (below the base path), `*` stands for one
    /// segment and a last `**` for any rest: `/repos/*/*/pulls/*/merge`, `/repos/**`.
    #[must_use]
    pub fn on(method: &str, path: &str, act: Act) -> Self {
        let method = (method != "*").then(|| method.to_ascii_uppercase());
        Self { method, path: path.to_owned(), skip: 0, times: 1, act }
    }

    /// How many requests suffer it; 1 unless said.
    #[must_use]
    pub const fn times(mut self, times: u64) -> Self {
        self.times = times;
        self
    }

    /// Every request that matches suffers it until the faults are cleared.
    #[must_use]
    pub const fn always(self) -> Self {
        self.times(u64::MAX)
    }

    /// Lets this many matching requests pass first.
    #[must_use]
    pub const fn after(mut self, requests: u64) -> Self {
        self.skip = requests;
        self
    }
}

/// A fault in force, with what is left of it.
#[derive(Clone, Debug)]
pub(crate) struct Rule(Fault);

impl From<Fault> for Rule {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

/// The fault that this request suffers, if any; its count goes down by one.
pub(crate) fn take(rules: &mut Vec<Rule>, method: &str, path: &str) -> Option<Act> {
    let mut act = None;
    for rule in rules.iter_mut() {
        if rule.0.method.as_deref().is_some_and(|m| m != method) || !matches(&rule.0.path, path) {
            continue;
        }
        if rule.0.skip > 0 {
            rule.0.skip -= 1;
        } else {
            rule.0.times = rule.0.times.saturating_sub(1);
            act = Some(rule.0.act.clone());
            break;
        }
    }
    rules.retain(|rule| rule.0.times > 0);
    act
}

fn matches(pattern: &str, path: &str) -> bool {
    let mut path = path.split('/');
    for part in pattern.split('/') {
        match (part, path.next()) {
            ("**", _) => return true,
            ("*", Some(segment)) if !segment.is_empty() => {}
            (part, Some(segment)) if part == segment => {}
            _ => return false,
        }
    }
    path.next().is_none()
}
