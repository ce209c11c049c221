//! Every path that a pull request changes, or a refusal.
//!
//! Two listings: the pull request's own files, complete up to 3,000, and the comparison of the two
//! commits, complete below 300, which is by commit and so cannot be of another state. They must agree
//! where both are complete, and one of them must be.

use std::collections::BTreeSet;

use super::At;
use crate::destinations::github::answer::{CompareAnswer, FileRow, PullAnswer};
use crate::destinations::github::call::Caller;
use crate::destinations::github::failure::Failure;
use crate::destinations::github::refusal::Refusal;

/// Where GitHub stops listing a pull request's files.
const MAX_FILES: usize = 3_000;
/// Where GitHub stops listing a comparison's files.
const MAX_COMPARED: usize = 300;

/// Both listings.
#[derive(Debug)]
pub(super) struct Listed {
    files: Vec<FileRow>,
    compared: Vec<FileRow>,
}

/// Fetches both listings.
pub(super) async fn changed(
    caller: &Caller<'_>,
    at: &At<'_>,
    number: u64,
    base: &str,
    head: &str,
) -> Result<Listed, Failure> {
    let files_path = format!("{}/pulls/{number}/files?per_page=100", at.base);
    let compare_path = format!("{}/compare/{base}...{head}", at.base);
    let (files, compared) =
        tokio::try_join!(caller.list::<FileRow>(&files_path), caller.get::<CompareAnswer>(&compare_path))?;
    Ok(Listed { files, compared: compared.files.unwrap_or_default() })
}

/// The paths, sorted, each once, if they are complete and not none.
pub(super) fn complete(
    caller: &Caller<'_>,
    listed: Listed,
    pull: &PullAnswer,
) -> Result<BTreeSet<String>, Failure> {
    judge(&listed, pull.changed_files).map_err(|refusal| caller.refused(refusal))
}

fn judge(listed: &Listed, counted: usize) -> Result<BTreeSet<String>, Refusal> {
    let Listed { files, compared } = listed;
    if counted >= MAX_FILES || files.len() >= MAX_FILES {
        return Err(Refusal::AtCap { what: "changed files", cap: MAX_FILES });
    }
    if files.len() != counted {
        return Err(Refusal::Contradictory("the changed files and their number"));
    }
    let (mut all, compared_paths) = (both(files), both(compared));
    let whole_comparison = compared.len() < MAX_COMPARED;
    // Some servers only compare: then the comparison alone must be complete.
    let only_compares = files.is_empty();
    if only_compares && !whole_comparison {
        return Err(Refusal::AtCap { what: "changed files", cap: MAX_COMPARED });
    }
    if !only_compares && whole_comparison && all != compared_paths {
        return Err(Refusal::Contradictory("the changed files and the comparison of the commits"));
    }
    all.extend(compared_paths);
    if all.is_empty() {
        return Err(Refusal::NothingToMerge);
    }
    Ok(all)
}

/// The paths of these files: a rename changes both.
pub(super) fn both(files: &[FileRow]) -> BTreeSet<String> {
    let names = |file: &FileRow| [Some(file.filename.clone()), file.previous_filename.clone()];
    files.iter().flat_map(names).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(range: std::ops::Range<usize>) -> Vec<FileRow> {
        range.map(|n| FileRow { filename: format!("f{n}"), previous_filename: None }).collect()
    }

    #[test]
    fn paths_are_complete_or_refused() {
        let renamed = || vec![FileRow { filename: "b".into(), previous_filename: Some("a".into()) }];
        let judged = |files, compared, counted| judge(&Listed { files, compared }, counted);
        assert_eq!(judged(renamed(), renamed(), 1).unwrap(), BTreeSet::from(["a".into(), "b".into()]));
        assert_eq!(judged(vec![], rows(0..2), 0).unwrap().len(), 2, "a server that only compares");
        assert_eq!(judged(rows(0..2_999), rows(0..300), 2_999).unwrap().len(), 2_999);
        let refused = [
            ("empty", vec![], vec![], 0),
            ("one listing lags", rows(0..2), rows(0..3), 2),
            ("other files", rows(0..2), rows(1..3), 2),
            ("fewer than counted", rows(0..2), rows(0..2), 3),
            ("more than counted", rows(0..2), rows(0..2), 1),
            ("none though counted", vec![], rows(0..1), 1),
            ("at the cap", rows(0..3_000), rows(0..300), 3_000),
            ("counted to the cap", rows(0..1), rows(0..300), 3_001),
            ("only a comparison at its cap", vec![], rows(0..300), 0),
        ];
        for (case, files, compared, counted) in refused {
            assert!(judged(files, compared, counted).is_err(), "{case}");
        }
    }
}
