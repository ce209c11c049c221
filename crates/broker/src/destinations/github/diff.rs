//! The change itself, for a person to look at: an observation, bound by the commits that the facts name.
//!
//! Bounded, and honest about it: `complete` is said only where every file came with its whole patch, which is counted
//! and not believed. What it shows decides nothing.

use bailiwick_authority::Value;
use bailiwick_protocol::{Diff, DiffFile};

use super::act::{other_facts, sha};
use super::answer::{PatchRow, PatchedAnswer};
use super::call::Caller;
use super::catalogue::{Action, Operation};
use super::evidence::At;
use super::failure::Failure;
use super::refusal::Refusal;

/// The most patches that are handed on, in bytes.
const MAX_PATCHES_BYTES: usize = 2 << 20;
/// Where GitHub stops listing a comparison's files.
const MAX_FILES: usize = 300;
/// The blob of an empty file.
const EMPTY: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

/// The comparison of the two commits, which cannot be of another state.
pub(super) async fn diff(caller: &Caller<'_>, operation: &Operation, facts: &Value) -> Result<Diff, Failure> {
    let Action::Merge { .. } = operation.action() else {
        return Err(caller.refused(Refusal::NoDiff));
    };
    let (base, head) = (sha(facts, "base"), sha(facts, "head"));
    let (base, head) = base.zip(head).ok_or_else(other_facts)?;
    let at = At::of(operation);
    let found: PatchedAnswer = caller.get(&format!("{}/compare/{base}...{head}", at.base)).await?;
    Ok(bounded(found.files, base, head))
}

fn bounded(rows: Vec<PatchRow>, base: &str, head: &str) -> Diff {
    let mut complete = rows.len() < MAX_FILES;
    let mut room = MAX_PATCHES_BYTES;
    let files = rows.into_iter().map(|row| {
        let whole = is_whole(&row);
        let patch = row.patch.filter(|patch| patch.len() <= room);
        room -= patch.as_ref().map_or(0, String::len);
        complete &= whole && (patch.is_some() || (row.additions, row.deletions) == (0, 0));
        DiffFile {
            path: row.filename,
            from: row.previous_filename,
            status: row.status,
            protected: false,
            added: row.additions,
            removed: row.deletions,
            patch,
        }
    });
    let files = files.collect();
    Diff { base: base.to_owned(), head: head.to_owned(), files, complete }
}

/// Whether the patch says all that changed in a file. Without one, that is so of a mere renaming and of an empty file.
fn is_whole(row: &PatchRow) -> bool {
    match &row.patch {
        Some(patch) => {
            let lines = |sign| u64::try_from(patch.lines().filter(|line| line.starts_with(sign)).count());
            (lines('+'), lines('-')) == (Ok(row.additions), Ok(row.deletions))
        }
        None => {
            let empty =
                row.sha.as_deref() == Some(EMPTY) && matches!(row.status.as_str(), "added" | "removed");
            (row.additions, row.deletions) == (0, 0) && (row.status == "renamed" || empty)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(status: &str, counts: (u64, u64), patch: Option<&str>) -> PatchRow {
        PatchRow {
            filename: "a".into(),
            previous_filename: None,
            status: status.into(),
            additions: counts.0,
            deletions: counts.1,
            sha: None,
            patch: patch.map(str::to_owned),
        }
    }

    #[test]
    fn a_diff_is_complete_only_if_every_patch_is_whole() {
        let complete = |rows: Vec<PatchRow>| bounded(rows, "b", "h").complete;
        let good = || row("modified", (1, 1), Some("@@ -1 +1 @@\n-a\n+b"));
        assert!(complete(vec![good(), row("renamed", (0, 0), None)]));
        assert!(complete(vec![PatchRow { sha: Some(EMPTY.into()), ..row("added", (0, 0), None) }]));
        for (case, other) in [
            ("a binary file", row("modified", (0, 0), None)),
            ("a patch that was left out", row("modified", (9_000, 0), None)),
            ("a patch that was cut", row("modified", (2, 1), Some("@@ -1 +1,2 @@\n-a\n+b"))),
            (
                "a patch beyond the bound",
                row("added", (1, 0), Some(&format!("+{}", "x".repeat(MAX_PATCHES_BYTES)))),
            ),
        ] {
            assert!(!complete(vec![good(), other]), "{case}");
        }
        assert!(!complete(vec![good(); MAX_FILES]));
        let large = row("added", (1, 0), Some(&format!("+{}", "x".repeat(MAX_PATCHES_BYTES / 2))));
        let diff = bounded(vec![large.clone(), large.clone(), large, good()], "b", "h");
        let shown: Vec<bool> = diff.files.iter().map(|file| file.patch.is_some()).collect();
        assert_eq!(shown, [true, false, false, true]);
    }
}
