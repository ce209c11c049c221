// A person at a browser with a key that verifies them: a real Chromium with a virtual authenticator over CDP.
//
//   ./node24 person.mjs [--lifeline]
//
// Prints `{"ready": true}` and then answers each line of its standard input with one line:
//   {"sign": URL}                opens our page, presses its main button, waits for its end
//   {"decline": URL}             as before, with the other button
//   {"look": URL}                opens the page and presses nothing
//   {"steal": URL, "options"}    asks for an assertion on a page of somebody else's, with these options
//   {"frame": URL, "inside"}     shows `inside` in a frame of a page at URL
//   {"verified": false}          from now on the key verifies nobody
//   {"credentials": true}        what the authenticator holds
import { createRequire } from "node:module";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

// The screens' tests pin it; there is one of it.
const { chromium } = createRequire(new URL("../../ui/package.json", import.meta.url))("playwright-core");

const profile = mkdtempSync(join(tmpdir(), "bailiwick-person-"));
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

/** What the page says, in the order in which a person reads it. */
const read = () =>
  page.evaluate(() => {
    const text = (id) => document.getElementById(id)?.textContent ?? "";
    const names = [...document.querySelectorAll("#lines dt")].map((one) => one.textContent);
    const values = [...document.querySelectorAll("#lines dd")].map((one) => one.textContent);
    return {
      title: document.title,
      address: location.href,
      headline: text("headline"),
      code: text("code"),
      state: text("state"),
      flags: [...document.querySelectorAll("#flags li")].map((one) => one.textContent),
      lines: names.map((name, index) => [name, values[index]]),
    };
  });

const open = async (url) => {
  // Another page first: a new fragment alone would not load the page again.
  await page.goto("about:blank");
  await page.goto(url);
  await page.waitForFunction(() => document.getElementById("headline")?.textContent !== "One moment…");
  return read();
};

const press = async (url, button) => {
  const shown = await open(url);
  if (await page.locator(button).isHidden()) return { shown, end: shown };
  await page.locator(button).click();
  await page.waitForFunction(() => {
    const go = document.getElementById("go");
    return go === null || go.hidden || !go.disabled;
  });
  return { shown, end: await read() };
};

const deeds = {
  sign: ({ sign }) => press(sign, "#go"),
  decline: ({ decline }) => press(decline, "#no"),
  look: async ({ look }) => ({ shown: await open(look) }),
  steal: async ({ steal, options }) => {
    await page.goto(steal);
    return page.evaluate(async (options) => {
      const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
      const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
      try {
        const made = await navigator.credentials.get({
          publicKey: {
            rpId: options.rp_id,
            challenge: bytes(options.challenge),
            allowCredentials: [{ type: "public-key", id: bytes(options.credential) }],
            userVerification: "required",
          },
        });
        return {
          authenticator_data: text(made.response.authenticatorData),
          client_data: text(made.response.clientDataJSON),
          signature: text(made.response.signature),
        };
      } catch (error) {
        return { refused: error.name };
      }
    }, options);
  },
  frame: async ({ frame, inside }) => {
    await page.goto(frame);
    return page.evaluate(async (inside) => {
      const element = document.createElement("iframe");
      element.src = inside;
      const loaded = new Promise((resolve) => element.addEventListener("load", resolve));
      document.body.append(element);
      await loaded;
      // A frame that was refused is an opaque error page.
      let body = null;
      try {
        body = element.contentDocument?.body?.textContent ?? null;
      } catch {
        body = null;
      }
      return { body };
    }, inside);
  },
  verified: async ({ verified }) => {
    await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: verified });
    return {};
  },
  credentials: async () => {
    const { credentials } = await cdp.send("WebAuthn.getCredentials", { authenticatorId });
    return { credentials: credentials.map(({ credentialId, rpId, signCount }) => ({ credentialId, rpId, signCount })) };
  },
};

const end = async () => {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
  process.exit(0);
};
process.on("SIGTERM", end);

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const deed = JSON.parse(line);
  const name = Object.keys(deeds).find((name) => name in deed);
  try {
    console.log(JSON.stringify(await deeds[name](deed)));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
await end();
