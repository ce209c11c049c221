/** Who is signed in, and the lock that falls when nobody has touched anything for a while. */
import type { Backend, Failure } from "../backend/backend";
import type { SessionView } from "../backend/people";

/** How often it is looked whether the time is up, in milliseconds. */
const LOOK_MS = 1_000;

export class Session {
  view = $state.raw<SessionView | null>(null);
  failure = $state<Failure | null>(null);
  busy = $state(false);
  #backend: Backend;
  #touched = Date.now();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Locked: nothing is read out, stopping stays possible. Not known is not locked: the shell decides what it tells. */
  locked = $derived(this.view !== null && this.view.person === null);

  /** Reads it, and watches until the answer is called. */
  watch(): () => void {
    void this.#take(() => this.#backend.session());
    const touch = (): void => {
      this.#touched = Date.now();
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
    await this.#take(() => this.#backend.signIn());
  }

  async lock(): Promise<void> {
    await this.#take(() => this.#backend.lock());
  }

  #look(): void {
    const view = this.view;
    if (!view || view.person === null || this.busy) return;
    const idle = (Date.now() - this.#touched) / 1_000 >= view.idle_seconds;
    const over = view.until !== null && Date.now() / 1_000 >= view.until;
    if (idle || over) void this.lock();
  }

  async #take(how: () => Promise<SessionView>): Promise<void> {
    this.busy = true;
    this.failure = null;
    try {
      this.view = await how();
    } catch (error) {
      const said = error as Failure;
      this.failure = said.code === "cancelled" ? null : said;
    }
    this.busy = false;
  }
}
