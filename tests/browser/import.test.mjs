// A desk person imports organizations from a file: a bad file is named line by line, a good one is shown first and then made;
// with scripts and without, on a desk's screen and a telephone's.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, person, portrait, step } from "../support/browser.mjs";
import { startDemo } from "../support/demo.mjs";

let demo, browser;
before(async () => { [demo, browser] = await Promise.all([startDemo(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

const csv = (...lines) => ({ name: "customers.csv", mimeType: "text/csv", buffer: Buffer.from(lines.join("\n")) });

for (const [number, [place, options]] of [["hooli", {}], ["umbrella", { javaScriptEnabled: false }]].entries()) {
  test(`organizations are imported at the desk${options.javaScriptEnabled === false ? ", without scripts" : ""}`, async (story) => {
    const { page, assertQuiet, context } = await person(browser, options);
    const check = async (file) => {
      await page.getByLabel("CSV file").setInputFiles(file);
      await page.getByRole("button", { name: "Check the file" }).click();
    };
    const keep = (name) => (options.javaScriptEnabled === false ? undefined : portrait(page, name));
    const found = async () => {
      const home = new URL(page.url()).origin;
      await page.goto(`${home}/desk/organizations?find=${place}`);
      return page.locator("#organizations tbody tr").count();
    };

    await step(story, "a file with two faults is not taken, and each is named", async () => {
      await page.goto(demo.ready.desk_people[number].sign_in_url);
      await page.goto(`${new URL(page.url()).origin}/desk/organizations`);
      await page.getByRole("link", { name: "Import…" }).click();
      await check(csv("name,slug", `One of ${place},${place}-one`, "Bad,A--B", ",nameless"));
      await page.getByText("nothing was created").waitFor();
      const rows = await page.locator("table tbody tr").allInnerTexts();
      assert.equal(rows.length, 2);
      assert.match(rows[0], /^3\s.*slug.*A--B/s);
      assert.match(rows[1], /^4\s.*name/s);
      await keep("import-faults");
      assert.equal(await found(), 0);
    });

    await step(story, "a good one says what it would make, and makes nothing before it is told to", async () => {
      await page.getByRole("link", { name: "Import…" }).click();
      await check(csv("name,slug,domains", `"Two, <of> ""${place}""",${place}-two,${place}.example`, `Three of ${place},${place}-three,`));
      await page.getByText("This would create 2 organizations.").waitFor();
      await keep("import-fits");
      assert.equal(await found(), 0);
    });

    await step(story, "they are created, and found", async () => {
      await page.goto(`${new URL(page.url()).origin}/desk/organization-imports`);
      await check(csv("name,slug,domains", `"Two, <of> ""${place}""",${place}-two,${place}.example`, `Three of ${place},${place}-three,`));
      await page.getByRole("button", { name: "Create 2 organizations" }).click();
      await page.getByRole("heading", { name: "2 organizations were created" }).waitFor();
      assert.equal(await found(), 2);
      await page.getByRole("link", { name: `Two, <of> "${place}"` }).waitFor();
    });
    assertQuiet(/422/);
    await context.close();
  });
}
