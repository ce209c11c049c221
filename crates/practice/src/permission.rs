//! Permissions of Apps and tokens: which exist, and which of them answers a request.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How far a permission goes. `write` includes `read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// May look.
    Read,
    /// May look and change.
    Write,
    /// May look, change and administer; only a few organisation permissions know it.
    Admin,
}

impl Level {
    /// GitHub's word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// Reads GitHub's word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }
}

/// Permission names and how far each goes.
pub type Permissions = BTreeMap<String, Level>;

/// The repository permissions that the range's routes ask for.
pub(crate) const REPOSITORY: [&str; 10] = [
    "actions",
    "administration",
    "checks",
    "contents",
    "deployments",
    "environments",
    "issues",
    "metadata",
    "pull_requests",
    "statuses",
];

/// Whether `held` reaches `level` for `name`.
pub(crate) fn reaches(held: &Permissions, name: &str, level: Level) -> bool {
    held.get(name).is_some_and(|&have| have >= level)
}

/// Every repository permission at one level: what a person's token carries for a role.
pub(crate) fn all(level: Level) -> Permissions {
    REPOSITORY.iter().map(|&name| (name.to_owned(), level)).collect()
}
