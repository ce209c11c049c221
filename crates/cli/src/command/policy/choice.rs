//! Which policy is meant: sets that are shipped, a folder that somebody wrote, or both together.

use crate::failure::Failure;
use bailiwick_broker::policy::{SCHEMA, SETS, SetTexts, compose, shipped};
use bailiwick_protocol::PolicyTexts;
use clap::Args;
use std::io;
use std::path::{Path, PathBuf};

/// The texts of a policy.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Choice {
    /// A folder with `guard.cedar` and, if wanted, `ask.cedar`, `data.json` and `schema.cedarschema`
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// A shipped set; given several times, the sets hold together, and with a folder's
    #[arg(long = "set", value_name = "NAME")]
    pub(crate) sets: Vec<String>,
    /// Calendars, protected paths and zones from FILE instead of those of the sets and the folder
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,
}

/// A folder's texts; what is not there is empty.
struct Folder {
    guard: String,
    ask: String,
    data: String,
    schema: Option<String>,
}

impl Choice {
    /// Whether nothing was chosen.
    pub(crate) fn is_none(&self) -> bool {
        self.folder.is_none() && self.sets.is_empty()
    }

    /// As people call it: `ship-to-main, quiet-hours`.
    pub(crate) fn name(&self) -> String {
        let folder = self.folder.iter().map(|path| path.display().to_string());
        self.sets.iter().cloned().chain(folder).collect::<Vec<_>>().join(", ")
    }

    /// The texts, or `None` if nothing was chosen.
    pub(crate) fn texts(&self) -> Result<Option<PolicyTexts>, Failure> {
        if self.is_none() {
            return Ok(None);
        }
        let mut sets = Vec::new();
        for name in &self.sets {
            let set = shipped(name).ok_or_else(|| no_such_set(name))?;
            sets.push(set.texts);
        }
        let folder = self.folder.as_deref().map(Folder::read).transpose()?;
        let mut schema = SCHEMA;
        if let Some(folder) = &folder {
            schema = folder.schema.as_deref().unwrap_or(schema);
            let (guard, ask, data) = (&folder.guard, &folder.ask, &folder.data);
            sets.push(SetTexts { name: "the folder", guard, ask, data });
        }
        let data = match &self.data {
            None => None,
            Some(path) => Some(read(path).map_err(|(path, error)| Failure::file("read", &path, &error))?),
        };
        if let Some(data) = &data {
            sets.iter_mut().for_each(|set| set.data = "");
            sets.push(SetTexts { name: "the data", guard: "", ask: "", data });
        }
        // A schema that somebody wrote stays as it is.
        let own = folder.as_ref().is_some_and(|folder| folder.schema.is_some()) && self.sets.is_empty();
        let mut texts = compose(&sets, schema)
            .map_err(|problem| Failure::usage(problem.message, "the sets do not go together"))?;
        if own {
            schema.clone_into(&mut texts.schema);
        }
        Ok(Some(texts))
    }

    /// The texts; something must have been chosen.
    pub(crate) fn needed(&self) -> Result<PolicyTexts, Failure> {
        self.texts()?.ok_or_else(|| {
            Failure::usage(
                "no policy is named",
                format!("name a folder, or shipped sets with `--set`: {}", set_names()),
            )
        })
    }
}

impl Folder {
    fn read(path: &Path) -> Result<Folder, Failure> {
        let optional = |name: &str| match read(&path.join(name)) {
            Err((_, error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err((path, error)) => Err(Failure::file("read", &path, &error)),
            Ok(text) => Ok(Some(text)),
        };
        let guard =
            read(&path.join("guard.cedar")).map_err(|(path, error)| Failure::file("read", &path, &error))?;
        Ok(Folder {
            guard,
            ask: optional("ask.cedar")?.unwrap_or_default(),
            data: optional("data.json")?.unwrap_or_default(),
            schema: optional("schema.cedarschema")?,
        })
    }
}

fn read(path: &Path) -> Result<String, (PathBuf, io::Error)> {
    std::fs::read_to_string(path).map_err(|error| (path.to_owned(), error))
}

/// A name under which nothing is shipped.
pub(crate) fn no_such_set(name: &str) -> Failure {
    Failure::usage(format!("no set is shipped as `{name}`"), format!("the sets are {}", set_names()))
}

fn set_names() -> String {
    SETS.iter().map(|set| set.texts.name).collect::<Vec<_>>().join(", ")
}
