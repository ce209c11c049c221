//! The account after the kills: journal, ledger and destination tell one story.

use super::deed::Deed;
use crate::stage::{Books, CredentialRow, Launch, Stage, bailiwick};
use bailiwick_practice::TokenLife;
use std::collections::{BTreeMap, HashMap, HashSet};

pub(super) async fn settle(stage: &Stage, deeds: &[Deed]) {
    let books = Books::open(&stage.places().ledger());
    let receipts = about(&books, "receipt");
    let findings = about(&books, "finding");
    for (operation, statements) in receipts.iter().chain(&findings) {
        assert_eq!(statements.len(), 1, "{operation} has {} receipts or findings", statements.len());
    }
    outcomes(stage, deeds, &receipts).await;
    grounds(&books);
    uses(&books);
    acts(&books, &receipts, &findings);
    credentials(&books, &stage.control().minted());
    let summary = stage.verify().await;
    verify_by_command(stage, summary.entries).await;
    println!(
        "{} requests, {} receipts, {} findings, {} tokens minted, {} entries verified",
        deeds.len(),
        receipts.len(),
        findings.len(),
        stage.control().minted().len(),
        summary.entries
    );
}

/// The statements of a kind, by the operation that they are about.
fn about(books: &Books, kind: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in books.entries(kind) {
        let operation = entry.payload["predicate"]["operation"].as_str().unwrap().to_owned();
        found.entry(operation).or_default().push(entry.statement);
    }
    found
}

/// What each request ended as is what the destination has, and it happened at most once.
async fn outcomes(stage: &Stage, deeds: &[Deed], receipts: &BTreeMap<String, Vec<String>>) {
    let (console, control) = (stage.console().await, stage.control());
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for deed in deeds {
        let id = &deed.view.as_ref().unwrap().id;
        let view = console.operation(id).await.unwrap();
        let outcome = view.outcome.clone().unwrap();
        let happened = deed.happened(&control);
        assert!(happened <= 1, "{:?} happened {happened} times", deed.wish);
        assert_eq!(happened == 1, outcome == "succeeded", "{:?} ended as {outcome}: {view:?}", deed.wish);
        let receipt = view.receipt.expect("every operation has a receipt");
        assert!(receipts[id].contains(&receipt), "the receipt of {id} is not in the ledger");
        if let Some((told, _)) = &deed.told {
            assert_eq!(*told, receipt, "an acknowledged receipt was lost");
        }
        *ends.entry(outcome).or_default() += 1;
    }
    println!("ended as: {ends:?}");
}

/// What was only reserved was given back; what was carried out, or may have been, counts.
fn uses(books: &Books) {
    let (reserved, committed): (i64, i64) = books
        .connection()
        .query_row("SELECT SUM(reserved), SUM(committed) FROM capability", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!((reserved, committed), (0, i64::try_from(books.acts().len()).unwrap()), "uses are miscounted");
}

/// The receipt of whatever was carried out names what it rested on, also where the broker that decided is gone.
fn grounds(books: &Books) {
    let acts: HashSet<String> = books.acts().into_iter().map(|act| act.operation).collect();
    for entry in books.entries("receipt") {
        let said = &entry.payload["predicate"];
        assert_eq!(said["person"], "steward", "{said}");
        if acts.contains(said["operation"].as_str().unwrap()) {
            assert!(said["policy"].is_string() && said["decision"].is_object(), "no grounds: {said}");
            assert!(said["facts"].is_object() && !said["effects"].as_array().unwrap().is_empty(), "{said}");
            assert!(!said["observations"].as_array().unwrap().is_empty(), "{said}");
        }
    }
}

/// Every act that was intended has an outcome, or a finding in its place.
fn acts(books: &Books, receipts: &BTreeMap<String, Vec<String>>, findings: &BTreeMap<String, Vec<String>>) {
    for act in books.acts() {
        assert!(receipts.contains_key(&act.operation), "an act without a receipt: {act:?}");
        let known = act.outcome.as_ref().is_some_and(|outcome| outcome["outcome"] != "unknown");
        assert_ne!(
            known,
            findings.contains_key(&act.operation),
            "an act has either an outcome or a finding: {act:?}"
        );
    }
}

/// Every token that the destination minted was intended on disk first, for the scope that it has; what
/// the journal calls dead is dead, and what lives on is known to.
fn credentials(books: &Books, minted: &[TokenLife]) {
    let rows: Vec<CredentialRow> =
        books.credentials().into_iter().filter(|row| row.kind == "installation-token").collect();
    let mut purposes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.purpose != "finding") {
        *purposes.entry((&row.operation, &row.purpose)).or_default() += 1;
    }
    assert!(purposes.values().all(|count| *count == 1), "two tokens for one purpose: {purposes:?}");
    let longest = rows.iter().filter_map(|row| row.life_ms).max().unwrap_or(0);
    assert!(longest < 15_000, "a token lived {longest} ms");
    let by_digest: HashMap<&str, &CredentialRow> =
        rows.iter().filter_map(|row| Some((row.sha256.as_deref()?, row))).collect();
    let mut taken = HashSet::new();
    let (mut known, mut lost) = (0, 0);
    for token in minted {
        if let Some(row) = by_digest.get(token.sha256.as_str()) {
            known += 1;
            assert!(fits(row, token), "a token beyond its intent: {row:?}, {token:?}");
            let dead = row.end.as_deref().is_some_and(|end| end.starts_with("revoked"));
            assert!(!(dead && token.alive), "the journal calls a live token dead: {row:?}");
            assert!(row.end.is_some(), "a token without an end: {row:?}");
            continue;
        }
        // Killed before its digest was on disk: one intent without a digest must stand for it.
        let intent = rows.iter().enumerate().find(|(index, row)| {
            row.sha256.is_none()
                && !taken.contains(index)
                && fits(row, token)
                && (0..=30).contains(&(token.minted.as_second() - row.requested))
        });
        let (index, row) = intent.unwrap_or_else(|| panic!("a token without an intent: {token:?}"));
        assert_eq!(row.end.as_deref(), Some("value-lost"), "{row:?}");
        taken.insert(index);
        lost += 1;
    }
    println!("the longest life that a broker saw to its end: {longest} ms");
    println!("{known} tokens by their digest, {lost} by an intent whose answer the kill cut off");
}

fn fits(row: &CredentialRow, token: &TokenLife) -> bool {
    let repositories = row.scope["repositories"].as_array().map(|ids| {
        ids.iter().map(|id| id.as_u64().or_else(|| id.as_str()?.parse().ok()).unwrap()).collect::<Vec<_>>()
    });
    let asked: BTreeMap<String, String> = serde_json::from_value(row.scope["permissions"].clone()).unwrap();
    let given: BTreeMap<String, String> =
        serde_json::from_value(serde_json::to_value(&token.permissions).unwrap()).unwrap();
    // GitHub adds `metadata: read` to whatever is asked. A token that is narrower belongs to another intent.
    let without = |all: &BTreeMap<String, String>| {
        all.iter()
            .filter(|(name, _)| *name != "metadata")
            .map(|(n, l)| (n.clone(), l.clone()))
            .collect::<Vec<_>>()
    };
    repositories == token.repositories && without(&given) == without(&asked)
}

/// As a person does it: `bailiwick verify`, held against the genesis and the broker's key.
async fn verify_by_command(stage: &Stage, entries: u64) {
    let status = stage.console().await.status().await.unwrap();
    let output = Launch::default()
        .command(&bailiwick())
        .arg("--data-dir")
        .arg(&stage.folder)
        .args(["--json", "--no-start", "verify", "--genesis", &stage.founded().realm.to_string()])
        .args(["--broker-key", &status.broker_key])
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(report["entries"], entries, "{report}");
}

/// An account that notices nothing proves nothing: books that were tampered with do not add up.
#[tokio::test(flavor = "multi_thread")]
async fn books_that_do_not_add_up_are_noticed() {
    let stage = Stage::start().await;
    let holder = stage.delegate().await;
    stage.prepare("accounted").await;
    let view = stage.merge(&holder, "accounted").await.unwrap();
    assert_eq!(view.outcome.as_deref(), Some("succeeded"));
    let minted = stage.control().minted();
    let adds_up = |tampering: &str| {
        let books = Books::copy(&stage.places().ledger());
        books.connection().execute_batch(tampering).unwrap();
        let check = std::panic::AssertUnwindSafe(|| {
            let (receipts, findings) = (about(&books, "receipt"), about(&books, "finding"));
            grounds(&books);
            uses(&books);
            acts(&books, &receipts, &findings);
            credentials(&books, &minted);
        });
        std::panic::catch_unwind(check).is_ok()
    };
    assert!(adds_up(""));
    for tampering in [
        "DELETE FROM credential WHERE purpose = 'operation' AND kind = 'installation-token'",
        "UPDATE credential SET scope = json_set(scope, '$.permissions', json('{\"contents\":\"read\"}'))",
        "UPDATE credential SET end = NULL",
        "UPDATE credential SET sha256 = NULL, requested = requested - 60",
        "UPDATE act SET outcome = NULL",
        "DELETE FROM leaf WHERE kind = 'receipt'",
        "UPDATE capability SET reserved = 1",
        "UPDATE capability SET committed = 0",
    ] {
        assert!(!adds_up(tampering), "nobody noticed this: {tampering}");
    }
}
