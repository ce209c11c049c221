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

export function answering(console: Console, item: Item): Answering {
  const key = console.profile?.key ?? null;
  return {
    item,
    now: console.now,
    person: console.profile?.person ?? null,
    assurance: key ? mostAssurance(key.place) : null,
    ...burst(console.waiting.open, item),
    actions: console.waiting,
    onpause: (agent) => void console.pause({ kind: "agent", id: agent }),
    does: (action) => console.doing(action),
  };
}
