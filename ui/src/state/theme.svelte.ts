/** Light, dark, or as the system has it. Remembered on this machine only. */

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "bailiwick.theme";

class ThemeChoice {
  #system = matchMedia("(prefers-color-scheme: dark)");
  #systemDark = $state(this.#system.matches);
  #choice = $state<Theme>(THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? "system");

  constructor() {
    this.#system.addEventListener("change", (change) => {
      this.#systemDark = change.matches;
    });
  }

  get choice(): Theme {
    return this.#choice;
  }

  set choice(theme: Theme) {
    this.#choice = theme;
    localStorage.setItem(KEY, theme);
  }

  /** What is shown. */
  get shown(): "light" | "dark" {
    if (this.#choice !== "system") return this.#choice;
    return this.#systemDark ? "dark" : "light";
  }
}

export const theme = new ThemeChoice();
