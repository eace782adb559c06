// The log of an organization that somebody was in, as it is served: both verifiers read it, and say the same.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { verify } from "../../crates/server/static/verifier.mjs";
import { startDemo } from "../support/demo.mjs";

/** Requests, so that there is more than one file of entries. */
const REQUESTS = 300;

let demo;
before(async () => { demo = await startDemo(); });
after(async () => { await demo?.stop(); });

/** Reads from an address, as the page does; keeps what it read. */
function reader(url, read = new Map()) {
  return async (path) => {
    const answer = await fetch(`${url}/${path}`);
    if (answer.status === 404) return null;
    assert.equal(answer.status, 200, path);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    read.set(path, bytes);
    return bytes;
  };
}

async function request(slug, person) {
  const path = `/t/user-lookup/${slug}/`;
  const answer = await fetch(demo.ready.gateway_url + path, { headers: { Authorization: `Bearer ${person.token}` } });
  assert.equal(answer.status, 200);
  await answer.arrayBuffer();
}

test("both count alike, and a checkpoint kept from earlier is on the way", async () => {
  const { url, vkey } = demo.organization("acme").log;
  const first = await verify(reader(url), vkey);
  assert.equal(first.outcome, "sound", first.fault);
  for (let count = 0; count < REQUESTS; count += 1) await request("acme", demo.ready.support_people[count % 2]);
  const read = new Map();
  const checked = [];
  const report = await verify(reader(url, read), vkey, { remembered: first.note, progress: (told) => { checked.push(told.checked); } });
  assert.equal(report.outcome, "sound", report.fault);
  const other = await demo.verify("acme");
  assert.ok(report.checkpoint.size > first.checkpoint.size);
  for (const count of ["visits", "people", "requests", "denied"]) assert.equal(report[count], other[count], count);
  assert.deepEqual(report.passed, ["signature", "entries", "earlier", "rules"]);
  assert.deepEqual(checked, [256, report.checkpoint.size]);

  // Whatever file is changed, and the one before taken for the one after.
  for (const [path, bytes] of read) {
    const damaged = bytes.slice();
    damaged[Math.floor(bytes.length / 2)] ^= 1;
    const files = new Map(read).set(path, damaged);
    const found = await verify(async (path) => files.get(path) ?? null, vkey);
    assert.equal(found.outcome, "unsound", path);
  }
  const back = await verify(reader(demo.organization("globex").log.url), demo.organization("globex").log.vkey, { remembered: report.note });
  assert.deepEqual([back.fault, back.check], ["another-key", "earlier"]);
  const older = await verify(async (path) => (path === "checkpoint" ? new TextEncoder().encode(first.note) : null), vkey, { remembered: report.note });
  assert.deepEqual([older.fault, older.facts], ["older", { size: first.checkpoint.size, before: report.checkpoint.size }]);
});

test("every organization's log is sound, whatever became of its setting", async () => {
  for (const { slug, log } of demo.ready.organizations) {
    const report = await verify(reader(log.url), log.vkey);
    assert.equal(report.outcome, "sound", `${slug}: ${report.fault}`);
  }
});
