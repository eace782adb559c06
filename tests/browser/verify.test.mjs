// A contact checks the organization's log in their own browser: it holds, it goes on from the last look, and whatever the
// server changes is named.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deskLink, launch, person, picture, portrait, step } from "../support/browser.mjs";
import { run, startDemo } from "../support/demo.mjs";

/** Requests at once. */
const AT_ONCE = 20;

let demo, browser;
before(async () => { [demo, browser] = await Promise.all([startDemo(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

/** Somebody is inside, for so many requests. */
async function inside(slug, requests, who = 0) {
  const ask = async () => {
    const headers = { Authorization: `Bearer ${demo.ready.support_people[who].token}` };
    const answer = await fetch(`${demo.ready.gateway_url}/t/user-lookup/${slug}/`, { headers });
    await answer.arrayBuffer();
    return answer.status;
  };
  const statuses = [];
  while (statuses.length < requests) {
    statuses.push(...await Promise.all(Array.from({ length: Math.min(AT_ONCE, requests - statuses.length) }, ask)));
  }
  return statuses;
}

/** Waits for the end of the checking; resolves to what it came to, in words. */
async function result(page) {
  await page.locator("#again").waitFor();
  return page.locator("#outcome").innerText();
}

async function again(page) {
  await page.getByRole("button", { name: "Check again" }).click();
  return result(page);
}

test("a contact checks the log", async (story) => {
  const contact = await person(browser);
  const { page } = contact;

  await step(story, "from the portal, and it holds", async () => {
    assert.deepEqual(await inside("acme", 1), [200]);
    assert.deepEqual(await inside("acme", 1, 1), [200]);
    await page.goto(demo.organization("acme").contacts[0].sign_in_url);
    await page.getByRole("link", { name: "Check here, in your own browser" }).click();
    assert.match(await result(page), /Nothing is missing, and nothing was changed/u);
    assert.equal(await page.locator("#checks .done").count(), 3, "there is no earlier look yet");
    const figures = await page.locator("#figures").innerText();
    assert.match(figures, /2 visits by 2 people, with 2 requests; 2 visits are not over/u);
    assert.match(figures, /enabled from the beginning/u);
    assert.match(figures, /looked for the first time/u);
    assert.match(await page.locator("#picture svg").getAttribute("aria-label"), /All [0-9]+ entries were checked/u);
    await portrait(page, "verify-first-look");
  });

  await step(story, "the command on the page does the same without the page", async () => {
    const command = await page.locator("#verify").innerText();
    const [, url, vkey] = /^byleave verify (\S+) --vkey '([^']+)'$/u.exec(command);
    assert.match(await run("verify", url, "--vkey", vkey), /2 visits by 2 people, 2 still open; support access is enabled; [^]*nothing missing/u);
  });

  await step(story, "the next look goes on from the last", async () => {
    await inside("acme", 30);
    assert.match(await again(page), /Nothing is missing/u);
    assert.match(await page.locator("#figures").innerText(), /there were [0-9]+ entries; 3[0-9] were added/u);
    assert.equal(await page.locator("#checks .done").count(), 4);
    await page.getByText(/here when you last looked: [0-9]+/u).waitFor();
    await portrait(page, "verify-next-look");
  });

  /** Checks again while the server changes what `change` does to a file's bytes; resolves to what it came to. */
  const changed = async (path, change) => {
    await page.route(path, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: await change(await answer.body()) });
    });
    const said = await again(page);
    await page.unroute(path);
    return said;
  };
  const flipped = (at) => (bytes) => {
    const damaged = Buffer.from(bytes);
    damaged[at(bytes)] ^= 1;
    return damaged;
  };

  await step(story, "an entry that the server changed is named", async () => {
    const said = await changed("**/tile/entries/**", flipped((bytes) => 2 + bytes.readUInt16BE(0) + 20));
    assert.match(said, /This log is not in order/u);
    assert.match(said, /Entry 1 does not fit what stands for it in tile\/0\/000/u);
    assert.equal(await page.locator('[data-check="entries"]').getAttribute("class"), "failed");
    await portrait(page, "verify-changed-entry");
  });

  await step(story, "so is a file of hashes, a shortened file, a checkpoint, another log's, and an older one", async () => {
    assert.match(await changed("**/tile/0/**", flipped(() => 33)), /Entry 1 does not fit/u);
    assert.match(await changed("**/tile/entries/**", (bytes) => bytes.subarray(0, -9)), /tile\/entries\/000\S* ends within its entry/u);
    const others = await (await fetch(`${demo.organization("globex").log.url}/checkpoint`)).text();
    assert.match(await changed("**/o/*/checkpoint", () => others), /The checkpoint is not signed by the key of/u);
    assert.match(await changed("**/o/*/checkpoint", flipped((bytes) => bytes.indexOf("\n") + 1)), /changed after it was signed/u);
    const stored = () => page.evaluate(() => JSON.stringify(localStorage));
    const before = await stored();
    const [{ note }] = Object.values(JSON.parse(before)).map((value) => JSON.parse(value));
    await inside("acme", 3);
    assert.match(await again(page), /Nothing is missing/u);
    const older = await changed("**/o/*/checkpoint", () => note);
    assert.match(older, /had [0-9]+ before: this is an older copy, or entries were taken away/u);
    assert.equal(await page.locator("#checks .done").count(), 1, "of what was not looked at nothing is said");
    assert.equal(await page.locator("#tree").isVisible(), false);
    await portrait(page, "verify-older-copy");
    assert.notEqual(await stored(), before, "what held is kept");
    const kept = await stored();
    await changed("**/o/*/checkpoint", () => note);
    assert.equal(await stored(), kept, "what does not hold is not");
  });

  await step(story, "another key than the last time is refused, whatever it signs", async () => {
    await page.evaluate(() => {
      for (const [key, value] of Object.entries(localStorage)) {
        localStorage.setItem(key, JSON.stringify({ ...JSON.parse(value), vkey: "another" }));
      }
    });
    assert.match(await again(page), /The server names another key for your log than on/u);
    await page.evaluate(() => localStorage.clear());
    assert.match(await again(page), /Nothing is missing/u);
  });

  await step(story, "a log that is signed under another name than the page's is refused", async () => {
    await page.route("**/portal/verify", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: (await answer.text()).replace(/data-origin="[^"]+"/u, 'data-origin="elsewhere.example/o/1"') });
    });
    await page.reload();
    assert.match(await result(page), /not in order[^]*your log, elsewhere\.example\/o\/1, is signed as another, \S+\/o\/[0-9a-f]+\./u);
    assert.equal(await page.locator('[data-check="signature"]').getAttribute("class"), "failed");
    assert.equal(await page.locator("#checks .done").count(), 0);
    await page.unroute("**/portal/verify");
    await page.reload();
    assert.match(await result(page), /Nothing is missing/u);
    assert.match(await page.locator("#figures").innerText(), /Signed by\s+\S+\/o\/[0-9a-f]+/u);
  });

  await step(story, "another log that this browser has checked is asked about at each look", async () => {
    await page.evaluate(() => localStorage.setItem("byleave.checked:elsewhere.example/o/1", "{}"));
    for (let looks = 0; looks < 2; looks += 1) {
      assert.match(await again(page), /Nothing is missing[^]*has checked another log before \(elsewhere\.example\/o\/1\)/u);
    }
  });

  await step(story, "too many requests are waited for; without a session nothing is said about the log", async () => {
    let refused = 0;
    await page.route("**/tile/0/**", async (route) => {
      refused += 1;
      if (refused === 1) await route.fulfill({ status: 429, headers: { "Retry-After": "1" } });
      else await route.continue();
    });
    assert.match(await again(page), /Nothing is missing/u);
    await page.unroute("**/tile/0/**");
    await page.route("**/o/*/checkpoint", (route) => route.fulfill({ status: 404 }));
    assert.match(await again(page), /It could not be checked[^]*are you still signed in\?[^]*says nothing about your log/u);
    await portrait(page, "verify-unchecked");
    await page.unroute("**/o/*/checkpoint");
  });
  contact.assertQuiet(/status of 4(04|29)/u);
});

test("a disabled organization's log, with refused attempts", async () => {
  const contact = await person(browser);
  const { page } = contact;
  assert.deepEqual(await inside("initech", 2), [403, 403]);
  await page.goto(demo.organization("initech").contacts[0].sign_in_url);
  await page.goto(page.url().replace(/\/portal.*/u, "/portal/verify"));
  assert.match(await result(page), /Nothing is missing/u);
  assert.match(await page.locator("#figures").innerText(), /2 attempts[^]*1 change:[^]*disabled/u);
  await portrait(page, "verify-disabled");
  contact.assertQuiet();
});

test("of a log of thousands of entries the page says how far it is, and where it is wrong", async () => {
  const contact = await person(browser);
  const { page } = contact;
  await inside("globex", 2000);
  await page.goto(demo.organization("globex").contacts[0].sign_in_url);
  await page.goto(page.url().replace(/\/portal.*/u, "/portal/verify"));
  assert.match(await result(page), /read all 2,0[0-9][0-9] entries/u);
  await portrait(page, "verify-thousands");
  let go_on;
  const waiting = new Promise((resolve) => { go_on = resolve; });
  await page.route("**/tile/entries/004", async (route) => {
    await waiting;
    const answer = await route.fetch();
    const body = Buffer.from(await answer.body());
    body[body.length - 20] ^= 1;
    await route.fulfill({ response: answer, body });
  });
  await page.getByRole("button", { name: "Check again" }).click();
  await page.getByText(/^1,024 of 2,0[0-9][0-9] entries read$/u).waitFor();
  assert.match(await page.locator("#outcome").innerText(), /Checking…/u);
  await portrait(page, "verify-checking");
  go_on();
  assert.match(await result(page), /Entry 1279 does not fit/u);
  await portrait(page, "verify-thousands-changed");
  contact.assertQuiet();
});

test("without scripts the page says so, and has the command", async () => {
  const contact = await person(browser, { javaScriptEnabled: false });
  const { page } = contact;
  await page.goto(await linkFor("Noor Example"));
  await page.goto(page.url().replace(/\/portal.*/u, "/portal/verify"));
  assert.match(await page.locator("#outcome").innerText(), /Not checked yet[^]*takes a script[^]*the command at the end of this page/u);
  assert.match(await page.locator("#verify").innerText(), /^byleave verify /u);
  await picture(page, "verify-without-scripts");
});

async function linkFor(who) {
  const desk = await person(browser);
  await desk.page.goto(demo.ready.desk_people[0].sign_in_url);
  return deskLink(desk.page, new URL(desk.page.url()).origin, who);
}
