//! What the broker knows, as it says it.

use crate::failure::Failure;
use crate::shell::Shell;
use bailiwick_protocol::{CapabilityView, OperationView};
use tauri::State;

/// The most rows that one call answers.
pub(super) const MOST_ROWS: u64 = 1_000;

#[tauri::command]
pub(crate) async fn operations(
    limit: u64,
    before: Option<u64>,
    shell: State<'_, Shell>,
) -> Result<Vec<OperationView>, Failure> {
    Ok(shell.console().await?.0.operations(limit.clamp(1, MOST_ROWS), before).await?)
}

#[tauri::command]
pub(crate) async fn operation(id: String, shell: State<'_, Shell>) -> Result<OperationView, Failure> {
    Ok(shell.console().await?.0.operation(&id).await?)
}

#[tauri::command]
pub(crate) async fn capabilities(shell: State<'_, Shell>) -> Result<Vec<CapabilityView>, Failure> {
    Ok(shell.console().await?.0.capabilities().await?)
}
