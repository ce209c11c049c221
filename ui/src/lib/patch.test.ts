import { expect, it } from "vitest";
import { patchLines } from "./patch";

it("numbers both sides, over several hunks", () => {
  const lines = patchLines("@@ -3,2 +3,3 @@ fn main\n a\n-b\n+c\n+d\n@@ -10 +11 @@\n e\n\\ No newline at end of file\n");
  expect(lines.map(({ kind, old, new: now }) => [kind, old, now])).toEqual([
    ["hunk", null, null],
    ["same", 3, 3],
    ["removed", 4, null],
    ["added", null, 4],
    ["added", null, 5],
    ["hunk", null, null],
    ["same", 10, 11],
    ["note", null, null],
  ]);
  expect(lines[2]?.text).toBe("b");
});

it("takes nothing before the first hunk for a change", () => {
  expect(patchLines("+++ b/evil\n--- a/evil").map((line) => line.kind)).toEqual(["note", "note"]);
});

it("keeps a line that only looks like a hunk inside one", () => {
  expect(patchLines("@@ -1 +1 @@\n+@@ -1 +1 @@").map((line) => line.kind)).toEqual(["hunk", "added"]);
});
