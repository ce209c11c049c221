/** What an argument may be: reading it from a statement, writing it as words, parsing what a person typed. */
import type { ArgumentView, Constraint } from "../backend/backend";
import type { JsonValue } from "../bindings/protocol";

const ANY_NUMBER = Number.MAX_SAFE_INTEGER;

/** A constraint as it stands in a grant; `null` when it is none that this version knows. */
export function read(value: JsonValue | undefined): Constraint | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const keys = Object.keys(value);
  const known = ["exact", "one_of", "glob", "range", "path_prefix", "ref"];
  if (keys.length !== 1 || !known.includes(keys[0] ?? "")) return null;
  return value as unknown as Constraint;
}

/** Whether every value of its kind meets it. */
export function isAny(constraint: Constraint): boolean {
  if ("glob" in constraint) return constraint.glob === "**";
  if ("ref" in constraint) return constraint.ref === "refs/heads/**" || constraint.ref === "refs/**";
  if ("range" in constraint) return constraint.range.min <= 1 && constraint.range.max >= ANY_NUMBER;
  return false;
}

/** As a noun: `main`, `branches matching feat-*`, `any branch`, `1 to 5`. */
export function noun(constraint: Constraint): string {
  if ("exact" in constraint) return String(constraint.exact);
  if ("one_of" in constraint) return list(constraint.one_of.map(String), "or");
  if ("glob" in constraint) return constraint.glob === "**" ? "anything" : `what matches ${constraint.glob}`;
  if ("range" in constraint) {
    return isAny(constraint) ? "any number" : `${constraint.range.min} to ${constraint.range.max}`;
  }
  if ("path_prefix" in constraint) return `what lies at or below ${constraint.path_prefix}`;
  return isAny(constraint) ? "any branch" : `branches matching ${shortRef(constraint.ref)}`;
}

/** After the argument's name: `is main`, `is any branch`. */
export function words(constraint: Constraint): string {
  if ("one_of" in constraint) return `is one of ${constraint.one_of.map(String).join(", ")}`;
  if ("glob" in constraint && !isAny(constraint)) return `matches ${constraint.glob}`;
  if ("ref" in constraint && !isAny(constraint)) return `matches ${constraint.ref}`;
  if ("range" in constraint && !isAny(constraint)) return `is from ${constraint.range.min} to ${constraint.range.max}`;
  if ("path_prefix" in constraint) return `is at or below ${constraint.path_prefix}`;
  return `is ${noun(constraint)}`;
}

/**
 * What a person typed for an argument: nothing is any value, a comma-separated list one of several, `*` in it
 * a pattern, `1-5` a range where numbers stand. `null` when it cannot be.
 */
export function parse(argument: ArgumentView, text: string): Constraint | null {
  const typed = text.trim();
  if (typed === "") return argument.unsaid === "must-be-said" ? null : argument.any;
  const several = typed
    .split(",")
    .map((value) => value.trim())
    .filter((value) => value !== "");
  if (argument.kind === "number") {
    const range = /^(\d+)\s*(?:-|–|\.\.|to)\s*(\d+)$/.exec(typed);
    if (range) {
      const [min, max] = [Number(range[1]), Number(range[2])];
      return min <= max && Number.isSafeInteger(max) ? { range: { min, max } } : null;
    }
    const numbers = several.map(Number);
    if (numbers.some((value) => !Number.isSafeInteger(value) || value < 1)) return null;
    return numbers.length === 1 && numbers[0] !== undefined ? { exact: numbers[0] } : { one_of: numbers };
  }
  if (several.length > 1) return several.some((value) => value.includes("*")) ? null : { one_of: several };
  const one = several[0];
  if (one === undefined) return null;
  if (!one.includes("*")) return { exact: one };
  if (argument.kind !== "ref") return { glob: one };
  return { ref: one.startsWith("refs/") ? one : `refs/heads/${one}` };
}

/** `a`, `a or b`, `a, b or c`. */
export function list(items: string[], word: "and" | "or"): string {
  if (items.length <= 1) return items.join("");
  return `${items.slice(0, -1).join(", ")} ${word} ${items.at(-1)}`;
}

function shortRef(pattern: string): string {
  return pattern.startsWith("refs/heads/") ? pattern.slice("refs/heads/".length) : pattern;
}
