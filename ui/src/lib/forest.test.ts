import { expect, it } from "vitest";
import type { CapabilityView, OperationView } from "../bindings/protocol";
import { buckets, totals } from "./buckets";
import { forest, lineage, matches } from "./forest";

const capability = (id: string, parent: string | null, person = "ada"): CapabilityView => ({
  id,
  parent,
  person,
  holder: "ed25519:x",
  holder_id: `sha256:${id}`,
  label: `label-${id}`,
  purpose: "ship",
  grants: [{ connection: "github", actions: ["pulls/merge"], resources: [{ id: "repository:1", name: "acme/backend" }], arguments: {} }],
  not_before: 0,
  expires: 10,
  max_uses: null,
  uses: 0,
  max_depth: 1,
  state: "active",
});

it("hangs children and live operations where they belong", () => {
  const all = [capability("a", null), capability("b", "a"), capability("c", "gone"), capability("d", null, "grace")];
  const running = [{ id: "op", chain: ["a", "b"] } as OperationView, { id: "lost", chain: [] as string[] } as OperationView];
  const [ada, grace] = forest(all, running);
  expect(ada?.children.map((node) => node.id)).toEqual(["a", "c"]);
  expect(ada?.children[0]?.children[0]?.children[0]?.id).toBe("op");
  expect(grace?.id).toBe("person:grace");
  expect(lineage(all, "b").map((one) => one.id)).toEqual(["a", "b"]);
});

it("survives a parent that is its own", () => {
  expect(lineage([capability("a", "b"), capability("b", "a")], "a").length).toBe(2);
});

it("finds by every word", () => {
  expect(matches(capability("a", null), "ACME merge")).toBe(true);
  expect(matches(capability("a", null), "acme deploy")).toBe(false);
});

it("counts each finished operation once, where it was received", () => {
  const now = 1_000_000;
  const all = [
    { received: now - 10, outcome: "succeeded" },
    { received: now - 400, outcome: "denied" },
    { received: now - 3_700, outcome: "failed" },
    { received: now, outcome: null },
    { received: now, outcome: "something new" },
  ];
  const made = buckets(all, "hour", now);
  expect(made.length).toBe(30);
  expect(Object.fromEntries(totals(made).map((one) => [one.outcome, one.count]))).toEqual({
    succeeded: 1,
    denied: 1,
    failed: 0,
    expired: 0,
    halted: 0,
    unknown: 1,
  });
});
