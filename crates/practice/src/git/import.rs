//! Writing commits without a checkout: a batch of commits becomes one stream for `git fast-import`.

use jiff::Timestamp;

use super::GitError;
use crate::clock::git_date;

/// What one commit does to one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Writes these bytes at this path.
    Write(String, Vec<u8>),
    /// Removes this path.
    Delete(String),
    /// Moves the first path to the second.
    Rename(String, String),
}

/// A commit to be made by somebody: a message and changes.
#[derive(Clone, Debug, Default)]
pub struct NewCommit {
    pub(crate) author: String,
    pub(crate) message: String,
    pub(crate) changes: Vec<Change>,
}

impl NewCommit {
    /// A commit by the user with this login.
    #[must_use]
    pub fn by(login: &str) -> Self {
        Self { author: login.to_owned(), message: "Change something".to_owned(), changes: Vec::new() }
    }

    /// Sets the commit message.
    #[must_use]
    pub fn message(mut self, text: &str) -> Self {
        text.clone_into(&mut self.message);
        self
    }

    /// Writes `content` at `path`.
    #[must_use]
    pub fn write(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.changes.push(Change::Write(path.to_owned(), content.into()));
        self
    }

    /// Removes `path`.
    #[must_use]
    pub fn delete(mut self, path: &str) -> Self {
        self.changes.push(Change::Delete(path.to_owned()));
        self
    }

    /// Moves `from` to `to`.
    #[must_use]
    pub fn rename(mut self, from: &str, to: &str) -> Self {
        self.changes.push(Change::Rename(from.to_owned(), to.to_owned()));
        self
    }
}

/// A stream for `git fast-import`, built commit by commit.
#[derive(Default)]
pub(crate) struct Batch {
    stream: Vec<u8>,
    commits: usize,
}

impl Batch {
    /// Starts `branch` at `from`, a commit name or a full ref: the next commit on it has that parent.
    pub(crate) fn branch(&mut self, branch: &str, from: &str) {
        self.text(&format!("reset refs/heads/{branch}\nfrom {from}\n\n"));
    }

    /// Adds a commit to `branch`, which must have been started, written by [`Batch::commit`] before, or be new.
    pub(crate) fn commit(
        &mut self,
        branch: &str,
        (name, email): (&str, &str),
        at: Timestamp,
        new: &NewCommit,
    ) -> Result<(), GitError> {
        self.commits += 1;
        let when = git_date(at);
        let (name, email) = (plain(name), plain(email));
        self.text(&format!("commit refs/heads/{branch}\nmark :{}\n", self.commits));
        self.text(&format!("author {name} <{email}> {when}\ncommitter {name} <{email}> {when}\n"));
        self.data(new.message.as_bytes());
        for change in &new.changes {
            match change {
                Change::Write(path, content) => {
                    self.text(&format!("M 100644 inline {}\n", quoted(path)?));
                    self.data(content);
                }
                Change::Delete(path) => self.text(&format!("D {}\n", quoted(path)?)),
                Change::Rename(from, to) => self.text(&format!("R {} {}\n", quoted(from)?, quoted(to)?)),
            }
        }
        self.text("\n");
        Ok(())
    }

    /// The finished stream.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.text("done\n");
        self.stream
    }

    fn text(&mut self, text: &str) {
        self.stream.extend_from_slice(text.as_bytes());
    }

    fn data(&mut self, bytes: &[u8]) {
        self.text(&format!("data {}\n", bytes.len()));
        self.stream.extend_from_slice(bytes);
        self.text("\n");
    }
}

/// Whether GitHub would accept `path` in a tree: relative, no empty, `.`, `..` or `.git` component.
pub(crate) fn valid_path(path: &str) -> bool {
    !path.is_empty()
        && !path.chars().any(|c| c.is_control())
        && path
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != ".." && !part.eq_ignore_ascii_case(".git"))
}

fn quoted(path: &str) -> Result<String, GitError> {
    if !valid_path(path) {
        return Err(GitError::Path(path.to_owned()));
    }
    Ok(format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// A name without what would end it in the stream.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '<' | '>') && !c.is_control()).collect()
}
