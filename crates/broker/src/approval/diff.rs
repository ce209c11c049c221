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

/// The blob of an empty file.
const EMPTY: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

/// A file as the destination lists it.
#[derive(Clone, Debug, Deserialize)]
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
    sha: Option<String>,
    #[serde(default)]
    patch: Option<String>,
}

impl Row {
    /// Whether the patch says all that changed, which is counted and not believed. Without one that is so of a
    /// mere renaming and of an empty file; a binary file looks like neither.
    fn is_whole(&self) -> bool {
        let Some(patch) = &self.patch else {
            let empty =
                self.sha.as_deref() == Some(EMPTY) && matches!(self.status.as_str(), "added" | "removed");
            return (self.additions, self.deletions) == (0, 0) && (empty || self.status == "renamed");
        };
        let lines = |sign| u64::try_from(patch.lines().filter(|line| line.starts_with(sign)).count());
        (lines('+'), lines('-')) == (Ok(self.additions), Ok(self.deletions))
    }
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
        let whole = row.is_whole();
        let left = row.patch.as_ref().and_then(|patch| room.checked_sub(patch.len()));
        let patch = row.patch.filter(|_| left.is_some());
        room = left.unwrap_or(room);
        complete &= whole && (patch.is_some() || (row.additions, row.deletions) == (0, 0));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn row(status: &str, counts: (u64, u64), patch: Option<&str>) -> Row {
        Row {
            filename: "a".into(),
            previous_filename: None,
            status: status.into(),
            additions: counts.0,
            deletions: counts.1,
            sha: None,
            patch: patch.map(str::to_owned),
        }
    }

    fn shown(rows: Vec<Row>) -> Diff {
        assemble(("b".into(), "h".into()), rows, &BTreeSet::from(["a".to_owned()]), &BTreeSet::new())
    }

    #[test]
    fn a_diff_is_complete_only_if_every_patch_is_whole() {
        let good = || row("modified", (1, 1), Some("@@ -1 +1 @@\n-a\n+b"));
        let large = |bytes: usize| row("added", (1, 0), Some(&format!("+{}", "x".repeat(bytes))));
        assert!(shown(vec![good(), row("renamed", (0, 0), None)]).complete);
        assert!(shown(vec![Row { sha: Some(EMPTY.into()), ..row("added", (0, 0), None) }]).complete);
        assert!(!shown(vec![]).complete, "a changed path that is not listed");
        for (case, other) in [
            ("a binary file", row("modified", (0, 0), None)),
            ("a patch that was left out", row("modified", (9_000, 0), None)),
            ("a patch that was cut", row("modified", (2, 1), Some("@@ -1 +1,2 @@\n-a\n+b"))),
            ("a patch beyond the bound", large(MOST_BYTES)),
        ] {
            assert!(!shown(vec![good(), other]).complete, "{case}");
        }
        let half = large(MOST_BYTES / 2);
        let diff = shown(vec![half.clone(), half.clone(), half, good()]);
        let patches: Vec<bool> = diff.files.iter().map(|file| file.patch.is_some()).collect();
        assert_eq!(patches, [true, false, false, true]);
    }
}
