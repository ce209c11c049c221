//! What is let in: our own page, asking its own server. Each check refuses by itself.

use super::place::origin;
use crate::RP_ID;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, StatusCode, header};

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// The page.
    Page,
    /// Its script.
    Script,
    /// Its style.
    Style,
    /// What is to be done, once.
    Take,
    /// What the authenticator said, once.
    Answer,
}

/// The route of a request, or why it is not answered.
pub(super) fn admit(head: &Parts, port: u16) -> Result<Route, StatusCode> {
    let host = format!("{RP_ID}:{port}");
    if only(&head.headers, header::HOST) != Some(host.as_str()) {
        return Err(StatusCode::MISDIRECTED_REQUEST);
    }
    if head.uri.authority().is_some() || head.uri.query().is_some() {
        return Err(StatusCode::BAD_REQUEST);
    }
    let (route, method) = match head.uri.path() {
        "/" => (Route::Page, Method::GET),
        "/page.js" => (Route::Script, Method::GET),
        "/page.css" => (Route::Style, Method::GET),
        "/take" => (Route::Take, Method::POST),
        "/answer" => (Route::Answer, Method::POST),
        _ => return Err(StatusCode::NOT_FOUND),
    };
    if head.method != method {
        return Err(StatusCode::METHOD_NOT_ALLOWED);
    }
    if method == Method::POST {
        if only(&head.headers, header::ORIGIN) != Some(origin(port).as_str()) {
            return Err(StatusCode::FORBIDDEN);
        }
        if only(&head.headers, header::CONTENT_TYPE) != Some("application/json") {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        // Browsers that say who asks must say that it is the page itself.
        let site = header::HeaderName::from_static("sec-fetch-site");
        if head.headers.contains_key(&site) && only(&head.headers, site) != Some("same-origin") {
            return Err(StatusCode::FORBIDDEN);
        }
    }
    Ok(route)
}

/// The one value of a header.
fn only(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    fn admitted(method: &str, uri: &str, headers: &[(&str, &str)]) -> Result<Route, StatusCode> {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        admit(&request.body(()).unwrap().into_parts().0, 7311)
    }

    const HOST: (&str, &str) = ("host", "bailiwick.localhost:7311");
    const ORIGIN: (&str, &str) = ("origin", "http://bailiwick.localhost:7311");
    const JSON: (&str, &str) = ("content-type", "application/json");

    #[test]
    fn our_own_page_is_let_in() {
        assert_eq!(admitted("GET", "/", &[HOST]), Ok(Route::Page));
        assert_eq!(admitted("POST", "/take", &[HOST, ORIGIN, JSON]), Ok(Route::Take));
        let same = ("sec-fetch-site", "same-origin");
        assert_eq!(admitted("POST", "/answer", &[HOST, ORIGIN, JSON, same]), Ok(Route::Answer));
    }

    #[test]
    fn each_check_refuses_by_itself() {
        for host in [
            "localhost:7311",
            "127.0.0.1:7311",
            "[::1]:7311",
            "bailiwick.localhost",
            "bailiwick.localhost:7312",
            "BAILIWICK.LOCALHOST:7311",
            "evil.example",
            "",
        ] {
            for (method, uri) in [("GET", "/"), ("POST", "/take"), ("POST", "/answer")] {
                let headers = [("host", host), ORIGIN, JSON];
                assert_eq!(admitted(method, uri, &headers), Err(StatusCode::MISDIRECTED_REQUEST), "{host}");
            }
        }
        for origin in [
            "null",
            "http://bailiwick.localhost",
            "http://bailiwick.localhost:7312",
            "https://bailiwick.localhost:7311",
            "http://localhost:7311",
            "http://evil.example",
            "",
        ] {
            let headers = [HOST, ("origin", origin), JSON];
            assert_eq!(admitted("POST", "/take", &headers), Err(StatusCode::FORBIDDEN), "{origin}");
        }
        assert_eq!(admitted("POST", "/take", &[HOST, JSON]), Err(StatusCode::FORBIDDEN));
        assert_eq!(admitted("POST", "/take", &[HOST, ORIGIN, ORIGIN, JSON]), Err(StatusCode::FORBIDDEN));
        assert_eq!(admitted("GET", "/", &[HOST, HOST]), Err(StatusCode::MISDIRECTED_REQUEST));
        for kind in ["text/plain", "application/json;charset=utf-8", "application/x-www-form-urlencoded"] {
            let headers = [HOST, ORIGIN, ("content-type", kind)];
            assert_eq!(admitted("POST", "/take", &headers), Err(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        for site in ["cross-site", "same-site", "none"] {
            let headers = [HOST, ORIGIN, JSON, ("sec-fetch-site", site)];
            assert_eq!(admitted("POST", "/answer", &headers), Err(StatusCode::FORBIDDEN), "{site}");
        }
        for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
            let found = admitted(method, "/take", &[HOST, ORIGIN, JSON]);
            assert_eq!(found, Err(StatusCode::METHOD_NOT_ALLOWED), "{method}");
        }
        for uri in ["/?x", "/take?token=x", "http://bailiwick.localhost:7311/"] {
            assert_eq!(admitted("GET", uri, &[HOST]), Err(StatusCode::BAD_REQUEST), "{uri}");
        }
        for uri in ["//", "/index.html", "/../page.js", "/take/", "*"] {
            let found = admitted("POST", uri, &[HOST, ORIGIN, JSON]);
            assert_eq!(found, Err(StatusCode::NOT_FOUND), "{uri}");
        }
    }
}
