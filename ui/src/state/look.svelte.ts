/** One thing that a screen reads from the broker: what it is, or why it could not be read. */
import type { Failure } from "../backend/backend";

export class Look<T> {
  /** `null` until it was read once; kept when it cannot be read again. */
  value = $state.raw<T | null>(null);
  failure = $state.raw<Failure | null>(null);
  #read: () => Promise<T>;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  again = async (): Promise<void> => {
    try {
      this.value = await this.#read();
      this.failure = null;
    } catch (error) {
      this.failure = error as Failure;
    }
  };
}
