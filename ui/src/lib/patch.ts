/** A unified patch, line by line, with the numbers that each line has on both sides. */

export interface PatchLine {
  kind: "hunk" | "same" | "added" | "removed" | "note";
  /** The line's number in the earlier and in the later file; `null` where it is in neither. */
  old: number | null;
  new: number | null;
  text: string;
}

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;

/** Its lines. Whatever is before the first hunk is a note. */
export function patchLines(patch: string): PatchLine[] {
  const out: PatchLine[] = [];
  let [old, now] = [0, 0];
  let inside = false;
  for (const line of patch.replace(/\n$/, "").split("\n")) {
    const hunk = HUNK.exec(line);
    if (hunk) {
      [old, now, inside] = [Number(hunk[1]), Number(hunk[2]), true];
      out.push({ kind: "hunk", old: null, new: null, text: line });
      continue;
    }
    const [mark, text] = [line.slice(0, 1), line.slice(1)];
    if (!inside || mark === "\\") out.push({ kind: "note", old: null, new: null, text: line });
    else if (mark === "+") out.push({ kind: "added", old: null, new: now++, text });
    else if (mark === "-") out.push({ kind: "removed", old: old++, new: null, text });
    else out.push({ kind: "same", old: old++, new: now++, text });
  }
  return out;
}
