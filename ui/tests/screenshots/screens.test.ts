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
  /** What else the address says. */
  query?: string;
  /** Brings the page there, from its opening. */
  to?: (page: Page) => Promise<void>;
}

const SETTLED = ["empty", "busy", "refused", "offline", "error"];
const firstRow = async (page: Page): Promise<void> => {
  const row = page.locator('[role="list"][aria-label="Receipts"] a').first();
  if (await row.count().catch(() => 0)) await row.click();
};
/** The answers count: the card stands still, and its buttons are armed. */
const armed = async (page: Page): Promise<void> => {
  await page.waitForFunction(() => [...document.querySelectorAll<HTMLButtonElement>(".bar button")].every((one) => one.textContent?.trim() !== "Deny…" || !(one.disabled || one.ariaDisabled)));
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
  { name: "now", path: "/now", states: ["waiting", "flood"], to: armed },
  { name: "approvals", path: "/approvals", states: ["empty", "waiting", "flood", "offline", "error"], to: armed },
  { name: "approvals-deploy", path: "/approvals", states: ["waiting"], to: async (page) => {
    await page.keyboard.press("j");
    await armed(page);
  } },
  { name: "approvals-change", path: "/approvals", states: ["waiting"], to: async (page) => {
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await armed(page);
  } },
  { name: "approvals-own", path: "/approvals", states: ["others"], to: armed },
  { name: "approvals-better", path: "/approvals", states: ["others"], to: async (page) => {
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await armed(page);
  } },
  { name: "approvals-roster", path: "/approvals", states: ["others"], to: async (page) => {
    await page.keyboard.press("j");
    await armed(page);
  } },
  { name: "approvals-denying", path: "/approvals", states: ["waiting"], to: async (page) => {
    await page.keyboard.press("x");
    await page.getByLabel("Why, for the agent").fill("The workflow change has to be reviewed by security first");
    await page.getByRole("button", { name: "Deny", exact: true }).click();
    await page.getByText("Take it back").waitFor();
  } },
  { name: "approvals-reason", path: "/approvals", states: ["waiting"], to: async (page) => void (await page.keyboard.press("x")) },
  { name: "approvals-diff", path: "/approvals", states: ["waiting"], to: async (page) => {
    await page.keyboard.press("d");
    await page.getByText("tokio::time::sleep").first().waitFor();
    await page.waitForTimeout(150);
  } },
  { name: "approvals-rule", path: "/approvals", states: ["waiting"], to: async (page) => {
    await armed(page);
    await page.getByRole("button", { name: "Approve and make it a rule…" }).click();
    await page.getByRole("group", { name: "branch" }).getByRole("radio", { name: "A pattern" }).click();
    await page.getByLabel("Pattern for branch").fill("retry-*");
    await page.getByText("that they approved").waitFor();
    await page.waitForTimeout(350);
  } },
  { name: "approvals-ended", path: "/approvals", states: ["waiting"], to: async (page) => {
    await armed(page);
    await page.evaluate(() => {
      const { fake } = window as unknown as { fake: { approvals: { pending(): Promise<{ pending: { target: string } }[]>; settle(target: string, how: string): void } } };
      return fake.approvals.pending().then((all) => fake.approvals.settle(all[0]?.pending.target ?? "", "expired"));
    });
    await page.getByText("Nobody answered in time").first().waitFor();
  } },
  { name: "rules", path: "/approvals/rules", states: ["busy", "empty"] },
  { name: "policy", path: "/policy", states: ["busy", "offline", "error", "hostile"] },
  { name: "policy-unproved", path: "/policy", states: ["busy"], query: "&without=proof" },
  { name: "policy-rule", path: "/policy", states: ["busy"], to: async (page) => void (await page.getByText("All required checks pass").first().click()) },
  { name: "policy-try", path: "/policy/try", states: ["busy", "empty"], to: async (page) => {
    const judge = page.getByRole("button", { name: "Judge it" });
    if (await judge.isEnabled()) await judge.click();
  } },
  { name: "policy-try-refused", path: "/policy/try", states: ["busy"], to: async (page) => {
    await page.getByRole("radio", { name: "One made up" }).click();
    await page.getByRole("combobox", { name: /^What:/ }).click();
    await page.getByRole("option", { name: /Deploy a ref/ }).click();
    await page.getByLabel("environment", { exact: true }).fill("production");
    await page.getByLabel("ref", { exact: true }).fill("main");
    await page.getByRole("button", { name: "Judge it" }).click();
    await page.getByRole("heading", { name: "Refused" }).waitFor();
  } },
  { name: "policy-edit", path: "/policy/edit", states: ["busy"], to: async (page) => void (await page.getByText("It loads").waitFor()) },
  { name: "policy-edit-wrong", path: "/policy/edit", states: ["busy"], to: async (page) => {
    const field = page.getByRole("textbox", { name: "The text of: Guard" });
    await field.fill((await field.inputValue()).replace('@id("main-has-checks")', '@approval("1 of approver")'));
    await page.getByText("this would not load").waitFor();
    await page.getByRole("list", { name: "What is wrong" }).getByRole("button").first().click();
  } },
  { name: "policy-diff", path: "/policy/edit", states: ["busy"], to: async (page) => {
    const guard = page.getByRole("textbox", { name: "The text of: Guard" });
    const text = await guard.inputValue();
    const rule = /@id\("main-business-hours"\)[\s\S]*?;\n/.exec(text)?.[0] ?? "";
    await guard.fill(text.replace(rule, ""));
    await page.getByRole("radio", { name: "Ask", exact: true }).click();
    const ask = page.getByRole("textbox", { name: "The text of: Ask" });
    await ask.fill(`${await ask.inputValue()}\n${rule.replace("forbid (", '@approval("1 of approver")\nforbid (')}`);
    await page.getByRole("button", { name: "See what changes" }).click();
    await page.getByText("Only ask, where they refused").waitFor();
    await page.getByText("allows what the one in force refuses", { exact: false }).waitFor();
    await page.locator(".code-keyword").first().waitFor();
  } },
  { name: "policy-refuted", path: "/policy/edit", states: ["busy"], to: async (page) => {
    const guard = page.getByRole("textbox", { name: "The text of: Guard" });
    const text = await guard.inputValue();
    await guard.fill(text.replace(/@id\("main-is-reviewed"\)[\s\S]*?;\n/, ""));
    await page.getByRole("button", { name: "See what changes" }).click();
    await page.getByText("It is not put in force", { exact: false }).waitFor();
    await page.locator("#main").evaluate((main) => main.scrollTo(0, main.scrollHeight));
  } },
  { name: "policy-history", path: "/policy/history", states: ["busy"] },
  { name: "policy-asking", path: "/policy/asking", states: ["busy", "empty"] },
  { name: "people", path: "/people", states: ["empty", "busy", "offline", "error", "hostile"] },
  { name: "people-enrol", path: "/people/enrol", states: ["busy"], to: async (page) => {
    await page.getByLabel("Invitation").fill("bailiwick-invitation:margaret:4f0a…");
    await page.getByRole("button", { name: "Read it" }).click();
    await page.getByText("They read me the same four words").waitFor();
  } },
  { name: "people-end", path: "/people", states: ["busy"], to: async (page) => {
    await page.getByRole("button", { name: /^End it… the keychain key of ada/ }).click();
    await page.getByRole("radio", { name: /Given up/ }).click();
    await page.getByText("ada lets ci-bot").first().waitFor();
  } },
  { name: "people-roles", path: "/people", states: ["busy"], to: async (page) => void (await page.getByRole("button", { name: "Roles…" }).first().click()) },
  { name: "people-rotate", path: "/people/rotate", states: ["busy"] },
  { name: "join", path: "/now", states: ["fresh"], to: async (page) => {
    await page.getByRole("button", { name: "Join a realm that exists…" }).click();
    await page.getByLabel("The realm").fill(`sha256:${"4f".repeat(32)}`);
    await page.getByRole("button", { name: /^Make the key and the invitation/ }).click();
    await page.getByText("Read them the four words", { exact: false }).waitFor();
  } },
  { name: "locked", path: "/now", states: ["waiting"], to: async (page) => {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("lock the");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Locked", level: 2 }).waitFor();
  } },
  { name: "touch", path: "/now", states: ["busy"], to: async (page) => {
    await page.evaluate(() => void (window as unknown as { fake: { people: { touch(headline: string): Promise<boolean> } } }).fake.people.touch("Approve: Merge retry-with-backoff into main of acme/backend at 3f9c2ab"));
    await page.getByText("Go on in your browser").waitFor();
  } },
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
  { name: "delegate-below", path: "/authority/delegate", states: ["busy"], to: async (page) => {
    await page.getByText("Start from").evaluate((text) => text.scrollIntoView({ block: "start" }));
  } },
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
const HOSTILE: Screen[] = ["now", "approvals", "authority", "delegate", "receipts", "receipt", "connections"].map((name) => ({
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
            const { page, complaints } = await browser.open(`scenario=${state}&still${screen.query ?? ""}`, screen.path, { theme, width, height });
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
