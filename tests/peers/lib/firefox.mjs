// A real Firefox with a virtual authenticator, over its own remote protocol (Marionette): messages of JSON on a
// socket, each with its length before it.
// https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** How long Firefox may take to say which port it listens on. */
const STARTS_IN_MS = 30_000;

const PREFERENCES = {
  "app.update.disabledForTesting": true,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "marionette.port": 0,
  // The virtual authenticator instead of whatever is plugged in.
  "security.webauth.webauthn_enable_softtoken": true,
  "security.webauth.webauthn_enable_usbtoken": false,
  "toolkit.telemetry.reportingpolicy.firstRun": false,
};

/** A client of one Firefox: `send` answers a command's value, or throws what Firefox says. */
class Marionette {
  #socket;
  #waiting = new Map();
  #next = 0;
  #read = Buffer.alloc(0);

  constructor(socket) {
    this.#socket = socket;
    socket.on("data", (part) => this.#take(part));
    socket.on("close", () => this.#waiting.forEach(({ fail }) => fail(new Error("Firefox ended"))));
  }

  send(command, parameters = {}) {
    const id = this.#next++;
    const text = JSON.stringify([0, id, command, parameters]);
    return new Promise((done, fail) => {
      this.#waiting.set(id, { done, fail });
      this.#socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
  }

  #take(part) {
    this.#read = Buffer.concat([this.#read, part]);
    for (;;) {
      const colon = this.#read.indexOf(":");
      if (colon < 0) return;
      const length = Number(this.#read.subarray(0, colon));
      const end = colon + 1 + length;
      if (this.#read.length < end) return;
      const message = JSON.parse(this.#read.subarray(colon + 1, end));
      this.#read = this.#read.subarray(end);
      // The first one is a greeting.
      if (!Array.isArray(message)) continue;
      const [, id, error, value] = message;
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting.fail(new Error(`${error.error}: ${error.message}`));
      else waiting.done(value);
    }
  }
}

const port = async (profile, child) => {
  for (const began = Date.now(); Date.now() - began < STARTS_IN_MS; await sleep(20)) {
    if (child.exitCode !== null) throw new Error(`Firefox ended with ${child.exitCode}`);
    try {
      const text = readFileSync(join(profile, "MarionetteActivePort"), "utf8");
      if (text !== "") return Number(text);
    } catch {
      // It is not there yet.
    }
  }
  throw new Error("Firefox does not start");
};

export async function open() {
  const profile = mkdtempSync(join(tmpdir(), "bailiwick-firefox-"));
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
  writeFileSync(join(profile, "user.js"), lines.join("\n"));
  const program = process.env.BAILIWICK_FIREFOX ?? "/usr/bin/firefox-esr";
  // It goes with this program, however that ends.
  const command = ["--pdeathsig", "KILL", program, "--headless", "--marionette", "--no-remote"];
  const child = spawn("setpriv", [...command, "--profile", profile, "about:blank"], {
    stdio: "ignore",
    // It keeps things in the home of whoever starts it, which is a person's own here.
    env: { ...process.env, HOME: profile, XDG_RUNTIME_DIR: profile },
  });
  const socket = connect({ host: "127.0.0.1", port: await port(profile, child) });
  const firefox = new Marionette(socket);
  const { capabilities } = await firefox.send("WebDriver:NewSession", { capabilities: {} });
  const authenticatorId = (
    await firefox.send("WebAuthn:AddVirtualAuthenticator", {
      protocol: "ctap2",
      transport: "usb",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserConsenting: true,
      isUserVerified: true,
    })
  ).value;

  /** What `run`, a function of the page, answers. */
  const evaluate = async (run, ...args) => {
    const script = `const done = arguments[arguments.length - 1];
      Promise.resolve((${run})(...[...arguments].slice(0, -1))).then(done, (error) => done({ thrown: String(error) }));`;
    const { value } = await firefox.send("WebDriver:ExecuteAsyncScript", { script, args, sandbox: null });
    if (value?.thrown) throw new Error(value.thrown);
    return value;
  };
  return {
    version: `Firefox ${capabilities.browserVersion}`,
    goto: (url) => firefox.send("WebDriver:Navigate", { url }),
    evaluate,
    until: async (condition) => {
      while (!(await evaluate(condition))) await sleep(20);
    },
    // A person's click, with what the browser takes for their presence.
    click: async (selector) => {
      const { value } = await firefox.send("WebDriver:FindElement", { using: "css selector", value: selector });
      await firefox.send("WebDriver:ElementClick", { id: Object.values(value)[0] });
    },
    verified: (isUserVerified) => firefox.send("WebAuthn:SetUserVerified", { authenticatorId, isUserVerified }),
    credentials: async () => (await firefox.send("WebAuthn:GetCredentials", { authenticatorId })).value ?? [],
    close: async () => {
      child.kill();
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}
