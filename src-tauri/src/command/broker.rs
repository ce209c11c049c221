//! The broker: whether it is there, and starting the one that lies beside the console.

use crate::failure::Failure;
use crate::shell::Shell;
use bailiwick_protocol::Status;
use tauri::State;

#[tauri::command]
pub(crate) async fn status(shell: State<'_, Shell>) -> Result<Status, Failure> {
    Ok(shell.console().await?.1)
}

#[tauri::command]
pub(crate) async fn start_broker(shell: State<'_, Shell>) -> Result<Status, Failure> {
    let profile = shell.profile()?;
    let (_, status, _) = profile.console_unpinned().await?;
    if status.realm.is_some() {
        profile.check_pins(&status)?;
    }
    Ok(status)
}
