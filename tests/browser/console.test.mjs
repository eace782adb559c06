// A console over WebSocket through the gateway, with a case number required, and its end.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, PATIENCE_MS, person, picture, step } from "../support/browser.mjs";
import { startDemo, until } from "../support/demo.mjs";

/** Within this, everybody must see that it is over. */
const OVER_MS = 5_000;
/** The back office prints a line every half second, so none in this time is the end of them. */
const TICKS_MS = 2_000;

let demo, browser;
before(async () => { [demo, browser] = await Promise.all([startDemo(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

test("the diagnostics console works, and dies when the contact disables from the command line", async (story) => {
  const kim = await person(browser);
  const { page } = kim;
  const output = page.getByRole("log");
  const say = async (command) => {
    await page.getByLabel("Command").fill(command);
    await page.getByRole("button", { name: "Send" }).click();
  };

  await step(story, "the tool's own address leads a stranger to signing in", async () => {
    const answer = await page.goto(`${demo.toolOrigin("acme", "diagnostics")}/`);
    assert.equal(answer.status(), 401);
    await page.getByText("You are not signed in here").waitFor();
  });

  await step(story, "and somebody who is signed in to the visit form, which wants a case", async () => {
    await page.goto(demo.ready.support_people[1].sign_in_url);
    await page.goto(`${demo.toolOrigin("acme", "diagnostics")}/`);
    await page.getByLabel("Why do you enter?").fill("Nightly sync is late");
    await page.getByRole("button", { name: "Enter" }).click();
    assert.ok(await page.getByLabel("Case number").evaluate((input) => input.validity.valueMissing));
    await page.getByLabel("Case number").fill("CASE-7");
    await page.getByRole("button", { name: "Enter" }).click();
  });

  await step(story, "the console answers, and knows who is there and for whom", async () => {
    await page.getByText("Connected.").waitFor();
    await say("ping");
    await output.getByText("pong").waitFor();
    await say("whoami");
    await output.getByText("Kim Example of Helpline Partners").waitFor();
    await output.getByText("for Acme Rockets").waitFor();
    await say("tail");
    await until("two lines of the tail", PATIENCE_MS, async () => (await lines()).length >= 2);
    await picture(page, "tool-diagnostics");
  });

  await step(story, "the contact disables from the command line, and the console is dead within seconds", async () => {
    const acme = demo.organization("acme");
    await demo.command(
      "access", "disable", "--organization", "acme", "--key", acme.contacts[0].key_file, "--token", acme.api_token,
    );
    await output.getByText("(connection closed)").waitFor({ timeout: OVER_MS });
    const last = (await lines()).length;
    await page.waitForTimeout(TICKS_MS);
    assert.equal((await lines()).length, last, "not a line more");
    assert.ok(await page.getByLabel("Command").isDisabled());
    await picture(page, "tool-diagnostics-over");
  });

  await step(story, "connecting again is refused", async () => {
    assert.equal((await page.reload()).status(), 403);
    assert.match((await demo.verify("acme")).sentence, /^1 visit by 1 person; disabled at .*; none after;/);
    kim.assertQuiet(/status of 40[13]/);
  });

  async function lines() {
    return (await output.innerText()).split("\n").filter((line) => line.includes("finished in"));
  }
});
