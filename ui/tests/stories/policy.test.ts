/** Reading, trying and changing the policy, in a real browser. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { serious } from "../browser/browser";
import { sign, stage } from "./stage";

/** What this file moves of the fake. */
type WithFake = Window & { fake: { policyProve: () => Promise<never> } };
const { open } = stage("/policy");
const text = (page: Page, name: string): ReturnType<Page["getByRole"]> => page.getByRole("textbox", { name: `The text of: ${name}` });

describe("the policy in force", () => {
  it("is read in sentences, searched, and shows a rule's text with its line", async () => {
    const page = await open("busy", "/policy");
    await page.getByRole("heading", { name: /What may happen at all/ }).waitFor();
    await page.getByRole("heading", { name: /Who must agree/ }).waitFor();
    await page.getByText("No agent ever approves, enrols a key, activates a policy or connects a destination").waitFor();
    await page.getByText("proved for all 11 kinds of request").waitFor();
    await page.getByLabel("Search the rules").fill("draft");
    await page.getByText("Drafts are not merged", { exact: true }).waitFor();
    expect(await page.locator("summary .title").count()).toBe(1);
    await page.getByText("Drafts are not merged", { exact: true }).click();
    await page.getByRole("region", { name: "The rule main-no-drafts in Cedar" }).locator(".code-keyword").first().waitFor();
    expect(await serious(page)).toEqual([]);
    await page.getByLabel("Search the rules").fill("no rule has these words");
    await page.getByText("No rule says that").waitFor();
  });

  it("is tried on a past operation and on one made up", async () => {
    const page = await open("busy", "/policy/try");
    await page.getByRole("button", { name: "Judge it" }).click();
    await page.getByRole("heading", { name: "Allowed" }).waitFor();
    await page.getByText("As it was decided then.").waitFor();
    await page.getByRole("radio", { name: "One made up" }).click();
    await page.getByRole("combobox", { name: /^What:/ }).click();
    await page.getByRole("option", { name: "Merge a pull request" }).click();
    await page.getByLabel("What the broker would have seen").fill("{");
    await page.getByText("this is no JSON yet").waitFor();
    expect(await page.getByRole("button", { name: "Judge it" }).isDisabled()).toBe(true);
    await page.getByLabel("What the broker would have seen").fill('{"from_fork": true}');
    await page.getByRole("button", { name: "Judge it" }).click();
    await page.getByRole("heading", { name: "People are asked" }).waitFor();
    await page.getByText("1 approver", { exact: true }).waitFor();
    expect(await serious(page)).toEqual([]);
  });
});

describe("changing it", () => {
  it("shows what is wrong at its line and signs nothing that does not load", async () => {
    const page = await open("busy", "/policy/edit");
    const guard = text(page, "Guard");
    await page.getByText("It loads", { exact: false }).waitFor();
    const compare = page.getByRole("button", { name: "See what changes" });
    expect(await compare.isDisabled()).toBe(true);
    const before = await guard.inputValue();
    await guard.fill(before.replace('@id("main-no-drafts")', '@id("main-no-drafts")\n@approval("1 of approver")'));
    await page.getByText("1 problem: this would not load").waitFor();
    expect(await compare.isDisabled()).toBe(true);
    const line = before.split("\n").findIndex((one) => one.includes('@id("main-no-drafts")')) + 2;
    const problem = page.getByRole("list", { name: "What is wrong" }).getByRole("button");
    expect(await problem.innerText()).toContain(`guard:${line}:1`);
    await problem.click();
    const caret = await guard.evaluate((area) => (area as HTMLTextAreaElement).value.slice(0, (area as HTMLTextAreaElement).selectionStart).split("\n").length);
    expect(caret).toBe(line);
    expect(await serious(page)).toEqual([]);
  });

  it("puts what is softened first, before anything is signed", async () => {
    const page = await open("busy", "/policy/edit");
    const guard = text(page, "Guard");
    await page.getByText("It loads", { exact: false }).waitFor();
    const whole = await guard.inputValue();
    const rule = /@id\("main-business-hours"\)[\s\S]*?;\n/.exec(whole)?.[0] ?? "";
    expect(rule).not.toBe("");
    await guard.fill(whole.replace(rule, ""));
    await page.getByRole("radio", { name: "Ask", exact: true }).click();
    const ask = text(page, "Ask");
    await ask.fill(`${await ask.inputValue()}\n${rule.replace("forbid (", '@approval("1 of approver")\nforbid (')}`);
    await page.getByRole("button", { name: "See what changes" }).click();
    const headline = page.locator(".headline");
    await headline.waitFor();
    expect((await headline.innerText()).replace(/\s+/g, " ")).toContain("main-business-hours asks 1 of approver where it refused");
    await page.getByRole("heading", { name: /Only ask, where they refused/ }).waitFor();
    await page.getByText("4 of the last 260 operations would end otherwise.").waitFor();
    await page.getByText("The new guard allows what the one in force refuses").waitFor();
    await page.getByText("when asked to merge a pull request").waitFor();
    await page.getByText("For instance, this made-up request to merge a pull request").waitFor();
    expect(await serious(page)).toEqual([]);
    await page.getByRole("button", { name: "Sign and put it in force…" }).click();
    await page.locator("dialog.stand-in").getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Sign and put it in force…" }).click();
    await sign(page);
    await page.getByText("In force. It is in the ledger, with your signature.").waitFor();
    await page.getByRole("radio", { name: "History" }).click();
    await page.getByText("Compare with now").first().waitFor();
    expect(await page.getByText("in force", { exact: true }).count()).toBe(1);
  });

  it("is not put in force when what must hold of every policy is refuted, and shows a request that it gets wrong", async () => {
    const page = await open("busy", "/policy/edit");
    const guard = text(page, "Guard");
    await page.getByText("It loads", { exact: false }).waitFor();
    const whole = await guard.inputValue();
    await guard.fill(whole.replace(/@id\("main-is-reviewed"\)[\s\S]*?;\n/, ""));
    await page.getByRole("button", { name: "See what changes" }).click();
    await page.getByText("does not hold: merge a pull request").waitFor();
    const claim = page.getByRole("listitem").filter({ hasText: "Nothing but a reviewed merge moves" });
    expect(await claim.innerText()).toContain("lin-contrib");
    await page.getByText("It is not put in force", { exact: false }).waitFor();
    expect(await page.getByRole("button", { name: "Sign and put it in force…" }).isDisabled()).toBe(true);
    expect(await serious(page)).toEqual([]);
  });

  it("is signed without a proof only when nobody could be asked, and somebody says so", async () => {
    const page = await open("busy", "/policy/edit");
    await page.evaluate(() => {
      const { fake } = window as unknown as WithFake;
      fake.policyProve = () => Promise.reject({ code: "no-proof", message: "`bailiwick-proof` does not lie beside the console", hint: "install it" });
    });
    const guard = text(page, "Guard");
    await page.getByText("It loads", { exact: false }).waitFor();
    await guard.fill((await guard.inputValue()).replace(/@id\("main-no-drafts"\)[\s\S]*?;\n/, ""));
    await page.getByRole("button", { name: "See what changes" }).click();
    await page.getByText("Nothing can be proved here").waitFor();
    const put = page.getByRole("button", { name: "Sign and put it in force…" });
    expect(await put.isDisabled()).toBe(true);
    await page.getByRole("checkbox", { name: /^Sign it without a proof/ }).click();
    expect(await put.isEnabled()).toBe(true);
    expect(await serious(page)).toEqual([]);
  });

  it("leaves the text by keyboard", async () => {
    const page = await open("busy", "/policy/edit");
    const guard = text(page, "Guard");
    await guard.focus();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    expect(await guard.evaluate((area) => document.activeElement === area)).toBe(false);
  });
});

describe("how asking goes", () => {
  it("is shown with what is proposed for narrowing", async () => {
    const page = await open("busy", "/policy/asking");
    await page.getByText("was approved 63 of 64 times", { exact: false }).waitFor();
    await page.getByText("Narrow it, or let a rule answer.").waitFor();
    await page.getByRole("row", { name: /Two people agree to production 18 67 % 12 4 2/ }).waitFor();
    expect(await serious(page)).toEqual([]);
  });
});

describe("hostile text", () => {
  it("of a policy is shown as what it is", async () => {
    const page = await open("hostile", "/policy");
    await page.getByRole("heading", { name: /Who must agree/ }).waitFor();
    await page.getByText("\\u{202e}", { exact: true }).first().waitFor();
    const found = await page.evaluate(() => ({ title: document.title, raw: /[\u202a-\u202e\u2066-\u2069\u200b]/.test(document.body.innerText), sideways: document.documentElement.scrollWidth > innerWidth, planted: document.querySelectorAll("#console img").length }));
    expect(found).toEqual({ title: "Bailiwick", raw: false, sideways: false, planted: 0 });
  });
});
