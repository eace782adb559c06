// A desk person with a passkey is asked for it before they decide: what they typed is done once it has answered, and the cookie
// from before opens nothing any more.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { authenticator, deskLink, launch, person, picture, portrait, step } from "../support/browser.mjs";
import { startDemo } from "../support/demo.mjs";

const REASON = `Nobody at Globex knows of this request: we called the number on file, and “Noor” asked us to refuse it. ${"It was late & <odd>. ".repeat(40)}The end.`;

let demo, browser;
before(async () => { [demo, browser] = await Promise.all([startDemo(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

test("a desk person is asked for their passkey before they decide, and loses nothing by it", async (story) => {
  const [dana, lee, noor] = await Promise.all([person(browser), person(browser), person(browser)]);
  const [dana_link, lee_link] = demo.ready.desk_people.map((of) => of.sign_in_url);
  const globex = demo.organization("globex");
  const home = new URL(dana_link).origin;
  const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
  const asked = (page) => page.getByRole("heading", { name: "Show that it is you" }).waitFor();
  const state = (page, text) => page.locator("#request-state").getByText(text).waitFor();
  const cookie = async () => (await dana.context.cookies()).find(({ name }) => name === "byleave_session").value;
  /** A link of one of the kinds that the desk makes, for Dana. */
  const link = (button) => deskLink(lee.page, home, "Dana Example", button);
  /** A request of the contact's, as the desk sees it. */
  const request = async () => {
    await noor.page.goto(`${home}/portal/requests`);
    await noor.page.getByLabel("What do you ask for?").selectOption({ label: "Disable support access" });
    await noor.page.getByLabel(/Confirm it in your own words/).fill("Please disable it. Contact me, Noor.");
    await press(noor.page, "Send");
    await noor.page.locator("#request-state").waitFor();
    return `${home}/desk/change-requests/${noor.page.url().split("/").pop()}`;
  };
  let passkey, first, second, other, old;

  await step(story, "who has no passkey is told what that means, and another desk person hands over a link", async () => {
    await lee.page.goto(lee_link);
    await lee.page.getByText("whoever takes over your session decides in your name").waitFor();
    await noor.page.goto(globex.contacts[0].sign_in_url);
    passkey = await authenticator(dana);
    await dana.page.goto(await link("Make a passkey link"));
    await dana.page.getByLabel(/What to call it/).fill("Laptop");
    await press(dana.page, "Register");
    await dana.page.getByRole("heading", { name: "The passkey “Laptop” is registered" }).waitFor();
  });

  await step(story, "signed in by a link they look at everything, and type a long refusal", async () => {
    first = await request();
    await dana.page.goto(dana_link);
    await dana.page.getByText("You are looking.").waitFor();
    old = await cookie();
    await dana.page.goto(first);
    await dana.page.getByText("Refuse…").click();
    await dana.page.getByLabel("The reason, which they read").fill(REASON);
    // A form that is open in another tab all the while.
    other = await dana.context.newPage();
    await other.goto(first);
    await press(dana.page, "Refuse, with this reason");
    await asked(dana.page);
    await state(other, "Received");
  });

  await step(story, "the page holds it, is done by keys alone, and takes nobody who is not verified", async () => {
    await dana.page.getByText(REASON).waitFor();
    await portrait(dana.page, "step-up");
    await passkey.verifies(false);
    await press(dana.page, "Use my passkey, and do it");
    await dana.page.locator("[data-error]").getByText("Nothing was done").waitFor();
    assert.equal(await cookie(), old);
    await passkey.verifies(true);
    const button = dana.page.getByRole("button", { name: "Use my passkey, and do it" });
    await button.focus();
    await dana.page.keyboard.press("Enter");
    await dana.page.waitForURL(first);
    await state(dana.page, "Refused");
  });

  await step(story, "it is done with what they typed", async () => {
    const [read] = await Promise.all([dana.page.waitForEvent("download"), dana.page.locator("#steps").getByRole("link", { name: "Read" }).last().click()]);
    const chunks = [];
    for await (const chunk of await read.createReadStream()) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).toString(), REASON);
    await dana.page.getByText("you decide in this browser until").waitFor();
    await dana.page.goto(`${home}/sessions`);
    await dana.page.getByText("Showed a passkey").waitFor();
    await picture(dana.page, "sessions-step-up");
  });

  await step(story, "the cookie from before opens nothing", async () => {
    assert.notEqual(await cookie(), old);
    const thief = await person(browser);
    await thief.context.addCookies([{ name: "byleave_session", value: old, url: home }]);
    assert.equal((await thief.page.goto(`${home}/desk`)).status(), 401);
    await thief.context.close();
  });

  await step(story, "the other tab goes on: its form is still taken, and nothing is asked again", async () => {
    second = await request();
    await other.goto(second);
    await press(other, "It is complete: go on");
    await state(other, "Form sent, meeting scheduled");
  });

  await step(story, "what their own key signs asks for nothing more", async () => {
    await noor.page.goto(`${home}/portal/contacts`);
    await noor.page.getByText("One more contact").click();
    await noor.page.locator("#add-name").fill("Kim Example");
    await noor.page.locator("#add-email").fill("kim@globex.example");
    await noor.page.locator("#add-phone").fill("+49 30 0002");
    await noor.page.locator("form", { has: noor.page.locator("#add-name") }).getByRole("button").click();
    await dana.page.goto(await link("Make a link"));
    await dana.page.goto(`${home}/desk/organizations/globex`);
    await dana.page.getByText("Your key is ready in this browser.").waitFor();
    await dana.page.getByText("Agree…").click();
    await press(dana.page, "Sign and agree");
    await dana.page.getByText("Agreed: Dana Example").waitFor();
  });

  await step(story, "without scripts the page says so, and what to do", async () => {
    const plain = await person(browser, { javaScriptEnabled: false });
    await plain.page.goto(await link("Make a link"));
    await plain.page.goto(second);
    await plain.page.getByText("Refuse…").click();
    await plain.page.getByLabel("The reason, which they read").fill(REASON);
    await press(plain.page, "Refuse, with this reason");
    await asked(plain.page);
    await plain.page.getByText(REASON).waitFor();
    // Playwright finds no text in it.
    await plain.page.locator("noscript .notice").waitFor();
    assert.match(await plain.page.locator("noscript .notice").innerText(), /this browser runs none here/);
    await plain.page.goto(second);
    await state(plain.page, "Form sent, meeting scheduled");
    plain.assertQuiet(/403/);
    await plain.context.close();
  });

  dana.assertQuiet(/40[13]/, /default algorithm identifiers: ES256 and RS256/);
  lee.assertQuiet();
  noor.assertQuiet();
});
