/** The catalogue `github-1`, as the shell tells it. */
import type { ActionView, ArgumentView } from "../backend";

const ref = (name: string, unsaid: ArgumentView["unsaid"] = "any"): ArgumentView => ({
  name,
  kind: "ref",
  required: true,
  unsaid,
  any: { ref: "refs/heads/**" },
});
const text = (name: string, required = true): ArgumentView => ({
  name,
  kind: "text",
  required,
  unsaid: "any",
  any: { glob: "**" },
});
const word = (name: string, required: boolean, unsaid: ArgumentView["unsaid"]): ArgumentView => ({
  name,
  kind: "word",
  required,
  unsaid,
  any: { glob: "**" },
});

const MOVED = ref("branch", "must-be-said");
const PATH = word("path", true, "any");
const COMMIT = word("sha", true, "any");

export const CATALOGUE: ActionView[] = [
  {
    id: "pulls/merge",
    alias: "github.merge",
    does: "merge a pull request",
    arguments: [ref("branch"), ref("target", "must-be-said"), word("merge_method", false, "left-out")],
  },
  {
    id: "issues/create-comment",
    alias: "github.comment",
    does: "comment on an issue or pull request",
    arguments: [
      { name: "issue", kind: "number", required: true, unsaid: "any", any: { range: { min: 1, max: Number.MAX_SAFE_INTEGER } } },
      text("body"),
    ],
  },
  {
    id: "pulls/create",
    alias: "github.open_pull_request",
    does: "open a pull request",
    arguments: [ref("branch"), ref("target"), text("title"), text("body", false)],
  },
  {
    id: "repos/create-deployment",
    alias: "github.deploy",
    does: "deploy a ref to an environment",
    arguments: [ref("ref"), word("environment", true, "must-be-said")],
  },
  {
    id: "repos/create-or-update-file-contents",
    alias: "github.write_file",
    does: "write a file on a branch",
    arguments: [MOVED, PATH, text("content"), text("message")],
  },
  { id: "repos/delete-file", alias: "github.delete_file", does: "remove a file from a branch", arguments: [MOVED, PATH, text("message")] },
  { id: "git/create-ref", alias: "github.create_branch", does: "make a branch", arguments: [MOVED, COMMIT] },
  { id: "git/update-ref", alias: "github.move_branch", does: "move a branch forward", arguments: [MOVED, COMMIT] },
  { id: "git/delete-ref", alias: "github.delete_branch", does: "remove a branch", arguments: [MOVED] },
  {
    id: "repos/merge",
    alias: "github.merge_branch",
    does: "merge a branch into another without a pull request",
    arguments: [ref("branch"), ref("target", "must-be-said"), text("message")],
  },
  {
    id: "pulls/update-branch",
    alias: "github.update_branch",
    does: "bring a pull request's branch up to date",
    arguments: [MOVED, ref("target")],
  },
];
