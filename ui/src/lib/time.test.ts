import { expect, it } from "vitest";
import { ago, length, microseconds, milliseconds, until } from "./time";

it("says lengths in two units", () => {
  expect([0, 1, 59, 60, 3_600, 4_800, 28_800, 90_000].map(length)).toEqual([
    "0 s",
    "1 s",
    "59 s",
    "1 min",
    "1 h",
    "1 h 20 min",
    "8 h",
    "1 d 1 h",
  ]);
});

it("says measurements as they were measured", () => {
  expect([0, 94, 2_400, 61_000].map(milliseconds)).toEqual(["0 ms", "94 ms", "2.4 s", "1 min 1 s"]);
  expect([310, 1_240, 12_300].map(microseconds)).toEqual(["310 µs", "1.2 ms", "12 ms"]);
});

it("says how long ago and how soon", () => {
  expect([ago(100, 100), ago(60, 100), ago(0, 7_300)]).toEqual(["just now", "40 s ago", "2 h ago"]);
  expect([until(160, 100), until(50, 100)]).toEqual(["in 1 min", "50 s ago"]);
});
