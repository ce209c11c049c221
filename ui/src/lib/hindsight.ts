/**
 * What a draft would have covered of what was asked before. A help while the form is filled in; what a
 * capability allows is decided by the broker, from the statement.
 */
import type { Constraint, Draft } from "../backend/backend";
import type { JsonValue, OperationView } from "../bindings/protocol";

/** How far back it looks, in seconds. */
export const SPAN = 30 * 86_400;

export interface Hindsight {
  /** How many requests there were. */
  asked: number;
  /** Those that lie within the draft. */
  covered: number;
  /** Of these, those that policy or a person refused all the same. */
  refused: number;
}

/** A glob as the constraints have it: `*` without `/`, `**` with it, nothing else special. */
function glob(pattern: string): RegExp {
  const source = pattern.replace(/\*+|[^*]/gs, (piece) => (piece.startsWith("*") ? (piece.length > 1 ? "[^]*" : "[^/]*") : piece.replace(/[\\^$.|?+()[\]{}]/, "\\$&")));
  return new RegExp(`^${source}$`, "u");
}

/** Whether a value lies within a constraint. */
export function meets(constraint: Constraint, value: JsonValue): boolean {
  if ("exact" in constraint) return value === constraint.exact;
  if ("one_of" in constraint) return constraint.one_of.some((one) => one === value);
  if ("range" in constraint) return typeof value === "number" && value >= constraint.range.min && value <= constraint.range.max;
  if (typeof value !== "string") return false;
  if ("glob" in constraint) return glob(constraint.glob).test(value);
  if ("ref" in constraint) return glob(constraint.ref).test(value.startsWith("refs/") ? value : `refs/heads/${value}`);
  return value === constraint.path_prefix || value.startsWith(`${constraint.path_prefix.replace(/\/$/, "")}/`);
}

/** Whether a draft covers an operation: every argument that it has is allowed, and every one that must be there is. */
export function covers(draft: Pick<Draft, "connection" | "resources" | "actions">, operation: OperationView): boolean {
  if (operation.connection !== draft.connection || !draft.resources.some((one) => one.id === operation.resource.id)) return false;
  const action = draft.actions.find((one) => one.action === operation.action);
  const given = operation.arguments;
  if (!action || typeof given !== "object" || given === null || Array.isArray(given)) return false;
  const allowed = Object.entries(given).every(([name, value]) => {
    const found = action.arguments.find((one) => one.name === name);
    return found !== undefined && meets(found.constraint, value);
  });
  return allowed && action.arguments.every((one) => one.may_be_absent || one.name in given);
}

/** Over the operations at hand, newest first. */
export function hindsight(draft: Pick<Draft, "connection" | "resources" | "actions">, operations: OperationView[], now: number): Hindsight {
  const past = operations.filter((one) => one.outcome !== null && one.received > now - SPAN);
  const covered = past.filter((one) => covers(draft, one));
  return { asked: past.length, covered: covered.length, refused: covered.filter((one) => one.outcome === "denied").length };
}
