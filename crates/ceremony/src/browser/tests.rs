//! The page's server as a browser meets it, and as everybody else does.

use super::*;
use bailiwick_authority::{AssertionError, Signer as _};
use bailiwick_testkit::SoftwarePasskey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A browser whose pages arrive here instead of being opened.
fn browser() -> (Browser, Receiver<String>) {
    let (send, pages) = channel();
    let open = Box::new(move |url: &str| send.send(url.to_owned()).map_err(|error| error.to_string()));
    (Browser::opening(0, open, Box::new(|_| ())).unwrap(), pages)
}

/// The status, head and body of an answer.
struct Answered {
    status: u16,
    head: String,
    body: String,
}

fn ask(port: u16, text: &str) -> Answered {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answered { status, head: head.to_lowercase(), body: body.to_owned() }
}

fn get(port: u16, path: &str) -> Answered {
    ask(
        port,
        &format!("GET {path} HTTP/1.1\r\nHost: bailiwick.localhost:{port}\r\nConnection: close\r\n\r\n"),
    )
}

fn post(port: u16, path: &str, body: &Value) -> Answered {
    let body = body.to_string();
    ask(
        port,
        &format!(
            "POST {path} HTTP/1.1\r\nHost: bailiwick.localhost:{port}\r\nOrigin: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            origin(port),
            body.len()
        ),
    )
}

fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn shown() -> Shown {
    Shown {
        digest: "sha256:00".into(),
        kind: "resume".into(),
        headline: "Lift the halt".into(),
        code: ["ridge", "otter", "cabin", "lunar"].map(str::to_owned).to_vec(),
        lines: Vec::new(),
        flags: Vec::new(),
    }
}

fn answer_of(assertion: &Assertion, credential: &[u8]) -> Value {
    json!({
        "kind": "signed",
        "credential": base64(credential),
        "authenticator_data": base64(&assertion.authenticator_data),
        "client_data": base64(&assertion.client_data),
        "signature": base64(&assertion.signature),
    })
}

/// Lets `page` answer to one assertion over `statement`, and says what came of it.
fn signing(
    seed: u8,
    statement: &[u8],
    page: impl FnOnce(u16, &str, &SoftwarePasskey) + Send,
) -> Result<Assertion, CeremonyError> {
    let (browser, pages) = browser();
    let origin = browser.origin();
    let key =
        SoftwarePasskey::at(Algorithm::Es256, &[seed; 32], false, RP_ID, &[SECURITY_KEY_ORIGIN, &origin]);
    let (port, own, passkey) = (browser.port, &origin, &key);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let url = pages.recv().unwrap();
            let (address, token) = url.split_once("/#").unwrap();
            assert_eq!(address, own);
            page(port, token, passkey);
        });
        let enrolled = key.public().as_webauthn().unwrap();
        browser.assert(enrolled, &Digest::of(statement), &shown())
    })
}

#[test]
fn a_page_takes_its_task_once_and_its_answer_is_the_signature() {
    let statement = b"a statement";
    let assertion = signing(1, statement, |port, token, key| {
        let wrong = post(port, "/take", &json!({ "token": "0".repeat(64) }));
        assert_eq!(wrong.status, 410);
        let taken = post(port, "/take", &json!({ "token": token }));
        assert_eq!(taken.status, 200);
        let taken: Value = serde_json::from_str(&taken.body).unwrap();
        assert_eq!(taken["task"]["shown"]["headline"], "Lift the halt");
        assert_eq!(taken["task"]["challenge"], base64(Digest::of(statement).as_bytes()));
        assert_eq!(post(port, "/take", &json!({ "token": token })).status, 410);
        let mut ceremony = key.ceremony(statement);
        ceremony.origin = origin(port);
        let answer = answer_of(&key.assert(&ceremony), &key.enrolment().credential);
        let stranger = post(port, "/answer", &json!({ "ticket": "x", "answer": answer }));
        assert_eq!(stranger.status, 410);
        let told = post(port, "/answer", &json!({ "ticket": taken["ticket"], "answer": answer }));
        assert_eq!(told.status, 200, "{}", told.body);
        let again = post(port, "/answer", &json!({ "ticket": taken["ticket"], "answer": answer }));
        assert_eq!(again.status, 410);
    });
    assert!(Assertion::decode(&assertion.unwrap().encode()).is_some());
}

#[test]
fn what_is_no_signature_of_this_statement_at_this_page_is_refused_at_once() {
    type Change = fn(&mut bailiwick_testkit::Ceremony);
    let cases: [(Change, AssertionError); 4] = [
        (|c| c.challenge = Digest::of(b"another"), AssertionError::Challenge),
        (|c| c.origin = "http://bailiwick.localhost:1".into(), AssertionError::Origin),
        (|c| c.flags = bailiwick_testkit::UP, AssertionError::NotVerified),
        (|c| c.cross_origin = Some(true), AssertionError::CrossOrigin),
    ];
    for (change, expected) in cases {
        let outcome = signing(2, b"a statement", |port, token, key| {
            let taken = post(port, "/take", &json!({ "token": token }));
            let taken: Value = serde_json::from_str(&taken.body).unwrap();
            let mut ceremony = key.ceremony(b"a statement");
            ceremony.origin = origin(port);
            change(&mut ceremony);
            let answer = answer_of(&key.assert(&ceremony), &key.enrolment().credential);
            let told = post(port, "/answer", &json!({ "ticket": taken["ticket"], "answer": answer }));
            assert_eq!(told.status, 422);
        });
        assert!(matches!(outcome, Err(CeremonyError::NoSignature(found)) if found == expected));
    }
}

#[test]
fn the_person_may_say_no() {
    let outcome = signing(3, b"a statement", |port, token, _| {
        let taken = post(port, "/take", &json!({ "token": token }));
        let taken: Value = serde_json::from_str(&taken.body).unwrap();
        let told =
            post(port, "/answer", &json!({ "ticket": taken["ticket"], "answer": { "kind": "declined" } }));
        assert_eq!(told.status, 200);
    });
    assert!(matches!(outcome, Err(CeremonyError::Declined)));
}

#[test]
fn whoever_waits_can_be_told_to_wait_no_longer_and_hears_of_every_page() {
    let (told, pages) = channel();
    let tell = move |page: Page<'_>| {
        let said = match page {
            Page::Opens { headline, code, cancel, .. } => {
                // Before the browser has it, or at any time later.
                cancel.cancel();
                format!("{headline}: {}", code.join(" "))
            }
            Page::Closed => "closed".to_owned(),
        };
        told.send(said).unwrap();
    };
    let browser = Browser::opening(0, Box::new(|_| Ok(())), Box::new(tell)).unwrap();
    let key = SoftwarePasskey::at(Algorithm::Es256, &[4; 32], false, RP_ID, &[&browser.origin()]);
    let outcome = browser.assert(key.public().as_webauthn().unwrap(), &Digest::of(b"x"), &shown());
    assert!(matches!(outcome, Err(CeremonyError::Cancelled)), "{outcome:?}");
    drop(browser);
    assert_eq!(pages.iter().collect::<Vec<_>>(), ["Lift the halt: ridge otter cabin lunar", "closed"]);
}

#[test]
fn a_new_key_is_taken_as_its_authenticator_describes_it() {
    let (browser, pages) = browser();
    let key = SoftwarePasskey::new(Algorithm::Es256, &[4; 32], true);
    let wish = Wish { person: "ada".into(), headline: "Make a key".into(), known: vec![vec![9; 16]] };
    let (port, own) = (browser.port, browser.origin());
    let (passkey, page) = (&key, &own);
    let enrolled = std::thread::scope(|scope| {
        scope.spawn(move || {
            let url = pages.recv().unwrap();
            let token = url.split_once("/#").unwrap().1;
            let taken = post(port, "/take", &json!({ "token": token }));
            let taken: Value = serde_json::from_str(&taken.body).unwrap();
            assert_eq!(taken["task"]["known"], json!([base64(&[9; 16])]));
            let client_data = json!({
                "type": "webauthn.create",
                "challenge": taken["task"]["challenge"],
                "origin": page,
                "crossOrigin": false,
            });
            let credential = passkey.enrolment().credential.clone();
            let data = [
                Digest::of(RP_ID.as_bytes()).as_bytes().as_slice(),
                &[0x4d, 0, 0, 0, 0],
                &[0; 16],
                &u16::try_from(credential.len()).unwrap().to_be_bytes(),
                &credential,
                &[0xa0],
            ]
            .concat();
            let spki = [
                &b"0Y0\x13\x06\x07*\x86H\xce=\x02\x01\x06\x08*\x86H\xce=\x03\x01\x07\x03B\x00"[..],
                &passkey.enrolment().key,
            ]
            .concat();
            let answer = json!({
                "kind": "enrolled",
                "credential": base64(&credential),
                "authenticator_data": base64(&data),
                "client_data": base64(client_data.to_string().as_bytes()),
                "public_key": base64(&spki),
                "algorithm": -7,
                "transports": ["internal", "usb"],
            });
            let told = post(port, "/answer", &json!({ "ticket": taken["ticket"], "answer": answer }));
            assert_eq!(told.status, 200, "{}", told.body);
        });
        browser.enrol(&wish).unwrap()
    });
    let found = enrolled.as_webauthn().unwrap().enrolment();
    assert_eq!(found.key, key.enrolment().key);
    assert!(found.synced);
    assert_eq!(found.origins, [SECURITY_KEY_ORIGIN.to_owned(), browser.origin()]);
}

#[test]
fn the_page_runs_nothing_but_its_own_and_is_shown_in_no_other() {
    let (browser, _pages) = browser();
    for path in ["/", "/page.js", "/page.css"] {
        let answered = get(browser.port, path);
        assert_eq!(answered.status, 200);
        for header in [
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self';",
            "frame-ancestors 'none'",
            "cross-origin-opener-policy: same-origin",
            "x-frame-options: deny",
            "cache-control: no-store",
            "referrer-policy: no-referrer",
        ] {
            assert!(answered.head.contains(header), "{path} lacks {header}");
        }
        for never in ["set-cookie", "access-control-allow"] {
            assert!(!answered.head.contains(never), "{path} has {never}");
        }
    }
    // Nothing inline, nothing from elsewhere.
    let page = get(browser.port, "/").body;
    assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("<style"));
    assert!(!page.contains("onclick") && !page.contains("javascript:"));
}

#[test]
fn nobody_else_is_answered() {
    let (browser, _pages) = browser();
    let port = browser.port;
    let with =
        |head: &str| ask(port, &format!("{head}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}"));
    let own = format!("Host: bailiwick.localhost:{port}");
    for (head, expected) in [
        (format!("GET / HTTP/1.1\r\nHost: localhost:{port}"), 421),
        (format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}"), 421),
        (format!("POST /take HTTP/1.1\r\n{own}\r\nContent-Type: application/json"), 403),
        (
            format!(
                "POST /take HTTP/1.1\r\n{own}\r\nOrigin: http://bailiwick.localhost:1\r\nContent-Type: application/json"
            ),
            403,
        ),
        (
            format!("POST /take HTTP/1.1\r\n{own}\r\nOrigin: {}\r\nContent-Type: text/plain", origin(port)),
            415,
        ),
        (format!("OPTIONS /take HTTP/1.1\r\n{own}\r\nOrigin: http://evil.example"), 405),
        (format!("GET /take HTTP/1.1\r\n{own}"), 405),
        (
            format!(
                "POST /take HTTP/1.1\r\n{own}\r\nOrigin: {}\r\nContent-Type: application/json",
                origin(port)
            ),
            400,
        ),
    ] {
        assert_eq!(with(&head).status, expected, "{head}");
    }
    let huge = json!({ "token": "x".repeat(20_000) });
    assert_eq!(post(port, "/take", &huge).status, 413);
    assert_eq!(post(port, "/take", &json!({ "token": "x", "more": 1 })).status, 400);
}

#[test]
fn only_one_ceremony_is_under_way_and_a_key_from_elsewhere_is_not_asked_for() {
    let (browser, pages) = browser();
    let key = SoftwarePasskey::new(Algorithm::EdDsa, &[6; 32], false);
    let elsewhere = browser.assert(key.public().as_webauthn().unwrap(), &Digest::of(b"x"), &shown());
    assert!(matches!(elsewhere, Err(CeremonyError::OtherWay(_))));
    assert!(pages.try_recv().is_err());
}
