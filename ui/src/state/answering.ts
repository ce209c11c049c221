/** What the card of a request is given, on whichever screen it stands. */
import { mostAssurance } from "../lib/people";
import type { Console } from "./console.svelte";
import { type Item, type Waiting, burst } from "./waiting.svelte";

export interface Answering {
  item: Item;
  now: number;
  /** Who sits here. */
  person: string | null;
  /** How the key that signs here is kept at best; `null` where that is not known. */
  assurance: string | null;
  /** How many requests of this agent wait, and whether they are a burst. */
  burst: number;
  flood: boolean;
  actions: Waiting;
  onpause: (key: string) => void;
  does: (action: string) => string;
}

/** Each is read when it is needed: what depends on the request alone does not follow the clock. */
export function answering(console: Console, item: Item): Answering {
  return {
    item,
    actions: console.waiting,
    get now() {
      return console.now;
    },
    get person() {
      return console.profile?.person ?? null;
    },
    get assurance() {
      const key = console.profile?.key;
      return key ? mostAssurance(key.place) : null;
    },
    get burst() {
      return burst(console.waiting.open, item).burst;
    },
    get flood() {
      return burst(console.waiting.open, item).flood;
    },
    onpause: (agent) => void console.pause({ kind: "agent", id: agent }),
    does: (action) => console.doing(action),
  };
}
