//! What a roster may change of the one before it.
//!
//! Nobody and no key is ever left out, so that each roster says by itself who ever was somebody here: a
//! name is given once, and a key that has ended comes back in no later roster. A person leaves by having no
//! roles and no active key.

use crate::roster::{KeyEnd, Roster};

/// Why a roster does not follow another.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotASuccession {
    /// A person of the roster before is missing.
    #[error("`{0}` is left out; a person who leaves stays on the roster, without roles and with ended keys")]
    LostPerson(String),
    /// A key of the roster before is missing, or is another person's now.
    #[error("a key of `{0}` is left out; a key that is given up stays on the roster, with its end")]
    LostKey(String),
    /// What was said of a key when it was enrolled is said differently.
    #[error("what was enrolled of a key of `{0}` is changed")]
    ChangedKey(String),
    /// A key that had ended has ended less.
    #[error("the end of a key of `{0}` is taken back")]
    MilderEnd(String),
}

impl Roster {
    /// Whether this roster may follow `before`.
    pub fn succeeds(&self, before: &Roster) -> Result<(), NotASuccession> {
        for old in &before.persons {
            let name = || old.name.to_string();
            let person = self.persons.iter().find(|person| person.name == old.name);
            let person = person.ok_or_else(|| NotASuccession::LostPerson(name()))?;
            for key in &old.keys {
                let now = person.keys.iter().find(|one| one.key == key.key);
                let now = now.ok_or_else(|| NotASuccession::LostKey(name()))?;
                if (now.assurance, &now.enrolled) != (key.assurance, &key.enrolled) {
                    return Err(NotASuccession::ChangedKey(name()));
                }
                if !is_as_hard(key.end, now.end) {
                    return Err(NotASuccession::MilderEnd(name()));
                }
            }
        }
        Ok(())
    }
}

/// Whether an end is kept, or becomes harder: rotated, retired, compromised, and that since an earlier entry.
fn is_as_hard(before: Option<KeyEnd>, now: Option<KeyEnd>) -> bool {
    match (before, now) {
        (None, _) | (Some(KeyEnd::Rotated), Some(_)) => true,
        (Some(KeyEnd::Retired), Some(KeyEnd::Retired)) => true,
        (Some(KeyEnd::CompromisedSince(before)), Some(KeyEnd::CompromisedSince(now))) => now <= before,
        _ => false,
    }
}
