import { expect, it } from "vitest";
import type { OperationView } from "../bindings/protocol";
import { lifetimes } from "./lifetimes";

const lived = (...lives: (number | null)[]): Pick<OperationView, "credentials"> => ({ credentials: lives.map((life_ms) => ({ life_ms }) as OperationView["credentials"][number]) });

it("counts each ended credential once, in the step that it ended before", () => {
  const counts = lifetimes([lived(0, 99), lived(100, null), lived(4_999, 14_999)]).map((one) => [one.below, one.count]);
  expect(counts).toEqual([[100, 2], [250, 1], [500, 0], [1_000, 0], [2_000, 0], [5_000, 1], [15_000, 1]]);
});

it("does not hide one that lived on", () => {
  expect(lifetimes([lived(15_000)]).at(-1)).toEqual({ below: null, word: "15 s and more", count: 1 });
});
