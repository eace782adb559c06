// The page that checks a log in the visitor's own browser (`/portal/verify`). The checking is in verifier.mjs; here are where
// the files come from, what is kept until the next look, and how it is told.
//
// Nothing that the server says is believed: what it names as the log's key, it must name again the next time.

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
const instant = (date) => `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
const count = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

// --- The log's files -----------------------------------------------------------------------------------------------

async function read(path, bytes_max) {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(`${log}/${path}`, { cache: "no-store", redirect: "error" });
    if (answer.status === 429 && tries < TRIES_MAX) {
      await pause(Math.min(Number(answer.headers.get("Retry-After")) || 1, WAIT_S_MAX));
      continue;
    }
    if (answer.status === 404 && path === "checkpoint") throw new Error("there is no such log for you; are you still signed in?");
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
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
  const texts = paragraphs.filter(Boolean).map((text) => {
    const paragraph = document.createElement("p");
    paragraph.append(...(typeof text === "string" ? in_code(text) : [text]));
    return paragraph;
  });
  const first = document.createElement("p");
  first.className = "headline";
  first.append(headline);
  outcome.className = `card ${state}`;
  outcome.replaceChildren(first, ...texts);
}

/** A text whose parts between backticks are the log's words, not ours. */
function in_code(text) {
  return text.split("`").map((part, at) => {
    if (at % 2 === 0) return part;
    const code = document.createElement("code");
    code.append(part);
    return code;
  });
}

function tick({ outcome, check, passed }) {
  for (const item of document.querySelectorAll("[data-check]")) {
    const failed = outcome === "unsound" && item.dataset.check === check;
    item.className = failed ? "failed" : passed.includes(item.dataset.check) ? "done" : "open";
  }
}

function tell_figures(report, last) {
  told.hidden = false;
  const rows = [
    ["Entries", `${count(report.checkpoint.size, "entry", "entries")}, from ${instant(report.opened_at)} to ${instant(report.last_at)}`],
    ["Visits", visits(report)],
    ["Refused", report.denied > 0 ? count(report.denied, "attempt", "attempts") : "nothing"],
    ["Support access", setting(report.changes)],
    report.tokens_made + report.tokens_revoked > 0 && ["Tokens", `${report.tokens_made.toLocaleString("en")} made, ${report.tokens_revoked.toLocaleString("en")} revoked`],
    report.calls_with_words + report.calls_without_words > 0 && ["Call-backs", `${report.calls_with_words.toLocaleString("en")} with words, ${report.calls_without_words.toLocaleString("en")} without`],
    report.frozen_since && ["Freeze", `the vendor keeps everybody out since ${instant(report.frozen_since)}`],
    ["Since you last looked", since(report, last)],
    ["Signed by", report.checkpoint.origin],
  ];
  figures.replaceChildren(...rows.filter(Boolean).flatMap(([name, text]) => {
    const [term, words] = [document.createElement("dt"), document.createElement("dd")];
    term.append(name);
    words.append(...[text].flat());
    return [term, words];
  }));
}

function visits({ visits, people, open_visits, requests }) {
  if (visits === 0) return "none so far";
  const open = open_visits > 0 ? `; ${count(open_visits, "visit is", "visits are")} not over` : "";
  return `${count(visits, "visit", "visits")} by ${count(people, "person", "people")}, with ${count(requests, "request", "requests")}${open}`;
}

function setting(changes) {
  if (changes.length === 0) return "enabled from the beginning; nobody has changed it";
  const told = changes.slice(-5).map(({ enabled, at, entry }) => `${enabled ? "enabled" : "disabled"} ${instant(at)} (entry ${entry})`);
  const lines = [`${count(changes.length, "change", "changes")}${changes.length > told.length ? ", the last of them" : ""}:`, ...told];
  return lines.flatMap((line, at) => (at === 0 ? [line] : [document.createElement("br"), line]));
}

function since({ checkpoint, kept }, last) {
  if (!last) return "this browser looked for the first time";
  const more = checkpoint.size - kept.size;
  return `on ${instant(last.at)} there were ${count(kept.size, "entry", "entries")}; ${more === 0 ? "nothing was added" : `${count(more, "was", "were")} added`}`;
}

/** The two checkpoints that contradict each other, for whoever has to look into it. */
function evidence(report, last) {
  const details = document.createElement("details");
  const [summary, both] = [document.createElement("summary"), document.createElement("pre")];
  summary.append("What to keep, and to show whoever looks into it");
  both.append([report.note && `Now:\n${report.note}`, last && `${instant(last.at)}:\n${last.note}`].filter(Boolean).join("\n"));
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
  counted.textContent = `${checked.toLocaleString("en")} of ${count(size, "entry", "entries")} read`;
  await pause(0);
}

// --- Looking -------------------------------------------------------------------------------------------------------

const EARLIER = [
  "This browser looks for the first time. What it found is kept here, and the next look has to go on from it.",
  "The log still has everything that this browser saw when you last looked.",
];
const ALARM = "Do not delete this browser's data. Run the command below on your own computer, and ask the vendor's desk by telephone what happened.";

async function look() {
  again.hidden = true;
  say("", "Checking…", "Your browser reads the log.");
  for (const part of [progress, told]) part.hidden = true;
  clear();
  tick({ passed: [] });
  const last = kept();
  document.getElementById("earlier").textContent = EARLIER[last ? 1 : 0];
  const report = await checked(last);
  tick(report);
  const fault = report.fault?.replace(/^./u, (first) => first.toUpperCase());
  if (report.outcome === "sound") {
    draw((picture) => picture.sound(report.kept?.size ?? 0));
    tell_figures(report, last);
    const others = other_logs();
    say("enabled", "✓ Nothing is missing, and nothing was changed.",
      `Your browser read all ${count(report.checkpoint.size, "entry", "entries")} and worked out that they are what was signed.`,
      keep(report) ? null : "This browser keeps nothing, so that the next look cannot go on from this one. Save the checkpoint instead.",
      others.length > 0 && `This browser has checked another log before (${others.join(", ")}). If that was your organization's, ask the vendor why it is not the same.`);
  } else if (report.outcome === "unsound") {
    if (drawn.length > 0) draw((picture) => picture.unsound(report.entry, report.fault));
    say("disabled", "✕ This log is not in order.", `${fault}.`, ALARM, evidence(report, last));
  } else {
    say("approval_required", "It could not be checked.", `${fault}.`, "That says nothing about your log. Try again, or use the command below.");
  }
  again.hidden = false;
}

/** What comes of checking the log; whatever goes wrong here says nothing about it. */
async function checked(last) {
  const nothing = { entry: null, passed: [] };
  if (last && last.vkey !== vkey) {
    return { outcome: "unsound", check: "signature", fault: `the server names another key for your log than on ${instant(last.at)}`, ...nothing };
  }
  if (!globalThis.crypto?.subtle) {
    return { outcome: "unchecked", fault: "browsers check signatures only on pages that were loaded over https", ...nothing };
  }
  try {
    const report = await verify(read, vkey, { remembered: last?.note ?? null, progress: show_progress });
    if (report.checkpoint && report.checkpoint.origin !== origin) {
      const fault = `what the server gave out as your log, \`${origin}\`, is signed as another, \`${report.checkpoint.origin}\``;
      return { ...report, outcome: "unsound", check: "signature", fault, ...nothing };
    }
    return report;
  } catch (error) {
    return { outcome: "unchecked", fault: `the checking broke off: ${error.message}`, ...nothing };
  }
}

again.addEventListener("click", () => {
  outcome.focus();
  look();
});
await look();
