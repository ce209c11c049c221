//! A commit as git knows it, and how it is read.

use jiff::Timestamp;

use super::{GitError, Sha};

/// Who wrote or committed, and when.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) at: Timestamp,
}

/// One commit. Immutable, so it may be cached by its name for ever.
#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub(crate) sha: Sha,
    pub(crate) tree: Sha,
    pub(crate) parents: Vec<Sha>,
    pub(crate) author: Person,
    pub(crate) committer: Person,
    pub(crate) message: String,
}

/// The format that [`parse`] reads, with `-z`: ten fields to a commit, each ended by a NUL.
pub(super) const FORMAT: &str =
    "--format=tformat:%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B";

/// Reads what `git log -z` printed in [`FORMAT`].
pub(super) fn parse(output: &[u8]) -> Result<Vec<Commit>, GitError> {
    let text = String::from_utf8_lossy(output);
    let fields: Vec<&str> = text.split('\0').collect();
    fields.chunks_exact(10).map(|chunk| one(chunk).ok_or(GitError::Unreadable("log"))).collect()
}

fn one(fields: &[&str]) -> Option<Commit> {
    let [sha, tree, parents, an, ae, at, cn, ce, ct, message] = fields else { return None };
    Some(Commit {
        sha: Sha::parse(sha.trim())?,
        tree: Sha::parse(tree)?,
        parents: parents.split_whitespace().map(Sha::parse).collect::<Option<_>>()?,
        author: Person { name: (*an).to_owned(), email: (*ae).to_owned(), at: seconds(at)? },
        committer: Person { name: (*cn).to_owned(), email: (*ce).to_owned(), at: seconds(ct)? },
        message: message.trim_end().to_owned(),
    })
}

fn seconds(text: &str) -> Option<Timestamp> {
    Timestamp::from_second(text.parse().ok()?).ok()
}
