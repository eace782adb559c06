// The page that checks a log in the visitor's own browser (`/portal/verify`). The checking is in verifier.mjs; here are where
// the files come from, what is kept until the next look, and how it is told.
//
// Nothing that the server says is believed: what it names as the log's key, it must name again the next time. The words are
// the page's (`text` and `words` of texts.js).

import { verify } from "./verifier.mjs";
import { Picture } from "./picture.mjs";

/** How often a file is asked for again when there were too many requests, and how long to wait for that at most. */
const TRIES_MAX = 10;
const WAIT_S_MAX = 60;
/** Where a log's key and last checkpoint are kept, one for each log. */
const KEPT = "byleave.checked:";

const section = document.getElementById("verifier");
const [outcome, progress, counted, told, figures, again] =
  ["outcome", "progress", "counted", "told", "figures", "again"].map((id) => document.getElementById(id));
const { log, origin, vkey } = section.dataset;

const pause = (seconds) => new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });
const entries = (count) => text("verify-count-entries", { count });

/** An instant as pages show it (time.js). */
function instant(date) {
  const shown = document.createElement("local-time");
  const utc = `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  shown.setAttribute("datetime", date.toISOString());
  shown.setAttribute("title", utc);
  shown.append(utc);
  return shown;
}

// --- The log's files -----------------------------------------------------------------------------------------------

async function read(path, bytes_max) {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(`${log}/${path}`, { cache: "no-store", redirect: "error" });
    if (answer.status === 429 && tries < TRIES_MAX) {
      await pause(Math.min(Number(answer.headers.get("Retry-After")) || 1, WAIT_S_MAX));
      continue;
    }
    if (answer.status === 404 && path === "checkpoint") throw new Error(words("verify-no-log"));
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(words("verify-answered", { status: answer.status }));
    return whole(answer.body.getReader(), bytes_max);
  }
}

/** All bytes, or one more than there may be. */
async function whole(reader, bytes_max) {
  const parts = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    length += part.value.length;
    if (length > bytes_max) {
      await reader.cancel();
      break;
    }
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

// --- What is kept until the next look ------------------------------------------------------------------------------

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT + origin));
    return typeof found?.note === "string" && typeof found.vkey === "string" ? { ...found, at: new Date(found.at) } : null;
  } catch {
    return null;
  }
}

function keep({ note }) {
  try {
    localStorage.setItem(KEPT + origin, JSON.stringify({ vkey, note, at: new Date() }));
    return true;
  } catch {
    return false;
  }
}

/** Logs that this browser knows beside this one: an organization has one, so that another name is worth a question. */
function other_logs() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(KEPT) && key !== KEPT + origin).map((key) => key.slice(KEPT.length));
  } catch {
    return [];
  }
}

// --- Telling it ----------------------------------------------------------------------------------------------------

function say(state, headline, ...paragraphs) {
  const paragraph = (...parts) => {
    const made = document.createElement("p");
    made.append(...parts);
    return made;
  };
  const first = paragraph(headline);
  first.className = "headline";
  outcome.className = `card ${state}`;
  outcome.replaceChildren(first, ...paragraphs.filter(Boolean).map((part) => paragraph(part)));
}

function tick({ outcome, check, passed }) {
  for (const item of document.querySelectorAll("[data-check]")) {
    const failed = outcome === "unsound" && item.dataset.check === check;
    item.className = failed ? "failed" : passed.includes(item.dataset.check) ? "done" : "open";
  }
}

function tell_figures(report, last) {
  told.hidden = false;
  const { opened_at, last_at, tokens_made, tokens_revoked, calls_with_words, calls_without_words, frozen_since, denied } = report;
  const between = { entries: entries(report.checkpoint.size), first: instant(opened_at), last: instant(last_at) };
  const rows = [
    ["entries", text("verify-told-between", between)],
    ["visits", visits(report)],
    ["refused", denied > 0 ? text("verify-told-attempts", { count: denied }) : text("verify-told-nothing")],
    ["setting", setting(report.changes)],
    tokens_made + tokens_revoked > 0 && ["tokens", text("verify-told-tokens", { made: digits(tokens_made), revoked: digits(tokens_revoked) })],
    calls_with_words + calls_without_words > 0 && ["calls", text("verify-told-calls", { heard: digits(calls_with_words), without: digits(calls_without_words) })],
    frozen_since && ["freeze", text("verify-told-frozen", { when: instant(frozen_since) })],
    ["since", since(report, last)],
    ["signer", report.checkpoint.origin],
  ];
  const names = {
    entries: text("verify-row-entries"), visits: text("verify-row-visits"), refused: text("verify-row-refused"), setting: text("verify-row-setting"),
    tokens: text("verify-row-tokens"), calls: text("verify-row-calls"), freeze: text("verify-row-freeze"), since: text("verify-row-since"), signer: text("verify-row-signer"),
  };
  figures.replaceChildren(...rows.filter(Boolean).flatMap(([name, said]) => {
    const [term, about] = [document.createElement("dt"), document.createElement("dd")];
    term.append(names[name]);
    about.append(...[said].flat());
    return [term, about];
  }));
}

function visits({ visits, people, open_visits, requests }) {
  if (visits === 0) return text("verify-told-no-visit");
  const told = text("verify-told-visits", {
    visits: text("verify-count-visits", { count: visits }), people: text("verify-count-people", { count: people }),
    requests: text("verify-count-requests", { count: requests }),
  });
  return open_visits > 0 ? [told, "; ", text("verify-told-open", { count: open_visits })] : told;
}

function setting(changes) {
  if (changes.length === 0) return text("verify-told-no-change");
  const last = changes.slice(-5).map(({ enabled, at, entry }) => {
    const given = { when: instant(at), entry };
    return enabled ? text("verify-told-enabled", given) : text("verify-told-disabled", given);
  });
  const count = { count: changes.length };
  const first = changes.length > last.length ? text("verify-told-last-changes", count) : text("verify-told-changes", count);
  return [first, ...last.flatMap((line) => [document.createElement("br"), line])];
}

function since({ checkpoint, kept }, last) {
  if (!last) return text("verify-told-first-look");
  const more = checkpoint.size - kept.size;
  const added = more === 0 ? text("verify-told-nothing-added") : text("verify-told-added", { count: more });
  return text("verify-told-since", { when: instant(last.at), entries: entries(kept.size), added });
}

/** The two checkpoints that contradict each other, for whoever has to look into it. */
function evidence(report, last) {
  const details = document.createElement("details");
  const [summary, both] = [document.createElement("summary"), document.createElement("pre")];
  summary.append(text("verify-evidence"));
  both.append([report.note && `${words("verify-evidence-now")}\n${report.note}`, last && `${last.at.toISOString()}:\n${last.note}`].filter(Boolean).join("\n"));
  details.append(summary, both);
  return report.note || last ? details : null;
}

// The picture is drawn for the width that there is, and drawn again when that changes.

const [tree, place, legend] = ["tree", "picture", "legend"].map((id) => document.getElementById(id));
let [picture, drawn, width] = [null, [], 0];

function draw(how) {
  drawn.push(how);
  tree.hidden = false;
  picture = how(picture) ?? picture;
  if (drawn.length === 1) {
    picture.legend(legend);
    width = document.body.clientWidth;
  }
}

function clear() {
  const before = drawn;
  drawn = [];
  tree.hidden = true;
  return before;
}

addEventListener("resize", () => {
  if (document.body.clientWidth !== width) clear().forEach(draw);
});

/** Told of each file of entries; lets the page go on in between. */
async function show_progress({ checked, size, kinds }) {
  if (drawn.length === 0) draw(() => new Picture(place, size));
  draw((picture) => picture.checked(checked, kinds));
  progress.hidden = false;
  Object.assign(progress.firstElementChild, { max: size, value: checked });
  counted.replaceChildren(text("verify-read", { checked: digits(checked), entries: entries(size) }));
  await pause(0);
}

// --- Looking -------------------------------------------------------------------------------------------------------

async function look() {
  again.hidden = true;
  say("", text("verify-checking"), text("verify-reads"));
  for (const part of [progress, told]) part.hidden = true;
  clear();
  tick({ passed: [] });
  const last = kept();
  document.getElementById("earlier").replaceChildren(last ? text("verify-earlier-means") : text("verify-first-look"));
  const report = await checked(last);
  tick(report);
  if (report.outcome === "sound") {
    draw((picture) => picture.sound(report.kept?.size ?? 0));
    tell_figures(report, last);
    const others = other_logs();
    say("enabled", text("verify-sound"),
      text("verify-sound-means", { entries: entries(report.checkpoint.size) }),
      keep(report) ? null : text("verify-not-kept"),
      others.length > 0 && text("verify-other-log", { logs: others.join(", ") }));
  } else if (report.outcome === "unsound") {
    if (drawn.length > 0) draw((picture) => picture.unsound(report.entry, fault(report).textContent));
    say("disabled", text("verify-unsound"), fault(report), text("verify-alarm"), evidence(report, last));
  } else {
    say("approval_required", text("verify-unchecked"), fault(report), text("verify-unchecked-means"));
  }
  again.hidden = false;
}

/** What is wrong, in words. */
function fault({ fault, facts, check, entry, path }) {
  const given = { entry, path, ...facts };
  if (given.thing) given.thing = text(`verify-thing-${given.thing}`);
  given.checkpoint = check === "earlier" ? text("verify-checkpoint-earlier") : text("verify-checkpoint-now");
  return text(`verify-fault-${fault}`, given);
}

/** What comes of checking the log; whatever goes wrong here says nothing about it. */
async function checked(last) {
  const nothing = { entry: null, passed: [] };
  if (last && last.vkey !== vkey) {
    return { outcome: "unsound", check: "signature", fault: "server-another-key", facts: { when: instant(last.at) }, ...nothing };
  }
  if (!globalThis.crypto?.subtle) return { outcome: "unchecked", fault: "browser-not-secure", ...nothing };
  try {
    const report = await verify(read, vkey, { remembered: last?.note ?? null, progress: show_progress });
    if (report.checkpoint && report.checkpoint.origin !== origin) {
      const facts = { wanted: origin, found: report.checkpoint.origin };
      return { ...report, outcome: "unsound", check: "signature", fault: "server-another-log", facts, ...nothing };
    }
    return report;
  } catch (error) {
    return { outcome: "unchecked", fault: "broke-off", facts: { why: error.message }, ...nothing };
  }
}

again.addEventListener("click", () => {
  outcome.focus();
  look();
});
await look();
