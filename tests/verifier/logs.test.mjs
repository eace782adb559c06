// Both verifiers say the same of every log that the first one's tests look at (docs/two-verifiers.md).

import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { verify } from "../../crates/server/static/verifier.mjs";

const FOLDER = process.env.BYLEAVE_KEPT_LOGS;
/** Fewer, and the tests that keep them have not been run. */
const LOGS_MIN = 6_000;
const ALIKE_MIN = 1_000;

async function* kept() {
  assert.ok(FOLDER, "BYLEAVE_KEPT_LOGS names the folder that `cargo test -p byleave-verify` kept its logs in");
  for (const name of (await readdir(FOLDER)).filter((name) => name.endsWith(".jsonl"))) {
    for await (const line of createInterface({ input: createReadStream(join(FOLDER, name)) })) yield JSON.parse(line);
  }
}

const bytes = (base64) => new Uint8Array(Buffer.from(base64, "base64"));

test("of every log both say the same: sound or not, by which check, at which entry, and how much of what", { timeout: 300_000 }, async () => {
  const [differ, said] = [[], { sound: 0, unsound: 0 }];
  for await (const { vkey, remembered, files, sentence, fault } of kept()) {
    const read = async (path) => (path in files ? bytes(files[path]) : null);
    const report = await verify(read, vkey, { remembered: remembered && bytes(remembered) });
    const wanted = sentence === null ? "unsound" : "sound";
    const outcome = report.outcome === "unchecked" ? "unsound" : report.outcome;
    said[wanted] += 1;
    if (outcome !== wanted) differ.push(`${fault ?? sentence} | ${report.fault ?? "sound"}`);
    const [, entry = null] = /^[^:]*: entry ([0-9]+) /u.exec(fault ?? "") ?? [];
    if (outcome === wanted && entry !== null && report.entry !== Number(entry)) differ.push(`${fault} | at ${report.entry}: ${report.fault}`);
    if (report.outcome === "unsound" && report.check !== check_in(fault)) differ.push(`${fault} | ${report.check}: ${report.fault}`);
    if (outcome === wanted && wanted === "sound" && figures(report) !== figures_in(sentence)) differ.push(`${sentence} | ${figures(report)}`);
  }
  assert.deepEqual(differ.slice(0, 20), [], `${differ.length} of ${said.sound + said.unsound} differ`);
  assert.ok(said.sound + said.unsound >= LOGS_MIN && said.sound >= ALIKE_MIN && said.unsound >= ALIKE_MIN, JSON.stringify(said));
});

/** Which of the second one's checks a fault of the first one belongs to. */
function check_in(fault) {
  if (/remembered checkpoint/u.test(fault)) return "earlier";
  if (/^`checkpoint` (?!signs the root)/u.test(fault)) return "signature";
  return /^[^:]*: entry [0-9]+ (?!does not match its hash)/u.test(fault) ? "rules" : "entries";
}

/** What the first one's sentence has in figures. */
function figures_in(sentence) {
  const number = (pattern) => Number(pattern.exec(sentence)?.[1] ?? 0);
  return JSON.stringify({
    visits: number(/^(\d+) visits?/u), people: number(/by (\d+) (?:person|people)/u), open: number(/(\d+) still open/u),
    refused: number(/(\d+) attempts? refused/u), after: number(/(\d+) visits? after/u), frozen: /kept out by the vendor since/u.test(sentence),
    made: number(/(\d+) tokens? made/u), revoked: number(/(\d+)(?: tokens?)? revoked/u),
    with_words: number(/(\d+) call-backs? with words/u), without: number(/(\d+)(?: call-backs?)? without(?: words)?[;,]/u),
  });
}

function figures(report) {
  return JSON.stringify({
    visits: report.visits, people: report.visits && report.people, open: report.open_visits, refused: report.denied_since_change,
    after: report.changes.length > 0 ? report.visits_since_change : 0, frozen: report.frozen_since !== null,
    made: report.tokens_made, revoked: report.tokens_revoked,
    with_words: report.calls_with_words, without: report.calls_without_words,
  });
}
