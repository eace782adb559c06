// What the story does not pass by: strangers, used links, keys, the desk's links, and browsers without scripts.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deskLink, launch, person, picture } from "../support/browser.mjs";
import { startDemo } from "../support/demo.mjs";

let demo, browser, site, desk;
before(async () => {
  [demo, browser] = await Promise.all([startDemo(), launch()]);
  site = demo.ready.base_url.replace("127.0.0.1", "localhost");
});
after(async () => { await browser?.close(); await demo?.stop(); });

test("anybody can read how support access works", async () => {
  const anybody = await person(browser);
  assert.equal((await anybody.page.goto(site)).status(), 200);
  await anybody.page.getByRole("heading", { name: "Have support access disabled" }).waitFor();
  await picture(anybody.page, "help");
  anybody.assertQuiet();
});

test("a stranger is told to sign in, and how", async () => {
  const stranger = await person(browser);
  for (const path of ["/portal", "/support", "/desk"]) {
    assert.equal((await stranger.page.goto(site + path)).status(), 401, path);
    await stranger.page.getByText("open the sign-in link").waitFor();
  }
  await picture(stranger.page, "refusal-stranger");
  stranger.assertQuiet(/status of 401/);
});

test("a sign-in link works once, and a used one says so", async () => {
  const first = await person(browser);
  const second = await person(browser);
  const link = demo.organization("initech").contacts[0].sign_in_url;
  await first.page.goto(link);
  await first.page.getByRole("heading", { name: "Initech Paper" }).waitFor();
  await picture(first.page, "portal-disabled-nobody-yet");
  assert.equal((await second.page.goto(link)).status(), 410);
  await second.page.getByText("It has been used already").waitFor();
  await picture(second.page, "link-used");
  assert.equal((await second.page.goto(`${site}/portal`)).status(), 401);
  await first.page.goto(link);
  await first.page.getByText("You are signed in as Pat Example").waitFor();
  first.assertQuiet(/status of 410/);
  second.assertQuiet(/status of 4(10|01)/);
});

test("the desk hands out links, each person sees their own page alone, and signs out", async () => {
  const desk = await person(browser);
  await desk.page.goto(demo.ready.desk_people[1].sign_in_url);
  await desk.page.getByRole("heading", { name: "Trust desk" }).waitFor();
  await picture(desk.page, "desk-nothing-waiting");
  await desk.page.getByRole("link", { name: "Vendor" }).click();
  const sought = desk.page.getByRole("searchbox", { name: /^For/u });
  await sought.fill("Nobody <b>");
  await desk.page.getByRole("button", { name: "Find" }).click();
  await desk.page.getByText("Nothing on file has “Nobody <b>”").waitFor();
  assert.equal(await sought.inputValue(), "Nobody <b>");
  await sought.fill("helpline");
  await desk.page.getByRole("button", { name: "Find" }).click();
  await picture(desk.page, "desk-link-whom");
  await desk.page.locator("#among").getByRole("link", { name: "Kim Example" }).click();
  await desk.page.getByRole("button", { name: "Make a link" }).click();
  await desk.page.getByRole("heading", { name: "Sign-in link for Kim Example" }).waitFor();
  const link = await desk.page.locator("#secret").innerText();
  await picture(desk.page, "desk-link");

  const kim = await person(browser);
  await kim.page.goto(link);
  await kim.page.getByRole("heading", { name: "Support", exact: true }).waitFor();
  for (const path of ["/portal", "/desk"]) {
    assert.equal((await kim.page.goto(site + path)).status(), 403, path);
  }
  await picture(kim.page, "refusal-elsewhere");
  assert.equal((await kim.page.goto(`${site}/nothing`)).status(), 404);
  await picture(kim.page, "refusal-not-found");
  await kim.page.getByRole("button", { name: "Sign out" }).click();
  await kim.page.getByRole("heading", { name: /Who may look/ }).waitFor();
  assert.equal((await kim.page.goto(`${site}/support`)).status(), 401);
  desk.assertQuiet();
  kim.assertQuiet(/status of 40[134]/);
});

test("a contact's key comes from a file, stays in the browser, is checked, and can be removed", async () => {
  const contact = await person(browser);
  const { page } = contact;
  const [acme, globex] = ["acme", "globex"].map((slug) => demo.organization(slug).contacts[0]);
  const ready = page.getByText("Your key is ready in this browser.");
  const file = page.getByLabel("choose your key file");
  await page.goto(globex.sign_in_url.split("#")[0]);
  await file.waitFor();
  await page.getByText("Disable…").click();
  assert.ok(await page.getByRole("button", { name: "Sign and disable" }).isDisabled(), "nothing to sign with");
  await picture(page, "portal-without-key");
  await file.setInputFiles(acme.key_file);
  await page.getByText("This is not the key that is on file for you.").waitFor();
  await picture(page, "portal-wrong-key");
  await file.setInputFiles(globex.key_file);
  await ready.waitFor();
  await page.reload();
  await ready.waitFor();
  await page.getByRole("button", { name: "Remove it from this browser" }).click();
  await file.waitFor();
  await page.reload();
  await file.waitFor();
  contact.assertQuiet();
});

test("reached by address instead of by name, a tool is entered by path", async () => {
  const kim = await person(browser);
  const byAddress = (url) => url.replace("//localhost:", "//127.0.0.1:");
  await kim.page.goto(byAddress(await linkFor("Kim Example")));
  await kim.page.goto(`${demo.ready.gateway_url}/t/system-log/acme`);
  await kim.page.getByLabel("Why do you enter?").fill("No names here");
  await kim.page.getByRole("button", { name: "Enter" }).click();
  await kim.page.waitForURL(`${demo.ready.gateway_url}/t/system-log/acme/`);
  await kim.page.getByText("Live tail: on").waitFor();
  await kim.page.getByRole("link", { name: "Older" }).click();
  await kim.page.waitForURL(/\/t\/system-log\/acme\/\?.*after=/);
  assert.equal(await kim.page.locator("#events tr").count(), 50);
  kim.assertQuiet();
});

test("without scripts people enter and leave, and the portal shows state, who is inside and history", async () => {
  const withoutScripts = { javaScriptEnabled: false };
  const sasha = await person(browser, withoutScripts);
  await sasha.page.goto(demo.ready.support_people[0].sign_in_url);
  await sasha.page.getByRole("row", { name: /Globex/ }).getByRole("link", { name: /User look-up/ }).click();
  await sasha.page.getByRole("button", { name: "Enter" }).click();
  const opened = sasha.context.waitForEvent("page");
  await sasha.page.getByRole("button", { name: "Open the tool" }).click();
  const tool = await opened;
  await tool.getByRole("heading", { name: "People" }).waitFor();
  await tool.getByRole("link").nth(3).click();
  await tool.getByRole("heading", { name: "Latest events" }).waitFor();
  await picture(tool, "tool-user-lookup-person");

  const contact = await person(browser, withoutScripts);
  const { page } = contact;
  await page.goto(await linkFor("Noor Example"));
  assert.equal(await page.locator("#state").innerText(), "Enabled");
  const inside = page.locator("section", { hasText: "Who is inside right now" });
  assert.match(await inside.getByRole("row").nth(1).innerText(), /Sasha Example[^]*User look-up[^]*no reason given/);
  // Matching by text passes over what is in `noscript`.
  const without = page.locator("noscript");
  assert.match(await without.locator("p").innerText(), /Deciding here needs a script/);
  assert.equal(await without.locator("pre").innerText(), "byleave access disable --organization globex --key FILE");
  await picture(page, "portal-without-scripts");

  await sasha.page.getByRole("button", { name: "End this visit" }).click();
  await sasha.page.getByText("Your visit is over").waitFor();
  await page.reload();
  await inside.getByText("Nobody is inside.").waitFor();
  await page.locator("#history").getByRole("link").first().click();
  const requests = await page.locator("#requests tbody tr").allInnerTexts();
  assert.ok(requests.some((line) => /GET\s+\/person\?id=\S+\s+200/.test(line)), `${requests}`);
});

test("without scripts a support person finds, enters, uses and ends a visit, and reads what to do where nobody may enter", async () => {
  const kim = await person(browser, { javaScriptEnabled: false });
  const { page, context } = kim;
  await page.goto(await linkFor("Kim Example"));
  await page.getByLabel("Find an organization").fill("globex");
  await page.getByRole("button", { name: "Search" }).click();
  assert.equal(await page.locator("#found").getByRole("row").count(), 2, "the heading and Globex alone");
  await page.getByText("You may enter").waitFor();
  await page.getByRole("link", { name: "System log" }).click();
  await page.getByRole("button", { name: "Enter" }).click();
  assert.ok(await page.getByLabel("Why do you enter?").evaluate((input) => input.validity.valueMissing));
  await page.getByLabel("Why do you enter?").fill("The export is empty");
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByText(/Ends by itself at \d{4}-.* UTC/).waitFor();
  const opened = context.waitForEvent("page");
  await page.getByRole("button", { name: "Open the tool" }).click();
  const tool = await opened;
  await tool.getByRole("heading", { name: "System log" }).waitFor();
  assert.equal(await tool.evaluate(() => globalThis.opener), null, "the tool does not reach the page beside it");
  await page.getByRole("link", { name: "Your visits" }).click();
  await page.getByRole("row", { name: /Globex/ }).getByRole("link", { name: "Show" }).click();
  await picture(page, "visit-without-scripts");
  await page.getByRole("button", { name: "End this visit" }).click();
  await page.getByText("Your visit is over: it was ended.").waitFor();
  assert.equal((await tool.reload()).status(), 403, "and the tool is shut");
  await page.getByRole("link", { name: "Your visits" }).click();
  assert.equal(await page.locator("section").first().getByRole("row", { name: /Globex/ }).count(), 0);
  await page.getByRole("row", { name: /Globex.*The export is empty.*it was ended/ }).waitFor();

  await page.goto(`${site}/support?q=initech`);
  await page.getByRole("link", { name: "What can I do instead?" }).click();
  await page.getByRole("heading", { name: "You cannot enter Initech Paper" }).waitFor();
  assert.match(await page.getByLabel("Text for the customer’s case").inputValue(), /disabled since .* UTC[^]*export/);
  await picture(page, "visit-form-refused-without-scripts");
});

test("an organization is found and entered by keys alone", async () => {
  const sasha = await person(browser);
  const { page } = sasha;
  await page.goto(await linkFor("Sasha Example"));
  await page.getByText("opens.").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("glob");
  await page.getByRole("row").nth(1).getByText("Globex").first().waitFor();
  await page.waitForFunction(() => document.querySelectorAll("#found tbody tr").length === 1);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.closest("#found tr"));
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.evaluate(() => document.activeElement.id), "q");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /Enter .* of Globex Widgets/ }).waitFor();
  await page.getByLabel("Why do you enter?").fill("By keys");
  if (await page.getByLabel("Case number").evaluate((input) => input.required)) await page.getByLabel("Case number").fill("CASE-8");
  await page.keyboard.press("Enter");
  await page.getByRole("timer").getByText(/^\(1[45]:\d\d\)$/).waitFor();
  await page.getByRole("button", { name: "End this visit" }).click();
  await page.getByText("Your visit is over: it was ended.").waitFor();
  sasha.assertQuiet();
});

test("a request that cannot be taken comes back with what was typed", async () => {
  const anybody = await person(browser);
  const { page } = anybody;
  await page.goto(site);
  await page.getByLabel("Customer name").fill("Acme Rockets");
  await page.getByLabel("Whom to contact").fill(" ");
  await page.getByLabel("Confirmation").selectOption("enable");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("alert").getByText("was not sent").waitFor();
  assert.equal(await page.getByLabel("Customer name").inputValue(), "Acme Rockets");
  assert.equal(await page.getByLabel("Confirmation").inputValue(), "enable");
  assert.equal(await page.getByLabel("Whom to contact").getAttribute("aria-invalid"), "true");
  await picture(page, "help-wrong");
  await page.getByLabel("Whom to contact").fill("Noor Example");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("Nothing has changed yet").waitFor();
  anybody.assertQuiet(/status of 422/);
});

/** A sign-in link as the desk makes it. */
async function linkFor(who) {
  desk ??= await person(browser);
  if (desk.page.url() === "about:blank") await desk.page.goto(demo.ready.desk_people[0].sign_in_url);
  return deskLink(desk.page, site, who);
}
