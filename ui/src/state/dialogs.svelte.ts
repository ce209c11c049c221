/** Which dialog is open over the screens: a screen asks for one, the shell shows it. */
import type { TargetView } from "../bindings/protocol";

class Dialogs {
  palette = $state(false);
  halt = $state(false);
  /** What to revoke, with what it is called. */
  revoke = $state<{ target: TargetView; name: string } | null>(null);
}

export const dialogs = new Dialogs();
