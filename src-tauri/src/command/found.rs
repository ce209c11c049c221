//! The first run: key, genesis, shipped policy, pins. It is a sign-in, too.

use super::profile::{self, ProfileView};
use crate::asking::Windows;
use crate::failure::Failure;
use crate::session;
use crate::shell::Shell;
use crate::told::{Told, tell};
use bailiwick_authority::MAX_SESSION_SECONDS;
use bailiwick_person::founding::{Founding, KeyPlace, found};
use bailiwick_person::moment;
use serde::Deserialize;
use tauri::{AppHandle, State};

/// Where a key is to rest, as the page says it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Place {
    Keychain,
    KeyFile,
    Passkey,
    SecurityKey,
}

impl From<Place> for KeyPlace {
    fn from(place: Place) -> KeyPlace {
        match place {
            Place::Keychain => KeyPlace::Keychain,
            Place::KeyFile => KeyPlace::File(None),
            Place::Passkey => KeyPlace::Passkey,
            Place::SecurityKey => KeyPlace::SecurityKey,
        }
    }
}

#[tauri::command]
pub(crate) async fn found_realm(
    name: String,
    place: Place,
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Result<ProfileView, Failure> {
    let profile = shell.profile()?;
    let founded = found(founding(&name, place)?, &profile, Windows::of(&app)).await;
    // Who has just signed the genesis here needs no further signature to read; also if the policy is missing.
    if profile.config.genesis().is_none() && shell.profile()?.config.genesis().is_some() {
        shell.session.open(moment::now()?.plus(MAX_SESSION_SECONDS).seconds());
        tell(&app, &Told::Session { session: session::view(&shell) });
    }
    founded?;
    profile::view(&shell).await
}

/// What a person who begins here has filled in.
pub(super) fn founding(name: &str, place: Place) -> Result<Founding, Failure> {
    let named = name.parse().map_err(|why| Failure::bad_value("a person's name", name, why))?;
    Ok(Founding { name: Some(named), place: place.into(), identities: Vec::new(), policy_data: None })
}
