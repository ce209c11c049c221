/** One browser for the stories of a file, and what holds after each of them: the page complained about nothing. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { Browser, type Opened } from "../browser/browser";

export interface Stage {
  /** A fresh page in a scenario, at `path` or where the stories of the file begin. */
  open(scenario: string, path?: string): Promise<Page>;
  /** The same with a query of one's own. */
  load(query: string, path: string, options?: Parameters<Browser["open"]>[2]): Promise<Page>;
  still(page: Page): ReturnType<Browser["still"]>;
}

/** Called once at the head of a file of stories, which begin at `place`. */
export function stage(place: string): Stage {
  let browser: Browser;
  let opened: Opened;
  beforeAll(async () => {
    browser = await Browser.start();
  });
  afterAll(() => browser.stop());
  afterEach(async () => {
    await opened.page.close();
    expect(opened.complaints).toEqual([]);
  });

  const load: Stage["load"] = async (query, path, options) => {
    opened = await browser.open(query, path, options);
    return opened.page;
  };
  return { load, open: (scenario, path = place) => load(`scenario=${scenario}&still`, path), still: (page) => browser.still(page) };
}

/** Presses *Sign* in the stand-in for the native window. */
export const sign = (page: Page): Promise<void> => page.getByRole("button", { name: "Sign", exact: true }).click();
