import { expect, it } from "vitest";
import type { OperationView } from "../bindings/protocol";
import { covers, hindsight, meets } from "./hindsight";

it("reads patterns as the statements do", () => {
  for (const [pattern, value, fits] of [
    ["feat-*", "feat-123", true],
    ["feat-*", "feat-1/2", false],
    ["*", "", true],
    ["**", "a/b", true],
    ["a/**/z", "a/b/c/z", true],
    ["feat", "feat-1", false],
    ["a.c", "abc", false],
    ["a***", "a/b", true],
    ["**", "two\nlines", true],
  ] as const) {
    expect([pattern, value, meets({ glob: pattern }, value)]).toEqual([pattern, value, fits]);
  }
  expect(meets({ ref: "refs/heads/main" }, "main")).toBe(true);
  expect(meets({ ref: "refs/heads/*" }, "a/b")).toBe(false);
  expect(meets({ range: { min: 1, max: 5 } }, 5)).toBe(true);
  expect(meets({ range: { min: 1, max: 5 } }, "5")).toBe(false);
  expect(meets({ path_prefix: "docs" }, "docs/a")).toBe(true);
  expect(meets({ path_prefix: "docs" }, "docs2")).toBe(false);
});

const draft = {
  connection: "github",
  resources: [{ id: "repository:1", name: "acme/backend" }],
  actions: [{ action: "pulls/merge", arguments: [{ name: "branch", constraint: { ref: "refs/heads/**" }, may_be_absent: false }, { name: "target", constraint: { exact: "main" }, may_be_absent: false }] }],
};
const asked = (told: Partial<OperationView>): OperationView =>
  ({ action: "pulls/merge", connection: "github", resource: { id: "repository:1", name: "acme/backend" }, arguments: { branch: "b", target: "main" }, outcome: "succeeded", received: 1_000, ...told }) as OperationView;

it("covers an operation only where each of its arguments lies within, and none is missing or unmentioned", () => {
  expect(covers(draft, asked({}))).toBe(true);
  expect(covers(draft, asked({ connection: "other" }))).toBe(false);
  expect(covers(draft, asked({ resource: { id: "repository:2", name: "acme/backend" } }))).toBe(false);
  expect(covers(draft, asked({ arguments: { branch: "b", target: "release" } }))).toBe(false);
  expect(covers(draft, asked({ arguments: { target: "main" } }))).toBe(false);
  expect(covers(draft, asked({ arguments: { branch: "b", target: "main", merge_method: "squash" } }))).toBe(false);
});

it("counts what is past and not too long ago", () => {
  const operations = [asked({}), asked({ outcome: "denied" }), asked({ outcome: null }), asked({ received: 1_000 - 31 * 86_400 }), asked({ action: "pulls/create" })];
  expect(hindsight(draft, operations, 1_001)).toEqual({ asked: 3, covered: 2, refused: 1 });
});
