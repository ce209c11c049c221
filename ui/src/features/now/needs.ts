/** What needs a person now, most pressing first. Each is true at this moment and goes away by being done. */
import type { CapabilityView, OperationView, Status } from "../../bindings/protocol";
import { isLive } from "../../lib/forest";
import { length } from "../../lib/time";
import { operationSentence } from "../../lib/words";

export interface Need {
  key: string;
  kind: "unknown" | "root" | "paused" | "expiring";
  /** What is so, in words of ours. */
  says: string;
  /** Somebody else's words in it. */
  about: string;
  /** What it means. */
  means: string;
  /** What it is about: an operation's, pause's or capability's id, a connection's name. */
  id: string;
}

/** Capabilities that end within this are worth a word, in seconds. */
const SOON = 3_600;

export function needs(
  status: Status | null,
  operations: OperationView[],
  capabilities: CapabilityView[],
  labelOf: (key: string) => string | null,
  now: number,
): Need[] {
  const unknown = operations
    .filter((one) => one.outcome === "unknown")
    .map(
      (one): Need => ({
        key: `unknown-${one.id}`,
        kind: "unknown",
        says: "Nobody knows yet whether this happened:",
        about: operationSentence(one),
        means: "It was sent, and no answer came. Bailiwick looks it up; do not have it done again before.",
        id: one.id,
      }),
    );
  const roots = (status?.connections ?? [])
    .filter((one) => !one.root_present)
    .map(
      (one): Need => ({
        key: `root-${one.name}`,
        kind: "root",
        says: "The broker does not have the App's key of",
        about: one.name,
        means: "Nothing can be done through this connection until it is connected again.",
        id: one.name,
      }),
    );
  const paused = (status?.paused ?? [])
    .filter((one) => one.target.kind !== "everything")
    .map(
      (one): Need => ({
        key: `paused-${one.id}`,
        kind: "paused",
        says: "Paused:",
        about: labelOf(one.target.id) ?? one.target.id,
        means: `Nothing new has started there for ${length(now - one.since)}. Lifting it takes your signature.`,
        id: one.id,
      }),
    );
  const expiring = capabilities
    .filter((one) => isLive(one) && one.parent === null && one.expires > now && one.expires - now < SOON)
    .map(
      (one): Need => ({
        key: `expiring-${one.id}`,
        kind: "expiring",
        says: `Ends in ${length(Math.max(60, (one.expires - now) - ((one.expires - now) % 60)))}:`,
        about: one.label,
        means: one.purpose,
        id: one.id,
      }),
    );
  return [...unknown, ...roots, ...paused, ...expiring];
}
