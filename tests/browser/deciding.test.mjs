// Decisions made with a passkey, in a browser with a virtual authenticator: by a contact, and by a desk person.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { authenticator, deskLink, launch, person, portrait, step } from "../support/browser.mjs";
import { run, startDemo } from "../support/demo.mjs";

let demo, browser;
before(async () => { [demo, browser] = await Promise.all([startDemo(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

test("decisions are made with passkeys, once the key of whoever decides says so", async (story) => {
  const [sam, dana, lee] = await Promise.all([person(browser), person(browser), person(browser)]);
  const acme = demo.organization("acme");
  const home = new URL(acme.contacts[0].sign_in_url).origin;
  const press = (who, name) => who.page.getByRole("button", { name, exact: true }).click();
  const by_passkey = (who) => who.page.getByText("You sign with a passkey.");
  /** With a link that Dana makes; then the key that the sign-in link brought along says that it signs in its place. */
  const registers = async (who, link, home_page) => {
    const made = await authenticator(who);
    await who.page.goto(link);
    await who.page.getByLabel(/What to call it/).fill("Laptop");
    await press(who, "Register");
    await who.page.getByRole("heading", { name: "The passkey “Laptop” is registered" }).waitFor();
    await who.page.goto(`${home}/passkeys`);
    await who.page.getByText("Have Laptop sign in your key’s place").click();
    assert.match(await who.page.locator("[data-statement]").innerText(), /^byleave\/delegation\/v1\npasskey: passkey_/);
    await portrait(who.page, "passkey-delegate");
    await press(who, "Sign with my key");
    await who.page.getByText("Laptop signs in your key’s place.").waitFor();
    await who.page.goto(`${home}${home_page}`);
    return made;
  };
  let device, desk;

  await step(story, "a contact's key says once that their passkey signs in its place; then it is not needed here", async () => {
    await dana.page.goto(demo.ready.desk_people[0].sign_in_url);
    await dana.page.goto(`${home}/desk/organizations/acme`);
    await press(dana, "Make a passkey link for Sam Example");
    await sam.page.goto(acme.contacts[0].sign_in_url);
    await sam.page.getByText("Your key is ready in this browser.").waitFor();
    device = await registers(sam, await dana.page.locator("#secret").innerText(), "/portal");
    await by_passkey(sam).waitFor();
    await press(sam, "Sign with the key itself");
    await press(sam, "Remove it from this browser");
    await press(sam, "Sign with a passkey");
    await by_passkey(sam).waitFor();
  });

  await step(story, "the passkey disables; whoever is not verified does not", async () => {
    await sam.page.getByText("Disable…").click();
    await device.verifies(false);
    await press(sam, "Sign and disable");
    await sam.page.getByText("Nothing was done").waitFor();
    assert.equal(await sam.page.locator("#state").innerText(), "Enabled");
    await device.verifies(true);
    await portrait(sam.page, "portal-disable-passkey");
    await press(sam, "Sign and disable");
    await sam.page.getByRole("heading", { name: "Receipt" }).waitFor();
    assert.equal(await sam.page.locator("#state").innerText(), "Disabled");
    assert.match(await sam.page.locator("#decided").innerText(), /Sam Example, with a passkey/);
  });

  await step(story, "it asks to enable, and a desk person's passkey approves", async () => {
    await sam.page.getByText("Ask to enable…").click();
    await press(sam, "Sign and ask");
    await sam.page.locator(".request", { hasText: "enable" }).getByText("A desk person reviews it.").waitFor();
    await dana.page.goto(`${home}/desk`);
    await dana.page.getByRole("row", { name: /Acme Rockets.*enable/ }).getByRole("link").click();
    await press(dana, "It is complete: go on");
    await dana.page.getByText("so a second desk person has to approve it").waitFor();
    const request = dana.page.url();
    const link = await deskLink(dana.page, home, "Lee Example", "Make a passkey link");
    await lee.page.goto(demo.ready.desk_people[1].sign_in_url);
    await lee.page.getByText("Your key is ready in this browser.").waitFor();
    desk = await registers(lee, link, new URL(request).pathname);
    await by_passkey(lee).waitFor();
    await lee.page.getByText("Approve…").click();
    await desk.verifies(false);
    await press(lee, "Sign and approve");
    await lee.page.getByText("Nothing was done").waitFor();
    await desk.verifies(true);
    await portrait(lee.page, "desk-approve-passkey");
    await press(lee, "Sign and approve");
    await sam.page.goto(`${home}/portal`);
    await sam.page.locator("#setting.enabled").waitFor();
    assert.match(await sam.page.locator("#decided").innerText(), /with a passkey; .* agreed, signed/);
  });

  await step(story, "whoever holds the log takes both decisions again", async () => {
    const log = join(demo.folder, "acme-log");
    const server = ["--url", demo.ready.base_url, "--token", acme.api_token];
    await run("log", "disclose", "--organization", "acme", "--output", log, ...server);
    assert.match(await run("verify", log, "--vkey", acme.log.vkey), /disabled at .* UTC/);
  });

  await step(story, "without scripts a passkey is removed, and a session ended: neither works any more", async () => {
    const plain = await person(browser, { javaScriptEnabled: false });
    await plain.page.goto(await deskLink(dana.page, home, "sam@acme.example"));
    await plain.page.goto(`${home}/passkeys`);
    assert.match((await plain.page.locator("noscript p").allTextContents()).join(), /Passkeys need a script\./);
    assert.equal(await plain.page.locator("#own tbody tr").count(), 1);
    await press(plain, "Remove");
    await plain.page.locator("#own").getByText("None").waitFor();
    const removed = (await demo.payloads("acme")).filter((said) => Object.keys(said).join() === "passkey,contact,name,by");
    assert.deepEqual(removed.map(({ contact, name }) => [contact, name]), [[acme.contacts[0].id, "Laptop"]]);
    await sam.page.goto(`${home}/portal`);
    await sam.page.getByText("To sign here, choose your key file").waitFor();
    assert.equal(await by_passkey(sam).isVisible(), false);
    await plain.page.goto(`${home}/sessions`);
    await plain.page.locator("#sessions tbody tr", { hasNotText: "this one" }).getByRole("button", { name: "End" }).click();
    assert.equal(await plain.page.locator("#sessions tbody tr").count(), 1);
    assert.equal((await sam.page.goto(`${home}/portal`)).status(), 401);
    assert.equal((await plain.page.goto(`${home}/portal`)).status(), 200);
    plain.assertQuiet();
    await plain.context.close();
  });

  sam.assertQuiet(/status of 401/, /default algorithm identifiers: ES256 and RS256/);
  for (const who of [dana, lee]) who.assertQuiet(/default algorithm identifiers: ES256 and RS256/);
});
