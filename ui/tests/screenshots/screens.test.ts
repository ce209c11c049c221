/**
 * Every screen × light, dark × its states × two sizes, into `shots/`; fails on overflow, on what axe finds
 * serious, on anything that the page complains about. `SHOTS=word` takes only those whose name has the word.
 */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser, overflow, serious } from "../browser/browser";

interface Screen {
  name: string;
  path: string;
  states: string[];
  /** Brings the page there, from its opening. */
  to?: (page: Page) => Promise<void>;
}

const SETTLED = ["empty", "busy", "refused", "offline", "error"];
const firstRow = async (page: Page): Promise<void> => {
  const row = page.locator('[role="list"][aria-label="Receipts"] a').first();
  if (await row.count().catch(() => 0)) await row.click();
};
const live = async (page: Page): Promise<void> => {
  await page.evaluate(() => {
    const known = window as unknown as { fake: { park(stage: string, label?: string): unknown } };
    for (const [stage, label] of [["acting", "ci-bot"], ["evidence", "reviewer"], ["decided", "release-agent"]]) {
      try {
        known.fake.park(stage as string, label);
      } catch {
        // Nobody may ask in this state.
      }
    }
  });
};

const SCREENS: Screen[] = [
  { name: "now", path: "/now", states: [...SETTLED, "halted"], to: async (page) => void (await live(page)) },
  { name: "now-idle", path: "/now", states: ["busy"] },
  { name: "now-below", path: "/now", states: ["busy"], to: async (page) => {
    await page.locator("canvas").scrollIntoViewIfNeeded();
    await page.locator("#main").evaluate((main) => main.scrollTo(0, main.scrollHeight));
  } },
  {
    name: "authority",
    path: "/authority",
    states: SETTLED,
    to: async (page) => {
      await live(page);
      const node = page.locator('[role="treeitem"].capability').first();
      await page.waitForTimeout(150);
      if (await node.count()) await node.click();
    },
  },
  {
    name: "authority-table",
    path: "/authority",
    states: ["busy"],
    to: async (page) => {
      await page.getByRole("radio", { name: "Table" }).click();
      await page.getByRole("radio", { name: /^All/ }).click();
    },
  },
  {
    name: "delegate",
    path: "/authority/delegate",
    states: SETTLED,
    to: async (page) => {
      const start = page.getByRole("button", { name: "Ship to main" });
      if (await start.count()) {
        await page.waitForTimeout(400);
        await start.click();
      }
    },
  },
  { name: "receipts", path: "/receipts", states: SETTLED, to: async (page) => void (await page.waitForTimeout(200)) },
  { name: "receipt", path: "/receipts", states: ["busy", "refused"], to: async (page) => {
    await page.waitForTimeout(250);
    await firstRow(page);
    await page.waitForTimeout(150);
  } },
  { name: "receipt-below", path: "/receipts", states: ["busy"], to: async (page) => {
    await page.waitForTimeout(250);
    await firstRow(page);
    await page.getByText("Signed by the broker").waitFor();
    await page.locator("#main").evaluate((main) => main.scrollTo(0, main.scrollHeight));
  } },
  { name: "revoked", path: "/authority", states: ["busy"], to: async (page) => {
    await live(page);
    await page.locator('[role="treeitem"].capability').first().click();
    await page.getByRole("button", { name: "Revoke…" }).click();
    await page.getByRole("button", { name: /^Revoke 3/ }).click();
    await page.getByRole("button", { name: "Sign", exact: true }).click();
    await page.getByText("capabilities ended").waitFor();
  } },
  { name: "verify", path: "/receipts/verify", states: ["busy"], to: async (page) => {
    await page.getByRole("button", { name: /^Verify \d/ }).click();
    await page.getByText("The ledger holds.").waitFor();
  } },
  { name: "connections", path: "/connections", states: SETTLED, to: async (page) => void (await page.waitForTimeout(450)) },
  { name: "connect", path: "/connections/add", states: ["empty"] },
  { name: "settings", path: "/settings", states: SETTLED },
  { name: "first-run", path: "/now", states: ["fresh"] },
  {
    name: "revoke",
    path: "/authority",
    states: ["busy"],
    to: async (page) => {
      await live(page);
      await page.locator('[role="treeitem"].capability').first().click();
      await page.getByRole("button", { name: "Revoke…" }).click();
      await page.getByText("capabilities end").waitFor();
    },
  },
  { name: "halt", path: "/now", states: ["busy"], to: async (page) => {
    await live(page);
    await page.getByRole("button", { name: "Halt", exact: true }).click();
    await page.getByText("What a halt would stop now").waitFor();
  } },
  { name: "palette", path: "/now", states: ["busy"], to: async (page) => {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").waitFor();
  } },
];
const HOSTILE: Screen[] = ["now", "authority", "delegate", "receipts", "receipt", "connections"].map((name) => ({
  ...(SCREENS.find((one) => one.name === name) as Screen),
  states: ["hostile"],
}));

const folder = fileURLToPath(new URL("../../shots/", import.meta.url));
const wanted = process.env.SHOTS ?? "";

describe("every screen keeps what it promises", () => {
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    browser = await Browser.start();
  });
  afterAll(() => browser.stop());

  for (const screen of [...SCREENS, ...HOSTILE]) {
    for (const state of screen.states) {
      for (const theme of ["light", "dark"] as const) {
        for (const [width, height] of [
          [1280, 800],
          [1920, 1080],
        ] as const) {
          const name = `${screen.name}-${state}-${theme}-${width}`;
          if (!name.includes(wanted)) continue;
          it(name, async () => {
            const { page, complaints } = await browser.open(`scenario=${state}&still`, screen.path, { theme, width, height });
            await page.waitForTimeout(120);
            await screen.to?.(page);
            await page.waitForTimeout(180);
            await page.screenshot({ path: `${folder}${name}.png` });
            const found = { complaints, overflow: await overflow(page), axe: width === 1280 ? await serious(page) : [] };
            await page.close();
            expect(found).toEqual({ complaints: [], overflow: [], axe: [] });
          });
        }
      }
    }
  }
});
