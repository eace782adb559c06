// Mail as a customer hands it in at their own server, which is the demo's: it signs it as their domain's.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";

/** Hands in a message to the intake, complete but for `From` and `To`; resolves once the intake has taken it. */
export async function handIn({ mailboxes, intake_address }, from, message) {
  const [host, port] = mailboxes.smtp_addr.split(":");
  const socket = connect(Number(port), host);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const says = async (text, expected) => {
    if (text) socket.write(`${text}\r\n`);
    const { value } = await lines.next();
    assert.ok(value?.startsWith(expected), `${text}: ${value}`);
  };
  try {
    await once(socket, "connect");
    await says(null, "220");
    await says("EHLO customer", "250");
    await says(`MAIL FROM:<${from}>`, "250");
    await says(`RCPT TO:<${intake_address}>`, "250");
    await says("DATA", "354");
    await says(`From: ${from}\r\nTo: ${intake_address}\r\n${message}\r\n.`, "250");
  } finally {
    socket.destroy();
  }
}
