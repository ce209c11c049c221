//! The head of the ledger that was seen last, so that one which lost entries or was forked is noticed.
//!
//! It is kept in the configuration folder, away from the broker's data: whoever rolls those back does not
//! roll back this.

use crate::failure::Failure;
use bailiwick_authority::Digest;
use bailiwick_protocol::Places;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::PathBuf;

/// A head and how many entries led to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownHead {
    /// How many entries.
    pub entries: u64,
    /// The head after the last of them.
    pub head: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadFile {
    realm: String,
    entries: u64,
    head: String,
}

fn path(places: &Places) -> PathBuf {
    places.config.join("last-head.json")
}

impl KnownHead {
    /// The head that was seen last of this realm.
    pub fn read(places: &Places, realm: &Digest) -> Result<Option<KnownHead>, Failure> {
        let path = path(places);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::file("read", &path, &error)),
        };
        let damaged = || {
            Failure::unverified(
                format!("`{}` is damaged, so the head that was seen last is not known", path.display()),
                "restore it from a backup; deleting it gives up noticing a ledger that was rolled back",
            )
        };
        let file: HeadFile = serde_json::from_str(&text).map_err(|_| damaged())?;
        if file.realm != realm.to_string() {
            return Ok(None);
        }
        let head = file.head.parse().map_err(|_| damaged())?;
        Ok(Some(KnownHead { entries: file.entries, head }))
    }

    /// Remembers this head, whole or not at all.
    pub fn write(&self, places: &Places, realm: &Digest) -> Result<(), Failure> {
        let path = path(places);
        let file = HeadFile { realm: realm.to_string(), entries: self.entries, head: self.head.to_string() };
        let text = serde_json::to_string(&file).map_err(|error| Failure::defect(error.to_string()))?;
        let draft = path.with_extension(format!("json.{}.new", std::process::id()));
        crate::agent_folder::create_private_folder(&places.config)?;
        std::fs::write(&draft, text + "\n")
            .and_then(|()| std::fs::rename(&draft, &path))
            .map_err(|error| Failure::file("write", &path, &error))
    }
}
