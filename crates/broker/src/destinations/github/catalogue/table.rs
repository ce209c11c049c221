//! The table: every action with its arguments and what its credentials may.
//!
//! What moves a branch without a pull request is here so that policy can speak of it, and refuse it where it guards
//! the branch. INVARIANT: each credential for an act has one permission to write, and each for evidence none.

use super::argument::{self, ArgumentKind, ArgumentSpec};
use super::{ActionSpec, branch_move, operation};
use crate::destinations::github::scope::{Level, Permissions};

const BRANCH: ArgumentSpec = ArgumentSpec {
    name: "branch",
    kind: ArgumentKind::Branch,
    required: true,
    about: "the branch with the change, by its short name",
};
const MOVED: ArgumentSpec = ArgumentSpec {
    name: "branch",
    kind: ArgumentKind::Branch,
    required: true,
    about: "the branch that moves, by its short name",
};
const PATH: ArgumentSpec = ArgumentSpec {
    name: "path",
    kind: ArgumentKind::Path,
    required: true,
    about: "the file, from the repository's root",
};
const COMMIT: ArgumentSpec = ArgumentSpec {
    name: "sha",
    kind: ArgumentKind::Commit,
    required: true,
    about: "the commit, by its whole name",
};
const MESSAGE: ArgumentSpec = ArgumentSpec {
    name: "message",
    kind: ArgumentKind::Line { max_bytes: 256 },
    required: true,
    about: "the commit's message",
};
const READ: Permissions = &[("contents", Level::Read), ("metadata", Level::Read)];
const CONTENTS_WRITE: Permissions = &[("contents", Level::Write)];
const TARGET: ArgumentSpec = ArgumentSpec {
    name: "target",
    kind: ArgumentKind::Branch,
    required: true,
    about: "the branch that it goes into, by its short name",
};

/// Every action of this catalogue: the story's, then those that move a branch without a pull request.
pub static ACTIONS: [ActionSpec; 11] = [
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
    ActionSpec {
        id: "repos/create-or-update-file-contents",
        alias: "github.write_file",
        about: "write one file on a branch",
        arguments: &[
            MOVED,
            PATH,
            ArgumentSpec {
                name: "content",
                kind: ArgumentKind::Text { max_bytes: argument::MAX_BODY_BYTES },
                required: true,
                about: "the file's whole text",
            },
            MESSAGE,
        ],
        evidence: READ,
        act: CONTENTS_WRITE,
        look_up: READ,
        build: branch_move::write_file,
    },
    ActionSpec {
        id: "repos/delete-file",
        alias: "github.delete_file",
        about: "remove one file from a branch",
        arguments: &[MOVED, PATH, MESSAGE],
        evidence: READ,
        act: CONTENTS_WRITE,
        look_up: READ,
        build: branch_move::delete_file,
    },
    ActionSpec {
        id: "git/create-ref",
        alias: "github.create_branch",
        about: "make a branch at a commit",
        arguments: &[MOVED, COMMIT],
        evidence: READ,
        act: CONTENTS_WRITE,
        look_up: READ,
        build: branch_move::create,
    },
    ActionSpec {
        id: "git/update-ref",
        alias: "github.move_branch",
        about: "move a branch forward to a commit",
        arguments: &[MOVED, COMMIT],
        evidence: READ,
        act: CONTENTS_WRITE,
        look_up: READ,
        build: branch_move::forward,
    },
    ActionSpec {
        id: "git/delete-ref",
        alias: "github.delete_branch",
        about: "remove a branch",
        arguments: &[MOVED],
        evidence: READ,
        act: CONTENTS_WRITE,
        look_up: READ,
        build: branch_move::delete,
    },
    ActionSpec {
        id: "repos/merge",
        alias: "github.merge_branch",
        about: "merge a branch into another without a pull request",
        arguments: &[BRANCH, TARGET, MESSAGE],
        evidence: READ,
        act: CONTENTS_WRITE,
        look_up: READ,
        build: branch_move::merge,
    },
    ActionSpec {
        id: "pulls/update-branch",
        alias: "github.update_branch",
        about: "bring the target of the one open pull request into its branch",
        arguments: &[BRANCH, TARGET],
        evidence: &[("contents", Level::Read), ("metadata", Level::Read), ("pull_requests", Level::Read)],
        act: &[("pull_requests", Level::Write)],
        look_up: &[("metadata", Level::Read), ("pull_requests", Level::Read)],
        build: branch_move::update,
    },
];

/// What nobody is offered though GitHub knows it, and why: so that a refusal says more than that it is unknown.
pub(super) const NEVER: [(&str, &str); 9] = [
    ("pulls/enable-auto-merge", LATER),
    ("pulls/enqueue", LATER),
    ("pulls/create-review", "an agent never approves"),
    ("pulls/submit-review", "an agent never approves"),
    ("pulls/dismiss-review", "an agent never takes back what a person said"),
    ("checks/create", "an agent never says that a check passed"),
    ("checks/update", "an agent never says that a check passed"),
    ("repos/create-commit-status", "an agent never says that a check passed"),
    ("repos/rename-branch", "what is called `main` is not an agent's to say"),
];

const LATER: &str = "it happens later, under conditions that nobody has judged";
