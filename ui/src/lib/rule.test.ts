import { expect, it } from "vitest";
import type { RuleBasis } from "../backend/approvals";
import { draft, missing, narrowest, ruleSentence } from "./rule";

const rule: RuleBasis = {
  agent: "ci-bot",
  action: "pulls/merge",
  resource: "acme/backend",
  connection: "github",
  arguments: [
    { name: "branch", kind: "ref", value: "docs-1", any: { ref: "refs/heads/**" } },
    { name: "target", kind: "ref", value: "main", any: null },
  ],
};

it("begins as narrow as the request itself", () => {
  const form = narrowest(rule);
  expect(missing(rule, form)).toEqual([]);
  expect(draft("sha256:1", ["ask-about-forks"], rule, form)).toEqual({
    request: "sha256:1",
    asks: ["ask-about-forks"],
    arguments: [
      { name: "branch", constraint: { exact: "docs-1" } },
      { name: "target", constraint: { exact: "main" } },
    ],
    max_uses: 10,
    seconds: 86_400,
  });
});

it("never leaves open what authority hangs on, and never lasts or counts without an end", () => {
  const form = narrowest(rule);
  form.arguments.target = { opening: "any", typed: "" };
  expect(missing(rule, form)).toEqual(["say what target may be"]);
  form.arguments.target = { opening: "pattern", typed: "" };
  expect(missing(rule, form)).toEqual(["say what target may be"]);
  for (const uses of ["", "0", "-1", "1.5", "1001", "all"]) expect(missing(rule, { ...narrowest(rule), uses })).toHaveLength(1);
});

it("says what it lets through", () => {
  const form = narrowest(rule);
  form.arguments.branch = { opening: "pattern", typed: "docs-*" };
  expect(ruleSentence(rule, form, "merge a pull request")).toBe(
    "ci-bot may merge a pull request in acme/backend where branch matches docs-* and target is main without asking, 10 times at most, for 1 day.",
  );
});
