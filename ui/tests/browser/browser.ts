/** One Chromium for a test file, a fresh page for each test, and what every page has to keep: no error on the
    console, nothing refused by the policy, nothing wider than the window, nothing serious from axe. */
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, type Page, chromium } from "playwright-core";
import { inject } from "vitest";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export interface Opened {
  page: Page;
  /** What the page said on its console as an error or warning, and what it threw. */
  complaints: string[];
}

export class Browser {
  #context: BrowserContext;
  #profile: string;

  private constructor(context: BrowserContext, profile: string) {
    this.#context = context;
    this.#profile = profile;
  }

  static async start(): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), "bailiwick-ui-"));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env.BAILIWICK_CHROMIUM ?? "/usr/bin/chromium",
      headless: true,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
      viewport: { width: 1280, height: 800 },
      reducedMotion: "reduce",
      locale: "en-GB",
      // axe is put into the page by the test, past the page's own policy; the policy itself is checked apart.
      bypassCSP: false,
    });
    context.setDefaultTimeout(20_000);
    return new Browser(context, profile);
  }

  async open(query: string, path = "/now", options: { theme?: "light" | "dark"; width?: number; height?: number; clock?: boolean } = {}): Promise<Opened> {
    const page = await this.#context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => complaints.push(`thrown: ${error.message}`));
    await page.emulateMedia({ colorScheme: options.theme ?? "light", reducedMotion: "reduce" });
    await page.setViewportSize({ width: options.width ?? 1280, height: options.height ?? 800 });
    // With a clock of its own, a page's time is the test's to move.
    if (options.clock) await page.clock.install();
    await page.goto(`${inject("address")}/rehearsal.html?${query}#${path}`, { timeout: 30_000 });
    await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
    return { page, complaints };
  }

  /** From now on a page that was opened with a clock stands still, but for what `clock.runFor` lets pass. */
  async still(page: Page): Promise<void> {
    await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1_000);
  }

  async stop(): Promise<void> {
    await this.#context.close();
    rmSync(this.#profile, { recursive: true, force: true });
  }
}

/** What axe finds serious or critical, in words. */
export async function serious(page: Page): Promise<string[]> {
  const source = await readFile(axe, "utf8");
  await page.evaluate(source);
  const found = await page.evaluate(async () => {
    const run = (window as unknown as { axe: { run(context: unknown, options: unknown): Promise<{ violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe;
    const result = await run.run(
      { exclude: [["dialog.stand-in"]] },
      { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
    );
    return result.violations
      .filter((one) => one.impact === "serious" || one.impact === "critical")
      .flatMap((one) => one.nodes.slice(0, 3).map((node) => `${one.id} (${one.impact}): ${node.html.slice(0, 160)} — ${node.failureSummary.replace(/\s+/g, " ").slice(0, 200)}`));
  });
  return found;
}

/** Elements that stick out of the window to the side, and room below the page that nothing needs. */
export async function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const wide = document.documentElement.scrollWidth > innerWidth ? [`the page is ${document.documentElement.scrollWidth} wide`] : [];
    for (const name of ["main", "header", "aside"]) {
      for (const element of document.querySelectorAll(name)) {
        if (element.scrollWidth > element.clientWidth + 1) wide.push(`<${name}> holds ${element.scrollWidth} in ${element.clientWidth}`);
      }
    }
    for (const element of document.querySelectorAll("#console *")) {
      const box = element.getBoundingClientRect();
      if (box.width > 0 && box.right > innerWidth + 1 && !element.closest(".unseen, .scroll, canvas") && getComputedStyle(element).visibility !== "hidden") {
        const clipped = element.parentElement?.closest(".clip, .crumbs, .card, [class*=viewport]");
        if (!clipped) wide.push(`<${element.tagName.toLowerCase()} class="${element.getAttribute("class")}"> ends at ${Math.round(box.right)}`);
      }
    }
    const main = document.getElementById("main");
    if (main && main.scrollHeight > main.clientHeight + 1) {
      const top = main.getBoundingClientRect().top - main.scrollTop;
      const lowest = Math.max(...[...main.querySelectorAll("*:not(.unseen, .unseen *)")].map((element) => element.getBoundingClientRect().bottom - top));
      if (main.scrollHeight > lowest + 2) wide.push(`the page goes on for ${Math.round(main.scrollHeight - lowest)} below what is on it`);
    }
    return wide.slice(0, 5);
  });
}
