/** What the screens ask about policies, and how one comes into force. Asking changes nothing. */
import type { JsonValue, PolicyRefusal, ResourceView } from "../bindings/protocol";
import type { Proposed } from "./approvals";

/** The texts of a policy. */
export interface PolicyTexts {
  guard: string;
  ask: string;
  schema: string;
  data: string;
}

/** One rule, as people read it. */
export interface RuleView {
  set: string;
  id: string;
  permits: boolean;
  title: string;
  because: string;
  remedy: string;
  approval: string | null;
  assurance: string | null;
  line: number;
  text: string;
}

/** What is wrong with the texts, where; line and column from 1. */
export interface PolicyProblemView {
  text: string;
  line: number;
  column: number;
  message: string;
  hint: string;
}

export interface PolicyCheck {
  problems: PolicyProblemView[];
  rules: RuleView[];
}

export interface PolicyVersion {
  statement: string;
  previous: string | null;
  sequence: number;
  time: number;
  person: string;
  in_force: boolean;
  guard: string;
  ask: string;
  schema: string;
  data: string;
}

export type PolicySource = { source: "in-force" } | { source: "statement"; statement: string } | { source: "texts"; texts: PolicyTexts };

/** A question about an operation that somebody made up. What is left out is filled in. */
export interface PolicyQuestion {
  action: string;
  effects?: string[];
  connection: string;
  resource: ResourceView;
  arguments: JsonValue;
  facts?: JsonValue;
  agent?: string;
  path: string[];
  person: string;
  roles: string[];
  assurance: string;
  now?: number;
  expires?: number;
}

export interface PolicyTry {
  policy: PolicySource;
  subject: { about: "operation"; id: string } | { about: "made-up"; question: PolicyQuestion };
}

export interface PolicyAnswer {
  outcome: string;
  determining: { id: string; title: string }[];
  refusals: PolicyRefusal[];
  asks: { count: number; role: string; assurance: string | null }[];
  errors: string[];
  question: PolicyQuestion;
  then: { outcome: string; policy: string | null; determining: string[] } | null;
}

export interface PolicyDiffRequest {
  old: PolicySource;
  new: PolicySource;
}

export interface RuleChange {
  old: RuleView | null;
  new: RuleView | null;
}

export interface PolicyDiff {
  headline: string;
  softens: boolean;
  guard_to_ask: RuleChange[];
  ask_to_guard: RuleChange[];
  added: RuleChange[];
  removed: RuleChange[];
  changed: RuleChange[];
  reworded: RuleChange[];
  schema_changed: boolean;
  data_changed: boolean;
  backtest: { judged: number; different: { operation: string; sentence: string; old: string; new: string }[] };
}

export interface Policies {
  /** The texts of the policy in force, or of one that was. */
  policyTexts(statement: string | null): Promise<PolicyTexts>;
  policyCheck(texts: PolicyTexts): Promise<PolicyCheck>;
  policyTry(question: PolicyTry): Promise<PolicyAnswer>;
  policyDiff(question: PolicyDiffRequest): Promise<PolicyDiff>;
  /** Newest first. */
  policyHistory(): Promise<PolicyVersion[]>;

  /** Signs the successor of the policy in force; `not-the-successor` if somebody was faster. */
  activatePolicy(texts: PolicyTexts): Promise<Proposed>;
}
