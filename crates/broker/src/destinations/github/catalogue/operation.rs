//! An operation: a typed action on one repository. Whatever is sent is made from this.

use bailiwick_authority::Resource;

use super::argument::Parsed;
use super::{ActionSpec, BadOperation, BranchMove};
use crate::destinations::github::scope::Scope;
use crate::effect::Effect;

/// A repository: its number, which is its authority, and its name, which is re-checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    id: u64,
    owner: String,
    name: String,
}

/// How a pull request is merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MergeMethod {
    /// With a merge commit.
    #[default]
    Merge,
    /// As one new commit.
    Squash,
    /// As new commits on the target.
    Rebase,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Merge the one open pull request from `branch` into `target`.
    Merge {
        /// The branch with the change.
        branch: String,
        /// The branch that it goes into.
        target: String,
        /// How.
        method: MergeMethod,
    },
    /// Comment on an issue or pull request.
    Comment {
        /// Its number.
        issue: u64,
        /// The comment.
        body: String,
    },
    /// Open a pull request from `branch` into `target`.
    OpenPullRequest {
        /// The branch with the change.
        branch: String,
        /// The branch that it is to go into.
        target: String,
        /// The title.
        title: String,
        /// The description.
        body: Option<String>,
    },
    /// Deploy a commit.
    Deploy {
        /// The branch, tag or commit that was named.
        reference: String,
        /// The environment.
        environment: String,
    },
    /// Move a branch without a pull request.
    Move(BranchMove),
}

/// A typed action on a repository.
#[derive(Clone, Debug)]
pub struct Operation {
    spec: &'static ActionSpec,
    repository: Repository,
    action: Action,
}

impl Repository {
    /// Reads `repository:<number>` and `owner/name`.
    pub(super) fn parse(resource: &Resource) -> Result<Repository, BadOperation> {
        let bad = |resource: &str, why| BadOperation::BadResource { resource: resource.to_owned(), why };
        let id = resource.id.id();
        let number = id.parse::<u64>().ok().filter(|number| number.to_string() == id && *number < 1 << 53);
        let id = match (resource.id.kind(), number) {
            ("repository", Some(id)) => id,
            _ => return Err(bad(resource.id.as_str(), "its id is not `repository:<number>`")),
        };
        let why = "its name is not `owner/name` as GitHub writes it";
        let (owner, name) =
            resource.name.as_str().split_once('/').ok_or_else(|| bad(resource.name.as_str(), why))?;
        let owner_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let name_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let good = (1..=39).contains(&owner.len())
            && !owner.starts_with('-')
            && owner.bytes().all(owner_byte)
            && (1..=100).contains(&name.len())
            && name.bytes().all(name_byte)
            && !matches!(name, "." | "..");
        if !good {
            return Err(bad(resource.name.as_str(), why));
        }
        Ok(Repository { id, owner: owner.to_owned(), name: name.to_owned() })
    }

    /// GitHub's number for it.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The account that owns it.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

impl MergeMethod {
    /// GitHub's word.
    pub fn as_str(self) -> &'static str {
        match self {
            MergeMethod::Merge => "merge",
            MergeMethod::Squash => "squash",
            MergeMethod::Rebase => "rebase",
        }
    }
}

pub(super) fn merge(arguments: &Parsed<'_>) -> Result<Action, BadOperation> {
    let (branch, target) = two_branches(arguments)?;
    let method = match arguments.optional("merge_method") {
        Some("squash") => MergeMethod::Squash,
        Some("rebase") => MergeMethod::Rebase,
        _ => MergeMethod::Merge,
    };
    Ok(Action::Merge { branch, target, method })
}

pub(super) fn comment(arguments: &Parsed<'_>) -> Result<Action, BadOperation> {
    Ok(Action::Comment { issue: arguments.number("issue")?, body: arguments.text("body")? })
}

pub(super) fn open_pull_request(arguments: &Parsed<'_>) -> Result<Action, BadOperation> {
    let (branch, target) = two_branches(arguments)?;
    let body = arguments.optional("body").map(str::to_owned);
    Ok(Action::OpenPullRequest { branch, target, title: arguments.text("title")?, body })
}

pub(super) fn deploy(arguments: &Parsed<'_>) -> Result<Action, BadOperation> {
    Ok(Action::Deploy { reference: arguments.text("ref")?, environment: arguments.text("environment")? })
}

pub(super) fn two_branches(arguments: &Parsed<'_>) -> Result<(String, String), BadOperation> {
    let (branch, target) = (arguments.text("branch")?, arguments.text("target")?);
    if branch == target {
        let why = "is the branch itself".to_owned();
        return Err(BadOperation::BadArgument { name: "target", why });
    }
    Ok((branch, target))
}

impl Action {
    /// What it does: one effect at least, and whatever others.
    fn effects(&self) -> (Effect, Vec<Effect>) {
        match self {
            Action::Merge { target, .. } => {
                (Effect::MovesRef(format!("refs/heads/{target}")), vec![Effect::RunsCode])
            }
            Action::Comment { .. } => (Effect::Publishes, Vec::new()),
            Action::OpenPullRequest { .. } => (Effect::Publishes, vec![Effect::RunsCode]),
            Action::Deploy { environment, .. } => {
                (Effect::Deploys(environment.clone()), vec![Effect::RunsCode])
            }
            Action::Move(how) => {
                (Effect::MovesRef(format!("refs/heads/{}", how.moved())), how.more_effects())
            }
        }
    }
}

impl Operation {
    pub(super) fn new(spec: &'static ActionSpec, repository: Repository, action: Action) -> Operation {
        Operation { spec, repository, action }
    }

    /// The action's id.
    pub fn id(&self) -> &'static str {
        self.spec.id
    }

    /// The repository.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The typed action.
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// What it does; never empty.
    pub fn effects(&self) -> Vec<Effect> {
        let (first, more) = self.action.effects();
        std::iter::once(first).chain(more).collect()
    }

    /// The operation in words of ours: `merge feat-123 into main of acme/backend`.
    pub fn sentence(&self) -> String {
        let repository = self.repository.full_name();
        match &self.action {
            Action::Merge { branch, target, method: MergeMethod::Merge } => {
                format!("merge {branch} into {target} of {repository}")
            }
            Action::Merge { branch, target, method } => {
                format!("merge {branch} into {target} of {repository} by {}", method.as_str())
            }
            Action::Comment { issue, .. } => format!("comment on #{issue} of {repository}"),
            Action::OpenPullRequest { branch, target, .. } => {
                format!("open a pull request from {branch} into {target} of {repository}")
            }
            Action::Deploy { reference, environment } => {
                format!("deploy {reference} of {repository} to {environment}")
            }
            Action::Move(how) => how.sentence(&repository),
        }
    }

    /// What the credential for its evidence may.
    pub fn evidence_scope(&self) -> Scope {
        Scope::of(self.repository.id, self.spec.evidence)
    }

    /// What the credential for the act itself may.
    pub fn act_scope(&self) -> Scope {
        Scope::of(self.repository.id, self.spec.act)
    }

    /// What the credential for looking up an unknown outcome may.
    pub fn look_up_scope(&self) -> Scope {
        Scope::of(self.repository.id, self.spec.look_up)
    }
}
