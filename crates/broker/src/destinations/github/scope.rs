//! The scope of one credential: one repository and named permissions, always explicit.

use std::collections::BTreeMap;
use std::fmt;

use bailiwick_authority::Value;

/// How far a permission goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// May look.
    Read,
    /// May look and change.
    Write,
}

impl Level {
    /// GitHub's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Read => "read",
            Level::Write => "write",
        }
    }
}

/// Permissions by GitHub's names.
pub type Permissions = &'static [(&'static str, Level)];

/// What a credential may reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    repository: Option<u64>,
    permissions: Permissions,
}

impl Scope {
    /// Some permissions on one repository.
    pub(crate) fn of(repository: u64, permissions: Permissions) -> Scope {
        Scope { repository: Some(repository), permissions }
    }

    /// The names of all repositories of the installation, and nothing in them: for checking a connection.
    pub fn listing() -> Scope {
        Scope { repository: None, permissions: &[("metadata", Level::Read)] }
    }

    /// The repository's id; `None` for [`Scope::listing`].
    pub fn repository(&self) -> Option<u64> {
        self.repository
    }

    /// The permissions asked for.
    pub fn permissions(&self) -> impl Iterator<Item = (&'static str, Level)> {
        self.permissions.iter().copied()
    }

    /// The level asked for under a name.
    pub fn level(&self, name: &str) -> Option<Level> {
        self.permissions().find_map(|(asked, level)| (asked == name).then_some(level))
    }

    /// As receipts have it: `{"repositories": [id], "permissions": {name: level}}`, with
    /// `"repositories": "all"` for [`Scope::listing`].
    pub fn to_value(&self) -> Value {
        let repositories = match self.repository {
            Some(id) => Value::List(i64::try_from(id).map(Value::Int).into_iter().collect()),
            None => Value::from("all"),
        };
        let permissions = self.permissions().map(|(name, level)| (name, Value::from(level.as_str())));
        Value::object([("repositories", repositories), ("permissions", Value::object(permissions))])
    }

    /// The body that asks for it.
    pub(crate) fn to_request(&self) -> serde_json::Value {
        let permissions: BTreeMap<_, _> =
            self.permissions().map(|(name, level)| (name, level.as_str())).collect();
        match self.repository {
            Some(id) => serde_json::json!({"repository_ids": [id], "permissions": permissions}),
            None => serde_json::json!({"permissions": permissions}),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let permissions: Vec<String> =
            self.permissions().map(|(name, level)| format!("{name}:{}", level.as_str())).collect();
        f.write_str(&permissions.join(", "))
    }
}
