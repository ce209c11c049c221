//! The addresses that stand in GitHub's bodies, turned towards the range.

/// Where the API and the website would be.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    /// The API's address without a slash at the end.
    pub(crate) api: String,
    /// The website's and git's address without a slash at the end.
    pub(crate) web: String,
    base: String,
}

impl Links {
    /// `base` is empty as on api.github.com, or `/api/v3` as on GitHub Enterprise Server.
    pub(crate) fn new(port: u16, base: &str) -> Self {
        let base = base.trim_matches('/');
        let base = if base.is_empty() { String::new() } else { format!("/{base}") };
        let web = format!("http://127.0.0.1:{port}");
        Self { api: format!("{web}{base}"), web, base }
    }

    /// The part of a path below the API's base path, none outside of it.
    pub(crate) fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(self.base.as_str()).filter(|rest| rest.starts_with('/'))
    }
}
