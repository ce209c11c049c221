/** Operations by outcome over time: counts in equal steps of a span. */
import type { OperationView } from "../bindings/protocol";
import { OUTCOMES, type Outcome, outcomeOf } from "./words";

/** The spans that the chart offers. */
export const SPANS = [
  { key: "hour", word: "Hour", seconds: 3_600, step: 120 },
  { key: "day", word: "Day", seconds: 86_400, step: 3_600 },
  { key: "week", word: "Week", seconds: 604_800, step: 21_600 },
] as const;

export type Span = (typeof SPANS)[number]["key"];

export interface Bucket {
  /** Its first second. */
  from: number;
  counts: Record<Exclude<Outcome, "running">, number>;
}

/** The buckets of the span that ends with the step around `now`, oldest first. */
export function buckets(operations: Pick<OperationView, "received" | "outcome">[], span: Span, now: number): Bucket[] {
  const chosen = SPANS.find((one) => one.key === span) ?? SPANS[0];
  const last = Math.floor(now / chosen.step) * chosen.step;
  const many = Math.round(chosen.seconds / chosen.step);
  const first = last - (many - 1) * chosen.step;
  const out: Bucket[] = Array.from({ length: many }, (_, index) => ({
    from: first + index * chosen.step,
    counts: { succeeded: 0, denied: 0, failed: 0, expired: 0, halted: 0, unknown: 0 },
  }));
  for (const operation of operations) {
    const outcome = outcomeOf(operation.outcome);
    if (outcome === "running") continue;
    const bucket = out[Math.floor((operation.received - first) / chosen.step)];
    if (bucket) bucket.counts[outcome] += 1;
  }
  return out;
}

/** How many in all, by outcome. */
export function totals(all: Bucket[]): { outcome: Exclude<Outcome, "running">; word: string; count: number }[] {
  return OUTCOMES.map(({ outcome, word }) => ({
    outcome,
    word,
    count: all.reduce((sum, bucket) => sum + bucket.counts[outcome], 0),
  }));
}
