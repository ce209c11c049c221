//! The one configuration file, `config.toml`: who the person is, where the delegation key is described,
//! which genesis and broker are pinned, and whether a broker is started when none runs.
//!
//! It holds nothing secret. Values are changed in place, so that what a person wrote beside them stays.

use bailiwick_authority::{Digest, Name, PublicKey};
use bailiwick_protocol::Places;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use toml_edit::DocumentMut;

const HEADER: &str = "# Bailiwick's configuration. `bailiwick config show` says every value and where it comes from;\n\
                      # docs/cli.md says what each one means. Nothing in here is secret.\n";

/// What the configuration file says. A value that is absent has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The person of this profile.
    pub person: PersonSection,
    /// What is recognised again.
    pub pins: PinsSection,
    /// The broker of this profile.
    pub broker: BrokerSection,
    /// The desktop console.
    pub console: ConsoleSection,
}

/// The desktop console.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsoleSection {
    /// For how many minutes a closed window is kept, so that it comes back at once; 5 when absent.
    pub keep_window_minutes: Option<u64>,
    /// After so many seconds without a touch the console locks; 600 when absent, and at most.
    pub lock_after_seconds: Option<u64>,
}

/// The person of this profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PersonSection {
    /// The person's name in the roster.
    pub name: Option<String>,
    /// The file that says where the delegation key rests; relative to the configuration folder.
    pub key: Option<PathBuf>,
}

/// What was seen once and must be the same ever after.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PinsSection {
    /// The genesis roster's statement digest, which names the realm.
    pub genesis: Option<String>,
    /// The broker's public key, `ed25519:<base64>`.
    pub broker_key: Option<String>,
}

/// The broker of this profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BrokerSection {
    /// Whether a command that needs the broker starts it when none runs; `true` when absent.
    pub start: Option<bool>,
    /// Where the broker has its root secrets from: `keychain` (when absent), `credentials` or `stdin`.
    pub roots: Option<String>,
}

/// Why the configuration was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read or written.
    #[error("cannot {action} the configuration `{}`: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// It is not the TOML that it should be.
    #[error("the configuration `{}` cannot be used: {why}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and what, in the parser's words.
        why: String,
    },
}

impl Config {
    /// Reads the configuration of `places`; an absent file is an empty one.
    pub fn read(places: &Places) -> Result<Config, ConfigError> {
        let path = places.config_file();
        let malformed = |why: String| ConfigError::Malformed { path: path.clone(), why };
        let config: Config = match std::fs::read_to_string(&path) {
            Ok(text) => toml_edit::de::from_str(&text)
                .map_err(|error| malformed(place(&text, error.span(), error.message())))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Config::default(),
            Err(source) => return Err(ConfigError::Io { action: "read", path, source }),
        };
        config.check().map_err(malformed)?;
        Ok(config)
    }

    /// Sets `section.key` in the file of `places` to `value`, durably, and leaves everything else.
    pub fn set(places: &Places, section: &str, key: &str, value: &str) -> Result<(), ConfigError> {
        let path = places.config_file();
        let failed = |action, source| ConfigError::Io { action, path: path.clone(), source };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => HEADER.to_owned(),
            Err(error) => return Err(failed("read", error)),
        };
        let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
            ConfigError::Malformed { path: path.clone(), why: place(&text, error.span(), error.message()) }
        })?;
        let table = document
            .entry(section)
            .or_insert_with(|| toml_edit::Item::Table(toml_edit::Table::new()))
            .as_table_like_mut()
            .ok_or_else(|| ConfigError::Malformed {
                path: path.clone(),
                why: format!("`{section}` is not a table"),
            })?;
        table.insert(key, toml_edit::value(value));
        create_private_folder(&places.config).map_err(|error| failed("make the folder of", error))?;
        replace(&path, document.to_string().as_bytes()).map_err(|error| failed("write", error))
    }

    /// The pinned genesis.
    pub fn genesis(&self) -> Option<Digest> {
        self.pins.genesis.as_ref().and_then(|text| text.parse().ok())
    }

    /// The pinned key of the broker.
    pub fn broker_key(&self) -> Option<PublicKey> {
        self.pins.broker_key.as_ref().and_then(|line| PublicKey::from_line(line).ok())
    }

    /// The person's name.
    pub fn person(&self) -> Option<Name> {
        self.person.name.as_ref().and_then(|name| name.parse().ok())
    }

    /// The file that describes the delegation key.
    pub fn key_card(&self, places: &Places) -> Option<PathBuf> {
        self.person.key.as_ref().map(|path| places.config.join(path))
    }

    /// A value that is there is a good one: a pin that cannot be read must never count as no pin.
    fn check(&self) -> Result<(), String> {
        let bad =
            |what: &str, text: &str, why: String| format!("`{what}` is `{}`: {why}", text.escape_debug());
        if let Some(text) = &self.pins.genesis {
            text.parse::<Digest>().map_err(|why| bad("pins.genesis", text, why.to_string()))?;
        }
        if let Some(text) = &self.pins.broker_key {
            PublicKey::from_line(text).map_err(|why| bad("pins.broker_key", text, why.to_string()))?;
        }
        if let Some(text) = &self.person.name {
            text.parse::<Name>().map_err(|why| bad("person.name", text, why.to_string()))?;
        }
        Ok(())
    }
}

/// A parser's message on one line, with the line that it is about.
fn place(text: &str, span: Option<std::ops::Range<usize>>, message: &str) -> String {
    let before = span.and_then(|span| text.get(..span.start));
    let message = message.lines().collect::<Vec<_>>().join(" ");
    match before {
        Some(before) => format!("line {}: {message}", before.matches('\n').count() + 1),
        None => message,
    }
}

/// What tells this profile's items in the keychain from another's: the absolute path of its data folder.
/// The broker and every client must use the same.
pub fn profile(places: &Places) -> String {
    places.data.to_string_lossy().into_owned()
}

/// Makes a folder and those above it; the folder itself is for its owner only.
fn create_private_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Puts `bytes` in place of the file: a crash leaves the old or the new one, never a torn one.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(format!("toml.{}.new", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(folder: &Path) -> Places {
        Places::of(Some(folder)).unwrap()
    }

    #[test]
    fn what_a_person_wrote_stays() {
        let folder = tempfile::tempdir().unwrap();
        let places = places(folder.path());
        assert_eq!(Config::read(&places).unwrap(), Config::default());
        Config::set(&places, "person", "name", "alice").unwrap();
        let mut text = std::fs::read_to_string(places.config_file()).unwrap();
        text.push_str("\n# mine\n[broker]\nstart = false # not here\n");
        std::fs::write(places.config_file(), text).unwrap();
        Config::set(&places, "person", "name", "bob").unwrap();
        let text = std::fs::read_to_string(places.config_file()).unwrap();
        assert!(text.contains("# mine") && text.contains("# not here"), "{text}");
        let config = Config::read(&places).unwrap();
        assert_eq!(config.person().unwrap().as_str(), "bob");
        assert_eq!(config.broker.start, Some(false));
    }

    #[test]
    fn a_pin_that_cannot_be_read_is_never_no_pin() {
        let folder = tempfile::tempdir().unwrap();
        let places = places(folder.path());
        std::fs::create_dir_all(&places.config).unwrap();
        for bad in [
            "[pins]\ngenesis = \"sha256:0\"",
            "[pins]\nbroker_key = \"ed25519:\"",
            "[pins]\ngenesys = \"x\"",
            "[person]\nname = \"A B\"",
            "[pins]\ngenesis = 3",
            "[pins",
        ] {
            std::fs::write(places.config_file(), bad).unwrap();
            assert!(matches!(Config::read(&places), Err(ConfigError::Malformed { .. })), "accepted {bad}");
        }
    }
}
