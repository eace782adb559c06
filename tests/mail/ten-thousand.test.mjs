// Ten thousand messages out of a real mail system's queue, with Byleave killed in the middle: none is lost, none is there
// twice, and it needs no more memory at the end than at the beginning.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { after, before, test } from "node:test";
import { freePort, startDemo, until } from "../support/demo.mjs";
import { Post } from "../support/post.mjs";

const MESSAGES = 10_000;
const INTAKE = "support-access@northwind.example";
const SOME_MS = 300_000;
/** A process may keep so much more of what it allocated, by chance. */
const MORE_MEMORY = 1.2;

let demo, post;
before(async () => {
  // The program that hands them in chooses no address.
  const people = "127.0.0.1";
  post = await Post.start({ domains: ["acme.example"], accounts: ["sam@acme.example"], intake: INTAKE, people });
  const smtp = await freePort();
  demo = await startDemo("--smtp-listen", `127.0.0.1:${smtp}`, "--resolver", `${post.resolver}:53`);
  await post.vendorIs(smtp, null);
});
after(async () => {
  await demo?.stop();
  await post?.stop();
});

/** Bytes of memory that the process has now. */
async function memory() {
  const status = await readFile(`/proc/${demo.child.process.pid}/status`, "utf8");
  return 1024 * Number(status.match(/^VmRSS:\s+(\d+) kB$/m)[1]);
}

/** Most memory while the mail system goes from so many sent messages to so many. */
async function memoryUntil(sent) {
  let most = 0;
  await until(`${sent} messages`, SOME_MS, async () => {
    most = Math.max(most, await memory());
    return post.sentOn() >= sent;
  });
  return most;
}

test("ten thousand messages, and a kill in the middle", async () => {
  const to = ["-t", INTAKE, `127.0.0.1:${post.ports.smtp}`];
  const handed = promisify(execFile)("smtp-source", ["-s", "10", "-m", `${MESSAGES}`, "-l", "4000", "-f", "kim@acme.example", ...to]);
  await memoryUntil(2_000);
  const early = await memoryUntil(4_000);
  await memoryUntil(5_000);
  await demo.kill();
  await demo.start();
  await memoryUntil(7_000);
  const late = await memoryUntil(MESSAGES);
  await handed;
  await until("an empty queue", SOME_MS, async () => post.queued().then((queued) => queued === 0));

  const ids = post.identifiers();
  assert.equal(ids.length, MESSAGES);
  const kept = { held: 0, duplicate: 0 };
  let asked = 0;
  for (const id of ids) {
    const { token } = demo.ready.desk_people[asked++ % 2];
    const address = `${demo.ready.base_url}/v1/intake/messages?message_id=${encodeURIComponent(id)}`;
    const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 200, await answer.clone().text());
    const messages = await answer.json();
    for (const { disposition } of messages) kept[disposition] += 1;
    // Whoever was not told that it is taken gives it once more.
    assert.deepEqual([...new Set(messages.slice(1).map(({ disposition }) => disposition))].filter((d) => d !== "duplicate"), [], id);
    assert.equal(messages[0]?.disposition, "held", id);
    assert.equal(messages[0].auth.dkim, "pass", id);
  }
  console.log(`${kept.held} held, ${kept.duplicate} given twice; memory ${early >> 20} MiB, and later ${late >> 20} MiB`);
  assert.equal(kept.held, MESSAGES);
  assert.ok(late < early * MORE_MEMORY, `${early} bytes, and later ${late}`);
});
