/** That the checks can fail: each finds what was planted for it. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { Browser, overflow, serious } from "../browser/browser";

let browser: Browser;
beforeAll(async () => {
  browser = await Browser.start();
});
afterAll(() => browser.stop());

it("finds what sticks out, what nobody can read, what is refused by the policy and what is thrown", async () => {
  const { page, complaints } = await browser.open("scenario=busy&still");
  expect([await overflow(page), await serious(page), complaints]).toEqual([[], [], []]);
  await page.evaluate(() => {
    const wide = document.createElement("p");
    wide.textContent = "wide";
    wide.style.width = "4000px";
    document.getElementById("main")?.append(wide);
    const faint = document.createElement("p");
    faint.textContent = "faint";
    faint.style.color = "#ddd";
    faint.style.background = "#fff";
    document.getElementById("main")?.prepend(faint);
    const button = document.createElement("button");
    document.getElementById("main")?.append(button);
    const styled = document.createElement("p");
    styled.setAttribute("style", "color: red");
    document.getElementById("main")?.append(styled);
    setTimeout(() => {
      throw new Error("planted");
    });
  });
  await page.waitForTimeout(50);
  expect((await overflow(page)).join("\n")).toMatch(/main/);
  await page.evaluate(() => {
    const table = document.createElement("table");
    table.className = "unseen";
    for (let row = 0; row < 200; row += 1) table.insertRow().insertCell().textContent = "unseen";
    // As in a page, where something around it is positioned.
    const around = document.createElement("div");
    around.style.position = "relative";
    around.append(table);
    document.getElementById("main")?.append(around);
  });
  expect((await overflow(page)).join("\n")).toMatch(/goes on for \d+ below/);
  const found = (await serious(page)).join("\n");
  expect(found).toMatch(/color-contrast/);
  expect(found).toMatch(/button-name/);
  expect(complaints.join("\n")).toMatch(/Content Security Policy/);
  expect(complaints.join("\n")).toMatch(/thrown: planted/);
  await page.close();
});
