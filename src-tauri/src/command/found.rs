//! The first run: key, genesis, shipped policy, pins.

use super::profile::{self, ProfileView};
use crate::asking::Windows;
use crate::failure::Failure;
use crate::shell::Shell;
use bailiwick_person::founding::{Founding, KeyPlace, found};
use serde::Deserialize;
use tauri::{AppHandle, State};

/// Where the key is to rest, as the page says it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Place {
    Keychain,
    KeyFile,
}

#[tauri::command]
pub(crate) async fn found_realm(
    name: String,
    place: Place,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<ProfileView, Failure> {
    let profile = shell.profile()?;
    let named = name.parse().map_err(|why| Failure::bad_value("a person's name", &name, why))?;
    let founding = Founding {
        name: Some(named),
        place: match place {
            Place::Keychain => KeyPlace::Keychain,
            Place::KeyFile => KeyPlace::File(None),
        },
        identities: Vec::new(),
        policy_data: None,
    };
    found(founding, &profile, Windows::of(&app)).await?;
    profile::view(&shell).await
}
