/** Keys that work everywhere: ⌘K or Ctrl-K for the palette, and two keys in turn to go to a screen. */
import { dialogs } from "../state/dialogs.svelte";
import { type Screen, route } from "../state/route.svelte";

/** After `g`: where to. */
export const CHORDS: Record<string, Screen> = { n: "now", q: "approvals", a: "authority", r: "receipts", p: "policy", c: "connections", e: "people", s: "settings" };

/** How long the second key may take, in milliseconds. */
const PATIENCE = 900;

/** Listens until the answer is called. */
export function chords(): () => void {
  let since = 0;
  const hear = (event: KeyboardEvent): void => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      dialogs.palette = !dialogs.palette;
      return;
    }
    const typing = (event.target as HTMLElement | null)?.closest("input, textarea, [contenteditable], [role=dialog], [role=listbox]");
    if (typing || event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key === "g") {
      since = Date.now();
      return;
    }
    const screen = CHORDS[event.key];
    if (screen && Date.now() - since < PATIENCE) route.go(screen);
    since = 0;
  };
  addEventListener("keydown", hear);
  return () => removeEventListener("keydown", hear);
}
