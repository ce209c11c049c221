//! The actions that this command line knows by name: ids, the story's aliases, and their arguments with
//! what a grant says about each when the person says nothing.
//!
//! The broker's catalogue decides what an action is; tests hold both against the table in docs/cli.md. An
//! action that is not here can be neither delegated nor requested with this version.

use crate::failure::Failure;
use bailiwick_authority::{ActionId, Argument, Constraint};

/// The catalogue's version that these actions are read from.
pub const CATALOGUE: &str = "github-1";

/// An action.
#[derive(Debug)]
pub struct Action {
    /// Its id: `pulls/merge`.
    pub id: &'static str,
    /// The story's name for it: `github.merge`.
    pub alias: &'static str,
    /// What it does, in words: `merge a pull request`.
    pub does: &'static str,
    /// Its arguments.
    pub arguments: &'static [Parameter],
}

/// An argument of an action.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What its values look like.
    pub kind: ParameterKind,
    /// Whether an invocation must have it.
    pub required: bool,
    /// What a grant says about it when the person says nothing.
    pub unsaid: Unsaid,
}

/// What an argument's values look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// A branch or another ref.
    Ref,
    /// A text for people.
    Text,
    /// A whole number.
    Number,
    /// A word of the destination's.
    Word,
}

/// What a grant says about an argument that the person did not mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsaid {
    /// Any value of its kind.
    Any,
    /// It must be said: the authority hangs on it.
    MustBeSaid,
    /// The grant does not mention it, so it cannot be used.
    LeftOut,
}

const fn parameter(name: &'static str, kind: ParameterKind, required: bool, unsaid: Unsaid) -> Parameter {
    Parameter { name, kind, required, unsaid }
}

/// Every action, in the order of the story.
pub const ACTIONS: &[Action] = &[
    Action {
        id: "pulls/merge",
        alias: "github.merge",
        does: "merge a pull request",
        arguments: &[
            parameter("branch", ParameterKind::Ref, true, Unsaid::Any),
            parameter("target", ParameterKind::Ref, true, Unsaid::MustBeSaid),
            parameter("merge_method", ParameterKind::Word, false, Unsaid::LeftOut),
        ],
    },
    Action {
        id: "issues/create-comment",
        alias: "github.comment",
        does: "comment on an issue or pull request",
        arguments: &[
            parameter("issue", ParameterKind::Number, true, Unsaid::Any),
            parameter("body", ParameterKind::Text, true, Unsaid::Any),
        ],
    },
    Action {
        id: "pulls/create",
        alias: "github.open_pull_request",
        does: "open a pull request",
        arguments: &[
            parameter("branch", ParameterKind::Ref, true, Unsaid::Any),
            parameter("target", ParameterKind::Ref, true, Unsaid::Any),
            parameter("title", ParameterKind::Text, true, Unsaid::Any),
            parameter("body", ParameterKind::Text, false, Unsaid::Any),
        ],
    },
    Action {
        id: "repos/create-deployment",
        alias: "github.deploy",
        does: "deploy a ref to an environment",
        arguments: &[
            parameter("ref", ParameterKind::Ref, true, Unsaid::Any),
            parameter("environment", ParameterKind::Word, true, Unsaid::MustBeSaid),
        ],
    },
    Action {
        id: "repos/create-or-update-file-contents",
        alias: "github.write_file",
        does: "write a file on a branch",
        arguments: &[
            parameter("branch", ParameterKind::Ref, true, Unsaid::MustBeSaid),
            parameter("path", ParameterKind::Word, true, Unsaid::Any),
            parameter("content", ParameterKind::Text, true, Unsaid::Any),
            parameter("message", ParameterKind::Text, true, Unsaid::Any),
        ],
    },
    Action {
        id: "repos/delete-file",
        alias: "github.delete_file",
        does: "remove a file from a branch",
        arguments: &[
            parameter("branch", ParameterKind::Ref, true, Unsaid::MustBeSaid),
            parameter("path", ParameterKind::Word, true, Unsaid::Any),
            parameter("message", ParameterKind::Text, true, Unsaid::Any),
        ],
    },
    Action {
        id: "git/create-ref",
        alias: "github.create_branch",
        does: "make a branch",
        arguments: &[
            parameter("branch", ParameterKind::Ref, true, Unsaid::MustBeSaid),
            parameter("sha", ParameterKind::Word, true, Unsaid::Any),
        ],
    },
    Action {
        id: "git/update-ref",
        alias: "github.move_branch",
        does: "move a branch forward",
        arguments: &[
            parameter("branch", ParameterKind::Ref, true, Unsaid::MustBeSaid),
            parameter("sha", ParameterKind::Word, true, Unsaid::Any),
        ],
    },
    Action {
        id: "git/delete-ref",
        alias: "github.delete_branch",
        does: "remove a branch",
        arguments: &[parameter("branch", ParameterKind::Ref, true, Unsaid::MustBeSaid)],
    },
    Action {
        id: "repos/merge",
        alias: "github.merge_branch",
        does: "merge a branch into another without a pull request",
        arguments: &[
            parameter("branch", ParameterKind::Ref, true, Unsaid::Any),
            parameter("target", ParameterKind::Ref, true, Unsaid::MustBeSaid),
            parameter("message", ParameterKind::Text, true, Unsaid::Any),
        ],
    },
    Action {
        id: "pulls/update-branch",
        alias: "github.update_branch",
        does: "bring a pull request's branch up to date",
        arguments: &[
            parameter("branch", ParameterKind::Ref, true, Unsaid::MustBeSaid),
            parameter("target", ParameterKind::Ref, true, Unsaid::Any),
        ],
    },
];

impl Action {
    /// The action with this id or alias.
    pub fn find(text: &str) -> Result<&'static Action, Failure> {
        ACTIONS.iter().find(|action| action.id == text || action.alias == text).ok_or_else(|| {
            let known: Vec<&str> = ACTIONS.iter().map(|action| action.alias).collect();
            Failure::usage(
                format!("there is no action `{text}`"),
                format!("the actions are {}", known.join(", ")),
            )
        })
    }

    /// The id as statements carry it.
    pub fn action_id(&self) -> Result<ActionId, Failure> {
        self.id.parse().map_err(|_| Failure::defect(format!("`{}` is not an action id", self.id)))
    }

    /// The argument with this name.
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.arguments.iter().find(|parameter| parameter.name == name)
    }
}

impl Parameter {
    /// A value of this kind from a command line.
    pub fn value(&self, text: &str) -> Result<Argument, Failure> {
        if self.kind != ParameterKind::Number {
            return Ok(Argument::Str(text.to_owned()));
        }
        text.parse().map(Argument::Int).map_err(|_| {
            Failure::usage(
                format!("`{}={text}` is not a whole number", self.name),
                format!("write it in digits: `{}=12`", self.name),
            )
        })
    }

    /// The constraint that any value of this kind satisfies.
    pub fn any(&self) -> Constraint {
        match self.kind {
            ParameterKind::Ref => Constraint::Ref("refs/heads/**".into()),
            ParameterKind::Number => Constraint::Range(1, (1 << 53) - 1),
            ParameterKind::Text | ParameterKind::Word => Constraint::Glob("**".into()),
        }
    }
}
