// The vendor's people sign in by a real OpenID provider, and are signed out by it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, PATIENCE_MS, person, portrait, step } from "../support/browser.mjs";
import { freePort, startDemo, until } from "../support/demo.mjs";
import { signInAs, startProvider } from "../support/provider.mjs";

const CLIENT = { client_id: "byleave", client_secret: "of no secret: $&+/" };
/** What a page says that was refused; and the provider's own pages ask for a font that is not here. */
const EXPECTED = [/status of (401|403|503)/, /\/interaction\/.*fonts\.googleapis\.com/];

let demo, browser, port, provider;
const people = {};

before(async () => {
  port = await freePort();
  Object.assign(process.env, {
    BYLEAVE_SIGN_IN__ISSUER: `http://127.0.0.1:${port}`,
    BYLEAVE_SIGN_IN__CLIENT_ID: CLIENT.client_id,
    BYLEAVE_SIGN_IN__CLIENT_SECRET: CLIENT.client_secret,
    BYLEAVE_SIGN_IN__SCOPES: "openid email groups",
    BYLEAVE_SIGN_IN__SUPPORT_GROUPS: '["helpdesk"]',
    BYLEAVE_SIGN_IN__DESK_GROUPS: '["trust"]',
  });
  [demo, browser] = await Promise.all([startDemo(), launch()]);
  const [support, desk] = [demo.ready.support_people[0].email, demo.ready.desk_people[0].email];
  Object.assign(people, {
    sam: { email: support, email_verified: true, groups: ["all", "helpdesk"] },
    dana: { email: desk, email_verified: true, groups: ["trust"] },
    wrong: { email: demo.ready.support_people[1].email, email_verified: true, groups: ["all"] },
    unverified: { email: demo.ready.support_people[1].email, email_verified: false, groups: ["helpdesk"] },
  });
  provider = await startProvider(port, demo.ready.base_url, people, CLIENT);
});
after(async () => { await browser?.close(); await provider?.stop(); await demo?.stop(); });

const at = (path) => `${demo.ready.base_url}${path}`;

/** A window of somebody who asks for `path` and signs in to get there. */
async function comes(login, path) {
  const window = await person(browser);
  await window.page.goto(at(path));
  await window.page.getByRole("link", { name: /^Sign in as one of/ }).click();
  await signInAs(window.page, login);
  return window;
}

test("the vendor's people sign in by its provider, and out with it", async (story) => {
  let sam, phone;

  await step(story, "a support person asks for a page, signs in, and is there", async () => {
    sam = await comes("sam", "/support/visit?organization=acme&tool=system-log");
    await sam.page.waitForURL(at("/support/visit?organization=acme&tool=system-log"));
    await sam.page.getByLabel("Why do you enter?").waitFor();
    // The provider's are there as well: cookies do not tell ports apart.
    const cookies = (await sam.context.cookies()).filter(({ name }) => name.startsWith("byleave_"));
    assert.deepEqual(cookies.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite]), [["byleave_session", true, "Lax"]]);
  });

  await step(story, "and a desk person, at the desk", async () => {
    const dana = await comes("dana", "/desk");
    await dana.page.waitForURL(at("/desk"));
    dana.assertQuiet(...EXPECTED);
    await dana.context.close();
  });

  await step(story, "whoever is in no group, or whose address is not verified, is told the same", async () => {
    const told = [];
    for (const login of ["wrong", "unverified"]) {
      const { page, context } = await comes(login, "/support");
      await page.getByRole("heading", { name: "Not signed in" }).waitFor();
      told.push(await page.locator("main").innerText());
      if (login === "wrong") await portrait(page, "sign-in-refused");
      await context.close();
    }
    assert.equal(told[0], told[1]);
  });

  await step(story, "each sees where they are signed in, and ends one", async () => {
    phone = await comes("sam", "/support");
    await phone.page.waitForURL(at("/support"));
    await phone.page.goto(at("/sessions"));
    await phone.page.getByText("this one").waitFor();
    assert.equal(await phone.page.locator("#sessions tbody tr").count(), 2);
    await portrait(phone.page, "sessions");
    await phone.page.getByRole("button", { name: "End", exact: true }).click();
    await phone.page.waitForURL(at("/sessions"));
    assert.equal(await phone.page.locator("#sessions tbody tr").count(), 1);
    assert.equal((await sam.page.goto(at("/support"))).status(), 401);
  });

  await step(story, "logging out at the provider ends the session here, in another window", async () => {
    sam = await comes("sam", "/support");
    await sam.page.waitForURL(at("/support"));
    const elsewhere = await sam.context.newPage();
    await elsewhere.goto(`${provider.issuer}/session/end`);
    await elsewhere.locator("button[type=submit]").first().click();
    await elsewhere.waitForURL(/session\/end\/success/);
    assert.equal((await sam.page.reload()).status(), 401);
    assert.equal((await phone.page.goto(at("/support"))).status(), 200, "another session there is another session here");
  });

  await step(story, "whoever has lost the group is signed out everywhere when they next sign in", async () => {
    people.sam.groups = ["all"];
    await (await comes("sam", "/support")).page.getByRole("heading", { name: "Not signed in" }).waitFor();
    assert.equal((await phone.page.goto(at("/support"))).status(), 401);
    people.sam.groups = ["helpdesk"];
  });

  await step(story, "while the provider is down nobody signs in, and whoever is signed in stays so", async () => {
    const here = await comes("sam", "/support");
    await here.page.waitForURL(at("/support"));
    await provider.stop();
    const late = await person(browser);
    // Byleave asks it again after ten seconds.
    const begun = () => fetch(at("/sign-in/vendor"), { redirect: "manual" });
    await until("Byleave's own word", PATIENCE_MS * 2, async () => (await begun()).status === 503);
    await late.page.goto(at("/support"));
    await late.page.getByRole("link", { name: /^Sign in as one of/ }).click();
    await late.page.getByText("does not answer").waitFor();
    assert.equal((await here.page.reload()).status(), 200);
    here.assertQuiet(...EXPECTED);
    provider = await startProvider(port, demo.ready.base_url, people, CLIENT);
  });
});
