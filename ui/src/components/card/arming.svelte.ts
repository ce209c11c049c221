/**
 * Buttons that answer wait until the page has stood still: a press that was meant for what was there a moment
 * ago does nothing.
 */

/** How long nothing may have moved, in milliseconds. */
export const ARM_MS = 500;
/** How often it is looked whether something moved, in milliseconds. */
const LOOK_MS = 100;

export class Arming {
  armed = $state(false);
  #element: HTMLElement | null = null;
  /** What the buttons belong to: they may stand still while what they answer moves behind them. */
  #card: HTMLElement | null = null;
  #place = "";
  #since = 0;

  /** Watches an element until the answer is called. */
  watch(element: HTMLElement): () => void {
    this.#element = element;
    this.#card = element.closest("article");
    this.disarm();
    const timer = setInterval(() => this.#look(), LOOK_MS);
    return () => {
      clearInterval(timer);
      this.#element = this.#card = null;
      this.armed = false;
    };
  }

  /** Something else stands there now. */
  disarm(): void {
    this.armed = false;
    this.#since = performance.now();
    this.#place = this.#where();
  }

  /** Whether a press at this moment counts. Looks once more: the page may have moved since the last look. */
  counts(): boolean {
    this.#look();
    return this.armed;
  }

  #look(): void {
    const place = this.#where();
    if (place !== this.#place) this.disarm();
    else if (!this.armed && performance.now() - this.#since >= ARM_MS) this.armed = true;
  }

  #where(): string {
    const box = this.#element?.getBoundingClientRect();
    const card = this.#card;
    // Where the card lies and how large it is; scrolling moves neither.
    const behind = card ? [card.offsetLeft, card.offsetTop, card.offsetWidth, card.offsetHeight] : [];
    return box ? [box.left, box.top, box.width, box.height, ...behind].map(Math.round).join(" ") : "";
  }
}
