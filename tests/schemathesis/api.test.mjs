// The API as somebody meets it who has nothing but its OpenAPI document: schemathesis, which nobody here wrote, makes up
// requests that fit the document and requests that do not, as three callers, and finds nothing to say about the answers.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startDemo } from "../support/demo.mjs";

assert.ok(process.env.BYLEAVE_SCHEMATHESIS, "BYLEAVE_SCHEMATHESIS names a virtual environment with requirements.txt");
const CONFIG = fileURLToPath(new URL("schemathesis.toml", import.meta.url));
const SCHEMATHESIS = join(process.env.BYLEAVE_SCHEMATHESIS, "bin/st");
/** The same requests each time, as far as they go within the time. */
const SEED = 4;
const SECONDS_EACH = 35;
/** Beyond its own time it finishes what it is at. */
const PATIENCE_MS = 120_000;
/** Fewer would mean that it did not get to the answers; a busy machine gets through some hundreds. */
const CASES_MIN = 100;

let demo, folder;
before(async () => {
  [demo, folder] = await Promise.all([startDemo(), mkdtemp(join(tmpdir(), "byleave-schemathesis-"))]);
});
after(async () => {
  await demo?.stop();
  if (folder) await rm(folder, { recursive: true });
});

const callers = {
  "the administrator": () => demo.ready.admin_token,
  "a desk person": () => demo.ready.desk_people[0].token,
  "an organization's program": () => demo.organization("acme").api_token,
};
for (const [who, token] of Object.entries(callers)) {
  test(`schemathesis finds nothing as ${who}`, async (story) => {
    const report = await schemathesis(token());
    assert.equal(report.code, 0, report.text);
    const [, cases, passed] = /(\d+) generated, (\d+) passed/.exec(report.text) ?? assert.fail(report.text);
    assert.ok(Number(cases) >= CASES_MIN, `only ${cases} cases:\n${report.text}`);
    story.diagnostic(`${cases} requests, ${passed} answered as the document says`);
  });
}

async function schemathesis(token) {
  const args = [
    "--config-file", CONFIG, "run", `${demo.ready.base_url}/v1/openapi.json`, "--header", `Authorization: Bearer ${token}`, "--checks", "all",
    "--seed", `${SEED}`, "--max-time", `${SECONDS_EACH}`, "--continue-on-failure", "--no-color",
  ];
  const options = { cwd: folder, timeout: PATIENCE_MS, maxBuffer: 64 * 1024 * 1024 };
  return promisify(execFile)(SCHEMATHESIS, args, options).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    (failed) => ({ code: failed.code ?? failed.signal, text: `${failed.stdout}\n${failed.stderr}` }),
  );
}
