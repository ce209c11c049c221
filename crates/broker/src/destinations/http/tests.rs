use super::*;
use bailiwick_authority::{Digest, GitHubApp};

fn outward(api: &str) -> Outward {
    Outward::new(&Connection {
        series: "github".parse().unwrap(),
        previous: None,
        api: api.to_owned(),
        github: GitHubApp { app: 1, installation: 1 },
        root: Digest::of(b""),
        certificate_authority: None,
        proxy: None,
    })
    .unwrap()
}

#[test]
fn a_url_is_the_destinations_own_by_its_parsed_parts() {
    let plain = outward("http://127.0.0.1:8443/api/v3");
    for (url, path) in [
        ("http://127.0.0.1:8443/api/v3/repositories/1/pulls?page=2", "/repositories/1/pulls?page=2"),
        ("HTTP://127.0.0.1:8443/api/v3/a%2Fb", "/a%2Fb"),
        // Another spelling of the same address, for a parser of URLs.
        ("http://0x7f.1:8443/api/v3/a", "/a"),
    ] {
        assert_eq!(plain.own_path(url).as_deref(), Some(path), "{url}");
    }
    for url in [
        "https://127.0.0.1:8443/api/v3/a",
        "http://127.0.0.1/api/v3/a",
        "http://127.0.0.1:8444/api/v3/a",
        "http://127.0.0.2:8443/api/v3/a",
        "http://localhost:8443/api/v3/a",
        "http://127.0.0.1:8443/api/v4/a",
        "http://127.0.0.1:8443/api/v3",
        "http://127.0.0.1:8443/api/v3x/a",
        "http://127.0.0.1:8443/api/v3/../../a",
        "http://127.0.0.1:8443/api/v3/%2e%2e/a",
        "http://user@127.0.0.1:8443/api/v3/a",
        "http://:x@127.0.0.1:8443/api/v3/a",
        "http://127.0.0.1:8443@evil.example/api/v3/a",
        "http://127.0.0.1:8443.evil.example/api/v3/a",
        "http://127.0.0.1:8443\\@evil.example/api/v3/a",
        "http://evil.example/http://127.0.0.1:8443/api/v3/a",
        "http://127.0.0.1:8443/api/v3/a#b",
        "//127.0.0.1:8443/api/v3/a",
        "/api/v3/a",
        "file:///api/v3/a",
        "",
    ] {
        assert_eq!(plain.own_path(url), None, "accepted `{url}`");
    }
}

#[test]
fn an_implied_port_is_the_port() {
    let public = outward("http://localhost");
    assert_eq!(public.own_path("http://localhost:80/a").as_deref(), Some("/a"));
    assert_eq!(public.own_path("http://LOCALHOST/a").as_deref(), Some("/a"));
    assert_eq!(public.own_path("http://localhost.evil.example/a"), None);
    assert_eq!(public.host, "localhost");
}

#[test]
fn a_credential_that_is_said_back_is_taken_out() {
    let bearer = SecretString::from("ghs_secret");
    let mut headers = HeaderMap::new();
    headers.insert("etag", HeaderValue::from_static("\"ghs_secret\""));
    headers.insert("date", HeaderValue::from_static("now"));
    let mut body = *b"ghs_secretghs_secret and ghs_other, ghs_secre ghs_secret";
    unsay(&mut headers, &mut body, &bearer);
    assert_eq!(&body, b"******************** and ghs_other, ghs_secre **********");
    assert_eq!((&headers["etag"], &headers["date"]), (&"*".parse().unwrap(), &"now".parse().unwrap()));
    unsay(&mut headers, &mut [], &bearer);
}
