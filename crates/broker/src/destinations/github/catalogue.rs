//! The catalogue `github-1`: which actions there are, named by GitHub's own operation ids.
//!
//! The table is data for help, completions and consoles. What an action *does* is in
//! [`Action::effects`], an exhaustive match over the typed actions whose result cannot be empty: an
//! action without effects does not compile.

mod argument;
mod operation;

use bailiwick_authority::{ActionId, Arguments, Invocation, Resource};
use bailiwick_protocol::{ApiError, ErrorCode};

pub use argument::{ArgumentKind, ArgumentSpec};
pub use operation::{Action, MergeMethod, Operation, Repository};

use super::quote::{fit, quote};
use super::scope::{Level, Permissions};
use argument::Parsed;

/// The catalogue's version, which grants name.
pub const CATALOGUE: &str = "github-1";

/// One action, as data.
#[derive(Clone, Copy, Debug)]
pub struct ActionSpec {
    /// GitHub's operation id: `pulls/merge`.
    pub id: &'static str,
    /// The story's name, for the command line: `github.merge`.
    pub alias: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// Its arguments, the required ones first.
    pub arguments: &'static [ArgumentSpec],
    /// What the credential for its evidence may.
    pub evidence: Permissions,
    /// What the credential for the act itself may.
    pub act: Permissions,
    /// What the credential for looking up an unknown outcome may.
    pub look_up: Permissions,
    build: fn(&Parsed<'_>) -> Result<Action, BadOperation>,
}

const BRANCH: ArgumentSpec = ArgumentSpec {
    name: "branch",
    kind: ArgumentKind::Branch,
    required: true,
    about: "the branch with the change, by its short name",
};
const TARGET: ArgumentSpec = ArgumentSpec {
    name: "target",
    kind: ArgumentKind::Branch,
    required: true,
    about: "the branch that it goes into, by its short name",
};

/// Every action of this catalogue.
pub static ACTIONS: [ActionSpec; 4] = [
    ActionSpec {
        id: "pulls/merge",
        alias: "github.merge",
        about: "merge the one open pull request from a branch into another",
        arguments: &[
            BRANCH,
            TARGET,
            ArgumentSpec {
                name: "merge_method",
                kind: ArgumentKind::OneOf(&["merge", "squash", "rebase"]),
                required: false,
                about: "how; `merge` if absent",
            },
        ],
        // `administration` says how many reviews the branch demands, and of whom.
        evidence: &[
            ("administration", Level::Read),
            ("checks", Level::Read),
            ("contents", Level::Read),
            ("metadata", Level::Read),
            ("pull_requests", Level::Read),
            ("statuses", Level::Read),
        ],
        act: &[("contents", Level::Write)],
        look_up: &[("metadata", Level::Read), ("pull_requests", Level::Read)],
        build: operation::merge,
    },
    ActionSpec {
        id: "issues/create-comment",
        alias: "github.comment",
        about: "comment on an issue or a pull request",
        arguments: &[
            ArgumentSpec {
                name: "issue",
                kind: ArgumentKind::Number,
                required: true,
                about: "the number of the issue or pull request",
            },
            ArgumentSpec {
                name: "body",
                kind: ArgumentKind::Text { max_bytes: argument::MAX_BODY_BYTES },
                required: true,
                about: "the comment, in Markdown",
            },
        ],
        evidence: &[("issues", Level::Read), ("metadata", Level::Read)],
        act: &[("issues", Level::Write)],
        look_up: &[("issues", Level::Read), ("metadata", Level::Read)],
        build: operation::comment,
    },
    ActionSpec {
        id: "pulls/create",
        alias: "github.open_pull_request",
        about: "open a pull request from a branch into another",
        arguments: &[
            BRANCH,
            TARGET,
            ArgumentSpec {
                name: "title",
                kind: ArgumentKind::Line { max_bytes: 256 },
                required: true,
                about: "its title",
            },
            ArgumentSpec {
                name: "body",
                kind: ArgumentKind::Text { max_bytes: argument::MAX_BODY_BYTES },
                required: false,
                about: "its description, in Markdown",
            },
        ],
        evidence: &[("contents", Level::Read), ("metadata", Level::Read), ("pull_requests", Level::Read)],
        // Without `contents: read` GitHub answers that not all refs are readable.
        act: &[("contents", Level::Read), ("pull_requests", Level::Write)],
        look_up: &[("metadata", Level::Read), ("pull_requests", Level::Read)],
        build: operation::open_pull_request,
    },
    ActionSpec {
        id: "repos/create-deployment",
        alias: "github.deploy",
        about: "deploy a commit to an environment",
        arguments: &[
            ArgumentSpec {
                name: "ref",
                kind: ArgumentKind::Ref,
                required: true,
                about: "the branch, tag or commit",
            },
            ArgumentSpec {
                name: "environment",
                kind: ArgumentKind::Line { max_bytes: 255 },
                required: true,
                about: "the environment",
            },
        ],
        // `actions` says what the environment demands.
        evidence: &[("actions", Level::Read), ("contents", Level::Read), ("metadata", Level::Read)],
        act: &[("deployments", Level::Write)],
        look_up: &[("deployments", Level::Read), ("metadata", Level::Read)],
        build: operation::deploy,
    },
];

/// Why an invocation is no operation of this catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadOperation {
    /// The action is not in the catalogue.
    #[error("there is no action {}", quote(.0))]
    UnknownAction(String),
    /// The action takes no such argument.
    #[error("`{action}` takes no argument {}", quote(.name))]
    UnknownArgument {
        /// The action.
        action: &'static str,
        /// The argument.
        name: String,
    },
    /// The action needs an argument that is not there.
    #[error("`{action}` needs the argument `{name}`")]
    MissingArgument {
        /// The action.
        action: &'static str,
        /// The argument.
        name: &'static str,
    },
    /// An argument is not what the action takes.
    #[error("the argument `{name}` {why}")]
    BadArgument {
        /// The argument.
        name: &'static str,
        /// What is wrong with it, with the value where it helps.
        why: String,
    },
    /// The resource is not a repository by GitHub's number and name.
    #[error("{} is not a repository: {why}", quote(.resource))]
    BadResource {
        /// The resource.
        resource: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl BadOperation {
    /// As it crosses a boundary.
    pub fn to_api_error(&self) -> ApiError {
        let (code, hint) = match self {
            BadOperation::UnknownAction(_) => {
                let known: Vec<&str> = ACTIONS.iter().map(|action| action.id).collect();
                (ErrorCode::UnknownAction, format!("the actions of {CATALOGUE} are {}", known.join(", ")))
            }
            BadOperation::UnknownArgument { action, .. } | BadOperation::MissingArgument { action, .. } => {
                (ErrorCode::BadArgument, spec(action).map(usage).unwrap_or_default())
            }
            BadOperation::BadArgument { name, .. } => {
                let about = ACTIONS.iter().flat_map(|a| a.arguments).find(|argument| argument.name == *name);
                (
                    ErrorCode::BadArgument,
                    about.map(|a| format!("`{name}` is {}", a.about)).unwrap_or_default(),
                )
            }
            BadOperation::BadResource { .. } => (
                ErrorCode::BadArgument,
                "a repository is `repository:<number>` with its name `owner/name`".to_owned(),
            ),
        };
        ApiError::new(code, fit(self.to_string()), hint)
    }
}

/// The action of that id.
pub fn spec(id: &str) -> Option<&'static ActionSpec> {
    ACTIONS.iter().find(|action| action.id == id)
}

/// The action id behind an alias of the command line, or behind an id.
pub fn resolve_alias(name: &str) -> Option<ActionId> {
    ACTIONS.iter().find(|action| action.alias == name || action.id == name)?.id.parse().ok()
}

/// The operation that an invocation asks for, its arguments parsed once and for all.
pub fn parse(invocation: &Invocation) -> Result<Operation, BadOperation> {
    typed(&invocation.action, &invocation.resource, &invocation.arguments)
}

/// As [`parse`], for an operation that nobody signed for: what it would be if it were asked for.
pub fn typed(
    action: &ActionId,
    resource: &Resource,
    arguments: &Arguments,
) -> Result<Operation, BadOperation> {
    let spec = spec(action.as_str()).ok_or_else(|| BadOperation::UnknownAction(action.to_string()))?;
    let repository = Repository::parse(resource)?;
    let action = (spec.build)(&Parsed::check(spec, arguments)?)?;
    Ok(Operation::new(spec, repository, action))
}

/// `pulls/merge branch=… target=… [merge_method=…]`.
fn usage(spec: &ActionSpec) -> String {
    let arguments = spec.arguments.iter().map(|argument| match argument.required {
        true => format!("{}=…", argument.name),
        false => format!("[{}=…]", argument.name),
    });
    format!("{} {}", spec.id, arguments.collect::<Vec<_>>().join(" "))
}
