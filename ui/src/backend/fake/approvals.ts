/** Asking persons, in small: what waits, what became of it, rules, and how asking goes. */
import type { Admitted, Backtest, Diff, Event, Fatigue, JsonValue, Pending, StandingView, Waiting } from "../../bindings/protocol";
import type { Approvals, PendingCard, Proposed, RuleDraft } from "../approvals";
import type { Failure } from "../backend";
import { type From, better, change, code, deploy, hostile, merge, own, roster } from "./card";
import { diff } from "./diff";
import { Random } from "./random";
import type { Scenario } from "./scenario";

/** What the broker around it does for it. */
export interface Around {
  read(): void;
  reach(): void;
  sign(headline: string, code: string[]): Promise<void>;
  statement(kind: string): Admitted;
  emit(event: Event): void;
  /** An operation that was let through goes on; one that was not ends. */
  carryOn(operation: string, how: string, why: string): void;
}

const BELOW = { below: { label: "rollout", dropped: ["pulls/merge", "acme/frontend", "the time after 16:00", "passing it on"] } };

/** The agents that ask, as the world around knows them. */
export interface Askers {
  ci: string;
  release: string;
}

function fatigue(random: Random): Fatigue[] {
  const of = (by: string, name: string, asked: number, approved: number, denied: number, told: Partial<Fatigue> = {}): Fatigue => ({
    by,
    id: by === "policy" ? name : random.digest(),
    name,
    asked,
    approved,
    denied,
    timed_out: asked - approved - denied,
    median_ms: 41_000,
    evidence_opened: Math.round(asked * 0.6),
    proposal: null,
    ...told,
  });
  return [
    of("policy", "code from a fork needs an approver", 64, 63, 1, { id: "ask-about-forks", median_ms: 3_800, evidence_opened: 4, proposal: "narrow it, or let a rule answer" }),
    of("policy", "two people agree to production", 18, 12, 4, { id: "ask-about-production", median_ms: 312_000, evidence_opened: 17 }),
    of("policy", "large changes need a person", 7, 5, 2, { id: "ask-about-size", median_ms: 96_000, evidence_opened: 7 }),
    of("agent", "ci-bot", 66, 65, 1, { median_ms: 4_100, evidence_opened: 6 }),
    of("agent", "release-agent", 23, 15, 6, { median_ms: 280_000, evidence_opened: 22 }),
  ];
}

function standing(random: Random, now: number): StandingView[] {
  const of = (sentence: string, told: Partial<StandingView>): StandingView => ({ id: random.digest(), sentence, arguments: {}, asks: ["ask-about-forks"], persons: ["ada"], uses: 0, max_uses: 10, expires: now + 400_000, state: "active", ...told });
  return [
    of("ci-bot may do pulls/merge on acme/backend without asking, 10 times", { uses: 4, arguments: { branch: { ref: "refs/heads/docs-*" }, target: { exact: "main" } } }),
    of("release-agent may do repos/create-deployment on acme/backend without asking, 2 times", { arguments: { environment: { exact: "production" }, ref: { exact: "main" } }, asks: ["ask-about-production"], state: "proposed", max_uses: 2 }),
    of("ci-bot may do pulls/merge on acme/frontend without asking, 20 times", { arguments: { branch: { ref: "refs/heads/bump-*" }, target: { exact: "main" } }, uses: 20, max_uses: 20, state: "spent" }),
  ];
}

export class FakeApprovals implements Approvals {
  #around: Around;
  #scenario: Scenario;
  #random = new Random(77);
  #waiting: PendingCard[];
  #standing: StandingView[];
  #opened = new Set<string>();
  #ci: From;

  constructor(scenario: Scenario, now: number, around: Around, askers: Askers) {
    this.#around = around;
    const CI = { label: "ci-bot", key: askers.ci };
    const RELEASE = { label: "release-agent", key: askers.release, ...BELOW };
    this.#ci = CI;
    this.#scenario = scenario;
    const random = this.#random;
    this.#waiting =
      scenario === "waiting"
        ? [merge(random, now - 30, CI), deploy(random, now - 8, RELEASE), change(random, now)]
        : scenario === "others"
          ? [own(random, now, CI), roster(random, now), better(random, now, RELEASE)]
        : scenario === "flood"
          ? Array.from({ length: 9 }, (_, index) => merge(random, now - 60 + index * 2, CI, `bump-dependency-${index + 1}`))
          : scenario === "hostile"
            ? hostile(random, now)
            : [];
    this.#standing = ["fresh", "empty"].includes(scenario) ? [] : standing(random, now);
  }

  // What a test moves.

  /** One more asks. */
  ask(branch: string, seconds = 120): PendingCard {
    const now = Math.floor(Date.now() / 1_000);
    const card = merge(this.#random, now, this.#ci, branch, { since: now, expires: now + seconds });
    this.#waiting = [...this.#waiting, card];
    this.#around.emit({ event: "pending", pending: card.pending });
    return card;
  }

  /** It ends by itself: `expired`, `void`, `halted`. */
  settle(target: string, how: string, why = ""): void {
    const one = this.#waiting.find((each) => each.pending.target === target);
    this.#waiting = this.#waiting.filter((each) => each !== one);
    this.#around.emit({ event: "settled", target, how });
    if (one?.pending.operation) this.#around.carryOn(one.pending.operation, how, why);
  }

  /** The operations that wait with it, as far as they are not its own. */
  get operations(): { id: string; sentence: string; label: string; waiting: Waiting }[] {
    return this.#waiting.flatMap(({ pending, card }) =>
      pending.operation === null
        ? []
        : [{ id: pending.operation, sentence: card.shown.headline.replace(/ at [0-9a-f]{7}$/, "").replace(/^[A-Z]/, (letter) => letter.toLowerCase()), label: card.crumbs[1]?.name ?? "", waiting: { request: pending.target, code: card.shown.code, needs: pending.asks.map((one) => `${one.count} of ${one.role}`), expires: pending.expires, held: pending.held } }],
    );
  }

  get opened(): number {
    return this.#opened.size;
  }

  // Reading.

  async pending(): Promise<PendingCard[]> {
    this.#around.read();
    return structuredClone(this.#waiting);
  }

  async diff(target: string): Promise<Diff> {
    this.#find(target);
    this.#opened.add(target);
    return diff(this.#scenario === "hostile");
  }

  async standing(): Promise<StandingView[]> {
    this.#around.read();
    return this.#standing;
  }

  async backtest(draft: RuleDraft): Promise<Backtest> {
    this.#around.read();
    const exact = draft.arguments.filter((one) => "exact" in one.constraint).length;
    return exact > 1 ? { asked: 40, would_have_approved: 1, against_a_denial: 0 } : { asked: 40, would_have_approved: 37, against_a_denial: 1 };
  }

  async fatigue(): Promise<Fatigue[]> {
    this.#around.read();
    return ["fresh", "empty"].includes(this.#scenario) ? [] : fatigue(this.#random);
  }

  // Answering.

  async hold(target: string, held: boolean): Promise<Pending> {
    const one = this.#find(target);
    one.pending = { ...one.pending, held };
    this.#around.emit({ event: "pending", pending: one.pending });
    return one.pending;
  }

  async approve(target: string): Promise<Admitted> {
    const one = this.#find(target);
    if (one.card.broken !== null) throw { code: "not-verified", message: one.card.broken, hint: "nothing here can be approved" } satisfies Failure;
    await this.#around.sign(`Approve: ${one.card.shown.headline}`, one.card.shown.code);
    this.#find(target);
    const admitted = this.#around.statement("approval");
    const asks = one.pending.asks.map((each) => ({ ...each, approved: each.approved + 1 }));
    const answers = [...one.pending.answers, { digest: admitted.digest, person: "ada", assurance: "keychain", answer: "approve", reason: null, time: Math.floor(Date.now() / 1_000) }];
    one.pending = { ...one.pending, asks, answers };
    if (answers.length >= Math.max(...asks.map((each) => each.count))) this.settle(target, "approved");
    else this.#around.emit({ event: "pending", pending: one.pending });
    return admitted;
  }

  async deny(target: string, reason: string): Promise<Admitted> {
    const one = this.#find(target);
    await this.#around.sign(`Deny: ${one.card.shown.headline}`, one.card.shown.code);
    this.#find(target);
    const admitted = this.#around.statement("approval");
    this.settle(target, "denied", reason);
    return admitted;
  }

  async proposeRule(draft: RuleDraft): Promise<Proposed> {
    this.#around.reach();
    await this.#around.sign("Let ci-bot do this without asking?", code(draft.request));
    const admitted = this.#around.statement("standing");
    const bounds = Object.fromEntries(draft.arguments.map((one) => [one.name, one.constraint as unknown as JsonValue]));
    this.#standing = [{ id: admitted.digest, sentence: `ci-bot may do this without asking, ${draft.max_uses} times`, arguments: bounds, asks: draft.asks, persons: ["ada"], uses: 0, max_uses: draft.max_uses, expires: Math.floor(Date.now() / 1_000) + draft.seconds, state: "active" }, ...this.#standing];
    return admitted;
  }

  /** A rule is revoked like anything else. */
  revoke(id: string): void {
    this.#standing = this.#standing.map((one) => (one.id === id ? { ...one, state: "revoked" } : one));
  }

  // Inside.

  #find(target: string): PendingCard {
    this.#around.read();
    const found = this.#waiting.find((one) => one.pending.target === target);
    if (!found) throw { code: "not-found", message: "nothing of that digest waits any more", hint: "look at its receipt" } satisfies Failure;
    return found;
  }

}
