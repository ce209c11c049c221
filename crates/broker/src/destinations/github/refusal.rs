//! What was found, and why it does not bear the operation: not a fault of the destination.

use bailiwick_protocol::ErrorCode;

use super::quote::{quote, quote_all};

/// Why the facts do not bear the operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Under the name that was signed there is nothing, or not for this installation.
    RepositoryGone {
        /// The name that was signed.
        name: String,
    },
    /// The repository goes by another name now.
    RepositoryRenamed {
        /// The name that was signed.
        name: String,
        /// What it is called now.
        now: String,
    },
    /// Another repository has the name now.
    RepositoryReplaced {
        /// The name that was signed.
        name: String,
    },
    /// The installation does not have the repository.
    RepositoryNotInstalled {
        /// The name that was signed.
        name: String,
    },
    /// The branch does not exist.
    NoBranch(String),
    /// The ref does not exist.
    NoRef(String),
    /// The issue or pull request does not exist.
    NoIssue(u64),
    /// No open pull request from the branch into the target.
    NoOpenPull {
        /// The branch.
        branch: String,
        /// The target.
        target: String,
    },
    /// Several open pull requests from the branch into the target.
    SeveralPulls {
        /// The branch.
        branch: String,
        /// The target.
        target: String,
        /// Their numbers.
        pulls: Vec<u64>,
    },
    /// There is an open pull request from the branch into the target already.
    PullExists(u64),
    /// The branch has nothing that the target has not.
    NothingToMerge,
    /// A listing is at the destination's cap and may be incomplete.
    AtCap {
        /// Of what.
        what: &'static str,
        /// The cap.
        cap: usize,
    },
    /// Two readings contradict each other, with what is at odds.
    Contradictory(&'static str),
    /// GitHub has not found out yet whether it can be merged.
    MergeabilityUnknown,
    /// The target has a merge queue, so the merge would happen later under conditions of its own.
    MergeQueue(String),
    /// CODEOWNERS cannot be read: the line, or 0 where it is the file.
    CodeOwners(usize),
    /// A team owns changed paths, and the App may not ask for its members.
    TeamUnknown(String),
    /// The branch is there already.
    BranchExists(String),
    /// There is no file at the path.
    NoFile(String),
    /// The commit does not contain where the branch is.
    NotForward,
    /// The pull request's branch lies in another repository.
    BranchElsewhere,
    /// The operation changes nothing that could be shown line by line.
    NoDiff,
    /// The facts are too large for a receipt, in bytes.
    FactsTooLarge(usize),
    /// The facts that the act was to rest on are not this operation's.
    OtherFacts,
}

impl Refusal {
    /// The code to branch on.
    pub fn code(&self) -> ErrorCode {
        match self {
            Refusal::RepositoryGone { .. }
            | Refusal::RepositoryRenamed { .. }
            | Refusal::RepositoryReplaced { .. }
            | Refusal::RepositoryNotInstalled { .. } => ErrorCode::OtherResource,
            Refusal::OtherFacts => ErrorCode::Internal,
            _ => ErrorCode::NoEvidence,
        }
    }

    pub(crate) fn hint(&self) -> String {
        let hint = match self {
            Refusal::RepositoryGone { .. } | Refusal::RepositoryReplaced { .. } => {
                "a steward has to sign a capability for the repository that is meant"
            }
            Refusal::RepositoryRenamed { .. } => "a steward has to sign a capability with the new name",
            Refusal::RepositoryNotInstalled { .. } => {
                "add the repository to the App's installation, or look whether it was deleted"
            }
            Refusal::NoBranch(_) | Refusal::NoRef(_) => "push it first, or look at its spelling",
            Refusal::NoIssue(_) => "look at the number",
            Refusal::NoOpenPull { .. } => "open a pull request first",
            Refusal::SeveralPulls { .. } => "close all but one of them",
            Refusal::PullExists(_) => "use that one",
            Refusal::NothingToMerge => "push the change to the branch first",
            Refusal::AtCap { .. } | Refusal::FactsTooLarge(_) => {
                "split the change: what cannot be seen whole cannot be judged"
            }
            Refusal::Contradictory(_) => "it changed while it was read: ask again",
            Refusal::MergeabilityUnknown => "ask again in a few seconds",
            Refusal::MergeQueue(_) => {
                "add it to the queue yourself: what happens later is not carried out here"
            }
            Refusal::CodeOwners(_) => "mend CODEOWNERS on the target: what it says of a path cannot be told",
            Refusal::TeamUnknown(_) => {
                "have an owner approve whom CODEOWNERS names as a person, or name persons there beside the team"
            }
            Refusal::BranchExists(_) => "take another name, or move the branch that is there",
            Refusal::NoFile(_) => "look at the path and the branch",
            Refusal::NotForward => "merge the branch into that commit first: nothing is overwritten",
            Refusal::BranchElsewhere => "have whoever owns the fork bring the branch up to date",
            Refusal::NoDiff => "look at what the operation says of itself",
            Refusal::OtherFacts => "report this: it is a defect",
        };
        hint.to_owned()
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::RepositoryGone { name } => write!(f, "there is no repository {} any more", quote(name)),
            Refusal::RepositoryRenamed { name, now } => {
                write!(f, "the repository {} is called {} now", quote(name), quote(now))
            }
            Refusal::RepositoryReplaced { name } => {
                write!(f, "{} is another repository than the one that was signed", quote(name))
            }
            Refusal::RepositoryNotInstalled { name } => {
                write!(f, "the installation does not have the repository that was signed as {}", quote(name))
            }
            Refusal::NoBranch(branch) => write!(f, "there is no branch {}", quote(branch)),
            Refusal::NoRef(reference) => write!(f, "there is no branch, tag or commit {}", quote(reference)),
            Refusal::NoIssue(number) => write!(f, "there is no issue or pull request #{number}"),
            Refusal::NoOpenPull { branch, target } => {
                write!(f, "there is no open pull request from {} into {}", quote(branch), quote(target))
            }
            Refusal::SeveralPulls { branch, target, pulls } => {
                let pulls = pulls.iter().map(|number| format!("#{number}"));
                write!(
                    f,
                    "there are several open pull requests from {} into {}: {}",
                    quote(branch),
                    quote(target),
                    quote_all(pulls)
                )
            }
            Refusal::PullExists(number) => {
                write!(f, "there is an open pull request for this already, #{number}")
            }
            Refusal::NothingToMerge => f.write_str("the pull request changes nothing"),
            Refusal::AtCap { what, cap } => {
                write!(f, "there are {cap} {what} or more, which is where GitHub stops listing them")
            }
            Refusal::Contradictory(what) => write!(f, "two answers of GitHub contradict each other: {what}"),
            Refusal::MergeabilityUnknown => {
                f.write_str("GitHub has not found out yet whether it can be merged")
            }
            Refusal::MergeQueue(target) => write!(f, "{} has a merge queue", quote(target)),
            Refusal::BranchExists(branch) => write!(f, "there is a branch {} already", quote(branch)),
            Refusal::NoFile(path) => write!(f, "there is no file {}", quote(path)),
            Refusal::NotForward => f.write_str("the commit does not lie ahead of the branch"),
            Refusal::BranchElsewhere => f.write_str("the branch lies in another repository"),
            Refusal::NoDiff => f.write_str("this operation has no change to look at"),
            Refusal::CodeOwners(0) => f.write_str("CODEOWNERS is no file that can be read whole"),
            Refusal::CodeOwners(line) => write!(f, "line {line} of CODEOWNERS cannot be read"),
            Refusal::TeamUnknown(team) => {
                write!(f, "{} owns changed files, and its members cannot be read", quote(team))
            }
            Refusal::FactsTooLarge(bytes) => {
                write!(f, "the facts have {bytes} bytes, more than a receipt can hold")
            }
            Refusal::OtherFacts => f.write_str("the facts are not those of this operation"),
        }
    }
}
