// Mail from a customer's real mail system, and from somebody who pretends: what the intake makes of each.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { freePort, startDemo, until } from "../support/demo.mjs";
import { Post, STRANGER_ADDRESS } from "../support/post.mjs";

const TAKEN_MS = 30_000;
const INTAKE = "support-access@northwind.example";
const TEXT = `Customer name: Acme Rockets
Confirmation: yes, we want support access disabled.
Whom to contact: Sam, sam@acme.example
`;

let demo, post;
before(async () => {
  post = await Post.start({ domains: ["acme.example"], accounts: ["sam@acme.example"], intake: INTAKE });
  const smtp = await freePort();
  demo = await startDemo("--smtp-listen", `127.0.0.1:${smtp}`, "--resolver", `${post.resolver}:53`);
  await post.vendorIs(smtp, null);
});
after(async () => {
  await demo?.stop();
  await post?.stop();
});

const disable = (wanted) => ({
  from: "sam@acme.example", to: INTAKE, subject: "Disable support access", text: TEXT,
  message_id: `<${crypto.randomUUID()}@acme.example>`, ...wanted,
});

/** What the intake says of a message, once it is there. */
async function taken({ message_id }) {
  const [answer] = await until(`${message_id} is taken`, TAKEN_MS, async () => {
    const address = `${demo.ready.base_url}/v1/intake/messages?message_id=${encodeURIComponent(message_id)}`;
    const answer = await fetch(address, { headers: { authorization: `Bearer ${demo.ready.desk_people[0].token}` } });
    assert.equal(answer.status, 200, await answer.clone().text());
    const messages = await answer.json();
    return messages.length > 0 && messages;
  });
  return answer;
}

test("a contact's mail through Postfix and OpenDKIM opens a request, and changes no setting", async () => {
  const message = disable();
  await post.send(message);
  const { disposition, auth, action, customer, change_request, effective } = await taken(message);
  assert.deepEqual(
    { disposition, ...auth, action, customer, effective },
    {
      disposition: "accepted", spf: "pass", dkim: "pass", dmarc: "pass", arc: "none", from_domain: "acme.example",
      action: "disable", customer: "Acme Rockets", effective: false,
    },
  );
  assert.match(change_request, /^change_/);
});

test("the same words from elsewhere, unsigned, wait for a person", async () => {
  const message = disable();
  await post.sendFrom(STRANGER_ADDRESS, "sam@acme.example", message);
  const { disposition, auth, change_request } = await taken(message);
  assert.deepEqual([disposition, auth.spf, auth.dkim, auth.dmarc, change_request], ["held", "fail", "none", "fail", null]);
});
