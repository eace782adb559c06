// An hour in which neither the relay nor DNS answers: nothing is lost, nothing comes twice, and each contact reads of it in
// order. The demo's clock goes sixty times as fast as ours, so its hour is our minute.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, startDemo, until } from "../support/demo.mjs";
import { Post, CUSTOMER_ADDRESS } from "../support/post.mjs";

const INTAKE = "support-access@northwind.example";
const CONTACTS = ["sam@acme.example", "noor@globex.example"];
const TIMES = 60;
const HOUR_MS = (60 * 60 * 1000) / TIMES;
/** The longest that a letter waits is an hour and a quarter; then they follow each other, one a second. */
const WAIT_MS = HOUR_MS * 1.25 + 30_000;
const STEPS = 12;

let demo, post;
before(async () => {
  post = await Post.start({ domains: ["acme.example", "globex.example"], accounts: CONTACTS, intake: INTAKE });
  const smtp = await freePort();
  demo = await startDemo(
    { by: faster },
    "--smtp-listen", `127.0.0.1:${smtp}`, "--resolver", `${post.resolver}:53`, "--relay", `127.0.0.1:${post.ports.smtp}`,
  );
  await post.vendorIs(smtp, demo.ready.dkim);
});
after(async () => {
  await demo?.stop();
  await post?.stop();
});

const begun = Date.now();
const library = ["x86_64", "aarch64"].map((kind) => `/usr/lib/${kind}-linux-gnu/faketime/libfaketime.so.1`).find(existsSync);

/** What has a program's clock go so fast, from where it was. */
function faster() {
  const ahead = Math.round(((Date.now() - begun) * (TIMES - 1)) / 1000);
  return ["env", `LD_PRELOAD=${library}`, `FAKETIME=+${ahead} x${TIMES}`, "FAKETIME_DONT_FAKE_MONOTONIC=1"];
}

const freeze = async (...args) =>
  JSON.parse(await demo.command("freeze", ...args, "--json", "--token", demo.ready.desk_people[0].token));

async function known(message_id) {
  const path = `/v1/intake/messages?message_id=${encodeURIComponent(message_id)}`;
  const headers = { authorization: `Bearer ${demo.ready.desk_people[0].token}` };
  return (await fetch(demo.ready.base_url + path, { headers })).json();
}

test("an hour without relay and DNS", async () => {
  const words = (mail) => mail.text.match(/drill number \d+/)?.[0];
  const wanted = [];
  // Whose people are kept out is new each time, so each is told of.
  for (let number = 0; number < STEPS; number += 1) {
    const [name, email, employer] = [`Person ${number}`, `person-${number}@northwind.example`, `Employer ${number}`];
    await demo.command("support-person", "create", "--name", name, "--email", email, "--employer", employer);
  }
  const begin = async () => {
    const number = wanted.push(`drill number ${wanted.length}`) - 1;
    await freeze("begin", "--employer", `Employer ${number}`, "--reason", wanted[number]);
  };
  await begin();
  for (const contact of CONTACTS) await post.arrived(contact, "the first letter", words);

  await post.end("postfix");
  await post.end("dns");
  const mail = {
    from: CONTACTS[0], to: INTAKE, subject: "Disable support access", message_id: "<outage@acme.example>",
    text: `Customer name: Acme Rockets\nConfirmation: yes, disable it.\nWhom to contact: Sam, ${CONTACTS[0]}\n`,
  };
  const put_off = await post.sendFrom(CUSTOMER_ADDRESS, mail.from, mail).catch((error) => error.stdout);
  assert.match(put_off, /<\*\* 451/, "a mail whose author DNS cannot tell is wanted again");
  assert.deepEqual(await known(mail.message_id), []);
  const away = Date.now();
  for (let step = 1; step < STEPS; step += 1) {
    await begin();
    if (step === STEPS / 2) {
      await demo.kill();
      await demo.start();
    }
    await sleep(away + (HOUR_MS * step) / (STEPS - 1) - Date.now());
  }

  await post.startDns();
  await post.startPostfix();
  await post.send(mail);
  const [taken] = await until("the mail is taken", WAIT_MS, async () => {
    const all = await known(mail.message_id);
    return all.length > 0 && all;
  });
  assert.equal(taken.disposition, "accepted");
  for (const contact of CONTACTS) {
    await post.arrived(contact, "the last letter", (mail) => words(mail) === wanted.at(-1), WAIT_MS);
    assert.deepEqual((await post.mailbox(contact)).map(words).filter((found) => found), wanted);
  }
});
