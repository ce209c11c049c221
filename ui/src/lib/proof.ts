/** What a solver answered about a policy, claim by claim. */
import type { ProofView } from "../bindings/protocol";
import { list } from "./constraint";

export const LOOSER = "the new guard allows nothing that the old one refused";
export const TIGHTER = "the new guard refuses nothing that the old one allowed";

const NEVER = "no agent ever ";

/** One claim, over every kind of request that was asked about. */
export interface Claim {
  /** In words, as what was found: `Nothing but a reviewed merge moves main`. */
  says: string;
  /** `proved`, `refuted` or `unknown`; `differs` where two guards differ, which is no fault of either. */
  answer: "proved" | "refuted" | "differs" | "unknown";
  asked: number;
  /** What stands against it. */
  against: ProofView[];
}

/** The claims in the order in which they came. What is no `proved` that this version knows proves nothing. */
export function claims(proofs: ProofView[]): Claim[] {
  const names = [...new Set(proofs.map((one) => one.claim))];
  const found = names.map((name): Claim => {
    const all = proofs.filter((one) => one.claim === name);
    const against = all.filter((one) => one.answer !== "proved");
    const refuted = against.some((one) => one.answer === "refuted");
    const differs = name === LOOSER || name === TIGHTER;
    const answer = against.length === 0 ? "proved" : !refuted ? "unknown" : differs ? "differs" : "refuted";
    return { says: says(name, answer), answer, asked: all.length, against };
  });
  // What no agent ever does, in one line where all of it is proved.
  const never = found.filter((one) => one.says.startsWith(NEVER) && one.answer === "proved");
  if (never.length < 2) return found;
  const together: Claim = { says: NEVER + list(never.map((one) => one.says.slice(NEVER.length)), "or"), answer: "proved", asked: 1, against: [] };
  return [together, ...found.filter((one) => !never.includes(one))];
}

/** Whether a policy may be signed: every claim about it by itself is proved. How it differs is for a person to judge. */
export const mayBeSigned = (proofs: ProofView[]): boolean =>
  proofs.every((one) => one.answer === "proved" || one.claim === LOOSER || one.claim === TIGHTER) && proofs.some((one) => one.claim !== LOOSER && one.claim !== TIGHTER);

function says(claim: string, answer: Claim["answer"]): string {
  if (claim === LOOSER) return answer === "differs" ? "the new guard allows what the one in force refuses" : "the new guard allows nothing that the one in force refuses";
  if (claim === TIGHTER) return answer === "differs" ? "the new guard refuses what the one in force allows" : "the new guard refuses nothing that the one in force allows";
  return claim;
}
