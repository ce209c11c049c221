//! The profile: who the person is, where the key rests, what is configured. Works without a broker.

use crate::failure::Failure;
use crate::shell::Shell;
use bailiwick_keystore::{Keychain, KeychainOptions};
use bailiwick_person::KeyCard;
use bailiwick_person::configured::{self, Row};
use bailiwick_person::founding::user_name;
use bailiwick_person::proving;
use serde::Serialize;
use tauri::State;

/// This profile as the console knows it.
#[derive(Serialize)]
pub(crate) struct ProfileView {
    data_dir: Option<String>,
    version: &'static str,
    person: Option<String>,
    key: Option<KeyView>,
    realm: Option<String>,
    user: String,
    keychain: Option<Failure>,
    /// Where else a key can be made.
    places: &'static [&'static str],
    /// What is behind the door beyond what always is.
    offers: Vec<&'static str>,
}

/// The person's delegation key.
#[derive(Serialize)]
struct KeyView {
    place: &'static str,
    #[serde(rename = "where")]
    rests: String,
    public: String,
    id: String,
}

#[tauri::command]
pub(crate) async fn profile(shell: State<'_, Shell>) -> Result<ProfileView, Failure> {
    view(&shell).await
}

/// The profile as it is now.
pub(super) async fn view(shell: &Shell) -> Result<ProfileView, Failure> {
    let profile = shell.profile()?;
    let key = match profile.config.key_card(&profile.places) {
        Some(card) => Some(key_view(&KeyCard::load(&card)?)?),
        None => None,
    };
    // The keychain may take its time to answer.
    let keychain = tauri::async_runtime::spawn_blocking(keychain_trouble)
        .await
        .map_err(|error| Failure::defect(error.to_string()))?;
    Ok(ProfileView {
        data_dir: shell.data_dir().map(|folder| folder.display().to_string()),
        version: env!("CARGO_PKG_VERSION"),
        person: profile.config.person().map(|name| name.to_string()),
        key,
        realm: profile.config.pins.genesis.clone(),
        user: user_name().map(|name| name.to_string()).unwrap_or_default(),
        keychain,
        places: if cfg!(target_os = "linux") { &["passkey", "security-key"] } else { &["passkey"] },
        offers: offers(),
    })
}

/// What this console has; a proof only where the prover lies beside it.
fn offers() -> Vec<&'static str> {
    let mut offers = vec!["approvals", "policy", "people", "session"];
    offers.extend(proving::program().is_ok().then_some("proof"));
    offers
}

fn key_view(key: &KeyCard) -> Result<KeyView, Failure> {
    let public = key.public()?;
    let place = match key.kind() {
        "file" => "key-file",
        other => other,
    };
    Ok(KeyView { place, rests: key.place(), public: public.to_line(), id: public.id().to_string() })
}

/// Why there is no keychain that answers, if there is none.
fn keychain_trouble() -> Option<Failure> {
    let error = Keychain::open(KeychainOptions::PERSON).err()?;
    Some(bailiwick_person::Failure::from(error).into())
}

#[tauri::command]
pub(crate) async fn settings(shell: State<'_, Shell>) -> Result<Vec<Row>, Failure> {
    let from = if shell.data_dir().is_some() { "command line" } else { "default" };
    Ok(configured::rows(&shell.profile()?, from))
}
