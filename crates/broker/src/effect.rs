//! What an action does, as a type that policy speaks.

use bailiwick_authority::Text;
use std::fmt;
use std::str::FromStr;

/// An effect of an operation, with what it is on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Reads what the credential reaches.
    Reads,
    /// Moves a ref, by its full name: `refs/heads/main`.
    MovesRef(String),
    /// Makes code run somewhere, CI included.
    RunsCode,
    /// Makes something visible to others.
    Publishes,
    /// Deploys to an environment.
    Deploys(String),
    /// Changes settings of the destination.
    ChangesSettings,
    /// Shows something to those who could not see it.
    Discloses,
    /// Costs money.
    Spends,
    /// Removes something.
    Deletes,
}

impl Effect {
    /// The effect's name without what it is on; the name of its group of actions in the Cedar schema.
    pub fn name(&self) -> &'static str {
        match self {
            Effect::Reads => "reads",
            Effect::MovesRef(_) => "moves_ref",
            Effect::RunsCode => "runs_code",
            Effect::Publishes => "publishes",
            Effect::Deploys(_) => "deploys",
            Effect::ChangesSettings => "changes_settings",
            Effect::Discloses => "discloses",
            Effect::Spends => "spends",
            Effect::Deletes => "deletes",
        }
    }

    /// As receipts write it; `None` when what it is on cannot be written as a text.
    pub fn to_text(&self) -> Option<Text> {
        self.to_string().parse().ok()
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Effect::MovesRef(on) | Effect::Deploys(on) => write!(f, "{}({on})", self.name()),
            _ => f.write_str(self.name()),
        }
    }
}

impl FromStr for Effect {
    type Err = String;

    /// Reads what [`fmt::Display`] writes: `publishes`, `moves_ref(refs/heads/main)`.
    fn from_str(text: &str) -> Result<Effect, String> {
        let (name, on) = match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
            Some((name, on)) => (name, Some(on.to_owned())),
            None => (text, None),
        };
        match (name, on) {
            ("reads", None) => Ok(Effect::Reads),
            ("moves_ref", Some(on)) => Ok(Effect::MovesRef(on)),
            ("runs_code", None) => Ok(Effect::RunsCode),
            ("publishes", None) => Ok(Effect::Publishes),
            ("deploys", Some(on)) => Ok(Effect::Deploys(on)),
            ("changes_settings", None) => Ok(Effect::ChangesSettings),
            ("discloses", None) => Ok(Effect::Discloses),
            ("spends", None) => Ok(Effect::Spends),
            ("deletes", None) => Ok(Effect::Deletes),
            _ => Err(format!("`{}` is no effect as `moves_ref(refs/heads/main)`", text.escape_default())),
        }
    }
}
