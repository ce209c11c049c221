import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { ProofView } from "../bindings/protocol";
import { LOOSER, TIGHTER, claims, mayBeSigned } from "./proof";

const MAIN = "nothing but a reviewed merge moves `main`";
const of = (claim: string, action: string, answer: string): ProofView => ({ claim, action, answer, example: answer === "refuted" ? { action } : null });

it("sums up each claim by what stands against it", () => {
  const found = claims([of(MAIN, "pulls/merge", "proved"), of(MAIN, "git/update-ref", "refuted"), of(LOOSER, "pulls/merge", "refuted"), of(TIGHTER, "pulls/merge", "proved"), of("no agent ever approves", "approve", "unknown")]);
  expect(found.map(({ says, answer, asked, against }) => [says, answer, asked, against.map((one) => one.action)])).toEqual([
    [MAIN, "refuted", 2, ["git/update-ref"]],
    ["the new guard allows what the one in force refuses", "differs", 1, ["pulls/merge"]],
    ["the new guard refuses nothing that the one in force allows", "proved", 1, []],
    ["no agent ever approves", "unknown", 1, ["approve"]],
  ]);
});

it("says in one line what no agent ever does, where all of it is proved", () => {
  const never = [of("no agent ever approves", "approve", "proved"), of("no agent ever enrols a key", "enrol", "proved")];
  expect(claims([...never, of(MAIN, "pulls/merge", "proved")]).map((one) => one.says)).toEqual(["no agent ever approves or enrols a key", MAIN]);
  expect(claims([...never, of("no agent ever connects a destination", "connect", "refuted")]).map((one) => [one.says, one.answer])).toEqual([
    ["no agent ever approves or enrols a key", "proved"],
    ["no agent ever connects a destination", "refuted"],
  ]);
});

it("lets a difference be signed, and nothing that is not proved", () => {
  expect(mayBeSigned([of(MAIN, "pulls/merge", "proved"), of(LOOSER, "pulls/merge", "refuted"), of(TIGHTER, "pulls/merge", "unknown")])).toBe(true);
  expect(mayBeSigned([of(MAIN, "pulls/merge", "refuted")])).toBe(false);
  expect(mayBeSigned([of(MAIN, "pulls/merge", "unknown")])).toBe(false);
  expect(mayBeSigned([of(MAIN, "pulls/merge", "something new")])).toBe(false);
  expect(mayBeSigned([of(LOOSER, "pulls/merge", "proved")])).toBe(false);
  expect(mayBeSigned([])).toBe(false);
});

it("knows the comparisons by the words that the prover uses", () => {
  const prover = readFileSync(new URL("../../../proof/src/prover.rs", import.meta.url), "utf8");
  for (const claim of [LOOSER, TIGHTER]) expect(prover).toContain(`"${claim}"`);
});
