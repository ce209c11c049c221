//! The catalogue `github-1`: which actions there are, named by GitHub's own operation ids.
//!
//! The table is data for help, completions and consoles. What an action *does* is in
//! [`Action::effects`], an exhaustive match over the typed actions whose result cannot be empty: an
//! action without effects does not compile.

mod argument;
mod branch_move;
mod operation;
mod table;

use bailiwick_authority::{ActionId, Arguments, Invocation, Resource};
use bailiwick_protocol::{ApiError, ErrorCode};

pub use argument::{ArgumentKind, ArgumentSpec};
pub use branch_move::BranchMove;
pub use operation::{Action, MergeMethod, Operation, Repository};
pub use table::ACTIONS;

use super::quote::{fit, quote};
use super::scope::Permissions;
use argument::Parsed;
use table::NEVER;

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

/// Why an invocation is no operation of this catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadOperation {
    /// The action is not in the catalogue.
    #[error("there is no action {}", quote(.0))]
    UnknownAction(String),
    /// The action is never offered.
    #[error("`{action}` is never carried out: {why}")]
    Never {
        /// The action.
        action: &'static str,
        /// Why, in words.
        why: &'static str,
    },
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
            BadOperation::Never { .. } => {
                (ErrorCode::UnknownAction, "have a person do it at the destination".to_owned())
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
    let spec = spec(action.as_str()).ok_or_else(|| not_offered(action))?;
    let repository = Repository::parse(resource)?;
    let action = (spec.build)(&Parsed::check(spec, arguments)?)?;
    Ok(Operation::new(spec, repository, action))
}

fn not_offered(action: &ActionId) -> BadOperation {
    match NEVER.iter().find(|(id, _)| *id == action.as_str()) {
        Some((action, why)) => BadOperation::Never { action, why },
        None => BadOperation::UnknownAction(action.to_string()),
    }
}

/// `pulls/merge branch=… target=… [merge_method=…]`.
fn usage(spec: &ActionSpec) -> String {
    let arguments = spec.arguments.iter().map(|argument| match argument.required {
        true => format!("{}=…", argument.name),
        false => format!("[{}=…]", argument.name),
    });
    format!("{} {}", spec.id, arguments.collect::<Vec<_>>().join(" "))
}
