//! Pagination as GitHub does it: `per_page` up to 100, `page` from 1, and a `Link` header.

use super::answer::Reply;
use super::path::Query;
use serde_json::Value;

/// Which part of a listing is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    pub(crate) per_page: usize,
    pub(crate) number: usize,
}

impl Page {
    /// Reads `per_page` and `page`. As on GitHub, nonsense means the default and too much means the most.
    pub(crate) fn of(query: &Query, default: usize) -> Self {
        let number = |name: &str| query.get(name).and_then(|v| v.parse::<usize>().ok()).filter(|n| *n > 0);
        Self {
            per_page: number("per_page").unwrap_or(default).min(100),
            number: number("page").unwrap_or(1).min(1_000_000),
        }
    }

    /// The part of `all` that lies on this page.
    pub(crate) fn cut<T>(self, all: Vec<T>) -> Vec<T> {
        all.into_iter().skip((self.number - 1) * self.per_page).take(self.per_page).collect()
    }

    /// The `Link` header for a listing of `total` at `url`; none when one page holds it all.
    pub(crate) fn link(self, total: usize, url: &str, query: &Query) -> Option<String> {
        let last = total.div_ceil(self.per_page).max(1);
        let to = |number: usize, rel: &str| {
            let query = query.with(&[("per_page", self.per_page.to_string()), ("page", number.to_string())]);
            format!("<{url}?{query}>; rel=\"{rel}\"")
        };
        let mut links = Vec::new();
        if self.number > 1 {
            links.push(to((self.number - 1).min(last), "prev"));
        }
        if self.number < last {
            links.push(to(self.number + 1, "next"));
            links.push(to(last, "last"));
        }
        if self.number > 1 {
            links.push(to(1, "first"));
        }
        (!links.is_empty()).then(|| links.join(", "))
    }

    /// A page of `all` as a JSON array, with its `Link` header.
    pub(crate) fn reply(self, all: Vec<Value>, url: &str, query: &Query) -> Reply {
        let link = self.link(all.len(), url, query);
        linked(Reply::ok(Value::Array(self.cut(all))), link)
    }

    /// A page of `all` under `name` beside its `total_count`, with its `Link` header.
    pub(crate) fn envelope(self, name: &str, all: Vec<Value>, url: &str, query: &Query) -> Reply {
        let link = self.link(all.len(), url, query);
        let total = all.len();
        linked(Reply::ok(serde_json::json!({"total_count": total, name: self.cut(all)})), link)
    }
}

/// The reply with a `Link` header, if there is one.
pub(crate) fn linked(reply: Reply, link: Option<String>) -> Reply {
    match link {
        Some(link) => reply.header("link", link),
        None => reply,
    }
}
