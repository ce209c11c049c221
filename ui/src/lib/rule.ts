/** A rule made from a request, as data: what the person leaves open, what it says, and what is missing. */
import type { RuleArgument, RuleBasis, RuleDraft } from "../backend/approvals";
import type { Constraint } from "../backend/backend";
import { isAny, list, noun, parse } from "./constraint";
import { length } from "./time";

/** How far an argument is left open. */
export type Opening = "exact" | "pattern" | "any";

export interface RuleForm {
  /** By argument: how far it is open, and the pattern that was typed. */
  arguments: Record<string, { opening: Opening; typed: string }>;
  uses: string;
  seconds: number;
}

/** The narrowest rule there is: this very operation again, ten times, for a day. */
export const narrowest = (rule: RuleBasis): RuleForm => ({
  arguments: Object.fromEntries(rule.arguments.map((one) => [one.name, { opening: "exact" as const, typed: String(one.value) }])),
  uses: "10",
  seconds: 86_400,
});

/** How long a rule may last. There is no end later than these, and none without an end. */
export const LENGTHS = [
  { value: "28800", label: "8 hours" },
  { value: "86400", label: "1 day" },
  { value: "259200", label: "3 days" },
  { value: "604800", label: "7 days" },
  { value: "2592000", label: "30 days" },
];

/** At most so many uses. */
export const MOST_USES = 1_000;

/** What this argument may be; `null` where what was typed cannot be. */
export function constraintOf(argument: RuleArgument, form: RuleForm): Constraint | null {
  const said = form.arguments[argument.name] ?? { opening: "exact", typed: "" };
  if (said.opening === "any") return argument.any;
  if (said.opening === "exact") return typeof argument.value === "object" ? null : { exact: argument.value };
  const any: Constraint = argument.any ?? { glob: "**" };
  return parse({ name: argument.name, kind: argument.kind, required: true, unsaid: "must-be-said", any }, said.typed);
}

/** What is missing or wrong before it can be signed. */
export function missing(rule: RuleBasis, form: RuleForm): string[] {
  const out = rule.arguments.filter((one) => constraintOf(one, form) === null).map((one) => `say what ${one.name} may be`);
  const uses = Number(form.uses);
  if (!Number.isSafeInteger(uses) || uses < 1 || uses > MOST_USES) out.push(`the number of uses is a whole number from 1 to ${MOST_USES}`);
  return out;
}

/** The draft, from a form in which nothing is missing. */
export function draft(request: string, asks: string[], rule: RuleBasis, form: RuleForm): RuleDraft {
  return {
    request,
    asks,
    arguments: rule.arguments.flatMap((one) => {
      const constraint = constraintOf(one, form);
      return constraint ? [{ name: one.name, constraint: { ...constraint } }] : [];
    }),
    max_uses: Number(form.uses),
    seconds: form.seconds,
  };
}

/** The rule as a sentence: what it will let through. */
export function ruleSentence(rule: RuleBasis, form: RuleForm, does: string): string {
  const bounds = rule.arguments.map((one) => {
    const constraint = constraintOf(one, form);
    if (!constraint) return `${one.name} is not said yet`;
    return "ref" in constraint && !isAny(constraint) ? `${one.name} matches ${constraint.ref.replace(/^refs\/heads\//, "")}` : `${one.name} is ${noun(constraint)}`;
  });
  const where = bounds.length > 0 ? ` where ${list(bounds, "and")}` : "";
  return `${rule.agent} may ${does} in ${rule.resource}${where} without asking, ${Number(form.uses) === 1 ? "once" : `${form.uses || "…"} times at most`}, for ${LENGTHS.find((one) => one.value === String(form.seconds))?.label ?? length(form.seconds)}.`;
}
