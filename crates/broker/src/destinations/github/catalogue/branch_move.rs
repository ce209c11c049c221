//! Moving a branch without a pull request: by a file, by its ref, or by merging another branch.

use super::BadOperation;
use super::argument::Parsed;
use super::operation::{Action, two_branches};
use crate::effect::Effect;

/// How a branch moves. Branches are short names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BranchMove {
    /// By a commit that writes one file.
    WriteFile {
        /// The branch.
        branch: String,
        /// The file.
        path: String,
        /// Its whole text.
        content: String,
        /// The commit's message.
        message: String,
    },
    /// By a commit that removes one file.
    DeleteFile {
        /// The branch.
        branch: String,
        /// The file.
        path: String,
        /// The commit's message.
        message: String,
    },
    /// It is made.
    Create {
        /// The branch.
        branch: String,
        /// Where.
        commit: String,
    },
    /// Forward to a commit that contains where it is. Never by force.
    Forward {
        /// The branch.
        branch: String,
        /// Where to.
        commit: String,
    },
    /// It is removed.
    Delete {
        /// The branch.
        branch: String,
    },
    /// By taking another branch in.
    Merge {
        /// The branch that is taken in.
        branch: String,
        /// The branch that moves.
        target: String,
        /// The commit's message.
        message: String,
    },
    /// By taking the target of its one open pull request in.
    Update {
        /// The branch that moves.
        branch: String,
        /// The target of its pull request.
        target: String,
    },
}

impl BranchMove {
    /// The branch that moves.
    pub fn moved(&self) -> &str {
        match self {
            BranchMove::WriteFile { branch, .. }
            | BranchMove::DeleteFile { branch, .. }
            | BranchMove::Create { branch, .. }
            | BranchMove::Forward { branch, .. }
            | BranchMove::Delete { branch }
            | BranchMove::Update { branch, .. } => branch,
            BranchMove::Merge { target, .. } => target,
        }
    }

    /// What else it does. What is pushed may run code wherever pushes do.
    pub(super) fn more_effects(&self) -> Vec<Effect> {
        match self {
            BranchMove::Delete { .. } => vec![Effect::Deletes],
            BranchMove::DeleteFile { .. } => vec![Effect::RunsCode, Effect::Deletes],
            _ => vec![Effect::RunsCode],
        }
    }

    /// In words of ours.
    pub(super) fn sentence(&self, repository: &str) -> String {
        let short = |commit: &str| commit.chars().take(7).collect::<String>();
        match self {
            BranchMove::WriteFile { branch, path, .. } => format!("write {path} on {branch} of {repository}"),
            BranchMove::DeleteFile { branch, path, .. } => {
                format!("remove {path} from {branch} of {repository}")
            }
            BranchMove::Create { branch, commit } => {
                format!("make the branch {branch} of {repository} at {}", short(commit))
            }
            BranchMove::Forward { branch, commit } => {
                format!("move {branch} of {repository} forward to {}", short(commit))
            }
            BranchMove::Delete { branch } => format!("remove the branch {branch} of {repository}"),
            BranchMove::Merge { branch, target, .. } => {
                format!("merge {branch} into {target} of {repository} without a pull request")
            }
            BranchMove::Update { branch, target } => {
                format!("bring {target} into {branch} of {repository}")
            }
        }
    }
}

fn moves(how: BranchMove) -> Result<Action, BadOperation> {
    Ok(Action::Move(how))
}

pub(super) fn write_file(arguments: &Parsed<'_>) -> Result<Action, BadOperation> {
    let (branch, path) = (arguments.text("branch")?, arguments.text("path")?);
    let (content, message) = (arguments.text("content")?, arguments.text("message")?);
    moves(BranchMove::WriteFile { branch, path, content, message })
}

pub(super) fn delete_file(arguments: &Parsed<'_>) -> Result<Action, BadOperation> {
    let (branch, path) = (arguments.text("branch")?, arguments.text("path")?);
    moves(BranchMove::DeleteFile { branch, path, message: arguments.text("message")? })
}

pub(super) fn create(arguments: &Parsed<'_>) -> Result<Action, BadOperation> {
    moves(BranchMove::Create { branch: arguments.text("branch")?, commit: arguments.text("sha")? })
}

pub(super) fn forward(arguments: &Parsed<'_>) -> Result<Action, BadOperation> {
    moves(BranchMove::Forward { branch: arguments.text("branch")?, commit: arguments.text("sha")? })
}

pub(super) fn delete(arguments: &Parsed<'_>) -> Result<Action, BadOperation> {
    moves(BranchMove::Delete { branch: arguments.text("branch")? })
}

pub(super) fn merge(arguments: &Parsed<'_>) -> Result<Action, BadOperation> {
    let (branch, target) = two_branches(arguments)?;
    moves(BranchMove::Merge { branch, target, message: arguments.text("message")? })
}

pub(super) fn update(arguments: &Parsed<'_>) -> Result<Action, BadOperation> {
    let (branch, target) = two_branches(arguments)?;
    moves(BranchMove::Update { branch, target })
}
