//! The story signed with touches: a real Chromium, and a real Firefox, with a virtual authenticator enrols, delegates,
//! approves and revokes; the broker, the offline verification and a relying party that we did not write agree on it.

use super::person::{Person, Program};
use crate::desk::Ran;
use crate::stage::{BACKEND, until};
use bailiwick_authority::{Assertion, AssertionError, Digest, Envelope, Kind, PublicKey, Roster, Unverified};
use bailiwick_client::Console;
use bailiwick_keystore::ExposeSecret as _;
use bailiwick_practice::{Options, Range, Seed};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use std::path::Path;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const MERGE: [&str; 8] =
    ["--json", "request", "github.merge", "--as", "ci-bot", "--repo", BACKEND, "target=main"];

const HALT: [&str; 3] = ["--json", "halt", "--yes"];

fn good(ran: &Ran) -> Json {
    assert_eq!(ran.exit, 0, "{ran:?}");
    serde_json::from_str(&ran.out).unwrap_or(Json::Null)
}

/// Every envelope of the ledger that persons signed, and the kind of each.
async fn persons_statements(console: &Console) -> Vec<(Kind, Envelope)> {
    let page = console.ledger(0, 1_000).await.unwrap();
    let envelopes = page.entries.iter().filter_map(|entry| entry.envelope.as_ref());
    let read = envelopes.map(|envelope| Envelope::parse(envelope.as_bytes()).unwrap());
    let kinds =
        [Kind::Roster, Kind::Policy, Kind::Connection, Kind::Capability, Kind::Approval, Kind::Revocation];
    read.filter_map(|envelope| Some((Kind::of(&envelope)?, envelope)))
        .filter(|(kind, _)| kinds.contains(kind))
        .collect()
}

/// The one key of the genesis.
fn key_of(genesis: &Envelope) -> PublicKey {
    let roster = Unverified::<Roster>::read(genesis.clone()).unwrap();
    roster.body().persons[0].keys[0].key.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_a_passkey_lives_the_story_in_chromium() {
    a_person_with_a_passkey_lives_the_story(Program::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_a_passkey_lives_the_story_in_firefox() {
    a_person_with_a_passkey_lives_the_story(Program::Firefox).await;
}

async fn a_person_with_a_passkey_lives_the_story(program: Program) {
    let range = Range::start(Seed::story(), Options::default()).await.unwrap();
    let person = Person::at(program).await;
    let session = &person.session;
    let pem = session.path("work").join("app.pem");
    std::fs::write(&pem, range.app().private_key_pem().expose_secret()).unwrap();
    let open = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/practice/data.json");

    // The key is made on one page, and signs the genesis and the policy on two more.
    let init = ["--json", "init", "--passkey", "--name", "ada", "--policy-data", open.to_str().unwrap()];
    let (ran, pages) = person.touching(&init, 3).await;
    let founded = good(&ran);
    assert_eq!(founded["key"]["kind"], "passkey");
    assert_eq!(pages[0]["end"]["headline"], "The key was made");
    for page in &pages[1..] {
        assert_eq!(page["end"]["headline"], "Signed", "{page}");
        // The secret left the address before anything else happened.
        assert_eq!(page["shown"]["address"], "http://bailiwick.localhost:7311/");
    }
    let connect = [
        "--json",
        "connect",
        "github",
        "--app-id",
        &range.app().app_id().to_string(),
        "--installation",
        &range.app().installation_id().to_string(),
        "--key",
        pem.to_str().unwrap(),
        "--api",
        range.url(),
    ];
    good(&person.touching(&connect, 1).await.0);
    good(&session.run(&["--json", "agent", "new", "ci-bot"]).await);
    let delegate = [
        "--json",
        "delegate",
        "--to",
        "ci-bot",
        "--allow",
        "github.merge",
        "--repo",
        BACKEND,
        "--arg",
        "target=main",
        "--for",
        "8h",
    ];
    let (ran, pages) = person.touching(&delegate, 1).await;
    let delegated = good(&ran);
    // What the page showed is the statement that is in the ledger: its digest, words and every field.
    let digest: Digest = delegated["capability"].as_str().unwrap().parse().unwrap();
    assert_eq!(pages[0]["shown"]["code"], bailiwick_card::code(&digest).join(" "));
    let lines = pages[0]["shown"]["lines"].as_array().unwrap();
    assert!(lines.iter().any(|line| line[1].as_str().unwrap().contains(BACKEND)), "{lines:?}");

    // What agents do waits for a person now, and a touch is the person's yes.
    session.asks_about_everything().await;
    let activate = ["--json", "policy", "activate", "ours", "--yes", "--without-proof"];
    good(&person.touching(&activate, 1).await.0);
    let merging = person.begins(&[&MERGE[..], &["branch=feat-123"]].concat());
    let waits = until("the merge waits", async || {
        let pending = good(&session.run(&["--json", "pending"]).await);
        Some(pending[0]["target"].as_str()?.to_owned())
    })
    .await;
    let (ran, pages) = person.touching(&["--json", "approve", &waits], 1).await;
    good(&ran);
    // The page shows what the answer is about, whole, with the words that stand on the card.
    let page = &pages[0]["shown"];
    assert!(page["headline"].as_str().unwrap().starts_with("Approve: Merge feat-123 into main"), "{page}");
    assert_eq!(page["code"], bailiwick_card::code(&waits.parse().unwrap()).join(" "));
    let lines = page["lines"].as_array().unwrap();
    assert!(
        lines.iter().any(|line| line[0] == "request.arguments.branch" && line[1] == "feat-123"),
        "{page}"
    );
    let merged = merging.await.unwrap().unwrap();
    assert_eq!(merged.status.code(), Some(0), "{merged:?}");

    let (ran, _) = person.touching(&["--json", "revoke", "agent", "ci-bot", "--yes"], 1).await;
    good(&ran);
    let refused = session.run(&[&MERGE[..], &["branch=docs-api-limits"]].concat()).await;
    assert_eq!(refused.exit, 3, "a revoked agent is refused: {refused:?}");

    // The receipt names the person, and how well the key was kept.
    let verified = good(&session.run(&["--json", "verify"]).await);
    assert!(verified["entries"].as_u64().unwrap() >= 8, "{verified}");
    let receipts = good(&session.run(&["--json", "receipts"]).await);
    let merged = receipts.as_array().unwrap().last().unwrap()["receipt"].as_str().unwrap();
    let receipt = session.run(&["--json", "receipts", merged]).await;
    assert_eq!(receipt.exit, 0, "{receipt:?}");
    assert!(receipt.out.contains("\"ada\"") && receipt.out.contains("device-bound"), "{receipt:?}");

    // A relying party that we did not write says the same of every one of them.
    let statements = persons_statements(&session.console().await).await;
    let kinds: Vec<&str> = statements.iter().map(|(kind, _)| kind.as_str()).collect();
    let signed = ["roster", "policy", "connection", "capability", "policy", "approval", "revocation"];
    assert_eq!(kinds, signed);
    let key = key_of(&statements[0].1);
    let cases: Vec<String> =
        statements.iter().map(|(_, envelope)| case(&key, envelope).to_string()).collect();
    assert_eq!(relying_party(&session.path("cases"), &cases), (vec!["verified".to_owned(); signed.len()], 0));
    // An assertion made for one statement is nobody's signature of another, to either.
    let moved: Vec<String> = (0..statements.len())
        .map(|one| {
            let other = &statements[(one + 1) % statements.len()].1;
            let (envelope, assertion) = (&statements[one].1, other.signature());
            assert!(!key.verifies(&envelope.pre_authentication_encoding(), assertion));
            let moved =
                Envelope::new(envelope.payload_type(), envelope.payload().to_vec(), assertion.to_vec());
            case(&key, &moved).to_string()
        })
        .collect();
    let (said, failed) = relying_party(&session.path("cases"), &moved);
    assert_eq!(failed, moved.len(), "{said:?}");
    session.end_broker().await;
}

pub(super) fn case(key: &PublicKey, envelope: &Envelope) -> Json {
    json!({
        "public": STANDARD.encode(key.bytes()),
        "payload_type": envelope.payload_type(),
        "payload": STANDARD.encode(envelope.payload()),
        "signature": STANDARD.encode(envelope.signature()),
    })
}

/// What PyPI's `fido2` says of these cases, and how many it refused.
pub(super) fn relying_party(file: &Path, cases: &[String]) -> (Vec<String>, usize) {
    std::fs::write(file, cases.join("\n")).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/relying_party.py");
    let output = std::process::Command::new("python3").arg(script).arg(file).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let said: Vec<String> = said.lines().map(str::to_owned).collect();
    assert_eq!(said.len(), cases.len() + 1, "{}", String::from_utf8_lossy(&output.stderr));
    let verdicts = said[..cases.len()].to_vec();
    let refused = verdicts.iter().filter(|verdict| verdict.starts_with("refused")).count();
    (verdicts, refused)
}

/// A page of somebody else's on another port of the same host.
async fn somebody_elses_page() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 8_192];
            // Whatever is asked, the page is the same.
            if stream.read(&mut head).await.unwrap_or(0) == 0 {
                continue;
            }
            let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\nConnection: close\r\n\r\n<h1>Hello!</h1>";
            stream.write_all(page.as_bytes()).await.ok();
        }
    });
    format!("http://bailiwick.localhost:{port}/")
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_elsewhere_and_pages_that_were_used_get_nothing_in_chromium() {
    pages_elsewhere_and_pages_that_were_used_get_nothing(Program::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_elsewhere_and_pages_that_were_used_get_nothing_in_firefox() {
    pages_elsewhere_and_pages_that_were_used_get_nothing(Program::Firefox).await;
}

async fn pages_elsewhere_and_pages_that_were_used_get_nothing(program: Program) {
    let person = Person::at(program).await;
    let session = &person.session;
    let (ran, pages) = person.touching(&["--json", "init", "--passkey", "--name", "ada"], 3).await;
    good(&ran);
    assert_eq!(pages.len(), 3);
    let statements = persons_statements(&session.console().await).await;
    let key = key_of(&statements[0].1);
    let enrolment = key.as_webauthn().unwrap().enrolment();

    // Another port of the same host may touch the key, and what it gets is no signature here.
    let elsewhere = somebody_elses_page().await;
    let statement = Digest::of(b"a statement of somebody else's");
    let options = json!({
        "rp_id": enrolment.rp_id,
        "challenge": STANDARD.encode(statement.as_bytes()),
        "credential": STANDARD.encode(&enrolment.credential),
    });
    let stolen = person.does(json!({ "steal": elsewhere, "options": options })).await;
    let raw = |name: &str| STANDARD.decode(stolen[name].as_str().unwrap_or_default()).unwrap();
    let assertion = Assertion {
        authenticator_data: raw("authenticator_data"),
        client_data: raw("client_data"),
        signature: raw("signature"),
    };
    assert!(!assertion.signature.is_empty(), "the key was touched there: {stolen}");
    let verdict = key.as_webauthn().unwrap().check(&statement, &assertion);
    assert_eq!(verdict, Err(AssertionError::Origin));

    // While a statement waits, its page is shown in no other page, and its address is worth one visit.
    let halt = person.begins(&HALT);
    let page = person.next_page().await;
    let framed = person.does(json!({ "frame": elsewhere, "inside": page })).await;
    assert!(!framed["body"].as_str().unwrap_or_default().contains("Bailiwick"), "{framed}");
    let shown = person.does(json!({ "look": page })).await;
    assert!(shown["shown"]["headline"].as_str().unwrap().to_lowercase().contains("halt"), "{shown}");
    let again = person.does(json!({ "sign": page })).await;
    assert_eq!(again["end"]["headline"], "There is nothing to do here");
    person.breaks_off(halt).await;

    // A key that verifies nobody signs nothing.
    person.does(json!({ "verified": false })).await;
    let halt = person.begins(&HALT);
    let page = person.next_page().await;
    let unverified = person.does(json!({ "sign": page })).await;
    assert_ne!(unverified["end"]["headline"], "Signed", "{unverified}");
    person.breaks_off(halt).await;
    person.does(json!({ "verified": true })).await;

    // The person says no: nothing is signed, and the program says so.
    let halt = person.begins(&HALT);
    let page = person.next_page().await;
    person.does(json!({ "decline": page })).await;
    let output = halt.await.unwrap().unwrap();
    assert_ne!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing was signed"), "{output:?}");
    let kinds = persons_statements(&session.console().await).await.len();
    assert_eq!(kinds, statements.len(), "nothing was added");
    session.end_broker().await;
}
