//! Receipts: rows for the list, and one in full, checked with the broker key that was pinned.

use super::reading::MOST_ROWS;
use crate::failure::Failure;
use crate::shell::Shell;
use bailiwick_authority::{Receipt, Unverified};
use bailiwick_person::receipt::verified;
use bailiwick_protocol::OperationView;
use serde::Serialize;
use serde_json::Value;
use tauri::State;

/// One row of the list.
#[derive(Serialize)]
pub(crate) struct ReceiptRow {
    operation: String,
    receipt: String,
    sentence: String,
    action: String,
    connection: String,
    resource: String,
    person: Option<String>,
    path: Vec<String>,
    outcome: String,
    why: Option<String>,
    received: u64,
    elapsed_ms: u64,
}

/// One receipt, read from its envelope.
#[derive(Serialize)]
pub(crate) struct ReceiptView {
    digest: String,
    broken: Option<String>,
    checked_with: String,
    issued: u64,
    body: Value,
    envelope: String,
    /// Where persons were asked: the four words of that request.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<[&'static str; 4]>,
}

#[tauri::command]
pub(crate) async fn receipts(
    limit: u64,
    before: Option<u64>,
    shell: State<'_, Shell>,
) -> Result<Vec<ReceiptRow>, Failure> {
    let (console, _) = shell.console().await?;
    let operations = console.operations(limit.clamp(1, MOST_ROWS), before).await?;
    Ok(operations.into_iter().filter_map(row).collect())
}

fn row(view: OperationView) -> Option<ReceiptRow> {
    let (receipt, outcome) = (view.receipt?, view.outcome?);
    let refused = view.refusals.first().map(|one| one.missing.first().unwrap_or(&one.title).clone());
    Some(ReceiptRow {
        operation: view.id,
        receipt,
        sentence: view.sentence,
        action: view.action,
        connection: view.connection,
        resource: view.resource.name,
        person: view.person,
        path: view.path,
        outcome,
        why: refused.or(view.reason.map(|reason| reason.message)),
        received: view.received,
        elapsed_ms: view.elapsed_ms,
    })
}

#[tauri::command]
pub(crate) async fn receipt(digest: String, shell: State<'_, Shell>) -> Result<ReceiptView, Failure> {
    let (console, status) = shell.console().await?;
    let envelope = console.statement(&digest).await?;
    let key = shell.profile()?.config.pins.broker_key.unwrap_or(status.broker_key);
    read(digest, envelope, key)
}

/// What the envelope says, and whether it is what was asked for and signed with this key.
fn read(digest: String, envelope: String, key: String) -> Result<ReceiptView, Failure> {
    let claimed: Unverified<Receipt> = Unverified::parse(envelope.as_bytes()).map_err(|why| {
        Failure::new("not-verified", format!("this is not a receipt: {why}"), "verify the ledger")
    })?;
    let broken = match verified(&envelope, &key) {
        Ok(signed) if signed.digest().to_string() == digest => None,
        Ok(_) => Some("the broker handed out another receipt than the one that was asked for".to_owned()),
        Err(failure) => Some(failure.message),
    };
    let statement: Value = serde_json::from_slice(claimed.envelope().payload())
        .map_err(|error| Failure::defect(error.to_string()))?;
    let body = statement.get("predicate").cloned().unwrap_or(Value::Null);
    let issued = claimed.common().issued.seconds();
    let code = claimed.body().request.map(|request| bailiwick_card::code(&request));
    Ok(ReceiptView { digest, broken, checked_with: key, issued, body, envelope, code })
}
