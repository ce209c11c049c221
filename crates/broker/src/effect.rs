//! What an action does, as a type that policy speaks.

use bailiwick_authority::Text;
use std::fmt;

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
