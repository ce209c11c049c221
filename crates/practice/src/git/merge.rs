//! Merging for real, in a bare repository: a tree from `git merge-tree`, a commit from `git commit-tree`.
//!
//! Nothing here moves a branch. The caller does that with the old value as a precondition, so that a
//! merge either lands on exactly the base it was computed from or not at all.

use std::path::Path;

use super::{Commit, Git, GitError, Person, Sha, line};
use crate::clock::git_date;

/// How a pull request is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Merge,
    Squash,
    Rebase,
}

/// What merging a head into a base would give.
#[derive(Clone, Debug)]
pub(crate) enum Trial {
    /// The merged tree, and the test merge commit that GitHub shows as `merge_commit_sha`.
    Clean { tree: Sha, commit: Sha },
    /// The two do not merge without a person.
    Conflict,
}

/// The tree of merging `ours` and `theirs`, none if they conflict. `base` replaces their merge base.
pub(super) async fn tree(
    git: &Git,
    dir: &Path,
    base: Option<&Sha>,
    ours: &Sha,
    theirs: &Sha,
) -> Result<Option<Sha>, GitError> {
    let base = base.map(|sha| format!("--merge-base={sha}"));
    let mut args = vec!["merge-tree", "--write-tree", "--no-messages"];
    args.extend(base.as_deref());
    args.extend([ours.as_str(), theirs.as_str()]);
    let ran = git.try_run(dir, &args, None).await?;
    match ran.code {
        Some(0) => Sha::parse(&line(&ran.stdout)).map(Some).ok_or(GitError::Unreadable("merge-tree")),
        Some(1) => Ok(None),
        code => Err(GitError::Failed { command: "merge-tree".to_owned(), code, stderr: line(&ran.stderr) }),
    }
}

/// Writes a commit of `tree` with `parents`.
pub(super) async fn commit(
    git: &Git,
    dir: &Path,
    tree: &Sha,
    parents: &[&Sha],
    (author, committer): (&Person, &Person),
    message: &str,
) -> Result<Sha, GitError> {
    let mut command = git.command(dir);
    command
        .env("GIT_AUTHOR_NAME", &author.name)
        .env("GIT_AUTHOR_EMAIL", &author.email)
        .env("GIT_AUTHOR_DATE", git_date(author.at))
        .env("GIT_COMMITTER_NAME", &committer.name)
        .env("GIT_COMMITTER_EMAIL", &committer.email)
        .env("GIT_COMMITTER_DATE", git_date(committer.at))
        .args(["commit-tree", tree.as_str()]);
    for parent in parents {
        command.args(["-p", parent.as_str()]);
    }
    command.args(["-F", "-"]);
    let ran = super::feed(command, Some(message.as_bytes())).await?;
    match ran.code {
        Some(0) => Sha::parse(&line(&ran.stdout)).ok_or(GitError::Unreadable("commit-tree")),
        code => Err(GitError::Failed { command: "commit-tree".to_owned(), code, stderr: line(&ran.stderr) }),
    }
}

/// Replays `commits` (oldest first) onto `base`, each keeping its author. None if one does not apply.
pub(super) async fn replay(
    git: &Git,
    dir: &Path,
    base: &Sha,
    commits: &[Commit],
    committer: &Person,
) -> Result<Option<Sha>, GitError> {
    let mut tip = base.clone();
    for one in commits.iter().filter(|c| c.parents.len() == 1) {
        let Some(tree) = tree(git, dir, one.parents.first(), &tip, &one.sha).await? else { return Ok(None) };
        tip = commit(git, dir, &tree, &[&tip], (&one.author, committer), &one.message).await?;
    }
    Ok(Some(tip))
}
