/** What the screens ask and do about requests that wait for persons, and about rules made from answers. */
import type { Admitted, Backtest, CardView, Diff, Fatigue, JsonValue, Pending, StandingView } from "../bindings/protocol";
import type { Constraint } from "./backend";

/** Something that waits, with its card as the shell drew it from the signed bytes. */
export interface PendingCard {
  pending: Pending;
  card: CardView;
  /** What a rule could be made of; `null` where none can be: a change, a request whose policy forbids rules. */
  rule: RuleBasis | null;
}

/** What a rule that is made from a request may say, read from the request's bytes. */
export interface RuleBasis {
  /** The label of the agent's key; the rule holds for that key alone. */
  agent: string;
  action: string;
  resource: string;
  connection: string;
  arguments: RuleArgument[];
}

export interface RuleArgument {
  name: string;
  kind: "ref" | "text" | "number" | "word";
  /** The value that this request has. */
  value: JsonValue;
  /** The constraint that every value of its kind meets; `null` where authority hangs on it, so that it stays exact. */
  any: Constraint | null;
}

/** A rule that the person has filled in. What an argument's constraint leaves open is all that it leaves open. */
export interface RuleDraft {
  /** The request's digest. */
  request: string;
  /** The asks that it answers, by policy id. */
  asks: string[];
  arguments: { name: string; constraint: Constraint }[];
  max_uses: number;
  /** From now, for so many seconds. */
  seconds: number;
}

/** A statement that was signed. It takes effect at `sequence`; `null`: it waits for others to agree. */
export interface Proposed {
  digest: string;
  sequence: number | null;
}

export interface Approvals {
  /** Everything that waits, the longest waiting first. */
  pending(): Promise<PendingCard[]>;
  /** The change that a request is about. That it was asked for is kept: evidence was opened. */
  diff(target: string): Promise<Diff>;
  /** Rules made from answers, newest first. */
  standing(): Promise<StandingView[]>;
  /** What this rule would have done on past requests. Nothing is proposed. */
  backtest(draft: RuleDraft): Promise<Backtest>;
  /** How asking goes, by policy and by agent. */
  fatigue(): Promise<Fatigue[]>;

  /** Stops the request's clock, or lets it run again; unsigned. */
  hold(target: string, held: boolean): Promise<Pending>;

  // What a person signs: the shell shows headline and four words in a window of its own, or a key is touched.
  approve(target: string): Promise<Admitted>;
  /** Final for its target. The reason reaches the agent. */
  deny(target: string, reason: string): Promise<Admitted>;
  proposeRule(draft: RuleDraft): Promise<Proposed>;
}
