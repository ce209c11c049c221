// A person at a browser with a key that verifies them: a real Chromium or Firefox with a virtual authenticator.
//
//   ./node24 person.mjs chromium|firefox
//
// Prints `{"ready": true, "version"}` and then answers each line of its standard input with one line:
//   {"sign": URL}                opens our page, presses its main button, waits for its end
//   {"decline": URL}             as before, with the other button
//   {"look": URL}                opens the page and presses nothing
//   {"steal": URL, "options"}    asks for an assertion on a page of somebody else's, with these options
//   {"frame": URL, "inside"}     shows `inside` in a frame of a page at URL
//   {"verified": false}          from now on the key verifies nobody
//   {"credentials": true}        what the authenticator holds
import { createInterface } from "node:readline";

const { open: start } = await import(`./lib/${process.argv[2]}.mjs`);
const browser = await start();

/** What the page says, in the order in which a person reads it. */
const read = () =>
  browser.evaluate(() => {
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
  await browser.goto("about:blank");
  await browser.goto(url);
  await browser.until(() => document.getElementById("headline")?.textContent !== "One moment…");
  return read();
};

const press = async (url, button) => {
  const shown = await open(url);
  const hidden = (button) => document.querySelector(button)?.checkVisibility() !== true;
  if (await browser.evaluate(hidden, button)) return { shown, end: shown };
  await browser.click(button);
  await browser.until(() => {
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
    await browser.goto(steal);
    return browser.evaluate(async (options) => {
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
    await browser.goto(frame);
    return browser.evaluate(async (inside) => {
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
    await browser.verified(verified);
    return {};
  },
  credentials: async () => {
    const credentials = await browser.credentials();
    return { credentials: credentials.map(({ credentialId, rpId, signCount }) => ({ credentialId, rpId, signCount })) };
  },
};

const end = async () => {
  await browser.close();
  process.exit(0);
};
process.on("SIGTERM", end);

console.log(JSON.stringify({ ready: true, version: browser.version }));
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
