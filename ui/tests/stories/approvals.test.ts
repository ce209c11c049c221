/** How a person answers what waits, in a real browser: by pointer, by keyboard, and what must not happen by accident. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { serious } from "../browser/browser";
import { sign, stage } from "./stage";

/** What a test moves from outside the screens. */
interface Fake {
  approvals: {
    ask(branch: string, seconds?: number): { pending: { target: string } };
    settle(target: string, how: string): void;
    pending(): Promise<{ pending: { target: string } }[]>;
    readonly opened: number;
  };
}
type WithFake = Window & { fake: Fake };

const { load, open, still } = stage("/approvals");
const dialog = (page: Page): ReturnType<Page["locator"]> => page.locator("dialog.stand-in");
const approve = (page: Page): ReturnType<Page["getByRole"]> => page.getByRole("button", { name: "Approve…", exact: true });
const headline = (page: Page): ReturnType<Page["locator"]> => page.locator("#request-headline");
const armed = (page: Page): Promise<unknown> => page.waitForFunction(() => [...document.querySelectorAll<HTMLButtonElement>(".bar button")].some((one) => one.textContent?.trim() === "Approve…" && !one.disabled && one.ariaDisabled !== "true"));

describe("the card", () => {
  it("has all eight parts, in their order, and nothing serious for axe", async () => {
    const page = await open("waiting");
    await armed(page);
    const text = (await page.locator("article.request").innerText()).replace(/\s+/g, " ");
    const parts = ["Merge retry-with-backoff into main of acme/backend at", "the agent's terminal shows the same four words", "Evidence", "First merge from a fork by this agent", "Who asks", "What can hurt", "It cannot be taken back", "Why you are asked", "Code from a fork needs an approver", "The agent says", "not checked", "Approve…", "Deny…", "Approve and make it a rule…", "Pause this agent"];
    const places = parts.map((part) => text.indexOf(part));
    expect(Object.fromEntries(parts.map((part, index) => [part, (places[index] ?? -1) >= 0]))).toEqual(Object.fromEntries(parts.map((part) => [part, true])));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(await serious(page)).toEqual([]);
  });

  it("is approved only through the shell's own confirmation, which shows headline and code", async () => {
    const page = await open("waiting");
    await armed(page);
    const words = await page.locator(".request .code").first().innerText();
    await approve(page).click();
    expect((await dialog(page).innerText()).replace(/\s+/g, " ")).toContain("Approve: Merge retry-with-backoff into main of acme/backend");
    expect(await dialog(page).innerText()).toContain(words.replace(/\s+/g, ""));
    await dialog(page).getByRole("button", { name: "Cancel" }).click();
    await armed(page);
    expect(await page.getByRole("alert").count()).toBe(0);
    await approve(page).click();
    await sign(page);
    await page.getByText("It goes on now; its receipt names who agreed.").waitFor();
    // What ended stays until the person goes on.
    await headline(page).getByText("Merge retry-with-backoff").waitFor();
    await page.getByRole("button", { name: "Next", exact: true }).click();
    await headline(page).getByText("Deploy main of acme/backend to production").waitFor();
  });

  it("says that it waits for a second person, and does not take a second answer from the first", async () => {
    const page = await open("waiting");
    await page.keyboard.press("j");
    await headline(page).getByText("Deploy main").waitFor();
    await armed(page);
    expect(await page.getByRole("button", { name: "Approve and make it a rule…" }).count()).toBe(0);
    await approve(page).click();
    await sign(page);
    await page.getByText("You have agreed. It waits for somebody else.").waitFor();
    await page.getByText("1 of 2 approvers agreed").waitFor();
    expect(await approve(page).isDisabled()).toBe(true);
  });
});

describe("what is for others to answer", () => {
  it("cannot be approved by whom it is of, and says so; it can be denied", async () => {
    const page = await open("others");
    await page.getByText("Your own approval does not count here").waitFor();
    await page.waitForFunction(() => [...document.querySelectorAll<HTMLButtonElement>(".bar button")].some((one) => one.textContent?.trim() === "Deny…" && !one.disabled && one.ariaDisabled !== "true"));
    expect(await approve(page).isDisabled()).toBe(true);
    expect(await page.getByRole("button", { name: "Approve and make it a rule…" }).isDisabled()).toBe(true);
  });

  it("cannot be approved by a key that is kept less well than policy asks, and says so", async () => {
    const page = await open("others");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await headline(page).getByText("Deploy main").waitFor();
    await page.getByText("Your keychain key cannot approve this. It has to be signed with a synced passkey or better.").waitFor();
    await page.waitForFunction(() => [...document.querySelectorAll<HTMLButtonElement>(".bar button")].some((one) => one.textContent?.trim() === "Deny…" && !one.disabled));
    expect(await approve(page).isDisabled()).toBe(true);
  });

  it("shows a change field by field where there is nothing but the statement", async () => {
    const page = await open("others");
    await page.keyboard.press("j");
    await headline(page).getByText("Let these persons act from now on").waitFor();
    await page.getByText("persons[3].name").waitFor();
    expect(await page.getByRole("heading", { name: "Evidence" }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "Pause this agent" }).count()).toBe(0);
    await armed(page);
    expect(await serious(page)).toEqual([]);
  });
});

describe("its operation", () => {
  it("says on its own page that it waits, for whom and under which words, and its receipt has the same words", async () => {
    const page = await open("waiting", "/now");
    const row = page.locator(".flow li", { hasText: "Merge retry-with-backoff" }).first();
    await row.getByText("waiting for a person").waitFor();
    const words = (await row.locator(".code").innerText()).replace(/\s+/g, "");
    await row.locator("a").click();
    await page.getByText("Waits for 1 of approver").waitFor();
    expect((await page.locator(".code").first().innerText()).replace(/\s+/g, "")).toBe(words);
    await page.getByRole("link", { name: "Answer it" }).click();
    await headline(page).getByText("Merge retry-with-backoff").waitFor();
    await armed(page);
    await approve(page).click();
    await sign(page);
    await page.getByText("It goes on now").waitFor();
    await page.goBack();
    await page.getByText("as the approver and the agent saw them").waitFor();
    expect((await page.locator(".code").first().innerText()).replace(/\s+/g, "")).toBe(words);
  });
});

describe("nothing happens by accident", () => {
  it("answers a press only once the page has stood still, and not when it just moved", async () => {
    const page = await open("waiting");
    await armed(page);
    // Whatever appears above moves the buttons: a press at that very moment does nothing, and they rest again.
    const moved = await page.evaluate(async () => {
      const button = (): HTMLButtonElement | undefined => [...document.querySelectorAll<HTMLButtonElement>(".bar button")].find((one) => one.textContent?.trim() === "Approve…");
      const room = document.createElement("div");
      room.style.height = "40px";
      document.querySelector("article.request")?.before(room);
      button()?.click();
      await Promise.resolve().then(() => undefined);
      return { asked: document.querySelectorAll("dialog.stand-in").length, rests: button()?.ariaDisabled };
    });
    expect(moved).toEqual({ asked: 0, rests: "true" });
    await armed(page);
    // So do those of the next request, however fast one gets there.
    const next = await page.evaluate(async () => {
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true }));
      await Promise.resolve().then(() => undefined);
      return [...document.querySelectorAll<HTMLButtonElement>(".bar button")].find((one) => one.textContent?.trim() === "Approve…")?.ariaDisabled;
    });
    expect(next).toBe("true");
    await armed(page);
  });

  it("does not approve by Enter, and does by the space bar", async () => {
    const page = await open("waiting");
    await armed(page);
    await approve(page).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    expect(await dialog(page).count()).toBe(0);
    await page.keyboard.press("Space");
    await dialog(page).waitFor();
    await dialog(page).getByRole("button", { name: "Cancel" }).click();
  });

  it("keeps the request that is looked at when others come, and when it ends", async () => {
    const page = await open("waiting");
    await armed(page);
    const before = await headline(page).innerText();
    const order = await page.getByRole("list", { name: "What waits" }).locator(".what").allInnerTexts();
    await page.evaluate(() => {
      const { fake } = window as unknown as WithFake;
      for (const branch of ["one", "two", "three"]) fake.approvals.ask(branch);
    });
    await page.getByRole("list", { name: "What waits" }).getByText("Merge three").waitFor();
    expect(await headline(page).innerText()).toBe(before);
    const after = await page.getByRole("list", { name: "What waits" }).locator(".what").allInnerTexts();
    expect(after.slice(0, order.length)).toEqual(order);
    expect(after).toHaveLength(order.length + 3);
    await page.evaluate(async () => {
      const { fake } = window as unknown as WithFake;
      const first = (await fake.approvals.pending())[0];
      fake.approvals.settle(first?.pending.target ?? "", "expired");
    });
    await page.getByText("Nobody answered in time: denied.").first().waitFor();
    expect(await headline(page).innerText()).toBe(before);
    expect(await approve(page).count()).toBe(0);
  });

  it("cannot approve what does not fit what was signed", async () => {
    const page = await open("hostile");
    await page.getByRole("list", { name: "What waits" }).getByRole("button").last().click();
    await page.getByText("Nothing here can be approved.").waitFor();
    // Denying it arms; approving never does.
    await page.waitForFunction(() => [...document.querySelectorAll<HTMLButtonElement>(".bar button")].some((one) => one.textContent?.trim() === "Deny…" && !one.disabled && one.ariaDisabled !== "true"));
    expect(await approve(page).isDisabled()).toBe(true);
    expect(await page.getByRole("button", { name: "Approve and make it a rule…" }).isDisabled()).toBe(true);
  });
});

describe("denying", () => {
  it("needs a reason, can be taken back, and is sent after five seconds", async () => {
    const page = await load("scenario=waiting&still", "/approvals", { clock: true });
    await armed(page);
    await still(page);
    await page.keyboard.press("x");
    const deny = page.getByRole("button", { name: "Deny", exact: true });
    expect(await deny.isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Not the right target" }).click();
    await deny.click();
    await page.clock.runFor(4_800);
    await page.getByText(/Denying in [1-5] s\./).waitFor();
    expect(await dialog(page).count()).toBe(0);
    await page.getByRole("button", { name: "Take it back" }).click();
    await page.clock.runFor(10_000);
    await armed(page);
    expect(await dialog(page).count()).toBe(0);
    await page.keyboard.press("x");
    await page.getByLabel("Why, for the agent").fill("security looks first");
    await page.keyboard.press("Enter");
    await page.getByText("The agent reads: “security looks first”", { exact: false }).waitFor();
    // It is still counting when the person is elsewhere.
    await page.goto(`${page.url().split("#")[0]}#/receipts`);
    await page.getByRole("heading", { name: "Receipts" }).waitFor();
    await page.clock.runFor(5_100);
    await dialog(page).waitFor();
    expect(await dialog(page).innerText()).toContain("Deny: Merge retry-with-backoff");
    await page.clock.resume();
    await sign(page);
    await page.getByRole("list", { name: "Receipts" }).getByText("ada said no: security looks first").first().waitFor();
  });
});

describe("holding and bursts", () => {
  it("stands the clock still and lets it run again", async () => {
    const page = await open("waiting");
    await page.getByRole("button", { name: "Hold", exact: true }).click();
    await page.getByText("Held: its clock stands still").waitFor();
    await page.getByRole("button", { name: "Let it run" }).click();
    await page.getByText("then denied").waitFor();
  });

  it("offers to pause the agent first when it asks again and again", async () => {
    const page = await open("flood");
    await page.getByText("9 requests of ci-bot wait.").waitFor();
    const first = page.locator(".bar button").first();
    expect((await first.innerText()).trim()).toBe("Pause this agent");
    await armed(page);
    await first.click();
    await page.getByText("Paused ci-bot.", { exact: false }).waitFor();
    await page.getByText("1 agent paused").waitFor();
  });

  it("counts them in the rail and in the palette, and is decided in place on Now", async () => {
    const page = await open("waiting", "/now");
    await page.getByRole("navigation", { name: "Screens" }).getByRole("link", { name: "Approvals 3 waiting" }).waitFor();
    await page.getByRole("heading", { name: "Waits for your answer" }).waitFor();
    await armed(page);
    await approve(page).click();
    await sign(page);
    await page.getByText("It goes on now").waitFor();
    await page.getByRole("button", { name: "Next", exact: true }).click();
    await headline(page).getByText("Deploy main").waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("put another policy");
    await page.keyboard.press("Enter");
    await headline(page).getByText("Put another policy in force").waitFor();
    await page.getByText("grace", { exact: true }).first().waitFor();
  });
});

describe("the diff", () => {
  it("opens by a key, holds 4,000 lines with few in the page, in colours, and counts as looked at", async () => {
    const page = await open("waiting");
    await armed(page);
    expect(await page.evaluate(() => (window as unknown as WithFake).fake.approvals.opened)).toBe(0);
    await page.keyboard.press("d");
    const lines = page.getByRole("list", { name: "The change, line by line" });
    await lines.locator(".code-keyword").first().waitFor();
    await page.getByText("protected", { exact: true }).first().waitFor();
    expect(await page.evaluate(() => (window as unknown as WithFake).fake.approvals.opened)).toBe(1);
    await page.getByRole("navigation", { name: "Files of the change" }).getByRole("button").last().click();
    await lines.getByText("ROW_1", { exact: false }).first().waitFor();
    await lines.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await lines.getByText("ROW_3999", { exact: false }).waitFor();
    expect(await lines.locator("[data-index]").count()).toBeLessThanOrEqual(200);
    expect(await serious(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await lines.waitFor({ state: "detached" });
  });
});

describe("a rule", () => {
  it("begins narrow, is opened by hand, says what it would have done, and is revoked", async () => {
    const page = await open("waiting");
    await armed(page);
    await page.getByRole("button", { name: "Approve and make it a rule…" }).click();
    const sheet = page.getByRole("dialog");
    await sheet.getByText("ci-bot may merge a pull request in acme/backend where branch is retry-with-backoff and target is main without asking, 10 times at most, for 1 day.").waitFor();
    await sheet.getByText("1 that they approved").waitFor();
    // Authority hangs on the target: it cannot be anything.
    expect(await sheet.getByRole("group", { name: "target", exact: true }).getByRole("radio").allInnerTexts()).toEqual(["Exactly this", "A pattern"]);
    await sheet.getByRole("group", { name: "branch", exact: true }).getByRole("radio", { name: "A pattern" }).click();
    await sheet.getByLabel("Pattern for branch").fill("retry-*");
    await sheet.getByText("37 that they approved").waitFor();
    await sheet.getByText("1 that they denied").waitFor();
    await sheet.getByLabel("How often at most").fill("0");
    expect(await sheet.getByRole("button", { name: "Approve and sign the rule…" }).isDisabled()).toBe(true);
    await sheet.getByLabel("How often at most").fill("5");
    expect(await serious(page)).toEqual([]);
    await sheet.getByRole("button", { name: "Approve and sign the rule…" }).click();
    await sign(page);
    await page.getByText("Let ci-bot do this without asking?", { exact: false }).waitFor();
    await sign(page);
    await page.getByRole("link", { name: "Rules" }).click();
    await page.getByText("ci-bot may do this without asking, 5 times").waitFor();
    await page.getByText("branch matches refs/heads/retry-*", { exact: false }).first().waitFor();
    await page.getByRole("button", { name: "Revoke…" }).first().click();
    await page.getByRole("button", { name: "Revoke the rule…" }).click();
    await sign(page);
    await page.getByText("It answers nothing any more.").waitFor();
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByText("revoked", { exact: true }).first().waitFor();
  });
});

describe("hostile names", () => {
  it("are shown as what they are on every card and in the diff, run nothing and break no layout", async () => {
    const page = await open("hostile");
    const cards = page.getByRole("list", { name: "What waits" }).getByRole("button");
    const count = await cards.count();
    expect(count).toBeGreaterThan(8);
    for (let index = 0; index < count; index += 1) {
      await cards.nth(index).click();
      await headline(page).waitFor();
      await page.locator("details.full summary").click();
      const found = await page.evaluate(() => ({
        title: document.title,
        planted: document.querySelectorAll("#console img, #console script, #console iframe").length,
        raw: /[\u202a-\u202e\u2066-\u2069\u200b\u200d\ufeff\u001b\u0007]/.test(document.body.innerText),
        sideways: document.documentElement.scrollWidth > innerWidth || (document.getElementById("main")?.scrollWidth ?? 0) > (document.getElementById("main")?.clientWidth ?? 0),
      }));
      expect({ index, ...found }).toEqual({ index, title: "Bailiwick", planted: 0, raw: false, sideways: false });
    }
    await page.keyboard.press("d");
    const lines = page.getByRole("list", { name: "The change, line by line" });
    await lines.getByText("\\u{202e}", { exact: true }).first().waitFor();
    await page.getByText("Not everything is here", { exact: false }).waitFor();
    const raw = await page.evaluate(() => ({ title: document.title, raw: /[\u202a-\u202e\u2066-\u2069\u200b\u200d\ufeff\u001b\u0007]/.test(document.body.innerText), planted: document.querySelectorAll("#console img, #console script").length }));
    expect(raw).toEqual({ title: "Bailiwick", raw: false, planted: 0 });
    expect(await serious(page)).toEqual([]);
  });

  it("never stand in the headline of somebody else's: the agent's words come last, marked", async () => {
    const page = await open("hostile");
    await headline(page).waitFor();
    const says = page.locator(".says");
    expect((await says.innerText()).replace(/\s+/g, " ")).toMatch(/^The agent says not checked/);
    const after = await page.evaluate(() => {
      const article = document.querySelector("article.request");
      const says = article?.querySelector(".says");
      const asks = article?.querySelector("#asks");
      return Boolean(says && asks && asks.compareDocumentPosition(says) & Node.DOCUMENT_POSITION_FOLLOWING);
    });
    expect(after).toBe(true);
  });
});

describe("a shell that offers less", () => {
  it("has no screen in the rail that it cannot serve, and no way to one", async () => {
    const page = await load("scenario=waiting&still&plain", "/approvals");
    await page.getByRole("heading", { name: "Now", level: 1 }).waitFor({ state: "attached" });
    expect((await page.getByRole("navigation", { name: "Screens" }).getByRole("link").allInnerTexts()).map((text) => text.split("\n")[0])).toEqual(["Now", "Authority", "Receipts", "Connections", "Settings"]);
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("approvals");
    await page.getByText("Nothing is called that.").waitFor();
    expect(await page.locator("article.request").count()).toBe(0);
  });
});
