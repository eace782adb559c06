// The history, looked through without scripts: drawn, narrowed down, each bar a way to its visit, and taken away as a file.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, person, picture, portrait, step } from "../support/browser.mjs";
import { startDemo } from "../support/demo.mjs";

const REASON = "=Sign-ins from Oslo fail";

let demo, browser;
before(async () => { [demo, browser] = await Promise.all([startDemo(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

/** Somebody enters a tool of Acme's, and is inside. */
async function enter(who, tool, reason) {
  const visitor = await person(browser, { javaScriptEnabled: false });
  await visitor.page.goto(demo.ready.support_people[who].sign_in_url);
  await visitor.page.goto(`${new URL(visitor.page.url()).origin}/support/visit?organization=acme&tool=${tool}`);
  await visitor.page.getByLabel("Why do you enter?").fill(reason);
  await visitor.page.getByRole("button", { name: "Enter" }).click();
}

test("a contact looks through the history without scripts", async (story) => {
  const contact = await person(browser, { javaScriptEnabled: false, acceptDownloads: true });
  const { page } = contact;
  const bars = page.locator("#timeline a");
  const rows = page.locator("#history tbody tr");
  await enter(0, "system-log", REASON);
  await enter(1, "user-lookup", "Looks up a person");

  await step(story, "everybody who was inside this week is drawn and listed", async () => {
    await page.goto(demo.organization("acme").contacts[0].sign_in_url.split("#")[0]);
    await page.getByRole("link", { name: "History" }).click();
    await page.getByRole("heading", { name: "History" }).waitFor();
    assert.deepEqual([await bars.count(), await rows.count()], [2, 2]);
    await picture(page, "history");
  });

  await step(story, "words and tools narrow it down", async () => {
    await page.getByLabel("Words in name, reason or case").fill("oslo");
    await page.getByRole("button", { name: "Show" }).click();
    assert.deepEqual([await bars.count(), await rows.count()], [1, 1]);
    assert.match(await rows.innerText(), /Sasha Example[^]*System log/u);
    await page.getByLabel("Words in name, reason or case").fill("");
    await page.getByLabel("Tool").selectOption({ label: "User look-up" });
    await page.getByRole("button", { name: "Show" }).click();
    assert.doesNotMatch(await rows.innerText(), /System log/u);
    await page.getByRole("link", { name: "Reset" }).click();
    assert.equal(await rows.count(), 2);
  });

  await step(story, "days, weeks and quarters are links", async () => {
    for (const length of ["Day", "Quarter"]) {
      await page.getByRole("link", { name: length, exact: true }).click();
      assert.equal(await bars.count(), 2, length);
    }
    await page.getByRole("link", { name: "Earlier", exact: false }).first().click();
    await page.getByText("Nobody entered in this time").waitFor();
    await page.getByRole("link", { name: /Later/u }).click();
    assert.equal(await bars.count(), 2);
  });

  await step(story, "a file holds what is shown, and no formula", async () => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "CSV" }).click()]);
    const chunks = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    const lines = Buffer.concat(chunks).toString("utf8").split("\r\n");
    assert.equal(lines.length, 4, "names, two visits and the end");
    assert.ok(lines.some((line) => line.includes(`,'${REASON},`)), lines.join("\n"));
  });

  await step(story, "a bar leads to its visit, with what proves it", async () => {
    await bars.first().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: /Visit of / }).waitFor();
    assert.match(await page.locator("#proof").innerText(), /enabled from the beginning[^]*entry \d+ of your log[^]*byleave verify/u);
  });
  contact.assertQuiet();
});
