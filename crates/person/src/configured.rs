//! Every value that a profile goes by, and where it comes from.

use crate::agent_folder::AgentFolder;
use crate::key_card::KeyCard;
use crate::profile::Profile;
use bailiwick_client::Config;
use bailiwick_keystore::KeyLocation;
use serde::Serialize;
use std::path::Path;

/// A value and its origin: `default`, `file`, `flag` or `environment`.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its name: `broker.start`.
    pub name: &'static str,
    /// The value, if there is one.
    pub value: Option<String>,
    /// Where it comes from.
    pub from: &'static str,
}

/// For how many minutes the console keeps a closed window.
pub fn keep_window_minutes(config: &Config) -> u64 {
    config.console.keep_window_minutes.unwrap_or(5)
}

/// How many seconds nobody need touch the console until it locks. Ten minutes, or less if so configured.
pub fn lock_after_seconds(config: &Config) -> u64 {
    config.console.lock_after_seconds.unwrap_or(LOCK_AFTER_SECONDS).min(LOCK_AFTER_SECONDS)
}

/// The longest time that nobody touches an open console, in seconds.
const LOCK_AFTER_SECONDS: u64 = 600;

/// Every value. `folders` says where the profile's folder was named.
pub fn rows(profile: &Profile, folders: &'static str) -> Vec<Row> {
    let (places, config) = (&profile.places, &profile.config);
    let row = |name, value: String, from| Row { name, value: Some(value), from };
    let of_file = |name, value: Option<String>| Row {
        name,
        from: if value.is_some() { "file" } else { "default" },
        value,
    };
    let path = |path: &Path| path.display().to_string();
    let mut rows = vec![
        Row { name: "data-dir", value: profile.data_dir.as_deref().map(path), from: folders },
        row("places.data", path(&places.data), folders),
        row("places.config", path(&places.config), folders),
        row("places.log", path(&places.log), folders),
        row("places.run", path(&places.run), folders),
        row("places.config_file", path(&places.config_file()), folders),
        row("places.ledger", path(&places.ledger()), folders),
        row("places.console_socket", path(&places.console_socket()), folders),
        match std::env::var_os("BAILIWICK_AGENT_SOCKET") {
            Some(socket) => row("places.agent_socket", socket.to_string_lossy().into(), "environment"),
            None => row("places.agent_socket", path(&places.agent_socket()), folders),
        },
        of_file("person.name", config.person.name.clone()),
        of_file("person.key", config.person.key.as_deref().map(path)),
        of_file("pins.genesis", config.pins.genesis.clone()),
        of_file("pins.broker_key", config.pins.broker_key.clone()),
        if profile.start {
            Row {
                name: "broker.start",
                value: Some(config.broker.start.unwrap_or(true).to_string()),
                from: if config.broker.start.is_some() { "file" } else { "default" },
            }
        } else {
            row("broker.start", "false".into(), "flag")
        },
        Row {
            name: "broker.roots",
            value: Some(config.broker.roots.clone().unwrap_or_else(|| "keychain".into())),
            from: if config.broker.roots.is_some() { "file" } else { "default" },
        },
        Row {
            name: "console.keep_window_minutes",
            value: Some(keep_window_minutes(config).to_string()),
            from: if config.console.keep_window_minutes.is_some() { "file" } else { "default" },
        },
        Row {
            name: "console.lock_after_seconds",
            value: Some(lock_after_seconds(config).to_string()),
            from: if config.console.lock_after_seconds.is_some() { "file" } else { "default" },
        },
        row("keychain.profile", bailiwick_client::profile(places), folders),
    ];
    // The card says where the key rests; without it there is no key to show.
    if let Some(card) = config.key_card(places).and_then(|card| KeyCard::load(&card).ok()) {
        let place = match &card {
            KeyCard::Kept(key) => match key.location() {
                KeyLocation::Keychain(item) => format!("the keychain as {item}"),
                KeyLocation::File(file) => path(file),
            },
            KeyCard::Touched { .. } => card.place(),
        };
        rows.push(row("person.key_rests", place, "file"));
    }
    let agents = AgentFolder::of(places).names().unwrap_or_default();
    let agents: Vec<String> = agents.iter().map(ToString::to_string).collect();
    rows.push(row("agents", agents.join(", "), folders));
    rows
}
