// Every decision once in browsers that run no scripts: by a form where the page decides, at the prompt where somebody's key does,
// with the command that the page names. What came of it is asked of the API and the log, not only of the page.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { deskLink, launch, person, picture, step } from "../support/browser.mjs";
import { BINARY, startDemo } from "../support/demo.mjs";
import { handIn } from "../support/mail.mjs";

let demo, browser, site;
before(async () => {
  [demo, browser] = await Promise.all([startDemo(), launch()]);
  site = demo.ready.base_url.replace("127.0.0.1", "localhost");
});
after(async () => { await browser?.close(); await demo?.stop(); });

/** Somebody whose browser runs no scripts, signed in by their link. */
async function plain(link) {
  const who = await person(browser, { javaScriptEnabled: false });
  await who.page.goto(link);
  return who;
}

/** A command of somebody's, at the prompt; resolves to what it printed. */
async function prompt(token, ...args) {
  const env = { ...process.env, BYLEAVE_URL: demo.ready.base_url, BYLEAVE_TOKEN: token };
  const { stdout } = await promisify(execFile)(BINARY, args, { env, timeout: 60_000 });
  return stdout.trim();
}

/** What the API says. */
async function v1(path, token = demo.ready.admin_token, body = undefined) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const answer = await fetch(`${demo.ready.base_url}/v1/${path}`, { headers, body, method: body ? "POST" : "GET" });
  assert.ok(answer.ok, `${path}: ${answer.status} ${answer.ok ? "" : await answer.text()}`);
  return answer.json();
}

const access = async (slug) => (await v1(`organizations/${slug}/support-access`)).support_access;
const request_of = async (page) => v1(`change-requests/${page.url().split("/").pop().split("?")[0]}`);
/** Runs the command that the page names in place of a signature, with somebody's token and key. */
async function as_named(page, named, { token, key_file }) {
  const told = (await page.locator("noscript p, noscript pre").allTextContents()).join("\n");
  const line = told.split("\n").map((text) => /byleave .*/u.exec(text)?.[0]).find((text) => text?.includes(named));
  assert.ok(line, `the page names no \`${named}\`: ${told}`);
  return prompt(token, ...line.split(" ").slice(1).map((word) => (word === "FILE" ? key_file : word)));
}

/** A visit of a support person's, opened on the page. */
async function enter(who, slug, tool = "system-log") {
  await who.page.goto(`${site}/support/visit?organization=${slug}&tool=${tool}`);
  await who.page.getByLabel("Why do you enter?").fill("No scripts here");
  await who.page.getByRole("button", { name: "Enter" }).click();
  await who.page.getByRole("button", { name: "Open the tool" }).waitFor();
}

test("a security contact stops visits and says what they do not recognise; the desk answers", async (story) => {
  const { organizations, support_people, desk_people } = demo.ready;
  const acme = organizations.find(({ slug }) => slug === "acme");
  const [contact, sasha, dana] = await Promise.all([acme.contacts[0], support_people[0], desk_people[0]].map((who) => plain(who.sign_in_url.split("#")[0])));
  /** As the log has them. */
  const open_visits = async () => Number(/(\d+) still open/u.exec(await demo.command("verify", acme.log.url, "--vkey", acme.log.vkey))?.[1] ?? 0);

  await step(story, "one visit", async () => {
    await enter(sasha, "acme");
    assert.equal(await open_visits(), 1);
    await contact.page.goto(`${site}/portal`);
    await contact.page.getByRole("button", { name: "Stop the visit of Sasha Example" }).click();
    await contact.page.locator("#stopped").getByText("Sasha Example").waitFor();
    assert.equal(await open_visits(), 0);
    await sasha.page.reload();
    await sasha.page.getByText("the organization stopped it").first().waitFor();
  });

  await step(story, "all visits", async () => {
    await enter(sasha, "acme");
    await enter(sasha, "acme", "user-lookup");
    assert.equal(await open_visits(), 2);
    await contact.page.goto(`${site}/portal`);
    await contact.page.getByRole("button", { name: "Stop all" }).click();
    assert.equal(await contact.page.locator("#stopped li").count(), 2);
    assert.equal(await open_visits(), 0);
  });

  await step(story, "a support person ends their own", async () => {
    await enter(sasha, "acme");
    await sasha.page.getByRole("button", { name: "End this visit" }).click();
    await sasha.page.getByText("Your visit is over: it was ended.").waitFor();
    assert.equal(await open_visits(), 0);
  });

  await step(story, "an access that is not recognised, and the answer", async () => {
    await contact.page.goto(`${site}/portal/history`);
    await contact.page.locator("table a[href*='/portal/visits/']").first().click();
    await contact.page.getByText("I don’t recognise this access").click();
    await contact.page.getByLabel(/What seems wrong/).fill("Nobody asked for it");
    await contact.page.getByRole("button", { name: "Send" }).click();
    await contact.page.getByText(/does not recognise this visit/).waitFor();
    await dana.page.goto(`${site}/desk`);
    await dana.page.locator("a[href*='/desk/doubts/']").click();
    await dana.page.getByLabel("Your answer").fill("It was the export of Monday");
    await dana.page.getByRole("button", { name: "Answer" }).click();
    await dana.page.locator("#answered").waitFor();
    await contact.page.reload();
    await contact.page.getByText(/Answered by Dana Example/).waitFor();
    const [doubt] = await v1("doubts", desk_people[0].token);
    assert.ok(doubt.answered_at, JSON.stringify(doubt));
  });

  await step(story, "where copies of notices go", async () => {
    await contact.page.goto(`${site}/portal/contacts`);
    await contact.page.getByLabel("Address 1").fill("security@acme.example");
    await contact.page.getByRole("button", { name: "Have copies go to these" }).click();
    assert.equal(await contact.page.getByLabel("Address 1").inputValue(), "security@acme.example");
    const told = JSON.stringify(await v1("organizations/acme", acme.api_token));
    assert.ok(told.includes("security@acme.example"), told);
  });
});

test("a disable, from the message to the last approval", async (story) => {
  const { organizations, desk_people: [danas, lees] } = demo.ready;
  const globex = organizations.find(({ slug }) => slug === "globex");
  const [contact, dana, lee] = await Promise.all([
    plain(await link("Noor Example")), plain(await link("Dana Example")), plain(await link("Lee Example")),
  ]);
  const anybody = await plain(site);
  const state = (who) => who.page.locator("#request-state");
  const send = async (words) => {
    await anybody.page.goto(site);
    await anybody.page.getByLabel("Customer name").fill("Globex Widgets");
    await anybody.page.getByLabel("Confirmation").selectOption("disable");
    await anybody.page.getByLabel("Whom to contact once it is reviewed").fill(words);
    await anybody.page.getByRole("button", { name: "Send" }).click();
    await anybody.page.getByRole("heading", { name: "Your message is here" }).waitFor();
  };
  const newest = async () => {
    await dana.page.goto(`${site}/desk/messages`);
    await dana.page.locator("#messages").getByRole("link").first().click();
  };
  let request;

  await step(story, "a message is dismissed", async () => {
    await send("Nobody");
    await newest();
    const message = dana.page.url();
    await dana.page.getByText("Dismiss…").click();
    await dana.page.getByLabel("Why?").fill("An advertisement");
    await dana.page.getByRole("button", { name: "Dismiss this message" }).click();
    assert.equal((await dana.page.goto(message)).status(), 404);
  });

  await step(story, "a message opens a request, and another joins it", async () => {
    await send("Noor");
    await newest();
    // What the message says chose one; another is looked for, and the right one is chosen again among those that fit.
    await dana.page.getByRole("link", { name: "Choose another" }).click();
    await dana.page.getByLabel("Organization").fill("e");
    await dana.page.getByRole("button", { name: "Find" }).click();
    await dana.page.locator("#among").getByRole("link", { name: "Globex Widgets" }).click();
    await dana.page.locator("#chosen").getByText("Globex Widgets").waitFor();
    await dana.page.getByLabel("Asks to").selectOption("disable");
    await dana.page.getByLabel("Bears the address of").selectOption({ label: "Noor Example (noor@globex.example)" });
    for (const item of ["has the customer name", "has the confirmation"]) await dana.page.getByLabel(item).check();
    await dana.page.getByRole("button", { name: "Open a request" }).click();
    await state(dana).getByText("Received").waitFor();
    request = dana.page.url();
    await send("Noor once more");
    await newest();
    await dana.page.locator("#change_request").selectOption(request.split("/").pop());
    await dana.page.getByRole("button", { name: "Have it join" }).click();
    assert.equal(dana.page.url(), request);
    assert.equal(await dana.page.locator(".message").count(), 2);
  });

  await step(story, "each reading of a message is an entry of the organization's log", async () => {
    const read = async () => (await demo.payloads("globex")).filter((said) => Object.keys(said).join() === "evidence,by");
    const before = await read();
    for (const words of ["Noor", "Noor once more"]) {
      await dana.page.goto(request);
      await dana.page.getByRole("link", { name: "Read the message here" }).nth(words === "Noor" ? 0 : 1).click();
      assert.match(await dana.page.locator("#text").innerText(), new RegExp(`Whom to contact: ${words}$`, "mu"));
    }
    const now = (await read()).slice(before.length);
    assert.equal(new Set(now.map(({ evidence }) => evidence)).size, 2, JSON.stringify(now));
    await dana.page.goto(`${request}?read=evidence_${"0".repeat(32)}`);
    assert.equal(await dana.page.locator("#text").count(), 0);
    assert.equal((await read()).length, before.length + 2, "nothing was read");
    await dana.page.goto(request);
  });

  await step(story, "what is missing is asked for, and comes", async () => {
    await dana.page.getByRole("button", { name: "It is complete: go on" }).click();
    await dana.page.getByText("The request lacks whom to contact").waitFor();
    await dana.page.goto(request);
    await dana.page.getByLabel("Or write to the registered contact").fill("Whom may we contact?");
    await dana.page.getByRole("button", { name: "Ask for what is missing" }).click();
    await state(dana).getByText("Something is missing").waitFor();
    await contact.page.goto(`${site}/portal/requests`);
    await contact.page.getByLabel("What do you ask for?").selectOption({ label: "Disable support access" });
    await contact.page.getByLabel(/Confirm it in your own words/).fill("It is ours. Contact me, Noor.");
    await contact.page.getByRole("button", { name: "Send" }).click();
    await state(contact).getByText("Received").waitFor();
    assert.equal((await request_of(contact.page)).id, request.split("/").pop());
  });

  await step(story, "it goes on; the meeting is called off, set, and moved", async () => {
    await dana.page.goto(request);
    await dana.page.getByRole("button", { name: "It is complete: go on" }).click();
    await dana.page.getByRole("button", { name: "Call the meeting off" }).click();
    await dana.page.getByText("There is no meeting; set one.").waitFor();
    await dana.page.getByRole("button", { name: "Set", exact: true }).click();
    await contact.page.reload();
    const before = await contact.page.locator("#meeting").innerText();
    await contact.page.getByRole("button", { name: "Move" }).click();
    assert.notEqual(await contact.page.locator("#meeting").innerText(), before);
  });

  await step(story, "another time that the contact's calendar proposes is declined; the next one is taken", async () => {
    const slots = await contact.page.locator("#start option").evaluateAll((options) => options.map(({ value }) => value));
    const propose = async (start) => {
      const [download] = await Promise.all([contact.page.waitForEvent("download"), contact.page.getByRole("link", { name: "Invitation for your calendar" }).click()]);
      await handIn(demo.ready, "noor@globex.example", counter((await readFile(await download.path())).toString(), start));
      await dana.page.goto(request);
      await dana.page.locator("#invitation").getByText("proposes another time").waitFor();
    };
    const { meeting } = await request_of(contact.page);
    await propose(slots.at(-1));
    assert.equal((await request_of(contact.page)).meeting, meeting, "a proposal moves nothing");
    await dana.page.getByRole("button", { name: "Decline it: the meeting stays" }).click();
    await dana.page.getByText("declined the time that was proposed; the meeting stays").waitFor();
    const declined = await request_of(contact.page);
    assert.deepEqual([declined.meeting, declined.invitation.proposal], [meeting, null]);
    await propose(slots.at(-2));
    await dana.page.getByRole("button", { name: "Move the meeting to the time proposed" }).click();
    assert.equal(Date.parse((await request_of(contact.page)).meeting), Date.parse(slots.at(-2)));
    const before = await contact.page.locator("#meeting").innerText();
    await contact.page.reload();
    assert.notEqual(await contact.page.locator("#meeting").innerText(), before);
  });

  await step(story, "the form is returned as a file", async () => {
    const [download] = await Promise.all([contact.page.waitForEvent("download"), contact.page.getByRole("link", { name: "Download the form" }).click()]);
    const form = await readFile(await download.path());
    const buffer = Buffer.concat([form, Buffer.from("% signed by hand\n")]);
    await contact.page.getByLabel(/Return it, signed/).setInputFiles({ name: "signed.pdf", mimeType: "application/pdf", buffer });
    await contact.page.getByRole("button", { name: "Return", exact: true }).click();
    await contact.page.getByText("with additions that no signature covers").first().waitFor();
  });

  await step(story, "two findings, and the form held against the one sent", async () => {
    await dana.page.goto(request);
    await dana.page.getByLabel("The security contact: how do you know?").fill("Passport on video");
    await dana.page.getByRole("button", { name: "Yes, it is the contact" }).click();
    await dana.page.getByLabel("The understanding: how do you know?").fill("Went through each point");
    await dana.page.getByRole("button", { name: "Yes, it is understood" }).click();
    await state(dana).getByText("Both findings made").waitFor();
    await dana.page.getByLabel("What did you see?").fill("Signature on page 2");
    await dana.page.getByRole("button", { name: "Signed, and this request’s" }).click();
    await state(dana).getByText("Form returned and matched").waitFor();
    assert.equal(await access("globex"), "enabled");
  });

  await step(story, "a second desk person approves at the prompt, as the page says", async () => {
    await lee.page.goto(request);
    await picture(lee.page, "no-script-approve");
    await as_named(lee.page, "change-request approve", lees);
    await lee.page.reload();
    await state(lee).getByText("In force, and said").waitFor();
    assert.equal(await access("globex"), "disabled");
    assert.match(await demo.command("verify", globex.log.url, "--vkey", globex.log.vkey), /disabled at/u);
    await contact.page.goto(`${site}/portal`);
    await contact.page.getByText("It is confirmed.").waitFor();
  });

  await step(story, "to enable: a signature at the prompt, as the portal says; the contact withdraws it", async () => {
    await as_named(contact.page, "access enable", { token: globex.api_token, key_file: globex.contacts[0].key_file });
    await contact.page.goto(`${site}/portal`);
    await contact.page.locator(".request a").click();
    await contact.page.getByRole("button", { name: "Withdraw, or object" }).click();
    assert.match((await request_of(contact.page)).state, /ended|withdrawn/u);
    assert.equal(await access("globex"), "disabled");
  });

  await step(story, "asked again, it is refused with a reason", async () => {
    await as_named_on(contact, "/portal", "access enable", { token: globex.api_token, key_file: globex.contacts[0].key_file });
    await dana.page.goto(`${site}/desk`);
    await dana.page.locator("#queue").getByRole("row", { name: /Globex Widgets.*enable/u }).getByRole("link").click();
    await dana.page.getByText("Refuse…").click();
    await dana.page.getByLabel("The reason, which they read").fill("Please call us first");
    await dana.page.getByRole("button", { name: "Refuse, with this reason" }).click();
    await state(dana).getByText(/Refused/u).waitFor();
    assert.equal(await access("globex"), "disabled");
  });

  await step(story, "asked without a key, called with words, and approved by two at the prompt", async () => {
    await contact.page.goto(`${site}/portal/requests`);
    await contact.page.getByLabel("What do you ask for?").selectOption({ label: "Enable support access" });
    await contact.page.getByLabel(/Confirm it in your own words/).fill("Globex Widgets: please enable. Contact me, Noor.");
    await contact.page.getByRole("button", { name: "Send" }).click();
    await dana.page.goto(`${site}/desk/change-requests/${contact.page.url().split("/").pop()}`);
    await dana.page.getByRole("button", { name: "It is complete: go on" }).click();
    await dana.page.getByRole("button", { name: "Call Noor Example" }).click();
    await contact.page.reload();
    const [, answer] = await contact.page.locator("#words strong").allInnerTexts();
    await dana.page.getByLabel("What did they answer?").fill(answer);
    await dana.page.getByRole("button", { name: "Compare" }).click();
    await dana.page.getByLabel("What was said?").fill("She asked for it");
    await dana.page.getByRole("button", { name: "Request confirmed, with words" }).click();
    await state(dana).getByText("Confirmed by telephone").waitFor();
    await as_named(dana.page, "change-request approve", danas);
    assert.equal(await access("globex"), "disabled", "one is not enough");
    await as_named_on(lee, dana.page.url(), "change-request approve", lees);
    assert.equal(await access("globex"), "enabled");
    await contact.page.goto(`${site}/portal`);
    assert.equal(await contact.page.locator("#state").innerText(), "Enabled");
  });

  await step(story, "a contact is announced; one is objected to, one called off, and one agreed to by two at the prompt", async () => {
    await contact.page.goto(`${site}/portal/contacts`);
    for (const name of ["Robin", "Nobody", "Mistake"]) {
      await contact.page.getByText("One more contact").click();
      await contact.page.locator("#add-name").fill(`${name} Example`);
      await contact.page.locator("#add-email").fill(`${name.toLowerCase()}@globex.example`);
      await contact.page.locator("#add-phone").fill("+1 555 0142");
      await contact.page.getByRole("button", { name: "Announce" }).first().click();
    }
    const at = (who, name) => who.page.locator(".contact-change", { hasText: `${name} Example` });
    await at(contact, "Nobody").getByRole("button", { name: "Object" }).click();
    await at(contact, "Nobody").getByText("Noor Example objected").waitFor();
    await dana.page.goto(`${site}/desk/organizations/globex`);
    await at(dana, "Mistake").getByText("Call it off…").click();
    await at(dana, "Mistake").getByRole("button", { name: "Call the change off" }).click();
    for (const [who, by] of [[dana, danas], [lee, lees]]) await as_named_on(who, "/desk/organizations/globex", "contact agree", by);
    await contact.page.reload();
    await contact.page.locator("#contacts").getByText("Robin Example").waitFor();
    const on_file = JSON.stringify(await v1("organizations/globex/contacts", globex.api_token));
    assert.ok(on_file.includes("robin@globex.example") && !/nobody@|mistake@/u.test(on_file), on_file);
  });

  await step(story, "provisionally, at once, at the prompt", async () => {
    await contact.page.goto(`${site}/portal/requests`);
    await contact.page.getByLabel("What do you ask for?").selectOption({ label: "Disable support access" });
    await contact.page.getByLabel(/Confirm it in your own words/).fill("Globex Widgets: at once. Contact me, Noor.");
    await contact.page.getByRole("button", { name: "Send" }).click();
    await dana.page.goto(`${site}/desk/change-requests/${contact.page.url().split("/").pop()}`);
    await dana.page.getByRole("button", { name: "It is complete: go on" }).click();
    await as_named(dana.page, "change-request provisional", danas);
    assert.equal(await access("globex"), "disabled");
    await contact.page.goto(`${site}/portal`);
    await contact.page.getByText("It is provisional").waitFor();
  });
});

test("a contact disables with a statement that was signed where no server is asked", async () => {
  const acme = demo.organization("acme");
  const contact = await plain(await link("Sam Example"));
  assert.equal(await contact.page.locator("#state").innerText(), "Enabled");
  const { epoch } = await v1("organizations/acme/support-access", acme.api_token);
  const signed = await prompt(
    "none", "sign", "disabled", "--organization", acme.id, "--epoch", String(epoch + 1), "--contact", acme.contacts[0].id, "--key", acme.contacts[0].key_file,
  );
  await v1("organizations/acme/support-access/disable", acme.api_token, signed);
  await contact.page.reload();
  assert.equal(await contact.page.locator("#state").innerText(), "Disabled");
});

test("the desk freezes, lifts, hands out links, and looks after tokens, sessions and the language", async (story) => {
  const [danas, lees] = demo.ready.desk_people;
  const [dana, lee] = await Promise.all([plain(await link("Dana Example")), plain(await link("Lee Example"))]);

  await step(story, "a freeze in two steps, lifted by two at the prompt", async () => {
    await dana.page.goto(`${site}/desk/freezes`);
    await dana.page.getByLabel(/Why\?/u).fill("We look into an incident");
    await dana.page.getByRole("button", { name: "Go on…" }).click();
    assert.equal((await v1("freezes")).length, 0, "nothing yet");
    await dana.page.getByRole("button", { name: /Keep out/u }).click();
    await dana.page.locator("#freeze-state").getByText("In force").waitFor();
    const in_force = async () => (await v1("freezes")).filter(({ lifted_at }) => !lifted_at).length;
    assert.equal(await in_force(), 1);
    await as_named(dana.page, "freeze lift", danas);
    assert.equal(await in_force(), 1, "one is not enough");
    await lee.page.goto(`${site}/desk/freezes`);
    await lee.page.locator(".freeze a").first().click();
    await as_named(lee.page, "freeze lift", lees);
    assert.equal(await in_force(), 0);
    await lee.page.reload();
    await lee.page.locator("#freeze-state").getByText("Lifted").waitFor();
  });

  await step(story, "a token is made, works, and is revoked", async () => {
    await dana.page.goto(`${site}/desk/vendor`);
    await dana.page.getByRole("button", { name: "Make a token for yourself" }).click();
    const token = await dana.page.locator("#secret").innerText();
    await v1("change-requests", token);
    await dana.page.goto(`${site}/desk/vendor`);
    for (let left = await dana.page.locator("#tokens tbody tr").count(); left > 0; left -= 1) {
      await dana.page.locator("#tokens").getByRole("button", { name: "Revoke" }).first().click();
      await dana.page.goto(`${site}/desk/vendor`);
    }
    await assert.rejects(v1("change-requests", token), /401/u);
  });

  await step(story, "a session is ended from another, then its own", async () => {
    const other = await plain(await link("Dana Example"));
    await dana.page.goto(`${site}/sessions`);
    await dana.page.getByRole("button", { name: "End all others" }).click();
    assert.equal((await other.page.goto(`${site}/desk`)).status(), 401);
    await dana.page.goto(`${site}/desk`);
    await dana.page.getByRole("button", { name: "Sign out" }).click();
    assert.equal((await dana.page.goto(`${site}/desk`)).status(), 401);
  });

  await step(story, "an organization is found by a few keystrokes: of its name, or of a contact's", async () => {
    const slugs = (await v1("organizations")).map(({ slug }) => slug);
    assert.ok(slugs.length > 1, String(slugs));
    for (const [typed, found] of [["lobe", ["globex"]], ["noor", ["globex"]], [demo.organization("acme").contacts[0].email, ["acme"]], ["", slugs], ["nobody at all", []]]) {
      await lee.page.goto(`${site}/desk/organizations`);
      // The field has the focus when the page is there.
      await lee.page.keyboard.type(typed);
      await Promise.all([lee.page.waitForURL(/find=/u), lee.page.keyboard.press("Enter")]);
      const links = await lee.page.locator("#organizations td a").evaluateAll((all) => all.map(({ pathname }) => pathname.split("/").pop()));
      assert.deepEqual(links.sort(), [...found].sort(), typed);
    }
    await lee.page.getByText("Nothing on file has “nobody at all”.").waitFor();
  });

  await step(story, "the language", async () => {
    await lee.page.goto(`${site}/desk`);
    await lee.page.getByRole("button", { name: "Deutsch" }).click();
    assert.equal(await lee.page.locator("html").getAttribute("lang"), "de");
    assert.match(await lee.page.locator("main").innerText(), /Anträge/u);
    await lee.page.getByRole("button", { name: "English" }).click();
    assert.equal(await lee.page.locator("html").getAttribute("lang"), "en");
    // A page that answered a form is at no address that can be asked for.
    await lee.page.goto(`${site}/desk/tools/system-log`);
    await lee.page.locator("form[action$='/check'] button").click();
    assert.match(lee.page.url(), /check$/u);
    await lee.page.getByRole("button", { name: "Deutsch" }).click();
    assert.equal(new URL(lee.page.url()).pathname, "/desk/tools/system-log");
    await lee.page.getByRole("button", { name: "English" }).click();
    await lee.page.locator("form[action$='/check']").waitFor();
  });

  await step(story, "what takes a passkey says so, and what to do", async () => {
    const told = async (path) => {
      await lee.page.goto(site + path);
      return (await lee.page.locator("noscript p").allTextContents()).join("\n");
    };
    assert.match(await told("/sign-in"), /script/u);
    assert.match(await told(new URL(await deskLink(lee.page, site, "Dana Example", "Make a passkey link")).pathname), /script/u);
  });
});

/** As a calendar answers an invitation with another time. */
function counter(invitation, start) {
  const basic = (time) => new Date(time).toISOString().replace(/[-:]|\.\d+/gu, "");
  const now = Date.now();
  const of = (name) => new RegExp(`^${name}[:;].*(?:\r\n .*)*`, "mu").exec(invitation)[0];
  return [
    `Date: ${new Date(now).toUTCString().replace("GMT", "+0000")}`, `Subject: New time proposed`, "MIME-Version: 1.0",
    "Content-Type: text/calendar; method=COUNTER; charset=utf-8", "",
    "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//A calendar//EN", "METHOD:COUNTER", "BEGIN:VEVENT", of("UID"), of("SEQUENCE"), of("ORGANIZER"),
    "ATTENDEE;PARTSTAT=DECLINED:mailto:noor@globex.example", `DTSTAMP:${basic(now)}`, `DTSTART:${basic(start)}`, `DTEND:${basic(Date.parse(start) + 1_800_000)}`,
    "SUMMARY:Review", "END:VEVENT", "END:VCALENDAR",
  ].join("\r\n");
}

/** The same as `as_named`, on the page at this address. */
async function as_named_on({ page }, address, named, by) {
  await page.goto(new URL(address, site).href);
  return as_named(page, named, by);
}

let desk;
/** A sign-in link as the desk makes it. */
async function link(who) {
  desk ??= await plain(demo.ready.desk_people[1].sign_in_url.split("#")[0]);
  return deskLink(desk.page, site, who);
}
