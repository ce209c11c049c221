// A real Chromium with a virtual authenticator, over CDP.
import { createRequire } from "node:module";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// The screens' tests pin it; there is one of it.
const { chromium } = createRequire(new URL("../../../ui/package.json", import.meta.url))("playwright-core");

export async function open() {
  const profile = mkdtempSync(join(tmpdir(), "bailiwick-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.BAILIWICK_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable", { enableUI: false });
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "usb",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    version: `Chromium ${context.browser()?.version() ?? ""}`.trim(),
    goto: (url) => page.goto(url),
    evaluate: (run, argument) => page.evaluate(run, argument),
    until: (condition) => page.waitForFunction(condition),
    click: (selector) => page.locator(selector).click(),
    verified: (isUserVerified) => cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
    credentials: async () => (await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
