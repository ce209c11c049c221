/** Who is signed in. The shell holds the lock; here is only what it said, and what it is told of touches. */
import type { Backend, Failure } from "../backend/backend";
import type { SessionView } from "../backend/people";

/** How often it is looked whether the time is up, in milliseconds. */
const LOOK_MS = 1_000;
/** The shell hears of one touch in so many milliseconds. */
const TELL_MS = 3_000;

export class Session {
  view = $state.raw<SessionView | null>(null);
  failure = $state<Failure | null>(null);
  busy = $state(false);
  #backend: Backend;
  #onchange: (locked: boolean) => void;
  #touched = Date.now();
  #told = 0;

  /** `onchange` hears when it was locked, and when it was opened. */
  constructor(backend: Backend, onchange: (locked: boolean) => void) {
    this.#backend = backend;
    this.#onchange = onchange;
  }

  /** Locked: nothing is read out, stopping stays possible. Not known is not locked: the shell decides what it tells. */
  locked = $derived(this.view !== null && this.view.person === null);

  /** Asks the shell. */
  async read(): Promise<void> {
    await this.#attempt(() => this.#backend.session());
  }

  /** Watches for touches until the answer is called. */
  watch(): () => void {
    const touch = (): void => {
      this.#touched = Date.now();
      if (this.locked || this.#touched - this.#told < TELL_MS) return;
      this.#told = this.#touched;
      // A shell that did not hear of it locks too early, and never too late.
      this.#backend.touched().catch(() => {});
    };
    const events = ["pointerdown", "pointermove", "keydown", "wheel"] as const;
    for (const event of events) addEventListener(event, touch, { passive: true });
    const timer = setInterval(() => this.#look(), LOOK_MS);
    return () => {
      clearInterval(timer);
      for (const event of events) removeEventListener(event, touch);
    };
  }

  async signIn(): Promise<void> {
    this.#touched = Date.now();
    await this.#attempt(() => this.#backend.signIn());
  }

  async lock(): Promise<void> {
    await this.#attempt(() => this.#backend.lock());
  }

  /** Takes what the shell says. */
  take(view: SessionView): void {
    const before = this.view?.person ?? null;
    this.view = view;
    if (before !== null && view.person === null) this.#onchange(true);
    else if (before === null && view.person !== null) this.#onchange(false);
  }

  #look(): void {
    const view = this.view;
    if (!view || view.person === null || this.busy) return;
    const idle = (Date.now() - this.#touched) / 1_000 >= view.idle_seconds;
    const over = view.until !== null && Date.now() / 1_000 >= view.until;
    if (idle || over) void this.lock();
  }

  async #attempt(how: () => Promise<SessionView>): Promise<void> {
    this.busy = true;
    this.failure = null;
    try {
      this.take(await how());
    } catch (error) {
      const said = error as Failure;
      this.failure = said.code === "cancelled" ? null : said;
    }
    this.busy = false;
  }
}
