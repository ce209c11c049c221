/** The rows of the list of receipts: read page by page as they are needed, all of them when something is searched. */
import type { Backend, Failure, ReceiptRow } from "../../backend/backend";

/** As many as the broker gives at once. */
const PAGE = 1_000;

export class Rows {
  #backend: Backend;
  #known = new Set<string>();
  /** Newest first. */
  all = $state.raw<ReceiptRow[]>([]);
  /** The oldest has been read. */
  complete = $state(false);
  reading = $state(false);
  failure = $state<Failure | null>(null);
  /** Read on to the end, without being asked for each page. */
  #thorough = false;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** The next page. */
  async more(): Promise<void> {
    if (this.reading || this.complete || this.failure) return;
    this.reading = true;
    try {
      do {
        const oldest = this.all.at(-1)?.received;
        // `before` is a second: the whole of the last second is read again and what is known left out.
        const page = await this.#backend.receipts({ limit: PAGE, before: oldest === undefined ? null : oldest + 1 });
        const fresh = page.filter((row) => !this.#known.has(row.operation));
        for (const row of fresh) this.#known.add(row.operation);
        if (fresh.length > 0) this.all = this.all.concat(fresh);
        // A page that brings nothing new is the end: a short one may only have had operations under way in it.
        this.complete = fresh.length === 0;
      } while (this.#thorough && !this.complete);
    } catch (error) {
      this.failure = error as Failure;
    }
    this.reading = false;
  }

  /** Reads on to the end, or stops doing so. */
  thorough(on: boolean): void {
    this.#thorough = on;
    if (on) void this.more();
  }

  /** A receipt that was just written. */
  add(row: ReceiptRow): void {
    if (this.#known.has(row.operation)) return;
    this.#known.add(row.operation);
    this.all = [row, ...this.all];
  }

  async retry(): Promise<void> {
    this.failure = null;
    await this.more();
  }
}
