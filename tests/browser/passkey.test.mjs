// Passkeys in a browser, with a virtual authenticator: registered by link, used to sign in and to sign the form; and what is
// refused.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { authenticator, launch, person, picture, portrait, step } from "../support/browser.mjs";
import { run, startDemo } from "../support/demo.mjs";

let demo, browser;
before(async () => { [demo, browser] = await Promise.all([startDemo(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

test("a security contact registers a passkey, signs in, and signs the form", async (story) => {
  const [noor, dana] = await Promise.all([person(browser), person(browser)]);
  const globex = demo.organization("globex");
  const home = new URL(globex.contacts[0].sign_in_url).origin;
  const said = (who) => who.page.locator("[data-error]");
  const press = (who, name) => who.page.getByRole("button", { name, exact: true }).click();
  const enrolment = async () => {
    await dana.page.goto(`${home}/desk/organizations/globex`);
    await press(dana, "Make a passkey link for Noor Example");
    return dana.page.locator("#secret").innerText();
  };
  const sign_in = async () => {
    await noor.page.goto(`${home}/sign-in`);
    await press(noor, "Sign in with a passkey");
    await noor.page.waitForURL(`${home}/portal`);
  };
  const ask = async () => {
    await noor.page.goto(`${home}/portal/requests`);
    await noor.page.getByLabel("What do you ask for?").selectOption({ label: "Disable support access" });
    await noor.page.getByLabel(/Confirm it in your own words/).fill("Please disable it. Contact me, Noor.");
    await press(noor, "Send");
    await noor.page.locator("#request-state").waitFor();
    const id = noor.page.url().split("/").pop();
    await dana.page.goto(`${home}/desk/change-requests/${id}`);
    await press(dana, "It is complete: go on");
    await dana.page.locator("#request-state").getByText("Form sent, meeting scheduled").waitFor();
    return `${home}/portal/change-requests/${id}`;
  };
  let first, link, request, sent;

  await step(story, "the desk hands over a link", async () => {
    await dana.page.goto(demo.ready.desk_people[0].sign_in_url);
    link = await enrolment();
    assert.ok(link.startsWith(`${home}/enrol/`), link);
  });

  await step(story, "whoever is not verified registers nothing; then it is registered, once", async () => {
    first = await authenticator(noor);
    await first.verifies(false);
    await noor.page.goto(link);
    await portrait(noor.page, "enrol");
    await noor.page.getByLabel(/What to call it/).fill("Laptop");
    await press(noor, "Register");
    await said(noor).getByText("Nothing was done").waitFor();
    assert.equal((await first.credentials()).length, 0);
    await first.verifies(true);
    await press(noor, "Register");
    await noor.page.getByRole("heading", { name: "The passkey “Laptop” is registered" }).waitFor();
    await portrait(noor.page, "enrolled");
    const [credential] = await first.credentials();
    assert.ok(credential.isResidentCredential, "it is found without a name");
    assert.equal((await noor.page.goto(link)).status(), 404, "the link is used up");
  });

  await step(story, "nobody is signed in by that; the passkey signs in, and asks for no name", async () => {
    assert.equal((await noor.page.goto(`${home}/portal`)).status(), 401);
    await noor.page.goto(`${home}/sign-in`);
    assert.equal(await noor.page.locator("main input:not([type=hidden])").count(), 0);
    await portrait(noor.page, "sign-in");
    await first.verifies(false);
    await press(noor, "Sign in with a passkey");
    await said(noor).getByText("Nothing was done").waitFor();
    await first.verifies(true);
    await sign_in();
    await noor.page.goto(`${home}/passkeys`);
    await noor.page.getByRole("cell", { name: "Laptop" }).waitFor();
    await portrait(noor.page, "passkeys");
  });

  await step(story, "the form is signed: what is signed is shown in full", async () => {
    request = await ask();
    await noor.page.goto(request);
    await noor.page.getByRole("link", { name: "Sign it with a passkey" }).click();
    const sha256 = await noor.page.locator("#sha256").innerText();
    const statement = JSON.parse(await noor.page.locator("#statement").innerText());
    assert.deepEqual(Object.keys(statement), ["action", "form_sha256", "nonce", "org", "request", "signer", "v"]);
    assert.deepEqual([statement.form_sha256, statement.org, statement.request, statement.signer],
      [sha256, globex.id, request.split("/").pop(), globex.contacts[0].id]);
    await portrait(noor.page, "sign-form");
    await first.verifies(false);
    await press(noor, "Sign with a passkey");
    await said(noor).getByText("Nothing was done").waitFor();
    await first.verifies(true);
    const posted = noor.page.waitForRequest((asked) => asked.method() === "POST");
    await press(noor, "Sign with a passkey");
    sent = await posted;
    await noor.page.getByText("Returned: the form itself, signed with a passkey").waitFor();
    await dana.page.reload();
    await dana.page.getByText("the form itself, signed with a passkey").first().waitFor();
  });

  await step(story, "the same answer a second time is none", async () => {
    const status = await noor.page.evaluate(async ([address, body]) => {
      const headers = { "Content-Type": "application/x-www-form-urlencoded" };
      return (await fetch(address, { method: "POST", body, headers })).status;
    }, [sent.url(), sent.postData()]);
    assert.equal(status, 409);
  });

  await step(story, "what is kept verifies away from here, and no changed byte of it does", async () => {
    await noor.page.goto(request);
    const row = noor.page.locator("tr, li", { hasText: "signed with a passkey" }).last();
    const [download] = await Promise.all([noor.page.waitForEvent("download"), row.getByRole("link").last().click()]);
    const [file, log] = [join(demo.folder, "signed.json"), join(demo.folder, "globex-log")];
    const kept = await readFile(await download.path());
    await writeFile(file, kept);
    assert.match(await run("evidence", "verify", file, "--form", join(demo.folder, "form.pdf")), /signed the form/);
    assert.equal((await readFile(join(demo.folder, "form.pdf"))).subarray(0, 5).toString(), "%PDF-");
    const server = ["--url", demo.ready.base_url, "--token", globex.api_token];
    await run("log", "disclose", "--organization", "globex", "--output", log, ...server);
    const verify = () => run("evidence", "verify", file, "--log", log, "--vkey", globex.log.vkey);
    assert.match(await verify(), /the log has this file at entry \d+/);
    const text = kept.toString();
    const fields = [...text.matchAll(/"[a-z_]+":"?/g)].map((field) => field.index + field[0].length);
    for (const place of fields) {
      const changed = Buffer.from(kept);
      changed[place] = changed[place] === 0x37 ? 0x38 : 0x37;
      await writeFile(file, changed);
      await assert.rejects(verify(), `byte ${place}: ${text.slice(place - 20, place + 5)}`);
    }
  });

  await step(story, "another one is added with the first one's word, and signs nothing of before", async () => {
    await noor.page.goto(`${home}/passkeys`);
    await press(noor, "Add another one");
    await noor.page.getByRole("heading", { name: "Another passkey" }).waitFor();
    await portrait(noor.page, "passkey-make");
    await first.remove();
    const second = await authenticator(noor);
    await noor.page.getByLabel(/What to call it/).fill("Key in the safe");
    await press(noor, "Register");
    await noor.page.getByRole("cell", { name: "Key in the safe" }).waitFor();
    await picture(noor.page, "passkeys-two");
    assert.equal((await second.credentials()).length, 1);
    await sign_in();
    await noor.page.goto(`${request}/sign`);
    await press(noor, "Sign with a passkey");
    await said(noor).getByText("Nothing was done").waitFor();
  });

  await step(story, "the first one is lost, and removed; everybody is told, and the log holds", async () => {
    await noor.page.goto(`${home}/passkeys`);
    await noor.page.getByRole("row", { name: /Laptop/ }).getByRole("button", { name: "Remove" }).click();
    await noor.page.getByRole("cell", { name: "Laptop" }).waitFor({ state: "detached" });
    await noor.page.goto(`${request}`);
    await noor.page.getByText("none of yours signs this one here").waitFor();
    assert.equal((await demo.verify("globex")).size > 0, true);
  });

  // Chromium would rather have RS256, too, which is not taken.
  noor.assertQuiet(/401|404|409/, /default algorithm identifiers: ES256 and RS256/);
  dana.assertQuiet();
});
