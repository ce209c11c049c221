/** A change as one long list of rows, and the colours of its lines. */
import type { Diff, DiffFile } from "../../bindings/protocol";
import { patchLines } from "../../lib/patch";
import type { Word } from "../code/colour";

export interface Row {
  key: string;
  kind: "file" | "hunk" | "same" | "added" | "removed" | "note";
  /** Which file of the change, and which line of its patch. */
  file: number;
  line: number;
  old: number | null;
  new: number | null;
  text: string;
  /** Behind a file's name. */
  note: string;
}

function note(file: DiffFile): string {
  const moved = file.from !== null && file.from !== file.path ? `was ${file.from}` : "";
  const without = file.patch === null ? (file.added + file.removed > 0 || file.status !== "renamed" ? "no text to show: binary, or cut by the destination" : "nothing in it changed") : "";
  return [moved, without].filter(Boolean).join("; ");
}

export function rowsOf(diff: Diff): Row[] {
  return diff.files.flatMap((file, index): Row[] => {
    const head: Row = { key: `${index}`, kind: "file", file: index, line: -1, old: null, new: null, text: file.path, note: note(file) };
    if (file.patch === null) return [head];
    return [head, ...patchLines(file.patch).map((line, number): Row => ({ ...line, key: `${index}.${number}`, file: index, line: number, note: "" }))];
  });
}

/** The words of each file's lines. Both sides are coloured as whole texts, so that a comment over several lines is one. */
export async function coloured(diff: Diff): Promise<Map<number, Word[][]>> {
  const { colour, languageOf } = await import("../code/colour");
  const out = new Map<number, Word[][]>();
  diff.files.forEach((file, index) => {
    const language = languageOf(file.path);
    if (file.patch === null || language === null) return;
    const lines = patchLines(file.patch);
    const side = (kind: "added" | "removed"): Map<number, Word[]> => {
      const chosen = lines.flatMap((line, number) => (line.kind === "same" || line.kind === kind ? [{ number, text: line.text }] : []));
      const words = colour(chosen.map((line) => line.text).join("\n"), language);
      return new Map(chosen.map((line, place) => [line.number, words[place] ?? []]));
    };
    const [before, after] = [side("removed"), side("added")];
    out.set(
      index,
      lines.map((line, number) => (line.kind === "removed" ? before : after).get(number) ?? [{ text: line.text, tone: "" as const }]),
    );
  });
  return out;
}
