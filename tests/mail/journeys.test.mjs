// Both of the article's journeys by mail: a contact whose mail goes through Postfix and OpenDKIM, and is read from Dovecot;
// letters that come by the same Postfix, which checks their signatures.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { freePort, startDemo, until } from "../support/demo.mjs";
import { Post, STRANGER_ADDRESS } from "../support/post.mjs";

const INTAKE = "support-access@northwind.example";
const SAM = "sam@acme.example";
const TAKEN_MS = 30_000;

let demo, post;
before(async () => {
  post = await Post.start({ domains: ["acme.example"], accounts: [SAM], intake: INTAKE });
  const smtp = await freePort();
  demo = await startDemo(
    "--smtp-listen", `127.0.0.1:${smtp}`, "--resolver", `${post.resolver}:53`, "--relay", `127.0.0.1:${post.ports.smtp}`,
  );
  await post.vendorIs(smtp, demo.ready.dkim);
});
after(async () => {
  await demo?.stop();
  await post?.stop();
});

const items = (wish) => `Customer name: Acme Rockets
Confirmation: yes, we want support access ${wish}.
Whom to contact: Sam Example, ${SAM}
`;

/** Sam writes; resolves to the message as sent. */
async function write(message) {
  const sent = { from: SAM, to: INTAKE, message_id: `<${crypto.randomUUID()}@acme.example>`, ...message };
  await post.send(sent);
  return sent;
}

/** What the intake made of a message, once it is there. */
async function taken({ message_id }) {
  const path = `/v1/intake/messages?message_id=${encodeURIComponent(message_id)}`;
  return until(`${message_id} is taken`, TAKEN_MS, async () => (await desk(0, "GET", path))[0]);
}

/** Asks as the desk person of that number. */
async function desk(person, method, path, body) {
  const headers = { authorization: `Bearer ${demo.ready.desk_people[person].token}` };
  if (body) headers["content-type"] = "application/json";
  const answer = await fetch(demo.ready.base_url + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/** Approves as the desk person of that number, with their own key; resolves to the request's state. */
async function approve(person, id) {
  const { token, key_file } = demo.ready.desk_people[person];
  const said = await demo.command("change-request", "approve", id, "--key", key_file, "--token", token, "--json");
  return JSON.parse(said).state;
}

async function enters() {
  const [{ token }] = demo.ready.support_people;
  const answer = await fetch(`${demo.ready.gateway_url}/t/system-log/acme/`, {
    headers: { authorization: `Bearer ${token}`, "byleave-reason": "Sign-in fails" },
  });
  await answer.body?.cancel();
  return answer.status;
}

/** A letter to Sam whose subject has these words, which must be as every letter is. */
async function letter(words, wanted = () => true) {
  const found = await post.arrived(SAM, words, (mail) => mail.headers.subject.includes(words) && wanted(mail));
  const { headers, text, html } = found;
  assert.match(headers["authentication-results"], /dkim=pass .*header\.d=northwind\.example/, "its signature is genuine");
  assert.match(headers["auto-submitted"], /^auto-/, "nobody's program answers it");
  assert.match(headers.from, /<support-access@northwind\.example>$/);
  assert.deepEqual(found.defects, []);
  for (const said of [text, html]) {
    assert.ok(said.includes("signed in as always"), "it says where to look");
    assert.doesNotMatch(said, /sign-in\//, "nobody signs in by a letter");
  }
  return found;
}

const answers = ({ message_id }) => (mail) => mail.headers["in-reply-to"] === message_id;

test("support access is disabled by mail: request, form and invitation, form returned, in force", async () => {
  const asked = await write({ subject: "Disable support access", text: items("disabled") });
  const { disposition, change_request: id, effective } = await taken(asked);
  assert.deepEqual([disposition, effective, await enters()], ["accepted", false, 200]);
  await letter("Request to disable support access for Acme Rockets");

  await desk(0, "POST", `/v1/change-requests/${id}/review`, { outcome: "proceed" });
  const answer = await letter("goes on", answers(asked));
  assert.equal(answer.headers["auto-submitted"], "auto-replied");
  assert.match(answer.calendar, /METHOD:REQUEST[^]*ATTENDEE[^]*mailto:sam@acme\.example/);
  const form = answer.attachments.find(({ type }) => type === "application/pdf");
  assert.ok(Buffer.from(form.base64, "base64").toString("latin1").startsWith("%PDF-"));
  assert.equal((await post.mailbox(SAM)).filter(answers(asked)).length, 1, "one answer to one message");

  const calendar = answer.calendar.replace(/\r?\n /g, "").replace("METHOD:REQUEST", "METHOD:REPLY")
    .replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED");
  const accepts = await write({ subject: "Accepted", text: "Sam accepts.\n", calendar: { method: "REPLY", text: calendar } });
  assert.deepEqual([(await taken(accepts)).change_request, (await taken(accepts)).disposition], [id, "accepted"]);
  const meanwhile = await desk(0, "GET", `/v1/change-requests/${id}`);
  assert.equal(meanwhile.invitation.answer, "accepted");

  const finds = (question) =>
    desk(0, "POST", `/v1/change-requests/${id}/findings`, { question, holds: true, note: "seen on video" });
  await finds("understanding");
  const returned = await write({
    subject: `Re: ${answer.headers.subject}`, text: "Signed.\n", reply_to: answer, attachments: [form],
  });
  const { attachments, ...form_taken } = await taken(returned);
  assert.deepEqual([form_taken.disposition, form_taken.change_request], ["accepted", id]);
  assert.equal(attachments[0].media_type, "application/pdf");
  await desk(0, "POST", `/v1/change-requests/${id}/match`, { accepted: true, note: "signed on paper" });
  // All else is there, and an accepted invitation proves nothing about who they are.
  await assert.rejects(approve(1, id), /yet to find that the person who asked is the security contact/);
  await finds("identity");
  assert.equal(await approve(1, id), "announced");
  await letter("Support access for Acme Rockets is disabled");
  assert.equal(await enters(), 403);
});

test("and enabled again: request, a call to the number on file, two approvals", async () => {
  const asked = await write({ subject: "Enable support access", text: items("enabled") });
  const { disposition, change_request: id } = await taken(asked);
  assert.equal(disposition, "accepted");
  await desk(0, "POST", `/v1/change-requests/${id}/review`, { outcome: "proceed" });
  const answer = await letter("goes on", answers(asked));
  assert.match(answer.text, /at the number that we\s+have on file/);
  assert.doesNotMatch(answer.text, /555 01/, "no number is in a mail");
  assert.deepEqual(answer.attachments, []);
  const [contact] = demo.organization("acme").contacts;
  await desk(0, "POST", `/v1/change-requests/${id}/calls`, { contact: contact.id });
  await desk(0, "POST", `/v1/change-requests/${id}/calls/outcome`, { outcome: "confirmed", without_words: "no_screen", note: "known by voice, which proves nothing" });
  assert.match((await letter("news", (mail) => /a call to the number on file/.test(mail.text))).text, /without the words/);
  assert.equal(await approve(0, id), "called");
  assert.equal(await enters(), 403, "half of it is nothing");
  assert.equal(await approve(1, id), "announced");
  await letter("Support access for Acme Rockets is enabled");
  assert.equal(await enters(), 200);
});

test("what is missing is asked for once, of the contact alone; whoever pretends is not answered", async () => {
  const unclear = await write({ subject: "support access", text: "Please disable support access.\n" });
  assert.equal((await taken(unclear)).disposition, "held");
  await letter("", answers(unclear));
  const forged = { from: SAM, to: INTAKE, subject: "Enable", text: items("enabled"), message_id: "<forged@acme.example>" };
  await post.sendFrom(STRANGER_ADDRESS, SAM, forged);
  const automatic = await write({ subject: "Out of office", text: "I am away.\n", headers: { "Auto-Submitted": "auto-replied" } });
  for (const message of [forged, automatic]) assert.equal((await taken(message)).disposition, "held");
  // Letters are in order, so once this one's answer is there, none to those before it comes any more.
  const last = await write({ subject: "support access, again", text: "Please disable support access, would you?\n" });
  await letter("", answers(last));
  const mails = await post.mailbox(SAM);
  for (const message of [forged, automatic]) assert.ok(!mails.some(answers(message)), `${message.subject} is answered`);
  assert.equal(mails.filter(answers(unclear)).length, 1);
});

test("a contact who cannot be reached is an alarm for the desk", async () => {
  const [{ email }] = demo.organization("globex").contacts;
  const [{ token }] = demo.ready.desk_people;
  await demo.command("freeze", "begin", "--everybody", "--reason", "a drill", "--token", token);
  // Nobody here knows Globex's domain: Postfix takes the letter, and reports to the intake that it does not arrive.
  const bounced = await until("a report", TAKEN_MS, async () => {
    const letters = await desk(0, "GET", "/v1/letters?state=bounced");
    return letters.find(({ to }) => to === email);
  });
  assert.match(bounced.said, /5\.\d\.\d/);
});
