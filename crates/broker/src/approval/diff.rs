//! The change that a request is about, read from what its facts were read from: nothing is fetched again, so
//! what is shown is what was judged.

use crate::broker::{Broker, store_error};
use bailiwick_authority::{Digest, Value};
use bailiwick_ledger::StoreError;
use bailiwick_protocol::{ApiError, Diff, DiffFile, ErrorCode};
use rusqlite::{OptionalExtension as _, params};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The most bytes of patches that one answer carries.
const MOST_BYTES: usize = 2 << 20;

/// A file as the destination lists it.
#[derive(Debug, Deserialize)]
struct Row {
    filename: String,
    #[serde(default)]
    previous_filename: Option<String>,
    status: String,
    #[serde(default)]
    additions: u64,
    #[serde(default)]
    deletions: u64,
    #[serde(default)]
    patch: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Comparison {
    #[serde(default)]
    files: Vec<Row>,
}

impl Broker {
    /// The change behind a request. Noted as evidence that was opened, while it waits.
    pub(crate) async fn diff(&self, target: Digest) -> Result<Diff, ApiError> {
        let none = || {
            ApiError::new(
                ErrorCode::NotFound,
                format!("there is no change behind {target}"),
                "only merges have one",
            )
        };
        let row = self.journal.matter(&target).map_err(store_error)?.ok_or_else(none)?;
        let (facts, decided) = (row.facts.ok_or_else(none)?, row.decided.ok_or_else(none)?);
        let text = |name: &str| facts.get(name).and_then(Value::as_str).map(str::to_owned);
        let (base, head) = (text("base").ok_or_else(none)?, text("head").ok_or_else(none)?);
        let paths = match facts.get("changed_paths") {
            Some(Value::List(paths)) => paths.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => return Err(none()),
        };
        let rows = self.rows_of(&decided).map_err(store_error)?;
        self.journal
            .write(move |transaction| {
                transaction
                    .connection()
                    .prepare_cached(
                        "UPDATE pending SET opened = opened + 1 WHERE target = ?1 AND state = 'waiting'",
                    )?
                    .execute(params![target.as_bytes()])?;
                Ok(())
            })
            .await
            .map_err(store_error)?;
        let protected = self.protected(&paths);
        Ok(assemble((base, head), rows, &paths, &protected))
    }

    /// The files of the answers that the facts were read from: of the pull request's own listing, or of the
    /// comparison where there is none.
    fn rows_of(&self, decided: &Value) -> Result<Vec<Row>, StoreError> {
        let Some(Value::List(commitments)) = decided.get("observations") else { return Ok(Vec::new()) };
        let (mut listed, mut compared) = (Vec::new(), Vec::new());
        for commitment in commitments.iter().filter_map(|one| one.as_str()?.parse::<Digest>().ok()) {
            let Some(bytes) = self.body(&commitment)? else { continue };
            let Some((head, body)) = split(&bytes) else { continue };
            if head.contains("/compare/") {
                compared.extend(
                    serde_json::from_slice::<Comparison>(body).map(|one| one.files).unwrap_or_default(),
                );
            } else if head.contains("/pulls/") && head.contains("/files?") {
                listed.extend(serde_json::from_slice::<Vec<Row>>(body).unwrap_or_default());
            }
        }
        Ok(if listed.is_empty() { compared } else { listed })
    }

    fn body(&self, commitment: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.journal.store().read(|connection| {
            let mut query = connection.prepare_cached("SELECT bytes FROM body WHERE commitment = ?1")?;
            Ok(query.query_row([commitment.as_bytes()], |row| row.get(0)).optional()?)
        })
    }

    fn protected(&self, paths: &BTreeSet<String>) -> BTreeSet<String> {
        let policy = self.policy.read().clone();
        let protected = policy.map(|(_, policy)| policy.protected(paths.iter().map(String::as_str)));
        protected.unwrap_or_default().into_iter().collect()
    }
}

fn assemble(
    (base, head): (String, String),
    rows: Vec<Row>,
    paths: &BTreeSet<String>,
    protected: &BTreeSet<String>,
) -> Diff {
    let both = rows.iter().flat_map(|row| [Some(&row.filename), row.previous_filename.as_ref()]).flatten();
    let seen: BTreeSet<&String> = both.collect();
    let mut complete = paths.iter().all(|path| seen.contains(path));
    let mut room = MOST_BYTES;
    let files = rows.into_iter().map(|row| {
        let left = row.patch.as_ref().and_then(|patch| room.checked_sub(patch.len()));
        let patch = row.patch.filter(|_| left.is_some());
        room = left.unwrap_or(room);
        complete &= patch.is_some() || row.additions + row.deletions == 0;
        let is_protected = |path: &String| protected.contains(path);
        DiffFile {
            protected: is_protected(&row.filename)
                || row.previous_filename.as_ref().is_some_and(is_protected),
            path: row.filename,
            from: row.previous_filename,
            status: row.status,
            added: row.additions,
            removed: row.deletions,
            patch,
        }
    });
    let files: Vec<DiffFile> = files.collect();
    Diff { base, head, files, complete }
}

/// What was asked, and what was answered.
fn split(bytes: &[u8]) -> Option<(String, &[u8])> {
    let at = bytes.iter().position(|byte| *byte == b'\n')?;
    let (head, body) = bytes.split_at_checked(at)?;
    let path = Value::parse_any_size(head).ok()?.get("path")?.as_str()?.to_owned();
    Some((path, body.split_first().map_or(&[], |(_, body)| body)))
}
