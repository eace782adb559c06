// Verifies an organization's log, in a browser or in Node.js, with WebCrypto and nothing else.
//
// The second implementation of docs/log-format.md; the first is in Rust (crates/verify). It is written from that document,
// and both are held to the same logs (docs/two-verifiers.md). It believes nothing that it reads before it has hashed it up
// to a root that the log's key has signed. What the entries may say is in story.mjs.
//
// Absent: the page around it, payloads, and whether decisions follow; the command line checks those.

import { ENTRY_BYTES_MAX, Fault, Story, parse_leaf } from "./story.mjs";

/** Bytes of a checkpoint with its signatures at most, and how many signatures. */
const NOTE_BYTES_MAX = 1_000_000;
const NOTE_SIGNATURES_MAX = 100;
/** Entries, or hashes, in a full file. */
const WIDTH = 256;
const BUNDLE_BYTES_MAX = WIDTH * (2 + ENTRY_BYTES_MAX);
/** More entries than a browser's memory is good for; the command line has no such bound. */
const ENTRIES_MAX = 2_000_000;

/**
 * Verifies a log.
 *
 * `read(path, bytes_max)` resolves to the bytes of the file at a path such as `checkpoint` or `tile/entries/000`, and to null
 * where there is none. `vkey` is the log's key, `remembered` a checkpoint kept from earlier (its bytes or text).
 * `progress({ checked, size, kinds })` is told, and waited for, after each file of entries; `kinds` are those of the entries
 * that are new.
 *
 * Resolves to a report; its `outcome` is `sound`, `unsound` or, where the log could not be looked at, `unchecked`. Unless it is
 * `sound`, `fault` says what is wrong (a code, for which whoever asks has words), with `facts` about it, `entry` and `path` where,
 * and `check` what failed: `signature`, `entries`, `earlier` (the log goes on from the remembered checkpoint) or `rules`. `passed`
 * are those that did not.
 */
export async function verify(read, vkey, { remembered = null, progress = () => {} } = {}) {
  const report = { checkpoint: null, note: null, kept: null, passed: [] };
  try {
    const key = await parse_key(vkey);
    const note = await file(read, "checkpoint", NOTE_BYTES_MAX);
    if (note === null) throw new Fault("missing", {}, { path: "checkpoint" });
    const head = await open_checkpoint(note, key);
    Object.assign(report, { checkpoint: head, note: new TextDecoder().decode(note), passed: ["signature"] });
    const kept = remembered === null ? null : await open_checkpoint(bytes_of(remembered), key, "earlier");
    report.kept = kept;
    if (kept && kept.size > head.size) {
      throw new Fault("older", { size: head.size, before: kept.size }, { check: "earlier" });
    }
    if (head.size > ENTRIES_MAX) {
      throw new Fault("too-many", { size: head.size, most: ENTRIES_MAX }, { unchecked: true });
    }
    const story = await walk(read, head, kept, progress, report.passed);
    return { outcome: "sound", ...report, ...story };
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    const { unchecked, entry = null, path = null, check = report.checkpoint ? "entries" : "signature" } = fault.at;
    return { outcome: unchecked ? "unchecked" : "unsound", fault: fault.code, facts: fault.facts, check, entry, path, ...report };
  }
}

// --- Files ---------------------------------------------------------------------------------------------------------

async function file(read, path, bytes_max) {
  let bytes;
  try {
    bytes = await read(path, bytes_max);
  } catch (error) {
    throw new Fault("unreadable", { why: error.message }, { path, unchecked: true });
  }
  if (bytes !== null && bytes.length > bytes_max) throw new Fault("file-too-long", {}, { path });
  return bytes;
}

/** The path of a file of entries (`level` is `entries`) or hashes; of its whole when `width` is that of a full one. */
export function tile_path(level, index, width) {
  const groups = [];
  for (let rest = index; groups.length === 0 || rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`${groups.length === 0 ? "" : "x"}${String(rest % 1000).padStart(3, "0")}`);
  }
  return `tile/${level}/${groups.join("/")}${width < WIDTH ? `.p/${width}` : ""}`;
}

/** A file's bytes, width and path: once a full one is there, the partial one before it may be gone. */
async function tile(read, level, index, width, bytes_max) {
  for (const there of new Set([width, WIDTH])) {
    const path = tile_path(level, index, there);
    const bytes = await file(read, path, bytes_max);
    if (bytes !== null) return { path, bytes, width: there };
  }
  const path = tile_path(level, index, width);
  throw new Fault("missing", {}, { path });
}

async function entries_of(read, index, width) {
  const { path, bytes, width: there } = await tile(read, "entries", index, width, BUNDLE_BYTES_MAX);
  const entries = [];
  let at = 0;
  while (entries.length < there) {
    const end = at + 2 + (bytes[at] << 8 | bytes[at + 1]);
    if (at + 2 > bytes.length || end > bytes.length) {
      throw new Fault("ends-within", { position: entries.length }, { path });
    }
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  if (at < bytes.length) throw new Fault("ends-late", {}, { path });
  return { path, entries: entries.slice(0, width) };
}

// --- Hashes --------------------------------------------------------------------------------------------------------

async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", join(parts)));
}

function join(parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export const leaf_hash = (entry) => sha256([0], entry);
const node_hash = (left, right) => sha256([1], left, right);

/** The root of a tree with these nodes at its bottom, whose number is a power of two. */
async function complete(nodes) {
  while (nodes.length > 1) {
    nodes = await Promise.all(nodes.filter((_, at) => at % 2 === 0).map((left, at) => node_hash(left, nodes[2 * at + 1])));
  }
  return nodes[0];
}

/** The roots of the complete trees that a row of nodes consists of, the largest first (RFC 6962 §2.1). */
async function peaks(nodes) {
  const roots = [];
  for (let at = 0, width = WIDTH; at < nodes.length; width /= 2) {
    if (at + width > nodes.length) continue;
    roots.push(await complete(nodes.slice(at, at + width)));
    at += width;
  }
  return roots;
}

/** The root of a log: `rows[level]` are the nodes that are not yet part of a full file of that level. */
async function root_of(rows) {
  let root = null;
  for (const row of rows) {
    for (const peak of (await peaks(row)).reverse()) root = root ? await node_hash(peak, root) : peak;
  }
  return root ?? sha256();
}

/** The root of a log with these entries. */
export async function root(entries) {
  const rows = [[]];
  for (const entry of entries) await grow(rows, await leaf_hash(entry));
  return root_of(rows);
}

/** Adds a node to the lowest row; calls `full(level, row)` for each row that is full by it. */
async function grow(rows, node, full = () => {}) {
  for (let level = 0; ; level += 1) {
    rows[level] ??= [];
    rows[level].push(node);
    if (rows[level].length < WIDTH) return;
    await full(level, rows[level]);
    node = await complete(rows[level]);
    rows[level] = [];
  }
}

const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);

/** Hashes all entries upwards, holds every file against that, and tells the story that the entries tell. */
async function walk(read, head, kept, progress, passed) {
  const rows = [[]];
  const done = [];
  const story = new Story();
  let [breach, kept_root] = [null, null];
  const compare = async (level, row) => {
    const index = done[level] ?? 0;
    done[level] = index + 1;
    const { path, bytes, width } = await tile(read, level, index, row.length, WIDTH * 32);
    if (bytes.length !== width * 32) throw new Fault("file-length", { bytes: bytes.length, wanted: width * 32 }, { path });
    row.forEach((hash, at) => {
      if (same(hash, bytes.subarray(at * 32, at * 32 + 32))) return;
      const place = index * WIDTH + at;
      if (level === 0) throw new Fault("unfit", {}, { path, entry: place });
      throw new Fault("file-unfit", { file: tile_path(level - 1, place, WIDTH) }, { path });
    });
  };
  for (let first = 0; first < head.size; first += WIDTH) {
    const { path, entries } = await entries_of(read, first / WIDTH, Math.min(WIDTH, head.size - first));
    const leaves = await Promise.all(entries.map(leaf_hash));
    if (kept && kept.size > first && kept.size <= first + entries.length) {
      kept_root = await root_of([leaves.slice(0, kept.size - first), ...rows.slice(1)]);
    }
    for (const leaf of leaves) await grow(rows, leaf, compare);
    const kinds = entries.map((entry, at) => {
      if (breach) return null;
      try {
        return story.tell(first + at, parse_leaf(entry));
      } catch (fault) {
        if (!(fault instanceof Fault)) throw fault;
        breach = new Fault(fault.code, fault.facts, { check: "rules", path, entry: first + at });
        return null;
      }
    });
    await progress({ checked: first + entries.length, size: head.size, kinds });
  }
  for (const [level, row] of rows.entries()) if (row.length > 0) await compare(level, row);
  const found = await root_of(rows);
  if (!same(found, head.root)) throw new Fault("not-signed");
  passed.push("entries");
  if (kept && !same(kept.size === 0 ? await sha256() : kept_root, kept.root)) {
    throw new Fault("rewritten", { before: kept.size }, { check: "earlier" });
  }
  if (kept) passed.push("earlier");
  if (breach) throw breach;
  if (head.size === 0) throw new Fault("empty");
  passed.push("rules");
  return story.figures();
}

// --- Keys and checkpoints (C2SP signed-note, tlog-checkpoint) ------------------------------------------------------

const bytes_of = (text) => (typeof text === "string" ? new TextEncoder().encode(text) : text);

/** Base64 as there is one of each: padded, nothing around it, no bits that mean nothing. */
function base64(text) {
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return btoa(String.fromCharCode(...bytes)) === text ? bytes : null;
  } catch {
    return null;
  }
}

const is_name = (name) => name !== "" && !/[\p{White_Space}\u0000-\u001f+]/u.test(name);

/** Ed25519's curve, −x² + y² = 1 + d·x²·y² modulo 2²⁵⁵ − 19 (RFC 8032). */
const PRIME = (1n << 255n) - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/** Whether a point is one of the eight that anybody can sign for: of order 1, 2 or 4 by its y, of order 8 with x² = −y². */
function is_weak(point) {
  const y = point.reduceRight((number, byte, at) => number << 8n | BigInt(at === 31 ? byte & 0x7f : byte), 0n) % PRIME;
  const square = y * y % PRIME;
  return [0n, 1n, PRIME - 1n].includes(y) || (D * square * square + 2n * square - 1n) % PRIME === 0n;
}

/** Reads a verifier key, `name+id+key`. */
export async function parse_key(vkey) {
  const [, name, id, encoded] = /^([^+]*)\+([^+]*)\+(.*)$/su.exec(vkey) ?? [];
  const typed = base64(encoded ?? "");
  const refuse = (error) => {
    if (error?.name === "NotSupportedError") throw new Fault("browser-too-old", {}, { unchecked: true });
    throw new Fault("no-key", {}, { unchecked: true });
  };
  if (!typed || typed.length !== 33 || typed[0] !== 1 || !is_name(name) || is_weak(typed.subarray(1))) refuse();
  const key_id = (await sha256(bytes_of(`${name}\n`), typed)).subarray(0, 4);
  if ([...key_id].map((byte) => byte.toString(16).padStart(2, "0")).join("") !== id) refuse();
  const key = await crypto.subtle.importKey("raw", typed.subarray(1), "Ed25519", false, ["verify"]).catch(refuse);
  return { name, id: key_id, key };
}

/** What a key has signed, from a signed note; `refuse` throws. */
async function open_note(note, key, refuse) {
  const malformed = () => refuse("no-note");
  if (note.length > NOTE_BYTES_MAX) malformed();
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(note);
  } catch {
    malformed();
  }
  const border = text.lastIndexOf("\n\n");
  if (border < 0 || /[\u0000-\u0009\u000b-\u001f]/u.test(text) || !text.endsWith("\n") || text.length < border + 3) malformed();
  const lines = text.slice(border + 2, -1).split("\n");
  if (lines.length > NOTE_SIGNATURES_MAX) malformed();
  const signed = text.slice(0, border + 1);
  let good = false;
  for (const line of lines) {
    const [, name, encoded] = /^\u2014 ([^ ]*) (.*)$/su.exec(line) ?? [];
    const content = base64(encoded ?? "");
    if (!content || content.length <= 4 || !is_name(name)) malformed();
    if (name !== key.name || !same(content.subarray(0, 4), key.id)) continue;
    const signature = content.subarray(4);
    const fits = signature.length === 64 && !is_weak(signature.subarray(0, 32)) &&
      await crypto.subtle.verify("Ed25519", key.key, signature, bytes_of(signed));
    if (!fits) refuse("changed-note");
    good = true;
  }
  if (!good) refuse("another-key", { name: key.name });
  return signed;
}

/** Reads a checkpoint: origin, size, root. `check` is what fails where it cannot be taken. */
export async function open_checkpoint(note, key, check = "signature") {
  const refuse = (code, facts = {}) => { throw new Fault(code, facts, { check, path: "checkpoint" }); };
  const text = await open_note(note, key, refuse);
  const lines = text.split("\n");
  const root = base64(lines[2] ?? "");
  const number = /^(0|[1-9][0-9]{0,18})$/u.test(lines[1] ?? "") ? BigInt(lines[1]) : null;
  if (lines.length !== 4 || lines[0] === "" || number === null || number >= 1n << 63n || root?.length !== 32) {
    refuse("not-three-lines");
  }
  if (lines[0] !== key.name) refuse("another-log", { name: lines[0] });
  return { origin: lines[0], size: Number(number), root };
}
