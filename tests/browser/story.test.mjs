// The whole story in two windows, as people see it: left the support person, right the organization's security contact,
// and for a moment the vendor's desk.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, PATIENCE_MS, person, picture, step } from "../support/browser.mjs";
import { startDemo, until } from "../support/demo.mjs";

const REASON = "Sign-ins from Oslo fail since noon";
/** Within this, everybody must see that it is over. */
const OVER_MS = 5_000;
/** The back office writes an event every half second, so none in this time is the end of them. */
const TICKS_MS = 2_000;

let demo, browser;
before(async () => { [demo, browser] = await Promise.all([startDemo(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

test("a support person gets in, the contact disables, and it is over", async (story) => {
  const left = await person(browser);
  const right = await person(browser);
  const acme = demo.organization("acme");
  const contact = acme.contacts[0];
  const inTool = demo.toolOrigin("acme", "system-log");
  const inside = right.page.locator("section", { hasText: "Who is inside right now" });
  const history = right.page.locator("section", { hasText: "Visits so far" }).getByRole("row");
  const state = right.page.locator("#state");
  // The tool in a tab of its own, beside the visit's page.
  let tool, desk, second;

  await step(story, "left: the support person signs in by their link and finds the organization", async () => {
    await left.page.goto(demo.ready.support_people[0].sign_in_url);
    await left.page.getByRole("heading", { name: "Support", exact: true }).waitFor();
    await picture(left.page, "support-list");
    await left.page.getByLabel("Find an organization").fill("rocket");
    await left.page.getByRole("button", { name: "Search" }).click();
    await left.page.waitForURL(/q=rocket/);
    assert.equal(await left.page.getByRole("row").count(), 2, "the heading and Acme alone");
  });

  await step(story, "left: opens a visit to the system log with a reason, and is in", async () => {
    await left.page.getByRole("link", { name: /System log/ }).click();
    await left.page.getByRole("heading", { name: "Enter System log of Acme Rockets" }).waitFor();
    await picture(left.page, "visit-form");
    await left.page.getByLabel("Why do you enter?").fill(REASON);
    await left.page.getByRole("button", { name: "Enter" }).click();
    await left.page.getByRole("heading", { name: "System log of Acme Rockets" }).waitFor();
    await picture(left.page, "visit");
    const opened = left.context.waitForEvent("page");
    await left.page.getByRole("button", { name: "Open the tool" }).click();
    tool = await opened;
    await tool.waitForURL(`${inTool}/`);
  });

  await step(story, "left: sees the organization's system log, and its live tail runs", async () => {
    await tool.getByRole("heading", { name: "System log" }).waitFor();
    assert.match(await tool.getByText(/\d+ events/).innerText(), /2\d{4} events/);
    await tool.getByText("Live tail: on").waitFor();
    const first = await newest(tool);
    await until("new rows on the live tail", PATIENCE_MS, async () => (await newest(tool)) !== first);
    await picture(tool, "tool-system-log");
  });

  await step(story, "right: the security contact signs in, their key comes along and leaves the address", async () => {
    await right.page.goto(contact.sign_in_url);
    await right.page.getByRole("heading", { name: "Acme Rockets" }).waitFor();
    await right.page.getByText("Your key is ready in this browser.").waitFor();
    assert.match(right.page.url(), /\/portal$/);
    assert.equal(await state.innerText(), "Enabled");
  });

  await step(story, "right: sees who is inside, for whom they work, where and why", async () => {
    const row = inside.getByRole("row").nth(1);
    for (const text of ["Sasha Example", "Northwind Cloud", "System log", REASON]) {
      assert.ok((await row.innerText()).includes(text), text);
    }
    await picture(right.page, "portal-enabled");
  });

  await step(story, "right: disables in two steps, and gets a receipt", async () => {
    await right.page.getByText("Disable…").click();
    await right.page.getByText("1 open visit will be cut off").waitFor();
    assert.match(await right.page.locator("[data-impact]").innerText(), /Sasha Example \(Northwind Cloud\), System log/);
    assert.match(await right.page.locator("[data-statement]").innerText(), /^byleave\/switch\/v1\norganization: org_/);
    await picture(right.page, "portal-disable-step-2");
    assert.equal(await state.innerText(), "Enabled", "the first step alone changes nothing");
    await right.page.getByRole("button", { name: "Sign and disable" }).click();
    await right.page.getByRole("heading", { name: "Receipt" }).waitFor();
    assert.equal(await state.innerText(), "Disabled");
    assert.match(await right.page.locator("#receipt").innerText(), /nobody is inside, and nobody can enter/);
    await inside.getByText("Nobody is inside.").waitFor();
  });

  await step(story, "left: the tail is dead within seconds, and says so", async () => {
    await tool.getByText(/Live tail: (ended|cut off)/).waitFor({ timeout: OVER_MS });
    const last = await newest(tool);
    await tool.waitForTimeout(TICKS_MS);
    assert.equal(await newest(tool), last, "not a row more");
    await tool.getByText("Live tail: ended, and refused since").waitFor();
    await picture(tool, "tool-system-log-over");
    await left.page.getByText("the organization disabled support access").first().waitFor({ timeout: OVER_MS });
    await picture(left.page, "visit-over");
  });

  await step(story, "right: the receipt stays while the page keeps itself up to date", async () => {
    assert.ok(await right.page.locator("#receipt").isVisible());
    await picture(right.page, "portal-disabled-receipt");
  });

  await step(story, "left: loading again is refused, with the reason and what to do", async () => {
    const answer = await tool.reload();
    assert.equal(answer.status(), 403);
    await tool.getByText(/disabled support access/).first().waitFor();
    assert.match(await tool.locator("main").innerText(), /Ask|Open a new visit/);
    assert.ok(answer.headers()["byleave-decision"]);
    await picture(tool, "refusal-disabled");
    await tool.getByRole("link", { name: "What you can do instead" }).waitFor();
    await tool.getByRole("link", { name: "Your list" }).click();
    await tool.getByRole("row", { name: /Acme Rockets/ }).getByText("Disabled", { exact: true }).waitFor();
  });

  await step(story, "left: nor does a new visit open", async () => {
    await tool.getByRole("row", { name: /Acme Rockets/ }).getByRole("link", { name: /System log/ }).click();
    await tool.getByRole("heading", { name: "You cannot enter Acme Rockets" }).waitFor();
    assert.match(await tool.getByLabel("Text for the customer’s case").inputValue(), /disabled since .* UTC[^]*export/);
    await picture(tool, "visit-form-refused");
  });

  await step(story, "right: the history shows the visit with its requests", async () => {
    await right.page.reload();
    const row = history.nth(1);
    assert.match(await row.innerText(), /Sasha Example[^]*System log[^]*cut off: support access disabled/);
    await row.getByRole("link").click();
    await right.page.getByRole("heading", { name: "Visit of Sasha Example" }).waitFor();
    const requests = await right.page.locator("#requests tbody tr").allInnerTexts();
    assert.ok(requests.some((line) => /GET\s+\/\s+200/.test(line)), `the page: ${requests}`);
    assert.ok(requests.some((line) => /GET\s+\/live\s+200, cut off/.test(line)), `the tail: ${requests}`);
    await picture(right.page, "portal-visit");
  });

  await step(story, "a verifier that trusts nobody says the same in one sentence", async () => {
    const { url, vkey } = acme.log;
    const sentence = await demo.command("verify", url, "--vkey", vkey);
    assert.match(sentence, /^1 visit by 1 person; disabled at .* UTC; none after;.* nothing missing\.$/);
  });

  await step(story, "right: asks to enable, and until the desk approves nothing changes", async () => {
    await right.page.getByRole("link", { name: "Overview" }).click();
    await right.page.getByText("Ask to enable…").click();
    await picture(right.page, "portal-enable-step-2");
    await right.page.getByRole("button", { name: "Sign and ask" }).click();
    await right.page.locator(".request", { hasText: "enable" }).getByText("A desk person reviews it.").waitFor();
    assert.equal(await state.innerText(), "Disabled");
    await picture(right.page, "portal-waiting");
  });

  await step(story, "the desk reviews it, and cannot approve it alone", async () => {
    desk = await person(browser);
    await desk.page.goto(demo.ready.desk_people[0].sign_in_url);
    await desk.page.getByRole("heading", { name: "Trust desk" }).waitFor();
    await picture(desk.page, "desk-waiting");
    await desk.page.getByRole("row", { name: /Acme Rockets.*enable/ }).getByRole("link").click();
    await picture(desk.page, "desk-request-received");
    await desk.page.getByRole("button", { name: "It is complete: go on" }).click();
    await desk.page.getByText("so a second desk person has to approve it").waitFor();
    assert.equal(await desk.page.getByRole("button", { name: "Sign and approve" }).count(), 0);
    await picture(desk.page, "desk-not-alone");
    assert.equal(await state.innerText(), "Disabled");
  });

  await step(story, "a second desk person sees what happened, and approves with a key of their own", async () => {
    second = await person(browser);
    await second.page.goto(demo.ready.desk_people[1].sign_in_url);
    await second.page.getByRole("heading", { name: "Trust desk" }).waitFor();
    await second.page.getByRole("row", { name: /Acme Rockets.*enable/ }).getByRole("link").click();
    await second.page.getByText("Your key is ready in this browser.").waitFor();
    await second.page.getByText("Approve…").click();
    await second.page.getByText("support access: enabled").waitFor();
    await second.page.getByRole("button", { name: "Sign and approve" }).click();
    await second.page.locator("#request-state", { hasText: "In force, and said" }).waitFor();
    await picture(second.page, "desk-approved");
  });

  await step(story, "right: the page says so by itself", async () => {
    await right.page.locator("#setting.enabled").waitFor({ timeout: OVER_MS });
    assert.equal(await state.innerText(), "Enabled");
  });

  await step(story, "left: gets in again with a new visit alone", async () => {
    await tool.goto(`${inTool}/`);
    await tool.getByRole("link", { name: "Open a visit" }).click();
    await tool.getByLabel("Why do you enter?").fill("The same, once more");
    await tool.getByRole("button", { name: "Enter" }).click();
    await tool.waitForURL(`${inTool}/`);
    await tool.getByText("Live tail: on").waitFor();
  });

  await step(story, "left: ends the visit, and it is over for the tool, too", async () => {
    await left.page.goto(`${demo.ready.base_url.replace("127.0.0.1", "localhost")}/support`);
    await left.page.getByRole("link", { name: "Show" }).click();
    await left.page.getByRole("button", { name: "End this visit" }).click();
    await left.page.getByRole("link", { name: "Open a new visit" }).waitFor();
    await tool.getByText(/Live tail: (ended|cut off)/).waitFor({ timeout: OVER_MS });
    await right.page.reload();
    assert.match(await history.nth(1).innerText(), /they left/);
    await picture(right.page, "portal-history");
  });

  await step(story, "no page complained but for what was cut off and refused", async () => {
    left.assertQuiet(/ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED_ENCODING/, /status of 40[13]/);
    right.assertQuiet();
    desk.assertQuiet();
    second.assertQuiet();
  });
});

/** The newest row of the live tail. */
function newest(page) {
  return page.locator("#events tr").first().innerText();
}
