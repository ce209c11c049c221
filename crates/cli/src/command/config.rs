//! `config`: every value that this profile goes by, and where it comes from.

use crate::agent_folder::AgentFolder;
use crate::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Tone};
use crate::setting::Setting;
use bailiwick_keystore::{KeyLocation, PersonKey};
use clap::Subcommand;
use serde::Serialize;

/// What to do about the configuration.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Show every value and where it comes from
    Show,
}

/// A value and its origin: `default`, `file`, `flag` or `environment`.
#[derive(Debug, Serialize)]
struct Row {
    name: &'static str,
    value: Option<String>,
    from: &'static str,
}

pub(crate) fn run(verb: &Verb, setting: &Setting) -> Result<Exit, Failure> {
    let Verb::Show = verb;
    let rows = rows(setting);
    setting.output.result(&rows, || text(&setting.output, &rows))?;
    Ok(Exit::Done)
}

fn rows(setting: &Setting) -> Vec<Row> {
    let (places, config) = (&setting.places, &setting.config);
    let folders = setting.data_dir_from;
    let row = |name, value: String, from| Row { name, value: Some(value), from };
    let of_file = |name, value: Option<String>| Row {
        name,
        from: if value.is_some() { "file" } else { "default" },
        value,
    };
    let path = |path: &std::path::Path| path.display().to_string();
    let mut rows = vec![
        Row { name: "data-dir", value: setting.data_dir.as_deref().map(path), from: folders },
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
        if setting.start {
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
        row("keychain.profile", bailiwick_client::profile(places), folders),
    ];
    // The card says where the key rests; without it there is no key to show.
    if let Some(card) = config.key_card(places).and_then(|card| PersonKey::load(&card).ok()) {
        let place = match card.location() {
            KeyLocation::Keychain(item) => format!("the keychain as {item}"),
            KeyLocation::File(file) => path(file),
        };
        rows.push(row("person.key_rests", place, "file"));
    }
    let agents = AgentFolder::of(places).names().unwrap_or_default();
    let agents: Vec<String> = agents.iter().map(ToString::to_string).collect();
    rows.push(row("agents", agents.join(", "), folders));
    rows
}

fn text(output: &Output, rows: &[Row]) -> String {
    rows.iter()
        .map(|row| {
            let value = row.value.as_deref().filter(|value| !value.is_empty()).unwrap_or("-");
            format!(
                "{:<22} {}  {}\n",
                row.name,
                escape::line(value),
                output.tone(Tone::Dim, format_args!("({})", row.from))
            )
        })
        .collect()
}
