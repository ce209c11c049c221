/** The delegate form as data: what a person has filled in so far, what it says, and what is missing. */
import type { ActionView, ArgumentView, Draft } from "../backend/backend";
import type { CapabilityView, ResourceView } from "../bindings/protocol";
import { isAny, noun, parse } from "./constraint";
import { type Telling, constraints } from "./sentence";

export interface Form {
  /** The holder's public key. */
  holder: string;
  label: string;
  purpose: string;
  connection: string;
  resources: ResourceView[];
  /** The chosen actions, by id, each with what was typed for its arguments. */
  actions: Map<string, Record<string, string>>;
  seconds: number;
  /** As typed; empty: no limit. */
  uses: string;
  depth: number;
}

export const blank = (): Form => ({
  holder: "",
  label: "",
  purpose: "",
  connection: "",
  resources: [],
  actions: new Map(),
  seconds: 28_800,
  uses: "",
  depth: 1,
});

/** For how long, as the form offers it. */
export const LENGTHS = [
  { value: "1800", label: "30 minutes" },
  { value: "3600", label: "1 hour" },
  { value: "14400", label: "4 hours" },
  { value: "28800", label: "8 hours" },
  { value: "86400", label: "1 day" },
  { value: "259200", label: "3 days" },
  { value: "604800", label: "7 days" },
];

/** What agents are mostly given, as a start. */
export const TEMPLATES: { word: string; actions: Record<string, Record<string, string>> }[] = [
  { word: "Ship to main", actions: { "pulls/merge": { target: "main" }, "issues/create-comment": {}, "repos/create-deployment": { environment: "staging" } } },
  { word: "Propose changes", actions: { "pulls/create": {}, "issues/create-comment": {} } },
  { word: "Comment only", actions: { "issues/create-comment": {} } },
  { word: "Deploy to staging", actions: { "repos/create-deployment": { environment: "staging" } } },
];

/** What was typed for an argument and cannot be; `null` if it can. */
export function problem(argument: ArgumentView, typed: string): string | null {
  if (parse(argument, typed)) return null;
  if (typed.trim() === "") return `say which ${argument.name} is allowed; * allows every one`;
  return argument.kind === "number" ? "write a number, a range like 1-5, or several with commas" : "a pattern and a list cannot be mixed";
}

/** What is missing before it can be signed, in the order of the form. */
export function missing(form: Form, catalogue: ActionView[]): string[] {
  const out: string[] = [];
  if (!form.holder) out.push("choose the agent");
  else if (!/^ed25519:[A-Za-z0-9+/]{43}=$/.test(form.holder)) out.push("the agent's key is not one: it looks like ed25519:…");
  if (!form.connection) out.push("choose a connection");
  if (form.resources.length === 0) out.push("choose a repository");
  if (form.actions.size === 0) out.push("choose what it may do");
  for (const action of catalogue) {
    const typed = form.actions.get(action.id);
    if (!typed) continue;
    for (const argument of mentioned(action, typed)) {
      if (problem(argument, typed[argument.name] ?? "")) out.push(`say which ${argument.name} it may use to ${action.does}`);
    }
  }
  if (form.uses.trim() !== "" && !(Number.isSafeInteger(Number(form.uses)) && Number(form.uses) > 0)) {
    out.push("the number of uses is a whole number from 1");
  }
  return out;
}

/** The arguments that a grant mentions: all but those that are left out unless something was typed. */
function mentioned(action: ActionView, typed: Record<string, string>): ArgumentView[] {
  return action.arguments.filter((one) => one.unsaid !== "left-out" || (typed[one.name] ?? "").trim() !== "");
}

/** The draft, from a form in which nothing is missing. */
export function draft(form: Form, catalogue: ActionView[]): Draft {
  return {
    holder: form.holder,
    label: form.label,
    purpose: form.purpose.trim() || "not stated",
    connection: form.connection,
    resources: form.resources,
    actions: actionsOf(form, catalogue),
    seconds: form.seconds,
    max_uses: form.uses.trim() === "" ? null : Number(form.uses),
    rate: null,
    max_depth: form.depth,
  };
}

function actionsOf(form: Form, catalogue: ActionView[]): Draft["actions"] {
  return catalogue.flatMap((action) => {
    const typed = form.actions.get(action.id);
    if (!typed) return [];
    const args = mentioned(action, typed).flatMap((argument) => {
      const constraint = parse(argument, typed[argument.name] ?? "");
      return constraint ? [{ name: argument.name, constraint, may_be_absent: !argument.required }] : [];
    });
    return [{ action: action.id, arguments: args }];
  });
}

/** What the form says so far, for the sentence. */
export function telling(form: Form, catalogue: ActionView[], person: string): Telling {
  return {
    person,
    label: form.label,
    purpose: form.purpose,
    grants: actionsOf(form, catalogue).map((one) => ({
      connection: form.connection || "no connection yet",
      actions: [one.action],
      resources: form.resources,
      arguments: Object.fromEntries(one.arguments.map((each) => [each.name, { ...each.constraint }])) as never,
    })),
    not_before: null,
    expires: null,
    seconds: form.seconds,
    max_uses: Number(form.uses) > 0 ? Number(form.uses) : null,
    rate: null,
    max_depth: form.depth,
  };
}

/** A form that asks for the like of a capability again. Constraints that cannot be typed are left to be said anew. */
export function like(capability: CapabilityView): Form {
  const actions = new Map<string, Record<string, string>>();
  for (const grant of capability.grants) {
    for (const action of grant.actions) {
      const typed = actions.get(action) ?? {};
      for (const [name, constraint] of constraints(grant)) {
        if (!constraint || isAny(constraint)) continue;
        if ("exact" in constraint) typed[name] = String(constraint.exact);
        else if ("one_of" in constraint) typed[name] = constraint.one_of.join(", ");
        else if ("ref" in constraint) typed[name] = constraint.ref.replace(/^refs\/heads\//, "");
        else if ("glob" in constraint) typed[name] = constraint.glob;
        else if ("range" in constraint) typed[name] = `${constraint.range.min}-${constraint.range.max}`;
        else typed[name] = noun(constraint);
      }
      actions.set(action, typed);
    }
  }
  const first = capability.grants[0];
  return {
    holder: capability.holder,
    label: capability.label,
    purpose: capability.purpose,
    connection: first?.connection ?? "",
    resources: [...new Map(capability.grants.flatMap((one) => one.resources).map((one) => [one.id, one])).values()],
    actions,
    seconds: Number(LENGTHS.find((one) => Number(one.value) >= capability.expires - capability.not_before)?.value ?? 604_800),
    uses: capability.max_uses === null ? "" : String(capability.max_uses),
    depth: capability.max_depth,
  };
}
