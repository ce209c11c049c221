/**
 * A capability as one sentence. Every field that gives authority is in it: what is left out is only what
 * may be anything.
 */
import type { Constraint } from "../backend/backend";
import type { CapabilityView, GrantView } from "../bindings/protocol";
import { isAny, list, noun, read, words } from "./constraint";
import { length, moment } from "./time";

/** What a sentence is made of: a signed capability, or a draft of one. */
export type Telling = Pick<CapabilityView, "person" | "label" | "grants" | "max_uses" | "max_depth" | "purpose"> & {
  /** From when, or `null` for the moment of signing. */
  not_before: number | null;
  expires: number | null;
  /** Its whole length in seconds. */
  seconds: number;
  rate: { uses: number; seconds: number } | null;
};

/** A piece of the sentence; the strong ones are what the authority hangs on: what, where, until when. */
export interface Piece {
  text: string;
  strong: boolean;
}

/** The sentence of a capability that was signed. */
export function ofCapability(capability: CapabilityView): Piece[] {
  return sentence({ ...capability, seconds: capability.expires - capability.not_before, rate: null });
}

/** The sentence, in pieces. */
export function sentence(told: Telling): Piece[] {
  const pieces: Piece[] = [];
  const say = (text: string, strong = false): void => void pieces.push({ text, strong });
  say(told.person || "You");
  say(told.person ? " lets " : " let ");
  say(told.label || "an agent");
  say(" ");
  const lines = grantLines(told.grants);
  if (lines.length === 0) say("do nothing yet");
  lines.forEach((line, index) => {
    if (index > 0) say("; and ");
    line.phrases.forEach((phrase, number) => {
      if (number > 0) say(number === line.phrases.length - 1 ? " and " : ", ");
      say(phrase, true);
    });
    say(" in ");
    say(list(line.resources, "or") || "no repository yet", true);
    say(` through ${line.connection}`);
  });
  say(told.expires === null ? ", for " : ", until ");
  say(told.expires === null ? length(told.seconds) : `${moment(told.expires)} (${length(told.seconds)})`, true);
  if (told.max_uses !== null) say(`, at most ${times(told.max_uses)} in all`);
  if (told.rate) say(`, at most ${times(told.rate.uses)} in ${length(told.rate.seconds)}`);
  say(". ");
  say(depth(told.max_depth));
  return pieces;
}

/** The same as plain text. */
export const plain = (pieces: Piece[]): string => pieces.map((piece) => piece.text).join("");

function depth(links: number): string {
  if (links === 0) return "It cannot be passed on.";
  if (links === 1) return "It can be passed on once, narrowed.";
  return `It can be passed on through ${links} more agents, each time narrowed.`;
}

const times = (count: number): string => (count === 1 ? "once" : `${count} times`);

interface Line {
  connection: string;
  resources: string[];
  phrases: string[];
}

/** Grants over the same resources in one line; the doubles that optional arguments make, once. */
export function grantLines(grants: GrantView[]): Line[] {
  const lines: Line[] = [];
  for (const grant of grants) {
    const resources = grant.resources.map((resource) => resource.name);
    const same = lines.find(
      (line) => line.connection === grant.connection && line.resources.join("\n") === resources.join("\n"),
    );
    const line = same ?? { connection: grant.connection, resources, phrases: [] };
    if (!same) lines.push(line);
    for (const action of grant.actions) {
      const said = phrase(action, grant);
      if (!line.phrases.includes(said)) line.phrases.push(said);
    }
  }
  return lines;
}

/** One action of a grant: `merge pull requests into main`. */
export function phrase(action: string, grant: GrantView): string {
  const rest = constraints(grant);
  /** What the sentence says of it is not said again; what this version cannot read stays among the conditions. */
  const take = (name: string): Constraint | null => {
    const found = rest.get(name) ?? null;
    if (found) rest.delete(name);
    return found;
  };
  /** `from feat-*`, nothing where it may be anything. */
  const said = (word: string, name: string): string => {
    const found = take(name);
    return found && !isAny(found) ? ` ${word} ${noun(found)}` : "";
  };
  /** `main`, or what stands for it where it may be anything. */
  const bare = (name: string, any: string): string => {
    const found = take(name);
    return found && !isAny(found) ? noun(found) : any;
  };
  /** `the branch main`. */
  const branch = (): string => {
    const found = take("branch");
    if (!found || isAny(found)) return "any branch";
    return "exact" in found ? `the branch ${noun(found)}` : "one_of" in found ? `the branches ${noun(found)}` : noun(found);
  };
  let text: string;
  switch (action) {
    case "pulls/merge":
      text = `merge pull requests${said("from", "branch")}`;
      text += said("into", "target") || " into any branch";
      text += said("by", "merge_method");
      break;
    case "pulls/create":
      text = `open pull requests${said("from", "branch")}${said("into", "target")}`;
      break;
    case "issues/create-comment": {
      const issue = take("issue");
      text = issue && !isAny(issue) ? `comment on issue ${noun(issue)}` : "comment on issues and pull requests";
      break;
    }
    case "repos/create-deployment": {
      const ref = take("ref");
      text = ref && !isAny(ref) ? `deploy ${noun(ref)}` : "deploy";
      text += said("to", "environment") || " to any environment";
      break;
    }
    case "repos/create-or-update-file-contents":
      text = `write ${bare("path", "any file")} on ${bare("branch", "any branch")}`;
      break;
    case "repos/delete-file":
      text = `remove ${bare("path", "any file")} from ${bare("branch", "any branch")}`;
      break;
    case "git/create-ref":
      text = `make ${branch()}${said("at", "sha")}`;
      break;
    case "git/update-ref":
      text = `move ${branch()} forward${said("to", "sha")}`;
      break;
    case "git/delete-ref":
      text = `remove ${branch()}`;
      break;
    case "repos/merge":
      text = `merge ${bare("branch", "any branch")} into ${bare("target", "any branch")} without a pull request`;
      break;
    case "pulls/update-branch":
      text = `bring pull requests from ${bare("branch", "any branch")} up to date${said("with", "target")}`;
      break;
    default:
      text = action;
  }
  const left = [...rest].filter(([, constraint]) => constraint === null || !isAny(constraint));
  if (left.length > 0) {
    const conditions = left.map(([name, constraint]) =>
      constraint ? `${name} ${words(constraint)}` : `${name} is as its statement says`,
    );
    text += ` where ${list(conditions, "and")}`;
  }
  return text;
}

/** The constraints of a grant, by argument; `null` for one that this version cannot read. */
export function constraints(grant: GrantView): Map<string, Constraint | null> {
  const json = grant.arguments;
  if (typeof json !== "object" || json === null || Array.isArray(json)) return new Map();
  return new Map(Object.entries(json).map(([name, value]) => [name, read(value)]));
}
