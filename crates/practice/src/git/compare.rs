//! What lies between two commits: how far apart they are, and which files changed since they parted.

use std::collections::HashMap;

use super::{GitError, Sha};

/// One changed file, as GitHub lists it.
#[derive(Clone, Debug)]
pub(crate) struct FileChange {
    pub(crate) path: String,
    /// Where it was before, for a rename or a copy.
    pub(crate) previous: Option<String>,
    /// GitHub's word: `added`, `removed`, `modified`, `renamed`, `copied`, `changed`.
    pub(crate) status: &'static str,
    pub(crate) additions: u64,
    pub(crate) deletions: u64,
    /// The blob after the change; the one before it for a removal.
    pub(crate) blob: Sha,
    /// The unified diff without its header; none for a binary or very large file.
    pub(crate) patch: Option<String>,
}

/// The three-dot comparison of a base and a head. Immutable for two object names.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    pub(crate) merge_base: Sha,
    /// Commits of the head that the base lacks, oldest first.
    pub(crate) ahead: Vec<Sha>,
    /// How many commits of the base the head lacks.
    pub(crate) behind: u64,
    pub(crate) files: Vec<FileChange>,
}

impl Comparison {
    pub(crate) fn additions(&self) -> u64 {
        self.files.iter().map(|f| f.additions).sum()
    }

    pub(crate) fn deletions(&self) -> u64 {
        self.files.iter().map(|f| f.deletions).sum()
    }
}

/// GitHub leaves out the patch of a file above about this size.
const LONGEST_PATCH: usize = 100_000;

/// Reads `git diff --raw --numstat -z`, and the patches of the same diff in the same order.
pub(super) fn files(summary: &[u8], patches: &[u8]) -> Result<Vec<FileChange>, GitError> {
    let text = String::from_utf8_lossy(summary);
    let mut fields = text.split('\0').peekable();
    let mut files = Vec::new();
    while fields.peek().is_some_and(|field| field.starts_with(':')) {
        files.push(raw(&mut fields).ok_or(GitError::Unreadable("diff"))?);
    }
    let mut counts = HashMap::new();
    while fields.peek().is_some_and(|field| !field.is_empty()) {
        let (path, additions, deletions) = numstat(&mut fields).ok_or(GitError::Unreadable("diff"))?;
        counts.insert(path, (additions, deletions));
    }
    let patches = String::from_utf8_lossy(patches);
    let mut sections = sections(&patches).into_iter();
    for file in &mut files {
        if let Some((additions, deletions)) = counts.get(&file.path) {
            file.additions = *additions;
            file.deletions = *deletions;
        }
        file.patch = sections.next().flatten();
    }
    Ok(files)
}

/// `:100644 100644 <old> <new> R090`, then the path, and for a rename the new path.
fn raw<'a>(fields: &mut impl Iterator<Item = &'a str>) -> Option<FileChange> {
    let mut head = fields.next()?.strip_prefix(':')?.split(' ').skip(2);
    let (old, new, letter) = (head.next()?, head.next()?, head.next()?.chars().next()?);
    let first = fields.next()?.to_owned();
    let (status, previous, path) = match letter {
        'A' => ("added", None, first),
        'D' => ("removed", None, first),
        'R' => ("renamed", Some(first), fields.next()?.to_owned()),
        'C' => ("copied", Some(first), fields.next()?.to_owned()),
        'T' => ("changed", None, first),
        _ => ("modified", None, first),
    };
    let blob = Sha::parse(if letter == 'D' { old } else { new })?;
    Some(FileChange { path, previous, status, additions: 0, deletions: 0, blob, patch: None })
}

/// `3 TAB 1 TAB path`, or for a rename `3 TAB 1 TAB`, the old path, the new path. `-` stands for binary.
fn numstat<'a>(fields: &mut impl Iterator<Item = &'a str>) -> Option<(String, u64, u64)> {
    let mut parts = fields.next()?.splitn(3, '\t');
    let mut count = || parts.next().map(|n| n.parse().unwrap_or(0));
    let (additions, deletions) = (count()?, count()?);
    let path = match parts.next()? {
        "" => {
            fields.next()?;
            fields.next()?.to_owned()
        }
        path => path.to_owned(),
    };
    Some((path, additions, deletions))
}

/// The body of each file's section: from its first `@@` on, or nothing.
fn sections(patches: &str) -> Vec<Option<String>> {
    let mut all: Vec<Vec<&str>> = Vec::new();
    let mut inside = false;
    for line in patches.split('\n') {
        if line.starts_with("diff --git ") {
            all.push(Vec::new());
            inside = false;
            continue;
        }
        inside |= line.starts_with("@@ ");
        if inside && let Some(section) = all.last_mut() {
            section.push(line);
        }
    }
    all.into_iter()
        .map(|lines| {
            let body = lines.join("\n").trim_end_matches('\n').to_owned();
            (!body.is_empty() && body.len() <= LONGEST_PATCH).then_some(body)
        })
        .collect()
}
