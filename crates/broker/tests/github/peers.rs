//! GitHub against programs that we did not write: `emulate`, and Prism's validators before both.
//!
//! They run under the pinned Node 24 that the test set-up installs; without it these tests fail.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use bailiwick_authority::{Argument, Connection, Digest, GitHubApp, Timestamp, Value as Facts};
use bailiwick_broker::destinations::github::{
    Cause, Death, GitHub, Operation, Refusal, Scope, Token, fingerprint,
};
use bailiwick_broker::destinations::http::Way;
use bailiwick_broker::gate::Gate;
use bailiwick_practice::{NewCommit, Options, Range, Seed};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{connection, invocation, operation_id, text};

/// A peer that ends with this.
struct Peer {
    child: Child,
    says: Value,
}

impl Peer {
    fn start(script: &str, arguments: &[&str]) -> Peer {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers");
        let mut child = Command::new(folder.join("node24"))
            .arg(folder.join(script))
            .args(arguments)
            .arg("--lifeline")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the pinned Node 24 runs (test set-up installs it)");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let says = serde_json::from_str(&line).expect("the peer started");
        Peer { child, says }
    }

    fn text(&self, name: &str) -> &str {
        self.says[name].as_str().unwrap()
    }

    fn number(&self, name: &str) -> u64 {
        self.says[name].as_u64().unwrap()
    }

    /// The exchanges that it recorded.
    fn record(&self) -> Vec<Value> {
        let record = std::fs::read_to_string(self.text("record")).unwrap();
        record.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Its standard input closes, which ends it and whatever it started.
        drop(self.child.stdin.take());
        self.child.wait().ok();
    }
}

/// The broker's side of a connection.
struct Side {
    github: GitHub,
    way: Way,
}

impl Side {
    fn new(connection: &Connection, key: &SecretString) -> Side {
        let way = Way::Gated(Gate::new([]).admit([]).unwrap());
        Side { github: GitHub::new(connection, key).unwrap(), way }
    }

    fn now() -> Timestamp {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Timestamp::from_seconds(now.as_secs()).unwrap()
    }

    async fn mint(&self, scope: &Scope) -> Token {
        let assertion = self.github.assertion(Side::now()).unwrap();
        self.github.mint(scope, &assertion, &self.way).await.unwrap()
    }

    async fn facts(&self, operation: &Operation) -> (Result<Facts, Cause>, Death) {
        let token = self.mint(&operation.evidence_scope()).await;
        let evidence = self.github.evidence(operation, &super::nobody_known(), &token, &self.way).await;
        let (death, _) = self.github.destroy(token).await;
        (evidence.map(|evidence| evidence.facts).map_err(|failure| failure.cause), death)
    }

    /// From the evidence to the outcome.
    async fn carry_out(&self, operation: &Operation) -> (Facts, Result<Facts, Cause>) {
        let facts = self.facts(operation).await.0.unwrap();
        let token = self.mint(&operation.act_scope()).await;
        let done = self.github.act(operation, &facts, &token, &self.way, &operation_id()).await;
        self.github.destroy(token).await;
        (facts, done.map(|done| done.output).map_err(|failure| failure.cause))
    }
}

fn emulate(arguments: &[&str]) -> (Peer, Side, Connection) {
    let peer = Peer::start("emulate.mjs", arguments);
    let key = SecretString::from(std::fs::read_to_string(peer.text("key_file")).unwrap());
    let connection = Connection {
        series: "github".parse().unwrap(),
        previous: None,
        api: peer.text("url").to_owned(),
        github: GitHubApp { app: peer.number("app_id"), installation: peer.number("installation_id") },
        root: fingerprint(&key).unwrap(),
        certificate_authority: None,
        proxy: None,
    };
    let side = Side::new(&connection, &key);
    (peer, side, connection)
}

fn on(peer: &Peer, side: &Side, action: &str, arguments: &[(&str, Argument)]) -> Operation {
    let id = format!("repository:{}", peer.number("repository_id"));
    side.github.operation(&invocation(action, &id, peer.text("repository"), arguments)).unwrap()
}

/// emulate leaves out what GitHub's description demands, so only requests count there.
fn violations(record: &[Value], at: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for exchange in record {
        for violation in exchange["violations"].as_array().unwrap() {
            if at.contains(&violation["location"][0].as_str().unwrap_or("request")) {
                found.push(format!("{} {}: {violation}", exchange["method"], exchange["path"]));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn emulate_merges_with_one_narrow_token_for_each_purpose() {
    let (peer, side, _) = emulate(&["--complete"]);
    let operation =
        on(&peer, &side, "pulls/merge", &[("branch", text("feat-123")), ("target", text("main"))]);
    let (facts, output) = side.carry_out(&operation).await;
    let facts: Value = serde_json::from_slice(&facts.encode()).unwrap();
    assert_eq!(facts["head"].as_str(), peer.says["head_sha"].as_str());
    assert_eq!(facts["required_checks"], json!(["tests"]));
    assert_eq!(facts["checks_missing"], json!([]));
    assert_eq!(facts["approving_reviewers"], json!(["hubot"]));
    assert_eq!(facts["changed_paths"], json!(["src/answer.txt"]));
    let output: Value = serde_json::from_slice(&output.unwrap().encode()).unwrap();
    assert_eq!(output["verified"], json!(true));
    // emulate's own list of what it minted is the oracle.
    let listed = tokio::task::spawn_blocking({
        let address = peer.text("direct_url").to_owned();
        move || fetch(&address, "GET", "/_emulate/installation-tokens", "", "")
    });
    let listed: Value = serde_json::from_str(&listed.await.unwrap()).unwrap();
    let ours: Vec<&Value> = listed["installation_tokens"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|token| token["app"]["id"] == peer.says["app_id"])
        .collect();
    let permissions: Vec<&Value> = ours.iter().map(|token| &token["permissions"]).collect();
    let read = json!({
        "checks": "read", "contents": "read", "metadata": "read", "pull_requests": "read", "statuses": "read", "administration": "read",
    });
    assert_eq!(permissions, [&read, &json!({"contents": "write"})]);
    let only = json!([peer.number("repository_id")]);
    assert!(
        ours.iter()
            .all(|token| token["repository_ids"] == only && token["repository_selection"] == "selected")
    );
    assert_eq!(violations(&peer.record(), &["request"]), Vec::<String>::new());
}

/// One request of a plain client; the body of the answer.
fn fetch(url: &str, method: &str, path: &str, bearer: &str, body: &str) -> String {
    use std::io::{Read as _, Write as _};
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {bearer}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn emulate_comments_opens_and_refuses() {
    let (peer, side, _) = emulate(&["--complete"]);
    // Unlike GitHub's, emulate's pull requests are no issues: its author writes one.
    let opened = tokio::task::spawn_blocking({
        let (address, bearer) = (peer.text("direct_url").to_owned(), peer.says["tokens"]["author"].clone());
        let body = json!({"title": "Ask"}).to_string();
        move || fetch(&address, "POST", "/repos/acme/backend/issues", bearer.as_str().unwrap(), &body)
    });
    let opened: Value = serde_json::from_str(&opened.await.unwrap()).unwrap();
    let number = opened["number"].as_i64().unwrap();
    let comment = on(
        &peer,
        &side,
        "issues/create-comment",
        &[("issue", Argument::Int(number)), ("body", text("Done"))],
    );
    let (_, output) = side.carry_out(&comment).await;
    assert!(output.unwrap().get("comment").is_some());
    let nothing = on(&peer, &side, "pulls/merge", &[("branch", text("nowhere")), ("target", text("main"))]);
    let refused = side.facts(&nothing).await.0.unwrap_err();
    assert!(matches!(refused, Cause::Refused(Refusal::NoOpenPull { .. })), "{refused:?}");
    let again = [("branch", text("feat-123")), ("target", text("main")), ("title", text("Again"))];
    let refused = side.facts(&on(&peer, &side, "pulls/create", &again)).await.0.unwrap_err();
    assert!(matches!(refused, Cause::Refused(Refusal::PullExists(_))), "{refused:?}");
    // A head that was not evaluated is not merged; emulate says 422 where GitHub says 409.
    let merge = on(&peer, &side, "pulls/merge", &[("branch", text("feat-123")), ("target", text("main"))]);
    let facts = side.facts(&merge).await.0.unwrap();
    let Facts::Object(mut members) = facts else { panic!() };
    members.insert("head".into(), Facts::from("0123456789012345678901234567890123456789"));
    let token = side.mint(&merge.act_scope()).await;
    let other = Facts::Object(members);
    let failure = side.github.act(&merge, &other, &token, &side.way, &Digest::of(b"x")).await.unwrap_err();
    side.github.destroy(token).await;
    assert!(matches!(failure.cause, Cause::Unprocessable(_) | Cause::Conflict(_)), "{failure}");
    assert!(!failure.may_have_happened);
    assert_eq!(violations(&peer.record(), &["request"]), Vec::<String>::new());
}

/// As it is, without the routes that the witness fills in: a token there cannot be revoked, and a fact
/// that cannot be had is no fact.
#[tokio::test(flavor = "multi_thread")]
async fn emulate_alone_cannot_revoke_and_that_is_what_is_said() {
    let (peer, side, _) = emulate(&[]);
    let merge = on(&peer, &side, "pulls/merge", &[("branch", text("feat-123")), ("target", text("main"))]);
    let (facts, death) = side.facts(&merge).await;
    assert_eq!(death, Death::NotRevocable);
    assert!(matches!(facts, Err(Cause::Missing(_))), "emulate has no statuses: {facts:?}");
}

/// Every request of every action, and every answer of the range to it, held against GitHub's description.
#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_as_github_describes_it() {
    let range = Range::start(Seed::story(), Options::default()).await.unwrap();
    let control = range.control();
    let record = tempfile::NamedTempFile::new().unwrap();
    let peer =
        Peer::start("witness.mjs", &["--upstream", range.url(), "--record", record.path().to_str().unwrap()]);
    let through = Connection { api: peer.text("url").to_owned(), ..connection(&range) };
    let side = Side::new(&through, range.app().private_key_pem());
    let work = NewCommit::by("ada").message("Work").write("src/work.py", "WORK = 1\n");
    control.commit("acme/backend", "work", work).await.unwrap();
    let id = format!("repository:{}", control.repository_id("acme/backend").unwrap());
    let tip = |branch: &str| text(control.tip("acme/backend", branch).unwrap().as_str());
    let (ahead, message) = (tip("work"), ("message", text("Message")));
    let file = |more: Vec<(&'static str, Argument)>| {
        [vec![("branch", text("by/hand")), ("path", text("notes/ä b.txt")), message.clone()], more].concat()
    };
    let cases: Vec<(&str, Vec<(&str, Argument)>)> = vec![
        (
            "pulls/merge",
            vec![("branch", text("feat-123")), ("target", text("main")), ("merge_method", text("squash"))],
        ),
        ("issues/create-comment", vec![("issue", Argument::Int(8)), ("body", text("a\nb"))]),
        (
            "pulls/create",
            vec![
                ("branch", text("work")),
                ("target", text("main")),
                ("title", text("Work")),
                ("body", text("x")),
            ],
        ),
        ("repos/create-deployment", vec![("ref", text("main")), ("environment", text("staging"))]),
        ("git/create-ref", vec![("branch", text("by/hand")), ("sha", tip("docs-api-limits"))]),
        ("repos/create-or-update-file-contents", file(vec![("content", text("x\n"))])),
        ("repos/delete-file", file(vec![])),
        ("repos/merge", vec![("branch", text("main")), ("target", text("by/hand")), message.clone()]),
        ("git/create-ref", vec![("branch", text("behind")), ("sha", tip("main"))]),
        ("git/update-ref", vec![("branch", text("behind")), ("sha", ahead)]),
        ("pulls/update-branch", vec![("branch", text("docs-api-limits")), ("target", text("main"))]),
        ("git/delete-ref", vec![("branch", text("behind"))]),
    ];
    for (action, arguments) in cases {
        let operation = side.github.operation(&invocation(action, &id, "acme/backend", &arguments)).unwrap();
        let (facts, output) = side.carry_out(&operation).await;
        output.unwrap();
        let token = side.mint(&operation.look_up_scope()).await;
        let (now, mark) = (Side::now(), operation_id());
        side.github.look_up(&operation, &facts, &mark, &token, now, now).await.unwrap();
        side.github.destroy(token).await;
    }
    let token = side.mint(&Scope::listing()).await;
    let assertion = side.github.assertion(Side::now()).unwrap();
    side.github.check(&assertion, &token, &side.way, Side::now()).await.unwrap();
    side.github.destroy(token).await;
    let record = peer.record();
    assert_eq!(violations(&record, &["request", "response"]), Vec::<String>::new());
    let mut operations: BTreeMap<String, u64> = BTreeMap::new();
    for exchange in &record {
        *operations.entry(exchange["operation"].to_string()).or_default() += 1;
    }
    assert!(operations.len() > 20 && !operations.contains_key("null"), "{operations:?}");
}
