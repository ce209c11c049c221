/** Policies, in small: the shipped texts, a loader that finds the commonest mistakes, and no evaluation. */
import guard from "../../../../policies/ship-to-main/guard.cedar?raw";
import ask from "../../../../policies/ship-to-main/ask.cedar?raw";
import data from "../../../../policies/ship-to-main/data.json?raw";
import deployAsk from "../../../../policies/deploy/ask.cedar?raw";
import deployGuard from "../../../../policies/deploy/guard.cedar?raw";
import schema from "../../../../policies/schema.cedarschema?raw";
import type { JsonValue, PolicyAnswer, PolicyCheck, PolicyDiff, PolicyDiffRequest, PolicyProblemView, PolicySource, PolicyTexts, PolicyTry, PolicyVersion, ProofView, RuleChange, RuleView } from "../../bindings/protocol";
import type { Policies } from "../policies";
import type { Proposed } from "../approvals";
import type { Failure } from "../backend";
import type { Around } from "./approvals";
import { code } from "./card";
import { CATALOGUE } from "./catalogue";
import { HOSTILE } from "./hostile";
import { LOOSER, TIGHTER } from "../../lib/proof";
import { Random } from "./random";
import type { Scenario } from "./scenario";

/** Two of the shipped sets, put together as a profile does. */
const SHIPPED: PolicyTexts = { guard: `${guard}\n${deployGuard}`, ask: `${ask}\n${deployAsk}`, schema, data };

/** The statements of a text, each with the line on which it starts. */
function statements(text: string): { line: number; text: string }[] {
  const out: { line: number; text: string }[] = [];
  let lines: string[] = [];
  let start = 0;
  text.split("\n").forEach((line, index) => {
    if (lines.length === 0 && (line.trim() === "" || line.startsWith("//"))) return;
    if (lines.length === 0) start = index + 1;
    lines.push(line);
    if (/;\s*$/.test(line)) {
      out.push({ line: start, text: lines.join("\n") });
      lines = [];
    }
  });
  if (lines.length > 0) out.push({ line: start, text: lines.join("\n") });
  return out;
}

const annotation = (text: string, name: string): string | null => new RegExp(`@${name}\\("((?:[^"\\\\]|\\\\.)*)"\\)`).exec(text)?.[1] ?? null;

function load(texts: PolicyTexts): PolicyCheck {
  const problems: PolicyProblemView[] = [];
  const rules: RuleView[] = [];
  for (const set of ["guard", "ask"] as const) {
    for (const one of statements(texts[set])) {
      const at = (needle: RegExp): { line: number; column: number } => {
        const index = one.text.split("\n").findIndex((line) => needle.test(line));
        const found = one.text.split("\n")[Math.max(0, index)] ?? "";
        return { line: one.line + Math.max(0, index), column: Math.max(0, found.search(needle)) + 1 };
      };
      const wrong = (needle: RegExp, message: string, hint: string): void => void problems.push({ text: set, ...at(needle), message, hint });
      const id = annotation(one.text, "id");
      if (!/;\s*$/.test(one.text)) wrong(/\S[^;]*$/, "a policy ends with `;`", "write `;` behind it");
      else if (!id) wrong(/\S/, "this policy has no `@id`", "give it an id that no other policy has");
      if (set === "guard" && /@approval/.test(one.text)) wrong(/@approval/, "`@approval` stands in the guard", "an ask never softens a guard: move the policy to the ask set, or take the annotation away");
      if (set === "ask" && !/@approval/.test(one.text)) wrong(/forbid|permit/, "a forbid of the ask set says nobody to ask", "say who must agree: `@approval(\"1 of approver\")`");
      rules.push({
        set,
        id: id ?? "",
        permits: /^permit/m.test(one.text),
        title: annotation(one.text, "title") ?? "",
        because: annotation(one.text, "because") ?? "",
        remedy: annotation(one.text, "remedy") ?? "",
        approval: annotation(one.text, "approval"),
        assurance: annotation(one.text, "assurance"),
        line: one.line,
        text: one.text,
      });
    }
  }
  return problems.length > 0 ? { problems, rules: [] } : { problems, rules };
}

function compare(old: RuleView[], now: RuleView[]): Omit<PolicyDiff, "headline" | "softens" | "schema_changed" | "data_changed" | "backtest"> {
  const out = { guard_to_ask: [] as RuleChange[], ask_to_guard: [] as RuleChange[], added: [] as RuleChange[], removed: [] as RuleChange[], changed: [] as RuleChange[], reworded: [] as RuleChange[] };
  const body = (rule: RuleView): string => rule.text.replace(/^@(title|because|remedy|missing)\(.*\)$/gm, "");
  for (const rule of now) {
    const was = old.find((one) => one.id === rule.id) ?? null;
    if (!was) out.added.push({ old: null, new: rule });
    else if (was.set === "guard" && rule.set === "ask") out.guard_to_ask.push({ old: was, new: rule });
    else if (was.set === "ask" && rule.set === "guard") out.ask_to_guard.push({ old: was, new: rule });
    else if (body(was) !== body(rule)) out.changed.push({ old: was, new: rule });
    else if (was.text !== rule.text) out.reworded.push({ old: was, new: rule });
  }
  for (const was of old) if (!now.some((one) => one.id === was.id)) out.removed.push({ old: was, new: null });
  return out;
}

/** The forbids of the guard. */
const ids = (texts: PolicyTexts): Set<string> => new Set(load(texts).rules.filter((rule) => rule.set === "guard" && !rule.permits).map((rule) => rule.id));

export class FakePolicies implements Policies {
  #around: Around;
  #texts: PolicyTexts;
  #random = new Random(31);
  #history: PolicyVersion[];
  #operations: () => { id: string; sentence: string }[];

  constructor(scenario: Scenario, now: number, around: Around, operations: () => { id: string; sentence: string }[]) {
    this.#around = around;
    this.#operations = operations;
    this.#texts = scenario === "hostile" ? { ...SHIPPED, ask: `${SHIPPED.ask}\n@id("hostile")\n@title("${HOSTILE.bidi} ${HOSTILE.markup.replaceAll('"', "'")}")\n@because("${HOSTILE.lookAlike}")\n@remedy("${HOSTILE.zeroWidth}")\n@approval("1 of approver")\nforbid (principal, action, resource) when { context.effects.runs_code };\n` } : SHIPPED;
    const version = (ago: number, sequence: number, person: string, in_force: boolean): PolicyVersion => ({ statement: this.#random.digest(), previous: sequence > 2 ? this.#random.digest() : null, sequence, time: now - ago, person, in_force, guard: this.#random.digest(), ask: this.#random.digest(), schema: this.#random.digest(), data: this.#random.digest() });
    this.#history = [version(93_000, 412, "ada", true), version(1_500_000, 37, "grace", false), version(4_000_000, 2, "ada", false)];
  }

  async policyTexts(): Promise<PolicyTexts> {
    this.#around.read();
    return { ...this.#texts };
  }

  async policyCheck(texts: PolicyTexts): Promise<PolicyCheck> {
    this.#around.reach();
    return load(texts);
  }

  async policyTry(question: PolicyTry): Promise<PolicyAnswer> {
    this.#around.read();
    const { subject } = question;
    const made = subject.about === "made-up" ? subject.question : null;
    const args = (made?.arguments ?? {}) as Record<string, string>;
    const answer: PolicyAnswer = {
      outcome: "allow",
      determining: [{ id: "may-merge-into-main", title: "agents may merge pull requests into main" }],
      refusals: [],
      asks: [],
      errors: [],
      question: made ?? { action: "pulls/merge", connection: "github", resource: { id: "repository:48151623", name: "acme/backend" }, arguments: { branch: "retry-with-backoff", target: "main" }, path: ["ci-bot"], person: "ada", roles: ["steward", "approver"], assurance: "keychain" },
      then: made ? null : { outcome: "allow", policy: this.#history[0]?.statement ?? null, determining: ["may-merge-into-main"] },
    };
    if (args.environment === "production") {
      return { ...answer, outcome: "deny", determining: [{ id: "deploy-production-in-business-hours", title: "production is deployed to within business hours" }], refusals: [{ policy: "deploy-production-in-business-hours", title: "production is deployed to within business hours", because: "somebody is there to see what it breaks", missing: ["`business-hours` is closed"], remedy: "ask again when `business-hours` opens" }] };
    }
    if (made && (made.facts as { from_fork?: boolean } | undefined)?.from_fork) {
      return { ...answer, outcome: "needs-approval", determining: [{ id: "ask-about-forks", title: "code from a fork needs an approver" }], asks: [{ count: 1, role: "approver", assurance: null }] };
    }
    return answer;
  }

  async policyDiff(question: PolicyDiffRequest): Promise<PolicyDiff> {
    this.#around.read();
    const texts = (source: PolicySource): PolicyTexts => (source.source === "texts" ? source.texts : this.#texts);
    const [old, now] = [load(texts(question.old)), load(texts(question.new))];
    if (now.problems.length > 0) throw { code: "bad-request", message: "the texts do not load", hint: "mend what the check finds" } satisfies Failure;
    const changes = compare(old.rules, now.rules);
    const softened = changes.guard_to_ask.length + changes.removed.filter((one) => one.old?.set === "guard" && !one.old.permits).length + changes.added.filter((one) => one.new?.permits).length;
    const count = Object.values(changes).flat().length;
    const first = changes.guard_to_ask[0]?.new;
    return {
      ...changes,
      headline: first ? `\`${first.id}\` asks ${first.approval ?? "somebody"} where it refused` : softened > 0 ? "the guard lets more through" : count === 0 ? "nothing changes" : `${count} ${count === 1 ? "rule changes" : "rules change"}; the guard lets no more through`,
      softens: softened > 0,
      schema_changed: texts(question.old).schema !== texts(question.new).schema,
      data_changed: texts(question.old).data !== texts(question.new).data,
      backtest: { judged: this.#operations().length, different: softened > 0 ? this.#operations().slice(0, 4).map((one) => ({ operation: one.id, sentence: one.sentence, old: "deny", new: "needs-approval" })) : [] },
    };
  }

  /** No solver: what each lost rule of the shipped guard would let through, written down. */
  async policyProve(texts: PolicyTexts, compare: boolean): Promise<ProofView[]> {
    this.#around.read();
    const [has, had] = [ids(texts), ids(this.#texts)];
    const merges = (context: JsonValue): JsonValue => ({ principal: 'Agent::"ci-bot"', action: 'Action::"pulls/merge"', resource: 'Repository::"repository:48151623"', context });
    const example = (rule: string): JsonValue => merges({ effects: { moves_ref: ["refs/heads/main"], runs_code: true }, merge: { target: "refs/heads/main", author: { login: "lin-contrib" }, ...(rule === "main-is-reviewed" ? {} : { approving_reviewers: ["grace"] }) } });
    const show = (claim: string, action: string, against: string | undefined): ProofView => ({ claim, action, answer: against === undefined ? "proved" : "refuted", example: against === undefined ? null : example(against) });
    const lost = [...had].find((id) => !has.has(id));
    const gained = [...has].find((id) => !had.has(id));
    const only = (action: string, rule: string | undefined): string | undefined => (action === "pulls/merge" ? rule : undefined);
    const never = Object.entries({ approve: "approves", enrol: "enrols a key", activate: "activates a policy", connect: "connects a destination" });
    return [
      ...never.map(([action, does]) => show(`no agent ever ${does}`, action, undefined)),
      ...CATALOGUE.map(({ id }) => show("nothing but a reviewed merge moves `main`", id, only(id, has.has("main-is-reviewed") ? undefined : "main-is-reviewed"))),
      ...(compare ? CATALOGUE.flatMap(({ id }) => [show(LOOSER, id, only(id, lost)), show(TIGHTER, id, only(id, gained))]) : []),
    ];
  }

  async policyHistory(): Promise<PolicyVersion[]> {
    this.#around.read();
    return this.#history;
  }

  async activatePolicy(texts: PolicyTexts): Promise<Proposed> {
    this.#around.reach();
    await this.#around.sign("Put another policy in force?", code(this.#random.digest()));
    const admitted = this.#around.statement("policy");
    this.#texts = texts;
    this.#history = [
      { ...(this.#history[0] as PolicyVersion), statement: admitted.digest, previous: this.#history[0]?.statement ?? null, sequence: admitted.sequence, time: Math.floor(Date.now() / 1_000), person: "ada", in_force: true },
      ...this.#history.map((one) => ({ ...one, in_force: false })),
    ];
    return admitted;
  }
}
