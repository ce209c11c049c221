//! The windows on systems where the toolkit is not linked. What cannot be asked there is a no: nothing is signed.

use bailiwick_keystore::SecretString;
use bailiwick_person::Shown;
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use tauri::AppHandle;

/// Shows what is to be signed; *Cancel* is the default.
pub(super) fn confirm(_: &AppHandle, shown: &Shown, answer: Sender<bool>) {
    let sign = "Sign".to_owned();
    let buttons = rfd::MessageButtons::OkCancelCustom("Cancel".to_owned(), sign.clone());
    let dialog = rfd::AsyncMessageDialog::new().set_title(&shown.title).set_description(shown.text());
    let shown = dialog.set_buttons(buttons).set_level(rfd::MessageLevel::Warning).show();
    tauri::async_runtime::spawn(async move {
        // Whoever asked may have gone.
        answer.send(shown.await == rfd::MessageDialogResult::Custom(sign)).ok();
    });
}

/// There is no native passphrase window yet: a key file is used from the command line here.
pub(super) fn passphrase(_: &AppHandle, _: &str, _: bool, answer: Sender<Option<SecretString>>) {
    tracing::error!("a key file's passphrase can be asked for on Linux only; use the keychain");
    answer.send(None).ok();
}

/// The file chooser.
pub(super) fn choose_file(_: &AppHandle, title: &str, answer: Sender<Option<PathBuf>>) {
    let chosen = rfd::AsyncFileDialog::new().set_title(title).pick_file();
    tauri::async_runtime::spawn(async move {
        answer.send(chosen.await.map(|file| file.path().to_owned())).ok();
    });
}

/// The system's message boxes cannot be closed from here; what is answered after a lock is not taken.
pub(super) fn dismiss() {}
