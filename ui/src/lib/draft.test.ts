import { expect, it } from "vitest";
import { CATALOGUE } from "../backend/fake/catalogue";
import { blank, draft, like, missing, telling } from "./draft";
import { plain, sentence } from "./sentence";

const filled = () => ({
  ...blank(),
  holder: `ed25519:${"A".repeat(43)}=`,
  label: "ci-bot",
  connection: "github",
  resources: [{ id: "repository:1", name: "acme/backend" }],
  actions: new Map([
    ["pulls/merge", { target: "main" } as Record<string, string>],
    ["pulls/create", {} as Record<string, string>],
  ]),
});

it("says what is missing, and nothing when nothing is", () => {
  expect(missing(blank(), CATALOGUE)).toEqual(["choose the agent", "choose a connection", "choose a repository", "choose what it may do"]);
  expect(missing({ ...filled(), actions: new Map([["pulls/merge", {}]]) }, CATALOGUE)).toEqual(["say which target it may use to merge a pull request"]);
  expect(missing({ ...filled(), uses: "0.5" }, CATALOGUE)).toEqual(["the number of uses is a whole number from 1"]);
  expect(missing({ ...filled(), holder: "ssh-ed25519 AAAA" }, CATALOGUE)).toHaveLength(1);
  expect(missing(filled(), CATALOGUE)).toEqual([]);
});

it("mentions every argument but those left out, and says which may be absent", () => {
  const made = draft(filled(), CATALOGUE);
  expect(made.actions[0]).toEqual({
    action: "pulls/merge",
    arguments: [
      { name: "branch", constraint: { ref: "refs/heads/**" }, may_be_absent: false },
      { name: "target", constraint: { exact: "main" }, may_be_absent: false },
    ],
  });
  expect(made.actions[1]?.arguments.at(-1)).toEqual({ name: "body", constraint: { glob: "**" }, may_be_absent: true });
  expect(made.purpose).toBe("not stated");
});

it("writes the sentence while it is filled in", () => {
  expect(plain(sentence(telling(blank(), CATALOGUE, "ada")))).toBe("ada lets an agent do nothing yet, for 8 h. It can be passed on once, narrowed.");
  expect(plain(sentence(telling(filled(), CATALOGUE, "ada")))).toContain("merge pull requests into main and open pull requests in acme/backend through github, for 8 h");
});

it("asks for the like again, without widening it", () => {
  const made = draft(filled(), CATALOGUE);
  const again = like({
    id: "sha256:1",
    parent: null,
    person: "ada",
    holder: made.holder,
    holder_id: "sha256:2",
    label: made.label,
    purpose: "ship",
    grants: made.actions.map((one) => ({
      connection: "github",
      actions: [one.action],
      resources: made.resources,
      arguments: Object.fromEntries(one.arguments.map((each) => [each.name, each.constraint])) as never,
    })),
    not_before: 0,
    expires: 28_800,
    max_uses: 5,
    uses: 5,
    max_depth: 0,
    state: "expired",
  });
  expect(draft(again, CATALOGUE)).toEqual({ ...made, purpose: "ship", max_uses: 5, max_depth: 0 });
});
