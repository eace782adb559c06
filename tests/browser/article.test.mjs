// The article's both journeys, whole, in a browser: a message from nobody known, two desk people, a security contact.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { launch, person, picture, step } from "../support/browser.mjs";
import { startDemo } from "../support/demo.mjs";

let demo, browser;
before(async () => { [demo, browser] = await Promise.all([startDemo(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

test("a customer has support access disabled and enabled again, as the article says", async (story) => {
  const [anybody, contact, dana, lee] = await Promise.all([1, 2, 3, 4].map(() => person(browser)));
  const globex = demo.organization("globex");
  const open = (desk, what) => desk.page.getByRole("row", { name: new RegExp(`Globex Widgets.*${what}`) }).getByRole("link");
  /** In two steps: what it means, and the signature. */
  const approve = async (desk) => {
    await desk.page.getByText("Approve…").click();
    await desk.page.getByRole("button", { name: "Sign and approve" }).click();
  };
  const at = (who) => who.page.locator("#request-state");
  let request, form;

  await step(story, "anybody reads a copy of the form beforehand", async () => {
    await anybody.page.goto(`${demo.ready.base_url}/`);
    const [download] = await Promise.all([
      anybody.page.waitForEvent("download"),
      anybody.page.getByRole("link", { name: "Read a copy of the form" }).click(),
    ]);
    assert.equal((await readFile(await download.path())).subarray(0, 5).toString(), "%PDF-");
    await picture(anybody.page, "help");
  });

  await step(story, "somebody sends the three items with the form on the help page", async () => {
    await anybody.page.getByLabel("Customer name").fill("Globex Widgets");
    await anybody.page.getByLabel("Confirmation").selectOption({ label: "Support access is to be disabled" });
    await anybody.page.getByLabel("Whom to contact once it is reviewed").fill("Noor Example, <b>at once</b>");
    await anybody.page.getByRole("button", { name: "Send" }).click();
    await anybody.page.getByRole("heading", { name: "Your message is here" }).waitFor();
    await picture(anybody.page, "message-sent");
  });

  await step(story, "a desk person reads it, and opens a request from it", async () => {
    await dana.page.goto(demo.ready.desk_people[0].sign_in_url);
    await dana.page.getByText("Your key is ready in this browser.").waitFor();
    await picture(dana.page, "desk-with-message");
    await dana.page.locator("#messages").getByRole("link").click();
    await dana.page.getByText("Noor Example, <b>at once</b>").waitFor();
    await picture(dana.page, "desk-message");
    await dana.page.locator("#chosen").getByText("Globex Widgets").waitFor();
    await dana.page.getByLabel("Asks to").selectOption("disable");
    await dana.page.getByLabel("Bears the address of").selectOption({ label: "Noor Example (noor@globex.example)" });
    for (const item of ["has the customer name", "has the confirmation"]) await dana.page.getByLabel(item).check();
    await dana.page.getByRole("button", { name: "Open a request" }).click();
    await at(dana).getByText("Received").waitFor();
    request = dana.page.url().split("/").pop();
  });

  await step(story, "the queue says when each is due, shows what is asked for, and what arrives meanwhile", async () => {
    const desk = await dana.context.newPage();
    const queue = async (show) => {
      await desk.goto(`${demo.ready.base_url.replace("127.0.0.1", "localhost")}/desk`);
      await desk.getByLabel("Show").selectOption({ label: show });
      await desk.getByRole("button", { name: "Show these" }).click();
    };
    const ids = (links) => links.map(({ pathname }) => pathname.split("/").pop());
    const listed = () => desk.locator("#queue td:first-child a").evaluateAll(ids);
    const v1 = async (path, body) => {
      const headers = { Authorization: `Bearer ${demo.ready.desk_people[0].token}`, "Content-Type": "application/json" };
      const answer = await fetch(`${demo.ready.base_url}/v1/${path}`, { headers, body: JSON.stringify(body), method: body ? "POST" : "GET" });
      assert.ok(answer.ok, `${path}: ${answer.status}`);
      return answer.json();
    };
    const all = await v1("change-requests");
    const of = (...states) => all.filter(({ state }) => states.length === 0 || states.includes(state)).map(({ id }) => id).sort();
    assert.ok(of("received").includes(request), JSON.stringify(all));
    for (const [show, there] of [["All that are open", of()], ["Overdue", []], ["Refused", []], ["Received", of("received")]]) {
      await queue(show);
      assert.deepEqual((await listed()).sort(), there, show);
    }
    const row = desk.getByRole("row", { name: /Globex Widgets.*disable/ });
    const [since, due] = await row.locator("[datetime]").evaluateAll((times) => times.map((time) => Date.parse(time.getAttribute("datetime"))));
    assert.equal(due - since, 24 * 3_600_000);
    assert.match(await row.innerText(), /in 23 h/);
    const { id } = await v1("change-requests", {
      organization: "acme", action: "disable", text: "Please", has_name: true, has_confirmation: true, has_contact: true,
    });
    await desk.getByRole("row", { name: /Acme Rockets.*disable/ }).waitFor();
    assert.deepEqual((await listed()).sort(), [id, ...of("received")].sort());
    await v1(`change-requests/${id}/review`, { outcome: "refuse", text: "A trial" });
    await desk.getByRole("row", { name: /Acme Rockets/ }).waitFor({ state: "detached" });
    assert.deepEqual((await listed()).sort(), of("received"), "what is asked for stays asked for");
    await queue("Refused");
    assert.deepEqual(await listed(), [id]);
    await desk.close();
  });

  await step(story, "an item is missing, so it goes on only once that has come in", async () => {
    await dana.page.getByRole("button", { name: "It is complete: go on" }).click();
    await dana.page.getByText("lacks whom to contact").waitFor();
    await dana.page.goBack();
    await dana.page.getByLabel("Or write to the registered contact").fill("Whom may we contact?");
    await dana.page.getByRole("button", { name: "Ask for what is missing" }).click();
    await at(dana).getByText("Something is missing").waitFor();
  });

  await step(story, "the security contact sees it in the portal, and says so", async () => {
    await contact.page.goto(globex.contacts[0].sign_in_url);
    await contact.page.locator(".request", { hasText: "Something is missing" }).waitFor();
    await contact.page.getByRole("link", { name: "Requests" }).click();
    await contact.page.getByRole("heading", { name: "Ask without a key" }).waitFor();
    await contact.page.getByLabel("What do you ask for?").selectOption({ label: "Disable support access" });
    await contact.page.getByLabel(/Confirm it in your own words/).fill("It is ours. Contact me, Noor.");
    await contact.page.getByRole("button", { name: "Send" }).click();
    await at(contact).getByText("Received").waitFor();
    assert.equal(contact.page.url().split("/").pop(), request, "it joined the same request");
  });

  await step(story, "reviewed: the form is made, and the meeting is set", async () => {
    await dana.page.reload();
    await dana.page.getByRole("button", { name: "It is complete: go on" }).click();
    await at(dana).getByText("Form sent, meeting scheduled").waitFor();
    await dana.page.getByRole("button", { name: "Call the meeting off" }).click();
    await dana.page.getByText("There is no meeting; set one.").waitFor();
    await dana.page.getByRole("button", { name: "Set", exact: true }).click();
    await dana.page.getByRole("link", { name: "Invitation" }).waitFor();
    await picture(dana.page, "desk-request-meeting");
  });

  await step(story, "the contact reads the form, whose hash is the one on the page", async () => {
    await contact.page.reload();
    await picture(contact.page, "portal-request-form");
    const [download] = await Promise.all([
      contact.page.waitForEvent("download"),
      contact.page.getByRole("link", { name: "Download the form" }).click(),
    ]);
    form = await readFile(await download.path());
    const hash = createHash("sha256").update(form).digest("hex");
    assert.equal(await contact.page.locator("#sha256").innerText(), hash);
  });

  await step(story, "takes the invitation, and moves the meeting", async () => {
    const invitation = async () => {
      const [download] = await Promise.all([
        contact.page.waitForEvent("download"),
        contact.page.getByRole("link", { name: "Invitation for your calendar" }).click(),
      ]);
      return (await readFile(await download.path())).toString();
    };
    assert.match(await invitation(), /METHOD:REQUEST\r\n[^]*SEQUENCE:2\r\n/);
    await contact.page.getByRole("button", { name: "Move" }).click();
    assert.match(await invitation(), /METHOD:REQUEST\r\n[^]*SEQUENCE:3\r\n/);
  });

  await step(story, "what is not the form is refused with the way out", async () => {
    await contact.page.getByLabel(/Return it, signed/).setInputFiles({
      name: "form.exe", mimeType: "application/octet-stream", buffer: Buffer.from("MZ"),
    });
    await contact.page.getByRole("button", { name: "Return", exact: true }).click();
    await contact.page.getByText("return the signed form as one of these").waitFor();
    await picture(contact.page, "portal-return-refused");
    await contact.page.goto(`${demo.ready.base_url.replace("127.0.0.1", "localhost")}/portal/change-requests/${request}`);
  });

  await step(story, "the form comes back", async () => {
    await contact.page.getByLabel(/Return it, signed/).setInputFiles({
      name: "signed.pdf", mimeType: "application/pdf", buffer: Buffer.concat([form, Buffer.from("% signed by hand\n")]),
    });
    await contact.page.getByRole("button", { name: "Return", exact: true }).click();
    await contact.page.getByText("with additions that no signature covers").first().waitFor();
  });

  await step(story, "the two findings, and the returned form held against the request", async () => {
    await dana.page.reload();
    await dana.page.getByLabel("The security contact: how do you know?").fill("Passport on video; employer's switchboard");
    await dana.page.getByRole("button", { name: "Yes, it is the contact" }).click();
    await dana.page.getByLabel("The understanding: how do you know?").fill("Went through each point");
    await dana.page.getByRole("button", { name: "Yes, it is understood" }).click();
    await at(dana).getByText("Both findings made").waitFor();
    await dana.page.getByRole("link", { name: "See it beside the form as sent" }).click();
    assert.equal(await dana.page.locator("#returned").innerText(), await dana.page.locator("#sent").innerText());
    await picture(dana.page, "desk-compare");
    await dana.page.getByRole("link", { name: "Back" }).click();
    await dana.page.getByLabel("What did you see?").fill("Signature on page 2");
    await dana.page.getByRole("button", { name: "Signed, and this request’s" }).click();
    await at(dana).getByText("Form returned and matched").waitFor();
    await picture(dana.page, "desk-request-matched");
  });

  await step(story, "whoever prepared it cannot approve it", async () => {
    await dana.page.getByText("so a second desk person has to approve it").waitFor();
    assert.match(await dana.page.locator("#prepared").innerText(), /Prepared by Dana Example/);
    assert.equal(await dana.page.getByRole("button", { name: "Sign and approve" }).count(), 0);
    await contact.page.goto(`${demo.ready.base_url.replace("127.0.0.1", "localhost")}/portal`);
    assert.equal(await contact.page.locator("#state").innerText(), "Enabled");
  });

  await step(story, "a second desk person approves, and it is in force", async () => {
    await lee.page.goto(demo.ready.desk_people[1].sign_in_url);
    await open(lee, "disable").click();
    await lee.page.getByText("Your key is ready in this browser.").waitFor();
    await approve(lee);
    await at(lee).getByText("In force, and said").waitFor();
    await picture(lee.page, "desk-request-announced");
    // The portal says so by itself.
    await contact.page.locator("#setting.disabled").waitFor();
    await contact.page.getByText("It is confirmed.").waitFor();
    await contact.page.locator("#setting").locator("a[href*=change-requests]").click();
    await contact.page.getByText("In force since").waitFor();
    await picture(contact.page, "portal-request-announced");
  });

  await step(story, "to enable again: a message, and the call-back, in which the contact's words are heard", async () => {
    await contact.page.goto(`${demo.ready.base_url.replace("127.0.0.1", "localhost")}/portal`);
    await contact.page.getByRole("link", { name: "Requests" }).click();
    await contact.page.getByRole("heading", { name: "Ask without a key" }).waitFor();
    await contact.page.getByLabel("What do you ask for?").selectOption({ label: "Enable support access" });
    await contact.page.getByLabel(/Confirm it in your own words/).fill("Globex Widgets: please enable. Contact me, Noor.");
    await contact.page.getByRole("button", { name: "Send" }).click();
    await at(contact).getByText("Received").waitFor();
    await dana.page.goto(`${demo.ready.base_url.replace("127.0.0.1", "localhost")}/desk`);
    await open(dana, "enable").click();
    await dana.page.getByRole("button", { name: "It is complete: go on" }).click();
    await dana.page.getByText(globex.contacts[0].phone).waitFor();
    await contact.page.reload();
    await contact.page.getByText("If somebody is calling and no words stand here").waitFor();
    await dana.page.getByRole("button", { name: "Call Noor Example" }).click();
    const [says, ...more] = await dana.page.locator("#words strong").allInnerTexts();
    await contact.page.reload();
    const [hears, answers] = await contact.page.locator("#words strong").allInnerTexts();
    assert.deepEqual([hears, more], [says, []], "the contact hears what stands on their own page");
    assert.ok(!(await dana.page.content()).includes(answers), "what they answer is nowhere on the desk's page");
    await picture(contact.page, "portal-request-call");
    await lee.page.goto(dana.page.url());
    await lee.page.getByText("Dana Example is calling Noor Example now").waitFor();
    assert.ok(!(await lee.page.content()).includes(says), "another desk person is not told what to say");

    const heard = dana.page.getByLabel("What did they answer?");
    const confirmed = dana.page.getByRole("button", { name: "Request confirmed, with words" });
    await heard.fill(`${answers.split(" ").slice(0, 2).join(" ")} wrong`);
    await dana.page.getByRole("button", { name: "Compare" }).click();
    await dana.page.getByText("Those are not the contact’s words. 2 tries are left").waitFor();
    assert.equal(await confirmed.count(), 0, "nothing to press before they were heard");
    await picture(dana.page, "desk-request-call");
    await heard.fill(answers.toUpperCase().replaceAll(" ", ", "));
    await dana.page.getByRole("button", { name: "Compare" }).click();
    await dana.page.getByText("Those are the contact’s words.").waitFor();
    await dana.page.getByLabel("What was said?").fill("She knew the request and asked for it");
    await confirmed.click();
    await at(dana).getByText("Confirmed by telephone").waitFor();
    const told = /confirmed the request with the words of the call\. Once, other words were heard/;
    await dana.page.getByText(told).waitFor();
    await dana.page.locator("#called").getByText("Called back with words: Dana Example").waitFor();
    await contact.page.reload();
    await contact.page.getByText(told).waitFor();
    assert.equal(await contact.page.locator("#words").count(), 0, "the words were for one call");
  });

  await step(story, "two desk people approve, and it is enabled", async () => {
    await approve(dana);
    await dana.page.getByText("approved, signed").waitFor();
    await dana.page.getByText("You have approved this request already").waitFor();
    await contact.page.goto(`${demo.ready.base_url.replace("127.0.0.1", "localhost")}/portal`);
    assert.equal(await contact.page.locator("#state").innerText(), "Disabled");
    await lee.page.goto(`${demo.ready.base_url.replace("127.0.0.1", "localhost")}/desk`);
    await open(lee, "enable").click();
    await approve(lee);
    await at(lee).getByText("In force, and said").waitFor();
    await contact.page.locator("#setting.enabled").waitFor();
    assert.match(await contact.page.locator("#decided").innerText(), /Call-back\s+Called back with words: Dana Example/);
  });

  await step(story, "without scripts, a contact is called to confirm them, without words, which says why everywhere", async () => {
    const plain = await person(browser, { javaScriptEnabled: false, storageState: await lee.context.storageState() });
    await plain.page.goto(`${demo.ready.base_url.replace("127.0.0.1", "localhost")}/desk/organizations/globex`);
    await plain.page.getByRole("button", { name: "Call Noor Example" }).click();
    await contact.page.getByRole("link", { name: "Security contacts" }).click();
    assert.equal(await contact.page.locator("#words strong").count(), 2);
    await plain.page.getByLabel("What did they answer?").fill("something else entirely");
    await plain.page.getByRole("button", { name: "Compare" }).click();
    await plain.page.getByText("2 tries are left").waitFor();
    await plain.page.getByText("Confirmed without words…").click();
    await plain.page.getByLabel("Why without words?").selectOption({ label: "the contact could not sign in" });
    await plain.page.getByLabel("What was said?").last().fill("Her laptop is at home");
    await plain.page.getByRole("button", { name: "It is them, without words" }).click();
    const told = /Called back without words, because the contact could not sign in: Lee Example.* Once, other words were heard/;
    await plain.page.getByText(told).waitFor();
    await contact.page.reload();
    await contact.page.getByText(told).waitFor();
    plain.assertQuiet();
  });

  await step(story, "a second contact is announced, agreed to by two, and on file; the first could have objected", async () => {
    await contact.page.getByRole("link", { name: "Security contacts" }).click();
    for (const [name, email] of [["Robin Example", "robin@globex.example"], ["Nobody Example", "nobody@globex.example"]]) {
      await contact.page.getByText("One more contact").click();
      await contact.page.locator("#add-name").fill(name);
      await contact.page.locator("#add-email").fill(email);
      await contact.page.locator("#add-phone").fill("+1 555 0142");
      await contact.page.getByRole("button", { name: "Announce" }).first().click();
      await contact.page.locator(".contact-change", { hasText: name }).waitFor();
    }
    const nobody = contact.page.locator(".contact-change", { hasText: "Nobody Example" });
    await picture(contact.page, "portal-contacts");
    await nobody.getByRole("button", { name: "Object" }).click();
    await nobody.getByText("Noor Example objected").waitFor();
    for (const desk of [dana, lee]) {
      await desk.page.goto(`${demo.ready.base_url.replace("127.0.0.1", "localhost")}/desk/organizations?find=globex`);
      await desk.page.locator("#organizations").getByRole("link", { name: "Globex Widgets" }).click();
      await picture(desk.page, "desk-contacts");
      await desk.page.getByText("Agree…").click();
      await desk.page.getByRole("button", { name: "Sign and agree" }).click();
      await desk.page.locator(".contact-change", { hasText: "Robin" }).getByText(desk === dana ? "Agreed: Dana" : "made,").waitFor();
    }
    await contact.page.reload();
    await contact.page.locator("#contacts").getByText("Robin Example").waitFor();
    assert.match(await contact.page.locator("#contacts").innerText(), /Robin Example[^]*not confirmed/);
  });

  await step(story, "no page complained but for what was refused", async () => {
    anybody.assertQuiet();
    contact.assertQuiet(/status of 409/);
    dana.assertQuiet(/status of 409/);
    lee.assertQuiet();
  });
});
