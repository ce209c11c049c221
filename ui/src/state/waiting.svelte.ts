/**
 * What waits for a person: in the order in which it came, and never in another.
 *
 * INVARIANT: nothing takes the place of something else. What ends stays where it is, with how it ended,
 * until the person has left it; what is new comes last.
 */
import type { PendingCard, RuleDraft } from "../backend/approvals";
import type { Backend, Failure } from "../backend/backend";
import type { Backtest, Diff, Pending } from "../bindings/protocol";
import type { Reading } from "./console.svelte";

/** How long a denial can be taken back before it is signed and sent, in milliseconds. */
export const TAKE_BACK_MS = 5_000;
/** Requests of one agent from which on it is a burst. */
export const BURST = 4;
/** Events come in bursts; the broker is asked once for each. */
const SOON_MS = 60;

/** One request or change, and what the person is about to do with it. */
export interface Item {
  target: string;
  card: PendingCard;
  /** How it ended: `approved`, `denied`, `expired`, `void`, `halted`; `null` while it waits. */
  settled: string | null;
  /** A denial that can still be taken back, and until when, in milliseconds since 1970. */
  denying: { reason: string; until: number } | null;
  /** What the shell is doing with it. */
  busy: "approve" | "deny" | "hold" | "rule" | null;
  failure: Failure | null;
}

export class Waiting {
  items = $state<Item[]>([]);
  reading = $state<Reading>("loading");
  #backend: Backend;
  #soon: ReturnType<typeof setTimeout> | null = null;
  /** How often everything was let go of: what was asked before is not taken after. */
  #forgotten = 0;
  #denials = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** What still waits. */
  open = $derived(this.items.filter((one) => one.settled === null));

  find(target: string): Item | null {
    return this.items.find((one) => one.target === target) ?? null;
  }

  async read(): Promise<void> {
    const before = this.#forgotten;
    try {
      const cards = await this.#backend.pending();
      if (before !== this.#forgotten) return;
      for (const card of cards) {
        const known = this.find(card.pending.target);
        if (known) known.card = card;
        else this.items.push({ target: card.pending.target, card, settled: null, denying: null, busy: null, failure: null });
      }
      // What is not there any more ended while nobody listened.
      const there = new Set(cards.map((one) => one.pending.target));
      for (const one of this.items) if (one.settled === null && !there.has(one.target)) this.settle(one.target, "ended");
      this.reading = "ready";
    } catch (failure) {
      this.reading = failure as Failure;
    }
  }

  /** As it is now. The card is the shell's to draw: of something new it is asked for. */
  hear(pending: Pending): void {
    const known = this.find(pending.target);
    if (known) known.card = { ...known.card, pending };
    else this.#readSoon();
  }

  /** It ended. The first end that is heard stands. */
  settle(target: string, how: string): void {
    const known = this.find(target);
    if (!known || known.settled !== null) return;
    known.settled = how;
    this.takeBack(target);
  }

  /** Lets go of what ended, but for what the person looks at. */
  tidy(but: string | null = null): void {
    this.items = this.items.filter((one) => one.settled === null || one.target === but);
  }

  /** As `tidy`, for a screen that goes: what is read while it goes is what was there before, so that a lock would be
      undone by it. */
  leave(): void {
    queueMicrotask(() => this.tidy());
  }

  /** Lets go of everything; a denial that could still be taken back is taken back. */
  forget(): void {
    for (const one of this.items) this.takeBack(one.target);
    this.#forgotten += 1;
    this.items = [];
    this.reading = "loading";
  }

  /** Signs the approval, after the shell's own confirmation. */
  async approve(target: string): Promise<boolean> {
    return this.#attempt(target, "approve", () => this.#backend.approve(target));
  }

  /** Begins the seconds in which it can be taken back; then it is signed and sent. */
  deny(target: string, reason: string): void {
    const item = this.find(target);
    if (!item || item.settled !== null || item.denying) return;
    item.failure = null;
    item.denying = { reason, until: Date.now() + TAKE_BACK_MS };
    this.#denials.set(
      target,
      setTimeout(() => {
        this.takeBack(target);
        void this.#attempt(target, "deny", () => this.#backend.deny(target, reason));
      }, TAKE_BACK_MS),
    );
  }

  /** Nothing was sent, and nothing is. */
  takeBack(target: string): void {
    const timer = this.#denials.get(target);
    if (timer !== undefined) clearTimeout(timer);
    this.#denials.delete(target);
    const item = this.find(target);
    if (item) item.denying = null;
  }

  async hold(target: string, held: boolean): Promise<void> {
    await this.#attempt(target, "hold", async () => this.hear(await this.#backend.hold(target, held)));
  }

  /** Two signatures: the answer first, since its clock runs, then the rule. */
  async approveAsRule(target: string, draft: RuleDraft): Promise<"done" | "approved" | "nothing"> {
    if (!(await this.approve(target))) return "nothing";
    const made = await this.#attempt(target, "rule", () => this.#backend.proposeRule(draft));
    return made ? "done" : "approved";
  }

  diff = (target: string): Promise<Diff> => this.#backend.diff(target);
  backtest = (draft: RuleDraft): Promise<Backtest> => this.#backend.backtest(draft);

  async #attempt(target: string, what: NonNullable<Item["busy"]>, how: () => Promise<unknown>): Promise<boolean> {
    const item = this.find(target);
    if (!item || item.busy !== null) return false;
    item.busy = what;
    item.failure = null;
    let done = false;
    try {
      await how();
      done = true;
    } catch (error) {
      const said = error as Failure;
      item.failure = said.code === "cancelled" ? null : said;
    }
    item.busy = null;
    return done;
  }

  #readSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      void this.read();
    }, SOON_MS);
  }
}

/** How many requests of this item's agent wait, and whether that is a burst. */
export function burst(open: Item[], item: Item): { burst: number; flood: boolean } {
  const agent = (one: Item): string | undefined => one.card.card.shown.lines.find((line) => line.field === "agent")?.value;
  const key = agent(item);
  const count = key === undefined ? 0 : open.filter((one) => agent(one) === key).length;
  return { burst: count, flood: count >= BURST };
}
