//! Connections: asking what one may do, choosing an App's key, signing one.

use crate::asking::{self, Windows};
use crate::failure::Failure;
use crate::shell::Shell;
use bailiwick_authority::{Connection, GitHubApp, Name};
use bailiwick_keystore::SecretString;
use bailiwick_person::connecting::{self, Root};
use bailiwick_person::{Steward, moment};
use bailiwick_protocol::ConnectionCheck;
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::path::Path;
use tauri::{AppHandle, State};

/// The longest key file that is read, in bytes.
const MAX_KEY_BYTES: u64 = 64 * 1024;

/// An App's private key that the person chose; it stays in the shell under this handle.
#[derive(Serialize)]
pub(crate) struct ChosenKey {
    handle: String,
    file_name: String,
    fingerprint: String,
}

/// A GitHub App to connect.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GitHubDraft {
    name: String,
    api: String,
    app: u64,
    installation: u64,
    key: String,
}

#[tauri::command]
pub(crate) async fn check_connection(
    name: String,
    shell: State<'_, Shell>,
) -> Result<ConnectionCheck, Failure> {
    Ok(shell.console().await?.0.check(&name).await?)
}

#[tauri::command]
pub(crate) async fn choose_app_key(
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<Option<ChosenKey>, Failure> {
    let Some(path) = asking::choose_file(&app, "Choose the App's private key (PEM)").await? else {
        return Ok(None);
    };
    let secret = read_key(&path)?;
    let fingerprint = connecting::fingerprint(&secret)?.to_string();
    let handle = moment::nonce()?.to_string();
    let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut chosen = shell.chosen.lock().map_err(|_| Failure::defect("a choice broke off"))?;
    chosen.clear();
    chosen.insert(handle.clone(), secret);
    Ok(Some(ChosenKey { handle, file_name, fingerprint }))
}

/// A key file, as a secret.
pub(super) fn read_key(path: &Path) -> Result<SecretString, Failure> {
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(MAX_KEY_BYTES).read_to_string(&mut text));
    // The string's buffer moves into the secret, which is zeroised when dropped.
    let read = read.map(|_| SecretString::from(text));
    read.map_err(|error| bailiwick_person::Failure::file("read", path, &error).into())
}

#[tauri::command]
pub(crate) async fn connect_github(
    draft: GitHubDraft,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<ConnectionCheck, Failure> {
    let name: Name =
        draft.name.parse().map_err(|why| Failure::bad_value("a connection's name", &draft.name, why))?;
    let secret = shell.chosen.lock().ok().and_then(|chosen| chosen.get(&draft.key).cloned());
    let secret =
        secret.ok_or_else(|| Failure::bad_value("a chosen key", &draft.key, "choose the key file again"))?;
    let (console, status, realm) = shell.realm().await?;
    let connection = Connection {
        series: name.clone(),
        previous: connecting::current(&status, &name)?,
        api: draft.api.trim_end_matches('/').to_owned(),
        github: GitHubApp { app: draft.app, installation: draft.installation },
        root: connecting::fingerprint(&secret)?,
        certificate_authority: None,
        proxy: None,
    };
    let (profile, asker) = (shell.profile()?, Windows::of(&app));
    let steward = Steward::of(&profile, asker.clone())?;
    let unsigned = steward.write(realm, &connection)?;
    let policy = connecting::policy_change(&console, &status, &steward, realm, false).await?;
    let consent = steward.ask(connecting::shown(&unsigned, policy.as_ref())).await?;
    let root = Root { secret, profile: &profile, asker: Some(asker) };
    connecting::conclude(&console, &steward, unsigned, policy, &consent, Some(root)).await?;
    if let Ok(mut chosen) = shell.chosen.lock() {
        chosen.clear();
    }
    Ok(console.check(name.as_str()).await?)
}
