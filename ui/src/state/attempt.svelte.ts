/** Something that a person has asked for: whether it is under way, and why it did not come about. */
import type { Failure } from "../backend/backend";

export class Attempt {
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);

  /** A person who called it off is told nothing. */
  async at(what: () => Promise<void>): Promise<void> {
    this.busy = true;
    try {
      await what();
    } catch (error) {
      const said = error as Failure;
      this.failure = said.code === "cancelled" ? null : said;
    }
    this.busy = false;
  }
}
