/** The product's words for stages, outcomes, ends of credentials and errors: one table for each. */
import type { Failure } from "../backend/backend";
import type { OperationView, Stage, TargetView } from "../bindings/protocol";

/** The stages in their order, as the flow shows them. */
export const STAGES: { stage: Stage; does: string; short: string }[] = [
  { stage: "received", does: "received", short: "received" },
  { stage: "verified", does: "chain verified", short: "verified" },
  { stage: "evidence", does: "gathering evidence", short: "evidence" },
  { stage: "decided", does: "policy decided", short: "decided" },
  { stage: "awaiting-approval", does: "waiting for a person", short: "waiting" },
  { stage: "minting", does: "minting a credential", short: "minting" },
  { stage: "acting", does: "acting", short: "acting" },
  { stage: "finished", does: "finished", short: "finished" },
];

export const stageNumber = (stage: Stage): number => STAGES.findIndex((one) => one.stage === stage);
export const stageDoes = (stage: Stage): string => STAGES.find((one) => one.stage === stage)?.does ?? stage;

/** How an operation stands; `running` while it has no outcome. */
export type Outcome = "running" | "succeeded" | "denied" | "failed" | "expired" | "halted" | "unknown";

/** The outcomes that an operation can have, most wanted first. */
export const OUTCOMES: { outcome: Exclude<Outcome, "running">; word: string; means: string }[] = [
  { outcome: "succeeded", word: "Succeeded", means: "it happened" },
  { outcome: "denied", word: "Refused", means: "it was not allowed, and nothing was done" },
  { outcome: "failed", word: "Failed", means: "it did not happen: destination, network or broker failed" },
  { outcome: "expired", word: "Expired", means: "it was not carried out in time" },
  { outcome: "halted", word: "Stopped", means: "a person stopped it" },
  { outcome: "unknown", word: "Unknown", means: "it was sent, and nobody knows yet whether it happened" },
];

export function outcomeOf(outcome: string | null): Outcome {
  if (outcome === null) return "running";
  return OUTCOMES.find((known) => known.outcome === outcome)?.outcome ?? "unknown";
}

export const outcomeWord = (outcome: Outcome): string =>
  OUTCOMES.find((known) => known.outcome === outcome)?.word ?? "Under way";

/** How a credential ended, in words. */
export function credentialEnd(end: string): string {
  const ends: Record<string, string> = {
    alive: "alive now",
    "revoked-proven": "revoked, and proven dead",
    revoked: "revoked",
    discarded: "discarded",
    "not-revocable": "cannot be revoked",
    "value-lost": "value lost; it dies by itself",
    "not-minted": "was never minted",
    expired: "expired",
  };
  return ends[end] ?? end;
}

/** What became of a credential that a revocation met. */
export function credentialBecame(became: string): string {
  const words: Record<string, string> = {
    dead: "dead, proven",
    "dies-at": "dies by itself",
    "cannot-be-revoked": "cannot be revoked",
    alive: "alive",
  };
  return words[became] ?? became;
}

/** `installation token`, `App JWT`. */
export function credentialKind(kind: string): string {
  return kind === "installation-token" ? "installation token" : kind === "app-jwt" ? "App JWT" : kind;
}

/** An operation in words, even before the broker has parsed it. */
export function operationSentence(operation: Pick<OperationView, "sentence" | "action" | "resource">): string {
  return capital(operation.sentence || `${operation.action} in ${operation.resource.name}`);
}

/** With a capital at its beginning, where that is a plain letter. */
export const capital = (text: string): string => text.replace(/^[a-z]/, (letter) => letter.toUpperCase());

/** The first eight digits of a digest. */
export const short = (digest: string): string => digest.replace(/^sha256:/, "").slice(0, 8);

/** What a pause or revocation is about. */
export function targetWords(target: TargetView): string {
  return target.kind === "everything" ? "everything" : `${target.kind} ${target.id.startsWith("sha256:") ? short(target.id) : target.id}`;
}

/** `1 capability`, `3 capabilities`. */
export function count(number: number, one: string, several = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : several}`;
}

/** An effect as receipts write it, in words: `moves_ref(refs/heads/main)`. One that is not known stays as it is. */
export function effectWords(effect: string): string {
  const found = /^([a-z_]+)(?:[( ](.*?)\)?)?$/s.exec(effect);
  const on = found?.[2] ?? "";
  const words: Record<string, string> = {
    reads: "reads",
    moves_ref: `moves ${on}`,
    runs_code: "makes code run",
    publishes: "shows something to others",
    deploys: `deploys to ${on}`,
    changes_settings: "changes settings",
    discloses: "shows something to those who could not see it",
    spends: "costs money",
    deletes: "removes something",
  };
  return words[found?.[1] ?? ""] ?? effect;
}

/** What a policy answers, in a word. */
export function decisionWord(outcome: string): string {
  const words: Record<string, string> = { allow: "allowed", deny: "refused", "needs-approval": "people are asked", "nobody-to-ask": "people are asked" };
  return words[outcome] ?? outcome;
}

/** How a request ended, in words. */
export function settledWords(how: string): { title: string; means: string; brief: string } {
  const words: Record<string, [string, string, string]> = {
    approved: ["Approved.", "It goes on now; its receipt names who agreed.", "approved"],
    denied: ["Denied.", "The agent has the reason.", "denied"],
    expired: ["Nobody answered in time: denied.", "The agent knows, and may ask again.", "timed out"],
    void: ["Void.", "What was to be approved changed while it waited, so nothing was done.", "void"],
    halted: ["Stopped.", "It was revoked or halted while it waited.", "stopped"],
  };
  const [title, means, brief] = words[how] ?? ["It does not wait any more.", "Its receipt says what became of it.", "ended"];
  return { title, means, brief };
}

/** What the person reads for an error: a headline by its code; the message and hint say the rest. */
const HEADLINES: Partial<Record<Failure["code"], string>> = {
  "no-broker": "The broker cannot be reached",
  "already-running": "Another broker has this folder",
  "other-version": "Console and broker are of different versions",
  "not-verified": "This is not the broker that was pinned",
  "not-set-up": "Nothing is set up yet",
  locked: "The console is locked",
  "not-found": "There is no such thing",
  "not-permitted": "That is not for you to say",
  "not-the-successor": "Somebody was faster",
  "not-authorised": "The chain does not authorise this",
  revoked: "It was revoked",
  paused: "It is paused",
  denied: "The policy refuses",
  "nobody-to-ask": "There is nobody to ask",
  "denied-by-person": "A person said no",
  "nobody-answered": "Nobody answered in time",
  "approval-void": "What was approved has changed",
  unreachable: "The destination cannot be reached",
  "no-answer": "The destination does not answer",
  "wrong-answer": "The destination's answer cannot be understood",
  "destination-refused": "The destination refuses",
  "rate-limited": "The destination asks to wait",
  "root-secret": "The App's key is not at hand",
  "clock-behind": "The clock stands behind what was recorded",
  store: "The disk refuses",
  cancelled: "You cancelled it",
  keychain: "The keychain refuses",
  "key-file": "Your key cannot be used",
  "bad-value": "That cannot be",
  "no-proof": "Nothing can be proved here",
  unproved: "Not proved, so not signed",
  practice: "The practice range does not start",
  internal: "Something is wrong inside Bailiwick",
};

export const headline = (failure: Failure): string => HEADLINES[failure.code] ?? "It did not work";

/** A lower-case sentence as it stands on a page of its own. */
export function asSentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  const first = capital(trimmed);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
