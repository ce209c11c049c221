//! A connection: at which address, as which App, with which root secret a destination is used.
//!
//! Without an admitted connection statement no root secret is ever used at an address.

use crate::digest::Digest;
use crate::fields::{FormatError, Members, number};
use crate::name::Name;
use crate::statement::{Kind, Payload, PayloadFields, PayloadMembers};

/// A GitHub App and its installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHubApp {
    /// The App's number.
    pub app: u64,
    /// The installation's number.
    pub installation: u64,
}

/// A destination of kind `github`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The connection's name, which grants use; the name of its series.
    pub series: Name,
    /// The connection statement that this one follows.
    pub previous: Option<Digest>,
    /// The API's base URL without a trailing slash: `https://api.github.com`, `https://ghe.example/api/v3`.
    pub api: String,
    /// The App.
    pub github: GitHubApp,
    /// SHA-256 of the App key's public half (SubjectPublicKeyInfo, DER).
    pub root: Digest,
    /// PEM certificates of a private authority to trust at this address, instead of the system's.
    pub certificate_authority: Option<String>,
    /// The HTTP proxy to go through: `http://proxy.example:3128`.
    pub proxy: Option<String>,
}

impl Payload for Connection {
    const KIND: Kind = Kind::Connection;

    fn read(PayloadFields(fields): &mut PayloadFields<'_>) -> Result<Connection, FormatError> {
        let series = fields.parsed("series")?;
        let previous = fields.optional_parsed("previous")?;
        let destination = fields.string("destination")?;
        if destination != "github" {
            return Err(fields.invalid("destination", "the one destination of this version is `github`"));
        }
        let api = fields.string("api")?;
        check_url(&api).map_err(|why| fields.invalid("api", why))?;
        let mut app = fields.object("github")?;
        let github = GitHubApp { app: app.count("app")?, installation: app.count("installation")? };
        app.finish()?;
        let root = fields.digest("root")?;
        let certificate_authority = fields.optional_string("certificate_authority")?;
        let proxy = fields.optional_string("proxy")?;
        if let Some(proxy) = &proxy {
            check_proxy(proxy).map_err(|why| fields.invalid("proxy", why))?;
        }
        Ok(Connection { series, previous, api, github, root, certificate_authority, proxy })
    }

    fn write(&self, PayloadMembers(members): &mut PayloadMembers) {
        members.put("series", &self.series);
        members.put_some("previous", self.previous);
        members.put("destination", "github");
        members.put("api", self.api.as_str());
        let mut app = Members::default();
        app.put("app", number(self.github.app));
        app.put("installation", number(self.github.installation));
        members.put("github", app);
        members.put("root", self.root);
        members.put_some("certificate_authority", self.certificate_authority.as_deref());
        members.put_some("proxy", self.proxy.as_deref());
    }
}

/// `https://host[:port][/path]`, or `http://` for a loopback host: lower case, no user, query,
/// fragment, empty or dot segment, no trailing slash. One form, so that comparing bytes compares hosts.
fn check_url(url: &str) -> Result<(), &'static str> {
    let (host, path) = check_origin(url)?;
    let segment_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let segment =
        |part: &str| !part.is_empty() && part != "." && part != ".." && part.bytes().all(segment_byte);
    if path.is_some_and(|path| !path.split('/').all(segment)) {
        return Err("the path has an empty, dot or unusual segment, or ends with a slash");
    }
    let loopback = host == "localhost" || host.ends_with(".localhost") || is_loopback(host);
    if url.starts_with("http://") && !loopback {
        return Err("plain `http://` is for loopback only");
    }
    Ok(())
}

/// The host of a web origin: an address as [`check_url`] takes it, without a path.
pub(crate) fn web_origin(url: &str) -> Result<&str, &'static str> {
    check_url(url)?;
    match check_origin(url)? {
        (host, None) => Ok(host),
        (_, Some(_)) => Err("an origin has no path"),
    }
}

/// `http://host[:port]` or `https://host[:port]`. Plain is good enough for a proxy on another machine:
/// what goes through it is a TLS tunnel to the destination.
fn check_proxy(url: &str) -> Result<(), &'static str> {
    match check_origin(url)? {
        (_, None) => Ok(()),
        (_, Some(_)) => Err("a proxy has no path"),
    }
}

/// The host and the path (after the first slash) of an address whose scheme, host and port are good.
fn check_origin(url: &str) -> Result<(&str, Option<&str>), &'static str> {
    let (rest, own_port) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (rest, "443"),
        (None, Some(rest)) => (rest, "80"),
        (None, None) => return Err("an address starts with `https://`, or `http://` on loopback"),
    };
    let (authority, path) =
        rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let label_byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let label = |part: &str| !part.is_empty() && !part.starts_with('-') && part.bytes().all(label_byte);
    if host.len() > 253 || !host.split('.').all(label) {
        return Err("the host is not a lower-case name or IPv4 address");
    }
    // URL parsers read `2130706433`, `0x7f.1` and `127.1` as IPv4 addresses: only the plain form is one.
    let last = host.rsplit('.').next().unwrap_or(host);
    let numeric = last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit());
    if numeric && host.parse::<std::net::Ipv4Addr>().is_err() {
        return Err("the host is a number that is not a plain IPv4 address");
    }
    let number =
        |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && !port.starts_with('0') && port != own_port;
    if port.is_some_and(|port| !number(port) || port.parse::<u16>().is_err()) {
        return Err("the port is not a number from 1 to 65535, or the one that the scheme implies");
    }
    Ok((host, path))
}

fn is_loopback(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{check_proxy, check_url};

    #[test]
    fn an_address_has_one_form() {
        for good in [
            "https://api.github.com",
            "https://ghe.example:8443/api/v3",
            "http://127.0.0.1:4001",
            "http://localhost:1",
        ] {
            assert_eq!(check_url(good), Ok(()), "{good}");
        }
        for bad in [
            "https://api.github.com/",
            "https://API.github.com",
            "http://api.github.com",
            "https://user@host",
            "https://host:0",
            "https://host:080",
            "https://host:99999",
            "https://host/a/../b",
            "https://host//a",
            "https://host?x",
            "https://host#x",
            "https://",
            "ftp://host",
            "https://ho st",
            "https://host\0",
            "https://[::1]",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "https://-host",
            "https://host.",
            "http://0x7f000001",
            "https://host:",
            "https://host:+80",
            "https://host:443",
            "http://localhost:80",
            "https://2130706433",
            "https://127.1",
            "https://0x7f.1",
            "https://1.2.3.04",
            "https://a..b",
            "https://a.-b",
        ] {
            assert!(check_url(bad).is_err(), "accepted `{bad}`");
        }
    }

    #[test]
    fn a_proxy_may_be_plain_and_has_no_path() {
        for good in ["http://proxy.example:3128", "https://proxy.example", "http://10.0.0.1:8080"] {
            assert_eq!(check_proxy(good), Ok(()), "{good}");
        }
        for bad in ["http://proxy.example/", "http://proxy.example/a", "socks5://proxy", "http://u@proxy"] {
            assert!(check_proxy(bad).is_err(), "accepted `{bad}`");
        }
    }
}
