/** Persons, keys, sign-in and the lock, in a real browser. */
import { describe, expect, it } from "vitest";
import { serious } from "../browser/browser";
import { sign, stage } from "./stage";

interface Fake {
  people: { touch(headline: string): Promise<boolean>; setIdle(seconds: number): void };
}
type WithFake = Window & { fake: Fake; touched?: boolean; touchKey?: () => void };

const { load, open } = stage("/people");

describe("people", () => {
  it("are let in by an invitation and four words that somebody compared", async () => {
    const page = await open("busy");
    await page.getByRole("link", { name: "Let somebody in…" }).click();
    const invitation = page.getByLabel("Invitation");
    await invitation.fill("hello");
    await page.getByRole("button", { name: "Read it" }).click();
    await page.getByText("This is no invitation.").waitFor();
    await invitation.fill("bailiwick-invitation:margaret:forged");
    await page.getByRole("button", { name: "Read it" }).click();
    await page.getByText("does not hold the key in it", { exact: false }).waitFor();
    await invitation.fill("bailiwick-invitation:margaret:4f0a9c");
    await page.getByRole("button", { name: "Read it" }).click();
    const enrol = page.getByRole("button", { name: "Sign the next roster…" });
    await enrol.waitFor();
    expect(await enrol.isDisabled()).toBe(true);
    await page.getByLabel(/They read me the same four words/).click();
    expect(await enrol.isDisabled()).toBe(false);
    // Whatever is pasted next has to be compared anew.
    await invitation.fill("bailiwick-invitation:margaret:4f0a9cc");
    expect(await enrol.count()).toBe(0);
    await page.getByRole("button", { name: "Read it" }).click();
    expect(await enrol.isDisabled()).toBe(true);
    await page.getByLabel(/They read me the same four words/).click();
    expect(await serious(page)).toEqual([]);
    await enrol.click();
    await sign(page);
    await page.getByRole("heading", { name: "margaret" }).waitFor();
  });

  it("see what the broker noticed, as text whatever it says", async () => {
    const page = await open("busy");
    const noticed = page.getByRole("region", { name: "What the broker noticed" });
    await noticed.getByText("counts once however many keys sign", { exact: false }).waitFor();
    await noticed.getByText("(a key of linus)").waitFor();
    expect(await noticed.getByRole("listitem").count()).toBe(2);
    expect(await serious(page)).toEqual([]);
    const alone = await open("empty");
    await alone.getByText("Nobody but you can let you in again").waitFor();
    expect(await alone.getByRole("region", { name: "What the broker noticed" }).count()).toBe(0);
  });

  it("who lost a key come in the same way, and the lost key ends with it", async () => {
    const page = await open("busy");
    await page.getByRole("link", { name: "Lost a key…" }).first().click();
    await page.getByText(/bailiwick person invite --name grace --realm sha256:/).waitFor();
    await page.getByLabel("Invitation").fill("bailiwick-invitation:mallory:77");
    await page.getByRole("button", { name: "Read it" }).click();
    await page.getByText("This invitation is of mallory, not of grace.").waitFor();
    await page.getByLabel(/They read me the same four words/).click();
    expect(await page.getByRole("button", { name: "Sign the next roster…" }).isDisabled()).toBe(true);
    await page.getByLabel("Invitation").fill("bailiwick-invitation:grace:77");
    await page.getByRole("button", { name: "Read it" }).click();
    await page.getByText("Keys that end with it").waitFor();
    await page.getByLabel(/They read me the same four words/).click();
    await page.getByRole("button", { name: "Sign the next roster…" }).click();
    await sign(page);
    await page.getByRole("article", { name: "grace" }).getByText("1 key that ended").waitFor();
  });

  it("see what ending a key does before they sign it", async () => {
    const page = await open("busy");
    await page.getByRole("button", { name: "End it… the keychain key of ada" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("This console signs with it.").waitFor();
    await dialog.getByText("Stands").waitFor();
    await dialog.getByRole("radio", { name: /In other hands/ }).click();
    const end = dialog.getByRole("button", { name: "End this key…" });
    expect(await end.isDisabled()).toBe(true);
    await dialog.getByLabel("Since which entry of the ledger").fill("388");
    await dialog.getByText("ada lets ci-bot merge into main of acme/backend").waitFor();
    await page.waitForFunction(() => [...document.querySelectorAll<HTMLButtonElement>("[role=dialog] button")].some((one) => one.textContent?.trim() === "End this key…" && !one.disabled));
    expect(await serious(page)).toEqual([]);
    await end.click();
    await sign(page);
    await page.getByRole("article", { name: "ada" }).getByText("2 keys that ended").waitFor();
  });

  it("replace their key, and change what somebody may do", async () => {
    const page = await open("busy");
    await page.getByRole("link", { name: "Replace my key…" }).click();
    await page.getByRole("radio", { name: /A security key/ }).click();
    await page.getByRole("button", { name: "Make the new key and sign…" }).click();
    await sign(page);
    await page.getByText("You sign with the new key from now on.").waitFor();
    await page.getByRole("article", { name: "linus" }).getByRole("button", { name: "Roles…" }).click();
    await page.getByLabel(/Security/).click();
    await page.getByRole("button", { name: "Sign the next roster…" }).click();
    await sign(page);
    await page.getByRole("article", { name: "linus" }).getByText("Security", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Change how many…" }).click();
    const dialog = page.getByRole("dialog", { name: "How many must agree" });
    expect(await dialog.getByRole("button", { name: "Sign the next roster…" }).isDisabled()).toBe(true);
    await dialog.getByRole("radio", { name: "One alone" }).click();
    await dialog.getByText("Then fewer persons can change everything.", { exact: false }).waitFor();
    expect(await serious(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Sign the next roster…" }).click();
    await sign(page);
    await page.getByText("One steward alone changes roster", { exact: false }).waitFor();
  });

  it("make an invitation on a console that has no realm yet", async () => {
    const page = await open("fresh", "/now");
    await page.getByRole("button", { name: "Join a realm that exists…" }).click();
    await page.getByLabel("Your name there").fill("Margaret");
    expect(await page.getByRole("button", { name: /^Make the key and the invitation/ }).isDisabled()).toBe(true);
    await page.getByLabel("Your name there").fill("margaret");
    expect(await page.getByRole("button", { name: /^Make the key and the invitation/ }).isDisabled()).toBe(true);
    await page.getByLabel("The realm").fill(`sha256:${"4f".repeat(32)}`);
    await page.getByRole("radio", { name: /A passkey/ }).click();
    await page.getByRole("button", { name: /^Make the key and the invitation/ }).click();
    await page.getByText("bailiwick-invitation:margaret:", { exact: false }).waitFor();
    expect(await serious(page)).toEqual([]);
  });
});

describe("a key to touch", () => {
  it("shows what is signed and the four words, and can be cancelled", async () => {
    const page = await open("busy", "/now");
    await page.evaluate(() => {
      const known = window as unknown as WithFake;
      void known.fake.people.touch("Approve: Merge feat-1 into main").then((touched) => (known.touched = touched));
    });
    const sheet = page.getByRole("dialog", { name: "Go on in your browser" });
    await sheet.getByText("Approve: Merge feat-1 into main").waitFor();
    expect(await sheet.locator(".code b").count()).toBe(4);
    expect(await serious(page)).toEqual([]);
    await sheet.getByRole("button", { name: "Cancel" }).click();
    await sheet.waitFor({ state: "detached" });
    expect(await page.evaluate(() => (window as unknown as WithFake).touched)).toBe(false);
  });
});

describe("the lock", () => {
  it("falls by itself, reads nothing out, keeps Halt, and opens by a signature", async () => {
    const page = await open("waiting", "/authority");
    await page.getByRole("heading", { name: "Authority" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("lock the console");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Locked", level: 2 }).waitFor();
    expect(await page.locator("#main").innerText()).not.toContain("retry-with-backoff");
    expect(await page.getByTitle("waiting for a person").count()).toBe(0);
    await page.keyboard.press("Control+k");
    expect(await page.getByRole("combobox").count()).toBe(0);
    await page.getByRole("button", { name: "Halt", exact: true }).click();
    await page.getByRole("dialog", { name: "Stop everything" }).waitFor();
    await page.keyboard.press("Escape");
    expect(await serious(page)).toEqual([]);
    await page.getByRole("button", { name: "Sign in as ada…" }).click();
    await page.locator("dialog.stand-in").getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("heading", { name: "Locked", level: 2 }).waitFor();
    await page.getByRole("button", { name: "Sign in as ada…" }).click();
    await sign(page);
    await page.getByRole("heading", { name: "Authority" }).waitFor();
    await page.getByTitle("waiting for a person").waitFor();
    // From the screen that shows them, too.
    await page.getByRole("link", { name: /^Approvals/ }).click();
    await page.getByText("retry-with-backoff").first().waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("lock the console");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Locked", level: 2 }).waitFor();
    expect(await page.getByTitle("waiting for a person").count()).toBe(0);
  });

  it("falls at once from the settings", async () => {
    const page = await open("busy", "/settings");
    await page.getByText("or until nobody touches the console for 10 min", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Lock now" }).click();
    await page.getByRole("heading", { name: "Locked", level: 2 }).waitFor();
  });

  it("falls when nobody touched anything for as long as the shell says", async () => {
    const locked = await load("scenario=busy&still&idle=1", "/now");
    await locked.getByRole("heading", { name: "Locked", level: 2 }).waitFor();
  });
});

describe("hostile names", () => {
  it("of keys are shown as what they are", async () => {
    const page = await open("hostile");
    await page.getByRole("heading", { name: "ada" }).waitFor();
    await page.getByText("\\u{202e}", { exact: true }).first().waitFor();
    const found = await page.evaluate(() => ({ title: document.title, raw: /[\u202a-\u202e\u2066-\u2069\u200b]/.test(document.body.innerText), sideways: document.documentElement.scrollWidth > innerWidth, planted: document.querySelectorAll("#console img").length }));
    expect(found).toEqual({ title: "Bailiwick", raw: false, sideways: false, planted: 0 });
  });
});
