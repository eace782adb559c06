// The second verifier against the vectors that the first one has, and what can be wrong with keys and signed notes.

import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { KINDS, parse_leaf } from "../../crates/server/static/story.mjs";
import { leaf_hash, open_checkpoint, parse_key, root, tile_path, verify } from "../../crates/server/static/verifier.mjs";

/** A file of vectors; numbers that JavaScript would round are texts. */
async function json(path) {
  const text = await readFile(new URL(`../../crates/${path}`, import.meta.url), "utf8");
  return JSON.parse(text.replace(/(?<=[\s[,])[0-9]{16,}(?=[\s,\]}])/gu, '"$&"'));
}
const text = (string) => new TextEncoder().encode(string);
const base64 = (bytes) => Buffer.from(bytes).toString("base64");
const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();

const vectors = await json("tlog/tests/vectors/tlog-vectors.json");
const entries = (count) => Array.from({ length: count }, (_, at) => text(`entry ${at}`));

test("roots, leaf hashes and paths are the vectors'", async () => {
  for (const [size, wanted] of Object.entries(vectors.roots)) assert.equal(base64(await root(entries(Number(size)))), wanted, size);
  assert.equal(base64(await leaf_hash(entries(1)[0])), vectors.leaf_hash_0);
  const paths = ["0", "entries"].flatMap((level) => [tile_path(level, 0, 256), tile_path(level, 1, 44)]);
  assert.deepEqual([...paths, tile_path(1, 0, 1)].sort(), vectors.tile_paths_for_size_300);
  assert.equal(tile_path(0, 1_234_067, 8), "tile/0/x001/x234/067.p/8");
  assert.equal(tile_path("entries", 1000, 256), "tile/entries/x001/000");
});

test("the vectors' checkpoints are signed, a witness's line beside the log's or not", async () => {
  const key = await parse_key(vectors.log_vkey);
  for (const [size, note] of Object.entries(vectors.checkpoints)) {
    const alone = note.split("\n").slice(0, 5).join("\n") + "\n";
    for (const form of [note, alone]) {
      const checkpoint = await open_checkpoint(text(form), key);
      assert.deepEqual([checkpoint.origin, checkpoint.size, base64(checkpoint.root)], [key.name, Number(size), vectors.roots[size]]);
    }
  }
  await assert.rejects(parse_key(vectors.witness_vkey), { code: "no-key" }, "a witness's key is of another type");
});

test("leaves of every kind are read as the vectors have them", async () => {
  const leaves = await json("api/tests/vectors/leaves.json");
  assert.deepEqual(leaves.map((leaf) => leaf.kind).sort(), [...KINDS.keys()].sort());
  for (const { leaf, kind, request, time_us, epoch, node, actor, reference, ends, commitment } of leaves) {
    const read = parse_leaf(new Uint8Array(Buffer.from(leaf, "hex")));
    const runs = ends.map(([first, count]) => ({ first: Number(first), count: Number(count) }));
    assert.deepEqual(read, {
      kind, rid: request, t: BigInt(time_us), epoch: BigInt(epoch), node, actor, ref: reference && Number(reference), ends: runs, c: commitment, v: 1n,
    });
  }
});

test("of a key, one byte more, less or other is no key", async () => {
  const [name, id, key] = vectors.log_vkey.split(/\+(.{8})\+/u);
  const typed = Buffer.from(key, "base64");
  const vkey = (name, typed) => `${name}+${sha256(text(`${name}\n`), typed).subarray(0, 4).toString("hex")}+${base64(typed)}`;
  assert.equal(vkey(name, typed), vectors.log_vkey);
  assert.equal((await parse_key(vkey("another", typed))).name, "another");
  const weak = [
    "00".repeat(32), "01" + "00".repeat(31), "ec" + "ff".repeat(30) + "7f", "01" + "00".repeat(30) + "80",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", "ed" + "ff".repeat(30) + "7f", "ee" + "ff".repeat(30) + "7f",
  ];
  for (const refused of [
    "", `${name}+${id}`, `${name}+${id}+`, `+${id}+${key}`, `${name}+${id.toUpperCase()}+${key}`, `${name}+0${id}+${key}`, `x+${id}+${key}`,
    `${name}+${id}+${key}!`, `${name}+${id}+${key.replace(/4$/u, "5")}`, ` ${name}+${id}+${key}`, `${name}+${id}+${key}\n`,
    vkey("a b", typed), vkey("a\u2003b", typed), vkey("a\u0085b", typed), vkey(name, typed.subarray(0, 32)), vkey(name, Buffer.concat([typed, typed])),
    vkey(name, Buffer.concat([Buffer.from([6]), typed.subarray(1)])), ...weak.map((point) => vkey(name, Buffer.from(`01${point}`, "hex"))),
  ]) {
    await assert.rejects(parse_key(refused), { code: "no-key" }, refused);
  }
});

/** A log's key, as this test holds it. */
function signer(name) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const typed = Buffer.concat([Buffer.from([1]), Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url")]);
  const id = sha256(text(`${name}\n`), typed).subarray(0, 4);
  return {
    vkey: `${name}+${id.toString("hex")}+${base64(typed)}`, id,
    line: (signed) => `\u2014 ${name} ${base64(Buffer.concat([id, sign(null, text(signed), privateKey)]))}\n`,
  };
}

test("a note is signed by this key, whole and in one form, or not believed", async () => {
  const [log, other] = [signer("log"), signer("log")];
  const key = await parse_key(log.vkey);
  const empty = base64(await root([]));
  const body = `log\n0\n${empty}\n`;
  const note = `${body}\n${log.line(body)}`;
  const stale = log.line(body.replace("0", "1"));
  const holds = [
    note, note + other.line(body), note + log.line(body), `${body}\n${other.line("something else\n")}${log.line(body)}`,
    note + signer("witness").line(body).repeat(99), `${note}\u2014 stranger ${base64(Buffer.alloc(5))}\n`,
  ];
  for (const good of holds) assert.equal((await open_checkpoint(text(good), key)).size, 0, good);
  const point = (hex) => `${body}\n\u2014 log ${base64(Buffer.concat([log.id, Buffer.from(hex, "hex"), Buffer.alloc(32)]))}\n`;
  const refused = {
    "another-key": [`${body}\n${other.line(body)}`, note.replace("\u2014 log", "\u2014 gol")],
    "changed-note": [
      note.replace("0", "1"), `${body}\n${stale}`, note + stale, stale.replace(/^/u, note), `${body}\n\u2014 log ${base64(Buffer.concat([log.id, Buffer.alloc(63)]))}\n`,
      point("01" + "00".repeat(31)),
    ],
    "no-note": [
      "", "log\n", body, `${body}\n`, note.trimEnd(), `${note}\n`, note.replace("log\n", "log\r\n"), note.replace("log\n", "lo\0g\n"),
      note.replace("\u2014", "-"), note.replace("\u2014 ", "\u2014"), note.replaceAll("=", ""), `${note}\u2014 other\n`,
      `${note}\u2014 other ${base64(Buffer.alloc(4))}\n`, `${note}\u2014 o+r ${base64(Buffer.alloc(9))}\n`, note + signer("w").line(body).repeat(100),
      `${"a".repeat(1_000_000)}\n${note}`, note.replace("log ", "log  "),
    ],
  };
  for (const [code, notes] of Object.entries(refused)) {
    for (const bad of notes) await assert.rejects(open_checkpoint(text(bad), key), { code }, JSON.stringify(bad.slice(0, 300)));
  }
  await assert.rejects(open_checkpoint(new Uint8Array([0xff, ...text(note)]), key), { code: "no-note" });
  const signed = (text) => `${text}\n${log.line(text)}`;
  for (const three of [
    `${body}extension\n`, `\n0\n${empty}\n`, `log\n00\n${empty}\n`, `log\n+1\n${empty}\n`, `log\n-1\n${empty}\n`, `log\n\n${empty}\n`,
    `log\n9223372036854775808\n${empty}\n`, `log\n0\n${empty.replace("=", "")}\n`, "log\n0\nAAAA\n", `log\n0\n${empty.replace("U=", "V=")}\n`, "log\n0\n",
  ]) {
    await assert.rejects(open_checkpoint(text(signed(three)), key), ({ code }) => ["not-three-lines", "no-note"].includes(code), three);
  }
  await assert.rejects(open_checkpoint(text(signed(body.replace("log", "other"))), key), { code: "another-log", facts: { name: "other" } });
});

test("what cannot be looked at is neither sound nor unsound", async (t) => {
  const log = signer("log");
  const body = `log\n3000000\n${base64(await root([]))}\n`;
  const read = async () => text(`${body}\n${log.line(body)}`);
  const outcome = async (read, vkey) => (await verify(read, vkey)).outcome;
  assert.equal(await outcome(read, log.vkey), "unchecked", "more than a browser is good for");
  assert.equal(await outcome(read, "no key"), "unchecked");
  assert.equal(await outcome(async () => { throw new Error("no connection"); }, log.vkey), "unchecked");
  const nothing = await verify(async () => null, log.vkey);
  assert.deepEqual([nothing.outcome, nothing.fault, nothing.path], ["unsound", "missing", "checkpoint"]);
  const long = await verify(async (path, bytes_max) => new Uint8Array(bytes_max + 1), log.vkey);
  assert.equal(long.fault, "file-too-long");
  t.mock.method(crypto.subtle, "importKey", async () => { throw new DOMException("no such algorithm", "NotSupportedError"); });
  const old = await verify(read, log.vkey);
  assert.deepEqual([old.outcome, old.fault], ["unchecked", "browser-too-old"]);
});
