/** Where the person is: the part of the address behind `#`, so that every page has an address and a way back. */

export const SCREENS = ["now", "approvals", "authority", "receipts", "policy", "connections", "people", "settings"] as const;
export type Screen = (typeof SCREENS)[number];

class Route {
  #path = $state(location.hash.slice(1));

  constructor() {
    addEventListener("hashchange", () => {
      this.#path = location.hash.slice(1);
    });
  }

  /** The screen; *Now* where the address says nothing known. */
  get screen(): Screen {
    const first = this.#segments[0];
    return SCREENS.find((screen) => screen === first) ?? "now";
  }

  /** What stands behind the screen: an operation's id, `delegate`. */
  get item(): string | null {
    return this.#segments[1] ?? null;
  }

  /** What stands behind that. */
  get detail(): string | null {
    return this.#segments[2] ?? null;
  }

  get #segments(): string[] {
    return this.#path
      .split("/")
      .filter(Boolean)
      .map((part) => {
        try {
          return decodeURIComponent(part);
        } catch {
          return part;
        }
      });
  }

  go(screen: Screen, ...rest: string[]): void {
    location.hash = href(screen, ...rest).slice(1);
  }
}

/** The address of a page. */
export const href = (screen: Screen, ...rest: string[]): string =>
  `#/${[screen, ...rest.map(encodeURIComponent)].join("/")}`;

export const route = new Route();
