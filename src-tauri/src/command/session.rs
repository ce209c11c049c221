//! Signing in, and the lock.

use crate::asking::Windows;
use crate::failure::Failure;
use crate::session::{self, SessionView};
use crate::shell::Shell;
use bailiwick_person::Steward;
use tauri::{AppHandle, State};

#[tauri::command]
pub(crate) async fn session(shell: State<'_, Shell>) -> Result<SessionView, Failure> {
    Ok(session::view(&shell))
}

/// Signs a reading session of this person.
#[tauri::command]
pub(crate) async fn sign_in(app: AppHandle, shell: State<'_, Shell>) -> Result<SessionView, Failure> {
    let (console, status, realm) = shell.realm().await?;
    let steward = Steward::of(&shell.profile()?, Windows::of(&app))?;
    shell.session.open(bailiwick_person::sign_in(&console, &steward, realm, &status).await?);
    Ok(session::view(&shell))
}

#[tauri::command]
pub(crate) async fn lock(app: AppHandle, shell: State<'_, Shell>) -> Result<SessionView, Failure> {
    session::lock(&app);
    Ok(session::view(&shell))
}

/// Somebody touched the page. It keeps open what is open.
#[tauri::command]
pub(crate) async fn touched(shell: State<'_, Shell>) -> Result<(), Failure> {
    shell.session.touch(shell.idle());
    Ok(())
}
